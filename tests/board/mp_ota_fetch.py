"""A release brought into the other slot: planned, copied, fetched, resumed."""

from hashlib import sha256

import fakes_flash as flash
from fakes_job import BLANK_HEADER, HREF, job_of, lines_of
from fakes_layers import SECTOR, holds, layer, put, written
from fakes_link import error_of

from net.errors import LinkError
from ota.errors import DamagedError, SupersededError

# Raw deflate of "ab", of "cd", and of "e" with a tail of 1024; of all, the packed blocks.
AB = bytes.fromhex("edc1010900000002a0adf57f443f424d000000807705000000ee0d")
CD = bytes.fromhex("edc1010900000002a0b1f57f433f424d000000807705000000ee0d")
E = bytes.fromhex("4b4d1d05a360148c540000")
ABCD = b"\x1b\0" + AB + CD


async def test_release_is_fetched_and_its_header_written_last():
    core, app = layer("core", True, 0, "ab", 1000), layer("app", False, 4096, "cdefgh", 2048)
    job, agent = job_of(core, app)
    agent.ddi.artifacts = {"core": ("ab", 1000), "app": ("cdefgh", 2048)}
    await job.run()
    assert holds("ota_1", 0, "ab", 1000)
    assert holds("store_1", 4096, "cdefgh", 2048)
    assert agent.ddi.ranges == [
        ("core", 0, 5096),
        ("app", 0, 16384),
        ("app", 16384, 6144),
    ]
    assert flash.get("store_1", 0, 6) == b"LKHD\x01\x00"
    assert flash.get("store_1", 512, 13) == b'{"format":1}\xff'
    last = [change for change in flash.Chip.changes if change[0] == "write"][-1]
    assert last == ("write", "store_1", 0, 32 + 2 * 60)
    assert {change[1] for change in flash.Chip.changes} == {"ota_1", "store_1"}


async def test_plan_is_told_and_noted_before_the_first_byte_moves():
    running = (("assets", 1, 8192, SECTOR, sha256(b"g" * SECTOR).digest()),)
    job, agent = job_of(
        layer("core", True, 0, "ab"),
        layer("app", False, 4096, "cdefgh"),
        layer("assets", False, 32768, "g"),
        running=running,
    )
    put("ota_1", 0, "ab")
    put("store_1", 4096, "cdef")
    flash.Chip.changes.clear()
    agent.polls = [None]
    agent.due = True
    await error_of(SupersededError, job.run())
    assert agent.told == [
        (
            "proceeding",
            [
                "plan core keep 8192 bytes",
                "plan app fetch 8192 of 24576 bytes",
                "plan assets copy 4096 bytes",
            ],
        )
    ]
    assert agent.record.fields == {"slot": 1, "version": "1.1.0", "phase": "idle", "why": None}
    assert flash.Chip.changes == []
    assert agent.ddi.ranges == []


async def test_blocks_that_are_there_are_not_fetched_again():
    job, agent = job_of(layer("app", False, 4096, "abcdefghijk"))
    put("store_1", 4096, "abcd????ijk")
    agent.ddi.artifacts = {"app": ("abcdefghijk", SECTOR)}
    await job.run()
    assert agent.ddi.ranges == [("app", 16384, 16384)]
    assert holds("store_1", 4096, "abcdefghijk")


async def test_sectors_of_a_block_that_are_there_are_not_written_again():
    job, agent = job_of(layer("app", False, 4096, "abcd"))
    put("store_1", 4096, "ab?d")
    agent.ddi.artifacts = {"app": ("abcd", SECTOR)}
    flash.Chip.changes.clear()
    await job.run()
    # The header's manifest, the third sector, the header's table.
    assert written() == [0, 3, 0]


async def test_layer_that_runs_already_is_copied_from_wherever_it_lies():
    app = layer("app", False, 4096, "abcdef", 1024)
    running = (("core", 0, 0, 5, bytes(32)), ("other", 1, 12288, app.length, app.digest))
    job, agent = job_of(app, running=running)
    put("store_0", 12288, "abcdef", 1024)
    await job.run()
    assert agent.ddi.ranges == []
    assert holds("store_1", 4096, "abcdef", 1024)
    assert "plan app copy 21504 bytes" in lines_of(agent)


async def test_layer_that_the_other_slot_still_holds_is_left_alone():
    job, agent = job_of(layer("app", False, 4096, "abcdef"))
    put("store_1", 4096, "abcdef")
    flash.Chip.changes.clear()
    await job.run()
    assert agent.ddi.ranges == []
    assert written() == [0, 0]
    assert "plan app keep 24576 bytes" in lines_of(agent)


