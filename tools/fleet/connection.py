"""The options by which every command finds the server, and its operator's password."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fleet.client import FleetClient
from lockerctl.errors import UserError

_OPTIONS = (
    click.option(
        "--fleet",
        "url",
        envvar="LOCKERCTL_FLEET",
        default="http://127.0.0.1:8080",
        show_default=True,
        help="The update server.  [env: LOCKERCTL_FLEET]",
    ),
    click.option(
        "--user",
        envvar="LOCKERCTL_FLEET_USER",
        default="admin",
        show_default=True,
        help="Who you are there.  [env: LOCKERCTL_FLEET_USER]",
    ),
    click.option(
        "--password-file",
        envvar="LOCKERCTL_FLEET_PASSWORD_FILE",
        type=click.Path(path_type=Path),
        help="File with the password; or put it into LOCKERCTL_FLEET_PASSWORD.",
    ),
)


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `url`, `user` and `password_file` to a command, for `connect`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def connect(url: str, user: str, password_file: Path | None) -> FleetClient:
    """A client for the server that the options name. Raises UserError."""
    return FleetClient(url, user, read_password(password_file))


def read_password(path: Path | None) -> str:
    """The password from a file, or from the environment. Raises UserError."""
    if path is None:
        return _password_of_environment()
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UserError(f"password file {path}: {reason}") from error


def _password_of_environment() -> str:
    password = os.environ.get("LOCKERCTL_FLEET_PASSWORD")
    if not password:
        raise UserError(
            "no password for the update server: give --password-file, or set "
            "LOCKERCTL_FLEET_PASSWORD"
        )
    return password
