"""Rotation, added and removed signers, the server's keys, renewal: each one command."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ceremonies import ceremony_in, key_ids, person, root, signers, trusted
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tooling import contents, refusal, run

from lockerctl.keys.ceremony import Ceremony
from lockerctl.keys.rules import LIMITS, ROLES, verify
from lockerctl.keys.trusted import load_roots


def key(ceremony: Ceremony, *args: object) -> str:
    """Run `lockerctl key ARGS… --keys …`, which must work, and see that boards would follow."""
    shown = run("key", *args, "--keys", ceremony.path)
    trusted(ceremony)
    return shown


@pytest.mark.parametrize("kind", ["ecdsa", "ed25519"])
@pytest.mark.parametrize("role", ["root", "targets"])
def test_a_rotated_key_is_replaced_by_one_of_its_kind(tmp_path: Path, role: str, kind: str) -> None:
    made = ceremony_in(tmp_path / "keys", kind=kind)
    before = {name: key_ids(made, name) for name in ROLES}
    key(made, "rotate", role)
    after = {name: key_ids(made, name) for name in ROLES}
    assert after[role].isdisjoint(before[role])
    assert {name for name in ROLES if after[name] != before[name]} == {role}
    assert {each.keytype for each in root(made).keys.values()} == {kind}
    assert set(made.names().values()) >= {f"{role}-1", f"{role}-2"}


def test_a_new_root_is_signed_by_the_old_keys_and_the_new_ones(ceremony: Ceremony) -> None:
    key(ceremony, "rotate", "root")
    assert signers(trusted(ceremony).root, ceremony) == {"root-1", "root-2"}
    key(ceremony, "renew", "root")
    assert signers(trusted(ceremony).root, ceremony) == {"root-2"}


def test_new_targets_keys_sign_what_is_on_offer_and_the_old_ones_too(ceremony: Ceremony) -> None:
    old_root = trusted(ceremony).root.signed
    key(ceremony, "rotate", "targets")
    targets = trusted(ceremony).targets
    assert targets.signed.version == 2
    assert signers(targets, ceremony) == {"targets-1", "targets-2"}
    # A board that has not heard of the new root yet is not turned away.
    assert verify(old_root, targets)


def test_a_lost_targets_key_is_rotated_all_the_same(ceremony: Ceremony) -> None:
    for path in ceremony.keys.path.glob("targets-1.*"):
        path.unlink()
    key(ceremony, "rotate", "targets")
    assert signers(trusted(ceremony).targets, ceremony) == {"targets-1"}  # a new one


def test_one_of_three_root_keys_is_replaced_without_it(three_roots: Ceremony) -> None:
    before = key_ids(three_roots, "root")
    lost = next(each for each in three_roots.keys.held() if each.name == "root-2")
    lost.path.unlink()
    key(three_roots, "rotate", "root", "--old", lost.id[:12])
    after = key_ids(three_roots, "root")
    assert before - after == {lost.id}
    assert len(after) == 3
    assert root(three_roots).roles["root"].threshold == 2
    assert len(trusted(three_roots).root.signatures) == 2


def test_no_more_keys_sign_than_are_needed(three_roots: Ceremony) -> None:
    key(three_roots, "renew", "root")
    assert len(trusted(three_roots).root.signatures) == 2
    key(three_roots, "renew", "root", "--signer", "root-3", "--signer", "root-2")
    assert signers(trusted(three_roots).root, three_roots) == {"root-2", "root-3"}


def test_a_signer_is_added_with_the_file_that_was_sent(ceremony: Ceremony, tmp_path: Path) -> None:
    run("key", "make", "alice", "--type", "ed25519", "--keys", tmp_path / "alice")
    public = tmp_path / "alice" / "keys" / "alice.pub"
    key(ceremony, "add-signer", "root", public)
    role = root(ceremony).roles["root"]
    assert (len(role.keyids), role.threshold) == (2, 1)


def test_a_threshold_can_only_be_raised_by_who_reaches_it(
    ceremony: Ceremony, tmp_path: Path
) -> None:
    run("key", "make", "alice", "--keys", tmp_path / "alice")
    public = tmp_path / "alice" / "keys" / "alice.pub"
    options = ("--threshold", 2, "--keys", ceremony.path)
    before = contents(ceremony.path)
    line = refusal("key", "add-signer", "root", public, *options)
    assert "root 2 needs 1 more of the root keys that root 2 names" in line
    assert "add --request FILE" in line
    assert contents(ceremony.path) == before


def test_a_removed_signer_counts_no_more(three_roots: Ceremony) -> None:
    gone = next(each for each in three_roots.keys.held() if each.name == "root-1")
    key(three_roots, "remove-signer", "root", "root-1")
    assert gone.id not in root(three_roots).keys
    assert "here, but trusted for nothing: root-1" in key(three_roots, "show")
    line = refusal(
        "key", "renew", "root", *("--signer", "root-1", "--signer", "root-2"),
        *("--keys", three_roots.path),
    )  # fmt: skip
    assert "root 3 needs 1 more of the root keys that root 2 names" in line


def test_removing_so_many_that_nothing_could_be_signed_is_refused(three_roots: Ceremony) -> None:
    key(three_roots, "remove-signer", "root", "root-1")
    before = contents(three_roots.path)
    remove = ("key", "remove-signer", "root", "root-2", "--keys", three_roots.path)
    assert "root would need 2 signatures and have 1 keys: another --threshold" in refusal(*remove)
    assert contents(three_roots.path) == before
    key(three_roots, "remove-signer", "root", "root-2", "--threshold", 1)
    assert root(three_roots).roles["root"].threshold == 1


def test_the_servers_keys_are_replaced_without_the_old_ones(ceremony: Ceremony) -> None:
    before = {role: key_ids(ceremony, role) for role in ROLES}
    for path in ceremony.online.path.iterdir():
        path.unlink()
    assert f"the new keys in {ceremony.online.path} to the server" in key(
        ceremony, "replace-online"
    )
    after = {role: key_ids(ceremony, role) for role in ROLES}
    assert {role for role in ROLES if after[role] != before[role]} == {"snapshot", "timestamp"}
    held = {each.id for each in ceremony.online.held()}
    assert held == after["snapshot"] | after["timestamp"]


@pytest.mark.parametrize("role", ["root", "targets"])
def test_renewed_metadata_lasts_longer_and_says_the_same(ceremony: Ceremony, role: str) -> None:
    before = {name: key_ids(ceremony, name) for name in ROLES}
    key(ceremony, "renew", role, "--days", 700)
    found = trusted(ceremony)
    renewed = (found.root if role == "root" else found.targets).signed
    assert renewed.version == 2
    assert renewed.expires > datetime.now(UTC) + timedelta(days=699)
    assert {name: key_ids(ceremony, name) for name in ROLES} == before


def test_expired_metadata_can_still_be_renewed(ceremony: Ceremony) -> None:
    for document in (ceremony.trusted().root, ceremony.trusted().targets):
        document.signed.expires = datetime(2020, 1, 1, tzinfo=UTC)
        for held in ceremony.keys.held():
            if held.name == f"{document.signed.type}-1":
                document.sign(ceremony.keys.signer(held))
        ceremony.repository.write(f"1.{document.signed.type}.json", document.to_bytes())
    assert "EXPIRED" in key(ceremony, "show")
    key(ceremony, "renew", "root")
    key(ceremony, "renew", "targets")
    assert "EXPIRED" not in key(ceremony, "show")


def test_every_root_of_a_long_life_leads_to_the_next(three_roots: Ceremony) -> None:
    for command in (
        ("rotate", "root", "--old", "root-1"),
        ("add-signer", "targets"),
        ("replace-online",),
        ("remove-signer", "targets", "targets-1"),
        ("rotate", "root"),
        ("renew", "root"),
    ):
        key(three_roots, *command)
    roots = load_roots(three_roots.repository)
    assert [each.signed.version for each in roots] == [1, 2, 3, 4, 5, 6, 7]
    assert all(len(each.to_bytes()) <= LIMITS["root"] for each in roots)


# What can go wrong. The folder stays as it was.


def test_too_few_keys_at_hand_is_told_with_what_to_do(
    three_roots: Ceremony, tmp_path: Path
) -> None:
    person(three_roots, tmp_path / "away", "root-2", "root-3")
    before = contents(three_roots.path)
    line = refusal("key", "rotate", "targets", "--keys", three_roots.path)
    assert line == (
        "lockerctl: root 2 needs 1 more of the root keys that root 1 names, and they are not in "
        f"{three_roots.keys.path}: add --request FILE, and have it signed with lockerctl key sign "
        "FILE"
    )
    # Nor is there a new key that nobody trusts.
    assert contents(three_roots.path) == before


def test_a_wrong_passphrase_is_told_with_the_key(
    ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(ceremony.path)
    monkeypatch.setenv("LOCKERCTL_PASSPHRASE", "wrong horse")
    line = refusal("key", "renew", "root", "--keys", ceremony.path)
    assert line == f"lockerctl: {ceremony.keys.path}/root-1.pem: wrong passphrase"
    assert contents(ceremony.path) == before


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("remove-signer", "root", "bob"), "root 2 has no root key bob: lockerctl key show"),
        (("remove-signer", "root", "ab"), "root 2 has no root key ab"),
        (("rotate", "root", "--old", "targets-1"), "root 2 has no root key targets-1"),
        (("renew", "root", "--signer", "bob"), "there is no key bob"),
        (("add-signer", "root", "/nowhere.pub"), "/nowhere.pub: cannot read it"),
        (("add-signer", "root", "/dev/null"), "/dev/null: holds no public key"),
    ],
)
def test_what_is_not_there_is_named(
    ceremony: Ceremony, args: tuple[str, ...], problem: str
) -> None:
    before = contents(ceremony.path)
    assert problem in refusal("key", *args, "--keys", ceremony.path)
    assert contents(ceremony.path) == before


def test_a_key_that_signs_already_is_refused(ceremony: Ceremony) -> None:
    path = ceremony.keys.path / "root-1.pub"
    line = refusal("key", "add-signer", "root", path, "--keys", ceremony.path)
    assert line.endswith("signs for root already")


def test_the_servers_key_never_signs_for_people(ceremony: Ceremony) -> None:
    path = ceremony.online.path / "timestamp-1.pub"
    line = refusal("key", "add-signer", "targets", path, "--keys", ceremony.path)
    assert "is an offline and an online key" in line


def test_a_key_of_a_kind_that_no_board_verifies_is_refused(
    ceremony: Ceremony, tmp_path: Path
) -> None:
    public = generate_private_key(SECP384R1()).public_key()
    path = tmp_path / "p384.pub"
    path.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    line = refusal("key", "add-signer", "root", path, "--keys", ceremony.path)
    assert "no board verifies ecdsa-sha2-nistp384: take one of ecdsa, rsa, ed25519" in line


def test_a_root_that_has_grown_too_long_for_a_board_is_refused(tmp_path: Path) -> None:
    made = ceremony_in(tmp_path / "keys", keys={"root": 8, "targets": 6})
    before = contents(made.path)
    line = refusal("key", "rotate", "root", "--keys", made.path)
    assert "root metadata of " in line
    assert "a board takes 8192" in line
    assert contents(made.path) == before


def test_a_key_that_somebody_else_has_is_known_by_its_name(
    three_roots: Ceremony, tmp_path: Path
) -> None:
    person(three_roots, tmp_path / "away", "root-3")
    assert "root-3 (not here)" in key(three_roots, "show")
    before = key_ids(three_roots, "root")
    key(three_roots, "rotate", "root", "--old", "root-3")
    assert len(before - key_ids(three_roots, "root")) == 1
    # The new one does not take the name of the one that is away.
    assert (three_roots.keys.path / "root-4.pem").is_file()
    assert "root-3" not in key(three_roots, "show")


def test_new_online_keys_can_lie_beside_the_old_ones_on_the_server(ceremony: Ceremony) -> None:
    for path in ceremony.online.path.glob("*.pem"):
        path.unlink()
    key(ceremony, "replace-online")
    assert {path.name for path in ceremony.online.path.glob("*.pem")} == {
        "snapshot-2.pem",
        "timestamp-2.pem",
    }
