import pytest
from ota_entries import entry

from virtualboard import otadata
from virtualboard.otadata import State, crc_of, new_entry, unpack


@pytest.mark.parametrize(
    ("seq", "crc"),
    [
        (1, 0x4743989A),
        (2, 0x55F63774),
        (3, 0xED4A5011),
        (4, 0x709D68A8),
        (5, 0xC8210FCD),
        (0xFFFFFFFE, 0x99F8B879),
        (0, 0xFFFFFFFF),
    ],
)
def test_crc_of_a_sequence_number(seq: int, crc: int) -> None:
    assert crc_of(seq) == crc


@pytest.mark.parametrize(
    ("seq", "state", "raw"),
    [
        (1, State.VALID, "01000000" + "ff" * 20 + "02000000" + "9a984347"),
        (2, State.NEW, "02000000" + "ff" * 20 + "00000000" + "7437f655"),
    ],
)
def test_entries_are_written_as_the_chip_writes_them(seq: int, state: State, raw: str) -> None:
    assert new_entry(seq, state).pack().hex() == raw
    assert unpack(bytes.fromhex(raw)) == new_entry(seq, state)


def test_a_failed_entry_is_unusable_whatever_its_crc() -> None:
    for state in (State.INVALID, State.ABORTED):
        assert unpack(entry(2, state)).is_unusable
        assert unpack(entry(2, state, crc=0)).is_unusable
    assert unpack(b"\xff" * 32).is_unusable
    assert not unpack(entry(2, 7, crc=0)).is_unusable


def test_an_entry_with_a_bad_crc_is_usable_but_not_valid() -> None:
    damaged = unpack(entry(2, State.VALID, crc=1))
    assert not damaged.is_unusable
    assert not damaged.is_valid


@pytest.mark.parametrize(
    ("first", "second", "active"),
    [
        (entry(1, 2), entry(2, 2), 1),
        (entry(3, 2), entry(2, 2), 0),
        (entry(2, 2), entry(2, 2), 0),
        (entry(2, 4), entry(2, 2), 1),
        (entry(1, 2), entry(2, 2, crc=0), 0),
        (entry(1, 2, crc=0), entry(2, 3), None),
        (b"\xff" * 32, b"\xff" * 32, None),
    ],
)
def test_the_active_entry_is_the_valid_one_with_the_higher_number(
    first: bytes, second: bytes, active: int | None
) -> None:
    assert otadata.active_index((unpack(first), unpack(second))) == active


def test_slots_are_counted_in_32_bits() -> None:
    assert unpack(entry(0, 2)).slot(2) == 1
    assert unpack(entry(0xFFFFFFFE, 2)).slot(2) == 1
    assert unpack(entry(3, 2)).slot(2) == 0
