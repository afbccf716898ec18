"""The command: plays the story, and says whether it went as it must."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from demo.chapters import CHAPTERS
from demo.expectations import disappointments
from demo.play import play, play_start
from demo.report import Row, report, table
from demo.stage import Options, Stage, open_stage
from demo.teller import Teller
from fleet.server import StartError
from lockerctl.errors import UserError
from lockerctl.paths import ROOT
from virtualboard.board import BOARD_HEAP_BYTES

_FAILED = 1
_INTERRUPTED = 130


@click.command()
@click.option("--verbose", is_flag=True, help="Show the board's whole console, and all output.")
@click.option(
    "--out",
    default=ROOT / "build" / "demo",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for all that is made.  [default: build/demo]",
)
@click.option(
    "--heap",
    "heap_kib",
    default=BOARD_HEAP_BYTES // 1024,
    show_default=True,
    type=click.IntRange(64),
    help="KiB of heap of the board's code; the preset is what a chip has during TLS.",
)
def main(verbose: bool, out: Path, heap_kib: int) -> None:
    """Flash a virtual board, update it, break it, and watch it come back.

    Ends with a table, and with status 0 if every release ended as it must.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        sys.exit(_run(Options(_relative(out), heap_kib * 1024, verbose)))
    except KeyboardInterrupt:
        click.echo("\ndemo: interrupted; server and board are off", err=True)
        sys.exit(_INTERRUPTED)
    except (UserError, StartError, OSError) as error:
        click.echo(f"\ndemo: {error}", err=True)
        sys.exit(_FAILED)


def _run(options: Options) -> int:
    teller = Teller(options.verbose)
    rows: list[Row] = []
    with open_stage(options, teller) as stage:
        try:
            wrong = _play_all(stage, rows)
        finally:
            (options.out / "report.json").write_text(report(rows))
    teller.plain("\n" + table(rows))
    teller.plain(f"\n{options.out}: report.json, and {stage.camera.taken} pictures in screens/")
    for line in wrong:
        teller.plain(f"NOT AS EXPECTED: {line}")
    if not wrong:
        teller.plain("Every release ended as expected.")
    return _FAILED if wrong else 0


def _play_all(stage: Stage, rows: list[Row]) -> list[str]:
    """Play every chapter into `rows`; what was not as expected."""
    wrong = []
    play_start(stage)
    for chapter in CHAPTERS:
        seen = play(stage, chapter)
        rows.append(seen.row)
        for line in disappointments(chapter, seen):
            stage.teller.event(f"NOT AS EXPECTED: {line}")
            wrong.append(line)
    return wrong


def _relative(path: Path) -> Path:
    """As short as can be: it is shown in commands."""
    path = path.resolve()
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
