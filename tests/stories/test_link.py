"""Links that drop, stall, garble and crawl."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet
from rogue import Rogue
from workshop import Patches

from lockerctl.paths import ROOT
from lockerctl.release_dir import Release

FAST_RETRY = {"backoff_s": 0, "backoff_most_s": 0}
# A thirtieth of the real times.
IMPATIENT: Patches = {
    "net/http.py": ("_TIMEOUT_MS = const(20_000)", "_TIMEOUT_MS = const(700)"),
}
HURRIED: Patches = {
    "net/http.py": ("_EXCHANGE_MS = const(60_000)", "_EXCHANGE_MS = const(2_000)"),
}
SOON_SILENT = ("_SILENCE_MS = const(120_000)", "_SILENCE_MS = const(4_000)")


class Dropping:
    """Lets the link drop again and again, after some thousand bytes each time."""

    def __init__(self, cabinet: Cabinet, seed: int) -> None:
        self.drops = 0
        self._link = cabinet.board.link
        self._chance = random.Random(seed)
        self._left = self._next()
        self._link.tamper = self._tamper

    def _next(self) -> int:
        return self._chance.randrange(1, 25_000)

    def _tamper(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left > 0:
            return data
        data = data[: len(data) + self._left]
        self._left = self._next()
        self.drops += 1
        self._link.drop()
        return data


@pytest.mark.parametrize("seed", range(2))
def test_a_link_that_keeps_dropping_only_takes_longer(
    fleet: Fleet, make_cabinet: MakeCabinet, seed: int
) -> None:
    release = fleet.release(f"1.4.0-drops-{seed}", core=f"drops {seed}")
    cabinet = make_cabinet(settings={**FAST_RETRY, "trial_s": 600})
    dropping = Dropping(cabinet, seed)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    assert dropping.drops > 3
    assert cabinet.board.causes == [1, 2]
    assert cabinet.committed(1)


def test_blocks_that_are_there_are_not_fetched_again_after_a_power_cut(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.4.0-resumed", core="resumed")
    cabinet = make_cabinet()
    cabinet.board.link.delay_s = 0.05
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("fetched [567]0 %")
    cabinet.board.cut_power()
    cabinet.board.link.delay_s = 0
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    whole = sum(len(release.artifacts[name]) for name in ("core", "app"))
    # The block in work at the cut, and the manifest, are what is fetched twice.
    most = max(block.stored for layer in release.manifest.layers for block in layer.blocks)
    assert cabinet.downloaded(release) <= whole + most + 2 * len(release.data)


def test_a_link_that_stalls_is_given_up_and_taken_up_again(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    base = fleet.workshop.build("1.0.0-impatient", IMPATIENT, sequence=1)
    release = fleet.release("1.1.0-stalls", IMPATIENT, previous=base)
    cabinet = make_cabinet(base)
    cabinet.board.link.delay_s = 0.05
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("fetched [2345]0 %")
    cabinet.board.link.stall()
    cabinet.says("agent: LinkError: no answer in time")
    cabinet.board.link.delay_s = 0
    cabinet.board.link.resume()
    cabinet.ends(action, "finished")
    assert cabinet.board.causes == [1, 2]


def test_a_garbled_block_is_fetched_again(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.4.0-garbled", core="garbled")
    cabinet = make_cabinet()
    spoilt: list[int] = []

    def garble(data: bytes) -> bytes:
        if len(data) < 4096 or len(spoilt) == 2:
            return data
        spoilt.append(len(data))
        return data[:-1] + bytes([data[-1] ^ 1])

    cabinet.board.link.tamper = garble
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    assert len(spoilt) == 2
    assert 1 <= cabinet.said("job: core block") <= 2


@pytest.mark.parametrize("seed", range(2))
def test_flipped_bits_in_anything_do_no_harm(
    fleet: Fleet, make_cabinet: MakeCabinet, seed: int
) -> None:
    """Here TCP lets through what it seldom does."""
    base = fleet.workshop.build(f"1.0.0-flips-{seed}", IMPATIENT, sequence=1)
    release = fleet.release(f"1.1.0-flips-{seed}", IMPATIENT, previous=base)
    cabinet = make_cabinet(base, settings={**FAST_RETRY, "trial_s": 600, "tries": 1000})
    chance, left = random.Random(seed), [15]

    def flip(data: bytes) -> bytes:
        if not left[0] or chance.random() < 0.3:
            return data
        left[0] -= 1
        spoilt = bytearray(data)
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        return bytes(spoilt)

    cabinet.board.link.tamper = flip
    cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.until(lambda: not left[0], "all flipped")
    assert not cabinet.said("Traceback")
    cabinet.board.link.tamper = lambda data: data
    # Whatever it was led to believe, it takes the next release.
    newer = fleet.release(f"1.2.0-flips-{seed}", sequence=3)
    cabinet.ends(cabinet.assign(newer), "finished")


def test_a_crawling_server_is_not_taken_for_a_dead_task(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """Each exchange ends just in time, and there are several in a row."""
    base = fleet.workshop.build("1.0.0-hurried", HURRIED, sequence=1)
    release = fleet.release("1.1.0-crawls", HURRIED, previous=base)
    main = (ROOT / "main.py").read_text()
    assert main.count(SOON_SILENT[0]) == 1
    cabinet = make_cabinet(base, files={"/main.py": main.replace(*SOON_SILENT).encode()})

    def crawl(honest: bytes) -> Iterator[bytes]:
        time.sleep(1.7)
        yield honest

    with Rogue(fleet.server.port) as rogue:
        cabinet.online(rogue.port)
        rogue.spoil(r"controller/v1/[^/]*$|feedback|configData|deploymentBase|manifest", crawl)
        action = cabinet.assign(release)
        cabinet.board.power_on()
        cabinet.until(lambda: rogue.served > 5, "served slowly")
        rogue.be_sane()
        cabinet.ends(action, "finished")
    assert cabinet.said("is silent") == 0
    assert cabinet.board.causes == [1, 2]


def test_a_server_that_drips_is_given_up(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    base = fleet.workshop.build("1.0.0-drips", HURRIED, sequence=1)
    release: Release = fleet.release("1.1.0-drips", HURRIED, previous=base)
    main = (ROOT / "main.py").read_text().replace(*SOON_SILENT)
    cabinet = make_cabinet(base, files={"/main.py": main.encode()})

    def drip(honest: bytes) -> Iterator[bytes]:
        for byte in honest:
            yield bytes((byte,))
            time.sleep(0.1)

    with Rogue(fleet.server.port) as rogue:
        cabinet.online(rogue.port)
        rogue.spoil(r"controller/v1/[^/]*$", drip)
        action = cabinet.assign(release)
        cabinet.board.power_on()
        cabinet.says("agent: LinkError: ")
        cabinet.says("agent: LinkError: ", len(cabinet.board.console))
        rogue.be_sane()
        cabinet.ends(action, "finished")
    assert cabinet.board.causes == [1, 2]


def test_a_server_that_comes_up_late_is_found(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-late")
    cabinet = make_cabinet()
    cabinet.offline()
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.says("agent: LinkError: link")
    cabinet.says("agent: LinkError: link", len(cabinet.board.console))
    cabinet.online()
    cabinet.ends(action, "finished")
