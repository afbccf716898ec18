"""`lockerctl fleet rollout`: a release on its way to many boards, by our server or a hawkBit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fleet.connection import connect, server_options
from fleet.publish import published
from fleet.rollout_client import GroupInfo, RolloutInfo, Rollouts
from lockerctl.tables import text_table

_COLUMNS = ("group", "state", "boards", "running", "done", "failed", "waiting")


@click.group()
def rollout() -> None:
    """Rollouts: a release for many boards, group by group."""


@rollout.command("create")
@click.argument("name")
@click.argument("version")
@click.option("--query", required=True, help="RSQL: which boards, such as 'group==hall'.")
@click.option("--groups", default=1, show_default=True, type=click.IntRange(1, 500))
@click.option("--success", default=80, show_default=True, type=click.IntRange(0, 100))
@click.option("--error", default=10, show_default=True, type=click.IntRange(0, 100))
@click.option("--first", type=click.FloatRange(0, 100, min_open=True, max_open=True))
@click.option("--soft", is_flag=True, help="Let boards put it off.")
@click.option("--start", is_flag=True, help="Start it at once.")
@server_options
def create(
    name: str,
    version: str,
    query: str,
    groups: int,
    success: int,
    error: int,
    first: float | None,
    soft: bool,
    start: bool,
    url: str,
    user: str,
    password_file: Path | None,
) -> None:
    """Make rollout NAME of the published release VERSION.

    A group begins when --success percent of the one before have it, and everything pauses when
    more than --error percent of a group fail. --first is a small group, in percent, before the
    others; our server makes one by itself for a new core.
    """
    body: dict[str, Any] = {
        "name": name,
        "targetFilterQuery": query,
        "type": "soft" if soft else "forced",
        "successCondition": {"condition": "THRESHOLD", "expression": str(success)},
        "successAction": {"action": "NEXTGROUP", "expression": ""},
        "errorCondition": {"condition": "THRESHOLD", "expression": str(error)},
        "errorAction": {"action": "PAUSE", "expression": ""},
    }
    if first is None:
        body["amountGroups"] = groups
    else:
        share = (100 - first) / groups
        rest = [{"name": f"group-{n}", "targetPercentage": share} for n in range(1, groups)]
        last = {"name": f"group-{groups}", "targetPercentage": 100}
        body["groups"] = [{"name": "first", "targetPercentage": first}, *rest, last]
    with connect(url, user, password_file) as client:
        rollouts = Rollouts(client)
        made = rollouts.create({**body, "distributionSetId": published(client, version)})
        made = rollouts.settled(made)
        if start:
            rollouts.tell(made, "start")
    state = "started" if start else made.status
    click.echo(f"rollout {name} of {version} to {made.total} boards: {state}")


@rollout.command("list")
@server_options
def list_rollouts(url: str, user: str, password_file: Path | None) -> None:
    """Show all rollouts."""
    with connect(url, user, password_file) as client:
        rows = [(each.name, each.status, str(each.total)) for each in Rollouts(client).all()]
    click.echo(text_table(("rollout", "state", "boards"), rows) if rows else "none yet")


@rollout.command("show")
@click.argument("name")
@server_options
def show(name: str, url: str, user: str, password_file: Path | None) -> None:
    """Show how rollout NAME stands, group by group."""
    with connect(url, user, password_file) as client:
        rollouts = Rollouts(client)
        found = rollouts.find(name)
        groups = rollouts.groups(found)
    click.echo(f"{found.name}: {found.status}{f' ({found.why})' if found.why else ''}")
    click.echo(text_table(_COLUMNS, [_row(each) for each in groups]))


@rollout.command("approve")
@click.argument("name")
@click.option("--remark")
@server_options
def approve(name: str, remark: str | None, url: str, user: str, password_file: Path | None) -> None:
    """Let rollout NAME be started."""
    _told(name, "approve", remark, url, user, password_file)


@rollout.command("deny")
@click.argument("name")
@click.option("--remark")
@server_options
def deny(name: str, remark: str | None, url: str, user: str, password_file: Path | None) -> None:
    """Let rollout NAME not be started."""
    _told(name, "deny", remark, url, user, password_file)


def _command(name: str, command: str, text: str) -> Callable[..., None]:
    def tell(name: str, url: str, user: str, password_file: Path | None) -> None:
        _told(name, command, None, url, user, password_file)

    decorated = server_options(click.argument("name")(tell))
    rollout.command(name, help=text)(decorated)
    return decorated


_command("start", "start", "Start rollout NAME.")
_command("pause", "pause", "Let no further group of NAME begin; who has begun goes on.")
_command("resume", "resume", "Let NAME go on, with the next group if a threshold had paused it.")
_command("stop", "stop", "End NAME for good; who has begun is asked to give up.")
_command("next", "triggerNextGroup", "Begin the next group of NAME now.")


def _told(
    name: str,
    command: str,
    remark: str | None,
    url: str,
    user: str,
    password_file: Path | None,
) -> None:
    with connect(url, user, password_file) as client:
        rollouts = Rollouts(client)
        found: RolloutInfo = rollouts.find(name)
        rollouts.tell(found, command, remark)
        click.echo(f"{name}: {rollouts.find(name).status}")


def _row(group: GroupInfo) -> tuple[str, ...]:
    counts = group.counts
    waiting = counts["scheduled"] + counts["notstarted"]
    numbers = (group.total, counts["running"], counts["finished"], counts["error"], waiting)
    return (group.name, group.status, *map(str, numbers))
