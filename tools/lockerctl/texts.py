"""The texts of the screens, and the files that a board reads them from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.json_documents import parse_document, refuse
from lockerctl.text_files import pack_glyphs, pack_texts
from lockerctl.text_rules import FIRST_WIDE, LANGUAGES, problems
from lockerctl.unifont import Font

TEXTS = "texts.json"
# Values are made of these, in any language.
_ASCII = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True)
class Entry:
    """A text by language, the longest `values` that fill it, and whether a `bar` goes with it."""

    by_language: Mapping[str, str]
    values: tuple[str, ...]
    bar: bool


def load_texts(path: Path) -> dict[str, Entry]:
    """The texts of a file, by name. Raises UserError: a line for each mistake."""
    document, lines = parse_document(path, read_file(path))
    refuse(path, lines, problems(document))
    return {
        name: Entry(
            {language: entry[language] for language in LANGUAGES},
            tuple(entry.get("values", ())),
            entry.get("bar", False),
        )
        for name, entry in document.items()
    }


def text_files(path: Path, font: Font) -> dict[str, bytes]:
    """What a board needs of a file of texts: path in the layer to content.

    One file of texts a language, and one of all the glyphs in them. Raises UserError.
    """
    texts = load_texts(path)
    try:
        files = {
            f"/texts.{language}": pack_texts(
                {name: entry.by_language[language] for name, entry in texts.items()}
            )
            for language in LANGUAGES
        }
        cells = {ord(char): cell(font, char) for char in characters(texts.values())}
        return {**files, "/glyphs": pack_glyphs(cells)}
    except UserError as error:
        raise UserError(f"{path}: {error}") from None


def cell(font: Font, char: str) -> bytes:
    """A glyph as the board has it: 16 rows of 16 dots, a narrow one on the left.

    Raises UserError.
    """
    rows = font.glyph(char)
    wide = ord(char) >= FIRST_WIDE
    if len(rows) != (32 if wide else 16):
        raise UserError(f"{char!r} is not {'16' if wide else '8'} dots wide in {font.path}")
    return rows if wide else b"".join(bytes((row, 0)) for row in rows)


def characters(texts: Iterable[Entry]) -> set[str]:
    """All characters that may be on a screen: those of the texts, and ASCII for values."""
    words = "".join(text for entry in texts for text in entry.by_language.values())
    return set(words) - {"\n"} | set(_ASCII)
