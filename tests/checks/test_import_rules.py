"""The board's code imports what it may, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.imports import broken_rules
from lockerctl.errors import UserError


def spoil(path: Path, source: str) -> int:
    """Append lines to a module, which may be new. Returns the number of the first."""
    path.parent.mkdir(exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(before + source)
    return before.count("\n") + 1


def test_the_project_keeps_the_rules(tree: Path) -> None:
    assert list(broken_rules(tree)) == []


@pytest.mark.parametrize(
    ("file", "source", "problem"),
    [
        (
            "lib/locker/doors.py",
            "from ota.slots import Slots\n",
            "locker may import drivers, store",
        ),
        ("lib/locker/doors.py", "import ota.record\n", "locker may import drivers, store"),
        ("lib/ota/agent.py", "from locker import cabinet\n", "ota may import ddi, net, store, tuf"),
        ("lib/ota/agent.py", "import drivers.bus\n", "ota may import ddi, net, store, tuf"),
        ("lib/tuf/client.py", "from ddi.client import Client\n", "tuf may import net, store"),
        ("lib/net/http.py", "from store.log import log\n", "net may import nothing of ours"),
        ("lib/store/log.py", "from net import url\n", "store may import nothing of ours"),
        ("lib/drivers/bus.py", "from store import log\n", "drivers may import nothing of ours"),
        ("lib/ota/agent.py", "from virtualboard import flash\n", "knows nothing of the host's"),
        ("lib/ota/agent.py", "import lockerctl.header\n", "knows nothing of the host's"),
        ("main.py", "import fleet\n", "knows nothing of the host's"),
        ("lib/ota/agent.py", "import machine\n", "only boot, drivers, main, net, ota.slots touch"),
        ("lib/locker/doors.py", "from esp32 import NVS\n", "only boot, drivers, main, net, ota."),
        ("lib/store/log.py", "import network\n", "only boot, drivers, main, net, ota.slots touch"),
        ("lib/ota/agent.py", "from typing import Any\n", "the ESP32 port of MicroPython has no"),
        ("lib/net/http.py", "import logging\n", "the ESP32 port of MicroPython has no such"),
        ("lib/drivers/bus.py", "import dataclasses\n", "the ESP32 port of MicroPython has no"),
        ("boot.py", "import functools\n", "the ESP32 port of MicroPython has no such module"),
        ("boot.py", "from store import log\n", "imports nothing that an update can change"),
        ("lib/ota/manifest.py", "import os\n", "a module of rules does no I/O"),
        ("lib/ddi/messages.py", "import asyncio\n", "a module of rules does no I/O"),
        ("lib/tuf/rules.py", "import time\n", "a module of rules does no I/O"),
        ("lib/ota/manifest.py", "from ota import record\n", "imports only other rules"),
        ("lib/ota/manifest.py", "from store.files import read\n", "imports only other rules"),
        ("lib/ota/agent.py", "from ota.nothing import x\n", "there is no such module in lib/"),
        ("lib/toys/yoyo.py", "import time\n", "package toys has no rule yet"),
    ],
)
def test_import_that_a_rule_forbids_is_told_with_its_line(
    tree: Path, file: str, source: str, problem: str
) -> None:
    line = spoil(tree / file, source)
    found = list(broken_rules(tree))
    assert len(found) == 1
    assert found[0].startswith(f"{file}:{line}: ")
    assert problem in found[0]


@pytest.mark.parametrize(
    "source",
    [
        "def later():\n    from locker import health\n",
        "def later():\n    load('locker.health')\n",
        "def later():\n    load('locker.health').checks((), None)\n",
        "def later():\n    return __import__('locker.health')\n",
        "class Later:\n    now = lambda: __import__('locker.health')\n",
        "try:\n    import locker.health\nexcept ImportError:\n    pass\n",
        "from ..locker import health\n",
    ],
)
def test_import_is_found_wherever_it_hides(tree: Path, source: str) -> None:
    spoil(tree / "lib/ota/agent.py", source)
    found = list(broken_rules(tree))
    assert len(found) == 1
    assert "imports locker.health: ota may import" in found[0]


def test_module_name_that_is_computed_is_told(tree: Path) -> None:
    """Nobody could say what it imports."""
    spoil(tree / "lib/ota/agent.py", "def later(name):\n    load('ota.' + name)\n")
    assert [line.partition(": ")[2] for line in broken_rules(tree)] == [
        "imports a computed name: spell it out"
    ]


def test_rules_module_that_is_gone_is_told(tree: Path) -> None:
    (tree / "lib/tuf/succinct.py").unlink()
    assert "lib: there is no tuf.succinct any more: see RULES in checks/import_rules.py" in list(
        broken_rules(tree)
    )


def test_source_that_does_not_parse_is_told_with_its_line(tree: Path) -> None:
    line = spoil(tree / "lib/net/http.py", "def broken(:\n")
    with pytest.raises(UserError, match=rf"http\.py:{line}: "):
        list(broken_rules(tree))
