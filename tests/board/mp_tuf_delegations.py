"""Delegated targets: which role may speak of a target, in which order, by whose keys."""

from binascii import hexlify
from hashlib import sha256

from tuf_repo import NOW, Key, Repo, Store, find, refresh, refused, spoilt

from tuf.delegations import matches
from tuf.errors import (
    ExpiredError,
    MetadataError,
    MismatchError,
    MissingError,
    NoTargetError,
    RollbackError,
    SignatureError,
)
from tuf.succinct import bin_for


def _searched(repo, path, **options):
    """The delegated roles that a search for `path` asks the server for, in order."""
    client = refresh(repo, Store(repo), **options)
    repo.requests.clear()
    refused(NoTargetError, find, client, path)
    return [name.split(".")[1] for name in repo.requests]


def _tree(*delegations):
    """A repository of roles: (delegator, name) or (delegator, name, fields of the record)."""
    repo = Repo()
    for delegator, name, *fields in delegations:
        record = {"paths": ["*"], "terminating": False}
        record.update(*fields)
        repo.delegate(delegator, name, [Key(4)], **record)
    for _, name, *_ in delegations:
        if name + ".json" not in repo.signed["snapshot"]["meta"]:
            repo.publish(name)
    repo.publish("targets", "snapshot", "timestamp")
    return repo


def test_roles_are_asked_depth_first_in_order_of_appearance():
    for delegations, order in (
        ([("targets", "A"), ("targets", "B")], "AB"),
        ([("targets", "A"), ("targets", "B"), ("B", "C")], "ABC"),
        ([("targets", "A"), ("targets", "B"), ("A", "C"), ("A", "D")], "ACDB"),
        ([("targets", "A"), ("targets", "B"), ("A", "C"), ("C", "D")], "ACDB"),
        ([("targets", "A"), ("targets", "B"), ("B", "C"), ("A", "C")], "ACB"),
        # A cycle ends where it began.
        ([("targets", "A"), ("targets", "B"), ("B", "C"), ("C", "D"), ("D", "B")], "ABCD"),
    ):
        assert "".join(_searched(_tree(*delegations), "x")) == order


def test_terminating_role_and_its_descendants_are_the_last_to_be_asked():
    end = {"terminating": True}
    for delegations, order in (
        ([("targets", "A", end), ("targets", "B")], "A"),
        ([("targets", "A"), ("targets", "B"), ("A", "C", end), ("A", "D")], "AC"),
        ([("targets", "A"), ("targets", "B"), ("A", "C", end), ("C", "D")], "ACD"),
        ([("targets", "A", {"terminating": True, "paths": ["y"]}), ("targets", "B")], "B"),
    ):
        assert "".join(_searched(_tree(*delegations), "x")) == order


def test_only_roles_with_a_matching_path_are_asked_all_the_way_down():
    repo = _tree(
        ("targets", "A", {"paths": ["*.doc", "foo-?.tgz"]}),
        ("targets", "B", {"paths": ["releases/*/*"]}),
        ("B", "C", {"paths": ["releases/x/*"]}),
        ("B", "D", {"paths": ["releases/y/*.zip"]}),
        ("A", "D", {"paths": ["*"]}),
    )
    for path, order in (
        ("a.doc", "AD"),
        ("foo-1.tgz", "AD"),
        ("foo-12.tgz", ""),
        ("dir/a.doc", ""),
        ("releases/x/1", "BC"),
        ("releases/y/1.zip", "BD"),
        ("releases/y/1.tgz", "B"),
        ("releases/1.zip", ""),
        ("Releases/x/1", ""),
    ):
        assert "".join(_searched(repo, path)) == order, path


def test_roles_are_found_by_the_prefix_of_the_paths_hash():
    digest = str(hexlify(sha256("x").digest()), "ascii")
    for prefixes, order in (([digest[:3]], "A"), (["", "0"], "A"), ([digest + "0"], ""), ([], "")):
        repo = Repo()
        repo.delegate("targets", "A", [Key(4)], path_hash_prefixes=prefixes)
        repo.publish("A", "targets", "snapshot", "timestamp")
        assert "".join(_searched(repo, "x")) == order


def test_first_role_that_lists_the_target_decides():
    repo = _tree(("targets", "A"), ("targets", "B"), ("A", "C"))
    for role, data in (("B", b"1"), ("C", b"22")):
        repo.add(role, "x", data)
    repo.publish("B", "C", "snapshot", "timestamp")
    assert find(refresh(repo, Store(repo)), "x")["length"] == 2
    repo.add("targets", "x", b"333")
    repo.publish("targets", "snapshot", "timestamp")
    assert find(refresh(repo, Store(repo)), "x")["length"] == 3