async def test_packed_and_plain_blocks_are_fetched_from_where_they_lie_in_the_artifact():
    app = layer("app", False, 4096, "abcdabcde", 1024, {0: 56, 1: 56})
    job, agent = job_of(app)
    agent.ddi.artifacts = {"app": ABCD + ABCD + b"e" * 1024}
    await job.run()
    assert agent.ddi.ranges == [("app", 0, 56), ("app", 56, 56), ("app", 112, 1024)]
    assert holds("store_1", 4096, "abcdabcde", 1024)
    assert "plan app fetch 1136 of 33792 bytes" in lines_of(agent)


async def test_short_packed_block_has_one_piece():
    job, agent = job_of(layer("app", False, 4096, "abcde", 1024, {0: 56, 1: 2 + len(E)}))
    agent.ddi.artifacts = {"app": ABCD + bytes([len(E), 0]) + E}
    await job.run()
    assert agent.ddi.ranges == [("app", 0, 56), ("app", 56, 2 + len(E))]
    assert holds("store_1", 4096, "abcde", 1024)


async def test_packed_block_of_pieces_that_can_not_be_is_damaged():
    for letters, stored, first in (
        ("abcd", 56, 0),
        ("abcd", 56, 54),  # nothing left for the second
        ("abcd", 56, 55),
        ("abcd", 56, 65535),
        ("abcd", 14336, 8257),  # RAM holds 8256
        ("abcd", 14336, 14333),
        ("abcd", 14336, 14334 - 8257),
        ("ab", 29, 26),  # one piece is all there may be
        ("ab", 29, 28),
        ("ab", 29, 0),
    ):
        await _expect_wrong_pieces(letters, stored, first)


async def _expect_wrong_pieces(letters, stored, first):
    job, agent = job_of(layer("app", False, 4096, letters, stored={0: stored}))
    agent.ddi.artifacts = {"app": first.to_bytes(2, "little") + AB + CD}
    flash.Chip.changes.clear()
    error = await error_of(DamagedError, job.run())
    assert str(error) == "app block 0 has wrong pieces", (letters, stored, first)
    assert agent.ddi.ranges == [("app", 0, stored)] * 3
    assert 1 not in written()


async def test_packed_piece_that_has_not_shrunk_is_taken():
    # Deflate that stores 8192 bytes as they are, behind as many empty blocks as RAM has room for.
    head = b"\0\0\0\xff\xff" * 11 + b"\1\0\x20\xff\xdf"
    first = len(head) + 8192
    job, agent = job_of(layer("app", False, 4096, "aacd", stored={0: 2 + first + len(CD)}))
    sector = b"a" * SECTOR
    agent.ddi.artifacts = {"app": [first.to_bytes(2, "little") + head, sector, sector, CD]}
    await job.run()
    assert len(agent.ddi.ranges) == 1
    assert holds("store_1", 4096, "aacd")


async def test_packed_block_that_comes_out_wrong_is_fetched_again():
    job, agent = job_of(layer("app", False, 4096, "abcd", stored={0: 56}))
    agent.ddi.artifacts = {"app": ABCD}
    agent.ddi.faults = {0: b"\xff" + ABCD[1:], 1: ABCD[:40] + b"\0" + ABCD[41:]}
    await job.run()
    assert len(agent.ddi.ranges) == 3
    assert holds("store_1", 4096, "abcd")


async def test_block_that_comes_out_wrong_is_fetched_again():
    job, agent = job_of(layer("app", False, 4096, "ab"))
    agent.ddi.artifacts = {"app": ("ab", SECTOR)}
    agent.ddi.faults = {0: ("??", SECTOR), 1: ("a!", SECTOR)}
    await job.run()
    assert len(agent.ddi.ranges) == 3
    assert holds("store_1", 4096, "ab")


async def test_block_that_never_comes_out_right_ends_the_update_by_its_name():
    job, agent = job_of(layer("app", False, 4096, "abcdef"))
    agent.ddi.artifacts = {"app": ("abcd??", SECTOR)}
    error = await error_of(DamagedError, job.run())
    assert str(error) == "app block 1 has a wrong CRC"
    assert agent.ddi.ranges.count(("app", 16384, 8192)) == 3
    # And the other slot is none.
    assert flash.get("store_1", 0, 512) == BLANK_HEADER


async def test_other_slot_is_none_from_the_first_byte_on():
    job, agent = job_of(layer("app", False, 4096, "ab"))
    seen = []

    async def look(*_args):
        seen.append(flash.get("store_1", 0, 512))
        raise DamagedError("enough")

    agent.ddi.open_range = look
    await error_of(DamagedError, job.run())
    assert seen[0] == BLANK_HEADER


