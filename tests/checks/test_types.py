"""Types: what the stubs of the ESP32 port do not have is found, in code without annotations."""

from __future__ import annotations

from pathlib import Path

import pytest
from project_copy import copy_of_project

from checks import board_types, host_types

_MISTAKES = {
    "esp32.Partition.foo()": 'no attribute "foo"',
    "esp32.Partition('ota_0').set_bot()": 'no attribute "set_bot"',
    "machine.WDT(tiemout=1)": 'Unexpected keyword argument "tiemout"',
    "machine.WDT(0, 1, 2)": 'Too many arguments for "WDT"',
    "machine.Pin(1).value(1, 2)": 'No overload variant of "value"',
    "network.WLAN(0).conect('hall')": 'no attribute "conect"',
    "time.sleep_msec(1)": 'no attribute "sleep_msec"',
    "json.loads()": "Missing positional argument",
    "vfs.VfsLfs3(1)": 'no attribute "VfsLfs3"',
    "boot.Boot().marc('')": 'no attribute "marc"',
    "boot.Boot().mark('', 1)": 'Too many arguments for "mark"',
    "import logging": 'module named "logging"',
    "from drivers.bus import open_i3c": 'no attribute "open_i3c"',
}
_IMPORTS = "import boot, esp32, json, machine, network, time, vfs\n"


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is told of a module with each mistake in a function of its own."""
    tree = copy_of_project(tmp_path_factory.mktemp("types") / "project")
    functions = (f"def _{n}():\n    {text}\n" for n, text in enumerate(_MISTAKES))
    (tree / "lib/net/spoilt.py").write_text(_IMPORTS + "".join(functions))
    return board_types.mistakes(tree)


@pytest.mark.parametrize("mistake", _MISTAKES)
def test_mistake_in_the_use_of_the_chip_is_found(spoilt: list[str], mistake: str) -> None:
    line = 3 + 2 * list(_MISTAKES).index(mistake)
    told = [text for text in spoilt if text.startswith(f"lib/net/spoilt.py:{line}: ")]
    assert told
    assert _MISTAKES[mistake] in told[0]


def test_nothing_is_found_where_there_is_no_mistake(spoilt: list[str]) -> None:
    assert all(line.startswith("lib/net/spoilt.py:") for line in spoilt)


def test_gap_of_the_stubs_that_is_gone_is_told(tree: Path) -> None:
    (tree / "main.py").write_text("import time\n")
    told = board_types.mistakes(tree)
    assert len(told) == 2
    assert all(line.startswith("checks/board_types.py: needed no more: ") for line in told)


def test_mistakes_of_the_host_and_of_its_tests_are_found(tmp_path: Path) -> None:
    tools, tests = tmp_path / "tools/things", tmp_path / "tests/things"
    for folder in (tools, tests):
        folder.mkdir(parents=True)
    (tools / "__init__.py").write_text("")
    (tools / "thing.py").write_text("def double(x: int) -> int:\n    return str(x)\n")
    (tests / "test_thing.py").write_text(
        "from things.thing import double\n\n\ndef test_double() -> None:\n    double('2')\n"
    )
    told = host_types.mistakes(tmp_path)
    assert [line.split(": ")[0] for line in told] == [
        "tools/things/thing.py:2",
        "tests/things/test_thing.py:5",
    ]


def test_code_of_the_board_among_the_tests_is_left_out(tmp_path: Path) -> None:
    for name in ("tools", "tests/board"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tests/board/mp_thing.py").write_text("import machine\n")
    assert host_types.mistakes(tmp_path) == []
