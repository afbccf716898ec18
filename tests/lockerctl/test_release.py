"""`lockerctl release build`: what a release says, what changes between two, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tooling import contents, invoke, refusal, release_inputs, run

from lockerctl.littlefs_image import LAYER_BLOCK, read_image
from lockerctl.manifest import Layer, Manifest, parse_manifest
from lockerctl.profiles import all_boards
from lockerctl.release_dir import load_release
from lockerctl.stand_in import stand_in


def build(out: Path, version: str, sources: Path, core: object, *options: object) -> str:
    inputs = release_inputs(sources, core)
    return run("release", "build", "--version", version, "--out", out, *inputs, *options)


def manifest_of(folder: Path) -> Manifest:
    return parse_manifest((folder / "manifest.json").read_bytes())


def layer_of(folder: Path, name: str) -> Layer:
    layer = manifest_of(folder).layer(name)
    assert layer is not None
    return layer


def test_first_release_has_all_that_a_board_needs(first_release: Path, core_file: Path) -> None:
    assert set(contents(first_release)) == {"manifest.json", "core.bin", "app.bin", "assets.bin"}
    release = load_release(first_release)
    manifest = release.manifest
    assert (manifest.product, manifest.version, manifest.sequence) == ("locker", "1.0.0", 1)
    assert manifest.bytecode == 6
    assert manifest.boards == all_boards()
    assert [layer.name for layer in manifest.layers] == ["core", "app", "assets"]
    core = layer_of(first_release, "core")
    assert release.plain("core") == core_file.read_bytes()
    assert core.image_sha256 == core_file.read_bytes()[-32:].hex()
    assert (core.partition, core.address, core.capacity) == ("ota", 0, 0x1A0000)
    files = read_image(release.plain("app"), LAYER_BLOCK)
    assert sorted(files) == ["/locker/__init__.mpy", "/locker/doors.mpy", "/ota/agent.mpy"]
    assert read_image(release.plain("assets"), LAYER_BLOCK) == {
        "/texts/en.json": b'{"idle": "Ready"}\n'
    }


def test_same_inputs_give_the_same_bytes(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    build(tmp_path / "again", "1.0.0", sources, core_file)
    assert contents(tmp_path / "again") == contents(first_release)


def test_building_the_same_release_again_changes_nothing(
    first_release: Path, sources: Path, core_file: Path
) -> None:
    before = contents(first_release)
    assert "is there already" in build(first_release, "1.0.0", sources, core_file)
    assert contents(first_release) == before


def test_changed_layer_gets_a_new_version_and_the_others_keep_theirs(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    (sources / "lib/locker/doors.py").write_text("def count():\n    return 5\n")
    out = tmp_path / "1.1.0"
    shown = build(out, "1.1.0", sources, core_file, "--previous", first_release)
    assert manifest_of(out).sequence == 2
    for name in ("core", "assets"):
        assert layer_of(out, name) == layer_of(first_release, name)
        assert (out / f"{name}.bin").read_bytes() == (first_release / f"{name}.bin").read_bytes()
    app, before = layer_of(out, "app"), layer_of(first_release, "app")
    assert app.version == f"1.1.0+{app.sha256[:8]}"
    assert app.sha256 != before.sha256
    assert (app.address, app.capacity) == (before.address, before.capacity)
    rows = {line.split()[0]: line.split()[-1] for line in shown.splitlines()[2:5]}
    assert rows == {"core": "unchanged", "app": "changed", "assets": "unchanged"}


def test_layer_that_comes_back_to_its_old_bytes_has_a_new_version(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    """Versions name what the release before had, no further back."""
    doors = sources / "lib/locker/doors.py"
    old = doors.read_text()
    doors.write_text("def count():\n    return 5\n")
    build(tmp_path / "1.1.0", "1.1.0", sources, core_file, "--previous", first_release)
    doors.write_text(old)
    build(tmp_path / "1.2.0", "1.2.0", sources, core_file, "--previous", tmp_path / "1.1.0")
    app = layer_of(tmp_path / "1.2.0", "app")
    assert app.version.startswith("1.2.0+")
    assert app.sha256 == layer_of(first_release, "app").sha256


def test_layer_that_outgrew_its_capacity_is_laid_out_anew(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    before = layer_of(first_release, "assets")
    (sources / "assets/font.bin").write_bytes(bytes(before.capacity))
    out = tmp_path / "1.1.0"
    shown = build(out, "1.1.0", sources, core_file, "--previous", first_release)
    app, assets = layer_of(out, "app"), layer_of(out, "assets")
    assert assets.length > before.capacity
    assert "changed, laid out anew" in shown
    assert min(app.address, assets.address) >= 4096
    assert app.address + app.capacity <= assets.address or assets.address < app.address
    assert app.version == layer_of(first_release, "app").version


def test_boards_are_those_that_are_named(sources: Path, core_file: Path, tmp_path: Path) -> None:
    named = ("--board", "bench:1", "--board", "big:2", "--board", "big:3")
    build(tmp_path / "out", "1.0.0", sources, core_file, *named)
    assert manifest_of(tmp_path / "out").boards == {"bench": (1,), "big": (2, 3)}


def test_sequence_can_be_chosen_above_the_previous(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    options = ("--previous", first_release, "--sequence", 40)
    build(tmp_path / "out", "1.1.0", sources, core_file, *options)
    assert manifest_of(tmp_path / "out").sequence == 40


def test_bigger_map_gives_bigger_capacities(sources: Path, core_file: Path, tmp_path: Path) -> None:
    build(tmp_path / "out", "1.0.0", sources, core_file, "--partitions", "8MiB")
    assert layer_of(tmp_path / "out", "core").capacity == 0x2F0000
    stored = layer_of(tmp_path / "out", "app").capacity
    assert stored > 0x40000


def test_core_that_hardly_fits_is_taken_with_a_warning(sources: Path, tmp_path: Path) -> None:
    core = tmp_path / "tight.bin"
    core.write_bytes(stand_in("tight", 1_665_000))
    left = 0x1A0000 - core.stat().st_size
    assert 0 < left < 65536
    shown = build(tmp_path / "out", "1.0.0", sources, core)
    assert f"warning: the core leaves only {left} bytes of its slot" in shown


def test_stand_in_core_is_taken_and_said_so(sources: Path, tmp_path: Path) -> None:
    shown = build(tmp_path / "out", "1.0.0", sources, "stand-in:spring")
    assert "note: the core is a stand-in: only a virtual board can run it" in shown


# What a user can get wrong. Nothing may be written, nothing that was there may change.


def refused(
    tmp_path: Path, sources: Path, core: object, *options: object, version: str = "1.1.0"
) -> str:
    out = tmp_path / "out"
    before = contents(tmp_path)
    inputs = release_inputs(sources, core)
    line = refusal("release", "build", "--version", version, "--out", out, *inputs, *options)
    assert contents(tmp_path) == before
    assert not out.exists()
    return line


def test_core_for_another_chip_is_refused(sources: Path, core_file: Path, tmp_path: Path) -> None:
    core = tmp_path / "s3.bin"
    core.write_bytes(core_file.read_bytes()[:12] + b"\x09" + core_file.read_bytes()[13:])
    line = refused(tmp_path, sources, core)
    assert line.endswith("s3.bin: cannot take this core: it is for ESP32-S3, not for ESP32")


def test_truncated_core_is_refused(sources: Path, core_file: Path, tmp_path: Path) -> None:
    core = tmp_path / "cut.bin"
    core.write_bytes(core_file.read_bytes()[:-1000])
    assert "cut.bin: cannot take this core: it is cut short" in refused(tmp_path, sources, core)


def test_core_that_is_something_else_is_refused(sources: Path, tmp_path: Path) -> None:
    core = tmp_path / "page.bin"
    core.write_bytes(b"<html>not found</html>" * 100)
    assert "it starts with 0x3c" in refused(tmp_path, sources, core)


def test_missing_core_is_refused(sources: Path, tmp_path: Path) -> None:
    assert "no.bin: cannot read it" in refused(tmp_path, sources, tmp_path / "no.bin")


def test_core_too_big_for_its_slot_is_refused(sources: Path, tmp_path: Path) -> None:
    core = tmp_path / "big.bin"
    core.write_bytes(stand_in("big", 1_800_000))
    size = core.stat().st_size
    line = refused(tmp_path, sources, core)
    assert f"layer core ({size} bytes) does not fit: {size - 0x1A0000} bytes are missing" in line


def test_layer_too_big_for_the_store_is_refused(
    sources: Path, core_file: Path, tmp_path: Path
) -> None:
    (sources / "assets/picture.bin").write_bytes(bytes(300_000))
    line = refused(tmp_path, sources, core_file)
    assert "layer assets (" in line
    assert "bytes are missing in a store of 262144" in line


def test_broken_csv_is_refused(sources: Path, core_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "4MiB.csv"
    broken.write_text("nvs, data, nvs, 0x9000\n")
    out, inputs = tmp_path / "out", release_inputs(sources, core_file)
    before = contents(tmp_path)
    arguments = ["--version", "1.0.0", "--out", out, *inputs, "--partitions", broken]
    result = invoke("release", "build", *arguments)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[0].startswith(f"lockerctl: {broken}:1: 4 fields instead of")
    assert result.stderr.splitlines()[1:] == [">   1  nvs, data, nvs, 0x9000"]
    assert contents(tmp_path) == before


def test_existing_version_with_other_bytes_is_refused(
    first_release: Path, sources: Path, core_file: Path
) -> None:
    before = contents(first_release)
    (sources / "lib/locker/doors.py").write_text("def count():\n    return 5\n")
    inputs = release_inputs(sources, core_file)
    line = refusal("release", "build", "--version", "1.0.0", "--out", first_release, *inputs)
    assert line.endswith("1.0.0: holds release 1.0.0 with other bytes: choose a new version")
    assert contents(first_release) == before


def test_folder_of_another_release_is_refused(
    first_release: Path, sources: Path, core_file: Path
) -> None:
    before = contents(first_release)
    inputs = release_inputs(sources, core_file)
    line = refusal("release", "build", "--version", "1.1.0", "--out", first_release, *inputs)
    assert line.endswith("1.0.0: holds release 1.0.0: choose another folder")
    assert contents(first_release) == before


def test_folder_with_something_else_in_it_is_refused(
    sources: Path, core_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.txt").write_text("precious")
    inputs = release_inputs(sources, core_file)
    line = refusal("release", "build", "--version", "1.0.0", "--out", out, *inputs)
    assert "mine: is in use, and not by a release" in line
    assert contents(out) == {"notes.txt": b"precious"}


def test_place_that_cannot_be_written_is_refused(
    sources: Path, core_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("precious")
    before = contents(tmp_path)
    out, inputs = tmp_path / "file" / "1.0.0", release_inputs(sources, core_file)
    line = refusal("release", "build", "--version", "1.0.0", "--out", out, *inputs)
    assert "1.0.0: cannot write it: " in line
    assert contents(tmp_path) == before


def test_version_of_the_previous_release_is_refused(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    options = ("--previous", first_release)
    line = refused(tmp_path, sources, core_file, *options, version="1.0.0")
    assert "the previous release is 1.0.0 already" in line


def test_sequence_that_does_not_grow_is_refused(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    options = ("--previous", first_release, "--sequence", 1)
    line = refused(tmp_path, sources, core_file, *options)
    assert line.endswith("sequence 1 is not above 1 of 1.0.0")


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda m: m[:-5], "no JSON in ASCII"),
        (lambda m: m.replace(b'"sequence":1', b'"sequence":0'), "sequence is 0"),
        (lambda m: json.dumps(json.loads(m), indent=1).encode(), "must be sorted"),
        (lambda _: b"\xff\xfe", "no JSON in ASCII"),
    ],
    ids=["cut", "field", "spelling", "bytes"],
)
def test_previous_release_whose_manifest_does_not_parse_is_refused(
    first_release: Path,
    sources: Path,
    core_file: Path,
    tmp_path: Path,
    damage: Callable[[bytes], bytes],
    problem: str,
) -> None:
    path = first_release / "manifest.json"
    path.write_bytes(damage(path.read_bytes()))
    line = refused(tmp_path, sources, core_file, "--previous", first_release)
    assert f"{path}: " in line
    assert problem in line


def test_previous_release_with_a_damaged_artifact_is_refused(
    first_release: Path, sources: Path, core_file: Path, tmp_path: Path
) -> None:
    path = first_release / "core.bin"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00\x00")
    line = refused(tmp_path, sources, core_file, "--previous", first_release)
    assert f"{first_release}: core: " in line


def test_version_that_is_none_is_refused(sources: Path, core_file: Path, tmp_path: Path) -> None:
    line = refused(tmp_path, sources, core_file, version="1.1")
    assert line == "lockerctl: '1.1' is no semantic version such as 1.2.0 or 1.2.0-rc.1"


def test_board_without_a_revision_is_refused(
    sources: Path, core_file: Path, tmp_path: Path
) -> None:
    line = refused(tmp_path, sources, core_file, "--board", "bench")
    assert "--board bench: must be MODEL:REVISION" in line
