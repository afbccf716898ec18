"""Assets that greet otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lockerctl.errors import UserError
from lockerctl.paths import ASSETS
from lockerctl.text_rules import LANGUAGES
from lockerctl.texts import TEXTS, load_texts
from playground.greeting import greet


def test_greeting_replaces_the_first_line_of_what_waits_for_people(tmp_path: Path) -> None:
    before = load_texts(ASSETS / TEXTS)
    after = load_texts(greet(ASSETS, "你好", tmp_path / "assets") / TEXTS)
    for language in LANGUAGES:
        assert after["idle"].by_language[language] == "你好"
        old, new = (texts["idle_storage"].by_language[language] for texts in (before, after))
        assert new.split("\n") == ["你好", *old.split("\n")[1:]]
    assert after["code"] == before["code"]


def test_no_greeting_leaves_all_as_it_is(tmp_path: Path) -> None:
    target = greet(ASSETS, "", tmp_path / "assets")
    assert (target / TEXTS).read_bytes() == (ASSETS / TEXTS).read_bytes()


def test_greeting_that_does_not_fit_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is 17 cells wide, the screen 16"):
        greet(ASSETS, "x" * 17, tmp_path / "assets")


def test_other_files_come_along(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source/logo.bin").write_bytes(b"logo")
    (tmp_path / "source" / TEXTS).write_text(json.dumps({"idle": {"en": "a", "zh": "b"}}))
    target = greet(tmp_path / "source", "Hi", tmp_path / "assets")
    assert (target / "logo.bin").read_bytes() == b"logo"
    assert load_texts(target / TEXTS)["idle"].by_language == {"en": "Hi", "zh": "Hi"}
