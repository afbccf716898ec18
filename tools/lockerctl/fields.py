"""Reads typed fields from JSON that somebody else wrote, and says where it went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator


class FieldError(Exception):
    """A field is missing, unknown, or not what it should be."""


class Fields:
    """The fields of one JSON object. `where` names it in messages. All methods raise FieldError."""

    def __init__(self, document: object, where: str) -> None:
        if not isinstance(document, dict):
            raise FieldError(f"{where} is not an object")
        self._document = document
        self.where = where
        self._left = set(document)

    def text(self, name: str, pattern: str) -> str:
        """A string that matches the whole pattern."""
        value = self._take(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise self._wrong(name, value)
        return value

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(name)
        if type(value) is not int or not low <= value <= high:
            raise FieldError(f"{self.where}: {name} is {value!r}, not a number {low} to {high}")
        return value

    def items(self, name: str) -> list[object]:
        """A list that is not empty."""
        value = self._take(name)
        if not isinstance(value, list) or not value:
            raise self._wrong(name, value)
        return value

    def mapping(self, name: str) -> Iterator[tuple[str, object]]:
        """The entries of an object that is not empty."""
        value = self._take(name)
        if not isinstance(value, dict) or not value:
            raise self._wrong(name, value)
        return iter(value.items())

    def has(self, name: str) -> bool:
        return name in self._document

    def end(self) -> None:
        """Nothing else may be there."""
        if self._left:
            raise FieldError(f"{self.where}: unknown field {min(self._left)!r}")

    def _take(self, name: str) -> object:
        if name not in self._document:
            raise FieldError(f"{self.where}: {name} is missing")
        self._left.discard(name)
        return self._document[name]

    def _wrong(self, name: str, value: object) -> FieldError:
        return FieldError(f"{self.where}: {name} is {value!r}"[:200])