async def test_link_that_drops_goes_on_with_the_same_block():
    job, agent = job_of(layer("app", False, 4096, "abcdefgh"))
    agent.ddi.artifacts = {"app": ("abcdefgh", SECTOR)}
    agent.ddi.faults = {1: LinkError("gone"), 2: LinkError("gone")}
    await job.run()
    assert agent.ddi.ranges == [("app", 0, 16384)] + [("app", 16384, 16384)] * 3
    assert holds("store_1", 4096, "abcdefgh")


async def test_piece_that_came_before_the_link_dropped_is_not_written_again():
    job, agent = job_of(layer("app", False, 4096, "abcd"))
    agent.ddi.artifacts, agent.ddi.breaks = {"app": ("abcd", SECTOR)}, (1,)
    await _expect_one_write_of_each_sector(job, agent)


async def test_packed_piece_that_came_before_the_link_dropped_is_not_written_again():
    job, agent = job_of(layer("app", False, 4096, "abcd", stored={0: 56}))
    agent.ddi.artifacts, agent.ddi.breaks = {"app": ABCD}, (2,)
    await _expect_one_write_of_each_sector(job, agent)


async def _expect_one_write_of_each_sector(job, agent):
    put("store_1", 4096, "????")
    flash.Chip.changes.clear()
    await job.run()
    assert len(agent.ddi.ranges) == 2
    # The header's manifest, each sector of the block, the header's table.
    assert written() == [0, 1, 2, 3, 4, 0]
    assert holds("store_1", 4096, "abcd")


async def test_artifact_must_stay_the_same_while_the_link_holds():
    job, agent = job_of(layer("app", False, 4096, "abcdefghijkl"), layer("b", False, 57344, "m"))
    agent.ddi.artifacts = {"app": ("abcdefghijkl", SECTOR), "b": ("m", SECTOR)}
    agent.ddi.faults = {1: LinkError("gone")}
    agent.ddi.breaks = (5,)  # in the middle of the third block
    await job.run()
    # None for the first of a layer, and after a drop.
    assert agent.ddi.etags == [None, '"a"', None, '"a"', None, None]


async def test_no_block_begins_while_somebody_is_there():
    job, agent = job_of(layer("app", False, 4096, "abcdef"))
    agent.ddi.artifacts = {"app": ("abcdef", SECTOR)}
    # Asked before the header is given up, and before each block.
    agent.cabinet.blockers = [None, None, "key pressed 0 s ago", "door 2 is open", None]
    seen = []
    fetch = agent.ddi.open_range

    async def look(*args):
        seen.append(len(agent.cabinet.blockers))
        return await fetch(*args)

    agent.ddi.open_range = look
    await job.run()
    assert seen == [3, 0]
    assert ("scheduled", ["waiting: key pressed 0 s ago"]) in agent.told


async def test_copying_waits_for_people_too():
    app = layer("app", False, 4096, "ab")
    job, agent = job_of(app, running=(("app", 1, 12288, app.length, app.digest),))
    put("store_0", 12288, "ab")
    agent.cabinet.blockers = [None, "door 2 is open"]
    await job.run()
    assert ("scheduled", ["waiting: door 2 is open"]) in agent.told


async def test_release_withdrawn_during_the_download_ends_it():
    job, agent = job_of(layer("app", False, 4096, "abcdefgh"))
    agent.ddi.artifacts = {"app": ("abcdefgh", SECTOR)}
    agent.due, agent.polls = True, [HREF, HREF, None]
    await error_of(SupersededError, job.run())
    assert agent.ddi.ranges == [("app", 0, 16384)]
    assert flash.get("store_1", 0, 512) == BLANK_HEADER


async def test_progress_is_told_every_tenth_at_most():
    small = [layer(name, False, 4096 * (at + 1), name, 1024) for at, name in enumerate("wxyz")]
    job, agent = job_of(layer("core", True, 0, "abcd" * 8), *small)
    agent.ddi.artifacts = {each.name: (each.name, 1024) for each in small}
    agent.ddi.artifacts["core"] = ("abcd" * 8, SECTOR)
    await job.run()
    told = [line for line in lines_of(agent) if line.startswith("fetched")]
    assert told == [f"fetched {percent} %" for percent in (10, 20, 30, 40, 60, 70, 80, 90, 100)]
    assert agent.told[-1] == ("downloaded", ["1.1.0 is in slot 1"])
