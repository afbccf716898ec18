"""ESP-IDF 5.4's second-stage bootloader: which slot runs (`bootloader_utility.c`, rollback on)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import otadata
from .app_image import ImageError, verify
from .flash import Flash
from .otadata import Entries, Entry, State
from .partition_table import Partition, PartitionTable

FACTORY_INDEX = -1
Log = Callable[[str], None]


class NoBootableImageError(Exception):
    """Every candidate failed: the bootloader resets the chip and starts over."""


@dataclass(frozen=True)
class Choice:
    """Where to start looking for an image, and what to write down before."""

    start_index: int
    writes: tuple[tuple[int, Entry], ...]
    # Neither entry was ever written: record the slot that was loaded.
    is_initial: bool = False


def choose(entries: Entries, slots: int, *, has_factory: bool) -> Choice:
    """The decision from the two entries, a pure function."""
    first, second = (
        entry.with_state(State.ABORTED) if entry.state == State.PENDING_VERIFY else entry
        for entry in entries
    )
    aborted = tuple(
        (index, now)
        for index, (before, now) in enumerate(zip(entries, (first, second), strict=True))
        if before is not now
    )
    if (first.is_unusable and second.is_unusable) or slots == 0:
        if has_factory:
            return Choice(FACTORY_INDEX, aborted)
        return Choice(0, aborted, is_initial=_never_written(first) and _never_written(second))
    active = otadata.active_index((first, second))
    if active is None:
        return Choice(FACTORY_INDEX, aborted)
    entry = (first, second)[active]
    started = ((active, entry.with_state(State.PENDING_VERIFY)),)
    return Choice(entry.slot(slots), aborted + (started if entry.state == State.NEW else ()))


def boot(flash: Flash, table: PartitionTable, log: Log) -> Partition:
    """One pass of the bootloader: the app partition that runs.

    NoBootableImageError: none does.
    """
    if table.otadata is None:
        return _load(flash, table, FACTORY_INDEX, log)
    entries = otadata.read_entries(flash, table.otadata)
    choice = choose(entries, len(table.slots), has_factory=table.factory is not None)
    for index, entry in choice.writes:
        log(f"otadata entry {index}: {describe(entry)}")
        otadata.write_entry(flash, table.otadata, index, entry)
    part = _load(flash, table, choice.start_index, log)
    if choice.is_initial and part in table.slots:
        entry = otadata.new_entry(table.slots.index(part) + 1, State.VALID)
        log(f"otadata entry 0: {describe(entry)}")
        otadata.write_entry(flash, table.otadata, 0, entry)
    return part


def describe(entry: Entry) -> str:
    """An entry for people."""
    if entry.seq == otadata.EMPTY:
        return "empty"
    names = {state.value: state.name for state in State}
    crc = "" if entry.has_good_crc else ", bad CRC"
    return f"seq {entry.seq} {names.get(entry.state, entry.state)}{crc}"


def _never_written(entry: Entry) -> bool:
    return entry.seq == otadata.EMPTY or not entry.has_good_crc


def _load(flash: Flash, table: PartitionTable, start_index: int, log: Log) -> Partition:
    for part in _candidates(table, start_index):
        try:
            length = verify(flash, part)
        except ImageError as error:
            log(f"{part.label} is not bootable: {error}")
            continue
        log(f"starting {part.label}, {length} bytes")
        return part
    raise NoBootableImageError("no bootable app partition")


def _candidates(table: PartitionTable, start_index: int) -> Iterator[Partition]:
    """Down from the start to the factory app, then up to the last slot, then the test app."""
    if start_index < len(table.slots):
        yield from reversed(table.slots[: start_index + 1])
    if table.factory is not None:
        yield table.factory
    yield from table.slots[start_index + 1 :]
    if table.test is not None:
        yield table.test
