"""A PostgreSQL of the tests' own, from Debian's packages, when they are there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg

from bench.servers import free_port

MISSING = "PostgreSQL is missing (Debian: apt install postgresql)"
_START_S = 60.0
_USER = "postgres"
# Nothing of it outlives the tests: a power cut may take it all.
_HASTY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def binaries() -> Path | None:
    """Where initdb and postgres are: Debian keeps them off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


class Postgres:
    """One server inside a `with`, run by the user postgres if root starts it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # pytest's own folders are root's alone, and PostgreSQL does not run as root.
        self._home = Path(tempfile.mkdtemp(prefix="locker-postgres-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(self._home, _USER)
            self._as = {"user": _USER, "group": _USER, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._port = 0

    def __enter__(self) -> Postgres:
        self._run(
            "initdb", "-D", self._data, "-U", "fleet", "-A", "trust", "--no-sync", "-E", "UTF8"
        )
        self._port = free_port()
        options = ("-p", str(self._port), "-k", str(self._home), "-h", "127.0.0.1")
        settings = [part for each in _HASTY for part in ("-c", each)]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._data, *options, *settings],
            stdout=subprocess.DEVNULL,
            stderr=(self._home.parent / f"{self._home.name}.log").open("wb"),
            **self._as,
        )
        self._wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process:
            self._process.send_signal(signal.SIGINT)  # does not wait for those who are connected
            self._process.wait(_START_S)
        shutil.rmtree(self._home)
        (self._home.parent / f"{self._home.name}.log").unlink()

    def new_database(self) -> str:
        """The URL of an empty one."""
        self._databases += 1
        name = f"fleet{self._databases}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return self._dsn(name)

    @property
    def _data(self) -> Path:
        return self._home / "data"

    def _dsn(self, name: str) -> str:
        return f"postgresql://fleet@127.0.0.1:{self._port}/{name}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(each) for each in (self._programs / program, *arguments)]
        done = subprocess.run(command, capture_output=True, check=False, **self._as)
        assert done.returncode == 0, done.stderr.decode()

    def _wait(self) -> None:
        give_up = time.monotonic() + _START_S
        while True:
            try:
                psycopg.connect(self._dsn("postgres")).close()
            except psycopg.OperationalError:
                assert time.monotonic() < give_up, "PostgreSQL does not start"
                time.sleep(0.05)
            else:
                return
