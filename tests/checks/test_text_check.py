"""Texts that are missing, never shown, or shown with other values than they have, are told."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checks.text_uses import find_uses
from checks.texts import mistakes
from lockerctl.errors import UserError

_CODE = """\
class Desk:
    def say(self, name, *values):
        self.screen.show(name, *values)

    def ask(self, title, most, masked=False):
        self.show(title, "*" * most)

    def ask_twice(self, number, heading):
        return self.ask(heading, number)


async def go(desk, found, kind):
    desk.screen.show("idle")
    desk.say("door", 1, 2)
    desk.ask_twice(4, "code")
    desk.say(*(("good",) if found else ("bad", found)))
    desk.show("event_" + kind)
    desk.show("menu_%s" % kind)
    desk.show(kind)
    desk.file.read(10)
"""


def _edit_texts(tree: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = tree / "assets/texts.json"
    document = json.loads(path.read_text("utf-8"))
    edit(document)
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")


def _append(path: Path, source: str) -> int:
    """The number of the line that these lines begin at."""
    before = path.read_text()
    path.write_text(before + source)
    return before.count("\n") + 1


def test_the_project_keeps_the_rules(tree: Path) -> None:
    assert list(mistakes(tree)) == []


def test_names_of_texts_are_found_wherever_they_are_handed_on() -> None:
    uses = find_uses({Path("desk.py"): ast.parse(_CODE)})
    found = {(use.line, use.name, use.values, use.computed) for use in uses}
    assert found == {
        (13, "idle", 0, False),
        (14, "door", 2, False),
        (15, "code", 1, False),
        (16, "good", 0, False),
        (16, "bad", 1, False),
        (17, "event_", None, True),
        (18, "menu_", None, True),
    }


def test_text_that_is_not_there_is_told(tree: Path) -> None:
    line = _append(tree / "lib/locker/desk.py", 'def more(desk):\n    desk.say("nonsense")\n')
    assert list(mistakes(tree)) == [
        f"lib/locker/desk.py:{line + 1}: there is no text nonsense in assets/texts.json"
    ]


def test_text_with_other_values_than_are_given_is_told(tree: Path) -> None:
    line = _append(tree / "lib/locker/desk.py", 'def more(desk):\n    desk.say("door_open")\n')
    assert list(mistakes(tree)) == [
        f"lib/locker/desk.py:{line + 1}: text door_open has 1 values, not 0"
    ]


def test_kind_of_texts_that_is_not_there_is_told(tree: Path) -> None:
    line = _append(tree / "lib/locker/desk.py", 'def more(desk, n):\n    desk.say("joke_%d" % n)\n')
    assert list(mistakes(tree)) == [
        f"lib/locker/desk.py:{line + 1}: there is no text joke_… in assets/texts.json"
    ]


@pytest.mark.parametrize("name", ["greeting", "menu_games", "event_party", "event_opened"])
def test_text_that_is_never_shown_is_told(tree: Path, name: str) -> None:
    _edit_texts(tree, lambda texts: texts.update({name: {"en": "Hello", "zh": "Hello"}}))
    assert list(mistakes(tree)) == [
        f"assets/texts.json: text {name} is shown nowhere in lib/locker"
    ]


def test_text_that_is_gone_is_told(tree: Path) -> None:
    _edit_texts(tree, lambda texts: texts.pop("out_of_order"))
    (line,) = mistakes(tree)
    assert line.startswith("lib/locker/")
    assert line.endswith("there is no text out_of_order in assets/texts.json")


@pytest.mark.parametrize("name", ["event_unlocked", "menu_leave"])
def test_text_that_a_list_of_the_code_wants_is_told(tree: Path, name: str) -> None:
    _edit_texts(tree, lambda texts: texts.pop(name))
    (line,) = mistakes(tree)
    assert line.startswith("lib/locker/service.py:")
    assert line.endswith(f"there is no text {name} in assets/texts.json")


def test_text_that_a_language_lacks_is_told(tree: Path) -> None:
    _edit_texts(tree, lambda texts: texts["idle"].pop("zh"))
    with pytest.raises(UserError, match=r"texts\.json:1: idle: zh is missing"):
        list(mistakes(tree))


def test_glyph_that_the_font_lacks_is_told(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    font = tmp_path / "small.hex"
    font.write_text("".join(f"{code:04X}:{'00' * 16}\n" for code in range(0x20, 0x7F)))
    monkeypatch.setenv("LOCKER_UNIFONT", str(font))
    with pytest.raises(UserError, match=r"small\.hex has no glyph for "):
        list(mistakes(tree))
