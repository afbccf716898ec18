"""The options that the commands about keys share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from lockerctl.errors import UserError
from lockerctl.keys.ceremony import DAYS, REPOSITORY, Ceremony, Terms
from lockerctl.keys.passphrases import VARIABLE, find_passphrases
from lockerctl.keys.rules import OFFLINE

Command = Callable[..., Any]

path_type = click.Path(path_type=Path)
offline_role = click.argument("role", type=click.Choice(OFFLINE))
passphrase_option = click.option(
    "--passphrase-file",
    type=path_type,
    help=f"File with the passphrase of all keys; or put it into {VARIABLE}. Asked for otherwise.",
)
days_option = click.option(
    "--days",
    default=DAYS,
    show_default=True,
    type=click.IntRange(1, 7300),
    help="How long what is signed is good for.",
)
_repository_option = click.option(
    "--repository",
    type=path_type,
    help="Another repository than the ceremony folder's own.",
)
_keys_option = partial(
    click.option,
    "--keys",
    "folder",
    envvar="LOCKERCTL_KEYS",
    type=path_type,
    help="Your ceremony folder.  [env: LOCKERCTL_KEYS]",
)


def ceremony_options(command: Command) -> Command:
    """Adds the folder, its repository and the passphrase; the command gets `ceremony`."""

    @_keys_option(required=True)
    @_repository_option
    @passphrase_option
    @wraps(command)
    def wrapped(
        folder: Path, repository: Path | None, passphrase_file: Path | None, **others: Any
    ) -> Any:
        passphrases = find_passphrases(passphrase_file)
        return command(ceremony=Ceremony(folder, passphrases, repository), **others)

    return wrapped


def repository_options(command: Command) -> Command:
    """Adds the folder and its repository; the command gets the latter's path, or None."""

    @_keys_option()
    @_repository_option
    @wraps(command)
    def wrapped(folder: Path | None, repository: Path | None, **others: Any) -> Any:
        chosen = repository or (folder / REPOSITORY if folder else None)
        return command(repository=chosen, **others)

    return wrapped


def required(repository: Path | None) -> Path:
    """The path that `repository_options` found. Raises UserError."""
    if repository is None:
        raise UserError("which repository? Give --keys FOLDER, or --repository")
    return repository


def signing_options(command: Command) -> Command:
    """Adds how something is signed; the command gets `terms`."""

    @days_option
    @click.option("--signer", "signers", multiple=True, help="Sign with this key here; repeatable.")
    @click.option(
        "--request", type=path_type, help="Where to put what others have to sign as well."
    )
    @wraps(command)
    def wrapped(days: int, signers: tuple[str, ...], request: Path | None, **others: Any) -> Any:
        return command(terms=Terms(days, signers, request), **others)

    return wrapped


def tell(lines: list[str]) -> None:
    """One line each on the terminal."""
    for line in lines:
        click.echo(line)
