"""Where things stand in a JSON file that a person wrote: `json` itself forgets the lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Names and indices from the top of a document down to a value.
Path = tuple[str | int, ...]
_Mark = tuple[str, int]

_MARK = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


@dataclass
class Lines:
    """The line of every value of a document; names that an object has twice."""

    _of: dict[Path, int] = field(default_factory=dict)
    repeated: list[Path] = field(default_factory=list)

    def of(self, path: Path) -> int:
        """The line where the value begins, or the closest one around it that there is."""
        while path not in self._of:
            path = path[:-1]
        return self._of[path]

    def add(self, path: Path, line: int) -> None:
        if path in self._of:
            self.repeated.append(path)
        self._of[path] = line


def find_lines(text: str) -> Lines:
    """The lines of a text that `json.loads` takes; nothing else may be given."""
    lines = Lines()
    marks = _marks(text)
    _value(next(marks), marks, (), lines)
    return lines


def _marks(text: str) -> Iterator[_Mark]:
    line, at = 1, 0
    for match in _MARK.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield match[0], line


def _value(first: _Mark, marks: Iterator[_Mark], path: Path, lines: Lines) -> None:
    mark, line = first
    lines.add(path, line)
    if mark == "{":
        _members(marks, path, lines)
    elif mark == "[":
        _elements(marks, path, lines)


def _members(marks: Iterator[_Mark], path: Path, lines: Lines) -> None:
    for mark, _ in marks:
        if mark == "}":
            return
        if mark != ",":
            next(marks)  # the colon
            _value(next(marks), marks, (*path, json.loads(mark)), lines)


def _elements(marks: Iterator[_Mark], path: Path, lines: Lines) -> None:
    index = 0
    for mark, line in marks:
        if mark == "]":
            return
        if mark != ",":
            _value((mark, line), marks, (*path, index), lines)
            index += 1
