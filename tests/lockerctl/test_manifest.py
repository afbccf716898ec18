"""Release manifests against the shared vectors, and the host's stricter rules."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import replace
from typing import Any

import pytest

from lockerctl.blocks import Block
from lockerctl.manifest import (
    MAX_SIZE,
    Layer,
    Manifest,
    ManifestError,
    check_version,
    dump_manifest,
    parse_manifest,
)
from lockerctl.manifest_rules import MAX_SEQUENCE
from lockerctl.paths import ROOT

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "tests/vectors/manifest.json").read_text())
GOOD = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if vector["ok"]]
BAD = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if not vector["ok"]]
WHOLE = bytes.fromhex(VECTORS[0]["hex"])


@pytest.mark.parametrize("vector", GOOD)
def test_manifest_is_read_as_the_vector_says(vector: dict[str, Any]) -> None:
    manifest, fields = parse_manifest(bytes.fromhex(vector["hex"])), vector["fields"]
    assert manifest.version == fields["version"]
    assert manifest.sequence == fields["sequence"]
    assert manifest.bytecode == fields["bytecode"]
    assert {model: list(revs) for model, revs in manifest.boards.items()} == fields["boards"]
    for layer, expected in zip(manifest.layers, fields["layers"], strict=True):
        for name in expected.keys() - {"blocks"}:
            assert getattr(layer, name) == expected[name]
        blocks = [(block.stored, block.crc) for block in layer.blocks]
        assert blocks == list(struct.iter_unpack("<HI", base64.b64decode(expected["blocks"])))


@pytest.mark.parametrize("vector", GOOD)
def test_manifest_is_written_as_it_was_read(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert dump_manifest(parse_manifest(data)) == data


@pytest.mark.parametrize("vector", BAD)
def test_broken_manifest_is_refused_with_one_line_about_the_field(vector: dict[str, Any]) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(bytes.fromhex(vector["hex"]))
    message = str(caught.value)
    assert "\n" not in message
    words = {
        "boards": "board",
        "json": "JSON|object",
        "layers": "layer",
        "size": "3584",
        "address": "address|overlaps",
        "blocks": "block",
        "capacity": "capacity",
        "sha256": "sha256",
    }
    expected = words.get(vector["refusal"], vector["refusal"])
    assert any(word in message for word in expected.split("|")), message


def test_manifest_cut_anywhere_is_refused() -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(ManifestError):
            parse_manifest(WHOLE[:length])


@pytest.mark.parametrize(
    "data",
    [
        WHOLE.replace(b":", b": "),
        WHOLE + b"\n",
        WHOLE.replace(b'"format":1', b'"format":2,"format":1'),
        json.dumps(dict(reversed(json.loads(WHOLE).items())), separators=(",", ":")).encode(),
        WHOLE.replace(b"bench", b"b\\u0065nch"),
    ],
    ids=["blanks", "newline", "twice", "unsorted", "escaped"],
)
def test_manifest_in_another_spelling_is_refused(data: bytes) -> None:
    assert json.loads(data) == json.loads(WHOLE)
    with pytest.raises(ManifestError, match="must be sorted"):
        parse_manifest(data)


@pytest.mark.parametrize("where", ["manifest", "layer app"])
def test_unknown_field_is_refused(where: str) -> None:
    document = json.loads(WHOLE)
    (document if where == "manifest" else document["layers"][1])["colour"] = "red"
    data = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(ManifestError, match=f"{where}: unknown field 'colour'"):
        parse_manifest(data)


def test_hostile_depth_and_numbers_are_refused_like_any_other_nonsense() -> None:
    for data in (b"[" * 3000, b'{"format":' + b"9" * 3000 + b"}", b'{"format":NaN}'):
        with pytest.raises(ManifestError):
            parse_manifest(data)


@pytest.mark.parametrize("version", ["0.0.0", "1.10.0", "1.0.0-rc.1", "1.0.0-alpha-2.x"])
def test_semantic_version_is_taken(version: str) -> None:
    check_version(version)


@pytest.mark.parametrize(
    "version",
    [
        "",
        "1",
        "1.0",
        "v1.0.0",
        "01.0.0",
        "1.0.0-",
        "1.0.0-01",
        "1.0.0+a",
        "1.0.0\n",
        "1." * 20,
        "²",
    ],
)
def test_other_version_is_refused(version: str) -> None:
    with pytest.raises(ManifestError, match="no semantic version"):
        check_version(version)


def big_layer(name: str, partition: str, length: int, address: int) -> Layer:
    starts = range(0, length, 16384)
    blocks = tuple(Block(min(16384, length - start), 0xFFFFFFFF) for start in starts)
    image = "f" * 64 if partition == "ota" else None
    version = "10.20.30-rc.100+ffffffff"
    return Layer(name, version, partition, address, length, length, "f" * 64, blocks, image)


def test_manifest_of_a_3_mib_core_and_a_1_mib_store_fits_the_header() -> None:
    half = 126 * 4096
    manifest = Manifest(
        {"bench": (1,), "oled": (1, 2)},
        "10.20.30-rc.100",
        MAX_SEQUENCE,
        6,
        (
            big_layer("core", "ota", 3 << 20, 0),
            big_layer("app", "store", half, 4096),
            big_layer("assets", "store", half, 4096 + half),
        ),
    )
    data = dump_manifest(manifest)
    assert 2500 < len(data) <= MAX_SIZE
    assert parse_manifest(data) == manifest


def test_manifest_too_long_for_the_header_is_refused() -> None:
    core = big_layer("core", "ota", 8 << 20, 0)
    with pytest.raises(ManifestError, match="a slot's header holds 3584"):
        dump_manifest(replace(parse_manifest(WHOLE), layers=(core,)))
