"""Picking values out of JSON that a stranger sent. No I/O; each raises RefusedError (400)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from fleet.errors import CONSTRAINT, NOT_READABLE, RefusedError

_BIG = 1 << 63
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

E = TypeVar("E", bound=StrEnum)


def an_object(value: object, name: str = "body") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(NOT_READABLE, f"{name} must be an object.")
    return value


def objects(value: object, limit: int, name: str = "body") -> list[dict[str, Any]]:
    """A list of objects; one object stands for a list of one, as in hawkBit."""
    listed = [value] if isinstance(value, dict) else value
    if not isinstance(listed, list) or len(listed) > limit:
        raise RefusedError(NOT_READABLE, f"{name} must be a list of at most {limit} objects.")
    return [an_object(each, name) for each in listed]


def member(value: object, name: str) -> dict[str, Any]:
    """An object in an object."""
    return an_object(an_object(value).get(name), name)


def integer(value: dict[str, Any], name: str) -> int | None:
    """A number that a wide column holds, None if it is absent."""
    number = value.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) >= _BIG:
        raise RefusedError(NOT_READABLE, f"{name} must be an integer.")
    return number


def count(value: dict[str, Any], name: str, preset: int) -> int:
    """A number that is not negative and that a narrow column holds; the preset if it is absent."""
    number = integer(value, name)
    if number is not None and not 0 <= number < 1 << 31:
        raise RefusedError(CONSTRAINT, f"{name} is out of range.")
    return preset if number is None else number


def required_integer(value: dict[str, Any], name: str) -> int:
    number = integer(value, name)
    if number is None:
        raise RefusedError(CONSTRAINT, f"{name} is missing.")
    return number


def boolean(value: dict[str, Any], name: str, preset: bool = False) -> bool:
    given = value.get(name, preset)
    if not isinstance(given, bool):
        raise RefusedError(NOT_READABLE, f"{name} must be true or false.")
    return given


def text(value: Mapping[str, Any], name: str, limit: int) -> str | None:
    """A text without markup and control characters, None if it is absent."""
    given = value.get(name)
    if given is None:
        return None
    if not isinstance(given, str):
        raise RefusedError(NOT_READABLE, f"{name} must be a text.")
    if len(given) > limit:
        raise RefusedError(CONSTRAINT, f"{name} has more than {limit} characters.")
    check_plain(given, name)
    return given


def expression(value: dict[str, Any], name: str, limit: int) -> str | None:
    """A text in which a "<" is no markup but an operator, None if it is absent or blank."""
    given = value.get(name)
    if given is None:
        return None
    if not isinstance(given, str) or "\0" in given or _LONE_SURROGATE.search(given):
        raise RefusedError(NOT_READABLE, f"{name} must be a text.")
    if len(given) > limit:
        raise RefusedError(CONSTRAINT, f"{name} has more than {limit} characters.")
    return given.strip() or None


def required_expression(value: dict[str, Any], name: str, limit: int) -> str:
    given = expression(value, name, limit)
    if given is None:
        raise RefusedError(CONSTRAINT, f"{name} is missing.")
    return given


def required_text(value: dict[str, Any], name: str, limit: int) -> str:
    given = (text(value, name, limit) or "").strip()
    if not given:
        raise RefusedError(CONSTRAINT, f"{name} is missing.")
    return given


def check_plain(given: str, name: str) -> None:
    """Refuse what may be markup (hawkBit takes any "<" for its beginning) or is no text at all."""
    if "<" in given:
        raise RefusedError(CONSTRAINT, f"{name} must not contain markup.")
    if "\0" in given or _LONE_SURROGATE.search(given):
        raise RefusedError(CONSTRAINT, f"{name} must be text that can be stored.")


def an_enum(kind: type[E], value: dict[str, Any], name: str, preset: E | None = None) -> E:
    given = value.get(name)
    if given is None and preset is not None:
        return preset
    try:
        return kind(str(given))
    except ValueError:
        raise RefusedError(NOT_READABLE, f"{name} must be one of {', '.join(kind)}.") from None
