"""The power goes at every write of a session: what was confirmed stays, nothing else is lost."""

import asyncio
import os

from fake_people import Cabinet, disk
from fakes_disk import PowerCutError

from locker import keeper
from locker.desk import Desk
from locker.ledger import FREE, PARCEL, STORED

STORE = "A4711#4711#"
FETCH = "B1#4711#"


def _run(coroutine):
    asyncio.new_event_loop()
    return asyncio.run(coroutine)


def _cabinet(**settings):
    cabinet = Cabinet(**settings)
    for door in cabinet.doors.all:
        door.quick = True
    return cabinet


def _ready(*visits, **settings):
    """The disk after these visits."""
    cabinet = _cabinet(**settings)
    cabinet.kept()
    for keys in visits:
        _run(cabinet.comes(keys))
    return disk.save()


def _sweep(start, keys, judge, **settings):
    """Cut a visit at every operation; `judge(cabinet, screens)` after each. How often, and what."""
    seen = {}
    for done in (0, 5, 10):
        for cut_at in range(1000):
            disk.restore(start)
            cabinet = _cabinet(**settings)
            disk.cut(cut_at, done)
            try:
                _run(cabinet.comes(keys))
                break
            except PowerCutError:
                disk.mount()
            screens = [name for name, _ in cabinet.screens]
            found = judge(_cabinet(**settings), screens, cabinet.opened)
            seen[found] = seen.get(found, 0) + 1
        assert 2 < cut_at < 1000
    return seen


def _judge_storing(cabinet, screens, opened):
    state = cabinet.states()[0]
    assert state in (FREE, STORED), state
    assert cabinet.states()[1:] == [FREE] * 3
    assert "stored" not in screens or state == STORED
    if state == STORED:
        assert "fetched" in _run(cabinet.comes(FETCH))
    else:
        assert opened == [1]
        assert "stored" in _run(cabinet.comes(STORE))
    return state


def test_cut_while_storing_loses_nothing_that_was_confirmed():
    seen = _sweep(_ready(), STORE, _judge_storing)
    assert set(seen) == {FREE, STORED}
    assert sum(seen.values()) > 20, seen


def _judge_fetching(cabinet, screens, opened):
    state = cabinet.states()[0]
    assert state in (FREE, STORED), state
    assert "fetched" not in screens or state == FREE
    assert keeper.tries() <= 1
    if state == FREE:
        assert opened == [1], "nobody has had the things"
    else:
        assert "fetched" in _run(cabinet.comes(FETCH))
    return state


def test_cut_while_fetching_keeps_the_code_valid_until_the_door_was_opened():
    seen = _sweep(_ready(STORE), FETCH, _judge_fetching)
    assert set(seen) == {FREE, STORED}
    assert sum(seen.values()) > 30, seen


def _judge_wrong(cabinet, screens, _opened):
    assert "wrong_code" not in screens or keeper.tries() == 1
    assert cabinet.states()[0] == STORED
    return keeper.tries()


def test_cut_at_a_wrong_try_does_not_take_it_back_once_it_was_told():
    seen = _sweep(_ready(STORE), "B1#9999#", _judge_wrong)
    assert set(seen) <= {0, 1}
    assert 0 in seen


def _judge_parcel(cabinet, screens, _opened):
    state = cabinet.states()[0]
    assert state in (FREE, PARCEL), state
    assert "pickup_code" not in screens or state == PARCEL
    if state == PARCEL:
        code = cabinet.kept().mail()[2].decode()
        assert "fetched" in _run(cabinet.comes(code + "#"))
    return state


def test_cut_while_a_parcel_comes_in_keeps_its_code_if_it_was_shown():
    _ready()
    _run(_courier(_cabinet()))
    seen = _sweep(disk.save(), "55555#1#", _judge_parcel, mode="delivery")
    assert set(seen) == {FREE, PARCEL}


async def _courier(cabinet):
    """Give the courier a code."""
    digest = await Desk(cabinet).digest("55555")
    cabinet.ledger = None
    cabinet.keep(lambda kept: kept.set_staff(1, digest))


def test_ledger_that_is_written_in_place_is_found_out():
    """The sweep bites."""

    def careless(kept):
        if "locker.bin" in os.listdir("/data"):
            os.remove("/data/locker.bin")
        with open("/data/locker.bin", "wb") as file:
            file.write(kept.raw)

    start = _ready(STORE)
    keeper.save = careless
    try:
        _sweep(start, FETCH, _judge_fetching)
        raise RuntimeError("not found out")
    except AssertionError:
        pass
