"""One update, from the server's offer to the switch. Every step is safe to repeat.

A job that ends early (link, reset, power) is begun anew at the next poll that offers its action:
what the flash holds by then is not fetched again.
"""

import asyncio

from ddi import messages
from ddi.errors import NonsenseError
from net.errors import LinkError, StatusError
from ota import record
from ota.errors import DamagedError, FlashError, ReleaseError, SupersededError
from ota.transfer import Transfer


class Job:
    """Installs what `href` (a deploymentBase link) offers; `run` comes back only without success.

    Errors: those of ota.errors, LinkError when the server can't be asked at all.
    """

    def __init__(self, agent, href):
        self._agent = agent
        self._href = href
        self._action = messages.action_id(href)
        self._deployment = None
        self._release = None
        self._etag = None
        self._transfer = Transfer(agent.slots, agent.spool)
        self._wanted = self._fetched = self._tenths = 0

    async def run(self):
        """All steps in their order."""
        agent = self._agent
        self._deployment = await agent.ddi.deployment(self._href)
        if agent.record.get("action") != self._action:
            agent.record.put(action=self._action, phase=record.IDLE, trials=0, result=None)
        plan = await self._plan()
        if plan is None:
            return
        await self._wait(self._fetch_blocker)
        agent.slots.erase_header()
        for layer, source, marks in plan:
            if source is not None:
                await self._transfer.copy(layer, source)
            elif any(marks):
                await self._fetch(layer, marks)
        for layer in self._release.layers:
            await self._transfer.verify(layer)
        self._write_header()
        version, slot = self._release.version, agent.slots.other
        await agent.tell("downloaded", ["%s is in slot %d" % (version, slot)])
        await self._switch()

    async def _plan(self):
        """What `offer.plan` gives, or None when there is nothing to do."""
        from ota import offer

        agent = self._agent
        self._release = await offer.accept(agent, self._deployment)
        if offer.runs_already(agent, self._release):
            agent.finish("success", ["%s runs already" % self._release.version])
            return None
        await self._wait(self._young)
        self._settle()
        plan, self._wanted = await offer.plan(agent, self._release, self._transfer)
        agent.drop("ota.offer", "ota.manifest", "ota.trust", "ota.image")
        return plan

    def _write_header(self):
        from ota import header

        self._agent.slots.write_header(header.pack(self._release))
        self._agent.drop("ota.header")

    def _young(self):
        """Why the other slot may not be given up yet: it is the way back."""
        agent = self._agent
        if agent.healthy():
            return None
        return "slot %d runs for less than %d s" % (
            agent.slots.running,
            agent.setting("healthy_s"),
        )

    def _settle(self):
        """The bootloader must run what it was told to, or the next choice goes wrong."""
        boot, note = self._agent.boot, "settling the slots"
        if self._agent.slots.settled():
            return
        if boot.note == note:
            raise ReleaseError("the bootloader does not give up the other slot")
        boot.restart(note)

    async def _fetch(self, layer, marks):
        """Fetch the marked blocks of a layer, each until it is whole."""
        self._etag = None
        for block in layer.blocks():
            if marks[block[0]]:
                await self._wait(self._fetch_blocker)
                await self._fetch_block(layer, block)
                self._fetched += block[2]
                await self._tell_progress()

    async def _fetch_block(self, layer, block):
        index, at, stored, crc, plain = block
        href, _ = self._deployment.artifact("layer", layer.name, layer.name + ".bin")
        for left in range(self._agent.setting("tries") - 1, -1, -1):
            await self._insist(self._get, href, at, stored)
            try:
                await self._transfer.unpack(layer, index, stored, plain, crc)
                return
            except DamagedError as error:
                print("job:", error)
                if not left:
                    raise

    async def _get(self, href, at, stored):
        try:
            self._etag = await self._agent.ddi.get_range(href, at, stored, self._etag)
        except LinkError:
            self._etag = None  # the artifact may be another one by the time the link is back
            raise

    async def _tell_progress(self):
        tenths = self._fetched * 10 // self._wanted
        if tenths > self._tenths:
            self._tenths = tenths
            await self._agent.tell("proceeding", ["fetched %d %%" % (tenths * 10)])

    async def _insist(self, step, *args):
        """Do a step over the link until the link holds, as long as the release is offered."""
        agent = self._agent
        while True:
            try:
                await agent.online()
                result = await step(*args)
                agent.link_holds()
                return result
            except LinkError as error:
                wait_s = agent.backoff_s(error)
                if isinstance(error, (StatusError, NonsenseError)):
                    await agent.tell("proceeding", ["waiting: %s" % error])
            await agent.pause(wait_s)
            if step != self._poll:
                await self._insist(self._poll)

    async def _poll(self):
        """Poll when it is due. CanceledError or SupersededError when the action is over."""
        agent = self._agent
        if agent.until_poll_s() > 0:
            return
        await agent.serve_poll()
        href = agent.links.get("deploymentBase")
        if href is None or messages.action_id(href) != self._action:
            raise SupersededError
        if href != self._href:  # forced by now, or a window opened or closed
            self._deployment = await agent.ddi.deployment(href)
            self._href = href

    async def _wait(self, blocker):
        """Come back when `blocker()` gives None; until then the server knows what it gives."""
        agent, told = self._agent, False
        await self._insist(self._poll)
        while True:
            agent.alive()
            reason = blocker()
            if reason is None:
                return
            if not told:
                told = True
                await agent.tell("scheduled", ["waiting: " + reason])
            await agent.pause(1)
            await self._insist(self._poll)

    def _fetch_blocker(self):
        if self._deployment.download == "skip":
            return "the server wants no download now"
        return self._agent.cabinet.idle_blocker()

    def _switch_blocker(self):
        if self._deployment.update == "skip":
            return "the server wants no switch now"
        return self._agent.cabinet.idle_blocker()

    async def _switch(self):
        """Choose the other slot and reset, when nobody is there."""
        agent, version, slot = self._agent, self._release.version, self._agent.slots.other
        while True:
            await self._wait(self._switch_blocker)
            await agent.tell("proceeding", ["activating %s in slot %d" % (version, slot)])
            agent.cabinet.upgrading(100)
            # The screen gets its text, and somebody who comes in this moment is still seen.
            await asyncio.sleep_ms(500)
            if self._switch_blocker() is None:
                break
            agent.cabinet.ready()
        trials = agent.record.get("trials", 0) + 1
        agent.record.put(phase=record.ACTIVATING, trials=trials)
        try:
            agent.boot.wdt.feed()
            agent.slots.choose_other()
        except FlashError:
            agent.record.put(phase=record.IDLE)
            agent.cabinet.ready()
            raise
        agent.boot.restart("activating %s" % version)
