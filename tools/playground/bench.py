"""The cabinet on the bench: a server with keys of its own, and a board fresh from production."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.teller import Teller
from demo.terminal import Terminal
from fleet.client import FleetClient
from fleet.server import FleetServer
from fleet.settings import Settings
from fleet.trust.settings import TrustSettings
from lockerctl.errors import UserError
from lockerctl.files import locked
from lockerctl.profile_uses import all_doors
from lockerctl.profiles import load_profile
from playground.fingers import Fingers
from playground.updates import Updates
from playground.view import View
from virtualboard.board import VirtualBoard

BOARD = "cabinet-0001"
_FIRST = "1.0.0"
_NETWORK = "PICSimLabWifi"
_POLL_S = 1
# Seconds where a cabinet in the field takes minutes and hours; short codes, for they are a game.
_SETTINGS = ("healthy_s=5", "quiet_s=3", "backoff_s=1", "code_digits=4")
_MADE = ("assets", "releases", "fleet", "keys", "tuf")
# Known to everybody who plays with it.
CODES = {"service": "135790", "courier": "246802"}
_SECRETS = ("admin.password", "passphrase", "token")


@dataclass(frozen=True)
class Options:
    """`out`: the folder of all that is made, anew each time. `profile`: model of the board."""

    out: Path
    profile: str
    heap_bytes: int
    language: str
    mode: str
    verbose: bool = False


@dataclass(frozen=True)
class Bench:
    """What the page shows and works."""

    board: VirtualBoard
    server: FleetServer
    view: View
    fingers: Fingers
    updates: Updates
    password_file: Path
    mode: str


@contextmanager
def open_bench(options: Options) -> Iterator[Bench]:
    """Set everything up; the board is switched on. Raises what the parts raise: UserError."""
    out = options.out
    profile = load_profile(options.profile)
    with ExitStack() as stack:
        _claim(out, stack)
        terminal = Terminal(Teller(options.verbose))
        server = stack.enter_context(_server(out, terminal))
        password = (out / "admin.password").read_text().strip()
        client = stack.enter_context(FleetClient(server.url, "admin", password))
        image = _produce(options, terminal, server.url)
        board = stack.enter_context(
            VirtualBoard(image, profile=profile.document, heap_bytes=options.heap_bytes)
        )
        sizes = [entry.get("size", "M") for _, entry in all_doors(profile.document)]
        updates = Updates(client, terminal, out, BOARD, _FIRST)
        bench = Bench(
            board,
            server,
            View(board, sizes),
            Fingers(board),
            stack.enter_context(updates),
            out / "admin.password",
            options.mode,
        )
        board.power_on()
        yield bench


def _server(out: Path, terminal: Terminal) -> FleetServer:
    """An update server whose keys are made here and now."""
    for name in _SECRETS:
        (out / name).touch(0o600)
        (out / name).write_text(secrets.token_urlsafe(18) + "\n")
    terminal.export(
        LOCKERCTL_KEYS=os.path.relpath(out / "keys"),
        LOCKERCTL_FLEET_PASSWORD_FILE=os.path.relpath(out / "admin.password"),
    )
    terminal.run("key", "init", out / "keys", "--passphrase-file", out / "passphrase")
    settings = Settings(
        out / "fleet", poll_s=_POLL_S, trust=TrustSettings(out / "tuf", out / "keys" / "online")
    )
    password = (out / "admin.password").read_text().strip()
    return FleetServer(out / "fleet", admin=password, settings=settings)


def _produce(options: Options, terminal: Terminal, server: str) -> Path:
    """The image of a board with the first release, which the server knows."""
    out = options.out
    release = out / "releases" / _FIRST
    terminal.export(LOCKERCTL_FLEET=server)
    terminal.run("key", "publish")
    terminal.run("release", "build", "--version", _FIRST, "--core", "stand-in", "--out", release)
    (out / "token").write_text(terminal.run("fleet", "add-board", BOARD))
    for role, code in CODES.items():
        (out / f"{role}.code").write_text(code)
    settings = (*_SETTINGS, f"language={options.language}", f"mode={options.mode}")
    terminal.run(
        *("image", "build", "--release", release, "--out", out / "flash.bin"),
        *("--board-profile", options.profile, "--id", BOARD, "--token-file", out / "token"),
        *("--server", server, "--wifi", _NETWORK),
        *("--root", out / "keys/repository/1.root.json", "--tuf-url", f"{server}/tuf"),
        *(word for role in CODES for word in (f"--{role}-code-file", out / f"{role}.code")),
        *(word for setting in settings for word in ("--setting", setting)),
    )
    return out / "flash.bin"


def _claim(out: Path, stack: ExitStack) -> None:
    """Have the folder alone, and empty. UserError: it runs already."""
    out.mkdir(parents=True, exist_ok=True)
    try:
        stack.enter_context(locked(out))
    except BlockingIOError:
        raise UserError(f"{out}: it is running already") from None
    for name in _MADE:
        shutil.rmtree(out / name, ignore_errors=True)
    for name in (*_SECRETS, "flash.bin"):
        (out / name).unlink(missing_ok=True)
