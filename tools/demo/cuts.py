"""Cuts the link once and the power once, each in the middle of a download."""

from __future__ import annotations

import time

from demo.chapters import Chapter
from demo.errors import DemoError
from demo.observed import Cut
from demo.stage import Stage, is_off
from lockerctl.manifest import Layer
from lockerctl.release_dir import Release

# For each 4 KiB: a link as slow as a weak WiFi's, so that there is a middle.
_SLOW_S = 0.05
# Into the next block, whose head is shorter and whose body is longer.
_CUT_AFTER_BYTES = 3000
# Inside the next block: each of its sectors is one operation at least.
_OPERATIONS = 2
_BLOCK_S = 20.0
_BACK_S = 30.0
_DARK_S = 0.5


def cut_link_and_power(stage: Stage, chapter: Chapter, release: Release) -> tuple[Cut, Cut]:
    """First the link, when something is there, then the power, when half is. Raises DemoError."""
    layer = release.manifest.layer(chapter.fetches)
    if layer is None:
        raise DemoError(f"{chapter.version} has no layer {chapter.fetches}")
    saboteur = _Saboteur(stage, chapter.version, layer)
    stage.board.link.delay_s = _SLOW_S
    cuts = saboteur.cut_link(), saboteur.cut_power()
    stage.board.link.delay_s = 0.0
    return cuts


class _Saboteur:
    """Waits for its moment in the download of a layer, by looking at the flash."""

    def __init__(self, stage: Stage, release: str, layer: Layer) -> None:
        self._stage = stage
        self._release = release
        self._layer = layer
        self._slot = 1 - int(stage.board.running.removeprefix("ota_"))

    def cut_link(self) -> Cut:
        self._wait_for_blocks(1)
        link = self._stage.board.link
        made = link.connections
        link.cut_after(_CUT_AFTER_BYTES)
        self._stage.wait("a new connection", _BACK_S, lambda: link.connections > made)
        return self._note("link")

    def cut_power(self) -> Cut:
        self._wait_for_blocks(len(self._layer.blocks) // 2 + 1)
        board = self._stage.board
        board.cut_power_at(board.flash.operations + _OPERATIONS, torn=True)
        self._stage.wait("the power cut", _BLOCK_S, lambda: is_off(board))
        time.sleep(_DARK_S)
        cut = self._note("power")
        board.power_on()
        return cut

    def _wait_for_blocks(self, count: int) -> None:
        self._stage.wait(
            f"block {count} of layer {self._layer.name} in the flash",
            _BLOCK_S,
            lambda: sum(self._there()) >= count,
        )

    def _there(self) -> list[bool]:
        return self._stage.blocks_there(self._layer, self._slot)

    def _note(self, what: str) -> Cut:
        there, blocks = self._there(), self._layer.blocks
        missing = sum(block.stored for block, here in zip(blocks, there, strict=True) if not here)
        self._stage.teller.event(
            f"the {what} was cut with {sum(there)} of {len(blocks)} blocks in the flash"
        )
        sent = self._stage.operator.sent_bytes(self._release)
        return Cut(what, sum(there), len(blocks), missing, sent)
