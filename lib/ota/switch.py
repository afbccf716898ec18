"""Chooses the other slot and resets, when nobody is there."""

import asyncio

from ota import record
from ota.errors import FlashError


async def switch(gate):
    """Does not come back. FlashError when the bootloader would not start the other slot."""
    agent, version, slot = gate.agent, gate.release.version, gate.agent.slots.other
    while True:
        await gate.wait(gate.switch_blocker)
        await agent.tell("proceeding", ["activating %s in slot %d" % (version, slot)])
        agent.cabinet.upgrading(100)
        # The screen gets its text, and somebody who comes in this moment is still seen.
        await asyncio.sleep_ms(500)
        if gate.switch_blocker() is None:
            break
        agent.cabinet.ready()
    agent.record.put(phase=record.ACTIVATING, trials=agent.record.get("trials", 0) + 1)
    agent.boot.wdt.feed()
    try:
        agent.slots.choose_other()
    except FlashError:
        agent.record.put(phase=record.IDLE)
        agent.cabinet.ready()
        raise
    agent.boot.restart("activating %s" % version)
