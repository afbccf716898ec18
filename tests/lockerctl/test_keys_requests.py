"""A change that several people sign at different times: request, sign, apply."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from ceremonies import ceremony_in, key_ids, person, root, trusted
from tooling import contents, invoke, refusal, run

from lockerctl.keys.ceremony import Ceremony

KEYS = "--keys"


@pytest.fixture
def bob(three_roots: Ceremony, tmp_path: Path) -> Ceremony:
    """Somebody who has taken one of three root keys home, and nothing else."""
    return person(three_roots, tmp_path / "bob", "root-2")


@pytest.fixture
def carol(three_roots: Ceremony, tmp_path: Path) -> Ceremony:
    return person(three_roots, tmp_path / "carol", "root-3")


@pytest.fixture
def request_file(three_roots: Ceremony, bob: Ceremony, carol: Ceremony, tmp_path: Path) -> Path:
    """To rotate the targets key, signed by one of the two who must."""
    assert bob.path != carol.path
    path = tmp_path / "request.json"
    shown = run("key", "rotate", "targets", "--request", path, KEYS, three_roots.path)
    assert f"{path}: to be signed: root 2 needs 1 more of the root keys" in shown
    return path


def apply(ceremony: Ceremony, *files: Path) -> str:
    return run("key", "apply", *files, KEYS, ceremony.path)


def test_two_of_three_people_change_the_root(
    three_roots: Ceremony, bob: Ceremony, request_file: Path
) -> None:
    before = key_ids(three_roots, "targets")
    assert run("key", "sign", request_file, KEYS, bob.path).startswith(
        f"{request_file}: signed by root-2"
    )
    assert key_ids(three_roots, "targets") == before
    shown = apply(three_roots, request_file)
    assert "root 2 written" in shown
    assert "targets 2 written" in shown
    assert key_ids(three_roots, "targets").isdisjoint(before)
    held = {key.id: key.name for key in (*three_roots.keys.held(), *bob.keys.held())}
    signed = {held[key_id] for key_id in trusted(three_roots).root.signatures}
    assert signed == {"root-1", "root-2"}


def test_copies_that_were_signed_side_by_side_are_put_together(
    three_roots: Ceremony, bob: Ceremony, carol: Ceremony, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("origin", "at-bob", "at-carol")]
    # Whoever asks need not hold a key at all.
    options = ("--repository", three_roots.repository.path, KEYS, tmp_path / "clerk")
    run("key", "renew", "root", "--request", paths[0], *options)
    for path, who in zip(paths[1:], (bob, carol), strict=True):
        shutil.copy(paths[0], path)
        run("key", "sign", path, KEYS, who.path)
        assert "root 2 needs 1 more" in refusal("key", "apply", path, *options)
    apply(three_roots, *paths)
    assert root(three_roots).version == 2
    assert len(trusted(three_roots).root.signatures) == 2


def test_a_request_tells_what_it_would_change_and_who_is_missing(
    three_roots: Ceremony, request_file: Path
) -> None:
    shown = run("key", "request", request_file)
    (old,) = key_ids(three_roots, "targets")
    assert f"  targets: removed ecdsa-sha2-nistp256 {old}" in shown
    assert "  targets: added ecdsa-sha2-nistp256 " in shown
    assert "still missing: root 2 needs 1 more of the root keys that root 1 names" in shown
    assert "targets 2: good until " in shown


def test_a_release_may_need_two_people(
    tmp_path: Path, first_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = ceremony_in(tmp_path / "two", keys={"root": 1, "targets": 2})
    other = person(here, tmp_path / "other", "targets-2")
    path = tmp_path / "request.json"
    monkeypatch.setenv("LOCKERCTL_KEYS", str(here.path))
    assert "targets 2 needs 1 more" in refusal("release", "sign", first_release)
    run("release", "sign", first_release, "--request", path)
    assert "  on offer: locker/1.0.0/manifest.json" in run("key", "request", path)
    assert list(trusted(here).entries()) == []
    run("key", "sign", path, KEYS, other.path)
    run("key", "apply", path)
    assert list(trusted(here).entries()) == ["locker/1.0.0/manifest.json"]


def test_who_has_signed_already_has_nothing_to_sign(
    three_roots: Ceremony, bob: Ceremony, request_file: Path
) -> None:
    before = request_file.read_bytes()
    line = refusal("key", "sign", request_file, KEYS, three_roots.path)
    assert "nothing to sign: root 2 needs 1 more of the root keys that root 1 names" in line
    assert request_file.read_bytes() == before
    run("key", "sign", request_file, KEYS, bob.path)
    line = refusal("key", "sign", request_file, KEYS, bob.path)
    assert line.endswith("nothing to sign: it is signed by all it needs")


def test_a_request_without_enough_signatures_is_not_applied(
    three_roots: Ceremony, request_file: Path
) -> None:
    before = contents(three_roots.path)
    line = refusal("key", "apply", request_file, KEYS, three_roots.path)
    assert "root 2 needs 1 more of the root keys that root 1 names: let more people sign it" in line
    assert contents(three_roots.path) == before


def test_a_change_that_somebody_made_to_a_signed_request_undoes_the_signatures(
    three_roots: Ceremony, bob: Ceremony, request_file: Path
) -> None:
    run("key", "sign", request_file, KEYS, bob.path)
    document = json.loads(request_file.read_text())
    document["root"]["signed"]["roles"]["root"]["threshold"] = 1
    request_file.write_text(json.dumps(document))
    assert "root 2 needs 2 more" in refusal("key", "apply", request_file, KEYS, three_roots.path)


def test_bad_signatures_are_not_taken_over(
    three_roots: Ceremony, bob: Ceremony, carol: Ceremony, request_file: Path, tmp_path: Path
) -> None:
    spoilt = tmp_path / "spoilt.json"
    shutil.copy(request_file, spoilt)
    run("key", "sign", request_file, KEYS, bob.path)
    run("key", "sign", spoilt, KEYS, carol.path)
    document = json.loads(spoilt.read_text())
    for entry in document["root"]["signatures"]:
        entry["sig"] = entry["sig"][:-2] + ("00" if entry["sig"][-2:] != "00" else "01")
    spoilt.write_text(json.dumps(document))
    apply(three_roots, spoilt, request_file)
    held = {key.id: key.name for who in (three_roots, bob, carol) for key in who.keys.held()}
    assert {held[each] for each in trusted(three_roots).root.signatures} == {"root-1", "root-2"}


def test_a_request_that_was_overtaken_is_refused(
    three_roots: Ceremony, bob: Ceremony, request_file: Path, tmp_path: Path
) -> None:
    quicker = tmp_path / "quicker.json"
    run("key", "renew", "root", "--request", quicker, KEYS, three_roots.path)
    for path in (quicker, request_file):
        run("key", "sign", path, KEYS, bob.path)
    apply(three_roots, quicker)
    before = contents(three_roots.path)
    line = refusal("key", "apply", request_file, KEYS, three_roots.path)
    assert "follows root 1, and the repository here has root 2: make a new request" in line
    assert contents(three_roots.path) == before


def test_who_knows_the_repository_does_not_sign_what_does_not_follow_it(
    three_roots: Ceremony, bob: Ceremony, request_file: Path
) -> None:
    shutil.copytree(three_roots.repository.path, bob.repository.path)
    run("key", "sign", request_file, KEYS, bob.path)
    apply(three_roots, request_file)
    shutil.copytree(three_roots.repository.path, bob.repository.path, dirs_exist_ok=True)
    line = refusal("key", "sign", request_file, KEYS, bob.path)
    assert "follows root 1, and the repository here has root 2" in line


def test_copies_of_different_requests_are_not_mixed(
    three_roots: Ceremony, request_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    run("key", "renew", "root", "--request", other, KEYS, three_roots.path)
    line = refusal("key", "apply", request_file, other, KEYS, three_roots.path)
    assert line == "lockerctl: these requests are about different changes"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "this is no signing request of lockerctl"),
        ("[]", "this is no signing request of lockerctl"),
        ('{"format": 2}', "this is no signing request of lockerctl"),
        ('{"format": 1}', "this signing request asks for nothing"),
        ('{"format": 1, "root": {}}', "this is no root metadata"),
        ('{"format": 1, "previous": 7}', "this is no root metadata"),
    ],
)
def test_what_is_no_request_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "request.json"
    path.write_text(text)
    assert refusal("key", "request", path) == f"lockerctl: {path}: {problem}"


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        (("previous", "signed", "version"), 7, "root 7: 0 of 2 good signatures"),
        (("root", "signed", "version"), 3, "root 3 cannot follow root 1"),
        (("root", "signed", "consistent_snapshot"), False, "consistent_snapshot must be true"),
        (("root", "signed", "roles", "root", "threshold"), 9, "root needs 9 signatures"),
        (("root", "signed", "_type"), "targets", "this is no root metadata"),
        (("previous",), None, "this is no root metadata"),
    ],
)
def test_a_request_that_no_board_would_follow_is_refused(
    request_file: Path, place: tuple[str, ...], value: object, problem: str
) -> None:
    document = json.loads(request_file.read_text())
    part = document
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    request_file.write_text(json.dumps(document))
    result = invoke("key", "request", request_file)
    assert result.exit_code == 1
    assert problem in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_signatures_of_strangers_do_not_count(request_file: Path, tmp_path: Path) -> None:
    run("key", "make", "mallory", KEYS, tmp_path / "mallory")
    line = refusal("key", "sign", request_file, KEYS, tmp_path / "mallory")
    assert "nothing to sign" in line
