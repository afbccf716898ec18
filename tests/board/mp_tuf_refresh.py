"""The client workflow for the top-level roles (specification 1.0.34, section 5)."""

from tuf_repo import LATER, NOW, Key, Repo, Store, find, refresh, refused, spoilt

from tuf.errors import (
    ExpiredError,
    MetadataError,
    MismatchError,
    MissingError,
    RollbackError,
    SignatureError,
)


def _updated():
    """A repository and a store that is up to date with it."""
    repo = Repo()
    store = Store(repo)
    refresh(repo, store)
    repo.requests.clear()
    return repo, store


def test_first_refresh_asks_for_each_role_once_and_stores_what_it_got():
    repo = Repo()
    store = Store(repo)
    refresh(repo, store)
    assert repo.requests == ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]
    assert store.changes == ["timestamp.json", "snapshot.json", "targets.json"]
    for name, path in (("timestamp", "timestamp"), ("snapshot", "1.snapshot")):
        assert store.files[name + ".json"] == repo.files[path + ".json"]


def test_nothing_new_is_known_from_two_requests():
    repo, store = _updated()
    store.changes.clear()
    refresh(repo, store)
    assert repo.requests == ["2.root.json", "timestamp.json"]
    assert store.changes == []


def test_without_consistent_snapshots_names_have_no_version():
    repo = Repo(consistent=False)
    store = Store(repo)
    repo.add("targets", "a", b"1")
    repo.publish("targets", "snapshot", "timestamp")
    assert find(refresh(repo, store), "a")["length"] == 1
    assert repo.requests == ["2.root.json", "timestamp.json", "snapshot.json", "targets.json"]


def test_unsigned_metadata_is_refused_and_what_came_before_it_stays():
    for role, stored in (
        ("timestamp", (1, 1, 1)),
        ("snapshot", (2, 1, 1)),
        ("targets", (2, 2, 1)),
    ):
        repo, store = _updated()
        repo.publish("targets")
        if role == "targets":
            repo.put_bytes("targets", 2, spoilt(repo.files["2.targets.json"]))
        repo.publish("snapshot")
        if role == "snapshot":
            repo.put_bytes("snapshot", 2, spoilt(repo.files["2.snapshot.json"]))
        repo.publish("timestamp")
        if role == "timestamp":
            repo.put_bytes("timestamp", 2, spoilt(repo.files["timestamp.json"]))
        refused(SignatureError, refresh, repo, store)
        versions = tuple(store.version(name) for name in ("timestamp", "snapshot", "targets"))
        assert versions == stored, role


def test_metadata_of_another_role_is_refused_though_the_key_may_sign_both():
    repo = Repo()
    store = Store(repo)
    repo.signers["snapshot"] = repo.signers["timestamp"]
    repo.signed["snapshot"]["meta"] = {"snapshot.json": {"version": 1}}
    repo.publish("snapshot")
    repo.files["timestamp.json"] = repo.files["2.snapshot.json"]
    refused(MetadataError, refresh, repo, store)
    assert store.version("timestamp") is None


def test_older_timestamp_is_refused():
    repo, store = _updated()
    old = repo.files["timestamp.json"]
    repo.publish("timestamp")
    refresh(repo, store)
    repo.files["timestamp.json"] = old
    refused(RollbackError, refresh, repo, store)
    assert store.version("timestamp") == 2


def test_timestamp_of_the_same_version_is_discarded_whatever_it_says():
    repo, store = _updated()
    before = store.files["timestamp.json"]
    repo.signed["timestamp"]["meta"]["snapshot.json"]["version"] = 100
    repo.put("timestamp", repo.signed["timestamp"])
    refresh(repo, store)
    assert store.files["timestamp.json"] == before
    assert repo.requests[-1] == "timestamp.json"


def test_timestamp_that_lists_an_older_snapshot_is_refused():
    repo, store = _updated()
    repo.publish("snapshot", "timestamp")
    refresh(repo, store)
    repo.signed["snapshot"]["version"] = 0
    repo.publish("snapshot", "timestamp")
    refused(RollbackError, refresh, repo, store)
    assert (store.version("timestamp"), store.version("snapshot")) == (2, 2)


def test_snapshot_that_lists_older_targets_is_refused():
    repo, store = _updated()
    repo.publish("targets", "snapshot", "timestamp")
    refresh(repo, store)
    repo.signed["targets"]["version"] = 0
    repo.publish("targets", "snapshot", "timestamp")
    refused(RollbackError, refresh, repo, store)
    assert (store.version("snapshot"), store.version("targets")) == (2, 2)


def test_snapshot_that_drops_a_role_is_refused():
    repo, store = _updated()
    repo.delegate("targets", "more", [Key(4)], paths=["*"])
    repo.publish("more", "targets", "snapshot", "timestamp")
    refresh(repo, store)
    del repo.signed["snapshot"]["meta"]["more.json"]
    repo.publish("snapshot", "timestamp")
    refused(RollbackError, refresh, repo, store)
    assert store.version("snapshot") == 2


def test_rollback_is_seen_by_an_expired_snapshot_too():
    repo = Repo()
    store = Store(repo)
    repo.signed["snapshot"]["expires"] = LATER
    repo.publish("targets", "snapshot", "timestamp")
    refresh(repo, store)
    repo.signed["targets"]["version"] = 0
    repo.publish("targets", "snapshot", "timestamp")
    refused(RollbackError, refresh, repo, store, now_s=1800000100)


