"""Chooses the other slot and resets, when nobody is there."""

import asyncio

from ota import record
from ota.errors import EXPECTED


async def switch(gate):
    """Does not come back. FlashError when the bootloader would not start the other slot.

    OSError or MemoryError when the record can't be written.
    """
    agent, version, slot = gate.agent, gate.release.version, gate.agent.slots.other
    while True:
        await gate.wait(gate.switch_blocker)
        await agent.tell("proceeding", ["activating %s in slot %d" % (version, slot)])
        try:
            agent.cabinet.upgrading(100)
        except MemoryError:
            agent.cabinet.ready()
            raise
        # The screen gets its text, and somebody who comes in this moment is still seen.
        await asyncio.sleep_ms(500)
        if gate.switch_blocker() is None:
            break
        agent.cabinet.ready()
    try:
        agent.record.put(phase=record.ACTIVATING, trials=agent.record.get("trials", 0) + 1)
        agent.boot.wdt.feed()
        agent.slots.choose_other()
    except EXPECTED:
        agent.cabinet.ready()  # first: the record may be what fails
        agent.record.put(phase=record.IDLE)
        raise
    agent.boot.restart("activating %s" % version)
