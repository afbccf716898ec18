"""Reads the text on a display, dot by dot: whoever tests a board sees what a person sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from lockerctl.paths import ASSETS
from lockerctl.text_rules import LINES, cells
from lockerctl.texts import TEXTS, cell, characters, load_texts
from lockerctl.unifont import Font, the_font
from screens.drawn import HEIGHT, WIDTH

_ROW = 16
_NARROW = 8
_BAR_TOP = 4
_BAR_BOTTOM = 11
# Rows of a column of dots as a number, the upper one in the lowest bit.
_Columns = tuple[int, ...]


class Dots(Protocol):
    """A display of 128 by 64 dots."""

    def dot(self, x: int, y: int) -> int:
        """1 if it is lit."""


class Reader:
    """Knows the characters of a file of texts."""

    def __init__(self, texts: Path = ASSETS / TEXTS, font: Font | None = None) -> None:
        font = font or the_font()
        known = sorted(characters(load_texts(texts).values()))
        self._glyphs = {
            _columns_of(cell(font, char))[: _NARROW * cells(char)]: char for char in known
        }

    def lines(self, display: Dots) -> list[str]:
        """The lines on the display, a bar as `40 %`; a character that nobody knows is a `?`.

        None of them: the display is dark.
        """
        columns = [_column(display, x) for x in range(WIDTH)]
        for count in range(1, LINES + 1):
            top = (HEIGHT - _ROW * count) // 2
            if all(column >> top << top == column < 1 << (HEIGHT - top) for column in columns):
                rows = [top + _ROW * index for index in range(count)]
                return [
                    self._row(tuple(column >> row & 0xFFFF for column in columns))
                    for row in rows
                    if any(columns)
                ]
        raise AssertionError("four rows are the whole display")

    def text(self, display: Dots) -> str:
        """The same on one line, as the console has it: `Upgrading | please wait | 40 %`."""
        return " | ".join(self.lines(display))

    def _row(self, columns: _Columns) -> str:
        edge = 1 << _BAR_TOP | 1 << _BAR_BOTTOM
        if all(column & edge == edge for column in columns):
            return f"{_percent(columns)} %"
        guesses = ["".join(guess) for guess in map(self._cells, _middles(columns))]
        return min(guesses, key=lambda guess: (guess.count("?"), len(guess)))

    def _cells(self, columns: _Columns) -> Iterator[str]:
        while columns:
            for width in (2 * _NARROW, _NARROW):
                char = self._glyphs.get(columns[:width], "?")
                if char != "?":
                    break
            yield char
            columns = columns[width:]


def _percent(columns: _Columns) -> int:
    """How long the bar is."""
    lit = [column >> (_BAR_TOP + 1) & 1 for column in columns]
    full = [*lit, 0].index(0)
    return -(-full * 100 // WIDTH) if full > 1 else 0  # the first column is lit in any case


def _middles(columns: _Columns) -> Iterable[_Columns]:
    """The middle of a row, as wide as a line of 1, 2, 3 … cells that holds all of its dots."""
    for count in range(1, WIDTH // _NARROW + 1):
        start = (WIDTH - _NARROW * count) // 2
        if not any(columns[:start]) and not any(columns[WIDTH - start :]):
            yield columns[start : WIDTH - start]


def _column(display: Dots, x: int) -> int:
    return sum(display.dot(x, y) << y for y in range(HEIGHT))


def _columns_of(glyph: bytes) -> _Columns:
    """The columns of a glyph of 16 rows of 16 dots, the leftmost dot in the highest bit."""
    rows = [int.from_bytes(glyph[2 * y : 2 * y + 2], "big") for y in range(_ROW)]
    return tuple(
        sum((row >> (_ROW - 1 - x) & 1) << y for y, row in enumerate(rows)) for x in range(_ROW)
    )
