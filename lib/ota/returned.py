"""The old slot runs although another one was chosen: why, and does it count against the release?"""

from ota import record
from ota.reach import server_answers

_RETRY_S = 5


class Returned:
    """Closes the record of a switch that is over."""

    def __init__(self, agent):
        self._agent = agent

    async def run(self):
        """Leave a result to deliver, or the record so that the switch is tried again."""
        agent = self._agent
        if agent.record.get("slot") == agent.slots.running:
            # Power was cut between the committed word and the record.
            version = agent.record.get("version")
            agent.finish("success", ["committed %s in slot %d" % (version, agent.slots.running)])
            return
        why = agent.record.get("why")
        if why == record.NO_SERVER:
            counts = await self._server_answers()
        else:
            counts = why is not None or agent.boot.cause != "power"
        await agent.stand_by()
        if counts:
            agent.finish("failure", ["reverted: " + (why or self._chip_says())])
        elif agent.record.get("trials", 0) >= agent.setting("trials"):
            why = why or "power was cut"
            agent.finish("failure", ["reverted: %d trials: %s" % (agent.setting("trials"), why)])
        else:
            agent.record.put(phase=record.IDLE, why=None)

    async def _server_answers(self):
        """Whether the old slot reaches the server that the trial did not."""
        agent = self._agent
        agent.record.put(phase=record.RETURNED)
        for _ in range(agent.setting("trial_s") // _RETRY_S + 1):
            if await server_answers(agent, "returned"):
                return True
            await agent.pause(_RETRY_S)
        return False

    def _chip_says(self):
        boot = self._agent.boot
        if boot.cause == "restart":
            return "the bootloader did not start the new core"
        return "%s: %s" % (boot.cause, boot.note) if boot.note else boot.cause
