"""`lockerctl key request`, `sign`, `apply`: a change that several people sign, each at home."""

from __future__ import annotations

from pathlib import Path

import click
from tuf.api.metadata import Targets

from lockerctl.errors import UserError
from lockerctl.keys.ceremony import Ceremony
from lockerctl.keys.changes import Change
from lockerctl.keys.describe import change_lines, utc_now
from lockerctl.keys.options import ceremony_options, path_type, tell
from lockerctl.keys.request import load_request, save_request
from lockerctl.keys.rules import title
from lockerctl.keys.trusted import Trusted


@click.command("request")
@click.argument("file", type=path_type)
def request(file: Path) -> None:
    """Tell what the signing request in FILE would change, and whose signatures it lacks."""
    tell(_lines(load_request(file), None))


@click.command("sign")
@click.argument("file", type=path_type)
@click.option("--signer", "signers", multiple=True, help="Sign with this key here; repeatable.")
@ceremony_options
def sign(file: Path, signers: tuple[str, ...], ceremony: Ceremony) -> None:
    """Sign the request in FILE with your keys: look first, with key request FILE."""
    change = load_request(file)
    known = ceremony.trusted() if ceremony.repository.path.is_dir() else None
    if known:
        _check_fresh(change, known, file)
    used = ceremony.sign(change, signers)
    if not used:
        wanted = change.missing()
        reason = (
            f"{wanted[0]}, and they are not there" if wanted else "it is signed by all it needs"
        )
        raise UserError(f"{ceremony.keys.path}: nothing to sign: {reason}")
    save_request(change, file)
    tell([f"{file}: signed by {', '.join(key.name for key in used)}"])
    tell(_lines(change, known.targets.signed if known else None))


@click.command("apply")
@click.argument("files", nargs=-1, required=True, type=path_type)
@ceremony_options
def apply(files: tuple[Path, ...], ceremony: Ceremony) -> None:
    """Put a change that is signed into the repository; several FILES are copies of one request."""
    change = load_request(files[0])
    for file in files[1:]:
        change.merge(load_request(file))
    _check_fresh(change, ceremony.trusted(), files[0])
    missing = change.missing()
    if missing:
        raise UserError(f"{files[0]}: {missing[0]}: let more people sign it")
    change.tidy()
    tell(ceremony.put(change))


def _lines(change: Change, targets_now: Targets | None) -> list[str]:
    return list(change_lines(change, targets_now, utc_now()))


def _check_fresh(change: Change, known: Trusted, file: Path) -> None:
    """Raise UserError unless the change follows what this repository has."""
    assert change.previous is not None
    root, targets = known.root.signed, known.targets.signed
    if change.previous.signed != root:
        raise UserError(
            f"{file}: follows {title(change.previous.signed)}, and the repository here has "
            f"{title(root)}: make a new request"
        )
    if change.targets and change.targets.signed.version != targets.version + 1:
        raise UserError(
            f"{file}: {title(change.targets.signed)} does not follow {title(targets)} of the "
            "repository here: make a new request"
        )
