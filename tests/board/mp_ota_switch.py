"""The switch to the other slot: nobody is there, it is noted, what fails gives the doors back."""

import asyncio

import fakes_flash as flash
from fakes_agent import Agent, ResetError
from fakes_layers import release
from fakes_link import error_of

from ota.errors import FlashError, ReleaseError, SupersededError, VisitError
from ota.gate import Gate
from ota.precheck import settle
from ota.switch import switch

HREF = "http://s/deploymentBase/8?c=1"


async def _no_wait(_ms):
    """Half a second for the screen, in life."""


asyncio.sleep_ms = _no_wait


def _gate(**fields):
    agent = Agent(spool_bytes=64)
    agent.record.put(phase="idle", slot=1, **fields)
    return Gate(agent, HREF, release()), agent


async def test_switch_is_noted_before_the_other_slot_is_chosen():
    gate, agent = _gate()
    noted = []
    choose = agent.slots.choose_other

    def look():
        noted.append(dict(agent.record.fields))
        choose()

    agent.slots.choose_other = look
    await error_of(ResetError, switch(gate))
    assert noted == [{"phase": "activating", "slot": 1, "trials": 1}]
    assert flash.Chip.chosen == 1
    assert agent.boot.resets == ["activating 1.1.0"]
    assert agent.cabinet.locked
    assert agent.told == [("proceeding", ["activating 1.1.0 in slot 1"])]


async def test_trials_are_counted():
    gate, agent = _gate(trials=2)
    await error_of(ResetError, switch(gate))
    assert agent.record.get("trials") == 3


async def test_somebody_who_comes_in_the_last_moment_is_served():
    gate, agent = _gate()
    # Idle when asked first, then not; the second time it stays idle.
    agent.cabinet.blockers = [None, "key pressed 0 s ago", "session", None, None]
    seen = []
    ready = agent.cabinet.ready

    def look():
        ready()
        seen.append((flash.Chip.chosen, agent.record.get("phase")))

    agent.cabinet.ready = look
    await error_of(ResetError, switch(gate))
    assert seen == [(0, "idle")]
    assert flash.Chip.chosen == 1


async def test_core_that_the_bootloader_refuses_gives_the_doors_back():
    gate, agent = _gate()
    flash.Chip.bootable = False
    await error_of(FlashError, switch(gate))
    assert agent.cabinet.locked is False
    assert agent.record.get("phase") == "idle"
    assert agent.boot.resets == []


async def test_record_that_can_not_be_written_gives_the_doors_back():
    for kind in (OSError, MemoryError):
        gate, agent = _gate()

        def refuse(it=kind, **_fields):
            raise it(28)

        agent.record.put = refuse
        await error_of(kind, switch(gate))
        assert agent.cabinet.locked is False
        assert flash.Chip.chosen == 0
        assert agent.boot.resets == []


async def test_screen_that_finds_no_memory_gives_the_doors_back():
    gate, agent = _gate()
    lock = agent.cabinet.upgrading

    def fail(percent):
        lock(percent)
        raise MemoryError

    agent.cabinet.upgrading = fail
    await error_of(MemoryError, switch(gate))
    assert agent.cabinet.locked is False
    assert flash.Chip.chosen == 0


async def test_release_withdrawn_before_the_switch_stays_where_it_is():
    gate, agent = _gate()
    agent.due, agent.polls = True, [None]
    await error_of(SupersededError, switch(gate))
    assert flash.Chip.chosen == 0
    assert not agent.cabinet.locked


async def _settled(chosen, note, visited=False):
    """What `settle` does: (notes of the resets, the slot chosen then)."""
    gate, agent = _gate()
    if visited:
        agent.visited, agent.cabinet.blockers = True, ["session"]
    flash.Chip.chosen = chosen
    agent.boot.note = note
    try:
        await settle(gate)
    except ResetError:
        assert agent.boot.resets
    return agent.boot.resets, flash.Chip.chosen


async def test_slots_that_are_settled_are_left_alone():
    assert await _settled(0, "") == ([], 0)
    assert await _settled(0, "settling the slots") == ([], 0)


async def test_slots_are_settled_by_a_reset_then_by_a_choice_then_given_up():
    assert await _settled(1, "x") == (["settling the slots"], 1)
    assert await _settled(1, "settling the slots") == (["choosing the running slot"], 0)
    await error_of(ReleaseError, _settled(1, "choosing the running slot"))


async def test_no_reset_that_settles_slots_interrupts_a_customer():
    await error_of(VisitError, _settled(1, "x", visited=True))
