"""Every rule that a partition map of ours must keep: the chip's, ESP-IDF's and our own."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from lockerctl.partition_table import APP, SECTOR, SUBTYPES, TABLE_OFFSET, Partition

_FIRST_OFFSET = TABLE_OFFSET + SECTOR
_OTADATA_SIZE = 2 * SECTOR
_APP_ALIGNMENT = 0x10000
# One less than a record holds, so that a name always ends with a NUL.
_NAME_LENGTH = 15
_NEEDED = ("nvs", "vfs", "data")

# A partition with the number of its line.
Numbered = tuple[int, Partition]
# The line of a broken rule (0: the whole map) and what is wrong there.
Problem = tuple[int, str]


def problems(parsed: list[Numbered], flash_size: int) -> Iterator[Problem]:
    """Every rule that the map breaks on a flash of `flash_size` bytes."""
    for number, partition in parsed:
        for problem in _own_problems(partition, flash_size):
            yield number, problem
    for rule in (_unique_names, _no_overlap, _one_otadata, _all_needed, _complete_slots):
        yield from rule(parsed)


def _own_problems(partition: Partition, flash_size: int) -> Iterator[str]:
    name, offset, size = partition.name, partition.offset, partition.size
    alignment = _APP_ALIGNMENT if partition.type == APP else SECTOR
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > _NAME_LENGTH:
        yield f"name {name!r} is not 1 to {_NAME_LENGTH} of a-z, 0-9 and _"
    if not (0 <= partition.type <= 0xFE and 0 <= partition.subtype <= 0xFE):
        yield "type and subtype are numbers from 0 to 0xfe"
    if offset % alignment:
        yield f"offset {offset:#x} of {name} is not a multiple of {alignment:#x}"
    if size <= 0 or size % SECTOR:
        yield f"size {size:#x} of {name} is not a multiple of {SECTOR:#x} above 0"
    if offset < _FIRST_OFFSET:
        yield f"{name} lies on the bootloader or the table: start at {_FIRST_OFFSET:#x}"
    if partition.end > flash_size:
        yield f"{name} ends at {partition.end:#x}, the flash at {flash_size:#x}"
    if partition.is_otadata and size != _OTADATA_SIZE:
        yield f"otadata is {_OTADATA_SIZE:#x} bytes, not {size:#x}"


def _unique_names(parsed: list[Numbered]) -> Iterator[Problem]:
    counts = Counter(partition.name for _, partition in parsed)
    for number, partition in reversed(parsed):
        if counts[partition.name] > 1:
            yield number, f"the name {partition.name} is taken already"


def _no_overlap(parsed: list[Numbered]) -> Iterator[Problem]:
    ordered = sorted(parsed, key=lambda entry: entry[1].offset)
    for (_, left), (number, right) in itertools.pairwise(ordered):
        if right.offset < left.end:
            yield number, f"{right.name} overlaps {left.name}, which ends at {left.end:#x}"


def _one_otadata(parsed: list[Numbered]) -> Iterator[Problem]:
    found = [number for number, partition in parsed if partition.is_otadata]
    if not found:
        yield 0, "there is no otadata partition (data, ota)"
    for number in found[1:]:
        yield number, "there is an otadata partition already"


def _all_needed(parsed: list[Numbered]) -> Iterator[Problem]:
    names = {partition.name for _, partition in parsed}
    for name in _NEEDED:
        if name not in names:
            yield 0, f"there is no partition {name}"


def _complete_slots(parsed: list[Numbered]) -> Iterator[Problem]:
    """Every app is a slot `ota_k`, in order, with a `store_k`; the slots are equal in size."""
    by_name = {partition.name: (number, partition) for number, partition in parsed}
    apps = [(number, partition) for number, partition in parsed if partition.type == APP]
    if len(apps) < 2:
        yield 0, "an update needs two slots: ota_0 and ota_1"
    for index, (number, app) in enumerate(apps):
        store = by_name.get(f"store_{index}")
        if app.name != f"ota_{index}" or app.subtype != SUBTYPES[APP].get(app.name):
            yield number, f"app partition {index} must have the name and the subtype ota_{index}"
        elif store is None:
            yield number, f"ota_{index} has no store_{index}"
        else:
            yield from _equal_sizes((number, app), apps[0][1])
            yield from _equal_sizes(store, by_name.get("store_0", store)[1])
    for number, partition in parsed:
        store_index = re.fullmatch(r"store_(\d+)", partition.name)
        if store_index and int(store_index[1]) >= len(apps):
            yield number, f"{partition.name} has no ota_{store_index[1]}"


def _equal_sizes(numbered: Numbered, first: Partition) -> Iterator[Problem]:
    number, partition = numbered
    if partition.size != first.size:
        yield (
            number,
            f"{partition.name} has {partition.size:#x} bytes, {first.name} {first.size:#x}",
        )
