"""Cuts the power at chosen flash operations of a story, each time from the same start."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cabinet import PATIENCE_S, Cabinet, Fleet, factory_flash

from lockerctl.header import is_set
from lockerctl.partitions import load_map
from lockerctl.release_dir import Release
from virtualboard import otadata
from virtualboard.board import State
from virtualboard.otadata import State as Entry

# A story waits most of its time: several go on at once.
_AT_ONCE = 4
_MOST_BETWEEN = 40
_QUIET_S = 1.5
_LOOK_S = 0.05


class BrokenError(Exception):
    """What must hold at any time did not."""


@dataclass(frozen=True)
class Cut:
    """Where the power goes: at a flash operation, begun or not; `again`: once more, so much later.

    Operations are counted from the power on.
    """

    operation: int
    torn: bool
    again: int | None = None


@dataclass
class Findings:
    """How many cuts were made, what the flash was like at each, and which went wrong."""

    phases: Counter[str] = field(default_factory=Counter)
    missed: int = 0
    failures: list[str] = field(default_factory=list)


class Story:
    """A story for one board; `held`: the releases that may be in its slots.

    `flash`: what it starts from; the board's identity is put into it.
    """

    def __init__(self, fleet: Fleet, flash: bytes, *held: Release) -> None:
        self.fleet = fleet
        self.operations = 0
        self._flash = flash
        self._held = {release.manifest.sequence: release for release in held}

    def begin(self, cabinet: Cabinet) -> None:
        """Before the power comes."""

    def is_over(self, cabinet: Cabinet) -> bool:
        """Whether the story has come to its end."""
        raise NotImplementedError

    def check_end(self, cabinet: Cabinet) -> None:
        """Raise BrokenError unless the board is where it must be at the end."""
        raise NotImplementedError

    def length(self) -> int:
        """How many flash operations the story takes when nothing is cut."""
        with self._cabinet() as cabinet:
            self.begin(cabinet)
            cabinet.board.power_on()
            self._finish(cabinet)
            _let_settle(cabinet)
            self.operations = cabinet.board.flash.operations
            return self.operations

    def sweep(self, cuts: Iterable[Cut]) -> Findings:
        """Play the story with each of these cuts."""
        found, lock = Findings(), threading.Lock()

        def play(cut: Cut) -> None:
            phase, failure = self._try(cut)
            with lock:
                if failure:
                    found.failures.append(f"{cut}: {failure}")
                elif phase is None:
                    found.missed += 1
                else:
                    found.phases[phase] += 1

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(play, cuts))
        return found

    def _try(self, cut: Cut) -> tuple[str | None, str]:
        with self._cabinet() as cabinet:
            try:
                return self._play(cabinet, cut), ""
            except (BrokenError, TimeoutError, AssertionError) as error:
                return None, "\n".join([repr(error), *cabinet.board.console.lines()[-40:]])

    def _play(self, cabinet: Cabinet, cut: Cut) -> str | None:
        """The flash's state at the cut; None when the story was over before."""
        self.begin(cabinet)
        cabinet.board.cut_power_at(cut.operation, torn=cut.torn)
        if not self._run_until_cut(cabinet):
            return None
        phase = phase_of(cabinet)
        if cut.again is not None:
            cabinet.board.cut_power_at(
                cabinet.board.flash.operations + cut.again, torn=not cut.torn
            )
            self._run_until_cut(cabinet)
            cabinet.board.flash.keep_power()
        cabinet.board.power_on()
        self._finish(cabinet)
        return phase

    def _run_until_cut(self, cabinet: Cabinet) -> bool:
        """Power on, and wait for the cut: False when the story was over before."""
        board = cabinet.board
        board.power_on()
        cabinet.until(lambda: cabinet.is_off() or self.is_over(cabinet), "cut or over")
        if not _let_settle(cabinet):
            return False
        board.wait_for_state(State.OFF, timeout=PATIENCE_S)
        self._check_slots(cabinet)
        return True

    def _finish(self, cabinet: Cabinet) -> None:
        cabinet.until(lambda: self.is_over(cabinet), "over")
        self._check_slots(cabinet)
        self.check_end(cabinet)
        if isinstance(cabinet, _Watched) and cabinet.broken:
            raise BrokenError(cabinet.broken[0])

    def _check_slots(self, cabinet: Cabinet) -> None:
        """A slot with a header is a whole release, at any time."""
        for slot in (0, 1):
            if cabinet.header(slot) is not None:
                self.check_whole(cabinet, slot)

    def check_whole(self, cabinet: Cabinet, slot: int) -> None:
        """Raise BrokenError unless a slot holds one of the releases, byte for byte."""
        header = cabinet.header(slot)
        release = self._held.get(header.sequence) if header else None
        if header is None or release is None or header.manifest != release.data:
            raise BrokenError(f"slot {slot} is none of the releases")
        for layer in release.manifest.layers:
            name = f"ota_{slot}" if layer.partition == "ota" else f"store_{slot}"
            plain, part = release.plain(layer.name), cabinet.partition(name)
            if part[layer.address : layer.address + len(plain)] != plain:
                raise BrokenError(f"{layer.name} of slot {slot} is not whole")

    @contextmanager
    def _cabinet(self) -> Iterator[Cabinet]:
        name = self.fleet.new_board()
        vfs = load_map("4MiB")["vfs"]
        made = factory_flash(self.fleet, name, self.fleet.workshop.base)
        flash = bytearray(self._flash)
        flash[vfs.offset : vfs.end] = made[vfs.offset : vfs.end]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "flash.bin"
            path.write_bytes(flash)
            cabinet = _Watched(self, name, path)
            try:
                yield cabinet
            finally:
                cabinet.board.close()


