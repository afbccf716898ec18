"""docs/keys.md names every command about keys, and none that there is not."""

from __future__ import annotations

import re

from tooling import invoke

from lockerctl.cli import key, release
from lockerctl.paths import ROOT

_TEXT = (ROOT / "docs" / "keys.md").read_text()


def test_every_command_about_keys_is_documented() -> None:
    for name in (*key._lazy, "sign", "withdraw", "publish"):
        assert re.search(rf"\b(key|release) {name}\b", _TEXT), name


def test_every_documented_command_is_there() -> None:
    named = set(re.findall(r"lockerctl (key|release) ([a-z-]+)", _TEXT))
    assert len(named) > 10
    for group, name in named:
        assert name in (key if group == "key" else release)._lazy, name


def test_every_documented_option_is_there() -> None:
    commands = [("key", name) for name in key._lazy] + [("release", name) for name in release._lazy]
    commands += [("image", "build"), ("fleet", "serve")]
    known = {option for each in commands for option in _options(*each)}
    used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", _TEXT))
    assert len(used) > 10
    assert used <= known


def _options(group: str, command: str) -> set[str]:
    return set(re.findall(r"--[a-z][a-z-]+", invoke(group, command, "--help").stdout))
