"""Texts and glyphs, found in the files of the assets layer."""

import os

import fakes_assets as assets
import framebuf

from locker.font import Font, width
from locker.texts import lines

ABSENT = ["", "idl", "nothing"]


def test_every_text_is_found_and_no_other():
    names = ["idle", "code", "door_open", "thanks", "x"]
    for count in range(len(names) + 1):
        assets.write_texts("en", {name: name.upper() for name in names[:count]})
        for index, name in enumerate(names + ABSENT):
            found = lines(assets.FOLDER, "en", name, ())
            assert found == [name.upper() if index < count else name]


def test_file_of_another_kind_has_no_texts():
    for content in (b"", b"LKTX", b"LKTX\x02\x00\x01\x00" + bytes(8), b"texts of a person"):
        with open(assets.FOLDER + "texts.en", "wb") as file:
            file.write(content)
        assert lines(assets.FOLDER, "en", "idle", ()) == ["idle"]


def test_values_fill_a_text():
    assets.write_texts("en", {"door": "Door {}\nof {}", "idle": "Ready"})
    assert lines(assets.FOLDER, "en", "door", (2, "16")) == ["Door 2", "of 16"]
    assert lines(assets.FOLDER, "en", "idle", ()) == ["Ready"]


def test_text_that_a_language_has_not_is_english():
    assets.write_texts("en", {"idle": "Ready", "thanks": "Thank you"})
    assets.write_texts("zh", {"idle": "欢迎使用"})
    assert lines(assets.FOLDER, "zh", "idle", ()) == ["欢迎使用"]
    assert lines(assets.FOLDER, "zh", "thanks", ()) == ["Thank you"]
    assert lines(assets.FOLDER, "xx", "thanks", ()) == ["Thank you"]


def test_text_that_is_nowhere_is_its_name_and_its_values():
    assert lines(assets.FOLDER, "en", "door_open", (3,)) == ["door_open 3"]
    assets.write_texts("en", {"idle": "Ready"})
    assert lines(assets.FOLDER, "zh", "door_open", (3, "x")) == ["door_open 3 x"]


def test_text_with_other_braces_than_values_stops_nothing():
    assets.write_texts("en", {"few": "{} {}", "named": "{door}", "broken": "{"})
    for name in ("few", "named", "broken"):
        assert lines(assets.FOLDER, "en", name, (1,)) == [name + " 1"]


def test_damaged_texts_stop_nothing():
    assets.write_texts("en", {"idle": "Ready"})
    with open(assets.FOLDER + "texts.en", "rb") as file:
        whole = file.read()
    for length in range(len(whole)):
        with open(assets.FOLDER + "texts.en", "wb") as file:
            file.write(whole[:length])
        lines(assets.FOLDER, "en", "idle", ())
    with open(assets.FOLDER + "texts.en", "wb") as file:
        file.write(whole[:-1] + b"\xff")
    assert lines(assets.FOLDER, "en", "idle", ()) == ["idle"]


def _frame():
    return framebuf.FrameBuffer(bytearray(1024), 128, 64, framebuf.MONO_VLSB)


def _lit(frame, y):
    return [x for x in range(128) if frame.pixel(x, y)]


def test_line_is_drawn_in_the_middle_of_its_room():
    assets.write_glyphs("ab门")
    font, frame = Font(assets.FOLDER + "glyphs"), _frame()
    font.draw(frame, "ab门", 16, 128)
    assert width("ab门") == 32
    for y in (15, 32):
        assert _lit(frame, y) == []
    for y in (16, 31):
        assert _lit(frame, y) == list(range(48, 80))


def test_more_glyphs_than_are_kept_are_drawn_right():
    chars = "0123456789ABCDEFGHIJ"
    cells = {ord(char): bytes((1 << n % 8, 0)) * 16 for n, char in enumerate(chars)}
    assets.write_cells(cells)
    font = Font(assets.FOLDER + "glyphs")
    for line in (chars[:16], chars[4:], "FEDCBA9876543210", "0F0F0F0F0F0F0F0F"):
        frame = _frame()
        font.draw(frame, line, 0, 128)
        assert _lit(frame, 7) == [
            8 * at + 7 - chars.index(char) % 8 for at, char in enumerate(line)
        ]


def test_character_without_a_glyph_is_a_box():
    assets.write_glyphs("a")
    font, frame = Font(assets.FOLDER + "glyphs"), _frame()
    font.draw(frame, "aéa", 0, 24)
    assert _lit(frame, 8) == list(range(9)) + list(range(15, 24))


def test_line_wider_than_its_room_begins_at_the_left():
    assets.write_glyphs("abc")
    font, frame = Font(assets.FOLDER + "glyphs"), _frame()
    font.draw(frame, "a" * 20, 0, 128)
    assert _lit(frame, 0) == list(range(128))


def test_file_of_another_kind_has_no_glyphs():
    assets.write_texts("en", {"idle": "Ready"})
    font, frame = Font(assets.FOLDER + "texts.en"), _frame()
    font.draw(frame, "Ready", 0, 128)
    wanted = _frame()
    wanted.text("Ready", 44, 4)
    assert [_lit(frame, y) for y in range(64)] == [_lit(wanted, y) for y in range(64)]


def test_without_glyphs_there_is_ascii_all_the_same():
    font, frame = Font(assets.FOLDER + "glyphs"), _frame()
    font.draw(frame, "Ready", 0, 128)
    wanted = _frame()
    wanted.text("Ready", 44, 4)
    assert [_lit(frame, y) for y in range(64)] == [_lit(wanted, y) for y in range(64)]
    assert "glyphs" not in os.listdir(assets.FOLDER)
