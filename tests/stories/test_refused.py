"""Releases that a board does not take."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet

from lockerctl.manifest import Manifest, dump_manifest
from lockerctl.release_dir import Release


def with_manifest(release: Release, data: bytes) -> Release:
    """The release with these bytes for a manifest, whatever they are."""
    return Release(release.manifest, data, release.artifacts)


def refusal(cabinet: Cabinet, release: Release) -> str:
    """Let the board refuse a release; what the server was told."""
    seen = cabinet.partition("ota_1"), cabinet.partition("store_1")
    cabinet.board.power_on()
    report = cabinet.ends(cabinet.assign(release), "error")
    assert (cabinet.partition("ota_1"), cabinet.partition("store_1")) == seen
    assert cabinet.board.causes == [1]
    return report.lines[-1]


def test_an_older_release_is_refused(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    newer = fleet.release("1.3.0-newer", sequence=3)
    older = fleet.release("1.2.0-older", sequence=2)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    cabinet.ends(cabinet.assign(newer), "finished")
    report = cabinet.ends(cabinet.assign(older), "error")
    assert report.lines[-1] == "ReleaseError: older: sequence 2, 3 was here"
    assert cabinet.board.running == "ota_1"


def test_another_release_of_the_same_sequence_is_refused(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    twin = fleet.release("1.0.0-twin", sequence=1)
    assert refusal(make_cabinet(), twin) == "ReleaseError: another release has sequence 1"


def test_a_release_for_another_board_is_refused(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-oled", boards={"oled": (1,), "bench": (2,)})
    told = refusal(make_cabinet(), release)
    assert told == "ReleaseError: not for board bench revision 1"


Change = Callable[[Manifest], Manifest]


def layers(**changes: object) -> Change:
    """Change all layers in the store."""

    def change(manifest: Manifest) -> Manifest:
        made = tuple(
            dataclasses.replace(each, **changes) if each.partition == "store" else each  # type: ignore[arg-type]
            for each in manifest.layers
        )
        return dataclasses.replace(manifest, layers=made)

    return change


BAD_MANIFESTS: dict[str, tuple[bytes | Change, str]] = {
    "text": (b"this is no manifest", "manifest: does not parse"),
    "cut": (b'{"format":1,"layers":[', "manifest: does not parse"),
    "list": (b"[]", "manifest: not format 1"),
    "future": (b'{"format":2}', "manifest: not format 1"),
    "empty": (b'{"format":1}', "manifest: bad product"),
    "overlap": (layers(address=4096), "manifest: app overlaps another layer"),
    "header": (layers(address=0), "manifest: bad address of app"),
    "odd": (layers(address=4097), "manifest: bad address of app"),
    "far": (layers(address=0x40000), "app does not fit"),
    "product": (lambda m: dataclasses.replace(m, product="toaster"), "for product toaster"),
    "bytecode": (lambda m: dataclasses.replace(m, bytecode=5), "bytecode 5, the core takes 6"),
}


@pytest.mark.parametrize("case", BAD_MANIFESTS)
def test_a_bad_manifest_is_refused_in_one_line(
    fleet: Fleet, make_cabinet: MakeCabinet, case: str
) -> None:
    bad, line = BAD_MANIFESTS[case]
    made = fleet.workshop.build(f"1.1.0-{case}")
    data = bad if isinstance(bad, bytes) else dump_manifest(bad(made.manifest))
    told = refusal(make_cabinet(), fleet.publish(with_manifest(made, data)))
    assert told.startswith(f"ReleaseError: {line}")


def test_a_block_that_never_comes_out_right_ends_it_after_three_tries(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-tampered")
    layer = release.manifest.layer("app")
    assert layer is not None
    spoil(fleet, release, "app", sum(block.stored for block in layer.blocks[:2]) + 100)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = cabinet.ends(cabinet.assign(release), "error")
    assert report.lines[-1].startswith("DamagedError: app block 2 ")
    assert cabinet.said("job: app block 2") == 3
    assert cabinet.board.causes == [1]
    assert cabinet.header(1) is None


def test_a_layer_with_another_hash_is_not_activated(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    made = fleet.workshop.build("1.1.0-hash")
    wrong = tuple(
        dataclasses.replace(each, sha256="11" * 32) if each.name == "app" else each
        for each in made.manifest.layers
    )
    manifest = dataclasses.replace(made.manifest, layers=wrong)
    release = fleet.publish(with_manifest(made, dump_manifest(manifest)))
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = cabinet.ends(cabinet.assign(release), "error")
    assert report.lines[-1] == "DamagedError: app has a wrong SHA-256"
    assert cabinet.header(1) is None
    assert cabinet.board.causes == [1]


def spoil(fleet: Fleet, release: Release, name: str, at: int) -> None:
    """Change a byte of an artifact on the server's disk."""
    path = fleet.artifact(hashlib.sha256(release.artifacts[name]).hexdigest())
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.chmod(0o600)
    path.write_bytes(data)
