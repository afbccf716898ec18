"""The shape of metadata, its dates, and the lengths and hashes that it gives for files."""

import json

from tuf_repo import Key, Repo, hex_sha256, key_id, refused

from tuf.errors import MetadataError, MismatchError
from tuf.hashes import check, checked
from tuf.metadata import Metadata, Raw
from tuf.names import quote, target_path


def _read(kind, outer):
    data = json.dumps(outer).encode()
    return Metadata(kind, kind, Raw(bytearray(data), len(data)))


def _changed(kind, **fields):
    """A good file of `kind` in which fields of the signed part are others, or gone (...)."""
    repo = Repo()
    signed = repo.signed[kind]
    for name, value in fields.items():
        if value is ...:
            del signed[name]
        else:
            signed[name] = value
    return {"signed": signed, "signatures": []}


def _expiry(text):
    return _read("timestamp", _changed("timestamp", expires=text)).expires_s


def test_dates_become_seconds_since_1970():
    for text, seconds in (
        ("1970-01-01T00:00:00Z", 0),
        ("1985-10-21T01:21:00Z", 498705660),
        ("2000-02-29T12:00:00Z", 951825600),
        ("2000-03-01T00:00:00Z", 951868800),
        ("2027-01-15T08:00:00Z", 1800000000),
        ("2038-01-19T03:14:08Z", 1 << 31),
        ("2100-02-28T23:59:59Z", 4107542399),
        ("2100-03-01T00:00:00Z", 4107542400),
        ("9999-12-31T23:59:59Z", 253402300799),
    ):
        assert _expiry(text) == seconds, text


def test_what_is_no_date_is_refused():
    for text in (
        "",
        "2027-01-15",
        "2027-01-15T08:00:00",
        "2027-01-15T08:00:00z",
        "2027-01-15 08:00:00Z",
        "2027-01-15T08:00:00+00:00",
        "2027-01-15T08:00:00.5Z",
        "2027-1-15T08:00:00Z",
        "2027-13-15T08:00:00Z",
        "2027-00-15T08:00:00Z",
        "2027-01-00T08:00:00Z",
        "2027-01-32T08:00:00Z",
        "2027-01-15T24:00:00Z",
        "2027-01-15T08:60:00Z",
        "2027-01-15T08:00:60Z",
        "2027-01-15T-8:00:00Z",
        "+027-01-15T08:00:00Z",
        "2027-01-15T08:00:00ZZ",
        " 2027-01-15T08:00:00Z",
        "2027-01-1\u0665T08:00:00Z",
    ):
        refused(MetadataError, _expiry, text)


def test_file_without_its_parts_is_refused():
    good = _changed("timestamp")
    _read("timestamp", good)
    for outer in (
        [],
        "x",
        1,
        {},
        {"signed": good["signed"]},
        {"signatures": []},
        {"signed": [], "signatures": []},
        {"signed": good["signed"], "signatures": {}},
        {"signed": good["signed"], "signatures": [1]},
        {"signed": good["signed"], "signatures": [{"keyid": "a"}]},
        {"signed": good["signed"], "signatures": [{"keyid": 1, "sig": ""}]},
    ):
        refused(MetadataError, _read, "timestamp", outer)


def test_wrong_common_fields_are_refused():
    for fields in (
        {"_type": "snapshot"},
        {"_type": ...},
        {"spec_version": "2.0.0"},
        {"spec_version": "10.0"},
        {"spec_version": "1"},
        {"spec_version": 1},
        {"spec_version": ...},
        {"version": 0},
        {"version": -1},
        {"version": True},
        {"version": "1"},
        {"version": None},
        {"version": 1 << 40},
        {"version": ...},
        {"expires": 1800000000},
        {"expires": ...},
    ):
        refused(MetadataError, _read, "timestamp", _changed("timestamp", **fields))
    for text in ("1.0", "1.0.0", "1.1.7"):
        _read("timestamp", _changed("timestamp", spec_version=text))


def test_wrong_entries_of_listed_files_are_refused():
    good = {"version": 1, "length": 0, "hashes": {"sha256": "00"}}
    _read("snapshot", _changed("snapshot", meta={"targets.json": good}))
    for name, value in (
        ("version", 0),
        ("version", None),
        ("length", -1),
        ("length", "1"),
        ("length", None),
        ("hashes", {}),
        ("hashes", []),
        ("hashes", {"sha256": 1}),
    ):
        entry = dict(good)
        entry[name] = value
        refused(MetadataError, _read, "snapshot", _changed("snapshot", meta={"a.json": entry}))
    for meta in (..., [], {"a.json": 1}, {"a.json": {}}):
        refused(MetadataError, _read, "snapshot", _changed("snapshot", meta=meta))