def test_target_that_nobody_lists_is_not_found():
    repo = _tree(("targets", "A"))
    assert "nothing" in str(refused(NoTargetError, find, refresh(repo, Store(repo)), "nothing"))
    plain = Repo()
    refused(NoTargetError, find, refresh(plain, Store(plain)), "nothing")


def test_search_ends_after_so_many_roles():
    repo = Repo()
    for number in range(6):
        repo.delegate("targets", f"r{number}", [Key(4)], paths=["*"])
        repo.publish(f"r{number}")
    repo.publish("targets", "snapshot", "timestamp")
    assert _searched(repo, "x", max_roles=3) == ["r0", "r1", "r2"]
    assert len(_searched(repo, "x", max_roles=6)) == 6


def _refused_role(kind, spoil):
    """A role that is delegated to, spoilt by `spoil(repo)`, ends the search with an error."""
    repo = _tree(("targets", "A"), ("targets", "B"))
    repo.add("B", "x", b"1")
    repo.publish("B")
    spoil(repo)
    repo.publish("snapshot", "timestamp")
    store = Store(repo)
    refused(kind, find, refresh(repo, store), "x")
    assert store.version("A") is None


def test_role_that_can_not_be_trusted_ends_the_search():
    def unsigned(repo):
        repo.put_bytes("A", 1, spoilt(repo.files["1.A.json"]))

    def gone(repo):
        del repo.files["1.A.json"]

    def not_listed(repo):
        del repo.signed["snapshot"]["meta"]["A.json"]

    def of_another_version(repo):
        repo.signed["snapshot"]["meta"]["A.json"] = {"version": 2}
        repo.files["2.A.json"] = repo.files["1.A.json"]

    def expired(repo):
        repo.signed["A"]["expires"] = NOW
        repo.publish("A")

    def changed(repo):
        repo.files["1.A.json"] = repo.files["1.A.json"][:-1] + b" }"

    def of_another_type(repo):
        repo.signed["A"] = repo.signed["snapshot"]
        repo.put("A", dict(repo.signed["snapshot"], version=1), [Key(4)])

    _refused_role(SignatureError, unsigned)
    _refused_role(MissingError, gone)
    _refused_role(MissingError, not_listed)
    _refused_role(RollbackError, of_another_version)
    _refused_role(ExpiredError, expired)
    _refused_role(MismatchError, changed)
    _refused_role(MetadataError, of_another_type)


def test_role_good_for_one_delegator_is_not_good_for_another():
    repo = Repo()
    repo.delegate("targets", "A", [Key(4)], paths=["a/*"])
    repo.delegate("targets", "B", [Key(5)], paths=["b/*"])
    repo.delegate("A", "release", [Key(6)], paths=["a/*"])
    repo.delegate("B", "release", [Key(7)], paths=["b/*"])
    repo.add("release", "a/x", b"1")
    repo.add("release", "b/x", b"1")
    repo.publish("release", "A", "B", "targets", "snapshot", "timestamp")
    client = refresh(repo, Store(repo))
    for _ in range(2):
        assert find(client, "a/x")["length"] == 1
        refused(SignatureError, find, client, "b/x")


def test_stored_role_is_used_again_without_a_request():
    repo = _tree(("targets", "A"))
    repo.add("A", "x", b"1")
    repo.publish("A", "snapshot", "timestamp")
    store = Store(repo)
    find(refresh(repo, store), "x")
    repo.requests.clear()
    find(refresh(repo, store), "x")
    assert repo.requests == ["2.root.json", "timestamp.json"]


def test_odd_names_stay_in_the_store_and_are_quoted_in_requests():
    for name, quoted in (("?", "%3F"), ("../A", "..%2FA"), ("/A", "%2FA"), ("\xe9", "%C3%A9")):
        repo = Repo()
        repo.delegate("targets", name, [Key(4)], paths=["*"])
        repo.add(name, "x", b"1")
        repo.signed[name]["version"] = 1
        repo.put(quoted, repo.signed[name], [Key(4)])
        meta = repo.signed["snapshot"]["meta"]
        meta[name + ".json"] = meta.pop(quoted + ".json")
        repo.publish("targets", "snapshot", "timestamp")
        store = Store(repo)
        find(refresh(repo, store), "x")
        assert store.changes[-1] == quoted + ".json"


