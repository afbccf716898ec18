"""Writes `header.json` and `manifest.json`: `python tests/vectors/generate.py`.

Shares no code with the readers and writers under test: it follows docs/formats.md with `struct`.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_BLANK = 0xFFFFFFFF


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# Header


def _layers(count: int) -> list[dict[str, Any]]:
    core = {"name": "core", "place": 0, "address": 0, "length": 1672976, "sha256": _digest("core")}
    names = ["app", "assets", "fonts", "a23456789012345", "l5", "l6", "l7", "l8"]
    return [core] + [
        {
            "name": name,
            "place": 1,
            "address": 4096 * (index + 1),
            "length": 1024 * (index + 1),
            "sha256": _digest(name),
        }
        for index, name in enumerate(names[: count - 1])
    ]


def _sector(
    layers: list[dict[str, Any]],
    manifest: bytes = b"{}",
    *,
    magic: bytes = b"LKHD",
    version: int = 1,
    sequence: int = 7,
    committed: int = _BLANK,
    failed: int = _BLANK,
) -> bytes:
    entries = b"".join(
        struct.pack(
            "<16sIII32s",
            layer["name"].encode(),
            layer["place"],
            layer["address"],
            layer["length"],
            bytes.fromhex(layer["sha256"]),
        )
        for layer in layers
    )
    crc = binascii.crc32(manifest)
    start = struct.pack("<4sHHIII", magic, version, len(layers), sequence, len(manifest), crc)
    words = struct.pack("<III", binascii.crc32(start + entries), committed, failed)
    return (start + words + entries).ljust(512, b"\xff") + manifest


def _good_header(name: str, count: int, manifest: bytes = b"{}", **fields: Any) -> dict[str, Any]:
    layers = _layers(count)
    return {
        "name": name,
        "hex": _sector(layers, manifest, **fields).hex(),
        "ok": True,
        "sequence": fields.get("sequence", 7),
        "committed": fields.get("committed", _BLANK) != _BLANK,
        "failed": fields.get("failed", _BLANK) != _BLANK,
        "manifest_hex": manifest.hex(),
        "layers": layers,
    }


def _bad_header(name: str, refusal: str, sector: bytes) -> dict[str, Any]:
    return {"name": name, "hex": sector.hex(), "ok": False, "refusal": refusal}


def _flip(data: bytes, offset: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :]


def _headers() -> list[dict[str, Any]]:
    whole = _sector(_layers(3), b'{"a":1}')
    return [
        _good_header("one layer", 1),
        _good_header("three layers", 3, b'{"format":1}'),
        _good_header("eight layers, a name of 15 letters", 8),
        _good_header("the longest manifest", 1, b"m" * 3584),
        _good_header("the highest sequence", 1, sequence=0xFFFFFFFE),
        _good_header("committed", 2, committed=0),
        _good_header("failed", 2, failed=0),
        _good_header("committed, then failed", 2, committed=0, failed=0),
        _good_header("committed, power cut while programming", 2, committed=0xFFFFFFFE),
        _bad_header("blank", "magic", b""),
        _bad_header("zeros", "magic", bytes(512)),
        _bad_header("manifest written, table not yet", "magic", b"\xff" * 512 + b"{}"),
        _bad_header("another magic", "magic", _sector(_layers(2), magic=b"LKHE")),
        _bad_header("a later version of the table", "version", _sector(_layers(2), version=2)),
        _bad_header("no layer", "count", _sector([])),
        _bad_header("nine layers", "count", _sector(_layers(9))),
        _bad_header("a manifest too long", "length", _sector(_layers(1), b"m" * 3585)),
        _bad_header("a bit flipped in the sequence", "table", _flip(whole, 8)),
        _bad_header("a bit flipped in the table's CRC", "table", _flip(whole, 20)),
        _bad_header("a bit flipped in an address", "table", _flip(whole, 32 + 60 + 20)),
        _bad_header("a bit flipped in the last hash", "table", _flip(whole, 32 + 180 - 1)),
        _bad_header("table cut off in the last entry", "table", whole[:200]),
        _bad_header("a bit flipped in the manifest", "manifest", _flip(whole, 513)),
        _bad_header("manifest cut off", "manifest", whole[:516]),
    ]


# Manifest


def _blocks(length: int, *stored: int) -> str:
    """A table for so many plain bytes; the last of `stored` stands for all that follow."""
    count = -(-length // 16384)
    lengths = (stored + stored[-1:] * count)[:count]
    table = b"".join(struct.pack("<HI", each, 0x1234ABCD) for each in lengths)
    return base64.b64encode(table).decode()


def _manifest() -> dict[str, Any]:
    layers = []
    for name, partition, address, capacity, length in (
        ("core", "ota", 0, 0x1A0000, 40000),
        ("app", "store", 4096, 24576, 20480),
        ("assets", "store", 28672, 4096, 2048),
    ):
        digest = _digest(name)
        layer = {
            "name": name,
            "version": f"1.1.0+{digest[:8]}",
            "partition": partition,
            "address": address,
            "capacity": capacity,
            "length": length,
            "sha256": digest,
            "blocks": _blocks(length, 900),
        }
        layers.append(layer)
    layers[0]["image_sha256"] = _digest("image")
    return {
        "format": 1,
        "product": "locker",
        "boards": {"bench": [1], "oled": [1, 2]},
        "version": "1.1.0",
        "sequence": 2,
        "bytecode": 6,
        "layers": layers,
    }


def _dump(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


_ABSENT = object()


def _changed(path: str, value: object) -> dict[str, Any]:
    """The good manifest with one field, `layers.1.name`, changed or left out."""
    document = copy.deepcopy(_manifest())
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = document
    for step in way:
        place = place[step]
    if value is _ABSENT:
        del place[last]
    else:
        place[last] = value
    return document


def _more_layers(count: int) -> dict[str, Any]:
    document = _manifest()
    for index in range(len(document["layers"]), count):
        layer = dict(document["layers"][2], name=f"l{index}", address=4096 * (index + 5))
        document["layers"].append(layer)
    return document


def _good_manifest(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "hex": _dump(document).hex(), "ok": True, "fields": document}


def _bad_manifest(name: str, refusal: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "hex": data.hex(), "ok": False, "refusal": refusal}


# What is wrong, the field it is in, the path of the field, its value.
_WRONG: list[tuple[str, str, str, object]] = [
    ("another format", "format", "format", 2),
    ("no format", "format", "format", _ABSENT),
    ("the product is a number", "product", "product", 1),
    ("no boards", "boards", "boards", _ABSENT),
    ("boards is a list", "boards", "boards", ["bench"]),
    ("no version", "version", "version", _ABSENT),
    ("no sequence", "sequence", "sequence", _ABSENT),
    ("sequence 0", "sequence", "sequence", 0),
    ("a negative sequence", "sequence", "sequence", -1),
    ("a sequence that looks like blank flash", "sequence", "sequence", 0xFFFFFFFF),
    ("sequence beyond 32 bits", "sequence", "sequence", 2**32),
    ("the sequence is a text", "sequence", "sequence", "2"),
    ("the sequence is a fraction", "sequence", "sequence", 2.5),
    ("the sequence is true", "sequence", "sequence", True),
    ("no bytecode", "bytecode", "bytecode", _ABSENT),
    ("no layers", "layers", "layers", []),
    ("layers is an object", "layers", "layers", {}),
    ("a layer is a text", "layers", "layers.1", "app"),
    ("a name with a slash", "name", "layers.1.name", "../app"),
    ("a name in capitals", "name", "layers.1.name", "App"),
    ("an empty name", "name", "layers.1.name", ""),
    ("a name of 16 letters", "name", "layers.1.name", "a234567890123456"),
    ("the name of what the board writes", "name", "layers.1.name", "data"),
    ("two layers of one name", "name", "layers.2.name", "app"),
    ("another partition", "partition", "layers.1.partition", "data"),
    ("two layers in ota", "address", "layers.1.partition", "ota"),
    ("the core in the store", "address", "layers.0.partition", "store"),
    ("the core not at 0", "address", "layers.0.address", 4096),
    ("an address on the header", "address", "layers.1.address", 0),
    ("an address inside a sector", "address", "layers.1.address", 5120),
    ("a negative address", "address", "layers.1.address", -4096),
    ("two layers overlap", "address", "layers.2.address", 20480),
    ("longer than the capacity", "capacity", "layers.1.capacity", 16384),
    ("a length inside a littlefs block", "length", "layers.1.length", 20000),
    ("length 0", "length", "layers.1.length", 0),
    ("the length is a text", "length", "layers.1.length", "20480"),
    ("a short hash", "sha256", "layers.1.sha256", "ab" * 31),
    ("no hash", "sha256", "layers.1.sha256", _ABSENT),
    ("a block too few", "blocks", "layers.1.blocks", _blocks(16384, 900)),
    ("a block too many", "blocks", "layers.1.blocks", _blocks(49152, 900)),
    ("half a block entry", "blocks", "layers.1.blocks", base64.b64encode(b"12345678").decode()),
    ("a block of 0 bytes", "blocks", "layers.1.blocks", _blocks(20480, 0)),
    ("a packed block of 2 bytes", "blocks", "layers.1.blocks", _blocks(20480, 2)),
    ("a block longer than plain", "blocks", "layers.1.blocks", _blocks(20480, 5000)),
    ("a block packed too little", "blocks", "layers.1.blocks", _blocks(20480, 14337, 900)),
    ("blocks in no base64", "blocks", "layers.1.blocks", "!" * 16),
    ("no blocks", "blocks", "layers.1.blocks", _ABSENT),
    ("the core without image hash", "image_sha256", "layers.0.image_sha256", _ABSENT),
]
# What a board does not read, or takes in any spelling.
_WRONG_FOR_TOOLS: list[tuple[str, str, str, object]] = [
    ("a revision is a text", "boards", "boards.bench", ["1"]),
    ("two numbers in the version", "version", "version", "1.1"),
    ("a layer without version", "version", "layers.1.version", _ABSENT),
    ("another hash in the version", "version", "layers.1.version", "1.1.0+00000000"),
    ("a capacity inside a sector", "capacity", "layers.1.capacity", 23552),
    ("a hash in capitals", "sha256", "layers.1.sha256", _digest("app").upper()),
    ("an image hash in the store", "image_sha256", "layers.1.image_sha256", _digest("x")),
    ("the room of two layers overlaps", "address", "layers.2.address", 24576),
]


def _changed_manifests(wrong: list[tuple[str, str, str, object]]) -> list[dict[str, Any]]:
    return [
        _bad_manifest(name, word, _dump(_changed(path, value))) for name, word, path, value in wrong
    ]


def _manifests() -> list[dict[str, Any]]:
    good = _dump(_manifest())
    return [
        _good_manifest("three layers", _manifest()),
        _good_manifest("a version before the release", _changed("version", "2.0.0-rc.1")),
        _good_manifest("eight layers", _more_layers(8)),
        _good_manifest("the highest sequence", _changed("sequence", 0xFFFFFFFE)),
        _good_manifest(
            "blocks packed as little as can be, and plain",
            _changed("layers.1.blocks", _blocks(20480, 14336, 4096)),
        ),
        _good_manifest(
            "blocks packed as much as can be", _changed("layers.1.blocks", _blocks(20480, 3))
        ),
        *_changed_manifests(_WRONG),
        *[{**vector, "host_only": True} for vector in _changed_manifests(_WRONG_FOR_TOOLS)],
        _bad_manifest("no core", "layers", _dump(_changed("layers", _manifest()["layers"][1:]))),
        _bad_manifest("nine layers", "layers", _dump(_more_layers(9))),
        _bad_manifest("empty", "json", b""),
        _bad_manifest("cut off", "json", good[:-1]),
        _bad_manifest("something behind it", "json", good + b"x"),
        _bad_manifest("no object", "json", b"[]"),
        _bad_manifest("bytes that are no text", "json", b"\xff\xfe\x00{}"),
        _bad_manifest("too long", "size", good + b" " * (3585 - len(good))),
    ]


def _save(name: str, vectors: list[dict[str, Any]]) -> None:
    lines = ",\n".join(json.dumps(vector, sort_keys=True) for vector in vectors)
    (_HERE / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    _save("header.json", _headers())
    _save("manifest.json", _manifests())
