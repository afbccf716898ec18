"""An operator with a hawkBit and, beside it, our server for trust alone; and virtual boards."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner
from hawkbit_server import PASSWORD, USER, HawkbitServer

from fleet.answers import Json
from fleet.client import FleetClient
from fleet.server import FleetServer
from lockerctl.appimage import parse_image
from lockerctl.cli import main
from lockerctl.core import Core
from lockerctl.identity import ROOT_FILE, Identity
from lockerctl.image import Board, build_flash
from lockerctl.layers import app_files, asset_files
from lockerctl.partitions import load_map
from lockerctl.paths import ASSETS, BOARDS, LIB, ROOT
from lockerctl.release import Recipe, build_release
from lockerctl.release_dir import Release, save_release
from lockerctl.stand_in import stand_in
from owner import Owner
from virtualboard.board import BOARD_HEAP_BYTES, VirtualBoard

MODEL = "bench"
PATIENCE_S = 90.0
_TOKEN = "token-of-the-tests"
_HOST, _TUF_HOST = "fleet.test", "tuf.test"
_HASTY = {"healthy_s": 0, "quiet_s": 0, "backoff_s": 1, "trial_s": 10, "prove_s": 0}
Patch = tuple[str, str, str]  # module of lib, what is replaced, by what


class World:
    """Releases, and who publishes them where boards look for them."""

    def __init__(
        self, folder: Path, hawkbit: HawkbitServer, tuf: FleetServer, owner: Owner
    ) -> None:
        self.hawkbit, self.tuf, self.owner = hawkbit, tuf, owner
        self.client = FleetClient(hawkbit.url, USER, PASSWORD)
        self._trust = FleetClient(tuf.url, "admin", PASSWORD)
        self._folder = folder
        self._password = folder / "password"
        self._password.write_text(PASSWORD)
        self._numbers = itertools.count(1)
        self.base = self.build("1.0.0", sequence=1)

    def close(self) -> None:
        self.client.__exit__(None, None, None)
        self._trust.__exit__(None, None, None)

    def build(
        self, version: str, patch: Patch | None = None, *, core: str = "first", sequence: int = 2
    ) -> Release:
        """A release whose assets are always the same, and whose core is unless it is named."""
        source = self._folder / f"lib-{version}"
        for path in LIB.rglob("*.py"):
            target = source / path.relative_to(LIB)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text())
        if patch:
            name, old, new = patch
            text = (source / name).read_text()
            assert text.count(old) == 1
            (source / name).write_text(text.replace(old, new))
        data = stand_in(core, 48 * 1024)
        return build_release(
            Recipe(
                version=version,
                core=Core(data, parse_image(data)),
                stored={
                    "app": {**app_files(source), "/mark.txt": version.encode()},
                    "assets": asset_files(ASSETS),
                },
                boards={MODEL: (1,)},
                partitions=load_map("4MiB"),
                previous=self.base if sequence > 1 else None,
                sequence=sequence,
            )
        )

    def lockerctl(self, *arguments: object) -> str:
        """What it prints, against hawkBit."""
        server = ("--fleet", self.hawkbit.url, "--user", USER, "--password-file", self._password)
        result = CliRunner().invoke(main, [str(each) for each in (*arguments, *server)])
        assert result.exit_code == 0, result.output
        return result.stdout

    def publish(self, release: Release) -> str:
        """Sign for our server, publish to hawkBit: what lockerctl says."""
        self.owner.offer(self._trust, release)
        folder = self._folder / f"release-{release.manifest.version}"
        save_release(release, folder)
        return self.lockerctl("release", "publish", folder)

    def assign(self, cabinet: Cabinet, release: Release, **more: Json) -> int:
        """Assign with whatever lockerctl has no option for: the action."""
        version = release.manifest.version
        found = self.client.find_set("locker_release", release.manifest.product, version)
        body = {"id": found, "type": "forced", **more}
        answer = self.client.call("POST", f"targets/{cabinet.id}/assignedDS", json=body)
        assert answer.number("assigned") == 1
        return self.newest(cabinet)

    def newest(self, cabinet: Cabinet) -> int:
        """The newest action of a board."""
        return self.client.actions(cabinet.id, 1)[0].id

    def new_cabinet(self) -> Cabinet:
        """A board that hawkBit knows, switched off."""
        board_id = f"cabinet-{next(self._numbers)}"
        self.client.create_target(board_id, _TOKEN)
        files = {f"/{name}": (ROOT / name).read_bytes() for name in ("boot.py", "main.py")}
        files |= {"/profile.json": _profile().read_bytes(), ROOT_FILE: self.owner.root}
        identity = Identity(
            id=board_id,
            model=MODEL,
            revision=1,
            token=_TOKEN,
            server=f"http://{_HOST}:{self.hawkbit.port}",
            tuf=f"http://{_TUF_HOST}/tuf",
            wifi=[{"ssid": "PICSimLabWifi", "key": ""}],
            settings=_HASTY,
        )
        flash = self._folder / f"{board_id}.bin"
        flash.write_bytes(build_flash(Board(self.base, identity, files, load_map("4MiB"), None)))
        return Cabinet(self, board_id, flash)


class Cabinet:
    """A board, and what hawkBit knows of it."""

    def __init__(self, world: World, board_id: str, flash: Path) -> None:
        self._client = world.client
        self.id = board_id
        self.board = VirtualBoard(
            flash, profile=_profile(), heap_bytes=BOARD_HEAP_BYTES, on_line=print
        )
        self.board.link.hosts[_HOST] = f"127.0.0.1:{world.hawkbit.port}"
        self.board.link.hosts[_TUF_HOST] = f"127.0.0.1:{world.tuf.port}"

    def says(self, pattern: str) -> str:
        """Wait until the console has such a line."""
        return self.board.console.wait_for(pattern, PATIENCE_S, 0)

    def said(self, text: str) -> bool:
        return any(text in line for line in self.board.console.lines())

    def told(self, action: int) -> list[str]:
        """What hawkBit has heard of an action, the oldest first."""
        history = self._client.history(self.id, action)
        return [line for each in reversed(history) for line in each.messages]

    def ends(self, action: int, status: str) -> None:
        """Wait until hawkBit has closed an action; it must be with this status."""
        self.until(lambda: not self._found(action)[1], f"over: action {action}")
        assert self._found(action)[0] == status, self.told(action)

    def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait for something that nobody announces."""
        deadline = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > deadline:
                last = "\n".join(self.board.console.lines()[-25:])
                raise TimeoutError(f"not {what} in {PATIENCE_S} s; last words:\n{last}")
            time.sleep(0.2)

    def _found(self, action: int) -> tuple[str, bool]:
        """Status and whether it is active; hawkBit 0.3 tells how it ended in the history alone."""
        found = {each.id: each for each in self._client.actions(self.id)}[action]
        if found.status != "finished":
            return found.status, found.active
        return self._client.history(self.id, action, 1)[0].status, found.active


def _profile() -> Path:
    return BOARDS / f"{MODEL}.json"
