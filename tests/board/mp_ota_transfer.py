"""Layers moved into the other slot: only what differs is erased and written, by the sector."""

import asyncio
from binascii import crc32, unhexlify

import fakes_flash as flash
from fakes_agent import Cache
from fakes_layers import SECTOR, crc_of, erased, holds, layer, put, sectors, written
from fakes_link import Body

from net.spool import Spool
from ota.errors import DamagedError, FlashError
from ota.slots import Slots
from ota.transfer import Transfer

BLOCK = 16384
PIECE = 8192
AT = 8192  # where the layer lies
# Raw deflate with a 2 KiB window, made by zlib, of letters; of "ef" with a tail of 1024.
AB = unhexlify("edc1010900000002a0adf57f443f424d000000807705000000ee0d")
CD = unhexlify("edc1010900000002a0b1f57f433f424d000000807705000000ee0d")
EF = unhexlify("edc1010100000802a0b5fa7f823f0a4800000080eb0abc35")


class Bench:
    """A transfer from slot 0 to slot 1; `signs` counts the signs of life."""

    def __init__(self):
        flash.Chip.running = 0
        self.spool = Spool(8256)
        self.transfer = Transfer(Slots(0, Cache()), self.spool, self._give_way)
        self.signs = 0
        self.coil_is_on = False

    async def _give_way(self):
        self.signs += 1
        while self.coil_is_on:
            await asyncio.sleep_ms(0)

    async def bring_packed(self, wanted, index, *streams):
        """Write a packed block; the CRC-32 of what was written."""
        plain = self.start(wanted, index)
        offset = found = 0
        for stream in streams:
            await self.take(stream)
            count = min(PIECE, plain - offset)
            found = await self.transfer.write(wanted, index, offset, count, True, found)
            offset += count
        return found

    async def bring(self, wanted, index, *pieces):
        """The same of a plain block, whose bytes come in pieces of so many letters, a tail each."""
        self.start(wanted, index)
        offset = found = 0
        for letters, tail in pieces:
            count = (len(letters) - 1) * SECTOR + tail
            await self.spool.take(Body(sectors(letters, tail)), count)
            found = await self.transfer.write(wanted, index, offset, count, False, found)
            offset += count
        return found

    async def take(self, stored):
        await self.spool.take(Body([stored]), len(stored))

    def start(self, wanted, index):
        plain = list(wanted.blocks())[index][4]
        self.transfer.start(wanted, index, plain)
        flash.Chip.changes.clear()
        return plain


def _halves(letters):
    return (letters[:2], SECTOR), (letters[2:], SECTOR)


async def test_no_sector_is_touched_while_a_coil_is_on():
    bench = Bench()
    wanted = layer("app", False, AT, "abcd")
    bench.coil_is_on = True
    bringing = asyncio.create_task(bench.bring(wanted, 0, *_halves("abcd")))
    for _ in range(20):
        await asyncio.sleep_ms(0)
    assert flash.Chip.changes == []
    bench.coil_is_on = False
    await bringing
    assert len(flash.Chip.changes) > 0
    assert holds("store_1", AT, "abcd")


async def test_missing_blocks_are_marked():
    bench = Bench()
    wanted = layer("app", False, AT, "abcdefghij", 1024)
    assert await bench.transfer.missing(wanted) == b"\1\1\1"
    put("store_1", AT, "abcdefghij", 1024)
    assert await bench.transfer.missing(wanted) == b"\0\0\0"
    assert bench.signs == 6
    for at, marks in (
        (0, b"\1\0\0"),
        (BLOCK - 1, b"\1\0\0"),
        (BLOCK, b"\0\1\0"),
        (2 * BLOCK, b"\0\0\1"),
        (wanted.length - 1, b"\0\0\1"),
        (wanted.length, b"\0\0\0"),  # behind it
    ):
        old = flash.get("store_1", AT + at, 1)
        flash.put("store_1", AT + at, b"?")
        assert await bench.transfer.missing(wanted) == marks, at
        flash.put("store_1", AT + at, old)


