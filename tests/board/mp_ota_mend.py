"""Blocks that have the CRC-32 of the wanted ones and other bytes, as littlefs makes them."""

from binascii import crc32
from hashlib import sha256
from struct import pack

import fakes_flash as flash
from fakes_job import BLANK_HEADER, job_of, lines_of
from fakes_layers import SECTOR, holds, layer, put
from fakes_link import error_of

from ota.errors import DamagedError
from ota.release import Layer


def _twins():
    """Two sectors of one CRC-32, as littlefs leaves them: whatever ends with its own CRC-32."""
    for letter in (b"o", b"n"):
        text = letter * (SECTOR - 4)
        yield text + crc32(text).to_bytes(4, "little")


def _layer_of(data):
    blocks = pack("<HI", len(data), crc32(data))
    return Layer("app", False, 4096, len(data), sha256(data).digest(), blocks)


async def test_block_of_equal_crc_and_other_bytes_is_mended():
    old, new = _twins()
    job, agent = job_of(_layer_of(new))
    flash.put("store_1", 4096, old)
    agent.ddi.artifacts = {"app": new}
    await job.run()
    assert flash.get("store_1", 4096, SECTOR) == new
    assert lines_of(agent)[:2] == ["plan app keep 4096 bytes", "plan app fetch 4096 of 4096 bytes"]
    assert flash.get("store_1", 0, 4) == b"LKHD"


async def test_block_of_equal_crc_is_mended_from_the_running_slot_if_it_has_it():
    old, new = _twins()
    running = (("app", 1, 12288, SECTOR, sha256(new).digest()),)
    job, agent = job_of(_layer_of(new), running=running)
    flash.put("store_1", 4096, old)
    flash.put("store_0", 12288, new)
    await job.run()
    assert flash.get("store_1", 4096, SECTOR) == new
    assert agent.ddi.ranges == []


async def test_block_that_has_rotted_in_the_running_slot_is_fetched():
    app = layer("app", False, 4096, "abcdef")
    job, agent = job_of(app, running=(("app", 1, 12288, app.length, app.digest),))
    put("store_0", 12288, "abcd?f")
    agent.ddi.artifacts = {"app": ("abcdef", SECTOR)}
    await job.run()
    assert agent.ddi.ranges == [("app", 16384, 8192)]
    assert holds("store_1", 4096, "abcdef")
    assert "plan app fetch 8192 of 24576 bytes" in lines_of(agent)


async def test_layer_that_can_not_be_mended_ends_the_update():
    old, new = _twins()
    job, agent = job_of(_layer_of(new))
    flash.put("store_1", 4096, old)
    agent.ddi.artifacts = {"app": old}
    error = await error_of(DamagedError, job.run())
    assert str(error) == "app has a wrong SHA-256"
    assert flash.get("store_1", 0, 512) == BLANK_HEADER


async def test_layer_all_of_which_was_fetched_and_is_wrong_is_not_fetched_twice():
    old, new = _twins()
    job, agent = job_of(_layer_of(new))
    agent.ddi.artifacts = {"app": old}
    error = await error_of(DamagedError, job.run())
    assert str(error) == "app has a wrong SHA-256"
    assert len(agent.ddi.ranges) == 1
