"""The ledger and the wrong tries on `data`: what is left after power cuts and damage."""

import os

from fakes_disk import Disk, PowerCutError

from locker import keeper, noting, selftest
from locker.ledger import FREE, LOST, STORED

CODE = b"d" * 16


class Cabinet:
    """Of so many doors."""

    ledger = None

    def __init__(self, doors):
        self.doors = range(doors)


def test_ledger_is_made_once_and_keeps_its_salt():
    disk = Disk(new=True)
    empty = disk.save()
    first = keeper.ledger_of(Cabinet(4))
    assert [first.state(door) for door in (1, 4)] == [FREE, FREE]
    assert keeper.ledger_of(Cabinet(4)).salt == first.salt
    disk.restore(empty)
    assert keeper.ledger_of(Cabinet(4)).salt != first.salt


def test_doors_are_lost_when_data_was_emptied_and_stay_so():
    Disk()
    keeper.ledger_of(Cabinet(4))
    kept = keeper.ledger_of(Cabinet(4))
    assert [kept.state(door) for door in (1, 4)] == [LOST, LOST]
    assert [kind for kind, _, _ in kept.events()] == ["data_lost"]


def test_doors_are_lost_when_the_ledger_has_vanished():
    Disk(new=True)
    keeper.ledger_of(Cabinet(4))
    os.remove("/data/locker.bin")
    assert keeper.ledger_of(Cabinet(4)).state(2) == LOST


def _states_after_cuts_of_the_first_ledger(disk):
    """What door 1 is after a cut at each operation of making the ledger."""
    start, seen = disk.save(), set()
    for at in range(1000):
        disk.restore(start)
        disk.cut(at, at % 11)
        try:
            keeper.ledger_of(Cabinet(2))
            break
        except PowerCutError:
            disk.mount()
        seen.add(keeper.ledger_of(Cabinet(2)).state(1))
    assert at > 5
    return seen


def test_power_cuts_while_the_first_ledger_is_written_leave_a_new_cabinet():
    assert _states_after_cuts_of_the_first_ledger(Disk(new=True)) == {FREE}


def test_power_cuts_after_data_was_emptied_make_no_door_free():
    assert _states_after_cuts_of_the_first_ledger(Disk()) == {LOST}


def test_doors_are_lost_when_the_ledger_is_damaged():
    Disk(new=True)
    keeper.ledger_of(Cabinet(4))
    for content in (b"", b"nonsense", b"x" * 500):
        with open("/data/locker.bin", "wb") as file:
            file.write(content)
        assert keeper.ledger_of(Cabinet(4)).state(2) == LOST, content


def test_ledger_that_this_software_can_not_read_stays_as_it_is():
    Disk(new=True)
    keeper.ledger_of(Cabinet(4))
    with open("/data/locker.bin", "rb") as file:
        before = file.read()
    try:
        keeper.ledger_of(Cabinet(5))
        raise AssertionError("of another cabinet")
    except ValueError as error:
        assert str(error) == "ledger of 4 doors"
    with open("/data/locker.bin", "rb") as file:
        assert file.read() == before


def test_trouble_of_the_flash_is_no_new_ledger():
    Disk(new=True)
    os.mkdir("/data/locker.bin")
    try:
        keeper.ledger_of(Cabinet(4))
        raise AssertionError("a folder")
    except OSError as error:
        assert error.errno == 21  # EISDIR


def test_change_that_is_cut_is_there_as_a_whole_or_not_at_all():
    disk = Disk(new=True)
    kept = keeper.ledger_of(Cabinet(2))
    kept.put(1, STORED, CODE)
    keeper.save(kept)
    before, seen = disk.save(), set()
    for done in (0, 5, 10):
        for cut_at in range(100):
            disk.restore(before)
            kept = keeper.ledger_of(Cabinet(2))
            kept.put(1, FREE)
            kept.put(2, STORED, CODE)
            kept.note("stored", 2, 0)
            disk.cut(cut_at, done)
            try:
                keeper.save(kept)
                break
            except PowerCutError:
                disk.mount()
            found = keeper.ledger_of(Cabinet(2))
            state = found.state(1), found.state(2), len(list(found.events()))
            assert state in ((STORED, FREE, 0), (FREE, STORED, 1)), (done, cut_at, state)
            seen.add(state)
        assert 5 < cut_at < 100, cut_at
    assert len(seen) == 2


def test_wrong_tries_are_counted_over_resets():
    disk = Disk(new=True)
    assert keeper.tries() == 0
    keeper.set_tries(3)
    disk.mount()
    assert keeper.tries() == 3
    keeper.set_tries(0)
    assert keeper.tries() == 0


def test_clock_that_is_not_set_gives_no_time():
    assert keeper.now() > 788_918_400
    keeper.time = _Year2000
    assert keeper.now() == 0


class _Year2000:
    @staticmethod
    def time():
        return 946_684_800 + 70

    @staticmethod
    def gmtime(_seconds):
        return (1970, 1, 1)


def _keep(cabinet, events):
    cabinet.events = events
    noting.keep(cabinet)


def test_events_of_doors_are_kept():
    Disk(new=True)
    cabinet = Cabinet(4)
    _keep(cabinet, [("forced open", 2), ("left open", 3)])
    assert [(kind, door) for kind, door, _ in keeper.ledger_of(cabinet).events()] == [
        ("left_open", 3),
        ("forced_open", 2),
    ]


def test_events_go_into_the_ledger_of_a_session():
    Disk(new=True)
    cabinet = Cabinet(4)
    cabinet.ledger = kept = keeper.ledger_of(cabinet)
    kept.put(1, STORED, CODE)
    _keep(cabinet, [("not opened", 2)])
    cabinet.ledger = None
    kept = keeper.ledger_of(cabinet)
    assert kept.state(1) == STORED
    assert next(kept.events())[0] == "not_opened"


def test_fault_says_why_nothing_can_be_kept():
    Disk(new=True)
    assert selftest.codes_fault(Cabinet(4)) is None
    assert selftest.codes_fault(Cabinet(5)) == "ledger of 4 doors"
