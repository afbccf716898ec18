"""The ledger and the wrong tries on `data`: what is left after power cuts and damage."""

import os

from fakes_disk import Disk, PowerCutError

from locker import keeper
from locker.ledger import FREE, LOST, STORED

CODE = b"d" * 16


def test_ledger_is_made_once_and_keeps_its_salt():
    disk = Disk()
    empty = disk.save()
    first = keeper.load(4, False)
    assert [first.state(door) for door in (1, 4)] == [FREE, FREE]
    assert keeper.load(4, False).salt == first.salt
    disk.restore(empty)
    assert keeper.load(4, False).salt != first.salt


def test_doors_are_lost_when_data_was_emptied_and_stay_so():
    Disk()
    keeper.load(4, True)
    kept = keeper.load(4, False)
    assert [kept.state(door) for door in (1, 4)] == [LOST, LOST]
    assert [kind for kind, _, _ in kept.events()] == ["data_lost"]


def test_doors_are_lost_when_the_ledger_is_damaged():
    Disk()
    keeper.load(4, False)
    for content in (b"", b"nonsense", b"x" * 500):
        with open("/data/locker.bin", "wb") as file:
            file.write(content)
        assert keeper.load(4, False).state(2) == LOST, content


def test_ledger_that_this_software_can_not_read_stays_as_it_is():
    Disk()
    keeper.load(4, False)
    with open("/data/locker.bin", "rb") as file:
        before = file.read()
    try:
        keeper.load(5, False)
        raise AssertionError("of another cabinet")
    except ValueError as error:
        assert str(error) == "ledger of 4 doors"
    with open("/data/locker.bin", "rb") as file:
        assert file.read() == before


def test_trouble_of_the_flash_is_no_new_ledger():
    Disk()
    os.mkdir("/data/locker.bin")
    try:
        keeper.load(4, False)
        raise AssertionError("a folder")
    except OSError as error:
        assert error.errno == 21  # EISDIR


def test_change_that_is_cut_is_there_as_a_whole_or_not_at_all():
    disk = Disk()
    kept = keeper.load(2, False)
    kept.put(1, STORED, CODE)
    keeper.save(kept)
    before, seen = disk.save(), set()
    for done in (0, 5, 10):
        for cut_at in range(100):
            disk.restore(before)
            kept = keeper.load(2, False)
            kept.put(1, FREE)
            kept.put(2, STORED, CODE)
            kept.note("stored", 2, 0)
            disk.cut(cut_at, done)
            try:
                keeper.save(kept)
                break
            except PowerCutError:
                disk.mount()
            found = keeper.load(2, False)
            state = found.state(1), found.state(2), len(list(found.events()))
            assert state in ((STORED, FREE, 0), (FREE, STORED, 1)), (done, cut_at, state)
            seen.add(state)
        assert 5 < cut_at < 100, cut_at
    assert len(seen) == 2


def test_wrong_tries_are_counted_over_resets():
    disk = Disk()
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
