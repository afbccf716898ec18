"""`make run`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from demo.errors import DemoError
from fleet.server import StartError
from lockerctl.errors import UserError
from lockerctl.paths import ROOT
from lockerctl.text_rules import LANGUAGES
from playground.bench import Options, open_bench
from playground.server import PageServer
from virtualboard.board import BOARD_HEAP_BYTES
from virtualboard.errors import VirtualBoardError


@click.command()
@click.option("--port", default=8070, show_default=True, help="Port of the page.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Who may see it: 0.0.0.0, all."
)
@click.option("--profile", default="cabinet16", show_default=True, help="Model of the board.")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option(
    "--mode", type=click.Choice(("storage", "delivery")), default="storage", show_default=True
)
@click.option("--verbose", is_flag=True, help="Show the output of all commands.")
@click.option(
    "--out",
    default=ROOT / "build" / "run",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for all that is made.  [default: build/run]",
)
def main(
    port: int, host: str, profile: str, language: str, mode: str, verbose: bool, out: Path
) -> None:
    """A cabinet to touch, in a browser: a virtual board, fresh from production, and its server."""
    options = Options(out, profile, BOARD_HEAP_BYTES, language, mode, verbose)
    try:
        with open_bench(options) as bench:
            page = PageServer(bench, host, port)
            click.echo(
                f"\n  the cabinet        {page.url}\n"
                f"  the update server  {bench.server.url}/ui  (user admin, password in "
                f"{os.path.relpath(bench.password_file)})\n\n  Ctrl-C ends both."
            )
            page.run()
    except KeyboardInterrupt:
        click.echo("\nboard and server are off")
    except (UserError, DemoError, StartError, VirtualBoardError, OSError) as error:
        click.echo(f"make run: {error}", err=True)
        sys.exit(1)
