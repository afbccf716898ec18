"""`lockerctl fleet people`: who may sign in. Works on the server's database, running or not."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.orm import Session

from fleet.context import now_ms
from fleet.people import changes
from fleet.people.hashing import make_hash
from fleet.people.roles import Role, name_fault, password_fault
from fleet.settings import Settings
from fleet.store.database import Database
from fleet.store.engine import DatabaseError
from lockerctl.errors import UserError
from lockerctl.tables import text_table

T = TypeVar("T")

_WHERE = (
    click.option(
        "--data",
        default="build/fleet",
        show_default=True,
        type=click.Path(path_type=Path),
        help="The server's directory.",
    ),
    click.option(
        "--database",
        envvar="FLEET_DATABASE",
        help="The server's database, if it is another one: its URL.  [env: FLEET_DATABASE]",
    ),
)
# As the audit log calls whoever has a shell on the server.
_BY = "lockerctl"
_ROLE = click.Choice([str(each) for each in Role])
_MAKE_UP = click.option("--make-up", is_flag=True, help="Make a password up and print it.")


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_WHERE):
        command = option(command)
    return command


@click.group()
def people() -> None:
    """Who may sign in to the server, and as what.

    A viewer looks, an operator steers boards and releases, an admin does everything. A password
    is asked for, or is the first line of standard input.
    """


@people.command()
@click.argument("name")
@click.option("--role", type=_ROLE, default=str(Role.VIEWER), show_default=True)
@_MAKE_UP
@_where
def add(name: str, role: str, make_up: bool, data: Path, database: str | None) -> None:
    """Let NAME sign in."""
    if fault := name_fault(name):
        raise UserError(fault)
    hashed = _hashed(name, make_up)
    _write(
        data,
        database,
        lambda session: changes.add_person(session, name, hashed, Role(role), _BY, now_ms()),
    )
    click.echo(f"{name} can sign in as {role}", err=True)


@people.command("list")
@_where
def list_people(data: Path, database: str | None) -> None:
    """Show everybody who may sign in."""
    found = _write(data, database, changes.all_people)
    if not found:
        raise UserError("there is nobody yet: lockerctl fleet people add NAME --role admin")
    rows = [(each.name, each.role, _day(each.created_ms)) for each in found]
    click.echo(text_table(("name", "role", "since"), rows))


@people.command()
@click.argument("name")
@_where
def remove(name: str, data: Path, database: str | None) -> None:
    """Let NAME in no more, from now on."""
    _write(data, database, lambda session: changes.remove_person(session, name, _BY, now_ms()))
    click.echo(f"{name} is out", err=True)


@people.command()
@click.argument("name")
@_MAKE_UP
@_where
def password(name: str, make_up: bool, data: Path, database: str | None) -> None:
    """Give NAME another password, and end where they are signed in."""
    _write(data, database, lambda session: changes.find_person(session, name))
    hashed = _hashed(name, make_up)
    _write(
        data, database, lambda session: changes.set_password(session, name, hashed, _BY, now_ms())
    )
    click.echo(f"{name} has another password", err=True)


@people.command()
@click.argument("name")
@click.argument("role", type=_ROLE)
@_where
def role(name: str, role: str, data: Path, database: str | None) -> None:
    """Make NAME a viewer, an operator or an admin."""
    _write(
        data, database, lambda session: changes.set_role(session, name, Role(role), _BY, now_ms())
    )
    click.echo(f"{name} is {role} now", err=True)


def _hashed(name: str, make_up: bool) -> str:
    """The hash of a password that is made up, asked for, or read. Raises UserError."""
    if make_up:
        chosen = secrets.token_urlsafe(15)
        click.echo(chosen)
    elif sys.stdin.isatty():
        chosen = click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True)
    else:
        chosen = sys.stdin.readline().rstrip("\r\n")
    if fault := password_fault(name, chosen):
        raise UserError(fault)
    return make_hash(chosen)


def _write(data: Path, database: str | None, work: Callable[[Session], T]) -> T:
    """Run `work` in the server's database. Raises UserError."""
    if database is None:
        # The directory holds what only its owner may read.
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        opened = Database(Settings(data, database_url=database).database)
    except (DatabaseError, OSError) as error:
        raise UserError(str(error)) from error
    try:
        return opened.write_now(work)
    finally:
        opened.close()


def _day(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at_ms / 1000))
