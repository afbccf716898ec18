"""Service waits while the update agent does what it was asked for: `ota.people`.

A connection has no room beside a session: that is over meanwhile, and another one goes on.
"""

import asyncio


class Visit:
    """As `visit.Visit`; `errand`: where the menu stood, what the agent is asked, and arguments."""

    def __init__(self, cabinet, *errand):
        self.task = asyncio.create_task(_run(cabinet, errand))

    def is_over(self, _now_ms) -> bool:
        """Whether there is an answer."""
        return self.task.done()

    def cut(self):
        """The end, whatever was going on."""
        self.task.cancel()


async def _run(cabinet, errand):
    answer = None
    try:
        answer = await cabinet.agent.service(*errand[1:])
    except MemoryError as error:
        print("errand:", error)
    return "visit", errand, answer
