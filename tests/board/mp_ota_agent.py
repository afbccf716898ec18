"""What the agent asks before it begins something long: is a coil on, is somebody there?"""

import asyncio
import sys

import fakes_flash  # noqa: F401  (esp32)
from fakes_link import error_of

sys.modules["network"] = sys  # WiFi alone needs more of it

from ota.agent import Agent  # noqa: E402
from ota.errors import VisitError  # noqa: E402


class Cabinet:
    """`blocker`: why it is not idle."""

    def __init__(self):
        self.coil, self.blocker = False, None

    async def coil_off(self):
        while self.coil:
            await asyncio.sleep_ms(1)

    def idle_blocker(self):
        return self.blocker


class Standing(Agent):
    """An agent without a board. `signs` counts the signs of life."""

    def __init__(self):
        self.cabinet = Cabinet()
        self.aside, self.signs = False, 0

    def alive(self):
        self.signs += 1


async def test_long_step_waits_until_the_coil_is_off():
    agent = Standing()
    agent.cabinet.coil = True
    step = asyncio.create_task(agent.stand_by())
    await asyncio.sleep_ms(60)
    assert not step.done()
    agent.cabinet.coil = False
    await asyncio.wait_for_ms(step, 1000)
    assert agent.signs


async def test_job_is_left_when_somebody_comes():
    agent = Standing()
    await agent.give_way()
    agent.cabinet.blocker = "door 3 open"
    await agent.give_way()
    agent.cabinet.blocker = "session"
    await error_of(VisitError, agent.give_way())


async def test_who_is_there_may_use_the_link_of_an_agent_that_stands_aside():
    agent = Standing()
    agent.aside, agent.cabinet.blocker = True, "session"
    await agent.give_way()
