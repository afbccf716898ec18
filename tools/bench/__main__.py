"""`python -m bench`: polls per second of our server and of gooseBit, one after the other."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path

import click

from bench.load import Load
from bench.servers import GOOSEBIT, goosebit, our_server
from lockerctl.paths import ROOT
from lockerctl.tables import text_table

_RESULT = ROOT / "build" / "bench-fleet.json"
_LOAD_CORE = "1"
_MORE_S = 60.0
_FIRST = "ours, first polls"
_COLUMNS = ("server", "boards", "polls/s", "median ms", "99 % ms", "failed")
Server = Callable[[Path, int], AbstractContextManager[int]]


@click.command()
@click.option("--boards", default=100_000, show_default=True, type=click.IntRange(1))
@click.option("--connections", default=32, show_default=True, type=click.IntRange(1, 1000))
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 600))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 20))
def main(boards: int, connections: int, seconds: float, rounds: int) -> None:
    """Compare polls per second, in turns; the median round of each counts."""
    servers: dict[str, Server] = {"ours": our_server, GOOSEBIT: goosebit}
    measured: dict[str, list[Load]] = {name: [] for name in servers}
    with tempfile.TemporaryDirectory() as name:
        for server in servers:
            (Path(name) / server).mkdir()
        with (
            our_server(Path(name) / "ours", boards) as ours,
            goosebit(Path(name) / GOOSEBIT, boards) as other,
        ):
            first = _load(ours, boards, connections, 0)
            for _ in range(rounds):
                for server, port in zip(servers, (ours, other), strict=True):
                    measured[server].append(_load(port, boards, connections, seconds))
    best = {name: _median(loads) for name, loads in measured.items()}
    rows = [_row(name, boards, load) for name, load in best.items()]
    rows.append(_row(_FIRST, boards, first))
    click.echo(text_table(_COLUMNS, rows))
    times = best["ours"].per_second / best[GOOSEBIT].per_second
    click.echo(f"ours answers {times:.1f} times as many; goal: 10 times, and 2000 a second")
    measured[_FIRST] = [first]
    _keep(boards, connections, seconds, measured, times)


def _load(port: int, boards: int, connections: int, seconds: float) -> Load:
    """Boards by chance for so long; 0 seconds: each board once."""
    pinned = ["taskset", "-c", _LOAD_CORE] if shutil.which("taskset") else []
    arguments = [str(each) for each in (port, boards, connections, seconds)]
    result = subprocess.run(  # noqa: S603 - our own program
        [*pinned, sys.executable, "-m", "bench.load", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + _MORE_S if seconds else None,
    )
    if result.returncode != 0:
        raise SystemExit(result.stderr)
    return Load(**json.loads(result.stdout))


def _median(loads: list[Load]) -> Load:
    return sorted(loads, key=lambda load: load.per_second)[len(loads) // 2]


def _row(name: str, boards: int, load: Load) -> tuple[str, ...]:
    numbers = (load.per_second, load.median_ms, load.p99_ms)
    return (name, str(boards), *(f"{each:.1f}" for each in numbers), str(load.failed))


def _keep(
    boards: int, connections: int, seconds: float, measured: dict[str, list[Load]], times: float
) -> None:
    rounds = {
        name: [{**asdict(load), "per_second": round(load.per_second, 1)} for load in loads]
        for name, loads in measured.items()
    }
    about = {
        "boards": boards,
        "connections": connections,
        "seconds": seconds,
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
        "times": round(times, 2),
        "rounds": rounds,
    }
    _RESULT.parent.mkdir(parents=True, exist_ok=True)
    _RESULT.write_text(json.dumps(about, indent=2) + "\n")


if __name__ == "__main__":
    main(prog_name="bench")
