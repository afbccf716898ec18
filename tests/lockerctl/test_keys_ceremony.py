"""`lockerctl key init`, `make`, `show`: the first ceremony, its files, its passphrases."""

from __future__ import annotations

import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ceremonies import PASSPHRASE, key_ids, root, trusted
from click.testing import CliRunner
from tooling import contents, invoke, refusal, run

from lockerctl.cli import main
from lockerctl.keys import keyfiles
from lockerctl.keys.ceremony import Ceremony
from lockerctl.keys.folder import KeyFolder
from lockerctl.keys.keyfiles import KINDS, Cost, KeyFileError
from lockerctl.keys.passphrases import VARIABLE, Passphrases
from lockerctl.keys.rules import LIMITS, SCHEMES


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_ceremony_makes_what_boards_trust_from_then_on(tmp_path: Path, kind: str) -> None:
    run("key", "init", tmp_path / "keys", "--type", kind)
    made = Ceremony(tmp_path / "keys", Passphrases(PASSPHRASE))
    found = trusted(made)
    assert (found.root.signed.version, found.targets.signed.version) == (1, 1)
    assert found.entries() == {}
    assert {key.scheme for key in found.root.signed.keys.values()} == {SCHEMES[kind]}
    for role, limit in LIMITS.items():
        if made.repository.read(f"1.{role}.json"):
            assert len(made.repository.read(f"1.{role}.json") or b"") <= limit
    left = found.root.signed.expires - datetime.now(UTC)
    assert timedelta(days=364) < left <= timedelta(days=365)


def test_keys_and_thresholds_are_as_many_as_asked_for(tmp_path: Path) -> None:
    options = ("--root-keys", 3, "--targets-keys", 2, "--targets-threshold", 1, "--days", 30)
    run("key", "init", tmp_path / "keys", *options)
    made = root(Ceremony(tmp_path / "keys", Passphrases(PASSPHRASE)))
    asked = {name: (role.threshold, len(role.keyids)) for name, role in made.roles.items()}
    assert asked == {"root": (2, 3), "targets": (1, 2), "snapshot": (1, 1), "timestamp": (1, 1)}
    assert made.expires - datetime.now(UTC) <= timedelta(days=30)


def test_offline_keys_are_encrypted_and_every_key_is_its_owners_alone(ceremony: Ceremony) -> None:
    for folder, encrypted in ((ceremony.keys.path, True), (ceremony.online.path, False)):
        files = list(folder.glob("*.pem"))
        assert len(files) == 2
        for path in files:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert (b"ENCRYPTED" in path.read_bytes()) == encrypted
    assert stat.S_IMODE(ceremony.path.stat().st_mode) == 0o700


def test_openssl_opens_a_key_with_the_passphrase_alone(ceremony: Ceremony) -> None:
    def openssl(passphrase: str) -> int:
        path = ceremony.keys.path / "root-1.pem"
        command: list[str | Path] = [
            "openssl",
            "pkey",
            "-in",
            path,
            "-passin",
            f"pass:{passphrase}",
            "-noout",
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert openssl(PASSPHRASE) == 0
    assert openssl("wrong horse") != 0


def test_a_guess_of_a_passphrase_costs_as_much_as_is_recommended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keyfiles, "COST", Cost())
    data = keyfiles.dump_encrypted(keyfiles.generate("ecdsa"), PASSPHRASE)
    monkeypatch.setattr(keyfiles, "COST", Cost(n=16, p=1))
    keyfiles.parse_private(data, PASSPHRASE)  # the cost lies in the file
    with pytest.raises(KeyFileError, match="wrong passphrase"):
        keyfiles.parse_private(data, "wrong horse")
    # OWASP: N = 2^14, r = 8, p = 5, with 16 MiB.
    assert Cost() == Cost(n=1 << 14, r=8, p=5)


def test_the_public_half_is_that_of_the_private_one(ceremony: Ceremony) -> None:
    first, second = ceremony.keys.held()
    (ceremony.keys.path / "root-1.pub").write_bytes(
        (ceremony.keys.path / "targets-1.pub").read_bytes()
    )
    line = refusal("key", "renew", "targets", "--signer", "root-1", "--keys", ceremony.path)
    assert line.endswith("root-1.pem: not the other half of root-1.pub")
    assert first.id != second.id


def test_a_folder_in_use_is_left_alone(ceremony: Ceremony) -> None:
    before = contents(ceremony.path)
    line = refusal("key", "init", ceremony.path)
    assert line == f"lockerctl: {ceremony.path}: is in use: choose another folder for new keys"
    assert contents(ceremony.path) == before


