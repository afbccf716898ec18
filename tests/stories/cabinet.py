"""A cabinet in the field: the virtual board with the real software, at a real update server."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from workshop import Workshop

from fleet.client import FleetClient
from fleet.publish import Progress, publish_release
from fleet.server import FleetServer
from fleet.settings import Settings, Tls
from fleet.trust.settings import TrustSettings
from lockerctl.header import Header, HeaderError, is_set, parse_header
from lockerctl.identity import ROOT_FILE, Identity
from lockerctl.image import Board, build_flash
from lockerctl.partitions import load_map
from lockerctl.paths import BOARDS, ROOT
from lockerctl.release_dir import Release
from owner import Owner
from virtualboard import otadata
from virtualboard.board import BOARD_HEAP_BYTES, State, VirtualBoard
from virtualboard.partition_table import read_table

HEAP_BYTES = BOARD_HEAP_BYTES
HOST = "fleet.test"
_MODEL = "bench"
PATIENCE_S = 90.0
# Everything that a story would otherwise have to wait for.
HASTY = {"healthy_s": 0, "quiet_s": 0, "backoff_s": 1, "trial_s": 3, "prove_s": 0}
_NOWHERE = "127.0.0.1:1"
_PASSWORD = "operator"
_TOKEN = "token-of-the-tests"
_LOOK_S = 0.05
_ASK_S = 0.3  # between two questions to the server, whose work takes from the board's


class Fleet:
    """A server with an operator, who publishes and assigns.

    `workshop`, `owner`: those of another fleet, instead of new ones. `tls`: speak nothing else.
    `poll_s`: how often boards ask.
    """

    def __init__(
        self,
        data: Path,
        workshop: Workshop | None = None,
        owner: Owner | None = None,
        tls: Tls | None = None,
        poll_s: int = 1,
    ) -> None:
        self.workshop = workshop or Workshop()
        self.owner = owner or Owner(data / "owner")
        trust = TrustSettings(data / "tuf", self.owner.settings.online_keys)
        self.repository = trust.repository
        self._settings = Settings(data, poll_s=poll_s, trust=trust, tls=tls)
        self.server = FleetServer(data, admin=_PASSWORD, settings=self._settings)
        self.url = f"http{'s' if tls else ''}://{HOST}:{self.server.port}"
        self._sets: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def __enter__(self) -> Fleet:
        self.server.start()
        self.client = FleetClient(self.server.url, "admin", _PASSWORD)
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.__exit__(None, None, None)
        self.server.stop()

    def release(self, version: str, *args: Any, **options: Any) -> Release:
        """Build a release and publish it."""
        return self.publish(self.workshop.build(version, *args, **options))

    def publish(self, release: Release) -> Release:
        """Sign and publish; the same release. What the server has is not published again."""
        self.owner.offer(self.client, release)
        version = release.manifest.version
        self._sets[version] = publish_release(self.client, release, Progress()).set_id
        return release

    def set_of(self, release: Release) -> int:
        """The id of a published release's set."""
        return self._sets[release.manifest.version]

    def artifact(self, sha256: str) -> Path:
        """Where the server keeps the bytes with this hash."""
        return self._settings.data / "artifacts" / sha256[:2] / sha256

    def new_board(self) -> str:
        """The id of a board that the server has just got to know."""
        board_id = f"cabinet-{next(self._numbers)}"
        self.add_board(board_id)
        return board_id

    def add_board(self, board_id: str) -> None:
        """Let the server know a board."""
        self.client.create_target(board_id, _TOKEN)


def factory_flash(fleet: Fleet, board_id: str, release: Release, **options: Any) -> bytes:
    """The flash of a board as production makes it. `settings`: beside those of HASTY.

    `files`: instead of the real boot.py and main.py. `model`: another one than bench.
    """
    model = options.pop("model", _MODEL)
    settings = {**HASTY, **options.pop("settings", {})}
    files = {f"/{name}": (ROOT / name).read_bytes() for name in ("boot.py", "main.py")}
    files |= {"/profile.json": profile(model).read_bytes(), ROOT_FILE: fleet.owner.root}
    files |= options.pop("files", {})
    identity = Identity(
        id=board_id,
        model=model,
        revision=1,
        token=_TOKEN,
        server=fleet.url,
        wifi=[{"ssid": "PICSimLabWifi", "key": ""}],
        settings=settings,
        **{"tuf": f"{fleet.url}/tuf", **options},
    )
    return build_flash(Board(release, identity, files, load_map("4MiB"), None))


def profile(model: str) -> Path:
    """The profile of a board model."""
    return BOARDS / f"{model}.json"


@dataclass(frozen=True)
class Report:
    """What the server knows of an action."""

    status: str
    active: bool
    lines: tuple[str, ...]


