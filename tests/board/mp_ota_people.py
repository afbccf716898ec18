"""What the service menu asks of the agent: answers for a small screen, and no exceptions."""

from fakes_agent import Agent
from fakes_disk import Disk

from net.errors import LinkError
from ota import people
from ota.errors import CanceledError
from store import files

CONFIRMATION = "http://s/confirmationBase/8?c=1"


class Deployment:
    release = ("locker", "1.3.0")


class Ddi:
    """`fails`: what every request raises."""

    def __init__(self):
        self.fails, self.confirmed = None, []

    async def poll(self):
        if self.fails:
            raise self.fails

    async def deployment(self, _href):
        await self.poll()
        return Deployment

    async def confirm(self, href):
        await self.poll()
        self.confirmed.append(href)


class WiFi:
    """`lets_in`: whether the other network does."""

    def __init__(self):
        self.lets_in, self.known = True, []
        self.in_reach = [b"Hall", b"Guests"]

    def scan(self):
        return [(name, b"its address", 1, -60, 3, False) for name in self.in_reach]

    async def change(self, known, _alive):
        if not self.lets_in:
            raise LinkError("no WiFi")
        self.known.append(known)

    def forget(self, known):
        if known in self.known:
            self.known.remove(known)


def _agent():
    agent = Agent(spool_bytes=64)
    agent.ddi, agent.wifi, agent.hang_up = Ddi(), WiFi(), lambda: None
    agent.aside = True
    agent.forgotten = 0

    def forget_poll():
        agent.forgotten += 1

    agent.forget_poll = forget_poll
    return agent


async def test_server_that_offers_something_is_said_with_its_version():
    agent = _agent()
    assert await people.check_now(agent) == (True, "1.3.0")
    assert agent.forgotten == 1


async def test_server_that_offers_nothing_is_said_so():
    agent = _agent()
    agent.polls = [None]
    assert await people.check_now(agent) == (True, "")
    agent.polls = [CanceledError()]
    agent.links = {}
    assert await people.check_now(agent) == (True, "")


async def test_server_that_does_not_answer_is_said_so():
    agent = _agent()
    agent.polls = [LinkError("gone")]
    assert await people.check_now(agent) == (False, "no server")
    agent.ddi.fails = LinkError("gone")
    agent.links = {"confirmationBase": CONFIRMATION}
    assert await people.confirm(agent) == (False, "no server")
    agent.ddi.fails = OSError(5)
    assert await people.confirm(agent) == (False, "failed")


async def test_update_that_waits_is_confirmed_and_looked_for_at_once():
    agent = _agent()
    assert await people.confirm(agent) == (False, "nothing waits")
    agent.links = {"confirmationBase": CONFIRMATION}
    assert await people.confirm(agent) == (True, "")
    assert agent.ddi.confirmed == [CONFIRMATION]
    assert agent.forgotten == 1


async def test_other_wifi_is_kept_when_the_server_is_reached_with_it():
    Disk()
    agent = _agent()
    assert await people.networks(agent) == ["Hall", "Guests"]
    assert await people.try_wifi(agent, "Guests", "secret-key") == (True, "")
    assert agent.wifi.known == [{"ssid": "Guests", "key": "secret-key"}]
    assert files.read_json("/data/wifi.json", 512) == {"ssid": "Guests", "key": "secret-key"}


async def test_each_network_is_named_once_and_those_without_a_name_never():
    agent = _agent()
    agent.wifi.in_reach = [b"Hall", b"", b"Guests", b"Hall"]
    assert await people.networks(agent) == ["Hall", "Guests"]


async def test_neighbour_whose_name_is_not_utf8_hides_no_other_network():
    agent = _agent()
    agent.wifi.in_reach = [b"\xd6\xd0\xb9\xfa", b"\xe4\xb8\xad", b"Hall"]
    assert await people.networks(agent) == ["\u4e2d", "Hall"]


async def test_wifi_that_does_not_reach_the_server_is_forgotten():
    Disk()
    for lets_in, fails in ((False, None), (True, LinkError("no route"))):
        agent = _agent()
        agent.wifi.lets_in, agent.ddi.fails = lets_in, fails
        assert await people.try_wifi(agent, "Guests", "wrong") == (False, "no server")
        assert agent.wifi.known == []
        assert files.read_json("/data/wifi.json", 512) is None


async def test_agent_that_is_not_done_yet_is_waited_for():
    agent = _agent()
    agent.aside = False
    assert await people.check_now(agent) == (False, "no server")
    assert agent.events == [1] * 30
