"""The rules of an action: what each report of a board makes of it. No I/O.

The tables are hawkBit's (facts: ddi.md 6, 8 and 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from fleet.windows import Window, parse_window


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
ENDED_WELL = (Status.FINISHED, Status.DOWNLOADED)


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


class Gate(Enum):
    """Whether a board may install now: by its windows, and by what operators have paused."""

    FREE = auto()
    OPEN = auto()
    CLOSED = auto()
    PAUSED = auto()


_STEPS = ("skip", "attempt", "forced")
_WINDOWS = (None, "available", "unavailable")


@dataclass(frozen=True)
class Handling:
    """What a board shall do: `download` and `update` are each skip, attempt or forced.

    `window`: available or unavailable, None when there is none to keep to.
    """

    download: str
    update: str
    window: str | None = None

    @property
    def code(self) -> int:
        """A small number for each, below 32."""
        steps = _STEPS.index(self.download) * 3 + _STEPS.index(self.update)
        return steps * 3 + _WINDOWS.index(self.window)


def handling(force_type: ForceType, force_time_ms: int | None, gate: Gate, now_ms: int) -> Handling:
    """How an action stands to a board now. A pause stops the download as well."""
    if gate is Gate.PAUSED:
        return Handling("skip", "skip", "unavailable")
    soft = force_type is ForceType.SOFT or (
        force_type is ForceType.TIMEFORCED and now_ms < (force_time_ms or 0)
    )
    download = "attempt" if soft else "forced"
    update = "skip" if force_type is ForceType.DOWNLOADONLY else download
    if gate is Gate.CLOSED:
        return Handling(download, "skip", "unavailable")
    return Handling(download, update, "available" if gate is Gate.OPEN else None)


@dataclass(frozen=True)
class Pending:
    """An active action, as far as choosing among several and offering one needs it.

    The last three are the texts of its own maintenance window.
    """

    id: int
    status: Status
    weight: int
    force_type: ForceType
    force_time_ms: int | None
    schedule: str | None = None
    duration: str | None = None
    zone: str | None = None

    @property
    def window(self) -> Window | None:
        if self.schedule is None or self.duration is None or self.zone is None:
            return None
        return parse_window(self.schedule, self.duration, self.zone)

    def handling(self, gate: Gate, now_ms: int) -> Handling:
        return handling(self.force_type, self.force_time_ms, gate, now_ms)

    def marker(self, gate: Gate, now_ms: int) -> int:
        """Changes when the board should fetch the deployment anew; nobody computes with it."""
        return self.id * 32 + self.handling(gate, now_ms).code


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
