"""The server is stolen, with the keys that sign snapshots and timestamps: what a board bears."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet, factory_flash
from securesystemslib.signer import CryptoSigner
from siege import Siege
from test_attacks import MANIFEST, flip
from thief import FAR_VERSION, Thief, evil_targets, listed, usurped
from tuf.api.metadata import MetaFile

from fleet.trust.commands import publish_trust
from lockerctl.keys.actions import renew, replace_online, rotate
from lockerctl.keys.ceremony import Ceremony

_HOUR = timedelta(hours=1)
_EVIL = "locker/6.6.6/manifest.json"


@pytest.fixture(scope="module")
def lost(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A fleet of their own: its keys change."""
    with Fleet(tmp_path_factory.mktemp("lost"), fleet.workshop) as made:
        yield made


@pytest.fixture
def cabinet(lost: Fleet, tmp_path: Path) -> Iterator[Cabinet]:
    """A cabinet of the lost fleet."""
    name = lost.new_board()
    path = tmp_path / f"{name}.bin"
    path.write_bytes(factory_flash(lost, name, lost.workshop.base))
    with Cabinet(lost, name, path) as made:
        yield made


def test_an_expired_timestamp_leaves_the_action_open_until_it_is_renewed(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-lapsed")
    with Thief(fleet) as thief:
        siege = Siege(make_cabinet(), thief, release)
        thief.offer_timestamp(thief.honest_timestamp().snapshot_meta, life=-_HOUR)
        action = siege.offer()
        told = siege.warning(action, polls=4)
        assert told.startswith("waiting: LapsedError: timestamp: version ")
        assert told.endswith(" has expired")
        assert siege.trusted() == {}
        siege.survive(action)


def test_the_clock_is_neither_believed_ahead_nor_behind_what_is_proven(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    first, second = fleet.release("1.1.0-clock"), fleet.release("1.2.0-clock", sequence=3)
    with Thief(fleet) as thief:
        siege = Siege(make_cabinet(), thief, first, second)
        thief.spoil(MANIFEST, flip(40))
        assert siege.refusal() == "UntrustedError: manifest: wrong hash"  # all else was good
        proven = siege.trusted()
        thief.behave()
        thief.ahead = timedelta(days=4000)
        action = siege.offer()
        assert siege.warning(action, 8) == "waiting: LapsedError: root: version 1 has expired"
        thief.ahead = -2 * _HOUR
        thief.offer_timestamp(thief.honest_timestamp().snapshot_meta, life=-_HOUR)
        siege.cabinet.says("LapsedError: timestamp: version .* has expired")
        assert siege.cabinet.report(action).active
        siege.check_unharmed()
        assert siege.trusted() == proven
        siege.survive(action)


def test_a_board_that_was_off_follows_rotated_keys_and_no_old_one(
    lost: Fleet, cabinet: Cabinet
) -> None:
    ceremony = lost.owner.ceremony
    first = lost.release("1.1.0-rotated")
    with Thief(lost) as thief:
        siege = Siege(cabinet, thief, first)
        thief.spoil(MANIFEST, flip(40))
        assert siege.refusal() == "UntrustedError: manifest: wrong hash"
        cabinet.board.power_off()
        stolen = signer_of(ceremony, "root")
        for change in (rotate, rotate, renew):
            change(ceremony, "root")
        rotate(ceremony, "targets")
        thief.behave()
        second = lost.release("1.2.0-rotated", sequence=3)
        third = lost.release("1.3.0-rotated", sequence=4)
        siege.lures = itertools.cycle((second, third))
        root = ceremony.trusted().root.signed
        thief.files[f"{root.version + 1}.root.json"] = thief.sign(usurped(root, stolen), [stolen])
        cabinet.board.power_on()
        told = siege.refusal()
        assert told == "UntrustedError: root: 0 of 1 signatures are good"
        assert siege.version("root") == root.version
        siege.survive()


def signer_of(ceremony: Ceremony, role: str) -> CryptoSigner:
    """The one key that signs for a role now."""
    (key_id,) = ceremony.trusted().root.signed.roles[role].keyids
    (key,) = (each for each in ceremony.keys.held() if each.id == key_id)
    return ceremony.keys.signer(key)


class Loot:
    """What the thief has found beside the online keys: old files, and a key that was replaced."""

    def __init__(self, thief: Thief, key: CryptoSigner) -> None:
        self.snapshot, told = thief.honest_snapshot()
        self.snapshot_version = told.version
        self.targets, listing = thief.honest_targets()
        self.targets_version = listing.version
        self.key = key


def older_snapshot(thief: Thief, loot: Loot) -> None:
    """The thief's own timestamp lists it."""
    thief.offer_timestamp(listed(loot.snapshot_version, loot.snapshot))


def snapshot_under_a_new_version(thief: Thief, loot: Loot) -> None:
    version = thief.next_version()
    thief.files[f"{version}.snapshot.json"] = loot.snapshot
    thief.offer_timestamp(listed(version, loot.snapshot), version=version)


def older_targets(thief: Thief, loot: Loot) -> None:
    thief.offer_snapshot({"targets.json": listed(loot.targets_version, loot.targets)})


def no_targets(thief: Thief, loot: Loot) -> None:
    thief.offer_snapshot({"others.json": listed(loot.targets_version, loot.targets)})


def targets_under_a_new_version(thief: Thief, loot: Loot) -> None:
    thief.offer_targets(loot.targets, thief.next_version())


def targets_by_the_online_keys(thief: Thief, _loot: Loot) -> None:
    version = thief.next_version()
    thief.offer_targets(thief.sign(evil_targets(version, _EVIL, b"{}")), version)


def targets_by_a_replaced_key(thief: Thief, loot: Loot) -> None:
    version = thief.next_version()
    signed = thief.sign(evil_targets(version, _EVIL, b"{}"), [loot.key])
    thief.offer_targets(signed, version)


def root_by_the_online_keys(thief: Thief, loot: Loot) -> None:
    version = thief.newest_root().version + 1
    thief.files[f"{version}.root.json"] = thief.sign(usurped(thief.newest_root(), loot.key))


FORGERIES: tuple[tuple[Callable[[Thief, Loot], None], str], ...] = (
    (older_snapshot, "timestamp: lists an older snapshot"),
    (snapshot_under_a_new_version, "snapshot: version "),
    (older_targets, "snapshot: lists an older targets.json"),
    (no_targets, "snapshot: targets.json is gone"),
    (targets_under_a_new_version, "targets: version "),
    (targets_by_the_online_keys, "targets: 0 of 1 signatures are good"),
    (targets_by_a_replaced_key, "targets: 0 of 1 signatures are good"),
    (root_by_the_online_keys, "root: 0 of 1 signatures are good"),
)


def test_a_thief_of_the_online_keys_convinces_no_board_and_stops_none_for_good(
    lost: Fleet, cabinet: Cabinet, tmp_path: Path
) -> None:
    ceremony = lost.owner.ceremony
    first = lost.release("1.1.0-theft")
    replaced = signer_of(ceremony, "targets")
    rotate(ceremony, "targets")
    publish_trust(lost.client, ceremony.repository.path)
    with Thief(lost) as thief:
        loot = Loot(thief, replaced)
        second = lost.release("1.2.0-theft", sequence=3)
        siege = Siege(cabinet, thief, second, first)
        push_the_time(siege)
        proven = siege.trusted()
        assert proven["targets.json"] == thief.honest_targets()[0]
        for forge, line in FORGERIES:
            print(f"--- {forge.__name__}")
            thief.files.clear()
            forge(thief, loot)
            assert siege.refusal().startswith(f"UntrustedError: {line}")
            for name in ("root.json", "targets.json"):
                assert siege.trusted()[name] == proven[name]
        thief.files.clear()
        thief.offer_snapshot({"targets.json": MetaFile(FAR_VERSION)}, FAR_VERSION)
        told = siege.warning(siege.offer())
        assert told == f"waiting: LapsedError: {FAR_VERSION}.targets.json is not in the repository"
        assert siege.version("timestamp") == siege.version("snapshot") == FAR_VERSION
    replace_online(ceremony)
    with Fleet(tmp_path / "new", lost.workshop, lost.owner) as new:
        publish_trust(new.client, ceremony.repository.path)
        new.add_board(cabinet.id)
        cabinet.fleet = new
        cabinet.online()
        cabinet.ends(cabinet.assign(new.publish(second)), "finished")
    assert cabinet.board.running == "ota_1"
    assert siege.version("timestamp") < FAR_VERSION


def push_the_time(siege: Siege) -> None:
    """Let the board prove a time that is almost the end of what people have signed."""
    thief = siege.thief
    data, targets = thief.honest_targets()
    thief.offer_snapshot({"targets.json": listed(targets.version, data)})
    thief.ahead = targets.expires - datetime.now(UTC) - _HOUR
    thief.spoil(MANIFEST, flip(40))
    assert siege.refusal() == "UntrustedError: manifest: wrong hash"
    thief.behave()
