"""What the story is played with: a server, an operator, and a board flashed with 1.0.0."""

from __future__ import annotations

import binascii
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from demo.camera import Camera
from demo.chapters import FIRST, Edit
from demo.errors import DemoError
from demo.observed import Flash
from demo.operator import Operator
from demo.teller import Teller
from demo.terminal import Terminal
from demo.variants import write_code
from fleet.client import FleetClient
from fleet.server import FleetServer
from fleet.settings import Settings
from fleet.trust.settings import TrustSettings
from lockerctl.blocks import BLOCK_SIZE
from lockerctl.files import locked
from lockerctl.header import HeaderError, is_set, parse_header
from lockerctl.manifest import Layer, parse_manifest
from lockerctl.manifest_rules import OTA
from lockerctl.partition_table import SECTOR
from lockerctl.partitions import load_map
from lockerctl.paths import BOARDS, LIB
from lockerctl.release_dir import Release, load_release
from virtualboard.board import VirtualBoard
from virtualboard.life import State

BOARD = "cabinet-0001"
_MODEL = "oled"
_NETWORK = "PICSimLabWifi"
# Seconds where a cabinet has an hour, a minute and a growing back-off.
_SETTINGS = ("healthy_s=1", "quiet_s=1", "backoff_s=1")
_POLL_S = 1
_LOCK_WORD = "passphrase"
_ROUND_S = 0.05
_LAST_LINES = 15
_T = TypeVar("_T")


@dataclass(frozen=True)
class Options:
    """`out`: the folder of all that is made; `heap_bytes`: what the board's code has."""

    out: Path
    heap_bytes: int
    verbose: bool


class Stage:
    """The parts, and what can be done with and seen of them."""

    def __init__(self, out: Path, teller: Teller, operator: Operator, camera: Camera) -> None:
        self.teller = teller
        self.operator = operator
        self.camera = camera
        self.board: VirtualBoard
        self._out = out
        self._map = load_map("4MiB")
        self._latest: str | None = None

    def build(self, version: str, core: str, edits: tuple[Edit, ...]) -> Release:
        """Build a release from the code of 1.0.0 with these changes, after the one built last."""
        code = self._out / "code" / version
        first = self._out / "code" / FIRST
        write_code(first if first.exists() else LIB, edits, code)
        folder = self.release_folder(version)
        previous = ("--previous", self.release_folder(self._latest)) if self._latest else ()
        self.operator.run(
            *("release", "build", "--version", version, "--core", core, "--lib", code),
            *("--out", folder, *previous),
        )
        self._latest = version
        return load_release(folder)

    def publish(self, version: str) -> None:
        """Sign a release and bring it to the server."""
        folder = self.release_folder(version)
        self.operator.run("release", "sign", folder, "--passphrase-file", self._out / _LOCK_WORD)
        self.operator.run("release", "publish", folder)

    def release_folder(self, version: str) -> Path:
        return self._out / "releases" / version

    def flash_board(self, server: str) -> Path:
        """The image of a board with 1.0.0 that the server knows."""
        token = self._out / "token"
        token.touch(0o600)
        token.write_text(self.operator.run("fleet", "add-board", BOARD))
        image = self._out / "flash.bin"
        settings = [word for setting in _SETTINGS for word in ("--setting", setting)]
        self.operator.run(
            *("image", "build", "--release", self.release_folder(FIRST)),
            *("--board-profile", _MODEL, "--id", BOARD, "--token-file", token),
            *("--server", server, "--wifi", _NETWORK, *settings),
            *("--root", self._out / "keys/repository/1.root.json", "--tuf-url", f"{server}/tuf"),
            *("--out", image),
        )
        return image

    def wait(self, what: str, seconds: float, look: Callable[[], _T | None]) -> _T:
        """What `look` gives as soon as it gives something.

        DemoError when it has not in that time, or the board went off.
        """
        end = time.monotonic() + seconds
        while True:
            off = is_off(self.board)
            found = look()
            if found:
                return found
            if off or time.monotonic() > end:
                raise DemoError(f"waited in vain for {what}; {self._last_words()}")
            time.sleep(_ROUND_S)

    def blocks_there(self, layer: Layer, slot: int) -> list[bool]:
        """For each block of a layer whether the flash of that slot holds it."""
        home = self._map[f"{'ota' if layer.partition == OTA else 'store'}_{slot}"]
        there = []
        for index, block in enumerate(layer.blocks):
            start = index * BLOCK_SIZE
            size = min(BLOCK_SIZE, layer.length - start)
            plain = self.board.flash.read(home.offset + layer.address + start, size)
            there.append(binascii.crc32(plain) == block.crc)
        return there

    def running_flash(self) -> Flash:
        """What the flash says of the slot that the bootloader started."""
        slot = self.board.running.removeprefix("ota_")
        sector = self.board.flash.read(self._map[f"store_{slot}"].offset, SECTOR)
        try:
            header = parse_header(sector)
        except HeaderError:
            return Flash(slot, "")
        good = is_set(header.committed) and not is_set(header.failed)
        return Flash(slot, parse_manifest(header.manifest).version if good else "")

    def relays_on(self) -> tuple[int, ...]:
        """The doors whose relay is on: on every board here that is level 1."""
        doors = enumerate(self.board.world.doors, 1)
        return tuple(number for number, door in doors if self.board.pins.level(door.relay_pin))

    def _last_words(self) -> str:
        last = "\n".join(self.board.console.lines()[-_LAST_LINES:])
        return f"the board is {self.board.state.value}, its last lines:\n{last}"


