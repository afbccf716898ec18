"""The slot header against the shared vectors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lockerctl.header import (
    PROGRAMMED,
    Entry,
    Header,
    HeaderError,
    is_set,
    pack_header,
    parse_header,
)
from lockerctl.partition_table import SECTOR
from lockerctl.paths import ROOT

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "tests/vectors/header.json").read_text())
GOOD = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if vector["ok"]]
BAD = [pytest.param(vector, id=vector["name"]) for vector in VECTORS if not vector["ok"]]


def sector_of(vector: dict[str, Any]) -> bytes:
    return bytes.fromhex(vector["hex"]).ljust(SECTOR, b"\xff")


@pytest.mark.parametrize("vector", GOOD)
def test_header_is_read_as_the_vector_says(vector: dict[str, Any]) -> None:
    header = parse_header(sector_of(vector))
    assert header.sequence == vector["sequence"]
    assert header.manifest.hex() == vector["manifest_hex"]
    assert is_set(header.committed) == vector["committed"]
    assert is_set(header.failed) == vector["failed"]
    found = [
        {
            "name": x.name,
            "place": x.place,
            "address": x.address,
            "length": x.length,
            "sha256": x.sha256.hex(),
        }
        for x in header.entries
    ]
    assert found == vector["layers"]


@pytest.mark.parametrize("vector", GOOD)
def test_header_is_written_as_the_vector_says(vector: dict[str, Any]) -> None:
    assert pack_header(parse_header(sector_of(vector))) == sector_of(vector)


@pytest.mark.parametrize("vector", BAD)
def test_broken_header_is_refused_as_the_vector_says(vector: dict[str, Any]) -> None:
    with pytest.raises(HeaderError, match=f"^{vector['refusal']}$"):
        parse_header(sector_of(vector))


def test_word_is_programmed_without_an_erase_and_without_another_crc() -> None:
    header = Header(3, (Entry("core", 0, 0, 1000, bytes(32)),), b"{}")
    before = pack_header(header)
    after = pack_header(
        Header(header.sequence, header.entries, header.manifest, committed=PROGRAMMED)
    )
    changed = [n for n in range(SECTOR) if before[n] != after[n]]
    assert changed == [24, 25, 26, 27]