def _malformed(**delegations):
    repo = Repo()
    repo.signed["targets"]["delegations"] = delegations
    repo.publish("targets", "snapshot", "timestamp")
    refused(MetadataError, find, refresh(repo, Store(repo)), "x")


def test_malformed_delegations_are_refused():
    key = Key(4)
    keys = {key.id: key.public}
    good = {"name": "A", "keyids": [key.id], "threshold": 1, "paths": ["*"], "terminating": False}
    _malformed()
    _malformed(keys=keys)
    _malformed(roles=[good])
    _malformed(keys={Key(5).id: key.public}, roles=[good])
    _malformed(keys=keys, roles=[good], succinct_roles={})
    _malformed(keys=keys, roles=[good, dict(good, paths=["other"])])
    _malformed(keys=keys, roles=[dict(good, path_hash_prefixes=[])])
    for name in ("root", "timestamp", "snapshot", "targets", "", "x" * 65, 1):
        _malformed(keys=keys, roles=[dict(good, name=name)])
    for field, value in (
        ("threshold", 0),
        ("keyids", [1]),
        ("paths", "*"),
        ("paths", [1]),
        ("terminating", 1),
    ):
        bad = dict(good)
        bad[field] = value
        _malformed(keys=keys, roles=[bad])
    bad = dict(good)
    del bad["paths"]
    _malformed(keys=keys, roles=[bad])
    _malformed(keys=keys, roles=[dict(bad, path_hash_prefixes=[1])])


def test_shell_patterns_match_as_shells_do():
    for pattern, yes, no in (
        ("", ("",), ("a",)),
        ("abc", ("abc",), ("ab", "abcd", "Abc", "")),
        ("*", ("", "a", "abc"), ()),
        ("a*c", ("ac", "abc", "abcabc"), ("ab", "bac", "a")),
        ("*a*b*", ("ab", "xaxbx", "aab"), ("ba", "a")),
        ("?", ("a", "*", "?"), ("", "ab")),
        ("a?c", ("abc",), ("ac", "abbc")),
        ("[abc]x", ("ax", "cx"), ("x", "dx", "abx")),
        ("[a-c0]", ("a", "b", "c", "0"), ("d", "-", "1")),
        ("[!a-c]", ("d", "!"), ("a", "b", "")),
        ("[]a]", ("]", "a"), ("b",)),
        ("[!]]", ("a",), ("]",)),
        ("[a-]", ("a", "-"), ("b",)),
        ("[ab", ("[ab",), ("a",)),
        ("[*]", ("*",), ("a", "")),
        ("x[", ("x[",), ("x",)),
        ("*.tgz", (".tgz", "a.tgz", ".tgz.tgz"), ("a.tgz.x", "tgz")),
        ("**", ("", "ab"), ()),
    ):
        for text in yes:
            assert matches(pattern, text), (pattern, text)
        for text in no:
            assert not matches(pattern, text), (pattern, text)


def test_pattern_with_many_stars_takes_no_age():
    assert not matches("a*" * 20 + "b", "a" * 60)


def test_hash_bins_are_named_as_in_tap_15():
    role = {"keyids": [], "threshold": 1, "bit_length": 10, "name_prefix": "bin"}
    # SHA-256 of "x" begins with 2d711642.
    assert sha256("x").digest()[:4] == b"\x2d\x71\x16\x42"
    for bits, name in (
        (1, "bin-0"),
        (4, "bin-2"),
        (5, "bin-05"),
        (10, "bin-0b5"),
        (32, "bin-2d711642"),
    ):
        assert bin_for(dict(role, bit_length=bits), "x") == name
    for bits in (0, 33, "1"):
        refused(MetadataError, bin_for, dict(role, bit_length=bits), "x")


def test_target_in_a_hash_bin_is_found_and_other_bins_are_not_asked():
    repo = Repo()
    key = Key(4)
    repo.signed["targets"]["delegations"] = {
        "keys": {key.id: key.public},
        "succinct_roles": {
            "keyids": [key.id],
            "threshold": 1,
            "bit_length": 2,
            "name_prefix": "bin",
        },
    }
    bin_0 = dict(repo.signed["targets"], targets={}, version=0)
    del bin_0["delegations"]
    repo.signed["bin-0"] = bin_0
    repo.signers["bin-0"] = [key]
    repo.add("bin-0", "x", b"1")
    repo.publish("bin-0", "targets", "snapshot", "timestamp")
    assert find(refresh(repo, Store(repo)), "x")["length"] == 1
    assert repo.requests[-1] == "1.bin-0.json"
