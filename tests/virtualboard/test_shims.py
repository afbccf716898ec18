"""The two ends of the wire agree, and the shims offer what the ESP32 port does."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import virtualboard
from virtualboard.child import runtime
from virtualboard.rpc import Op

Run = Callable[..., list[str]]
SHIMS = sorted((Path(virtualboard.__file__).parent / "shims").glob("*.py"))


def constant(node: ast.stmt) -> tuple[str, int] | None:
    """Name and value of `_NAME = const(number)`."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
        return None
    value = node.value
    if not isinstance(value, ast.Call) or not value.args:
        return None
    number = value.args[0]
    if not isinstance(number, ast.Constant) or not isinstance(number.value, int):
        return None
    return node.targets[0].id, number.value


def operations(path: Path) -> dict[str, int]:
    """Names and numbers of the operations that a shim calls."""
    tree = ast.parse(path.read_text())
    constants = dict(filter(None, map(constant, tree.body)))
    calls = [
        node.args[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "call"
        and isinstance(node.args[0], ast.Name)
    ]
    return {name[1:]: constants[name] for name in calls}


def test_shims_and_host_number_operations_alike() -> None:
    used: dict[str, int] = {}
    for path in SHIMS:
        used.update(operations(path))
    known = {op.name: int(op) for op in Op}
    assert {name: known.get(name) for name in used} == used
    assert set(known) - set(used) == set()


def test_compiled_shims_are_kept_until_they_change() -> None:
    first = runtime()
    stamp = (first.path / "machine.mpy").stat().st_mtime_ns
    assert runtime() == first
    assert (first.path / "machine.mpy").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("os", "dupterm uname sync urandom listdir statvfs"),
        ("machine", "Pin Signal I2C SoftI2C WDT RTC Timer reset deepsleep freq unique_id"),
        ("esp32", "Partition NVS RMT"),
        ("network", "WLAN STA_IF hostname"),
        ("socket", "socket getaddrinfo AF_INET SOCK_STREAM"),
        ("time", "time gmtime mktime sleep_ms ticks_ms ticks_diff ticks_add time_ns"),
        ("esp", "flash_size osdebug"),
        ("vfs", "VfsLfs2 VfsFat mount umount"),
    ],
)
def test_modules_offer_what_the_port_offers(run: Run, module: str, names: str) -> None:
    program = f"import {module} as m\nprint([n for n in {names.split()} if not hasattr(m, n)])"
    assert run(program) == ["[]"]


def test_frequency_and_name_of_the_board(run: Run) -> None:
    lines = run(
        """
import machine, network, os
print(machine.freq(), os.uname().sysname, network.hostname())
machine.freq(240000000)
print(machine.freq())
try:
    machine.freq(1)
except ValueError as e:
    print(e)
"""
    )
    assert lines[:2] == ["160000000 esp32 mpy-esp32", "240000000"]
    assert lines[2].startswith("frequency must be")
