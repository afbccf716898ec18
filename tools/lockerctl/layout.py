"""Where the layers of a release lie in a store: a pure function of the release before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lockerctl.errors import UserError
from lockerctl.partition_table import SECTOR


@dataclass(frozen=True)
class Placement:
    """Offset in the store and room from there on, both bytes and multiples of a sector."""

    address: int
    capacity: int

    @property
    def end(self) -> int:
        """The offset of the first byte behind it."""
        return self.address + self.capacity


class StoreFullError(UserError):
    """The layers do not fit into the store, however they are laid out."""


def lay_out(
    lengths: Mapping[str, int], previous: Mapping[str, Placement], store_size: int
) -> dict[str, Placement]:
    """Where each layer lies, by its length in bytes.

    A layer keeps its preset place as long as it fits there. One that has outgrown its place, or is
    new, goes into free space; where that is too small, the smallest layers make room for it first.
    Free space is shared out as capacity to grow. `previous` comes from a manifest, so its places do
    not overlap. Raises StoreFullError.
    """
    _check_fits(lengths, previous, store_size)
    kept = {
        name: place
        for name, place in previous.items()
        if lengths.get(name, place.capacity + 1) <= place.capacity
        and SECTOR <= place.address <= place.end <= store_size
    }
    for name in sorted(kept, key=lambda name: lengths[name]):
        placed = _fill(lengths, kept, store_size)
        if placed is not None:
            return placed
        del kept[name]
    placed = _fill(lengths, {}, store_size)
    assert placed is not None
    return placed


def _check_fits(
    lengths: Mapping[str, int], previous: Mapping[str, Placement], store_size: int
) -> None:
    missing = sum(map(_sectors, lengths.values())) + SECTOR - store_size
    if missing <= 0:
        return
    room = {name: place.capacity for name, place in previous.items()}
    name = max(lengths, key=lambda name: lengths[name] - room.get(name, 0))
    raise StoreFullError(
        f"layer {name} ({lengths[name]} bytes) does not fit: {missing} bytes are missing in a store"
        f" of {store_size} (header {SECTOR}, all layers {sum(lengths.values())})"
    )


def _fill(
    lengths: Mapping[str, int], kept: Mapping[str, Placement], store_size: int
) -> dict[str, Placement] | None:
    """Put the layers that are not kept into the gaps between those that are, the biggest first."""
    gaps = _gaps(kept, store_size)
    tenants: list[list[str]] = [[] for _ in gaps]
    free = [gap.capacity for gap in gaps]
    for name in sorted(lengths.keys() - kept.keys(), key=lambda name: (-lengths[name], name)):
        need = _sectors(lengths[name])
        fitting = [index for index, room in enumerate(free) if room >= need]
        if not fitting:
            return None
        index = max(fitting, key=lambda index: free[index])
        free[index] -= need
        tenants[index].append(name)
    placed = dict(kept)
    for gap, names in zip(gaps, tenants, strict=True):
        placed.update(_share(gap, {name: lengths[name] for name in lengths if name in names}))
    return {name: placed[name] for name in lengths}


def _gaps(kept: Mapping[str, Placement], store_size: int) -> list[Placement]:
    gaps, start = [], SECTOR
    for place in sorted(kept.values(), key=lambda place: place.address):
        gaps.append(Placement(start, place.address - start))
        start = place.end
    gaps.append(Placement(start, store_size - start))
    return [gap for gap in gaps if gap.capacity > 0]


def _share(gap: Placement, lengths: Mapping[str, int]) -> dict[str, Placement]:
    """Lay these layers into a gap, one behind the other; each gets its share of the spare room."""
    needs = {name: _sectors(length) for name, length in lengths.items()}
    spare = gap.capacity - sum(needs.values())
    placed, address = {}, gap.address
    for name, need in needs.items():
        capacity = need + spare * need // sum(needs.values()) // SECTOR * SECTOR
        placed[name] = Placement(address, capacity)
        address += capacity
    return placed


def _sectors(length: int) -> int:
    """The length in bytes, rounded up to whole sectors."""
    return -(-length // SECTOR) * SECTOR
