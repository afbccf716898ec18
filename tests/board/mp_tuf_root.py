"""The chain of roots: rotation, thresholds, and what a rotation makes of stored metadata (5.3)."""

import json

from tuf_repo import Key, Repo, Store, key_id, refresh, refused, spoilt

from tuf.errors import MetadataError, MissingError, RollbackError, SignatureError


def _rotation(*steps):
    """A repository with a root for each step: numbers of its keys, threshold, signers."""
    repo = Repo()
    repo.signed["root"]["version"] = 0
    for numbers, threshold, signers in steps:
        repo.trust("root", [Key(number) for number in numbers], threshold)
        repo.signers["root"] = [Key(number) for number in signers]
        repo.publish("root")
    return repo


def test_each_root_up_to_the_latest_is_fetched_and_stored():
    repo = _rotation(([0], 1, [0]), ([4], 1, [0, 4]), ([4, 5, 6], 2, [4, 6]), ([5], 1, [5, 6, 4]))
    store = Store(repo)
    refresh(repo, store)
    assert store.changes[:3] == ["root.json"] * 3
    assert store.version("root") == 4
    assert repo.requests[:4] == [f"{version}.root.json" for version in (2, 3, 4, 5)]


def test_root_needs_a_threshold_of_the_keys_before_it():
    for before, signers in (
        (([0], 1, [0]), [4, 5]),
        (([0, 1, 2], 2, [0, 1]), [2, 4]),
        (([0, 1, 2], 3, [0, 1, 2]), [0, 1, 4]),
    ):
        repo = _rotation(before, ([4], 1, signers))
        store = Store(repo)
        refused(SignatureError, refresh, repo, store)
        assert store.version("root") == 1


def test_root_needs_a_threshold_of_its_own_keys():
    for keys, threshold, signers in (([4], 1, [0, 5]), ([0, 4, 5], 2, [0, 6]), ([0], 2, [0])):
        repo = _rotation(([0], 1, [0]), (keys, threshold, signers))
        store = Store(repo)
        refused(SignatureError, refresh, repo, store)
        assert store.version("root") == 1


def test_root_that_was_accepted_before_a_bad_one_stays():
    repo = _rotation(([0], 1, [0]), ([0], 1, [0]), ([0], 1, [1]))
    store = Store(repo)
    refused(SignatureError, refresh, repo, store)
    assert store.version("root") == 2


def test_root_of_another_version_than_its_name_is_refused():
    for version in (1, 3):
        repo = Repo()
        repo.signed["root"]["version"] = version
        repo.put("root", repo.signed["root"])
        if version == 3:
            repo.files["2.root.json"] = repo.files["3.root.json"]
        else:
            repo.files["2.root.json"] = repo.files["1.root.json"]
        store = Store(repo)
        before = store.files["root.json"] = json.dumps(
            {
                "signed": dict(repo.signed["root"], version=1),
                "signatures": [Key(0).sign(dict(repo.signed["root"], version=1))],
            }
        ).encode()
        refused(RollbackError, refresh, repo, store)
        assert store.files["root.json"] == before


def test_more_roots_than_one_refresh_takes_are_taken_by_the_next():
    repo = Repo()
    store = Store(repo)
    honest = repo.fetch

    async def fetch(path, view):
        # Root 35 is the latest.
        if path.endswith("root.json") and not path.startswith("36"):
            repo.publish("root")
        return await honest(path, view)

    repo.fetch = fetch
    refresh(repo, store)
    assert store.version("root") == 33
    refresh(repo, store)
    assert store.version("root") == 35


def test_key_listed_twice_counts_once():
    repo = Repo()
    repo.trust("timestamp", [Key(1), Key(1)], 2)
    repo.signers["timestamp"] = [Key(1)]
    repo.publish("root", "timestamp")
    refused(SignatureError, refresh, repo, Store(repo))


def test_key_under_two_ids_counts_once():
    twins = [Key(1), Key(1, note="another id")]
    assert twins[0].id != twins[1].id
    repo = Repo()
    repo.trust("timestamp", twins, 2)
    repo.publish("root", "timestamp")
    refused(SignatureError, refresh, repo, Store(repo))