async def test_core_is_looked_for_in_its_own_partition():
    bench, wanted = Bench(), layer("core", True, 0, "ab")
    put("store_1", 0, "ab")
    put("ota_0", 0, "ab")
    assert await bench.transfer.missing(wanted) == b"\1"
    put("ota_1", 0, "ab")
    assert await bench.transfer.missing(wanted) == b"\0"


async def test_plain_block_is_written():
    bench, wanted = Bench(), layer("app", False, AT, "abcd")
    assert await bench.bring(wanted, 0, *_halves("abcd")) == crc_of("abcd")
    assert holds("store_1", AT, "abcd")
    assert (erased(), written()) == ([], [2, 3, 4, 5])


async def test_packed_blocks_are_unpacked_and_written():
    bench = Bench()
    wanted = layer("app", False, AT, "abcdef", 1024, {0: 56, 1: 26})
    assert await bench.bring_packed(wanted, 0, AB, CD) == crc_of("abcd")
    assert written() == [2, 3, 4, 5]
    assert await bench.bring_packed(wanted, 1, EF) == crc_of("ef", 1024)
    assert written() == [6, 7]
    # The rest of the last sector stays blank.
    assert holds("store_1", AT, "abcdef", 1024)


async def test_core_goes_into_its_own_partition():
    bench = Bench()
    assert await bench.bring(layer("core", True, 0, "ab"), 0, ("ab", SECTOR)) == crc_of("ab")
    assert holds("ota_1", 0, "ab")
    assert {change[1] for change in flash.Chip.changes} == {"ota_1"}


async def test_sectors_that_differ_are_erased_and_written_and_no_others():
    bench, wanted = Bench(), layer("app", False, AT, "abcd")
    put("store_1", AT, "a?cd")
    assert await bench.bring(wanted, 0, *_halves("abcd")) == crc_of("abcd")
    assert (erased(), written()) == ([3], [3])
    assert holds("store_1", AT, "abcd")
    await bench.bring_packed(wanted, 0, AB, CD)
    assert flash.Chip.changes == []


async def test_what_was_held_is_looked_at_anew_for_each_block():
    bench, wanted = Bench(), layer("app", False, AT, "abcdaaaa")
    await bench.bring(wanted, 0, *_halves("abcd"))
    put("store_1", AT + BLOCK, "????")
    await bench.bring(wanted, 1, *_halves("aaaa"))
    assert erased() == written() == [6, 7, 8, 9]
    assert holds("store_1", AT, "abcdaaaa")


async def test_short_last_sector_that_is_there_is_not_written():
    bench, wanted = Bench(), layer("app", False, AT, "ef", 1024)
    put("store_1", AT, "ef", 1024)
    flash.put("store_1", AT + SECTOR + 1024, b"behind it")
    assert await bench.bring(wanted, 0, ("ef", 1024)) == crc_of("ef", 1024)
    assert flash.Chip.changes == []


async def test_equal_crc_is_not_taken_for_equal_bytes():
    # Whatever ends with its own CRC-32 has one and the same CRC-32.
    def closed(letter):
        text = letter * (SECTOR - 4)
        return text + crc32(text).to_bytes(4, "little")

    old, new = closed(b"o"), closed(b"n")
    assert crc32(old) == crc32(new)
    bench = Bench()
    flash.put("store_1", AT, old)
    wanted = layer("app", False, AT, "n")
    bench.start(wanted, 0)
    await bench.take(new)
    await bench.transfer.write(wanted, 0, 0, SECTOR, False, 0)
    assert flash.get("store_1", AT, SECTOR) == new


