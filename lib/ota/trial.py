"""The first boot of a release: it is kept only if it works here, and still reaches the server."""

import asyncio
import binascii
import time

from micropython import const

from ota import image, record
from ota.errors import FlashError
from ota.reach import server_answers
from ota.report import running_manifest

_RETRY_S = const(5)


class Trial:
    """Ends in `committed`, or in a reset."""

    def __init__(self, agent):
        self._agent = agent
        own = agent.record.get("slot") == agent.slots.running
        self._own = own and agent.record.get("phase") in (record.ACTIVATING, record.TRIAL)

    async def run(self):
        """Local checks, then the doors serve again, then the server, then it is for good."""
        agent = self._agent
        if self._own:
            agent.record.put(phase=record.TRIAL)
        checks = [("core", self._core)] + agent.cabinet.checks()
        for name, check in checks:
            agent.boot.mark("check " + name)
            agent.alive()
            fault = check()
            if fault:
                self._fail("check %s: %s" % (name, fault))
            await asyncio.sleep_ms(0)
        agent.boot.mark("trial")
        agent.cabinet.ready()
        # A slot that was committed before is here because the other one failed: it needs nobody.
        if not agent.boot.release.committed:
            await self._reach_server()
        # The supervisor looks at the tasks every second: none that has ended may be committed.
        await agent.pause(agent.setting("prove_s"))
        await agent.stand_by()
        self._commit()

    def _core(self):
        """What the release calls its core is what runs: the bootloader has checked its hash."""
        agent = self._agent
        for layer in running_manifest(agent)["layers"]:
            if layer["partition"] == "ota":
                wanted = binascii.unhexlify(layer["image_sha256"])
                try:
                    found = image.digest(agent.slots, agent.slots.running)
                except FlashError as error:
                    return str(error)
                return None if found == wanted else "the running core is another one"
        return "the release has no core"

    async def _reach_server(self):
        agent = self._agent
        start_ms = time.ticks_ms()
        while not await server_answers(agent, "trial"):
            late = time.ticks_diff(time.ticks_ms(), start_ms) > agent.setting("trial_s") * 1000
            # Without a way back there is nothing to gain by a reset.
            if late and agent.boot.trial and agent.cabinet.idle_blocker() is None:
                self._fail(record.NO_SERVER)
            await agent.pause(_RETRY_S)

    def _fail(self, why):
        """Go back: by the bootloader from a trial, else by boot.py."""
        agent = self._agent
        if self._own:
            agent.record.put(why=why)
        if agent.boot.trial:
            agent.boot.fail(why)
        agent.slots.mark_failed()
        agent.boot.restart(why)

    def _commit(self):
        agent = self._agent
        boot = agent.boot
        if boot.trial:
            agent.slots.confirm()
            boot.trial = False
        if not boot.release.committed:
            agent.slots.mark_committed()
            boot.release.committed = True
        boot.mark("")
        if self._own:
            agent.finish(
                "success", ["committed %s in slot %d" % (agent.record.get("version"), boot.slot)]
            )
