"""Whether a board is offered its channel's release by itself, and if not, why. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fleet.versions import rank


class Verdict(StrEnum):
    """How a board stands to its channel."""

    NO_CHANNEL = "no_channel"
    EMPTY_CHANNEL = "empty_channel"
    NOT_REPORTED = "not_reported"
    INCOMPATIBLE = "incompatible"
    CURRENT = "current"
    NEWER = "newer"
    HELD = "held"
    TRIED = "tried"
    BUSY = "busy"
    IN_ROLLOUT = "in_rollout"
    OFFERED = "offered"


@dataclass(frozen=True)
class Judgement:
    """A verdict, and one line for people."""

    verdict: Verdict
    text: str


@dataclass(frozen=True)
class Running:
    """What a board has reported; None for what it has not, or what makes no sense."""

    model: str | None
    revision: int | None
    release: str | None
    sequence: int | None


@dataclass(frozen=True)
class Wanted:
    """A channel's release. `boards`: model → revisions; `sequence` only grows."""

    channel: str
    version: str
    sequence: int
    boards: Mapping[str, tuple[int, ...]]

    def fits(self, running: Running) -> bool:
        return running.revision in self.boards.get(running.model or "", ())


@dataclass(frozen=True)
class Past:
    """What happened between the board and that release.

    `busy` names another release that is under way. `tried` says how an attempt ended that
    nobody has forgiven yet.
    """

    held: bool = False
    busy: str | None = None
    tried: str | None = None
    fell_from: str | None = None


def judge(running: Running, wanted: Wanted, past: Past) -> Judgement:
    """What stands against offering the release, the plainest first; OFFERED if nothing does."""
    against = _hardware(running, wanted) or _age(running, wanted) or _history(wanted, past)
    return against or Judgement(Verdict.OFFERED, f"is offered {wanted.version}")


def _hardware(running: Running, wanted: Wanted) -> Judgement | None:
    if running.model is None or running.revision is None:
        return Judgement(Verdict.NOT_REPORTED, "has not reported what hardware it is")
    if wanted.fits(running):
        return None
    text = f"{wanted.version} is not for {running.model} revision {running.revision}"
    return Judgement(Verdict.INCOMPATIBLE, text)


def _age(running: Running, wanted: Wanted) -> Judgement | None:
    there, new = rank(running.release), rank(wanted.version)
    if there is None:
        return Judgement(Verdict.NOT_REPORTED, "has not reported which release it runs")
    if new is None:
        text = f"{wanted.version} is no semantic version: nobody knows what is older"
        return Judgement(Verdict.INCOMPATIBLE, text)
    if there == new:
        return Judgement(Verdict.CURRENT, f"runs {running.release}")
    if there > new:
        return Judgement(Verdict.NEWER, f"runs {running.release}, which is newer")
    if running.sequence is not None and running.sequence >= wanted.sequence:
        text = f"{wanted.version} has sequence {wanted.sequence}, it is at {running.sequence}"
        return Judgement(Verdict.INCOMPATIBLE, text)
    return None


def _history(wanted: Wanted, past: Past) -> Judgement | None:
    if past.held:
        return Judgement(Verdict.HELD, "is held at what it runs")
    if past.busy is not None:
        return Judgement(Verdict.BUSY, f"is busy with {past.busy}")
    if past.tried is not None:
        return Judgement(Verdict.TRIED, past.tried)
    if past.fell_from == wanted.version:
        return Judgement(Verdict.TRIED, f"fell back from {wanted.version}")
    return None
