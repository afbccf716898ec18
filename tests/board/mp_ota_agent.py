"""What the agent asks before it begins something long: is a coil on, is somebody there?"""

import asyncio
import sys
import time

import fakes_flash  # noqa: F401  (esp32)
from fakes_link import error_of

sys.modules["network"] = sys  # WiFi alone needs more of it

from fakes_agent import Record  # noqa: E402

from net.errors import StatusError  # noqa: E402
from ota.agent import Agent  # noqa: E402
from ota.errors import CanceledError, VisitError  # noqa: E402


class Cabinet:
    """`blocker`: why it is not idle."""

    def __init__(self):
        self.coil, self.blocker = False, None

    async def coil_off(self):
        while self.coil:
            await asyncio.sleep_ms(1)

    def idle_blocker(self):
        return self.blocker

    async def deliver(self, _post):
        raise StatusError(405, "pickup")


class Ddi:
    """A server whose polls give these links. `told`: actions whose cancel was answered."""

    def __init__(self, links):
        self.links, self.told = links, []

    async def poll(self):
        return 5, self.links

    async def feedback(self, action, *_args):
        self.told.append(action)

    async def hand_over(self, _pickup):
        """Never asked."""


class Standing(Agent):
    """An agent without a board. `signs` counts the signs of life."""

    def __init__(self):
        self.cabinet = Cabinet()
        self.aside, self.signs = False, 0
        self._reported, self._healthy = True, False
        self._started_ms = time.ticks_ms()

    def alive(self):
        self.signs += 1

    def hang_up(self):
        """Nothing is in use."""

    def setting(self, name):
        return {"healthy_s": 3600}[name]

    async def online(self):
        """Always."""

    async def deliver(self):
        """No result."""


async def test_long_step_waits_until_the_coil_is_off():
    agent = Standing()
    agent.cabinet.coil = True
    step = asyncio.create_task(agent.stand_by())
    await asyncio.sleep_ms(60)
    assert not step.done()
    agent.cabinet.coil = False
    await asyncio.wait_for_ms(step, 10_000)
    assert agent.signs


async def test_job_is_left_when_somebody_comes():
    agent = Standing()
    await agent.give_way()
    agent.cabinet.blocker = "door 3 open"
    await agent.give_way()
    agent.cabinet.blocker = "session"
    await error_of(VisitError, agent.give_way())


async def test_sleep_ends_when_somebody_comes():
    agent = Standing()
    sleep = asyncio.create_task(agent.rest(600))
    await asyncio.sleep_ms(50)
    assert not sleep.done()
    agent.cabinet.blocker = "session"
    await error_of(VisitError, asyncio.wait_for_ms(sleep, 10_000))


async def test_server_that_refuses_pickup_codes_stops_no_cancel():
    agent = Standing()
    agent.cabinet.has_mail = True
    agent.links, agent._day = {}, time.time() // 86_400
    agent._ddi = Ddi({"cancelAction": "http://s/cancelAction/7"})
    agent.record = Record()
    agent.record.put(action="7")
    await error_of(CanceledError, agent.serve_poll())
    assert agent._ddi.told == ["7"]


async def test_who_is_there_may_use_the_link_of_an_agent_that_stands_aside():
    agent = Standing()
    agent.aside, agent.cabinet.blocker = True, "session"
    await agent.give_way()
