"""`lockerctl flash` and `lockerctl deploy`: boards at a serial port."""

from __future__ import annotations

from pathlib import Path

import click

from lockerctl.core import read_file
from lockerctl.deploy import deploy as deploy_files
from lockerctl.errors import UserError
from lockerctl.flash import Port, flash_board
from lockerctl.image import check_flashable
from lockerctl.layers import app_files
from lockerctl.paths import LIB
from lockerctl.repl import TOOLS, open_repl

_path = click.Path(path_type=Path)


@click.command("flash")
@click.option("--port", required=True, help="Serial port, or a URL such as socket://HOST:PORT.")
@click.option("--baud", default=460800, show_default=True, help="Speed once connected.")
@click.option("--before", type=click.Choice(["default-reset", "no-reset"]), default="default-reset")
@click.option("--after", type=click.Choice(["hard-reset", "no-reset"]), default="hard-reset")
@click.argument("file", type=_path)
def flash(port: str, baud: int, before: str, after: str, file: Path) -> None:
    """Write a flash image to a board with esptool: what differs, then verify all of it."""
    image = read_file(file)
    check_flashable(image, str(file))
    changed = flash_board(Port(port, baud, before, after), image, click.echo)
    click.echo(f"{port}: flash equals {file}; {changed} of {len(image)} bytes were written")


@click.command("deploy")
@click.option("--port", required=True, help="Serial port of a board in developer mode.")
@click.option("--tool", type=click.Choice(TOOLS), default=TOOLS[0], show_default=True)
@click.option("--lib", default=LIB, type=_path, help="The board's code.")
def deploy(port: str, tool: str, lib: Path) -> None:
    """Compile the board's code, copy the packages that changed, reset the board."""
    files = {path.lstrip("/"): data for path, data in app_files(lib).items()}
    with open_repl(port, tool) as repl:
        try:
            plan = deploy_files(repl, files, click.echo)
        except UserError as error:
            raise UserError(f"{port}: {error}") from error
    total = len(plan.copy) + len(plan.remove)
    click.echo(f"{port}: {total or 'no'} package{'' if total == 1 else 's'} changed; reset")
