"""A Fetch whose artifacts come from no server, for the tests of it."""

import fakes_flash as flash
from fakes_agent import Agent
from fakes_layers import SECTOR, release, sectors
from fakes_link import Body

from net.errors import LinkError
from ota.fetch import Fetch
from ota.gate import Gate

HREF = "http://s/deploymentBase/8?c=1"
BLANK_HEADER = b"\xff" * 512


class Ddi:
    """`artifacts`: href -> bytes, (letters, tail), or a list of the parts of one block.

    `faults`: number of a request -> fault. A fault is a LinkError to raise, or an artifact to give
    the bytes of instead. `breaks`: numbers of the reads, of all requests, that a LinkError ends.
    """

    def __init__(self, agent):
        self.artifacts, self.faults, self.ranges, self.etags = {}, {}, [], []
        self.breaks, self.reads = (), 0
        self._spool, self._body = agent.spool, None

    async def open_range(self, href, start, length, etag):
        fault = self.faults.get(len(self.ranges))
        self.ranges.append((href, start, length))
        self.etags.append(etag)
        if isinstance(fault, LinkError):
            raise fault
        self._body = Body(self._bytes(fault or self.artifacts[href], start, length))
        return '"a"'

    async def read(self, count):
        self.reads += 1
        if self.reads - 1 in self.breaks:
            raise LinkError("broken")
        await self._spool.take(self._body, count)

    def _bytes(self, artifact, start, length):
        if isinstance(artifact, bytes):
            return (artifact[start : start + length],)
        if isinstance(artifact, list):
            return artifact
        letters, tail = artifact
        end = start + length
        last = len(letters) - 1
        count = (end + SECTOR - 1) // SECTOR
        return sectors(
            letters[start // SECTOR : count], tail if count > last and end % SECTOR else SECTOR
        )


def job_of(*layers, running=()):
    """(Fetch, agent); each layer is fetched from its name."""
    agent = Agent(layers=running)
    agent.ddi = Ddi(agent)
    flash.put("store_1", 0, b"old header")
    offered = release(*layers)
    for each in layers:
        each.href = each.name
    return Fetch(Gate(agent, HREF, offered)), agent


def lines_of(agent):
    """All that the server was told."""
    return [line for _, lines in agent.told for line in lines]
