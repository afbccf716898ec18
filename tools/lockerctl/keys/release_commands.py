"""`lockerctl release sign` and `withdraw`: what is on offer, signed by the targets keys."""

from __future__ import annotations

from pathlib import Path

import click

from lockerctl.keys.ceremony import Ceremony, Terms
from lockerctl.keys.offers import KEEP, sign_release, withdraw_release
from lockerctl.keys.options import ceremony_options, path_type, signing_options, tell
from lockerctl.release_dir import load_release


@click.command("sign")
@click.argument("directory", type=path_type)
@click.option(
    "--keep",
    default=KEEP,
    show_default=True,
    type=click.IntRange(1, 40),
    help="How many releases stay on offer, this one included.",
)
@ceremony_options
@signing_options
def sign(directory: Path, keep: int, ceremony: Ceremony, terms: Terms) -> None:
    """Put the release in DIRECTORY on offer: boards take it from now on."""
    tell(sign_release(ceremony, load_release(directory), keep, terms))


@click.command("withdraw")
@click.argument("version")
@ceremony_options
@signing_options
def withdraw(version: str, ceremony: Ceremony, terms: Terms) -> None:
    """Offer release VERSION no more. Boards that have it keep it."""
    tell(withdraw_release(ceremony, version, terms))
