"""`lockerctl fleet`: run the update server, and see and steer the boards of one."""

from __future__ import annotations

import os
import shlex
import signal
import time
from itertools import islice
from pathlib import Path

import click

from fleet.answers import TargetInfo
from fleet.channel_commands import channel, follow, unfollow
from fleet.client import FleetClient
from fleet.connection import connect, server_options
from fleet.move_commands import add_boards, tokens
from fleet.own_client import OwnApi
from fleet.people.commands import people
from fleet.policy_commands import POLICY_COMMANDS
from fleet.publish_commands import assign
from fleet.rollout_commands import rollout
from fleet.sealing import SealError
from fleet.server import FleetServer, StartError
from fleet.settings import Settings, Tls, parse_clock
from fleet.store.engine import DatabaseError
from fleet.trust.settings import TrustSettings
from lockerctl.errors import UserError
from lockerctl.tables import text_table

_COLUMNS = ("board", "state", "release", "slot", "last contact", "action", "message")
_MESSAGE_WIDTH = 60
# Variable of the environment.
_ADMIN = "FLEET_ADMIN_PASSWORD"


@click.group()
def fleet() -> None:
    """The update server, and the boards that it knows."""


@fleet.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--data",
    default="build/fleet",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Directory for database and artifacts.",
)
@click.option(
    "--database",
    envvar="FLEET_DATABASE",
    help="Another database than SQLite in there: an SQLAlchemy URL.  [env: FLEET_DATABASE]",
)
@click.option("--poll", default="00:05:00", show_default=True, help="How often boards ask.")
@click.option("--tenant", default="DEFAULT", show_default=True, help="First part of boards' URLs.")
@click.option(
    "--online-keys",
    type=click.Path(path_type=Path),
    help="Offer a TUF repository, whose snapshot and timestamp these keys sign.",
)
@click.option(
    "--repository",
    type=click.Path(path_type=Path),
    help="Its folder; DATA/tuf by default.",
)
@click.option(
    "--tls-cert",
    type=click.Path(path_type=Path),
    help="Speak TLS: PEM file with the certificate and those above it.",
)
@click.option("--tls-key", type=click.Path(path_type=Path), help="PEM file with its private key.")
@click.option(
    "--token-key",
    type=click.Path(path_type=Path),
    help="File with the key that seals boards' tokens; DATA/tokens.key by default.",
)
def serve(
    host: str,
    port: int,
    data: Path,
    database: str | None,
    poll: str,
    tenant: str,
    online_keys: Path | None,
    repository: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    token_key: Path | None,
) -> None:
    """Run the update server until SIGTERM or Ctrl-C.

    People are added with `lockerctl fleet people`; FLEET_ADMIN_PASSWORD of the environment lets
    a person "admin" in besides. FLEET_GATEWAY_TOKEN lets a gateway speak for any board.
    """
    if repository and not online_keys:
        raise UserError("--repository needs --online-keys: who else would sign the timestamp?")
    trust = TrustSettings(repository or data / "tuf", online_keys) if online_keys else None
    settings = Settings(
        data,
        database_url=database,
        tenant=tenant,
        poll_s=_poll_s(poll),
        gateway_token=os.environ.get("FLEET_GATEWAY_TOKEN"),
        trust=trust,
        token_key=token_key,
        tls=_tls(tls_cert, tls_key),
    )
    server = _server(host, port, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.finish)
    click.echo(f"update server at {server.url}, its page at {server.url}/ui")
    if server.known_to_nobody:
        click.echo(f"nobody can sign in yet: {_first_admin(data, database)} makes the first admin")
    try:
        server.run()
    except StartError as error:
        raise UserError(str(error)) from error


