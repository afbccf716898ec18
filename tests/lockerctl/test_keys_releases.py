"""`lockerctl release sign` and `withdraw`: which releases are on offer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ceremonies import ceremony_in, trusted
from tooling import contents, refusal, release_inputs, run

from lockerctl.keys.ceremony import Ceremony
from lockerctl.keys.offers import sign_release
from lockerctl.keys.rules import LIMITS
from lockerctl.keys.trusted import read_target
from lockerctl.manifest import parse_manifest
from lockerctl.release_dir import Release, load_release


@pytest.fixture(autouse=True)
def keys(ceremony: Ceremony, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKERCTL_KEYS", str(ceremony.path))


@pytest.fixture
def releases(first_release: Path, sources: Path, core_file: Path, tmp_path: Path) -> list[Path]:
    """Releases 1.0.0, 1.1.0 and 1.2.0, with sequences 1, 2 and 3."""
    paths = [first_release]
    for version in ("1.1.0", "1.2.0"):
        (sources / "lib" / "locker" / "doors.py").write_text(f"VERSION = '{version}'\n")
        path = tmp_path / version
        options = ("--version", version, "--out", path, "--previous", paths[-1])
        run("release", "build", *options, *release_inputs(sources, core_file))
        paths.append(path)
    return paths


def offered(ceremony: Ceremony) -> list[str]:
    return sorted(trusted(ceremony).entries())


def test_a_signed_release_is_on_offer_with_its_manifest(
    ceremony: Ceremony, first_release: Path
) -> None:
    shown = run("release", "sign", first_release)
    assert "2.targets.json: targets 2 written" in shown
    found = trusted(ceremony)
    entry = found.entries()["locker/1.0.0/manifest.json"]
    manifest = (first_release / "manifest.json").read_bytes()
    digest = hashlib.sha256(manifest).hexdigest()
    assert (entry.length, entry.hashes) == (len(manifest), {"sha256": digest})
    file = ceremony.repository.path / f"targets/locker/1.0.0/{digest}.manifest.json"
    assert file.read_bytes() == manifest
    assert read_target(ceremony.repository, entry) == manifest
    assert found.root.signed.version == 1


def test_signing_again_changes_nothing(ceremony: Ceremony, first_release: Path) -> None:
    run("release", "sign", first_release)
    before = contents(ceremony.path)
    assert run("release", "sign", first_release) == "release 1.0.0 is on offer already\n"
    assert contents(ceremony.path) == before


def test_the_oldest_releases_are_no_longer_offered(
    ceremony: Ceremony, releases: list[Path]
) -> None:
    for path in releases[:2]:
        run("release", "sign", path, "--keep", 2)
    assert offered(ceremony) == ["locker/1.0.0/manifest.json", "locker/1.1.0/manifest.json"]
    shown = run("release", "sign", releases[2], "--keep", 2)
    assert "no longer on offer: locker/1.0.0/manifest.json\n" in shown
    assert offered(ceremony) == ["locker/1.1.0/manifest.json", "locker/1.2.0/manifest.json"]


def test_a_release_below_all_others_is_offered_with_a_note(
    ceremony: Ceremony, releases: list[Path]
) -> None:
    for path in releases[1:]:
        assert "note" not in run("release", "sign", path)
    shown = run("release", "sign", releases[0], "--keep", 1)
    assert "note: sequence 1 is not above all others on offer: no board goes back to it" in shown
    assert offered(ceremony) == ["locker/1.0.0/manifest.json"]


def test_a_withdrawn_release_is_offered_no_more(ceremony: Ceremony, releases: list[Path]) -> None:
    for path in releases[:2]:
        run("release", "sign", path)
    run("release", "withdraw", "1.1.0")
    assert offered(ceremony) == ["locker/1.0.0/manifest.json"]
    assert trusted(ceremony).targets.signed.version == 4
    line = refusal("release", "withdraw", "1.1.0")
    assert line == ("lockerctl: release 1.1.0 is not on offer; there is locker/1.0.0/manifest.json")


def test_a_version_with_other_bytes_is_refused(
    ceremony: Ceremony, first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    run("release", "sign", first_release)
    before = contents(ceremony.path)
    (sources / "lib" / "locker" / "doors.py").write_text("OTHER = 1\n")
    options = ("--version", "1.0.0", "--out", tmp_path / "other")
    run("release", "build", *options, *release_inputs(sources, core_file))
    line = refusal("release", "sign", tmp_path / "other")
    assert "release 1.0.0 is signed already, with other bytes: give this one a new version" in line
    assert contents(ceremony.path) == before


def test_a_damaged_release_is_not_signed(ceremony: Ceremony, first_release: Path) -> None:
    app = first_release / "app.bin"
    app.write_bytes(app.read_bytes()[:-1] + b"\x00")
    before = contents(ceremony.path)
    assert f"{first_release}: app" in refusal("release", "sign", first_release)
    assert contents(ceremony.path) == before


def test_only_the_targets_key_is_needed(ceremony: Ceremony, first_release: Path) -> None:
    for path in ceremony.keys.path.glob("root-*"):
        path.unlink()
    run("release", "sign", first_release)
    assert offered(ceremony) == ["locker/1.0.0/manifest.json"]


def test_without_the_targets_key_it_is_said_who_must_sign(
    ceremony: Ceremony, first_release: Path
) -> None:
    for path in ceremony.keys.path.glob("targets-*"):
        path.unlink()
    line = refusal("release", "sign", first_release)
    assert "targets 2 needs 1 more of the targets keys that root 1 names" in line
    assert offered(ceremony) == []


def test_targets_that_nobody_trusts_are_passed_over_and_told(
    ceremony: Ceremony, first_release: Path, tmp_path: Path
) -> None:
    run("release", "sign", first_release)
    stranger = ceremony_in(tmp_path / "stranger")
    release = load_release(first_release)
    for _ in range(2):
        sign_release(stranger, release)
        run("release", "withdraw", "1.0.0", "--keys", stranger.path)
    forged = stranger.repository.read("3.targets.json")
    assert forged
    ceremony.repository.write("3.targets.json", forged)
    assert offered(ceremony) == ["locker/1.0.0/manifest.json"]
    assert "3.targets.json: targets 3: 0 of 1 good signatures by the keys that root 1 names" in (
        trusted(ceremony).odd
    )
    run("release", "withdraw", "1.0.0")
    assert offered(ceremony) == []
    assert trusted(ceremony).odd == ()


def test_as_many_releases_as_can_be_kept_fit_a_board(
    ceremony: Ceremony, first_release: Path
) -> None:
    made = load_release(first_release)
    for number in range(45):
        version, sequence = f"10.20.{number}-rc.1", f"{number + 1}"
        data = made.data.replace(b'"version":"1.0.0"}', f'"version":"{version}"}}'.encode())
        data = data.replace(b'"sequence":1,', f'"sequence":{sequence},'.encode())
        sign_release(ceremony, _parsed(made, data), keep=40)
    assert len(offered(ceremony)) == 40
    targets = trusted(ceremony).targets
    assert len(targets.to_bytes()) <= LIMITS["targets"]


def _parsed(made: Release, data: bytes) -> Release:
    return Release(parse_manifest(data), data, made.artifacts)
