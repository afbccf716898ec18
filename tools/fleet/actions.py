"""The rules of an action: what each report of a board makes of it. No I/O.

The tables are hawkBit's (facts: ddi.md 6, 8 and 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class TargetState(StrEnum):
    """How a board stands to what it was assigned."""

    UNKNOWN = "unknown"
    REGISTERED = "registered"
    PENDING = "pending"
    IN_SYNC = "in_sync"
    ERROR = "error"


class ForceType(StrEnum):
    """How urgent an assignment is."""

    FORCED = "forced"
    SOFT = "soft"
    TIMEFORCED = "timeforced"
    DOWNLOADONLY = "downloadonly"


class Status(StrEnum):
    """Status of an action, and of each line of its history."""

    FINISHED = "finished"
    ERROR = "error"
    WARNING = "warning"
    RUNNING = "running"
    CANCELED = "canceled"
    CANCELING = "canceling"
    RETRIEVED = "retrieved"
    DOWNLOAD = "download"
    DOWNLOADED = "downloaded"
    SCHEDULED = "scheduled"
    CANCEL_REJECTED = "cancel_rejected"
    WAIT_FOR_CONFIRMATION = "wait_for_confirmation"


CANCELING = frozenset({Status.CANCELING, Status.CANCELED})


class Execution(StrEnum):
    """`status.execution` of a feedback."""

    CLOSED = "closed"
    PROCEEDING = "proceeding"
    CANCELED = "canceled"
    SCHEDULED = "scheduled"
    REJECTED = "rejected"
    RESUMED = "resumed"
    DOWNLOADED = "downloaded"
    DOWNLOAD = "download"


class Result(StrEnum):
    """`status.result.finished` of a feedback."""

    SUCCESS = "success"
    FAILURE = "failure"
    NONE = "none"


class Outcome(Enum):
    """What a report does to the action, besides growing its history."""

    NOTED = auto()
    FINISHED = auto()
    DOWNLOADED = auto()
    FAILED = auto()
    CANCELED = auto()
    CANCEL_REFUSED = auto()


@dataclass(frozen=True)
class Effect:
    """What one report means: the line it leaves in the history, and its outcome."""

    stored: Status
    outcome: Outcome = Outcome.NOTED


_INFORMATION = {
    Execution.PROCEEDING: Status.RUNNING,
    Execution.SCHEDULED: Status.RUNNING,
    Execution.RESUMED: Status.RUNNING,
    Execution.DOWNLOAD: Status.DOWNLOAD,
    Execution.DOWNLOADED: Status.DOWNLOADED,
}


def deployment_effect(execution: Execution, result: Result, force_type: ForceType) -> Effect:
    """What feedback on a deployment does. `canceled` and `rejected` end nothing."""
    if execution is Execution.CLOSED:
        if result is Result.FAILURE:
            return Effect(Status.ERROR, Outcome.FAILED)
        return Effect(Status.FINISHED, Outcome.FINISHED)
    if execution is Execution.DOWNLOADED and force_type is ForceType.DOWNLOADONLY:
        return Effect(Status.DOWNLOADED, Outcome.DOWNLOADED)
    if execution is Execution.CANCELED:
        return Effect(Status.CANCELED)
    if execution is Execution.REJECTED:
        return Effect(Status.WARNING)
    return Effect(_INFORMATION[execution])


def cancel_effect(execution: Execution, result: Result) -> Effect:
    """What feedback on a cancellation does: only a `closed` accepts it."""
    if execution is Execution.CLOSED and result is not Result.FAILURE:
        return Effect(Status.CANCELED, Outcome.CANCELED)
    if execution in (Execution.CLOSED, Execution.REJECTED):
        return Effect(Status.CANCEL_REJECTED, Outcome.CANCEL_REFUSED)
    if execution is Execution.CANCELED:
        return Effect(Status.WARNING)
    return Effect(_INFORMATION[execution])


def handling(force_type: ForceType, force_time_ms: int | None, now_ms: int) -> tuple[str, str]:
    """What a board shall do: `(download, update)`, each skip, attempt or forced."""
    if force_type is ForceType.DOWNLOADONLY:
        return "forced", "skip"
    soft = force_type is ForceType.SOFT or (
        force_type is ForceType.TIMEFORCED and now_ms < (force_time_ms or 0)
    )
    return ("attempt", "attempt") if soft else ("forced", "forced")


@dataclass(frozen=True)
class Pending:
    """An active action, as far as choosing among several and offering one needs it."""

    id: int
    status: Status
    weight: int
    force_type: ForceType
    force_time_ms: int | None

    def marker(self, now_ms: int) -> int:
        """Changes when the board should fetch the deployment anew; nobody computes with it."""
        download, _ = handling(self.force_type, self.force_time_ms, now_ms)
        return self.id * 4 + ("skip", "attempt", "forced").index(download)


def first_of(pending: list[Pending]) -> Pending | None:
    """The action a board has to deal with now: the heaviest, and of these the oldest."""
    return min(pending, key=lambda each: (-each.weight, each.id), default=None)


@dataclass(frozen=True)
class Report:
    """One feedback of a board. `occurred_ms` is by its clock; `messages` are ready to be stored."""

    execution: Execution
    result: Result
    occurred_ms: int
    code: int | None = None
    messages: tuple[str, ...] = ()
