"""Texts of the screens: what is wrong with them is told by line, and what a board gets of them."""

from __future__ import annotations

import binascii
import json
import struct
from pathlib import Path
from typing import Any

import pytest

from lockerctl.errors import UserError
from lockerctl.layers import asset_files
from lockerctl.text_files import pack_glyphs, pack_texts
from lockerctl.texts import load_texts, text_files
from lockerctl.unifont import Font

_GOOD: dict[str, Any] = {
    "idle": {"en": "Ready", "zh": "欢迎"},
    "door": {"en": "Door {}\nof {}", "zh": "{} 门 {}", "values": ["128", "128"]},
    "upgrading": {"en": "Upgrading", "zh": "升级", "bar": True},
}


def _font(**glyphs: str) -> Font:
    """Glyphs of one row each: ASCII narrow, and some Chinese ones."""
    known = {f"{code:04X}": f"{code:02X}" * 16 for code in range(0x20, 0x7F)}
    known |= {f"{ord(char):04X}": f"{ord(char):04X}" * 16 for char in "欢迎门升级"}
    return Font(Path("a.hex"), known | glyphs)


def _write(folder: Path, document: object) -> Path:
    path = folder / "texts.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), "utf-8")
    return path


def _texts(data: bytes) -> dict[int, str]:
    magic, version, count = struct.unpack_from("<4sHH", data)
    assert (magic, version) == (b"LKTX", 1)
    records = [struct.unpack_from("<IHH", data, 8 + 8 * index) for index in range(count)]
    assert records == sorted(records)
    rest = data[8 + 8 * count :]
    return {number: rest[at : at + length].decode() for number, at, length in records}


def _glyphs(data: bytes) -> dict[str, bytes]:
    magic, version, count = struct.unpack_from("<4sHH", data)
    assert (magic, version) == (b"LKGL", 1)
    numbers = struct.unpack_from(f"<{count}H", data, 8)
    assert list(numbers) == sorted(numbers)
    cells = data[8 + 2 * count :]
    assert len(cells) == 32 * count
    return {chr(each): cells[32 * at : 32 * at + 32] for at, each in enumerate(numbers)}


def test_board_gets_texts_by_language_and_the_glyphs_that_they_use(tmp_path: Path) -> None:
    files = text_files(_write(tmp_path, _GOOD), _font())
    assert sorted(files) == ["/glyphs", "/texts.en", "/texts.zh"]
    for language in ("en", "zh"):
        assert _texts(files[f"/texts.{language}"]) == {
            binascii.crc32(name.encode()) & 0x3FFFFFFF: entry[language]
            for name, entry in _GOOD.items()
        }
    glyphs = _glyphs(files["/glyphs"])
    assert set(glyphs) == {*map(chr, range(0x20, 0x7F)), *"欢迎门升级"}
    assert glyphs["A"] == b"\x41\x00" * 16
    assert glyphs["门"] == b"\x95\xe8" * 16


