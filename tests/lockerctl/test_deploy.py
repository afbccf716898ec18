"""`lockerctl deploy`: to MicroPython's REPL at a pseudo-terminal, with both tools."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench_board import BenchBoard
from tooling import refusal, run

from lockerctl.layers import app_files
from unixport import BIN

Start = Callable[..., BenchBoard]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts boards; they end with the test."""
    boards: list[BenchBoard] = []

    def start_board(*args: object, **options: object) -> BenchBoard:
        root = tmp_path / f"board{len(boards)}"
        boards.append(BenchBoard(root, *args, **options))  # type: ignore[arg-type]
        return boards[-1]

    yield start_board
    for board in boards:
        board.close()


def deploy(board: BenchBoard, sources: Path, *options: object) -> str:
    return run("deploy", "--port", board.port, "--lib", sources / "lib", *options)


@pytest.mark.parametrize("tool", ["mpremote", "ampy"])
def test_changed_package_is_copied_whole_and_the_board_is_reset(
    start: Start, sources: Path, tool: str
) -> None:
    board = start(app_files(sources / "lib"))
    (sources / "lib/locker/doors.py").write_text("def count():\n    return 5\n")
    shown = deploy(board, sources, "--tool", tool)
    files = app_files(sources / "lib")
    assert board.data() == {
        f"/dev{path}": data for path, data in files.items() if path.startswith("/locker/")
    }
    board.wait_for_resets(1)
    assert "copying locker\n" in shown
    assert shown.endswith(f"{board.port}: 1 package changed; reset\n")


def test_what_the_app_layer_has_already_is_not_copied(start: Start, sources: Path) -> None:
    board = start(app_files(sources / "lib"))
    assert "no packages changed; reset" in deploy(board, sources)
    assert board.data() == {}
    board.wait_for_resets(1)


def test_second_deployment_copies_only_what_changed_since(start: Start, sources: Path) -> None:
    board = start({})
    assert "2 packages changed" in deploy(board, sources)
    assert "no packages changed" in deploy(board, sources)
    (sources / "lib/ota/agent.py").write_text("class Agent:\n    version = 2\n")
    shown = deploy(board, sources)
    assert "copying ota" in shown
    assert "copying locker" not in shown
    assert board.data() == {f"/dev{p}": data for p, data in app_files(sources / "lib").items()}
    board.wait_for_resets(3)


def test_package_that_is_as_in_the_layer_again_is_removed(start: Start, sources: Path) -> None:
    board = start(app_files(sources / "lib"))
    doors = sources / "lib/locker/doors.py"
    old = doors.read_text()
    doors.write_text("changed = True\n")
    deploy(board, sources)
    doors.write_text(old)
    assert "removing locker: not needed any more" in deploy(board, sources)
    assert board.data() == {}


def test_package_that_is_gone_and_files_that_are_left_over_are_removed(
    start: Start, sources: Path
) -> None:
    board = start({})
    (sources / "lib/locker/old.py").write_text("")
    (sources / "lib/gone/deep").mkdir(parents=True)
    (sources / "lib/gone/deep/x.py").write_text("")
    deploy(board, sources)
    assert {"/dev/gone/deep/x.mpy", "/dev/locker/old.mpy"} <= board.data().keys()
    (sources / "lib/locker/old.py").unlink()
    (sources / "lib/gone/deep/x.py").unlink()
    deploy(board, sources)
    assert board.data() == {f"/dev{p}": data for p, data in app_files(sources / "lib").items()}


def test_empty_folder_that_would_hide_a_package_of_the_layer_is_removed(
    start: Start, sources: Path
) -> None:
    board = start(app_files(sources / "lib"))
    code = "import os; [os.mkdir('/data/dev' + name) for name in ('', '/ota', '/it\\'s')]"
    command = [str(BIN / "mpremote"), "connect", board.port, "resume", "exec", code]
    subprocess.run(command, check=True, timeout=20)
    shown = deploy(board, sources)
    assert "removing ota: not needed any more" in shown
    assert "2 packages changed" in shown
    assert "no packages changed" in deploy(board, sources)


def test_module_outside_a_package_is_deployed(start: Start, sources: Path) -> None:
    board = start(app_files(sources / "lib"))
    (sources / "lib/single.py").write_text("x = 1\n")
    deploy(board, sources)
    assert list(board.data()) == ["/dev/single.mpy"]


def test_deployed_package_is_what_the_board_imports(start: Start, sources: Path) -> None:
    board = start(app_files(sources / "lib"))
    (sources / "lib/locker/doors.py").write_text("def count():\n    return 55\n")
    deploy(board, sources)
    code = (
        "import sys; sys.path[:0] = ['/data/dev', '/app'];"
        "import locker.doors; print('count', locker.doors.count())"
    )
    command = [str(BIN / "mpremote"), "connect", board.port, "resume", "exec", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    assert result.stdout.split() == ["count", "55"]


@pytest.mark.parametrize("tool", ["mpremote", "ampy"])
def test_board_that_is_not_in_developer_mode_is_refused(
    start: Start, sources: Path, tool: str
) -> None:
    board = start({}, developer=False)
    line = refusal("deploy", "--port", board.port, "--lib", sources / "lib", "--tool", tool)
    assert line == (
        f"lockerctl: {board.port}: the board is not in developer mode: "
        "build its image with --developer"
    )
    assert board.data() == {}
    assert board.resets == 0


def test_what_does_not_fit_is_refused_in_bytes_and_nothing_changes(
    start: Start, sources: Path
) -> None:
    board = start({}, blocks=16)
    deploy(board, sources)
    before = board.data()
    (sources / "lib/locker/font.bin").write_bytes(bytes(40_000))
    line = refusal("deploy", "--port", board.port, "--lib", sources / "lib")
    assert ": locker: " in line
    assert "bytes do not fit, " in line
    assert "bytes are missing: data has 16 blocks of 4096, " in line
    assert board.data() == before


def test_code_that_does_not_compile_is_refused_before_the_board_is_touched(
    start: Start, sources: Path
) -> None:
    board = start({})
    (sources / "lib/ota/agent.py").write_text("class:\n")
    assert "does not compile" in refusal("deploy", "--port", board.port, "--lib", sources / "lib")
    assert board.data() == {}


def test_device_that_is_no_locker_board_is_refused(start: Start, sources: Path) -> None:
    board = start({})
    (board.root / "vfs/board.json").unlink()
    line = refusal("deploy", "--port", board.port, "--lib", sources / "lib")
    assert "OSError: [Errno 2] ENOENT" in line


def test_board_that_was_interrupted_while_it_started_is_refused(
    start: Start, sources: Path
) -> None:
    board = start({})
    boot = board.root / "boot.py"
    boot.write_text(boot.read_text().replace("vfs.mount(vfs.VfsLfs2", "1/0 #"))
    (board.root / "vfs/data/.mount").unlink()
    (board.root / "vfs/data").rmdir()
    restart = [str(BIN / "mpremote"), "connect", board.port, "reset"]
    subprocess.run(restart, check=True, timeout=20)
    board.wait_for_resets(1)
    line = refusal("deploy", "--port", board.port, "--lib", sources / "lib")
    assert "the board was not up yet" in line


@pytest.mark.parametrize("tool", ["mpremote", "ampy"])
def test_port_that_is_not_there_is_refused(tmp_path: Path, sources: Path, tool: str) -> None:
    port = tmp_path / "ttyNONE"
    line = refusal("deploy", "--port", port, "--lib", sources / "lib", "--tool", tool)
    assert f"failed to access {port}" in line
