"""What boards send, checked and brought into our terms. No I/O; refusals as hawkBit's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fleet.actions import Execution, Report, Result
from fleet.errors import BAD_ATTRIBUTES, CONSTRAINT, NOT_READABLE, QUOTA, RefusedError
from fleet.payload import an_enum, an_object, check_plain, integer, member
from fleet.settings import DETAIL_PIECE, MAX_ATTRIBUTE_TEXT, MAX_DETAILS

_ATTRIBUTE_TEXT = re.compile(r"""[A-Za-z0-9\s_\-!@#$%^&*()+=\[\]{}|;:'",.<>/\\?]*""", re.ASCII)


class Mode(StrEnum):
    """How configData is combined with what the server has."""

    MERGE = "merge"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True)
class ConfigData:
    """Attributes of a board; a value of None removes its key."""

    mode: Mode
    data: dict[str, str | None]

    def applied_to(self, present: dict[str, str]) -> dict[str, str]:
        """The attributes that the board has afterwards."""
        if self.mode is Mode.REMOVE:
            return {key: value for key, value in present.items() if key not in self.data}
        base: dict[str, str | None] = {} if self.mode is Mode.REPLACE else {**present}
        merged = {**base, **self.data}
        return {key: value for key, value in merged.items() if value is not None}


def parse_report(payload: object, now_ms: int) -> Report:
    """A feedback on a deployment or a cancellation. Raises RefusedError (400, 429)."""
    status = member(payload, "status")
    code = integer(status, "code")
    messages = details_of(status)
    if code is not None:
        messages.append(f"Device reported status code: {code}")
    occurred_ms = integer(an_object(payload), "timestamp")
    return Report(
        execution=an_enum(Execution, status, "execution"),
        result=an_enum(Result, member(status, "result"), "finished"),
        occurred_ms=now_ms if occurred_ms is None else occurred_ms,
        code=code,
        messages=tuple(messages),
    )


def parse_config_data(payload: object) -> ConfigData:
    """A configData. Raises RefusedError (400)."""
    data = member(payload, "data")
    mode = an_enum(Mode, an_object(payload), "mode", Mode.MERGE)
    if not data:
        raise RefusedError(CONSTRAINT, "data must not be empty.")
    texts = {key: _attribute_text(value) for key, value in data.items()}
    for key, value in texts.items():
        if not (0 < len(key) <= MAX_ATTRIBUTE_TEXT and _ATTRIBUTE_TEXT.fullmatch(key)):
            raise RefusedError(BAD_ATTRIBUTES, f"{key[:MAX_ATTRIBUTE_TEXT]!r} is no attribute key.")
        if mode is not Mode.REMOVE and value is not None:
            _check_value(key, value)
    return ConfigData(mode, texts)


def _check_value(key: str, value: str) -> None:
    if len(value) > MAX_ATTRIBUTE_TEXT or not _ATTRIBUTE_TEXT.fullmatch(value):
        raise RefusedError(BAD_ATTRIBUTES, f"The value of attribute {key!r} is not allowed.")


def _attribute_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    raise RefusedError(NOT_READABLE, "An attribute must be a text.")


def details_of(given: dict[str, Any]) -> list[str]:
    """Texts in pieces that can be stored. A single text is as good as a list of one.

    Raises RefusedError (400, 429).
    """
    details = given.get("details")
    texts = [details] if isinstance(details, str) else details or []
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise RefusedError(NOT_READABLE, "details must be a list of texts.")
    for text in texts:
        check_plain(text, "details")
    pieces = [
        text[start : start + DETAIL_PIECE]
        for text in texts
        for start in range(0, len(text) or 1, DETAIL_PIECE)
    ]
    if len(pieces) > MAX_DETAILS:
        raise RefusedError(QUOTA, f"A feedback carries at most {MAX_DETAILS} details.")
    return pieces
