"""What the host takes for trusted metadata: no more than a board does."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from securesystemslib.signer import Key, SSlibKey
from tuf.api.metadata import Delegations, Metadata, Root, TargetFile, Targets

from lockerctl.keys import keyfiles
from lockerctl.keys.ceremony import Ceremony
from lockerctl.keys.rules import (
    TrustError,
    check_next_root,
    check_not_expired,
    check_root_form,
    check_targets,
    parse,
)
from lockerctl.keys.trusted import load_trusted

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def made(ceremony: Ceremony) -> Metadata[Root]:
    return ceremony.trusted().root


def sign(ceremony: Ceremony, document: Metadata[Any], *names: str) -> Metadata[Any]:
    """The document, signed by these keys of the ceremony."""
    document.signatures.clear()
    for key in ceremony.keys.held():
        if key.name in names:
            document.sign(ceremony.keys.signer(key), append=True)
    return document


def test_what_was_written_is_what_is_read(made: Metadata[Root]) -> None:
    assert parse(made.to_bytes(), Root) == made


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b"[" * 8000, b'{"signed":{"_type":"root"}}']
)
def test_what_is_no_metadata_is_refused(data: bytes) -> None:
    with pytest.raises(TrustError, match="this is no root metadata"):
        parse(data, Root)


def test_metadata_of_another_role_is_refused(made: Metadata[Root]) -> None:
    with pytest.raises(TrustError, match="this is root metadata, not targets"):
        parse(made.to_bytes(), Targets)


def test_what_two_readers_may_read_differently_is_refused(made: Metadata[Root]) -> None:
    data = made.to_bytes()
    doubled = data.replace(b'"version":1', b'"version":9,"version":1')
    spaced = json.dumps(json.loads(data), indent=1).encode()
    for odd in (doubled, spaced, data + b"\n"):
        with pytest.raises(TrustError, match="root 1: not written as lockerctl writes it"):
            parse(odd, Root)


def test_a_file_longer_than_a_board_reads_is_refused(made: Metadata[Root]) -> None:
    with pytest.raises(TrustError, match="a board takes 8192"):
        parse(made.to_bytes() + bytes(8192), Root)


def test_a_version_that_a_chip_cannot_count_is_refused(made: Metadata[Root]) -> None:
    made.signed.version = 0x40000000
    with pytest.raises(TrustError, match="version above"):
        parse(made.to_bytes(), Root)


def test_a_root_signed_by_the_new_keys_alone_is_refused(
    ceremony: Ceremony, made: Metadata[Root]
) -> None:
    ceremony.keys.make("new", "ecdsa")
    root = deepcopy(made.signed)
    root.version = 2
    new = next(key for key in ceremony.keys.held() if key.name == "new")
    root.revoke_key(root.roles["root"].keyids[0], "root")
    root.add_key(new.public, "root")
    with pytest.raises(TrustError, match=r"root 2: 0 of 1 good signatures .* root 1 names"):
        check_next_root(made, sign(ceremony, Metadata(root), "new"))
    with pytest.raises(TrustError, match=r"root 2: 0 of 1 good signatures .* root 2 names"):
        check_next_root(made, sign(ceremony, Metadata(root), "root-1"))
    check_next_root(made, sign(ceremony, Metadata(root), "root-1", "new"))


@pytest.mark.parametrize("version", [1, 3])
def test_a_root_that_is_not_the_next_is_refused(
    ceremony: Ceremony, made: Metadata[Root], version: int
) -> None:
    root = deepcopy(made.signed)
    root.version = version
    with pytest.raises(TrustError, match=f"root {version}: root 2 must come next"):
        check_next_root(made, sign(ceremony, Metadata(root), "root-1"))


def test_one_key_under_two_ids_does_not_count_twice(made: Metadata[Root]) -> None:
    (key_id,) = made.signed.roles["root"].keyids
    key = made.signed.keys[key_id]
    made.signed.add_key(SSlibKey("0" * 64, key.keytype, key.scheme, key.keyval), "root")
    with pytest.raises(TrustError, match="its id is not its hash"):
        check_root_form(made.signed)


def test_keys_that_no_board_verifies_are_refused(made: Metadata[Root]) -> None:
    def swapped(key: Key) -> Root:
        root = deepcopy(made.signed)
        root.add_key(key, "targets")
        return root

    public = keyfiles.public_of(keyfiles.generate("ecdsa"))
    odd = SSlibKey(public.keyid, "ecdsa", "ecdsa-sha2-nistp384", public.keyval)
    with pytest.raises(TrustError, match="no board verifies ecdsa with ecdsa-sha2-nistp384"):
        check_root_form(swapped(odd))
    short = SSlibKey.from_crypto(generate_private_key(65537, 1024).public_key())
    with pytest.raises(TrustError, match="RSA of 2048 to 4096 bits"):
        check_root_form(swapped(short))


def test_roots_that_a_board_cannot_use_are_refused(made: Metadata[Root]) -> None:
    def refused(problem: str) -> None:
        with pytest.raises(TrustError, match=problem):
            check_root_form(root)

    root = deepcopy(made.signed)
    root.consistent_snapshot = False
    refused("consistent_snapshot must be true")
    root = deepcopy(made.signed)
    root.roles["snapshot"].threshold = 2
    refused("snapshot needs 2 signatures and has 1 keys")
    root = deepcopy(made.signed)
    del root.keys[root.roles["snapshot"].keyids[0]]
    refused("which is not there")
    root = deepcopy(made.signed)
    root.add_key(root.keys[root.roles["root"].keyids[0]], "timestamp")
    refused("is an offline and an online key")


def test_targets_that_delegate_are_refused(ceremony: Ceremony, made: Metadata[Root]) -> None:
    targets = Metadata(Targets(version=2, expires=LATER, delegations=Delegations({}, {})))
    with pytest.raises(TrustError, match="targets 2: it delegates"):
        check_targets(made, sign(ceremony, targets, "targets-1"))


def test_targets_want_the_hash_that_the_file_is_named_after(
    ceremony: Ceremony, made: Metadata[Root]
) -> None:
    entry = TargetFile.from_data("a", b"data", ["sha512"])
    targets = Metadata(Targets(version=2, expires=LATER, targets={"a": entry}))
    with pytest.raises(TrustError, match="a needs its SHA-256 and no other hash"):
        check_targets(made, sign(ceremony, targets, "targets-1"))


def test_expired_metadata_is_named_with_the_day(made: Metadata[Root]) -> None:
    made.signed.expires = datetime(2020, 2, 3, tzinfo=UTC)
    with pytest.raises(TrustError, match=r"root 1: expired on 2020-02-03 00:00 UTC"):
        check_not_expired(made.signed, datetime.now(UTC))


def test_a_repository_that_lost_a_file_says_which(ceremony: Ceremony) -> None:
    ceremony.repository.remove("1.targets.json")
    with pytest.raises(TrustError, match="the repository has no targets"):
        load_trusted(ceremony.repository)
    ceremony.repository.remove("1.root.json")
    with pytest.raises(TrustError, match=r"the repository has no 1\.root\.json"):
        load_trusted(ceremony.repository)


def test_a_target_file_that_is_not_the_signed_one_is_refused(ceremony: Ceremony) -> None:
    entry = TargetFile.from_data("a/b.json", b"data")
    targets = Metadata(Targets(version=2, expires=LATER, targets={"a/b.json": entry}))
    ceremony.repository.write("2.targets.json", sign(ceremony, targets, "targets-1").to_bytes())
    name = f"targets/a/{entry.hashes['sha256']}.b.json"
    assert "a/b.json: the file is missing" in load_trusted(ceremony.repository).odd[0]
    ceremony.repository.write(name, b"date")
    assert "not the one that was signed" in load_trusted(ceremony.repository).odd[0]
    ceremony.repository.write(name, b"data")
    assert load_trusted(ceremony.repository).targets.signed.version == 2
