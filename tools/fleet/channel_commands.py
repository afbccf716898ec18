"""`lockerctl fleet channel` and `follow`: the newest release of a kind, and who follows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fleet.connection import connect, server_options
from fleet.own_client import OwnApi
from fleet.policy_commands import scope_argument
from fleet.publish import published
from lockerctl.tables import text_table

_INSTEAD = "use a rollout, or a target filter with a set that is assigned by itself"


@click.group()
def channel() -> None:
    """Channels: names for the newest release, which boards follow by themselves."""


@channel.command("list")
@server_options
def list_channels(url: str, user: str, password_file: Path | None) -> None:
    """Show channels and their releases."""
    with connect(url, user, password_file) as client:
        found = OwnApi(client, _INSTEAD).listed("channels")
    rows = [
        (
            each.text("name"),
            each.optional_text("release") or "-",
            each.optional_text("rolloutName") or "-",
            each.optional_text("rolloutStatus") or "-",
        )
        for each in found
    ]
    click.echo(text_table(("channel", "release", "rollout", ""), rows) if rows else "none yet")


@channel.command("add")
@click.argument("name")
@server_options
def add(name: str, url: str, user: str, password_file: Path | None) -> None:
    """Make channel NAME, which names no release yet."""
    with connect(url, user, password_file) as client:
        OwnApi(client, _INSTEAD).put_channel(name, {})
    click.echo(f"channel {name} is there")


@channel.command("move")
@click.argument("name")
@click.argument("version")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    type=click.FloatRange(0, 100, min_open=True),
    help="Percent of its boards to reach, again and again; 10 and then all, if none is given.",
)
@click.option("--at-once", is_flag=True, help="Without stages: one rollout to all of them now.")
@server_options
def move(
    name: str,
    version: str,
    stages: tuple[float, ...],
    at_once: bool,
    url: str,
    user: str,
    password_file: Path | None,
) -> None:
    """Let channel NAME name the published release VERSION.

    Its boards go there by a rollout: a few first, then by stages. It stops when too many fail.
    """
    with connect(url, user, password_file) as client:
        own = OwnApi(client, _INSTEAD)
        body: dict[str, Any] = {"set": published(client, version), "atOnce": at_once}
        moved = own.put_channel(name, {**body, "stages": stages} if stages else body)
    rollout = moved.optional_text("rolloutName")
    how = f"rollout {rollout!r} is {moved.text('rolloutStatus')}" if rollout else "no board waits"
    click.echo(f"channel {name} names {version}: {how}")


@channel.command("remove")
@click.argument("name")
@server_options
def remove(name: str, url: str, user: str, password_file: Path | None) -> None:
    """Forget channel NAME, which nobody follows any more."""
    with connect(url, user, password_file) as client:
        OwnApi(client, _INSTEAD).delete_channel(name)
    click.echo(f"channel {name} is gone")


@click.command()
@scope_argument
@click.argument("name", metavar="CHANNEL")
@server_options
def follow(scope: str, name: str, url: str, user: str, password_file: Path | None) -> None:
    """Let SCOPE (a board, site:NAME, or all) follow CHANNEL."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _INSTEAD).put("follows", scope, {"channel": name})
    click.echo(f"{scope.removeprefix('board:')}: follows {name} ({touched} boards)")


@click.command()
@scope_argument
@server_options
def unfollow(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Undo the `follow` of that very SCOPE."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _INSTEAD).take_back("follows", scope)
    click.echo(f"{scope.removeprefix('board:')}: follows nothing of its own ({touched} boards)")
