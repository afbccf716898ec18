"""`lockerctl key init`, `make`, `show`: where keys come from, and who is trusted."""

from __future__ import annotations

from pathlib import Path

import click

from lockerctl.keys.ceremony import Ceremony, Plan, begin
from lockerctl.keys.describe import life, trust_lines, utc_now, warnings
from lockerctl.keys.keyfiles import KINDS
from lockerctl.keys.options import (
    ceremony_options,
    days_option,
    passphrase_option,
    path_type,
    tell,
)
from lockerctl.keys.passphrases import find_passphrases
from lockerctl.keys.rules import ROOT, TARGETS

_count = click.IntRange(1, 8)
_kind_option = click.option(
    "--type", "kind", default=KINDS[0], show_default=True, type=click.Choice(KINDS)
)


@click.command("init")
@click.argument("directory", type=path_type)
@_kind_option
@click.option("--root-keys", default=1, show_default=True, type=_count)
@click.option("--root-threshold", type=_count, help="More than half by default.")
@click.option("--targets-keys", default=1, show_default=True, type=_count)
@click.option("--targets-threshold", type=_count, help="More than half by default.")
@days_option
@passphrase_option
def init(
    directory: Path,
    kind: str,
    root_keys: int,
    root_threshold: int | None,
    targets_keys: int,
    targets_threshold: int | None,
    days: int,
    passphrase_file: Path | None,
) -> None:
    """The first ceremony: make all keys and the first trusted metadata, in a new DIRECTORY."""
    plan = Plan(
        kind,
        {ROOT: root_keys, TARGETS: targets_keys},
        {ROOT: root_threshold, TARGETS: targets_threshold},
        days,
    )
    begin(directory, plan, find_passphrases(passphrase_file))
    tell(
        [
            f"{directory}/keys: root and targets keys, encrypted: keep them offline, and a copy",
            f"{directory}/online: snapshot and timestamp keys: the .pem files go to the server",
            f"{directory}/repository: what boards get to see; 1.root.json goes into their images",
        ]
    )


@click.command("make")
@click.argument("name")
@_kind_option
@ceremony_options
def make(name: str, kind: str, ceremony: Ceremony) -> None:
    """Make a key pair NAME of your own; others let it sign with key add-signer."""
    key = ceremony.keys.make(name, kind)
    click.echo(f"{key.path.with_suffix('.pub')}: {key.public.scheme} {key.id}: hand this file on")


@click.command("show")
@ceremony_options
def show(ceremony: Ceremony) -> None:
    """Tell who is trusted: roles, keys, thresholds, expiry, and what is on offer."""
    now = utc_now()
    trusted = ceremony.trusted()
    here = {key.id: key.name for key in (*ceremony.keys.held(), *ceremony.online.held())}
    away = {key_id: f"{name} (not here)" for key_id, name in ceremony.names().items()}
    tell(trust_lines(trusted.root.signed, {**away, **here}, now))
    tell([life(trusted.targets.signed, now)])
    tell([f"  on offer: {path}" for path in trusted.entries()] or ["  nothing on offer"])
    idle = sorted(here[key_id] for key_id in set(here) - set(trusted.root.signed.keys))
    tell([f"here, but trusted for nothing: {name}" for name in idle])
    for line in warnings(trusted, now):
        click.echo(f"warning: {line}", err=True)
