"""The power goes at a flash operation of a storing or a fetching: at every one in `make power`.

tests/board/mp_locker_power.py makes all these cuts in make test, without the rest of the board.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from cabinet import PATIENCE_S, Cabinet, Fleet, factory_flash
from people import MODEL, Person, for_people

from lockerctl.partitions import load_map
from virtualboard.board import State

_AT_ONCE = 3
_FEW = 3
_SETTLED_S = 1.5
_BEYOND = 1000
Cut = tuple[int, bool]  # operations after the first key; torn
Extent = Callable[[list[Cut]], list[Cut]]
EXTENTS = [
    pytest.param(lambda cuts: cuts[:: -max(1, len(cuts) // _FEW)], id="some"),
    pytest.param(list, id="all", marks=pytest.mark.power_full),
]
extents = pytest.mark.parametrize("extent", EXTENTS)
Act = Callable[[Person], object]
Make = Callable[..., Cabinet]
_LOOK_S = 0.3


class Unlucky(Person):
    """Somebody whose cabinet may lose its power: nobody waits for it then."""

    def types(self, keys: str) -> None:
        for key in keys:
            self._notice()
            super().types(key)

    def sees(self, *texts: str, timeout: float = PATIENCE_S) -> str:
        deadline = time.monotonic() + timeout
        while True:
            try:
                return super().sees(*texts, timeout=_LOOK_S)
            except TimeoutError:
                self._notice()
                if time.monotonic() > deadline:
                    raise

    def _notice(self) -> None:
        if self.cabinet.is_off():
            raise TimeoutError("the power is gone")


class Sweep:
    """Does `act` again and again from the same flash, each time with a cut, and has it judged."""

    def __init__(self, make: Callable[[], Cabinet], act: Act) -> None:
        self._make, self._act = make, act
        self._lock = threading.Lock()
        self.found: Counter[str] = Counter()

    def length(self) -> int:
        """Flash operations from the first key to the end, when nothing is cut."""
        with self._lock:
            cabinet = self._make()
        person = arrived(cabinet)
        before = cabinet.board.flash.operations
        self._act(person)
        time.sleep(_SETTLED_S)
        return cabinet.board.flash.operations - before

    def run(self, cuts: list[Cut], judge: Callable[[Person, bool], str]) -> None:
        """`judge(person, confirmed)` comes after each cut, with the power back."""

        def play(cut: Cut) -> None:
            with self._lock:
                cabinet = self._make()
            confirmed = self._until_cut(cabinet, cut)
            person = arrived(cabinet)
            found = judge(person, confirmed)
            with self._lock:
                self.found[found] += 1
            cabinet.board.power_off()

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(play, cuts))
        print(f"{len(cuts)} cuts, the last at {max(cuts)}: {dict(self.found)}")
        assert self.found.total() == len(cuts)

    def _until_cut(self, cabinet: Cabinet, cut: Cut) -> bool:
        """Whether the last screen before the cut confirmed the action."""
        person, (operation, torn) = arrived(cabinet), cut
        board = cabinet.board
        board.cut_power_at(board.flash.operations + operation, torn=torn)
        seen = len(board.console)
        with contextlib.suppress(TimeoutError):
            self._act(person)
            board.power_off()
        board.wait_for_state(State.OFF, timeout=PATIENCE_S)
        return any(
            line.startswith("screen: ") and ("Stored" in line or "Thank you" in line)
            for line in board.console.lines(seen)
        )


def arrived(cabinet: Cabinet) -> Person:
    """Somebody in front of a cabinet that has come up and settled."""
    person = Unlucky(cabinet)
    cabinet.board.power_on()
    person.is_ready()
    operations, since = -1, time.monotonic()
    while time.monotonic() < since + _SETTLED_S:
        if cabinet.board.flash.operations != operations:
            operations, since = cabinet.board.flash.operations, time.monotonic()
        time.sleep(0.05)
    return person


def every(length: int) -> list[Cut]:
    """Each operation, not begun and torn, and one that never comes: power goes when all is over."""
    cuts = [(operation, torn) for operation in range(1, length + 1) for torn in (False, True)]
    return [*cuts, (length + _BEYOND, False)]


@pytest.fixture
def make(fleet: Fleet, tmp_path: Path) -> Iterator[Make]:
    """Cabinets out of reach of their server, which would make them write at any time.

    `make(data)`: what lies on `data`, instead of nothing.
    """
    made = bytearray(factory_flash(fleet, "nobody", fleet.workshop.base, **for_people()))
    part = load_map("4MiB")["data"]
    numbers = itertools.count()
    with ExitStack() as opened:

        def make(data: bytes | None = None) -> Cabinet:
            flash = bytearray(made)
            flash[part.offset : part.end] = data or flash[part.offset : part.end]
            path = tmp_path / f"{next(numbers)}.bin"
            path.write_bytes(flash)
            cabinet = opened.enter_context(Cabinet(fleet, "nobody", path, MODEL))
            for door in cabinet.board.world.doors:
                door.opens_itself = True
            cabinet.offline()
            return cabinet

        yield make


def after_storing(person: Person, confirmed: bool) -> str:
    """Either the code opens the door, or nothing was stored, and the door serves the next one."""
    person.asks_for(1)
    screen = person.sees("Open door 1", "Wrong code")
    if screen == "Wrong code":
        assert not confirmed
        person.is_ready()
        person.shuts(1)
        person.stores(1)
        return "nothing stored"
    return "stored"


@extents
def test_storing_survives_every_cut(make: Make, extent: Extent) -> None:
    sweep = Sweep(make, lambda person: person.stores(1))
    sweep.run(extent(every(sweep.length())), after_storing)
    assert set(sweep.found) == {"stored", "nothing stored"}


def after_fetching(person: Person, confirmed: bool) -> str:
    """Either the code is still good, or the door was opened before."""
    pulses = len(person.cabinet.board.world.door(1).pulses)
    person.asks_for(1)
    if person.sees("Open door 1", "Wrong code") == "Wrong code":
        assert pulses == 1
        return "fetched"
    assert not confirmed
    return "still there"


@extents
def test_fetching_survives_every_cut(make: Make, extent: Extent) -> None:
    cabinet = make()
    arrived(cabinet).stores(1)
    cabinet.board.power_off()
    data = cabinet.partition("data")
    sweep = Sweep(lambda: make(data), lambda person: person.fetches(1))
    sweep.run(extent(every(sweep.length())), after_fetching)
    assert set(sweep.found) == {"fetched", "still there"}
