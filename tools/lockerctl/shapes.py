"""What a JSON document must look like, as data: shapes made of shapes.

`mismatches(shape, value)` tells every place where a value is of another shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lockerctl.json_lines import Path

Problem = tuple[Path, str]


class Shape(Protocol):
    """Something that a value can be compared with."""

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        """Where and how the value, itself at `path`, differs."""


@dataclass(frozen=True)
class Number:
    """A whole number from `low` to `high`."""

    low: int
    high: int

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        if type(value) is not int or not self.low <= value <= self.high:
            yield path, f"{value!r} is not a number {self.low} to {self.high}"


@dataclass(frozen=True)
class Text:
    """A string that matches the whole pattern; `what` is how to call it."""

    pattern: str
    what: str

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.ASCII):
            yield path, f"{value!r} is not {self.what}"[:200]


class Flag:
    """true or false."""

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        if type(value) is not bool:
            yield path, f"{value!r} is not true or false"


@dataclass(frozen=True)
class Many:
    """A list of values of one shape, `least` to `most` of them."""

    shape: Shape
    least: int
    most: int

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            yield path, f"must be a list of {self.least} to {self.most}"
            return
        for index, item in enumerate(value):
            yield from self.shape.mismatches(item, (*path, index))


@dataclass(frozen=True)
class Record:
    """An object with these fields and no others."""

    required: dict[str, Shape]
    optional: dict[str, Shape] = field(default_factory=dict)

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield path, f"must be an object with {', '.join(self.required)}"
            return
        shapes = {**self.required, **self.optional}
        for name in self.required.keys() - value.keys():
            yield path, f"{name} is missing"
        for name, item in value.items():
            if name in shapes:
                yield from shapes[name].mismatches(item, (*path, name))
            else:
                yield (*path, name), f"unknown field; there are {', '.join(shapes)}"


@dataclass(frozen=True)
class OneOf:
    """One of several records: it has the field that names it here, and no other of these fields."""

    shapes: dict[str, Record]

    def mismatches(self, value: object, path: Path) -> Iterator[Problem]:
        found = [name for name in self.shapes if isinstance(value, dict) and name in value]
        if len(found) != 1:
            yield path, f"must be an object with either {' or '.join(self.shapes)}"
            return
        yield from self.shapes[found[0]].mismatches(value, path)