def test_metadata_is_good_until_the_second_it_expires():
    for role in ("timestamp", "snapshot", "targets"):
        for expires, good in ((LATER, True), (NOW, False)):
            repo = Repo()
            store = Store(repo)
            repo.signed[role]["expires"] = expires
            repo.publish("targets", "snapshot", "timestamp")
            if good:
                refresh(repo, store)
            else:
                refused(ExpiredError, refresh, repo, store)
            assert (store.version(role) is not None) == good


def test_expired_root_stops_the_refresh_but_is_stored():
    repo, store = _updated()
    repo.signed["root"]["expires"] = NOW
    repo.publish("root", "timestamp")
    refused(ExpiredError, refresh, repo, store)
    assert (store.version("root"), store.version("timestamp")) == (2, 1)


def test_freeze_is_seen_though_nothing_changes():
    repo = Repo()
    store = Store(repo)
    repo.signed["timestamp"]["expires"] = LATER
    repo.publish("timestamp")
    memo = {}
    refresh(repo, store, memo=memo)
    refused(ExpiredError, refresh, repo, store, now_s=1800000001, memo=memo)


def test_expired_metadata_on_the_board_does_not_hinder_its_successor():
    repo = Repo()
    store = Store(repo)
    for role in ("timestamp", "snapshot", "targets"):
        repo.signed[role]["expires"] = LATER
    repo.publish("targets", "snapshot", "timestamp")
    refresh(repo, store)
    for role in ("timestamp", "snapshot", "targets"):
        repo.signed[role]["expires"] = "2027-02-01T00:00:00Z"
    repo.publish("targets", "snapshot", "timestamp")
    refresh(repo, store, now_s=1800000100)
    assert store.version("targets") == 3


def test_versions_are_those_that_were_announced():
    for role, lister in (("snapshot", "timestamp"), ("targets", "snapshot")):
        repo, store = _updated()
        repo.publish("targets", "snapshot", "timestamp")
        repo.signed[lister]["meta"][role + ".json"] = {"version": 3}
        repo.files[f"3.{role}.json"] = repo.files[f"2.{role}.json"]
        for name in ("snapshot", "timestamp"):
            if name != role:
                repo.publish(name)
        refused(RollbackError, refresh, repo, store)
        assert store.version(role) == 1


def test_mixed_files_of_two_versions_are_refused():
    for role in ("snapshot", "targets"):
        repo, store = _updated()
        repo.publish("targets", "snapshot", "timestamp")
        other = Repo()
        other.add("targets", "evil", b"x")
        other.publish("targets", "snapshot", "timestamp")
        repo.files[f"2.{role}.json"] = other.files[f"2.{role}.json"]
        refused(MismatchError, refresh, repo, store)
        assert store.version(role) == 1


def test_missing_files_are_named():
    for path in ("timestamp.json", "1.snapshot.json", "1.targets.json"):
        repo = Repo()
        del repo.files[path]
        assert path in str(refused(MissingError, refresh, repo, Store(repo)))


def test_snapshot_that_does_not_list_targets_is_refused():
    repo = Repo()
    del repo.signed["snapshot"]["meta"]["targets.json"]
    repo.publish("snapshot", "timestamp")
    refused(MissingError, refresh, repo, Store(repo))


def test_endless_file_is_cut_off_at_the_limit():
    for path, limit in (
        ("2.root.json", 8192),
        ("timestamp.json", 2048),
        ("1.snapshot.json", 4096),
        ("1.targets.json", 8192),
    ):
        repo = Repo()
        store = Store(repo)
        if path[0] == "1":
            # Without a length in what lists it the limit of the role holds.
            repo.signed["snapshot"]["meta"]["targets.json"] = {"version": 1}
            repo.put("snapshot", repo.signed["snapshot"])
            repo.signed["timestamp"]["meta"]["snapshot.json"] = {"version": 1}
            repo.publish("timestamp")
        asked = []

        async def fetch(path_, view, honest=repo.fetch, path=path, asked=asked):
            if path_ != path:
                return await honest(path_, view)
            asked.append(len(view))
            return len(view)

        repo.fetch = fetch
        assert path in str(refused(MismatchError, refresh, repo, store))
        assert asked == [limit + 1]


def _room_for_snapshot(repo):
    """How many bytes the client would take of the snapshot, when it refuses it."""
    rooms = {}

    async def fetch(path, view, honest=repo.fetch):
        rooms[path] = len(view)
        return await honest(path, view)

    repo.fetch = fetch
    refused(MismatchError, refresh, repo, Store(repo))
    return rooms["1.snapshot.json"]


def test_no_more_is_read_than_the_listed_length():
    repo = Repo()
    length = len(repo.files["1.snapshot.json"])
    repo.files["1.snapshot.json"] += b" " * 100
    assert _room_for_snapshot(repo) == length + 1


def test_listed_length_beyond_the_limit_does_not_widen_it():
    repo = Repo()
    repo.signed["timestamp"]["meta"]["snapshot.json"]["length"] = 1 << 40
    repo.publish("timestamp")
    assert _room_for_snapshot(repo) == 4096 + 1


def test_errors_of_the_link_pass_through():
    repo = Repo()

    async def fetch(_path, _view):
        raise OSError(104)

    repo.fetch = fetch
    assert refused(OSError, refresh, repo, Store(repo)).args == (104,)
