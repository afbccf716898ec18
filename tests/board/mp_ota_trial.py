"""A release's first boot: it is committed, or it goes back and says why."""

import json
from binascii import hexlify

import fakes_flash as flash
import fakes_slot
from fakes_agent import Agent, ResetError
from fakes_link import error_of

from net.errors import LinkError
from ota import trial
from ota.trial import Trial

IMAGE = b"\xe9\x00" + bytes(21) + b"\x01" + bytes(8) + bytes(range(32))
COMMITTED, FAILED = 24, 28


class Clock:
    """`time` that goes on by five seconds at each look."""

    now = 0

    @staticmethod
    def ticks_ms():
        Clock.now += 5000
        return Clock.now

    @staticmethod
    def ticks_diff(end, start):
        return end - start


trial.time = Clock


class Ddi:
    """The server: away for so many polls."""

    def __init__(self, away):
        self.away, self.polls = away, 0

    async def poll(self):
        self.polls += 1
        if self.polls <= self.away:
            raise LinkError("no answer in time")
        return 5, {}


def _agent(away=0, trial=True, committed=False, own=True, image=IMAGE[-32:]):
    """An agent on slot 1."""
    agent = Agent(1, spool_bytes=64)
    agent.ddi = Ddi(away)
    agent.boot.trial, agent.boot.release.committed = trial, committed
    if own:
        agent.record.put(phase="activating", slot=1, version="1.1.0")
    layers = [{"partition": "store"}, {"partition": "ota", "image_sha256": hexlify(image).decode()}]
    fakes_slot.install(1, (), manifest=json.dumps({"layers": layers}).encode())
    flash.put("ota_1", 0, IMAGE)
    flash.Chip.changes.clear()
    flash.Chip.marked_valid = 0
    return agent


def _word(at):
    return flash.get("store_1", at, 4) == bytes(4)


async def test_sound_release_is_committed():
    agent = _agent()
    await Trial(agent).run()
    assert agent.boot.resets == []
    assert (flash.Chip.marked_valid, _word(COMMITTED), _word(FAILED)) == (1, True, False)
    assert agent.record.get("result") == ["success", "committed 1.1.0 in slot 1"]
    assert (agent.boot.trial, agent.boot.release.committed) == (False, True)
    assert agent.cabinet.locked is False
    assert agent.events[-1] == 5  # it has lasted so long


async def test_what_is_being_checked_is_noted_for_the_watchdog():
    agent = _agent()
    await Trial(agent).run()
    assert agent.boot.marks == ["check core", "check relays", "check heap", "trial", ""]


async def test_failed_check_goes_back_and_says_which():
    agent = _agent()
    agent.cabinet.faults = {"relays": "relay 2 reads on"}
    await error_of(ResetError, Trial(agent).run())
    assert agent.boot.resets == ["failed: check relays: relay 2 reads on"]
    assert agent.record.get("why") == "check relays: relay 2 reads on"
    # Nobody was served, nothing was confirmed.
    assert agent.cabinet.locked is None
    assert (flash.Chip.marked_valid, flash.Chip.changes, agent.ddi.polls) == (0, [], 0)


async def test_core_that_is_not_the_releases_goes_back():
    agent = _agent(image=bytes(32))
    await error_of(ResetError, Trial(agent).run())
    assert agent.record.get("why") == "check core: the running core is another one"


async def test_core_that_can_not_be_read_goes_back():
    agent = _agent()
    flash.put("ota_1", 0, b"\xff")
    await error_of(ResetError, Trial(agent).run())
    assert agent.record.get("why") == "check core: no image in ota_1"


async def test_release_without_a_core_goes_back():
    agent = _agent()
    fakes_slot.install(1, (), manifest=b'{"layers": []}')
    await error_of(ResetError, Trial(agent).run())
    assert agent.record.get("why") == "check core: the release has no core"


async def test_doors_serve_while_the_server_is_looked_for():
    agent = _agent(away=3)
    seen = []
    pause = agent.pause

    async def look(seconds):
        seen.append((agent.cabinet.locked, flash.Chip.marked_valid))
        await pause(seconds)

    agent.pause = look
    await Trial(agent).run()
    assert seen == [(False, 0)] * 4
    assert flash.Chip.marked_valid == 1


async def test_server_that_is_not_reached_in_time_goes_back():
    agent = _agent(away=1000)
    await error_of(ResetError, Trial(agent).run())
    assert agent.boot.resets == ["failed: no server"]
    assert agent.record.get("why") == "no server"
    # 20 s, and a look at the clock every 5.
    assert agent.ddi.polls == 5


async def test_nobody_at_a_door_is_cut_off_by_going_back():
    agent = _agent(away=1000)
    agent.cabinet.blockers = ["session"] * 10
    await error_of(ResetError, Trial(agent).run())
    assert agent.ddi.polls == 15


async def test_committed_slot_on_trial_needs_no_server():
    agent = _agent(away=1000000, committed=True)
    await Trial(agent).run()
    assert agent.ddi.polls == 0
    assert flash.Chip.marked_valid == 1
    assert flash.Chip.changes == []


async def test_valid_slot_whose_word_was_lost_is_committed_without_confirming_it_again():
    agent = _agent(trial=False)
    await Trial(agent).run()
    assert (flash.Chip.marked_valid, _word(COMMITTED)) == (0, True)


async def test_valid_slot_that_fails_a_check_is_marked_failed():
    agent = _agent(trial=False)
    agent.cabinet.faults = {"heap": "1000 bytes of heap free"}
    await error_of(ResetError, Trial(agent).run())
    assert (_word(FAILED), _word(COMMITTED)) == (True, False)
    assert agent.boot.resets == ["check heap: 1000 bytes of heap free"]


async def test_trial_of_a_slot_that_no_action_asked_for_closes_none():
    agent = _agent(own=False)
    agent.record.put(phase="done", slot=0, result=["failure", "x"])
    await Trial(agent).run()
    assert _word(COMMITTED)
    assert agent.record.fields == {"phase": "done", "slot": 0, "result": ["failure", "x"]}


async def test_trial_is_noted_as_such():
    agent = _agent()
    noted = []
    agent.cabinet.ready = lambda: noted.append(agent.record.get("phase"))
    await Trial(agent).run()
    assert noted == ["trial"]
