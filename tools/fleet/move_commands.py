"""`lockerctl fleet tokens` and `add-boards`: the boards on their way to another server."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from fleet.client import NewTarget
from fleet.connection import connect, server_options
from fleet.own_client import OwnApi
from lockerctl.errors import UserError

_LINE = "BOARD,TOKEN or BOARD,TOKEN,SITE"
_INSTEAD = "ask hawkBit for each target's securityToken"


@click.command()
@server_options
def tokens(url: str, user: str, password_file: Path | None) -> None:
    """Print all boards with their tokens, in clear: lines of BOARD,TOKEN,SITE. For admins.

    SITE is empty for a board that is at none.
    """
    with connect(url, user, password_file) as client:
        found = OwnApi(client, _INSTEAD).tokens()
        sites = {each.id: each.site for each in client.targets()}
    written = io.StringIO()
    rows = ((name, token, sites.get(name) or "") for name, token in found.items())
    csv.writer(written, lineterminator="\n").writerows(rows)
    click.echo(written.getvalue(), nl=False)


@click.command("add-boards")
@click.argument("file", type=click.Path(path_type=Path))
@server_options
def add_boards(file: Path, url: str, user: str, password_file: Path | None) -> None:
    """Make the boards in FILE known to the server: lines as `tokens` prints them.

    BOARD,TOKEN does as well. Boards that are there already are left alone, so it may be repeated.
    """
    boards = _read(file)
    with connect(url, user, password_file) as client:
        there = {each.id for each in client.targets()}
        new = [each for each in boards if each.id not in there]
        client.create_targets(new)
    click.echo(f"{len(new)} boards added, {len(boards) - len(new)} were there")


def _read(file: Path) -> list[NewTarget]:
    """The boards; of lines for the same one the last holds. Raises UserError."""
    try:
        rows = list(csv.reader(file.read_text().splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else f"it is no text of {_LINE}"
        raise UserError(f"{file}: {reason}") from error
    for number, row in enumerate(rows, 1):
        if len(row) not in (2, 3) or not all(row[:2]):
            raise UserError(f"{file}:{number}: expected {_LINE}")
    return list({row[0]: NewTarget(*row) for row in rows}.values())