@fleet.command()
@click.argument("boards", nargs=-1)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(min=1))
@server_options
def status(
    boards: tuple[str, ...], limit: int, url: str, user: str, password_file: Path | None
) -> None:
    """Show all BOARDS or those named: what they run, and how their updates stand."""
    names = ",".join(f'"{each}"' for each in boards)
    with connect(url, user, password_file) as client:
        targets = client.targets(f"controllerid=in=({names})" if boards else None)
        rows = [_row(client, each) for each in islice(targets, limit)]
        more = next(targets, None) is not None
    if not rows:
        raise UserError("there are no such boards: lockerctl fleet add-board makes one known")
    click.echo(text_table(_COLUMNS, rows))
    if more:
        click.echo(f"and more than these {limit}: name boards, or raise --limit")


@fleet.command("add-board")
@click.argument("board")
@click.option("--token", help="Its token; the server makes one up otherwise.")
@click.option("--site", help="Where it is: pauses, windows and channels can be for a site.")
@server_options
def add_board(
    board: str,
    token: str | None,
    site: str | None,
    url: str,
    user: str,
    password_file: Path | None,
) -> None:
    """Make BOARD known to the server and print its token."""
    with connect(url, user, password_file) as client:
        click.echo(client.create_target(board, token, site).token)


@fleet.command()
@click.argument("name")
@click.argument("boards", nargs=-1, required=True)
@server_options
def site(
    name: str, boards: tuple[str, ...], url: str, user: str, password_file: Path | None
) -> None:
    """Put BOARDS at the site NAME: what is decided for it holds for them. '' is no site."""
    with connect(url, user, password_file) as client:
        OwnApi(client, "assign them to a target group there")
        for each in boards:
            client.put_at_site(each, name)
    where = f"at {name} now" if name else "at no site now"
    click.echo(f"{', '.join(boards)}: {where}")


@fleet.command()
@click.argument("board")
@click.option("--force", is_flag=True, help="End it without the board, if that was asked already.")
@server_options
def cancel(board: str, force: bool, url: str, user: str, password_file: Path | None) -> None:
    """Ask BOARD to give up the update that is under way."""
    with connect(url, user, password_file) as client:
        active = [each for each in client.actions(board) if each.active]
        if not active:
            raise UserError(f"{board} has no update under way")
        client.cancel(board, active[0].id, force=force)
        click.echo(f"{board}: {'ended' if force else 'asked to give up'} {active[0].release}")


_MORE = (assign, people, rollout, channel, follow, unfollow, tokens, add_boards)
for each in (*_MORE, *POLICY_COMMANDS):
    fleet.add_command(each)


def _server(host: str, port: int, settings: Settings) -> FleetServer:
    admin = os.environ.get(_ADMIN)
    try:
        return FleetServer(settings.data, host=host, port=port, admin=admin, settings=settings)
    except (StartError, DatabaseError, SealError, OSError) as error:
        raise UserError(str(error)) from error


def _tls(certificate: Path | None, key: Path | None) -> Tls | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise UserError("TLS takes both, --tls-cert and --tls-key")
    return Tls(certificate, key)


def _poll_s(text: str) -> int:
    try:
        return parse_clock(text)
    except ValueError as error:
        raise UserError(f"--poll: {error}") from error


def _first_admin(data: Path, database: str | None) -> str:
    add = "lockerctl fleet people add NAME --role admin"
    if database:
        return f"`{add}`, with its URL in FLEET_DATABASE,"
    return f"`{add} --data {shlex.quote(str(data))}`"


def _row(client: FleetClient, target: TargetInfo) -> tuple[str, ...]:
    attributes = client.attributes(target.id)
    actions = client.actions(target.id, limit=1)
    state, message = "-", ""
    if actions:
        state = f"{actions[0].release.rpartition(':')[2]} {actions[0].status}"
        history = client.history(target.id, actions[0].id, limit=1)
        message = " / ".join(history[0].messages) if history else ""
    return (
        target.id,
        target.state,
        attributes.get("release", "?"),
        attributes.get("slot", "?"),
        _ago(target.last_contact_ms),
        state,
        message[:_MESSAGE_WIDTH],
    )


def _ago(at_ms: int | None) -> str:
    if at_ms is None:
        return "never"
    seconds = max(int(time.time() - at_ms / 1000), 0)
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
