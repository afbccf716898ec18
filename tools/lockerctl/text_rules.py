"""What `assets/texts.json` must say: every text in every language, and all of it on the screen.

A text has lines of cells: a Latin character is one cell wide, a Chinese one two. `{}` are filled in
on the board; `values` are the longest that it will ever have for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lockerctl.json_lines import Path
from lockerctl.shapes import Flag, Many, Problem, Record, Text
from lockerctl.text_files import number_of

LANGUAGES = ("en", "zh")
LINES = 4
CELLS = 16
# From here on characters are two cells wide; lib/locker/font.py has the same number.
FIRST_WIDE = 0x2E80
_LAST = 0xFFFF
_MOST_VALUES = 4

_ENTRY = Record(
    {language: Text(r"[^\x00-\x09\x0b-\x1f]+", "a text") for language in LANGUAGES},
    {"values": Many(Text(r"[ -~]+", "a value in ASCII"), 1, _MOST_VALUES), "bar": Flag()},
)


def problems(document: Any) -> Iterator[Problem]:
    """All that is wrong with the texts, by their place in the document."""
    if not isinstance(document, dict) or not document:
        yield (), "must be an object with texts in it"
        return
    numbers: dict[int, str] = {}
    for name, entry in document.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            yield (name,), "is no name: small letters, digits, _"
        twin = numbers.setdefault(number_of(name), name)
        if twin != name:
            yield (name,), f"has the same number as {twin}: choose another name"
        wrong = list(_ENTRY.mismatches(entry, (name,)))
        yield from wrong or _entry_problems(entry, (name,))


def cells(line: str) -> int:
    """How wide a line is."""
    return sum(2 if ord(char) >= FIRST_WIDE else 1 for char in line)


def filled(text: str, values: list[str]) -> list[str]:
    """The lines of a text with its values in it."""
    for value in values:
        text = text.replace("{}", value, 1)
    return text.split("\n")


def _entry_problems(entry: Mapping[str, Any], at: Path) -> Iterator[Problem]:
    values = entry.get("values", [])
    room = LINES - 1 if entry.get("bar") else LINES
    for language in LANGUAGES:
        for problem in _text_problems(entry[language], values, room):
            yield (*at, language), problem


def _text_problems(text: str, values: list[str], room: int) -> Iterator[str]:
    if re.search(r"[{}]", text.replace("{}", "")):
        yield "has a brace that is not {}"
    if text.count("{}") != len(values):
        yield f"has {text.count('{}')} times {{}}, and there are {len(values)} values"
        return
    lines = filled(text, values)
    if len(lines) > room:
        yield f"has {len(lines)} lines, the screen has room for {room}"
    for line in lines:
        if cells(line) > CELLS:
            yield f"{line!r} is {cells(line)} cells wide, the screen {CELLS}"
    for char in text:
        if ord(char) > _LAST:
            yield f"{char!r} is beyond U+FFFF"
