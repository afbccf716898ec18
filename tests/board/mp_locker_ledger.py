"""The ledger of the doors: bytes in, bytes out."""

import struct
from binascii import crc32

from locker import ledger
from locker.ledger import FREE, LOST, PARCEL, STORED, Ledger

SALT = bytes(range(16))
CODE = b"d" * 16
OTHER = b"e" * 16


def _new(doors=4, state=FREE):
    return Ledger(ledger.blank(doors, SALT, state), doors)


def _again(kept, doors=4):
    raw = bytearray(kept.raw)
    assert not ledger.damaged(raw)
    return Ledger(raw, doors)


def _states(kept, doors=4):
    return [kept.state(door) for door in range(1, doors + 1)]


def test_new_ledger_has_free_doors_and_its_salt():
    kept = _again(_new())
    assert _states(kept) == [FREE] * 4
    assert kept.salt == SALT
    assert list(kept.events()) == []
    assert kept.mail() is None


def test_what_a_door_holds_is_kept():
    kept = _new()
    kept.put(2, STORED, CODE, 5)
    kept = _again(kept)
    assert _states(kept) == [FREE, STORED, FREE, FREE]
    assert kept.holds(2, STORED, CODE)
    assert not kept.holds(2, STORED, OTHER)
    assert not kept.holds(2, PARCEL, CODE)
    assert not kept.holds(3, STORED, CODE)
    kept.put(2, FREE)
    assert _states(_again(kept)) == [FREE] * 4
    assert not kept.holds(2, STORED, CODE)


def test_pickup_code_finds_its_door_and_no_stored_one():
    kept = _new()
    kept.put(1, STORED, CODE)
    assert kept.find(CODE) == 0
    kept.put(4, PARCEL, CODE)
    assert kept.find(CODE) == 4
    assert kept.find(OTHER) == 0
    assert kept.find(bytes(16)) == 0


def test_door_out_of_order_stays_so_whatever_it_holds():
    kept = _new()
    kept.put(3, STORED, CODE)
    kept.disable(3, True)
    assert [kept.disabled(door) for door in (2, 3)] == [False, True]
    assert kept.holds(3, STORED, CODE)
    kept.put(3, FREE)
    assert _again(kept).disabled(3)
    kept.disable(3, False)
    assert not _again(kept).disabled(3)


def test_damaged_entry_loses_that_door_alone():
    kept = _new()
    kept.put(2, STORED, CODE)
    kept.put(3, STORED, CODE)
    kept.raw[68 + 40 + 9] ^= 4
    assert _states(kept) == [FREE, LOST, STORED, FREE]
    assert not kept.holds(2, STORED, CODE)
    kept.disable(2, True)
    assert _again(kept).state(2) == LOST
    kept.put(2, FREE)
    assert kept.state(2) == FREE


def test_any_flipped_bit_of_the_head_is_seen():
    raw = _new(1).raw
    for bit in range(68 * 8):
        raw[bit // 8] ^= 1 << bit % 8
        assert ledger.damaged(raw), bit
        raw[bit // 8] ^= 1 << bit % 8
    assert not ledger.damaged(raw)
    for size in (0, 1, 67):
        assert ledger.damaged(raw[:size])


def test_ledger_of_another_version_or_cabinet_is_refused():
    raw = _new().raw
    for change in ((4, 2), (8, 5)):
        other = bytearray(raw)
        other[change[0]] = change[1]
        struct.pack_into("<I", other, 64, crc32(other[:64]))
        assert not ledger.damaged(other)
        try:
            Ledger(other, 4)
            raise AssertionError(change)
        except ValueError as error:
            print(error)
    try:
        Ledger(raw[:-8], 4)
        raise AssertionError("cut short")
    except ValueError as error:
        print(error)


def test_parts_that_a_later_release_has_lengthened_are_read_and_kept():
    """Four bytes more at the head, in each entry and each event."""
    made = _new(2)
    made.put(1, STORED, CODE)
    made.note("stored", 1, 7)
    old = bytes(made.raw)
    longer = bytearray(old[:64] + b"head" + bytes(4))
    for at in (68, 108):
        entry = old[at : at + 36] + b"more"
        longer.extend(entry + struct.pack("<I", crc32(entry)))
    for at in range(148, len(old), 8):
        longer.extend(old[at : at + 8] + b"tail")
    longer[5], longer[6], longer[7] = 72, 44, 12
    struct.pack_into("<I", longer, 68, crc32(longer[:68]))

    kept = Ledger(longer, 2)
    assert kept.holds(1, STORED, CODE)
    assert list(kept.events()) == [("stored", 1, 7)]
    kept.put(1, FREE)
    kept.put(2, PARCEL, OTHER)
    kept.note("fetched", 1, 8)
    kept = _again(kept, 2)
    assert _states(kept, 2) == [FREE, PARCEL]
    assert list(kept.events()) == [("fetched", 1, 8), ("stored", 1, 7)]
    assert bytes(kept.raw).count(b"more") == 2
    assert bytes(kept.raw).count(b"tail") == 128
    assert b"head" in kept.raw


def test_last_events_are_kept_newest_first():
    kept = _new()
    for number in range(300):
        kept.note("stored" if number % 2 else "fetched", number % 4 + 1, number)
    events = list(_again(kept).events())
    assert len(events) == 128
    assert [now for _, _, now in events] == list(range(299, 171, -1))
    assert events[0] == ("stored", 4, 299)


def test_event_of_a_later_release_is_no_error():
    kept = _new()
    kept.note("stored", 1, 5)
    kept.raw[68 + 4 * 40 + 4] = 200
    assert list(kept.events()) == [(None, 1, 5)]


def test_parcel_waits_for_the_server_until_it_is_told():
    kept = _new()
    kept.put(3, PARCEL, CODE, 99, b"12345679", b"refr")
    kept = _again(kept)
    assert kept.mail() == (3, 99, b"12345679", b"refr")
    kept.forget_code(3)
    kept = _again(kept)
    assert kept.mail() is None
    assert b"12345679" not in kept.raw
    assert kept.find(CODE) == 3


def test_code_of_a_door_that_is_empty_again_is_gone():
    kept = _new()
    kept.put(3, PARCEL, CODE, 99, b"12345679", b"refr")
    kept.put(3, FREE)
    assert kept.mail() is None
    assert b"12345679" not in kept.raw
    assert CODE not in kept.raw


def test_codes_of_staff_are_those_set_on_the_spot():
    kept = _new()
    assert [kept.staff(role) for role in (0, 1)] == [None, None]
    kept.set_staff(1, CODE)
    kept = _again(kept)
    assert [kept.staff(role) for role in (0, 1)] == [None, CODE]


def test_largest_cabinet_fits_its_file():
    kept = _new(128)
    kept.put(128, STORED, CODE)
    assert _again(kept, 128).holds(128, STORED, CODE)
    assert len(kept.raw) < 6300