class Cabinet:
    """A board, and what people and the server see of it. Switched off at first."""

    def __init__(
        self, fleet: Fleet, board_id: str, flash: Path, model: str = _MODEL, **options: Any
    ) -> None:
        self.fleet = fleet
        self.id = board_id
        self._hooks: list[tuple[str, Callable[[], object]]] = []
        self.board = VirtualBoard(
            flash, profile=profile(model), heap_bytes=HEAP_BYTES, on_line=self._hear, **options
        )
        self.online()

    def __enter__(self) -> Cabinet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.board.close()

    def _hear(self, line: str) -> None:
        print(line)
        for text, act in self._hooks:
            if text in line:
                act()

    def when(self, text: str, act: Callable[[], object]) -> None:
        """Do this, at once, on each line of the console with this text. It can't cut the power."""
        self._hooks.append((text, act))

    def forget_hooks(self) -> None:
        """Do nothing any more on any line."""
        self._hooks.clear()

    def before_programming(self, address: int, act: Callable[[], object]) -> None:
        """Do this just before the next programming at this address of the flash, once."""
        program = self.board.flash.program

        def watched(at: int, data: bytes) -> None:
            if at == address:
                self.board.flash.program = program  # type: ignore[method-assign]
                act()
            program(at, data)

        self.board.flash.program = watched  # type: ignore[assignment,method-assign]

    def cut_power_next(self) -> None:
        """Cut the power before the next flash operation begins."""
        self.board.cut_power_at(self.board.flash.operations + 1)

    def after_switch(self, act: Callable[[], object]) -> None:
        """Do this each time that the other slot has been chosen, before the reset."""
        program, otadata_at = self.board.flash.program, self.address("otadata")

        def watched(at: int, data: bytes) -> None:
            program(at, data)
            if at in (otadata_at, otadata_at + 4096) and data[24:28] == bytes(4):
                act()

        self.board.flash.program = watched  # type: ignore[assignment,method-assign]

    def online(self, port: int | None = None) -> None:
        """The server is to be found, at its own port or at that of another one."""
        self.board.link.hosts[HOST] = f"127.0.0.1:{port or self.fleet.server.port}"
        self.board.link.drop()

    def offline(self) -> None:
        """The server can't be reached any more."""
        self.board.link.hosts[HOST] = _NOWHERE
        self.board.link.drop()

    def is_off(self) -> bool:
        """Whether the board has no power."""
        return self.board.state is State.OFF

    def assign(self, release: Release, force_type: str = "forced") -> int:
        """Let the operator assign a release: the new action."""
        action = self.fleet.client.assign(self.id, self.fleet.set_of(release), force_type)
        assert action is not None, "assigned already"
        return action

    def says(self, pattern: str, since: int = 0, timeout: float = PATIENCE_S) -> str:
        """Wait until the console has such a line."""
        return self.board.console.wait_for(pattern, timeout, since)

    def said(self, pattern: str) -> int:
        """How many lines of the console have this text."""
        return sum(pattern in line for line in self.board.console.lines())

    def until(
        self,
        true: Callable[[], bool],
        what: str,
        timeout: float = PATIENCE_S,
        look_s: float = _LOOK_S,
    ) -> None:
        """Wait for something that nobody announces."""
        deadline = time.monotonic() + timeout
        while not true():
            if time.monotonic() > deadline:
                last = "\n".join(self.board.console.lines()[-25:])
                raise TimeoutError(f"not {what} in {timeout} s; the board's last words:\n{last}")
            time.sleep(look_s)

    def report(self, action: int) -> Report:
        """What the server knows of an action."""
        found = {each.id: each for each in self.fleet.client.actions(self.id)}[action]
        history = self.fleet.client.history(self.id, action)
        lines = tuple(line for each in reversed(history) for line in each.messages)
        return Report(found.status, found.active, lines)

    def ends(self, action: int, status: str, timeout: float = PATIENCE_S) -> Report:
        """Wait until the server has closed an action; it must be with this status."""
        self.until(
            lambda: not self.report(action).active, f"over: action {action}", timeout, _ASK_S
        )
        report = self.report(action)
        assert report.status == status, report
        return report

    def attributes(self) -> dict[str, str]:
        """What the board has last reported about itself."""
        return self.fleet.client.attributes(self.id)

    def polls(self, count: int = 2) -> None:
        """Wait for so many requests of the board to the server."""
        seen = self.board.link.bytes_from_board
        self.until(
            lambda: self.board.link.bytes_from_board >= seen + 150 * count, f"{count} polls done"
        )

    def downloaded(self, release: Release) -> int:
        """Bytes that the server has handed to the board for a release."""
        return self.fleet.server.downloaded_bytes(release.manifest.version, self.id)

    def header(self, slot: int) -> Header | None:
        """The header of a slot, if there is a whole one."""
        try:
            return parse_header(self.partition(f"store_{slot}")[:4096])
        except HeaderError:
            return None

    def committed(self, slot: int) -> bool:
        """Whether a slot is whole, committed and not failed."""
        header = self.header(slot)
        return header is not None and is_set(header.committed) and not is_set(header.failed)

    def entries(self) -> otadata.Entries:
        """The two entries of otadata."""
        part = read_table(self.board.flash).otadata
        assert part is not None
        return otadata.read_entries(self.board.flash, part)

    def states(self) -> tuple[str, str]:
        """The states of the two entries of otadata; "?" for one that was torn."""
        names = {state.value: state.name for state in otadata.State}
        first, second = self.entries()
        return names.get(first.state, "?"), names.get(second.state, "?")

    def address(self, name: str) -> int:
        """Where a partition starts in the flash."""
        return load_map("4MiB")[name].offset

    def partition(self, name: str) -> bytes:
        """The bytes of a partition."""
        return self.board.flash.read(self.address(name), load_map("4MiB")[name].size)


MakeCabinet = Callable[..., Cabinet]