async def test_bytes_that_are_wrong_show_in_the_crc():
    bench, wanted = Bench(), layer("app", False, AT, "abcd")
    assert await bench.bring(wanted, 0, *_halves("abxd")) != crc_of("abcd")
    assert await bench.transfer.missing(wanted) == b"\1"
    assert await bench.bring(wanted, 0, *_halves("abcd")) == crc_of("abcd")
    assert (erased(), written()) == ([4], [4])
    assert await bench.transfer.missing(wanted) == b"\0"


async def test_packed_bytes_with_a_bit_flipped_do_no_more_harm_than_a_wrong_crc():
    bench, damaged, wrong = Bench(), 0, 0
    wanted = layer("app", False, AT, "abcd", stored={0: 56})
    crc = crc_of("abcd")
    for at in range(len(AB + CD)):
        for flip in (0x01, 0x80):
            spoilt = bytearray(AB + CD)
            spoilt[at] ^= flip
            try:
                halves = spoilt[: len(AB)], spoilt[len(AB) :]
                if await bench.bring_packed(wanted, 0, *halves) == crc:
                    assert holds("store_1", AT, "abcd"), at
                else:
                    wrong += 1
            except DamagedError:
                damaged += 1
    assert damaged > 20, damaged
    assert wrong > 2, wrong


async def test_packed_bytes_that_give_too_little_are_damaged():
    bench, wanted = Bench(), layer("app", False, AT, "abcd", stored={0: 56})
    await bench.take(AB)  # what lies in the spool from before must not help
    for stored in (EF, AB[:-1], b"\x03\x00", b"\xff" * 50, bytes(50)):
        try:
            await bench.bring_packed(wanted, 0, stored, CD)
            raise AssertionError(stored)
        except DamagedError:
            pass


async def test_flash_that_refuses_is_a_flash_error():
    bench = Bench()
    flash.Chip.broken = True
    try:
        await bench.bring(layer("app", False, AT, "a"), 0, ("a", SECTOR))
        raise AssertionError("written")
    except FlashError:
        pass


async def test_copy_takes_a_block_from_wherever_the_running_slot_has_it():
    bench, wanted = Bench(), layer("app", False, AT, "abcdef", 1024)
    put("store_0", 4096, "abcdef", 1024)
    put("store_1", AT, "a?")
    counts = [block[4] for block in wanted.blocks()]
    await bench.transfer.copy(wanted, 4096, 0, counts[0])
    assert (erased(), written()) == ([3], [3, 4, 5])
    assert holds("store_1", AT, "abcd")
    await bench.transfer.copy(wanted, 4096, 1, counts[1])
    assert holds("store_1", AT, "abcdef", 1024)
    assert await bench.transfer.verify(wanted)
    flash.Chip.changes.clear()
    for index, count in enumerate(counts):
        await bench.transfer.copy(wanted, 4096, index, count)
    assert flash.Chip.changes == []


async def test_running_slot_is_never_written():
    for core, address in ((True, 0), (False, AT)):
        bench, wanted = Bench(), layer("x", core, address, "abcd")
        label = "ota_0" if core else "store_0"
        put(label, address, "abcd")
        flash.Chip.changes.clear()
        await bench.transfer.copy(wanted, address, 0, BLOCK)
        await bench.bring(wanted, 0, ("ab", SECTOR))
        assert label not in {change[1] for change in flash.Chip.changes}


async def test_layer_is_verified_by_what_the_flash_holds():
    bench, wanted = Bench(), layer("app", False, AT, "abcdefgh", 1024)
    put("store_1", AT, "abcdefgh", 1024)
    assert await bench.transfer.verify(wanted)
    assert bench.signs == 8
    for at in (0, BLOCK, wanted.length - 1):
        old = flash.get("store_1", AT + at, 1)
        flash.put("store_1", AT + at, b"?")
        assert not await bench.transfer.verify(wanted), at
        flash.put("store_1", AT + at, old)
    flash.put("store_1", AT + wanted.length, b"?")
    assert await bench.transfer.verify(wanted)