def test_layer_has_what_the_board_needs_instead_of_the_source(tmp_path: Path) -> None:
    _write(tmp_path, {"idle": {"en": "Ready", "zh": "OK"}})
    (tmp_path / "logo.bin").write_bytes(b"logo")
    files = asset_files(tmp_path)
    assert sorted(files) == ["/glyphs", "/logo.bin", "/texts.en", "/texts.zh"]
    assert asset_files(tmp_path) == files


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"idle": {"en": "Ready"}}, "zh is missing"),
        ({"idle": {"en": "Ready", "zh": ""}}, "zh: '' is not a text"),
        ({"idle": {"en": "a\tb", "zh": "门"}}, "is not a text"),
        ({"idle": {"en": "Ready", "zh": "门", "fr": "Prêt"}}, "fr: unknown field"),
        ({"idle": {"en": "Ready {}", "zh": "门"}}, "en: has 1 times {}, and there are 0 values"),
        (
            {"door": {"en": "Door {}", "zh": "门", "values": ["1"]}},
            "zh: has 0 times {}, and there are 1 values",
        ),
        ({"idle": {"en": "Ready {0}", "zh": "门"}}, "has a brace that is not {}"),
        ({"idle": {"en": "a\nb\nc\nd\ne", "zh": "门"}}, "has 5 lines, the screen has room for 4"),
        (
            {"bar": {"en": "a\nb\nc\nd", "zh": "门", "bar": True}},
            "has 4 lines, the screen has room for 3",
        ),
        ({"idle": {"en": "12345678901234567", "zh": "门"}}, "is 17 cells wide, the screen 16"),
        ({"idle": {"en": "Ready", "zh": "门门门门门门门门门"}}, "is 18 cells wide, the screen 16"),
        ({"door": {"en": "Number {}", "zh": "{}", "values": ["1234567890"]}}, "is 17 cells"),
        ({"idle": {"en": "Ready", "zh": "\U0001f600"}}, "is beyond U+FFFF"),
        ({"Idle": {"en": "Ready", "zh": "门"}}, "Idle: is no name"),
    ],
)
def test_what_is_wrong_with_a_text_is_told(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    path = _write(tmp_path, {**_GOOD, **changes})
    with pytest.raises(UserError) as caught:
        load_texts(path)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}:")
    assert told in line


def test_text_that_just_fits_is_taken(tmp_path: Path) -> None:
    text = {
        "en": "Number {}\n2\n3\n4",
        "zh": "门门门门门门门门\n{}",
        "values": ["123456789"],
    }
    assert load_texts(_write(tmp_path, {"door": text}))["door"].values == ("123456789",)


def test_mistakes_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "texts.json"
    path.write_text('{\n"a": {"en": "A", "zh": ""},\n"b": {"en": "B"}\n}')
    with pytest.raises(UserError) as caught:
        load_texts(path)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["2", "3"]


def test_text_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "texts.json"
    path.write_text('{"a": {"en": "A", "zh": "A"},\n"a": {"en": "B", "zh": "B"}}')
    with pytest.raises(UserError, match=r":2: a: is there twice"):
        load_texts(path)


def test_names_with_the_same_number_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lockerctl.text_rules.number_of", len)
    text = {"en": "A", "zh": "A"}
    with pytest.raises(UserError, match="has the same number as one: choose another name"):
        load_texts(_write(tmp_path, {"one": text, "three": text, "two": text}))


def test_character_without_a_glyph_is_told(tmp_path: Path) -> None:
    path = _write(tmp_path, {"idle": {"en": "Ready", "zh": "龘"}})
    with pytest.raises(UserError, match=r"texts.json: a.hex has no glyph for '龘'"):
        text_files(path, _font())


@pytest.mark.parametrize(("char", "rows"), [("é", "00" * 32), ("龘", "00" * 16)])
def test_glyph_of_another_width_than_the_board_thinks_is_told(
    tmp_path: Path, char: str, rows: str
) -> None:
    path = _write(tmp_path, {"idle": {"en": "Ready", "zh": char}})
    with pytest.raises(UserError, match=f"{char}.* dots wide"):
        text_files(path, _font(**{f"{ord(char):04X}": rows}))


def test_texts_that_have_become_too_many_are_refused() -> None:
    assert len(pack_texts({"a": "x" * 65535})) == 8 + 8 + 65535
    with pytest.raises(UserError, match="65536 bytes of texts, at most 65535"):
        pack_texts({"a": "x" * 65535, "b": "y"})


def test_glyphs_that_have_become_too_many_are_refused() -> None:
    cells = {number: bytes(32) for number in range(2000)}
    assert len(pack_glyphs(cells)) == 8 + 2000 * 34
    with pytest.raises(UserError, match="2001 characters, at most 2000"):
        pack_glyphs({**cells, 2000: bytes(32)})
