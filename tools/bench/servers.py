"""The two servers that are measured, each in a process of its own on one core, and its boards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.load import board_name, board_token
from lockerctl.paths import ROOT

GOOSEBIT = "goosebit==0.2.12"
_VENV = ROOT / "build" / "goosebit"
PASSWORD = "bench"  # noqa: S105 - of a server that lives for a minute
_AT_ONCE = 1000
_START_S = 60.0
_STOP_S = 20
_SETTLE_S = 300.0
_LOOK_S = 3.0
_IDLE = 0.1  # of one core
_SERVER_CORE = "0"

# Fills gooseBit's database, in its own environment: as many boards that have registered.
_FILL = """
import asyncio, sqlite3, sys
from tortoise import Tortoise
from goosebit.db.config import TORTOISE_CONF
async def make():
    await Tortoise.init(config=TORTOISE_CONF)
    await Tortoise.generate_schemas()
    await Tortoise.close_connections()
asyncio.run(make())
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA journal_mode=WAL")
db.execute("INSERT INTO hardware (id, model, revision) VALUES (1, 'default', 'default')")
lines = (line.split() for line in sys.stdin)
db.executemany(
    "INSERT INTO device (id, auth_token, hardware_id, feed, force_update, update_mode, last_state)"
    " VALUES (?, ?, 1, 'default', 0, 3, 2)", lines)
db.commit()
"""


@contextmanager
def our_server(folder: Path, boards: int) -> Iterator[int]:
    """Our server on SQLite, with so many boards: its port."""
    command = "from lockerctl.cli import main; main(prog_name='lockerctl')"
    port = free_port()
    served = ("fleet", "serve", "--port", str(port), "--data", str(folder / "fleet"))
    program = [sys.executable, "-c", command, *served]
    with _running(program, FLEET_ADMIN_PASSWORD=PASSWORD) as process:
        _wait(port)
        url = f"http://127.0.0.1:{port}/rest/v1/targets"
        with httpx.Client(auth=("admin", PASSWORD), timeout=60) as client:
            for first in range(0, boards, _AT_ONCE):
                numbers = range(first, min(first + _AT_ONCE, boards))
                client.post(url, json=[_target(each) for each in numbers]).raise_for_status()
        _settle(process)
        yield port


@contextmanager
def goosebit(folder: Path, boards: int) -> Iterator[int]:
    """gooseBit on SQLite, which checks boards' tokens too: its port."""
    python = _goosebit_python()
    database = folder / "goosebit.sqlite"
    settings = {
        "GOOSEBIT_DB_URI": f"sqlite://{database}",
        "GOOSEBIT_ARTIFACTS_DIR": str(folder / "artifacts"),
        "GOOSEBIT_DEVICE_AUTH__ENABLE": "true",
        "GOOSEBIT_DEVICE_AUTH__MODE": "strict",
    }
    rows = "\n".join(f"{board_name(each)} {board_token(each)}" for each in range(boards))
    subprocess.run(  # noqa: S603 - our own program
        [python, "-c", _FILL, str(database)],
        input=rows,
        text=True,
        check=True,
        env={**os.environ, **settings, "PYTHONPATH": ""},
        cwd=folder,
    )
    port = free_port()
    address = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "warning")
    command = [python, "-m", "uvicorn", "goosebit:app", "--no-access-log", *address]
    with _running(command, cwd=folder, **settings, PYTHONPATH=""):
        _wait(port)
        yield port


def _goosebit_python() -> str:
    """The interpreter of gooseBit's own environment, made when it is not there."""
    python = _VENV / "bin" / "python"
    ready = _VENV / ".ready"
    if not ready.exists():
        shutil.rmtree(_VENV, ignore_errors=True)
        _do(sys.executable, "-m", "venv", str(_VENV))
        _do(str(python), "-m", "pip", "install", "--quiet", GOOSEBIT)
        ready.touch()
    return str(python)


def _do(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - programs by their whole names


@contextmanager
def _running(
    command: list[str], cwd: Path | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    pinned = ["taskset", "-c", _SERVER_CORE] if shutil.which("taskset") else []
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [*pinned, *command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit(f"no server on port {port} in {_START_S} s") from None
            time.sleep(0.2)
        else:
            return


def _settle(process: subprocess.Popen[bytes]) -> None:
    """Wait until it has nothing left to do by itself, such as judging boards that are new."""
    deadline = time.monotonic() + _SETTLE_S
    before_s = _cpu_s(process)
    while time.monotonic() < deadline:
        time.sleep(_LOOK_S)
        now_s = _cpu_s(process)
        if now_s - before_s < _LOOK_S * _IDLE:
            return
        before_s = now_s


def _cpu_s(process: subprocess.Popen[bytes]) -> float:
    """CPU time it has used so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _target(number: int) -> dict[str, str]:
    return {"controllerId": board_name(number), "securityToken": board_token(number)}


def free_port() -> int:
    """A port of this machine that nobody uses yet."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
