"""Snapshot and timestamp over weeks: a server that looks every now and then, and its clock."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from trust_world import RELEASE, Shop, ceremony_in, contents
from tuf.api.metadata import Metadata, Snapshot, Timestamp

from fleet.trust.bundle import bundle_of, parse_bundle
from fleet.trust.publisher import Publisher
from fleet.trust.settings import TrustSettings
from lockerctl.errors import UserError
from lockerctl.keys import actions
from lockerctl.keys.ceremony import Terms
from lockerctl.keys.offers import sign_release
from lockerctl.keys.rules import LIMITS

START = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_publisher(shop: Shop, clock: Clock) -> Callable[[], Publisher]:
    """Starts a server's publisher on what is in the folder."""

    def opened() -> Publisher:
        publisher = Publisher(TrustSettings(shop.repository, shop.online), clock)
        publisher.open()
        return publisher

    return opened


@pytest.fixture
def publisher(shop: Shop, open_publisher: Callable[[], Publisher]) -> Publisher:
    """One that has published what was signed."""
    made = open_publisher()
    publish(shop, made)
    return made


def publish(shop: Shop, publisher: Publisher) -> None:
    files = bundle_of(shop.ceremony.repository, shop.ceremony.trusted())
    publisher.take(parse_bundle({"files": files}))


def timestamp(publisher: Publisher) -> Timestamp:
    return Metadata[Timestamp].from_bytes(publisher.read("timestamp.json") or b"").signed


def snapshot(publisher: Publisher) -> Snapshot:
    version = timestamp(publisher).snapshot_meta.version
    data = publisher.read(f"{version}.snapshot.json")
    assert data
    timestamp(publisher).snapshot_meta.verify_length_and_hashes(data)
    return Metadata[Snapshot].from_bytes(data).signed


def test_a_server_that_is_left_alone_never_lets_anything_expire(
    shop: Shop, publisher: Publisher, clock: Clock
) -> None:
    timestamps, snapshots, most = set(), set(), 0
    for _ in range(60 * 24):
        clock.now += HOUR
        publisher.tend()
        now, listed = timestamp(publisher), snapshot(publisher)
        assert now.expires >= clock.now + 6 * DAY - HOUR
        assert listed.expires >= clock.now + 23 * DAY - HOUR
        timestamps.add(now.version)
        snapshots.add(listed.version)
        most = max(most, len(list(shop.repository.glob("*.snapshot.json"))))
    assert 58 <= len(timestamps) <= 61
    assert 8 <= len(snapshots) <= 10
    assert most <= 4


def test_nothing_is_written_while_nothing_is_due(
    shop: Shop, publisher: Publisher, clock: Clock
) -> None:
    before = contents(shop.repository)
    for _ in range(23):
        clock.now += HOUR
        publisher.tend()
        publisher.sync()
    assert contents(shop.repository) == before
    clock.now += HOUR
    publisher.tend()
    changed = {name for name, data in contents(shop.repository).items() if before.get(name) != data}
    assert changed == {"timestamp.json"}


def test_a_server_that_slept_too_long_renews_when_it_starts(
    shop: Shop, publisher: Publisher, open_publisher: Callable[[], Publisher], clock: Clock
) -> None:
    before = timestamp(publisher).version
    clock.now += 100 * DAY
    awake = open_publisher()
    assert timestamp(awake).version > before
    assert timestamp(awake).expires > clock.now + 6 * DAY
    assert snapshot(awake).expires > clock.now + 20 * DAY
    assert shop.repository.is_dir()


def test_a_server_that_was_set_back_to_a_backup_goes_on_above_all_it_has_signed(
    shop: Shop,
    publisher: Publisher,
    open_publisher: Callable[[], Publisher],
    clock: Clock,
    tmp_path: Path,
) -> None:
    shutil.copytree(shop.repository, tmp_path / "backup")
    for _ in range(30):
        clock.now += DAY
        publisher.tend()
    last, listed = timestamp(publisher), snapshot(publisher)
    shutil.rmtree(shop.repository)
    shutil.copytree(tmp_path / "backup", shop.repository)
    clock.now += DAY
    again = open_publisher()
    assert timestamp(again).version > last.version
    assert snapshot(again).version >= listed.version


def test_targets_that_boards_have_seen_do_not_go_back(
    shop: Shop, publisher: Publisher, tmp_path: Path, open_publisher: Callable[[], Publisher]
) -> None:
    shutil.copy(shop.repository / "2.targets.json", tmp_path)
    (shop.repository / "2.targets.json").unlink()
    shutil.copy(shop.ceremony.repository.path / "1.targets.json", shop.repository)
    with pytest.raises(UserError, match="targets 1 is older than what boards were told of"):
        publisher.sync()
    with pytest.raises(UserError, match="which is 2: lockerctl key publish"):
        open_publisher()
    # What they can fetch is what they could fetch before.
    assert snapshot(publisher).meta["targets.json"].version == 2
    (tmp_path / "2.targets.json").rename(shop.repository / "2.targets.json")
    publisher.sync()


