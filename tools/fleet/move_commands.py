"""`lockerctl fleet tokens` and `add-boards`: the boards' tokens on their way to another server."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click

from fleet.connection import connect, server_options
from fleet.own_client import OwnApi
from lockerctl.errors import UserError

_INSTEAD = "ask hawkBit for each target's securityToken"


@click.command()
@server_options
def tokens(url: str, user: str, password_file: Path | None) -> None:
    """Print all boards with their tokens, in clear: lines of BOARD,TOKEN. For admins."""
    with connect(url, user, password_file) as client:
        found = OwnApi(client, _INSTEAD).tokens()
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(found.items())
    click.echo(written.getvalue(), nl=False)


@click.command("add-boards")
@click.argument("file", type=click.Path(path_type=Path))
@server_options
def add_boards(file: Path, url: str, user: str, password_file: Path | None) -> None:
    """Make the boards in FILE known to the server: lines of BOARD,TOKEN, as `tokens` prints them.

    Boards that are there already are left alone, so it may be repeated.
    """
    boards = _read(file)
    with connect(url, user, password_file) as client:
        there = {each.id for each in client.targets()}
        new = {name: token for name, token in boards.items() if name not in there}
        client.create_targets(new)
    click.echo(f"{len(new)} boards added, {len(boards) - len(new)} were there")


def _read(file: Path) -> dict[str, str]:
    """Raises UserError."""
    try:
        rows = list(csv.reader(file.read_text().splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text of BOARD,TOKEN"
        raise UserError(f"{file}: {reason}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != 2 or not all(row):
            raise UserError(f"{file}:{number}: expected BOARD,TOKEN")
    return {row[0]: row[1] for row in rows}
