"""The command line itself: how it is found, how it refuses, how little it loads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from tooling import invoke

from lockerctl.cli import LazyGroup, main


def test_installed_command_tells_a_mistake_in_one_line_without_a_traceback(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "lockerctl"
    result = subprocess.run(
        [command, "image", "show", tmp_path / "none.bin"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"lockerctl: {tmp_path}/none.bin: cannot read it: No such file or directory"
    ]


def test_help_lists_the_commands_without_loading_them() -> None:
    code = (
        "import sys; from lockerctl.cli import main; main(['--help'], standalone_mode=False);"
        "print([m for m in sys.modules if m.split('.')[0] in ('esptool', 'littlefs', 'fleet')])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    *help_lines, loaded = result.stdout.splitlines()
    assert loaded == "[]"
    for command in ("release", "image", "flash", "deploy", "board", "fleet"):
        assert any(line.split()[:1] == [command] for line in help_lines), command


@pytest.mark.parametrize("group", ["release", "image"])
def test_help_of_a_group_lists_its_commands(group: str) -> None:
    shown = invoke(group, "--help").stdout
    assert "build" in shown


def test_unknown_command_is_told_with_exit_status_2() -> None:
    result = invoke("relaese")
    assert result.exit_code == 2
    assert "No such command 'relaese'" in result.stderr


def test_command_that_is_not_there_breaks_no_other() -> None:
    commands = {
        "gone": ("lockerctl.no_such_module:gone", "is not there"),
        "echo": ("click:echo", "is there"),
    }
    group = LazyGroup("group", commands, "Help.")
    assert "is not there" in CliRunner().invoke(group, ["--help"]).output
    assert isinstance(main, click.Group)
    with pytest.raises(ModuleNotFoundError):
        group.get_command(click.Context(group), "gone")
