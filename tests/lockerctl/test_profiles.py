"""Board profiles: those of the project hold; each mistake is named with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lockerctl.errors import UserError
from lockerctl.json_lines import find_lines
from lockerctl.paths import BOARDS, ROOT
from lockerctl.profiles import all_boards, load_profile

_BENCH = (BOARDS / "bench.json").read_text()
_OLED = (BOARDS / "oled.json").read_text()
_CABINET = (BOARDS / "cabinet16.json").read_text()
_KEYS = '["123A", "456B", "789C", "*0#D"]'
_RELAY_2 = '{"pin": 17, "on": 1, "pulse_ms": 400}'


def _refusal(tmp_path: Path, text: str, name: str = "bench.json") -> list[str]:
    """The lines of the refusal, without the folder."""
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UserError) as refused:
        load_profile(str(path))
    return [line.removeprefix(f"{tmp_path}/") for line in str(refused.value).splitlines()]


def _bench(old: str, new: str) -> str:
    return _replaced(_BENCH, old, new)


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_profiles_of_the_project_hold() -> None:
    boards = all_boards()
    assert boards["bench"] == (1,)
    assert {path.stem for path in BOARDS.glob("*.json")} == set(boards)


def test_example_of_the_documentation_holds(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "board-profiles.md").read_text()
    path = tmp_path / "example.json"
    path.write_text(text.split("```json\n")[1].split("```")[0])
    assert len(load_profile(str(path)).warnings) == 2


def test_file_is_kept_byte_for_byte() -> None:
    profile = load_profile("oled")
    assert profile.data == _OLED.encode()
    assert profile.document == json.loads(_OLED)


def test_pins_that_need_thought_are_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_text(
        _bench('"pin": 27', '"pin": 12').replace('"sensor": {"pin": 32', '"sensor": {"pin": 34')
    )
    warnings = [line.removeprefix(f"{path}:") for line in load_profile(str(path)).warnings]
    assert warnings == [
        "11: doors 1 relay pin: pin 16 is not free on modules with PSRAM (WROVER)",
        "11: doors 1 sensor pin: pin 34 has no pull-up: the board must have one",
        "12: doors 2 relay pin: pin 17 is not free on modules with PSRAM (WROVER)",
        "16: keys 1 pin: pin 12 is a strapping pin: high at reset, the flash gets 1.8 V and the "
        "board does not start",
    ]


def test_unknown_profile_lists_those_there_are() -> None:
    with pytest.raises(
        UserError, match=r"no such board profile; there are bench, cabinet16, cabinet48, oled"
    ):
        load_profile("benhc")


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ('"revisions": [1],', '"revisions": [1]', "4: Expecting ',' delimiter"),
        (
            '"revisions": [1],',
            '"revisions": [2, 1],',
            "3: revisions: must grow from one to the next",
        ),
        ('"revisions": [1],', "", "1: revisions is missing"),
        ('"model": "bench"', '"model": "Bench 1"', "2: model: 'Bench 1' is not a model"),
        ('"model": "bench"', '"model": "oled"', "2: model: 'oled' is not the name of the file"),
        ('"revisions": [1],', '"revisions": [1], "model": "x",', "3: model: is there twice"),
        ('"keys":', '"kyes":', "16: kyes: unknown field; there are model, revisions, safe"),
        ('"pressed": 0', '"pressed": 2', "16: keys 1 pressed: 2 is not a number 0 to 1"),
        ('"pin": 27', '"pin": true', "16: keys 1 pin: True is not a number"),
        (_RELAY_2, _RELAY_2.replace("400", "9000"), "12: doors 2 relay pulse_ms: 9000 is not"),
        (_RELAY_2, '{"pin": 17, "on": 1}', "12: doors 2 relay: pulse_ms is missing"),
        (_RELAY_2, "17", "12: doors 2 relay: must be an object with either pin or expander"),
        ('"pin": 27', '"pin": 26', "16: keys 1 pin: pin 26 is sensor 4 already"),
        ('"pin": 27', '"pin": 24', "16: keys 1 pin: an ESP32 has no pin 24"),
        ('"pin": 27', '"pin": 9', "16: keys 1 pin: pin 9 belongs to the flash chip"),
        ('"pin": 27', '"pin": 3', "16: keys 1 pin: pin 3 belongs to the console"),
        (_RELAY_2, _RELAY_2.replace("17", "35"), "12: doors 2 relay pin: pin 35 is an input only"),
        (
            '{"pin": 18, "level": 0},',
            "",
            '13: doors 3 relay pin: is not made safe at boot: `safe` needs {"pin": 18, "level": 0}',
        ),
        (
            '{"pin": 18, "level": 0}',
            '{"pin": 18, "level": 1}',
            "13: doors 3 relay pin: is not made safe at boot",
        ),
        (
            '{"pin": 18, "level": 0},',
            '{"pin": 18, "level": 0}, {"pin": 18, "level": 1},',
            "7: safe 4 pin: pin 18 is there twice",
        ),
        (
            '{"pin": 19, "level": 0}',
            '{"pin": 19, "level": 0}, {"pin": 27, "level": 0}',
            "8: safe 5 pin: pin 27 is key 1, not an output to make safe",
        ),
        (
            '{"pin": 19, "level": 0}',
            '{"pin": 19, "level": 0}, {"pin": 36, "level": 0}',
            "8: safe 5 pin: pin 36 is an input only",
        ),
        (
            '{"pin": 19, "level": 0}',
            '{"level": 0}',
            "8: safe 4: must be an object with either pin or register",
        ),
        (
            '{"pin": 19, "level": 0}',
            '{"pin": 19, "level": 0},\n{"i2c": 1, "address": 32, "register": 20, "value": 0}',
            "9: safe 5 i2c: there is no i2c 1",
        ),
        (
            '"sensor": {"pin": 33, "closed": 0}, ',
            "",
            "12: doors 2: closed_for_idle needs a sensor",
        ),
    ],
)
def test_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, refusal: str) -> None:
    told = _refusal(tmp_path, _bench(old, new))
    assert told[0].startswith(f"bench.json:{refusal}"), told
    assert all(line.startswith("bench.json:") for line in told)


def test_relay_that_the_chip_itself_switches_on_at_reset_is_refused(tmp_path: Path) -> None:
    text = _BENCH.replace('"pin": 17', '"pin": 5')
    assert _refusal(tmp_path, text) == [
        "bench.json:12: doors 2 relay pin: the chip pulls pin 5 up at reset, which switches "
        "relay 2 on"
    ]
    text = _BENCH.replace('{"pin": 17, "level": 0}', '{"pin": 4, "level": 1}')
    text = text.replace('{"pin": 17, "on": 1', '{"pin": 4, "on": 0')
    assert "the chip pulls pin 4 down" in _refusal(tmp_path, text)[0]


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ('"ssd1306"', '"st7789"', "17: display chip: 'st7789' is not a display we have a driver"),
        ('"i2c": 0, "address"', '"i2c": 1, "address"', "17: display i2c: there is no i2c 1"),
        ('"address": 60', '"address": 120', "17: display address: 120 is not a number 8 to 119"),
        ('"sda": 21', '"sda": 39', "16: i2c 1 sda: pin 39 is an input only"),
        ('"freq": 400000', '"freq": 4000000', "16: i2c 1 freq: 4000000 is not a number"),
        (
            '"freq": 400000}',
            '"freq": 400000}, {"id": 0, "scl": 13, "sda": 14, "freq": 400000}',
            "16: i2c 2 id: i2c 0 is there twice",
        ),
    ],
)
def test_mistake_about_a_bus_is_named(tmp_path: Path, old: str, new: str, refusal: str) -> None:
    told = _refusal(tmp_path, _OLED.replace(old, new), "oled.json")
    assert told[0].startswith(f"oled.json:{refusal}"), told


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ('"bit": 14, "on"', '"bit": 13, "on"', "18: doors 3 relay bit: bit 13 of that expander is"),
        ('"bit": 8, "c', '"bit": 9, "c', "17: doors 2 sensor bit: bit 15 of an MCP23017 is an out"),
        (
            '1, "bit": 0, "closed"',
            '1, "bit": 1, "closed"',
            "15: doors 1 sensor bit: bit 7 of an MCP23017",
        ),
        ('"count": 2', '"count": 3', "18: doors 3 relay bit: count is too much: relay 17 would be"),
        ('"count": 2', '"count": 17', "18: doors 3 count: 17 is not a number 1 to 16"),
        (
            '{"expander": 2, "bit": 0',
            '{"pin": 34',
            "18: doors 3 count: pins have no order: a door ea",
        ),
        (
            '"expander": 2, "bit"',
            '"expander": 3, "bit"',
            "19: doors 3 sensor expander: there is no ex",
        ),
        (
            '"expander": 2, "bit"',
            '"expander": 8, "bit"',
            "19: doors 3 sensor expander: 8 is not a nu",
        ),
        (
            '"expander": 2, "bit"',
            '"bit"',
            "19: doors 3 sensor: must be an object with either pin or e",
        ),
        ('"size": "L"', '"size": "XL"', "18: doors 3 size: 'XL' is not S, M or L"),
        (
            '33, "reset": 19',
            '32, "reset": 19',
            "24: expanders 2 address: another chip has address 32",
        ),
        (
            '33, "reset": 19',
            '40, "reset": 19',
            "24: expanders 2 address: 40 is not a number 32 to 39",
        ),
        (
            '33, "reset": 19',
            '33, "reset": 21',
            "24: expanders 2 reset: pin 21 is i2c 0 sda already",
        ),
        ('33, "reset": 19', '33, "reset": 35', "24: expanders 2 reset: pin 35 is an input only"),
        (
            '33, "reset": 19',
            '33, "reset": 4',
            '24: expanders 2 reset: is not made safe at boot: `safe` needs {"pin": 4, "level": 1}',
        ),
        ('"mcp23017", "i2c": 0, "address": 34', '"pcf8574", "i2c": 0, "address": 34', "25: expa"),
        (
            '"sh1106", "i2c": 0, "address": 60',
            '"sh1106", "i2c": 0, "address": 33',
            "27: display ad",
        ),
        (
            '"pin": 18, "on": 1',
            '"pin": 18, "on": 0',
            "29: buzzer pin: is not made safe at boot: `sa",
        ),
        ('"rows": [32', '"rows": [34', "28: keypad rows 1: pin 34 is an input only"),
        (
            '"columns": [27, 14',
            '"columns": [27, 27',
            "28: keypad columns 2: pin 27 is column 1 of the",
        ),
        (
            "[32, 33, 25, 26]",
            "[32, 33, 25]",
            "28: keypad: keys is missing: only those of 4 x 4 are",
        ),
        (", 23]}", ', 23], "keys": ["1"]}', "28: keypad keys: must be 4 rows of 4 keys"),
        (
            ", 23]}",
            f', 23], "keys": {_KEYS}}}'.replace("A", "E"),
            "28: keypad keys 1: '123E' is not a",
        ),
        (
            ", 23]}",
            f', 23], "keys": {_KEYS}}}'.replace("A", "B"),
            "28: keypad keys: a key is there tw",
        ),
    ],
)
def test_mistake_about_a_cabinet_is_named(tmp_path: Path, old: str, new: str, refusal: str) -> None:
    told = _refusal(tmp_path, _replaced(_CABINET, old, new), "cabinet16.json")
    assert told[0].startswith(f"cabinet16.json:{refusal}"), told


_OLAT_A = '    {"i2c": 0, "address": 32, "register": 20, "value": 0},\n'
_IODIR_A = '    {"i2c": 0, "address": 32, "register": 0, "value": 0},\n'


@pytest.mark.parametrize(
    "text",
    [
        _CABINET.replace(_OLAT_A, ""),
        _CABINET.replace(_IODIR_A, ""),
        _CABINET.replace(_OLAT_A, "").replace(_IODIR_A, _IODIR_A + _OLAT_A),
        _CABINET.replace(_OLAT_A, _OLAT_A.replace('"value": 0', '"value": 4')),
        _CABINET.replace(_IODIR_A, _IODIR_A.replace('"value": 0', '"value": 128')),
        _CABINET.replace(_OLAT_A, _OLAT_A.replace('"address": 32', '"address": 33')),
        _CABINET.replace('"on": 1', '"on": 0', 1),
    ],
    ids=["no latch", "no direction", "wrong order", "on", "no output", "other chip", "active low"],
)
def test_expander_whose_relays_are_not_made_safe_is_refused(tmp_path: Path, text: str) -> None:
    assert text != _CABINET
    told = _refusal(tmp_path, text, "cabinet16.json")
    assert "expanders 1: its relays on port A are not made safe at boot: `safe` needs " in told[0]


def test_refusal_tells_the_registers_that_make_relays_safe(tmp_path: Path) -> None:
    text = _CABINET.replace(_OLAT_A, "").replace('"on": 1', '"on": 0', 1)
    told = _refusal(tmp_path, text, "cabinet16.json")[0]
    assert told.endswith(
        'needs {"i2c": 0, "address": 32, "register": 20, "value": 127} '
        'and then {"i2c": 0, "address": 32, "register": 0, "value": 0}'
    )


def test_every_mistake_is_told_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = _bench('"pin": 27', '"pin": 99').replace('"revisions": [1]', '"revisions": []')
    assert _refusal(tmp_path, text) == [
        "bench.json:3: revisions: must be a list of 1 to 32",
        "bench.json:16: keys 1 pin: 99 is not a number 0 to 48",
    ]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe{}", b"[" * 5000, b"[]", b"3", b'{"a"', b"nul"])
def test_what_is_no_profile_at_all_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bench.json"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"bench\.json"):
        load_profile(str(path))


def test_lines_are_found_past_any_text_and_layout() -> None:
    lines = find_lines('{"a{\\"}": [1,\n\n {"b":\n"x\\n,]"}], "c":[], "d":\n{}, "c": 2}')
    assert lines.of(('a{"}',)) == 1
    assert lines.of(('a{"}', 1)) == 3
    assert lines.of(('a{"}', 1, "b")) == 4
    assert lines.of(("d",)) == 5
    assert lines.of(("d", "missing", 3)) == 5
    assert lines.repeated == [("c",)]
