"""What a board downloads to come from one release to another: layers it has not got. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.page.pictures import Part
from fleet.releases import ReleaseFacts


@dataclass(frozen=True)
class LayerTransfer:
    """A layer of the new release. `needed`: bytes to download, 0 if the board has it."""

    name: str
    needed: int


@dataclass(frozen=True)
class Transfer:
    """From one version in the field, which `boards` run. `known` unless nobody published it here.

    Of an unknown version nothing is known to be equal: then it is the most that can be.
    """

    version: str
    boards: int
    known: bool
    layers: Sequence[LayerTransfer]

    @property
    def needed(self) -> int:
        """Bytes for one board."""
        return sum(each.needed for each in self.layers)

    @property
    def parts(self) -> list[Part]:
        return [
            Part(each.name, each.needed, f"c{min(number, 5)}")
            for number, each in enumerate(self.layers, 1)
        ]


def transfer(version: str, boards: int, old: ReleaseFacts | None, new: ReleaseFacts) -> Transfer:
    """Equal layers have equal names and versions, which end in their hash (docs/formats.md)."""
    there = {(each.name, each.version) for each in old.layers} if old else set()
    layers = [
        LayerTransfer(each.name, 0 if (each.name, each.version) in there else each.stored)
        for each in new.layers
    ]
    return Transfer(version, boards, old is not None, layers)
