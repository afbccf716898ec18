"""Contact sheets: every screen of a language on one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from lockerctl.layers import asset_files
from lockerctl.paths import ASSETS
from lockerctl.text_rules import LANGUAGES
from lockerctl.texts import TEXTS, Entry, cell, load_texts
from lockerctl.unifont import the_font
from screens.drawn import HEIGHT, WIDTH, Frame, Shown, draw

_COLUMNS = 4
_DOT = 2  # pixels
_GAP = 16
_CAPTION = 20
_PAPER, _INK, _GLASS, _LIGHT = range(4)
_PALETTE = (255, 255, 255, 40, 40, 40, 8, 12, 20, 140, 200, 255)
_PERCENT = 40


def screens_of(texts: Mapping[str, Entry], language: str) -> list[Shown]:
    """Every text as a screen, filled with the longest values it may have."""
    return [
        Shown(language, name, entry.values, _PERCENT if entry.bar else None)
        for name, entry in texts.items()
    ]


def sheets(assets: Path = ASSETS) -> dict[str, Image.Image]:
    """The sheet of each language. Raises UserError."""
    texts, files = load_texts(assets / TEXTS), asset_files(assets)
    shown = {language: screens_of(texts, language) for language in LANGUAGES}
    frames = iter(draw([each for screens in shown.values() for each in screens], files))
    return {
        language: _sheet([each.name for each in screens], [next(frames) for _ in screens])
        for language, screens in shown.items()
    }


def _sheet(names: Sequence[str], frames: Sequence[Frame]) -> Image.Image:
    wide, high = WIDTH * _DOT + _GAP, HEIGHT * _DOT + _CAPTION + _GAP
    rows = -(-len(names) // _COLUMNS)
    sheet = Image.new("P", (wide * _COLUMNS + _GAP, high * rows + _GAP), _PAPER)
    sheet.putpalette(_PALETTE)
    for index, (name, frame) in enumerate(zip(names, frames, strict=True)):
        x = _GAP + wide * (index % _COLUMNS)
        y = _GAP + high * (index // _COLUMNS)
        _write(sheet, name, x, y)
        sheet.paste(_picture(frame), (x, y + _CAPTION))
    return sheet


def _picture(frame: Frame) -> Image.Image:
    picture = Image.new("P", (WIDTH, HEIGHT), _GLASS)
    for y in range(HEIGHT):
        for x in range(WIDTH):
            if frame.dot(x, y):
                picture.putpixel((x, y), _LIGHT)
    return picture.resize((WIDTH * _DOT, HEIGHT * _DOT), Image.Resampling.NEAREST)


def _write(sheet: Image.Image, line: str, x: int, y: int) -> None:
    """A name in ASCII, in the screens' own font."""
    font = the_font()
    for char in line:
        glyph = Image.frombytes("1", (16, 16), cell(font, char))
        sheet.paste(_INK, (x, y), glyph)
        x += 8
