"""`lockerctl key rotate`, `add-signer`, `remove-signer`, `replace-online`, `renew`."""

from __future__ import annotations

from pathlib import Path

import click

from lockerctl.keys import actions
from lockerctl.keys.ceremony import Ceremony, Terms
from lockerctl.keys.folder import read_public
from lockerctl.keys.options import (
    ceremony_options,
    offline_role,
    path_type,
    signing_options,
    tell,
)

_threshold = click.option(
    "--threshold",
    type=click.IntRange(1, 8),
    help="How many signatures the role needs from now on.",
)


@click.command("rotate")
@offline_role
@click.option("--old", multiple=True, help="The key to replace, repeatable; all by default.")
@click.option("--new", multiple=True, type=path_type, help="A .pub to trust; made here otherwise.")
@ceremony_options
@signing_options
def rotate(
    role: str, old: tuple[str, ...], new: tuple[Path, ...], ceremony: Ceremony, terms: Terms
) -> None:
    """Replace keys of ROLE by new ones."""
    tell(actions.rotate(ceremony, role, old, [read_public(path) for path in new], terms))


@click.command("add-signer")
@offline_role
@click.argument("public", required=False, type=path_type)
@_threshold
@ceremony_options
@signing_options
def add_signer(
    role: str, public: Path | None, threshold: int | None, ceremony: Ceremony, terms: Terms
) -> None:
    """Let one more key sign for ROLE: the PUBLIC file that somebody sent, or a new one here."""
    new = read_public(public) if public else None
    tell(actions.add_signer(ceremony, role, new, threshold, terms))


@click.command("remove-signer")
@offline_role
@click.argument("key")
@_threshold
@ceremony_options
@signing_options
def remove_signer(
    role: str, key: str, threshold: int | None, ceremony: Ceremony, terms: Terms
) -> None:
    """Let KEY, a name or the start of an id, sign for ROLE no more."""
    tell(actions.remove_signer(ceremony, role, key, threshold, terms))


@click.command("replace-online")
@ceremony_options
@signing_options
def replace_online(ceremony: Ceremony, terms: Terms) -> None:
    """Replace the server's snapshot and timestamp keys by new ones."""
    tell(actions.replace_online(ceremony, terms))
    click.echo(f"next: the new keys in {ceremony.online.path} to the server, then key publish")


@click.command("renew")
@offline_role
@ceremony_options
@signing_options
def renew(role: str, ceremony: Ceremony, terms: Terms) -> None:
    """Sign ROLE's metadata anew, as it is, before it expires."""
    tell(actions.renew(ceremony, role, terms))