@pytest.mark.parametrize("damage", [b"", b"{", b"\x00" * 400])
@pytest.mark.parametrize("name", ["timestamp.json", "snapshot"])
def test_damaged_files_of_its_own_are_made_anew(
    shop: Shop,
    publisher: Publisher,
    open_publisher: Callable[[], Publisher],
    clock: Clock,
    name: str,
    damage: bytes,
) -> None:
    before = timestamp(publisher), snapshot(publisher)
    path = shop.repository / name
    if name == "snapshot":
        path = shop.repository / f"{before[1].version}.snapshot.json"
    path.write_bytes(damage)
    clock.now += HOUR
    again = open_publisher()
    assert timestamp(again).version > before[0].version
    assert snapshot(again).meta == before[1].meta


def test_what_will_expire_is_logged_once_a_day_with_what_to_do(
    shop: Shop, publisher: Publisher, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "fleet.trust")
    for _ in range(24 * 10):
        clock.now += HOUR
        publisher.tend()
    assert caplog.messages == []
    actions.renew(shop.ceremony, "targets", Terms(days=20))
    publish(shop, publisher)
    for _ in range(48):
        clock.now += HOUR
        publisher.tend()
    ((bad, text),) = publisher.troubles()
    assert (bad, text[:21]) == (False, "targets 3: good until")
    assert 1 <= len(caplog.messages) <= 4
    assert all(line.startswith("trust: targets 3: good until") for line in caplog.messages)
    assert all(line.endswith("lockerctl key renew targets") for line in caplog.messages)


def test_an_expired_root_does_not_stop_the_renewal_of_what_is_ours(
    publisher: Publisher, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    clock.now += 400 * DAY
    publisher.tend()
    assert timestamp(publisher).expires > clock.now
    assert any("root 1: EXPIRED" in line for line in caplog.messages)
    assert any(bad and "root 1: EXPIRED" in text for bad, text in publisher.troubles())


def test_files_put_into_the_folder_are_offered_without_a_word(
    shop: Shop, publisher: Publisher
) -> None:
    shop.ceremony.repository.path.rename(shop.folder / "unused")
    shop.ceremony.repository.path = shop.repository
    publisher.tend()
    actions.rotate(shop.ceremony, "targets")
    actions.replace_online(shop.ceremony)
    assert publisher.read("2.root.json") is None
    assert publisher.read("3.root.json") is None
    before = timestamp(publisher)
    publisher.tend()
    # The new keys are not here yet: nothing changes, but people are told.
    assert publisher.read("3.root.json") is None
    assert timestamp(publisher) == before
    ((bad, text),) = publisher.troubles()
    assert (bad, "trusts other snapshot keys" in text) == (True, True), text
    shop.take_online_keys()
    publisher.tend()
    assert list(publisher.troubles()) == []
    assert publisher.read("3.root.json")
    assert snapshot(publisher).meta["targets.json"].version == 3


def test_a_forged_file_in_the_folder_changes_nothing_and_is_logged(
    shop: Shop, publisher: Publisher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = ceremony_in(tmp_path / "stranger")
    sign_release(stranger, RELEASE)
    actions.renew(stranger, "targets")
    actions.renew(stranger, "root")
    for name in ("3.targets.json", "2.root.json"):
        shutil.copy(stranger.repository.path / name, shop.repository)
        before = timestamp(publisher)
        publisher.tend()
        assert timestamp(publisher) == before
    assert publisher.read("2.root.json") is None
    said = "\n".join(caplog.messages)
    assert "trust: 3.targets.json: targets 3: 0 of 1 good signatures" in said
    assert "trust: 2.root.json: root 2: 0 of 2 good signatures" in said


def test_a_signature_by_older_keys_is_left_out_where_it_has_no_room(
    shop: Shop, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = publisher.read("timestamp.json") or b""
    monkeypatch.setitem(LIMITS, "timestamp", len(alone) + 50)
    actions.replace_online(shop.ceremony)
    shutil.copytree(shop.ceremony.online.path, shop.online, dirs_exist_ok=True)
    publish(shop, publisher)
    signed = Metadata[Timestamp].from_bytes(publisher.read("timestamp.json") or b"")
    assert list(signed.signatures) == shop.ceremony.trusted().root.signed.roles["timestamp"].keyids


def test_old_keys_that_are_still_there_sign_along_until_the_next_renewal(
    shop: Shop, publisher: Publisher, clock: Clock
) -> None:
    actions.replace_online(shop.ceremony)
    shutil.copytree(shop.ceremony.online.path, shop.online, dirs_exist_ok=True)
    publish(shop, publisher)

    def signatures() -> int:
        data = publisher.read("timestamp.json") or b""
        return len(Metadata[Timestamp].from_bytes(data).signatures)

    assert signatures() == 2
    clock.now += DAY
    publisher.tend()
    assert signatures() == 1
