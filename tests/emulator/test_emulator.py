"""The whole way on an emulated ESP32: official MicroPython, official bootloader, WiFi, our server.

Needs an emulator on the PATH, and an official ESP32_GENERIC .bin that OFFICIAL_CORE names.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cores import redated

from emulator import HOST_ADDRESS, NETWORK, Emulator, is_there
from fleet.client import FleetClient
from fleet.publish import Progress, publish_release
from fleet.server import FleetServer
from fleet.settings import Settings
from lockerctl.appimage import parse_image
from lockerctl.core import Core, load_bootloader, load_core
from lockerctl.identity import ROOT_FILE, Identity
from lockerctl.image import Board, build_flash
from lockerctl.layers import app_files, asset_files
from lockerctl.partitions import load_map
from lockerctl.paths import ASSETS, BOARDS, LIB, ROOT
from lockerctl.release import Recipe, build_release
from lockerctl.release_dir import Release
from owner import Owner

OFFICIAL_CORE = os.environ.get("OFFICIAL_CORE", "")
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not is_there(), reason="no ESP32 emulator (qemu-system-xtensa) on the PATH"),
    pytest.mark.skipif(
        not Path(OFFICIAL_CORE).is_file(),
        reason="OFFICIAL_CORE names no official MicroPython .bin for ESP32_GENERIC",
    ),
]

BOARD = "cabinet-1"
TOKEN = "token-of-the-tests"
PATIENCE_S = 240.0  # one update: the flash of the emulator is slower than a chip's
CLOSING_S = 60.0
Patch = Callable[[str], str]


class Bench:
    """A server, a board's flash with 1.0.0 in slot 0, and releases to come."""

    def __init__(
        self, folder: Path, owner: Owner, server: FleetServer, client: FleetClient
    ) -> None:
        self.owner, self.server, self.client = owner, server, client
        self._map = load_map("4MiB")
        self._lib = {str(path.relative_to(LIB)): path.read_text() for path in LIB.rglob("*.py")}
        self._folder = folder
        self._core = load_core(OFFICIAL_CORE)
        self.base = self.build("1.0.0", 1)
        self.flash = folder / "flash.bin"
        self.flash.write_bytes(self._factory_flash())
        client.create_target(BOARD, TOKEN)

    def build(
        self,
        version: str,
        sequence: int,
        patches: dict[str, Patch] | None = None,
        core: bytes | None = None,
    ) -> Release:
        """A release of the real `lib/`, with some files patched, and a mark of its own."""
        source = self._folder / f"lib-{version}"
        for name, text in self._lib.items():
            target = source / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text((patches or {}).get(name, str)(text))
        return build_release(
            Recipe(
                version=version,
                core=Core(core, parse_image(core)) if core else self._core,
                stored={
                    "app": {**app_files(source), "/mark.txt": version.encode()},
                    "assets": asset_files(ASSETS),
                },
                boards={"bench": (1,)},
                partitions=self._map,
                previous=self.base if sequence > 1 else None,
                sequence=sequence,
            )
        )

    def assign(self, release: Release) -> int:
        """Sign and publish a release, and give it to the board: the action."""
        self.owner.offer(self.client, release)
        set_id = publish_release(self.client, release, Progress()).set_id
        action = self.client.assign(BOARD, set_id)
        assert action is not None
        return action

    def told(self, action: int) -> list[str]:
        """What the board has told the server of an action."""
        history = self.client.history(BOARD, action)
        return [line for entry in history for line in entry.messages]

    def ended(self, action: int) -> str:
        """How an action ended, once the server has heard of it."""
        deadline = time.monotonic() + CLOSING_S
        while time.monotonic() < deadline:
            found = {each.id: each for each in self.client.actions(BOARD)}[action]
            if not found.active:
                return found.status
            time.sleep(0.5)
        return "open"

    def _factory_flash(self) -> bytes:
        files = {f"/{name}": (ROOT / name).read_bytes() for name in ("boot.py", "main.py")}
        files["/profile.json"] = (BOARDS / "bench.json").read_bytes()
        files[ROOT_FILE] = self.owner.root
        identity = Identity(
            id=BOARD,
            model="bench",
            revision=1,
            token=TOKEN,
            server=f"http://{HOST_ADDRESS}:{self.server.port}",
            wifi=[{"ssid": NETWORK, "key": ""}],
            settings={"healthy_s": 1, "quiet_s": 1, "backoff_s": 1},
            tuf=f"http://{HOST_ADDRESS}:{self.server.port}/tuf",
        )
        bootloader = load_bootloader(Path(OFFICIAL_CORE))
        return build_flash(Board(self.base, identity, files, self._map, bootloader))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    owner = Owner(tmp_path / "owner")
    settings = Settings(tmp_path / "fleet", poll_s=2, trust=owner.settings)
    with (
        FleetServer(tmp_path / "fleet", admin="operator", settings=settings) as server,
        FleetClient(server.url, "admin", "operator") as client,
    ):
        yield Bench(tmp_path, owner, server, client)