class _Watched(Cabinet):
    """Looks at each slot that the bootloader starts, before it runs."""

    def __init__(self, story: Story, board_id: str, path: Path) -> None:
        self.broken: list[str] = []
        self._story = story
        super().__init__(story.fleet, board_id, path)

    def _hear(self, line: str) -> None:
        super()._hear(line)
        for slot in (0, 1):
            if f"[bootloader] starting ota_{slot}" in line:
                try:
                    self._story.check_whole(self, slot)
                except BrokenError as error:
                    self.broken.append(f"started: {error}")


class Update(Story):
    """A release is assigned, and committed in slot `to`."""

    def __init__(
        self, fleet: Fleet, flash: bytes, release: Release, *held: Release, to: int = 1
    ) -> None:
        super().__init__(fleet, flash, release, *held)
        self._release, self._to = release, to

    def begin(self, cabinet: Cabinet) -> None:
        cabinet.assign(self._release)

    def is_over(self, cabinet: Cabinet) -> bool:
        if not cabinet.said("agent: success: "):
            return False
        return not cabinet.fleet.client.actions(cabinet.id)[0].active

    def check_end(self, cabinet: Cabinet) -> None:
        status = cabinet.fleet.client.actions(cabinet.id)[0].status
        if status != "finished" or cabinet.board.running != f"ota_{self._to}":
            raise BrokenError(f"{status}, {cabinet.board.running} runs")
        header = cabinet.header(self._to)
        if header is None or header.sequence != self._release.manifest.sequence:
            raise BrokenError("another release runs")
        if not cabinet.committed(self._to) or cabinet.states()[self._to] != "VALID":
            raise BrokenError("not committed")


class Revert(Update):
    """The release fails its self-test: the old one goes on."""

    def is_over(self, cabinet: Cabinet) -> bool:
        if not cabinet.said("agent: failure: "):
            return False
        return not cabinet.fleet.client.actions(cabinet.id)[0].active

    def check_end(self, cabinet: Cabinet) -> None:
        status = cabinet.fleet.client.actions(cabinet.id)[0].status
        if status != "error" or cabinet.board.running != f"ota_{1 - self._to}":
            raise BrokenError(f"{status}, {cabinet.board.running} runs")
        if not cabinet.committed(1 - self._to) or cabinet.committed(self._to):
            raise BrokenError("the wrong slot is committed")


class FallBack(Story):
    """Slot 1 crashes again and again: slot 0 takes over without a server."""

    def begin(self, cabinet: Cabinet) -> None:
        cabinet.offline()

    def is_over(self, cabinet: Cabinet) -> bool:
        return cabinet.board.running == "ota_0" and cabinet.states()[0] == "VALID"

    def check_end(self, cabinet: Cabinet) -> None:
        if not cabinet.committed(0) or cabinet.committed(1):
            raise BrokenError("the wrong slot is committed")


def _let_settle(cabinet: Cabinet) -> bool:
    """Wait for what is written behind the end of a story; whether the power was cut meanwhile."""
    operations, since = -1, time.monotonic()
    while not cabinet.is_off() and time.monotonic() < since + _QUIET_S:
        if cabinet.board.flash.operations != operations:
            operations, since = cabinet.board.flash.operations, time.monotonic()
        time.sleep(_LOOK_S)
    return cabinet.is_off()


def phase_of(cabinet: Cabinet) -> str:
    """How far an update has come, by the flash alone."""
    running = int(cabinet.board.running[-1:] or 0)
    entries = cabinet.entries()
    active = otadata.active_index(entries)
    if active is None:
        return "first boot"
    if entries[active].slot(2) != running:
        return f"slot {1 - running} chosen"
    if entries[active].state == Entry.PENDING_VERIFY:
        return f"slot {running} on trial"
    header = cabinet.header(running)
    if header is None or not is_set(header.committed):
        return f"slot {running} valid, not committed"
    other = "empty" if cabinet.header(1 - running) is None else "whole"
    return f"slot {running} runs, the other is {other}"


def every(length: int) -> Iterator[Cut]:
    """Each operation, not begun and torn."""
    for operation in range(1, length + 1):
        yield Cut(operation, torn=False)
        yield Cut(operation, torn=True)


def twice(length: int) -> Iterator[Cut]:
    """Each operation, and once more while the board recovers."""
    chance = random.Random(length)
    for operation in range(1, length + 1):
        yield Cut(operation, torn=bool(operation % 2), again=chance.randrange(1, _MOST_BETWEEN))


def some(cuts: Iterable[Cut], count: int) -> list[Cut]:
    """About so many of them, evenly, the last ones too."""
    made = list(cuts)
    step = max(1, len(made) // count)
    return made[::-step]
