"""`lockerctl key publish` and `fetch`: trusted metadata on its way to the server, and back."""

from __future__ import annotations

from pathlib import Path

import click

from fleet.client import FleetClient
from fleet.connection import connect, server_options
from fleet.trust.bundle import bundle_of
from fleet.trust.fetching import fetch_repository
from lockerctl.core import read_file
from lockerctl.keys.options import path_type, repository_options, required, tell
from lockerctl.keys.repository import Repository
from lockerctl.keys.trusted import load_trusted


@click.command("publish")
@repository_options
@server_options
def publish(repository: Path | None, url: str, user: str, password_file: Path | None) -> None:
    """Bring what is signed to the update server: roots, targets, the manifests on offer."""
    with connect(url, user, password_file) as client:
        click.echo(publish_trust(client, required(repository)))


@click.command("fetch")
@repository_options
@click.option("--tuf-url", help="Where boards find the repository; the server's /tuf by default.")
@click.option("--root", type=path_type, help="The very first 1.root.json, for an empty copy.")
@click.option(
    "--fleet", "url", envvar="LOCKERCTL_FLEET", default="http://127.0.0.1:8080", show_default=True
)
def fetch(repository: Path | None, tuf_url: str | None, root: Path | None, url: str) -> None:
    """Get what others have published, verified, before you sign something new."""
    copy = Repository(required(repository))
    source = (tuf_url or f"{url.rstrip('/')}/tuf").rstrip("/")
    new = fetch_repository(copy, source, read_file(root) if root else None)
    tell([f"{copy.path / name}: new" for name in new] or ["nothing new"])


def publish_trust(client: FleetClient, path: Path) -> str:
    """Publish the repository at `path`; what the server offers now, for people.

    Raises UserError.
    """
    repository = Repository(path)
    trusted = load_trusted(repository)
    answer = client.publish_trust(bundle_of(repository, trusted))
    return f"root {answer.number('root')} and targets {answer.number('targets')} are published"
