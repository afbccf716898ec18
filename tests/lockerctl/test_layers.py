"""What goes into the layers of a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lockerctl.errors import UserError
from lockerctl.layers import app_files, asset_files
from unixport import run_micropython


def test_modules_become_bytecode_in_their_packages(sources: Path) -> None:
    files = app_files(sources / "lib")
    assert sorted(files) == ["/locker/__init__.mpy", "/locker/doors.mpy", "/ota/agent.mpy"]
    for data in files.values():
        assert data[:2] == b"M\x06"


def test_bytecode_runs_under_micropython_and_has_no_asserts(sources: Path, tmp_path: Path) -> None:
    (sources / "lib/locker/doors.py").write_text("assert False\ndef count():\n    return 4\n")
    for name, data in app_files(sources / "lib").items():
        path = tmp_path / "app" / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    code = "from locker.doors import count; print(count())"
    result = run_micropython(["-c", code], path=[tmp_path / "app"])
    assert result.stdout == "4\n"


def test_bytecode_does_not_say_where_it_was_compiled(sources: Path) -> None:
    data = app_files(sources / "lib")["/locker/doors.mpy"]
    assert b"locker.doors" in data
    assert str(sources).encode() not in data


def test_files_that_are_no_modules_are_taken_as_they_are(sources: Path) -> None:
    (sources / "lib/locker/font.bin").write_bytes(b"\x00\x01")
    assert app_files(sources / "lib")["/locker/font.bin"] == b"\x00\x01"


def test_what_editors_and_python_leave_behind_is_left_out(sources: Path) -> None:
    before = app_files(sources / "lib"), asset_files(sources / "assets")
    for name in (
        "lib/__pycache__/x.pyc",
        "lib/.idea/x.py",
        "lib/locker/.x.swp",
        "assets/.DS_Store",
    ):
        path = sources / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    assert (app_files(sources / "lib"), asset_files(sources / "assets")) == before


def test_module_that_does_not_compile_is_refused_with_file_line_and_reason(sources: Path) -> None:
    (sources / "lib/ota/agent.py").write_text("x = 1\ndef broken(:\n")
    with pytest.raises(UserError) as caught:
        app_files(sources / "lib")
    message = str(caught.value)
    assert f"{sources / 'lib/ota/agent.py'}: does not compile" in message
    assert "line 2" in message
    assert "SyntaxError: invalid syntax" in message
    assert "\n" not in message


def test_code_for_one_chip_only_is_refused(sources: Path) -> None:
    text = "import micropython\n@micropython.native\ndef fast():\n    return 1\n"
    (sources / "lib/ota/agent.py").write_text(text)
    with pytest.raises(UserError, match=r"agent\.py: does not compile"):
        app_files(sources / "lib")


@pytest.mark.parametrize("compile_layer", [app_files, asset_files])
def test_folder_with_nothing_in_it_is_no_layer(
    compile_layer: Callable[[Path], dict[str, bytes]], tmp_path: Path
) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(UserError, match="there is nothing in it"):
            compile_layer(folder)
