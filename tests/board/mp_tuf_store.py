"""What is stored and remembered: power cuts at every write, and no signature is checked twice."""

import asyncio

from tuf_repo import (
    Files,
    Key,
    PowerCutError,
    Repo,
    Store,
    client_of,
    find,
    refresh,
    refused,
    spoilt,
)

from tuf import p256
from tuf.errors import MissingError, SignatureError, TufError


def _rotated():
    """A store that is up to date, and a repository that went on: new keys, versions and target."""
    repo = Repo()
    store = Store(repo)
    refresh(repo, store)
    repo.trust("root", [Key(4)])
    repo.signers["root"] = [Key(0), Key(4)]
    repo.publish("root")
    repo.trust("snapshot", [Key(5)])
    repo.trust("timestamp", [Key(6)])
    repo.publish("root")
    repo.add("targets", "new", b"data")
    repo.publish("targets", "snapshot", "timestamp")
    return repo, store


def test_power_cut_at_any_write_leaves_a_trusted_set_that_can_go_on():
    repo, store = _rotated()
    before = store.files
    cuts = 0
    while True:
        store.files = Files(before)
        store.cut_at = cuts
        try:
            refresh(repo, store)
            break
        except PowerCutError:
            cuts += 1
        store.cut_at = None
        assert find(refresh(repo, store), "new")["length"] == 4
    # Two roots, two removals, timestamp, snapshot, targets.
    assert cuts == 7


def test_power_cut_leaves_no_way_back_to_older_metadata():
    repo = Repo()
    store = Store(repo)
    old = Files(repo.files)
    repo.publish("targets", "snapshot", "timestamp")
    refresh(repo, store)
    repo.publish("targets", "snapshot", "timestamp")
    before = store.files
    honest = repo.files
    for cut_at in range(3):
        store.files = Files(before)
        store.cut_at = cut_at
        repo.files = honest
        refused(PowerCutError, refresh, repo, store)
        store.cut_at = None
        repo.files = old
        try:
            refresh(repo, store)
            raise AssertionError("an older timestamp was accepted")
        except TufError:
            pass


def test_stored_files_are_verified_before_they_are_used():
    for name in ("timestamp", "snapshot", "targets"):
        repo = Repo()
        store = Store(repo)
        refresh(repo, store)
        good = store.files[name + ".json"]
        for bad in (spoilt(good), good[:-1], b""):
            store.files[name + ".json"] = bad
            repo.requests.clear()
            refresh(repo, store)
            assert store.files[name + ".json"] == good
            path = repo.path(name, 1)
            assert path in repo.requests


def test_stored_file_longer_than_its_limit_counts_as_none():
    repo = Repo()
    store = Store(repo)
    refresh(repo, store)
    good = store.files["targets.json"]
    store.files["targets.json"] = good + b" " * 8192
    refresh(repo, store)
    assert store.files["targets.json"] == good


def test_nothing_is_stored_under_a_name_that_was_not_verified():
    repo, store = _rotated()
    repo.put_bytes("snapshot", 2, spoilt(repo.files["2.snapshot.json"]))
    repo.put("timestamp", repo.signed["timestamp"])
    before = store.files["targets.json"]
    refused(SignatureError, refresh, repo, store)
    assert store.version("snapshot") is None
    assert store.files["targets.json"] == before


def _count_checks(function):
    """How many signatures `function` looks at."""
    checked = []
    verify = p256.verify

    def counting(*args):
        checked.append(args)
        return verify(*args)

    p256.verify = counting
    try:
        function()
    finally:
        p256.verify = verify
    return len(checked)


def test_poll_with_nothing_new_checks_no_signature():
    repo = Repo()
    store = Store(repo)
    memo = {}
    assert _count_checks(lambda: refresh(repo, store, memo=memo)) == 4
    assert _count_checks(lambda: refresh(repo, store, memo=memo)) == 0


def test_after_power_on_each_stored_file_is_checked_once():
    repo = Repo()
    store = Store(repo)
    refresh(repo, store)
    memo = {}
    assert _count_checks(lambda: refresh(repo, store, memo=memo)) == 4
    assert _count_checks(lambda: refresh(repo, store, memo=memo)) == 0


def test_new_timestamp_costs_one_signature_check():
    repo = Repo()
    store = Store(repo)
    memo = {}
    refresh(repo, store, memo=memo)
    repo.publish("timestamp")
    assert _count_checks(lambda: refresh(repo, store, memo=memo)) == 1


def test_what_was_verified_by_one_root_is_not_taken_for_good_under_the_next():
    repo = Repo()
    store = Store(repo)
    memo = {}
    refresh(repo, store, memo=memo)
    repo.trust("targets", [Key(4)])
    repo.publish("root")
    refused(SignatureError, refresh, repo, store, memo=memo)


def test_no_more_signatures_are_checked_than_the_threshold_needs():
    repo = Repo()
    repo.trust("timestamp", [Key(1), Key(4), Key(5)], 2)
    repo.publish("root", "timestamp")
    # Root 1, root 2 by both roots, two for the timestamp, snapshot, targets.
    assert _count_checks(lambda: refresh(repo, Store(repo))) == 7


def test_tick_is_called_while_signatures_are_checked():
    repo = Repo()
    ticks = []
    refresh(repo, Store(repo), tick=lambda: ticks.append(1))
    assert len(ticks) > 4 * 10


def test_one_client_can_refresh_again_and_again():
    repo = Repo()
    store = Store(repo)
    client = client_of(repo, store)
    for version in (1, 2, 3):
        asyncio.run(client.refresh(1800000000))
        assert store.version("targets") == version
        repo.publish("targets", "snapshot", "timestamp")


def test_failed_refresh_leaves_no_targets_to_find():
    repo = Repo()
    client = refresh(repo, Store(repo))
    del repo.files["timestamp.json"]
    refused(MissingError, lambda: asyncio.run(client.refresh(1800000000)))
    assert client.targets is None
