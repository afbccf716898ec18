"""Whom a board trusts from production on: `image build --root`, `image show`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ceremonies import key_ids
from tooling import contents, image_options, invoke, refusal, run

from lockerctl.keys.ceremony import Ceremony
from lockerctl.littlefs_image import PARTITION_BLOCK, read_image
from lockerctl.partitions import load_map

URL = "http://fleet.example.com:8443/tuf"


@pytest.fixture
def first_root(three_roots: Ceremony) -> Path:
    return three_roots.repository.path / "1.root.json"


@pytest.fixture
def image(first_release: Path, first_root: Path, tmp_path: Path) -> Path:
    out = tmp_path / "board.bin"
    options = ("--root", first_root, "--tuf-url", URL + "/")
    run("image", "build", *image_options(first_release, out), *options)
    return out


def vfs(image: Path) -> dict[str, bytes]:
    partition = load_map("4MiB")["vfs"]
    return read_image(image.read_bytes()[partition.offset : partition.end], PARTITION_BLOCK)


def test_the_first_root_and_the_repositorys_url_are_on_vfs(image: Path, first_root: Path) -> None:
    assert vfs(image)["/root.json"] == first_root.read_bytes()
    assert json.loads(vfs(image)["/board.json"])["tuf"] == URL


def test_show_prints_whom_the_board_trusts(image: Path, three_roots: Ceremony) -> None:
    shown = run("image", "show", image)
    assert "\ntrusts\n  root 1: good until " in shown
    assert "2 of 3  ecdsa-sha2-nistp256" in shown
    for role in ("root", "targets", "snapshot", "timestamp"):
        for key_id in key_ids(three_roots, role):
            assert key_id in shown
    assert f"  tuf: {URL}" in shown


def test_build_prints_it_too(first_release: Path, first_root: Path, tmp_path: Path) -> None:
    options = ("--root", first_root, "--tuf-url", URL)
    shown = run("image", "build", *image_options(first_release, tmp_path / "b.bin"), *options)
    assert "trusts:\n  root 1: good until " in shown


def test_a_board_that_trusts_nobody_is_said_aloud(first_release: Path, tmp_path: Path) -> None:
    out = tmp_path / "board.bin"
    result = invoke("image", "build", *image_options(first_release, out))
    assert result.exit_code == 0
    assert "note: it trusts nobody, and takes no release" in result.stderr
    assert "trusts: nobody" in run("image", "show", out)


def test_a_later_root_will_do(three_roots: Ceremony, first_release: Path, tmp_path: Path) -> None:
    run("key", "rotate", "root", "--keys", three_roots.path)
    out = tmp_path / "board.bin"
    options = ("--root", three_roots.repository.path / "2.root.json", "--tuf-url", URL)
    run("image", "build", *image_options(first_release, out), *options)
    shown = run("image", "show", out)
    assert "root 2: good until " in shown
    assert all(key_id in shown for key_id in key_ids(three_roots, "root"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--tuf-url", URL), "--root and --tuf-url belong together"),
        (("--root", "1.root.json"), "--root and --tuf-url belong together"),
        (("--root", "1.root.json", "--tuf-url", "ftp://host/tuf"), "--tuf-url 'ftp://host/tuf'"),
        (("--root", "1.root.json", "--tuf-url", "http://h/a b"), "--tuf-url 'http://h/a b'"),
        (("--root", "1.targets.json", "--tuf-url", URL), "this is targets metadata, not root"),
        (("--root", "none.json", "--tuf-url", URL), "none.json: cannot read it"),
        (("--root", "forged.json", "--tuf-url", URL), "root 1: 0 of 2 good signatures"),
    ],
)
def test_what_a_board_could_not_trust_is_refused(
    first_release: Path,
    three_roots: Ceremony,
    tmp_path: Path,
    options: tuple[str, ...],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(three_roots.repository.path)
    document = json.loads(Path("1.root.json").read_bytes())
    document["signed"]["roles"]["root"]["keyids"].pop()
    Path("forged.json").write_text(json.dumps(document, sort_keys=True, separators=(",", ":")))
    out = tmp_path / "board.bin"
    before = contents(tmp_path)
    assert problem in refusal("image", "build", *image_options(first_release, out), *options)
    assert contents(tmp_path) == before


def test_a_damaged_root_in_an_image_is_told(image: Path, first_root: Path) -> None:
    flash = bytearray(image.read_bytes())
    at = flash.index(first_root.read_bytes()[:200])
    flash[at + 50] ^= 1
    image.write_bytes(flash)
    assert "\ntrusts\n  BROKEN: " in run("image", "show", image)