def test_wrong_entries_of_targets_are_refused():
    good = {"length": 1, "hashes": {"sha256": "00"}}
    _read("targets", _changed("targets", targets={"a": good}))
    for entry in (1, {}, {"length": 1}, {"hashes": {"sha256": "00"}}, {"length": 1, "hashes": {}}):
        refused(MetadataError, _read, "targets", _changed("targets", targets={"a": entry}))
    refused(MetadataError, _read, "targets", _changed("targets", targets=...))


def test_wrong_roots_are_refused():
    key = Key(0)
    role = {"keyids": [key.id], "threshold": 1}
    names = ("root", "timestamp", "snapshot", "targets")
    roles = dict.fromkeys(names, role)
    keys = {key.id: key.public}
    _read("root", _changed("root", keys=keys, roles=roles))
    for bad in (
        1,
        {},
        {"keyids": [], "threshold": 0},
        {"keyids": [], "threshold": True},
        {"keyids": [1], "threshold": 1},
        {"keyids": key.id, "threshold": 1},
    ):
        refused(MetadataError, _read, "root", _changed("root", roles=dict(roles, targets=bad)))
    for name in names:
        fewer = {other: role for other in names if other != name}
        refused(MetadataError, _read, "root", _changed("root", roles=fewer))
    for name in ("keytype", "scheme", "keyval"):
        public = dict(key.public)
        del public[name]
        bad = {key_id(public): public}
        refused(MetadataError, _read, "root", _changed("root", keys=bad, roles=roles))
    refused(MetadataError, _read, "root", _changed("root", consistent_snapshot=1))
    refused(MetadataError, _read, "root", _changed("root", keys={key.id[:-1]: key.public}))
    _read("root", _changed("root", consistent_snapshot=...))


def _entry(data, **fields):
    fields.update(length=len(data), hashes={"sha256": hex_sha256(data)})
    return fields


def test_file_with_listed_length_and_hash_passes():
    check("file", b"data", _entry(b"data"))
    check("file", b"", _entry(b""))
    check("file", b"data", {})
    check("file", memoryview(b"data"), {"length": 4})


def test_file_with_another_length_or_hash_is_refused():
    for data in (b"dat", b"data!", b"Data", b""):
        refused(MismatchError, check, "file", data, _entry(b"data"))
    refused(MismatchError, check, "file", b"data", {"length": 5})
    refused(MismatchError, check, "file", b"data", {"hashes": {"sha256": hex_sha256(b"data")[1:]}})


def test_every_known_hash_must_be_right_and_one_must_be_known():
    right = (
        "77c7ce9a5d86bb386d443bb96390faa120633158699c8844c30b13ab0bf92760"
        "b7e4416aea397db91b4ac0e5dd56b8ef7e4b066162ab1fdc088319ce6defc876"
    )
    entry = _entry(b"data")
    entry["hashes"]["sha512"] = right
    check("file", b"data", entry)
    entry["hashes"]["new"] = "00"
    check("file", b"data", entry)
    entry["hashes"]["sha512"] = right[:-1] + "7"
    refused(MismatchError, check, "file", b"data", entry)
    refused(MismatchError, check, "file", b"data", {"hashes": {"new": "00"}})


def test_pieces_are_handed_on_but_not_beyond_the_length():
    taken = []

    def take(pieces):
        for piece in checked("file", pieces, _entry(b"data")):
            taken.append(piece)

    take((b"da", b"ta"))
    assert taken == [b"da", b"ta"]
    taken.clear()
    refused(MismatchError, take, (b"da", b"ta", b"!" * 100, b"!"))
    assert taken == [b"da", b"ta"]


def test_names_are_quoted_for_urls_and_files():
    assert quote("targets-1.0_~") == "targets-1.0_~"
    assert quote("../?#%/\xe9") == "..%2F%3F%23%25%2F%C3%A9"
    entry = _entry(b"data")
    prefix = hex_sha256(b"data")
    assert target_path("a/b c.bin", entry, False) == "a/b%20c.bin"
    assert target_path("a/b c.bin", entry, True) == "a/" + prefix + ".b%20c.bin"
    assert target_path("top", entry, True) == prefix + ".top"
