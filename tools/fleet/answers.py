"""What an update server tells an operator's client, out of hawkBit's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from lockerctl.errors import UserError

Json = dict[str, Any]
T = TypeVar("T")


class FleetError(UserError):
    """The server cannot be reached, refuses what was asked, or is none of ours."""


@dataclass(frozen=True)
class Answer:
    """A value out of an answer of the server at `url`. What is not as it must be: FleetError."""

    url: str
    value: object

    def text(self, name: str) -> str:
        return self._member(name, str)

    def number(self, name: str) -> int:
        return self._member(name, int)

    def optional_text(self, name: str) -> str | None:
        return self._member(name, str) if self._has(name) else None

    def optional_number(self, name: str) -> int | None:
        return self._member(name, int) if self._has(name) else None

    def part(self, name: str) -> Answer:
        """An object in the object, an empty one if there is none."""
        return Answer(self.url, self._member(name, dict) if self._has(name) else {})

    def parts(self) -> list[Answer]:
        """The members of the list."""
        if not isinstance(self.value, list):
            raise self._error("a list")
        return [Answer(self.url, each) for each in self.value]

    def parts_of(self, name: str) -> list[Answer]:
        """The members of a list in the object."""
        return Answer(self.url, self._member(name, list)).parts()

    def is_true(self, name: str) -> bool:
        return self._object().get(name) is True

    def is_empty(self) -> bool:
        """Whether the object has no members."""
        return not self._object()

    def texts(self) -> dict[str, str]:
        """An object of texts."""
        return {str(name): str(value) for name, value in self._object().items()}

    def _has(self, name: str) -> bool:
        return self._object().get(name) is not None

    def _member(self, name: str, kind: type[T]) -> T:
        found = self._object().get(name)
        if not isinstance(found, kind):
            raise self._error(repr(name))
        return found

    def _object(self) -> Json:
        if not isinstance(self.value, dict):
            raise self._error("an object")
        return self.value

    def _error(self, missing: str) -> FleetError:
        return FleetError(f"{self.url}: this is no update server: its answer lacks {missing}")


@dataclass(frozen=True)
class ArtifactInfo:
    """A file that a module has on the server. Hashes by name, lower-case hex.

    `lost`: the server has its bytes no more, and takes them again.
    """

    filename: str
    size: int
    hashes: dict[str, str]
    lost: bool


@dataclass(frozen=True)
class ActionInfo:
    """An action as the server tells it; `release` is `name:version` of its set."""

    id: int
    status: str
    active: bool
    release: str


@dataclass(frozen=True)
class StatusInfo:
    """One line of an action's history."""

    status: str
    messages: tuple[str, ...]
    reported_at_ms: int


@dataclass(frozen=True)
class TargetInfo:
    """A board as the server tells it. Times in ms since 1970, None before the first."""

    id: str
    state: str
    token: str | None
    last_contact_ms: int | None
    site: str | None


def artifact_info(each: Answer) -> ArtifactInfo:
    return ArtifactInfo(
        each.text("providedFilename"),
        each.number("size"),
        each.part("hashes").texts(),
        each.is_true("lost"),
    )


def status_info(each: Answer) -> StatusInfo:
    # hawkBit 0.3.0M7 has an empty one where others have none.
    messages = [text.value for text in each.parts_of("messages") if isinstance(text.value, str)]
    return StatusInfo(each.text("type"), tuple(messages), each.number("reportedAt"))


def target_info(each: Answer) -> TargetInfo:
    return TargetInfo(
        each.text("controllerId"),
        each.text("updateStatus"),
        each.optional_text("securityToken"),
        each.optional_number("lastControllerRequestAt"),
        each.optional_text("group"),
    )


def action_info(each: Answer) -> ActionInfo:
    release = each.part("_links").part("distributionset").optional_text("name") or ""
    # Before 1.0.0 the detail was in a member of its own, if anywhere, and "active" not told.
    status = each.text("status")
    active = each.is_true("active") or status == "pending"
    detail = each.optional_text("detailStatus") or status
    return ActionInfo(each.number("id"), detail, active, release)