def test_two_signatures_of_one_key_id_are_refused():
    repo = Repo()
    outer = json.loads(repo.files["timestamp.json"])
    outer["signatures"].append(outer["signatures"][0])
    repo.files["timestamp.json"] = json.dumps(outer).encode()
    refused(MetadataError, refresh, repo, Store(repo))


def test_key_of_another_role_does_not_count():
    repo = Repo()
    repo.signers["timestamp"] = [Key(0), Key(2), Key(3)]
    repo.publish("timestamp")
    refused(SignatureError, refresh, repo, Store(repo))


def test_bad_signatures_beside_enough_good_ones_do_no_harm():
    repo = Repo()
    repo.trust("timestamp", [Key(1), Key(4), Key(5)], 1)
    repo.publish("root", "timestamp")
    outer = json.loads(spoilt(repo.files["timestamp.json"]))
    outer["signatures"][1]["sig"] = ""
    repo.files["timestamp.json"] = json.dumps(outer).encode()
    refresh(repo, Store(repo))


def test_keys_of_unknown_kinds_are_passed_over():
    repo = Repo()
    odd = Key(4)
    odd.public["scheme"] = "ml-dsa-65/1"
    strange = Key(5)
    strange.public["keyval"] = {"parts": [1, 2]}
    for key in (odd, strange):
        key.id = key_id(key.public)
    repo.trust("timestamp", [odd, strange, Key(1)], 1)
    repo.publish("root", "timestamp")
    refresh(repo, Store(repo))


def test_keys_of_unknown_kinds_do_not_reach_the_threshold():
    repo = Repo()
    odd = Key(4)
    odd.public["scheme"] = "ml-dsa-65/1"
    odd.id = key_id(odd.public)
    repo.trust("timestamp", [odd, Key(1)], 2)
    repo.publish("root", "timestamp")
    refused(SignatureError, refresh, repo, Store(repo))


def test_key_id_that_is_not_its_keys_is_refused():
    repo = Repo()
    key = Key(4)
    key.id = Key(5).id
    repo.trust("targets", [key])
    repo.publish("root", "timestamp")
    store = Store(repo)
    refused(MetadataError, refresh, repo, store)
    assert store.version("root") == 1


def test_rotated_timestamp_key_frees_from_a_fast_forward():
    repo = Repo()
    store = Store(repo)
    repo.signed["timestamp"]["version"] = 100
    repo.publish("timestamp")
    refresh(repo, store)
    repo.trust("timestamp", [Key(4)])
    repo.signed["timestamp"]["version"] = 1
    repo.publish("root", "timestamp")
    refresh(repo, store)
    assert store.version("timestamp") == 2


def test_rotated_snapshot_key_frees_from_a_fast_forward():
    repo = Repo()
    store = Store(repo)
    for role in ("snapshot", "targets"):
        repo.signed[role]["version"] = 100
    repo.publish("targets", "snapshot", "timestamp")
    refresh(repo, store)
    assert store.version("snapshot") == 101
    repo.trust("snapshot", [Key(4)])
    for role in ("snapshot", "targets"):
        repo.signed[role]["version"] = 1
    repo.publish("root", "targets", "snapshot", "timestamp")
    refresh(repo, store)
    assert (store.version("snapshot"), store.version("targets")) == (2, 2)


def test_added_key_does_not_allow_a_rollback():
    repo = Repo()
    store = Store(repo)
    old = repo.files["timestamp.json"]
    repo.publish("timestamp")
    refresh(repo, store)
    repo.trust("timestamp", [Key(1), Key(4)])
    repo.publish("root")
    repo.files["timestamp.json"] = old
    refused(RollbackError, refresh, repo, store)


def test_damaged_trusted_root_is_not_used():
    repo = Repo()
    store = Store(repo)
    store.files["root.json"] = spoilt(store.files["root.json"])
    refused(MissingError, refresh, repo, store)
    assert repo.requests == []


def test_trust_begins_again_with_the_first_root_if_the_stored_one_is_damaged():
    repo = _rotation(([0], 1, [0]), ([4], 1, [0, 4]))
    store = Store(repo)
    refresh(repo, store)
    store.files["first_root"] = repo.files["1.root.json"]
    store.files["root.json"] = b"\xff" * 100
    refresh(repo, store)
    assert store.version("root") == 2


def test_board_without_any_root_says_so():
    repo = Repo()
    assert "on this board" in str(refused(MissingError, refresh, repo, Store()))
    assert repo.requests == []