def relay_left_on(text: str) -> str:
    """The second door's relay is switched on where it should be switched off."""
    old = "value=not self._on)"
    assert text.count(old) == 1
    return text.replace(old, "value=self._on if self._pin == Pin(17) else not self._on)")


def hanging(text: str) -> str:
    """The cabinet's task never gives the processor back, once the doors serve."""
    old = "                alive()\n"
    assert text.count(old) == 1
    hang = "                while not self._upgrading:\n                    pass\n"
    return text.replace(old, hang + old)


def test_update_survives_a_power_cut_during_the_download(bench: Bench) -> None:
    action = bench.assign(bench.build("1.1.0", 2))
    with Emulator(bench.flash) as chip:
        chip.wait_for("plan app fetch", PATIENCE_S)
        chip.wait_for("fetched [345]0 %", PATIENCE_S)
        chip.cut_power()
        chip.power_on()
        seen = chip.wait_for("boot: slot 1 on trial", PATIENCE_S)
        chip.wait_for("committed 1.1.0 in slot 1", PATIENCE_S, seen)
        chip.wait_for("screen: .*Ready", PATIENCE_S, seen)
        told = bench.told(action)
        assert bench.ended(action) == "finished", told
    plans = [line for line in told if line.startswith("plan core")]
    assert len(plans) == 2 and any("keep" in line for line in plans), plans


def test_relay_that_reads_on_reverts_the_release(bench: Bench) -> None:
    bad = bench.build("1.2.0", 2, {"drivers/relay.py": relay_left_on})
    action = bench.assign(bad)
    with Emulator(bench.flash) as chip:
        seen = chip.wait_for("boot: slot 1 on trial", PATIENCE_S)
        seen = chip.wait_for("boot: slot 0,", PATIENCE_S, seen)
        chip.wait_for("failure: reverted: check relays: relay 2 reads on", PATIENCE_S, seen)
        chip.wait_for("screen: .*Ready", PATIENCE_S, seen)
        assert bench.ended(action) == "error"


def test_application_that_hangs_is_reverted_by_the_watchdog(bench: Bench) -> None:
    action = bench.assign(bench.build("1.3.0", 2, {"locker/cabinet.py": hanging}))
    with Emulator(bench.flash) as chip:
        seen = chip.wait_for("boot: slot 1 on trial", PATIENCE_S)
        seen = chip.wait_for("boot: slot 0,.*cause watchdog", PATIENCE_S, seen)
        chip.wait_for("failure: reverted: watchdog", PATIENCE_S, seen)
        assert bench.ended(action) == "error"


def test_new_core_is_committed(bench: Bench) -> None:
    core = redated(load_core(OFFICIAL_CORE).data, b"Jan  1 2030")
    action = bench.assign(bench.build("1.4.0", 2, core=core))
    with Emulator(bench.flash) as chip:
        chip.wait_for("plan core fetch", PATIENCE_S)
        seen = chip.wait_for("boot: slot 1 on trial", PATIENCE_S)
        chip.wait_for("committed 1.4.0 in slot 1", PATIENCE_S, seen)
        assert bench.ended(action) == "finished"