def test_a_ceremony_that_fails_leaves_nothing(tmp_path: Path) -> None:
    options = ("--root-keys", 2, "--root-threshold", 3)
    line = refusal("key", "init", tmp_path / "keys", *options)
    assert line == "lockerctl: root: 3 of 2 keys cannot sign"
    assert list(tmp_path.iterdir()) == []


def test_a_passphrase_can_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "passphrase").write_text("first line counts\nnot this\n")
    run("key", "init", tmp_path / "keys", "--passphrase-file", tmp_path / "passphrase")
    monkeypatch.setenv(VARIABLE, "first line counts")
    run("key", "renew", "root", "--keys", tmp_path / "keys")


def test_who_sits_at_the_terminal_is_asked_for_each_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    typed = "of the root\nof the root\nof the targets\nof the targets\n"
    result = CliRunner().invoke(main, ["key", "init", str(tmp_path / "keys")], input=typed)
    assert result.exit_code == 0, result.output
    assert "of the root" not in result.output
    keys = KeyFolder(tmp_path / "keys" / "keys", Passphrases("of the targets"))
    by_name = {key.name: key for key in keys.held()}
    keys.signer(by_name["targets-1"])
    monkeypatch.setenv(VARIABLE, "of the targets")
    line = refusal("key", "renew", "root", "--keys", tmp_path / "keys")
    assert line.endswith("root-1.pem: wrong passphrase")


def test_without_a_terminal_it_is_said_where_to_put_the_passphrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    result = invoke("key", "init", tmp_path / "keys")
    assert result.exit_code == 1
    assert "no passphrase: give --passphrase-file, or set LOCKERCTL_PASSPHRASE" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "No such file"), (b"\n", "first line is empty"), (b"\xff\xfe", "it is no text")],
    ids=["missing", "empty", "binary"],
)
def test_an_odd_passphrase_file_is_refused(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "passphrase"
    if content is not None:
        path.write_bytes(content)
    assert problem in refusal("key", "init", tmp_path / "keys", "--passphrase-file", path)


def test_a_short_passphrase_is_refused_for_a_new_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "short")
    assert "must have 8 characters or more" in refusal("key", "init", tmp_path / "keys")


def test_show_tells_who_is_trusted_and_for_how_long(three_roots: Ceremony) -> None:
    shown = run("key", "show", "--keys", three_roots.path)
    assert "root 1: good until " in shown
    assert "365 days from now" in shown
    assert "2 of 3" in shown
    for role in ("root", "targets", "snapshot", "timestamp"):
        for key_id in key_ids(three_roots, role):
            assert key_id in shown
    for name in ("root-1", "root-2", "root-3", "targets-1", "snapshot-1", "timestamp-1"):
        assert name in shown
    assert "nothing on offer" in shown


def test_show_warns_of_what_will_expire(ceremony: Ceremony) -> None:
    assert invoke("key", "show", "--keys", ceremony.path).stderr == ""
    run("key", "renew", "root", "--days", 10, "--keys", ceremony.path)
    warning = invoke("key", "show", "--keys", ceremony.path).stderr
    assert warning.startswith("warning: root 2: good until ")
    assert warning.endswith("lockerctl key renew root\n")


def test_show_without_a_repository_says_where_to_get_one(tmp_path: Path) -> None:
    line = refusal("key", "show", "--keys", tmp_path)
    assert f"{tmp_path}/repository: no repository here" in line


def test_secrets_are_never_shown(ceremony: Ceremony, tmp_path: Path) -> None:
    shown = run("key", "init", tmp_path / "other")
    shown += run("key", "show", "--keys", ceremony.path)
    shown += run("key", "rotate", "root", "--keys", ceremony.path)
    assert PASSPHRASE not in shown
    assert "PRIVATE KEY" not in shown
    for path in ceremony.repository.path.rglob("*"):
        assert b"PRIVATE KEY" not in path.read_bytes()


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "x" * 65])
def test_a_key_with_an_odd_name_is_refused(tmp_path: Path, name: str) -> None:
    assert "a key's name has letters" in refusal("key", "make", name, "--keys", tmp_path)
    assert contents(tmp_path) == {}


def test_a_key_is_never_replaced_by_one_of_the_same_name(tmp_path: Path) -> None:
    run("key", "make", "alice", "--keys", tmp_path)
    before = contents(tmp_path)
    assert "alice.pem: there is such a key" in refusal("key", "make", "alice", "--keys", tmp_path)
    assert contents(tmp_path) == before