@contextmanager
def open_stage(options: Options, teller: Teller) -> Iterator[Stage]:
    """Set everything up, from an empty folder on; nothing of it runs on afterwards.

    Raises DemoError, and what the parts raise.
    """
    out = options.out
    with ExitStack() as stack:
        _claim(out, stack)
        data = out / "fleet"
        password = secrets.token_urlsafe(18)
        password_file = out / "admin.password"
        password_file.touch(mode=0o600)
        password_file.write_text(password + "\n")
        terminal = Terminal(teller)
        trust = _make_keys(out, terminal)
        settings = Settings(data, poll_s=_POLL_S, trust=trust)
        server = stack.enter_context(FleetServer(data, admin=password, settings=settings))
        client = stack.enter_context(FleetClient(server.url, "admin", password))
        operator = Operator(server, client, terminal, BOARD)
        camera = Camera(out / "screens")
        stack.callback(camera.close)
        stage = Stage(out, teller, operator, camera)
        teller.event(f"the update server is at {server.url}")
        terminal.export(
            LOCKERCTL_FLEET=server.url,
            LOCKERCTL_FLEET_PASSWORD_FILE=os.path.relpath(password_file),
        )
        operator.run("key", "publish")
        stage.build(FIRST, "stand-in", ())

        def hear(line: str) -> None:
            teller.board(line)
            camera.hear(line)

        board = VirtualBoard(
            stage.flash_board(server.url),
            profile=BOARDS / f"{_MODEL}.json",
            heap_bytes=options.heap_bytes,
            on_line=hear,
        )
        stage.board = stack.enter_context(board)
        # Whoever is impatient with the end would leave processes behind.
        stack.callback(signal.signal, signal.SIGINT, signal.SIG_IGN)
        display = board.world.display
        assert display is not None
        camera.point_at(display)
        yield stage


def _make_keys(out: Path, terminal: Terminal) -> TrustSettings:
    """The first ceremony: keys of this demonstration's own. Where the server finds its part."""
    keys = out / "keys"
    passphrase = out / _LOCK_WORD
    passphrase.touch(0o600)
    passphrase.write_text(secrets.token_urlsafe(18) + "\n")
    terminal.run("key", "init", keys, "--passphrase-file", passphrase)
    terminal.export(LOCKERCTL_KEYS=os.path.relpath(keys))
    return TrustSettings(out / "tuf", keys / "online")


def _claim(out: Path, stack: ExitStack) -> None:
    """Have the folder alone, and empty. DemoError: another demonstration is in it."""
    out.mkdir(parents=True, exist_ok=True)
    try:
        stack.enter_context(locked(out))
    except BlockingIOError:
        raise DemoError(f"{out}: another demonstration is running there") from None
    for name in ("code", "releases", "fleet", "screens", "keys", "tuf"):
        shutil.rmtree(out / name, ignore_errors=True)
    for name in ("token", _LOCK_WORD, "flash.bin", "report.json"):
        (out / name).unlink(missing_ok=True)


def is_off(board: VirtualBoard) -> bool:
    return board.state is State.OFF
