"""`lockerctl release publish` and `assign`: a release on its way to the boards."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fleet.connection import connect, server_options
from fleet.publish import File, Progress, publish_release, published
from fleet.trust.commands import publish_trust
from lockerctl.keys.offers import check_on_offer
from lockerctl.keys.options import repository_options
from lockerctl.keys.repository import Repository
from lockerctl.keys.trusted import load_trusted
from lockerctl.release_dir import load_release


@click.command("publish")
@click.argument("directory", type=click.Path(path_type=Path))
@repository_options
@server_options
def publish(
    directory: Path, repository: Path | None, url: str, user: str, password_file: Path | None
) -> None:
    """Bring the release in DIRECTORY to the update server, and what boards need to trust it.

    Uploads only what the server does not have, and may be repeated at will.
    """
    release = load_release(directory)
    if repository:
        check_on_offer(load_trusted(Repository(repository)), release)
    with connect(url, user, password_file) as client:
        if repository:
            click.echo(publish_trust(client, repository), err=True)
        result = publish_release(client, release, _Shown().progress())
    version = release.manifest.version
    if not result.new and not result.uploaded_bytes:
        click.echo(f"release {version} is on the server already")
    else:
        click.echo(f"release {version} published, {result.uploaded_bytes} bytes uploaded")


@click.command("assign")
@click.argument("board")
@click.argument("version")
@click.option("--soft", is_flag=True, help="Let the board put it off.")
@server_options
def assign(
    board: str, version: str, soft: bool, url: str, user: str, password_file: Path | None
) -> None:
    """Give BOARD the published release VERSION."""
    with connect(url, user, password_file) as client:
        set_id = published(client, version)
        action_id = client.assign(board, set_id, "soft" if soft else "forced")
    if action_id is None:
        click.echo(f"{board} is assigned {version} already")
    else:
        click.echo(f"{board} is assigned {version} (action {action_id})")


class _Shown:
    """Progress on the terminal: one line a file, drawn anew while it is sent."""

    def __init__(self) -> None:
        self._file: File | None = None
        self._sent = 0
        self._live = sys.stderr.isatty()

    def progress(self) -> Progress:
        return Progress(known=self._known, begin=self._begin, sent=self._count)

    def _known(self, file: File) -> None:
        click.echo(f"{file.filename} {file.version}: there already", err=True)

    def _begin(self, file: File) -> None:
        self._file, self._sent = file, 0
        if not self._live:
            click.echo(f"{file.filename} {file.version}: {len(file.data)} bytes", err=True)

    def _count(self, count: int) -> None:
        if self._file is None or not self._live:
            return
        self._sent += count
        total = len(self._file.data)
        done = self._sent >= total and not count
        text = f"\r{self._file.filename} {self._file.version}: {self._sent} of {total} bytes"
        click.echo(text, err=True, nl=done)
