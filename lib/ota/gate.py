"""What a job may do when: in touch with the server, it waits for it and for the cabinet."""

from ddi import messages
from ddi.errors import NonsenseError
from net.errors import LinkError, StatusError
from ota.errors import SupersededError
from store.modules import drop


class Gate:
    """`agent`, and the `release` that it works on as long as the server offers it."""

    def __init__(self, agent, href, release):
        self.agent = agent
        self.release = release
        self._href = href
        self._action = messages.action_id(href)

    async def insist(self, step, *args):
        """Do a step over the link until the link holds, as long as the release is offered."""
        agent = self.agent
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
            await agent.rest(wait_s)
            if step != self._poll:
                await self.insist(self._poll)

    async def wait(self, blocker):
        """Come back when `blocker()` gives None; until then the server knows what it gives."""
        agent, told = self.agent, False
        await self.insist(self._poll)
        while True:
            await agent.give_way()
            reason = blocker()
            if reason is None:
                return
            if not told:
                told = True
                await agent.tell("scheduled", ["waiting: " + reason])
            await agent.pause(1)
            await self.insist(self._poll)

    def young(self):
        """Why the other slot may not be given up yet: it is the way back."""
        agent = self.agent
        if agent.healthy():
            return None
        return "slot %d runs for less than %d s" % (
            agent.slots.running,
            agent.setting("healthy_s"),
        )

    def fetch_blocker(self):
        """Why no block may be fetched now."""
        if self.release.download == "skip":
            return "the server wants no download now"
        return self.agent.cabinet.idle_blocker()

    def switch_blocker(self):
        """Why the slots may not be switched now."""
        if self.release.update == "skip":
            return "the server wants no switch now"
        return self.agent.cabinet.idle_blocker()

    async def _poll(self):
        """Poll when it is due. CanceledError or SupersededError when the action is over."""
        agent = self.agent
        if agent.until_poll_s() > 0:
            return
        await agent.serve_poll()
        href = agent.links.get("deploymentBase")
        if href is None or messages.action_id(href) != self._action:
            raise SupersededError
        if href != self._href:  # forced by now, or a window opened or closed
            deployment = await agent.ddi.deployment(href)
            self.release.download, self.release.update = deployment.download, deployment.update
            self._href = href
            drop("ddi", "deployment")
