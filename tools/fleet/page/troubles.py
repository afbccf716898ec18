"""What is wrong, out of the numbers: the worst first. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fleet.actions import TargetState
from fleet.offers import Verdict
from fleet.page.boards_query import State
from fleet.page.formats import count
from fleet.page.overview_query import Summary
from fleet.page.places import url_of
from fleet.page.rollouts_query import stopped_by_failures
from fleet.rollout_rules import RolloutStatus
from fleet.scopes import Kind
from fleet.steering import PauseInfo

_FAILING = 5


@dataclass(frozen=True)
class Trouble:
    """One line of the first screen. `bad`: somebody should look at once. `link` leads there.

    It is empty where no screen helps.
    """

    bad: bool
    text: str
    link: str


@dataclass(frozen=True)
class OwnTroubles:
    """What is wrong with the server itself: tasks that fail, and trust (bad or not, and why)."""

    failing: Sequence[str]
    trust: Sequence[tuple[bool, str]]


def troubles(summary: Summary, pauses: Iterable[PauseInfo], own: OwnTroubles) -> list[Trouble]:
    """Everything that wants a look."""
    found = [*_of_server(own), *_of_rollouts(summary), *_of_boards(summary), *_of_pauses(pauses)]
    return sorted(found, key=lambda each: not each.bad)


def _of_server(own: OwnTroubles) -> Iterator[Trouble]:
    for bad, text in own.trust:
        yield Trouble(bad, f"Trust: {text}", "")
    for line in own.failing[:_FAILING]:
        yield Trouble(True, f"The server fails at {line}", "")
    if len(own.failing) > _FAILING:
        text = f"The server fails at {len(own.failing) - _FAILING} more things: see its log"
        yield Trouble(True, text, "")


def _of_rollouts(summary: Summary) -> Iterator[Trouble]:
    for rollout in summary.waiting:
        link = url_of("/rollouts", rollout.id)
        if stopped_by_failures(rollout):
            text = f"Rollout {rollout.name} was stopped by failures: {rollout.why or ''}"
            yield Trouble(True, text, link)
        elif rollout.status is RolloutStatus.PAUSED:
            yield Trouble(False, f"Rollout {rollout.name} is paused", link)
        else:
            yield Trouble(False, f"Rollout {rollout.name} waits for approval", link)
    if summary.more_waiting:
        yield Trouble(False, "More rollouts wait for somebody", url_of("/rollouts"))


def _of_boards(summary: Summary) -> Iterator[Trouble]:
    failed = summary.state(TargetState.ERROR)
    if failed:
        text = f"{count(failed, 'board')} failed the last update"
        yield Trouble(True, text, url_of("/boards", state=State.FAILED))
    if summary.overdue:
        text = f"{count(summary.overdue, 'board')} overdue: not heard of for too long"
        yield Trouble(False, text, url_of("/boards", state=State.OVERDUE))
    tried = summary.verdicts.get(Verdict.TRIED, 0)
    if tried:
        text = f"{count(tried, 'board')} tried the channel's release in vain and wait for a retry"
        yield Trouble(False, text, url_of("/boards", state=State.REFUSED))
    unfit = summary.verdicts.get(Verdict.INCOMPATIBLE, 0)
    if unfit:
        text = f"{count(unfit, 'board')} can't run the channel's release"
        yield Trouble(False, text, url_of("/boards", state=State.UNFIT))


def _of_pauses(pauses: Iterable[PauseInfo]) -> Iterator[Trouble]:
    for pause in pauses:
        if pause.scope.kind is not Kind.BOARD:
            what = "All boards are" if pause.scope.kind is Kind.ALL else f"{pause.scope.place} is"
            reason = f": {pause.reason}" if pause.reason else ""
            yield Trouble(False, f"{what} paused by {pause.by}{reason}", url_of("/steering"))
