"""`lockerctl fleet pause`, `window`, `hold` and so on: what operators decide about boards.

SCOPE is a board's id, `site:NAME`, or `all`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from fleet.answers import Answer
from fleet.connection import connect, server_options
from fleet.own_client import OwnApi
from lockerctl.tables import text_table

_PREFIXES = ("site:", "board:")
_NO_PAUSE = "pause its rollout (lockerctl fleet rollout pause), or cancel the update"
_NO_WINDOW = "give each assignment a maintenance window of its own"
_NO_HOLD = "leave the board out of rollouts and target filters"
_NO_RETRY = "assign the release once more"
_NO_CHECK = "look at it in hawkBit, and request its attributes there"
_NO_WHY = "look at the board's actions there"
_NO_AUDIT = "look into hawkBit's own log"


class Scope(click.ParamType[str]):
    """A scope as people type it, into one of the API's."""

    name = "scope"

    def convert(
        self,
        value: str,
        param: click.Parameter | None,  # noqa: ARG002 (click's signature)
        ctx: click.Context | None,  # noqa: ARG002
    ) -> str:
        return value if value == "all" or value.startswith(_PREFIXES) else f"board:{value}"


scope_argument = click.argument("scope", type=Scope())


@click.command()
@scope_argument
@click.option("--reason", default="", help="For those who wonder.")
@server_options
def pause(scope: str, reason: str, url: str, user: str, password_file: Path | None) -> None:
    """Let SCOPE neither download nor install: a board, site:NAME, or all."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_PAUSE).put("pauses", scope, {"reason": reason})
    _tell(scope, "paused", touched)


@click.command()
@scope_argument
@server_options
def resume(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Undo the pause of that very SCOPE."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_PAUSE).take_back("pauses", scope)
    _tell(scope, "may go on", touched)


@click.command()
@scope_argument
@server_options
def hold(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Keep SCOPE at what it runs; an update under way is asked to end."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_HOLD).put("holds", scope, {})
    _tell(scope, "held", touched)


@click.command()
@scope_argument
@server_options
def unhold(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Let SCOPE be updated again."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_HOLD).take_back("holds", scope)
    _tell(scope, "held no more", touched)


@click.command()
@scope_argument
@server_options
def check(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Ask SCOPE what it runs at its next poll, and decide anew what it is offered."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_CHECK).tell("checks", scope)
    _tell(scope, "asked at the next poll", touched)


@click.command()
@scope_argument
@server_options
def retry(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Try updates of SCOPE that failed, or that boards fell back from, once more."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_RETRY).tell("retries", scope)
    _tell(scope, "tried once more", touched)


@click.group()
def window() -> None:
    """When boards may install."""


@window.command("set")
@scope_argument
@click.option(
    "--schedule", required=True, help="Quartz cron: second minute hour day month weekday."
)
@click.option("--duration", required=True, help="HH:MM:SS, less than a day.")
@click.option("--zone", required=True, help="Time zone, such as Europe/Berlin.")
@server_options
def set_window(
    scope: str,
    schedule: str,
    duration: str,
    zone: str,
    url: str,
    user: str,
    password_file: Path | None,
) -> None:
    """Let SCOPE install only then: --schedule '0 0 2 ? * MON-FRI' --duration 03:00:00."""
    body = {"schedule": schedule, "duration": duration, "zone": zone}
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_WINDOW).put("windows", scope, body)
    _tell(scope, "has that window", touched)


@window.command("clear")
@scope_argument
@server_options
def clear_window(scope: str, url: str, user: str, password_file: Path | None) -> None:
    """Take the window of that very SCOPE away."""
    with connect(url, user, password_file) as client:
        touched = OwnApi(client, _NO_WINDOW).take_back("windows", scope)
    _tell(scope, "has no window of its own", touched)


@click.command()
@server_options
def policies(url: str, user: str, password_file: Path | None) -> None:
    """Show what is decided for boards, sites and all."""
    with connect(url, user, password_file) as client:
        own = OwnApi(client, "there is nothing to show")
        rows = [
            (each.text("scope"), kind, told(each))
            for kind, (path, told) in _KINDS.items()
            for each in own.listed(path)
        ]
    if rows:
        click.echo(text_table(("scope", "is", ""), sorted(rows)))
    else:
        click.echo("nothing is decided for any board")


@click.command()
@click.argument("board")
@server_options
def why(board: str, url: str, user: str, password_file: Path | None) -> None:
    """Say why BOARD is offered what it is offered."""
    with connect(url, user, password_file) as client:
        found = OwnApi(client, _NO_WHY).board(board)
    channel = found.optional_text("channel") or "none"
    click.echo(f"{board} (channel {channel}) {found.optional_text('why') or 'is new here'}")
    if scope := found.part("paused").optional_text("scope"):
        click.echo(f"paused: {scope}")
    if not found.part("window").is_empty():
        click.echo(f"window: {_window(found.part('window'))}")


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500))
@server_options
def audit(limit: int, url: str, user: str, password_file: Path | None) -> None:
    """Show who did what, the newest first."""
    with connect(url, user, password_file) as client:
        found = OwnApi(client, _NO_AUDIT).audit(limit)
    rows = [
        (_moment(each.number("at")), *(each.text(name) for name in _AUDIT_COLUMNS))
        for each in found
    ]
    click.echo(text_table(("when", *_AUDIT_COLUMNS), rows))


POLICY_COMMANDS = (pause, resume, hold, unhold, check, retry, window, policies, why, audit)
_AUDIT_COLUMNS = ("who", "what", "subject", "detail")


def _tell(scope: str, what: str, touched: int) -> None:
    click.echo(f"{scope.removeprefix('board:')}: {what} ({touched} board{'s'[: touched != 1]})")


def _pause(each: Answer) -> str:
    reason = each.optional_text("reason")
    return f"by {each.text('by')}, {_moment(each.number('at'))}{f': {reason}' if reason else ''}"


def _window(each: Answer) -> str:
    state = "open" if each.is_true("open") else "closed"
    texts = " ".join(each.text(name) for name in ("schedule", "duration", "zone"))
    return f"{texts}, {state} now"


_KINDS: dict[str, tuple[str, Callable[[Answer], str]]] = {
    "paused": ("pauses", _pause),
    "window": ("windows", _window),
    "follows": ("follows", lambda each: each.text("channel")),
    "held": ("holds", lambda _each: ""),
}


def _moment(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_ms / 1000))
