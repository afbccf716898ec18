"""How far an update is, out of what the board has said (docs/formats.md, lib/ota). No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fleet.actions import CANCELING, Status

_FETCHED = re.compile(r"fetched (\d{1,3}) %")
_ACTIVATING = re.compile(r"activating (\S+) in slot (\d)")
_PLAN = re.compile(r"plan (\S+) (fetch|copy|keep) (\d{1,10})(?: of (\d{1,10}))? bytes")
_WAITING = "waiting: "


@dataclass(frozen=True)
class Line:
    """One line of an action's history."""

    status: Status
    messages: Sequence[str]


@dataclass(frozen=True)
class Progress:
    """`text` says it in a few words; `percent` of the download; `waits`: why it does not go on."""

    text: str
    percent: int | None = None
    waits: str | None = None


@dataclass(frozen=True)
class PlanStep:
    """What a board does to have a layer. `size`: bytes to fetch, copy or keep."""

    layer: str
    how: str
    size: int


def progress(status: Status, newest_first: Iterable[Line]) -> Progress:
    """How an action stands that has not ended."""
    if status in CANCELING:
        return Progress("asked to give up")
    if status is Status.WAIT_FOR_CONFIRMATION:
        return Progress("waits for somebody at the cabinet to agree")
    if status is Status.SCHEDULED:
        return Progress("its group has not begun")
    waits: str | None = None
    for line in newest_first:
        for message in reversed(line.messages):
            if message.startswith(_WAITING):
                waits = waits or message.removeprefix(_WAITING)
            elif found := _told(message):
                return Progress(found.text, found.percent, waits)
        if line.status is Status.RETRIEVED:
            return Progress("has the order", None, waits)
    return Progress("has not asked yet", None, waits)


def plan(newest_first: Iterable[Line]) -> list[PlanStep]:
    """The newest plan of a board, by layers; empty if it has not told one."""
    for line in newest_first:
        steps = [
            PlanStep(found[1], found[2], int(found[3]))
            for found in map(_PLAN.match, line.messages)
            if found
        ]
        if steps:
            return steps
    return []


def _told(message: str) -> Progress | None:
    if found := _FETCHED.match(message):
        return Progress("downloads", min(int(found[1]), 100))
    if found := _ACTIVATING.match(message):
        return Progress("starts it on trial", 100)
    return Progress("prepares", 0) if _PLAN.match(message) else None
