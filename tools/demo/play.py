"""One release, from its publication to its end, and what was seen of it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from demo.chapters import FIRST, REVERTED, Chapter
from demo.cuts import cut_link_and_power
from demo.observed import Observed, Quiet, Runs, Sizes, verdict
from demo.operator import Told
from demo.report import Row
from demo.stage import BOARD, Stage
from lockerctl.release_dir import Release

_END_S = 60.0
_ATTRIBUTES_S = 20.0
_START_S = 20.0
_QUIET_POLLS = 3


def play_start(stage: Stage) -> None:
    """The board's first day: the server learns what it runs."""
    stage.camera.chapter = FIRST
    stage.board.power_on()
    stage.wait("the board's attributes at the server", _START_S, stage.operator.runs)


def play(stage: Stage, chapter: Chapter) -> Observed:
    """Publish and assign the chapter's release, and see it through. Raises DemoError."""
    stage.camera.chapter = chapter.version
    stage.teller.chapter(chapter.version, chapter.title)
    release = stage.build(chapter.version, chapter.core, chapter.edits)
    operator, board = stage.operator, stage.board
    stage.publish(chapter.version)
    before = _runs(stage)
    line, boot = len(board.console), len(board.causes)
    operator.run("release", "assign", BOARD, chapter.version)
    start = time.monotonic()
    cuts = cut_link_and_power(stage, chapter, release) if chapter.has_cuts else ()
    told = _wait_for_end(stage, chapter)
    seconds = time.monotonic() - start
    outcome, reason = verdict(told.status, told.last)
    stage.teller.event(f"the server knows: {outcome}, {reason}")
    quiet = _watch(stage, chapter) if outcome == REVERTED else None
    return Observed(
        row=Row(
            chapter.version,
            outcome,
            reason,
            operator.sent_bytes(chapter.version),
            round(seconds, 1),
        ),
        sizes=_sizes(release),
        plans=told.plans,
        before=before,
        after=_runs(stage),
        flash=stage.running_flash(),
        causes=tuple(cause.name for cause in board.causes[boot:]),
        trials=_trials(board.console.lines(line)),
        relays_on=stage.relays_on(),
        cuts=cuts,
        quiet=quiet,
    )


def _wait_for_end(stage: Stage, chapter: Chapter) -> Told:
    """What the board told of the release, once the action is closed and the attributes follow."""

    def closed() -> Told | None:
        action = stage.operator.newest()
        if action is None or action.active or not action.release.endswith(f":{chapter.version}"):
            return None
        return stage.operator.told(action)

    told = stage.wait(f"the end of {chapter.version}", _END_S, closed)
    stage.wait(
        f"attributes that tell {told.last!r}",
        _ATTRIBUTES_S,
        lambda: stage.operator.last_outcome().endswith(told.last),
    )
    return told


def _runs(stage: Stage) -> Runs:
    return stage.operator.runs() or Runs("?", "?")


def _watch(stage: Stage, chapter: Chapter) -> Quiet:
    """Let the board poll some more, and see whether it does more than that."""
    operator = stage.operator
    boots, sent = len(stage.board.causes), operator.sent_bytes(chapter.version)
    contacts = {operator.last_contact_ms()}

    def enough() -> bool:
        contacts.add(operator.last_contact_ms())
        return len(contacts) > _QUIET_POLLS

    stage.wait("more polls of the board", _ATTRIBUTES_S, enough)
    polls = len(contacts) - 1
    stage.teller.event(f"{polls} polls later it has not tried {chapter.version} again")
    return Quiet(
        polls, operator.sent_bytes(chapter.version) - sent, len(stage.board.causes) - boots
    )


def _sizes(release: Release) -> Sizes:
    blocks = {
        layer.name: [block.stored for block in layer.blocks] for layer in release.manifest.layers
    }
    return Sizes(len(release.data), blocks)


def _trials(lines: Sequence[str]) -> int:
    return sum(line.startswith("boot: slot") and " on trial," in line for line in lines)
