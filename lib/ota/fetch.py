"""Brings a release into the other slot: plan, copy, fetch, verify."""

from binascii import crc32

from micropython import const

from net.errors import LinkError
from ota.errors import DamagedError
from ota.modules import drop, load
from ota.transfer import Transfer

_PIECE = const(8192)  # of a plain block: it need not lie in RAM as a whole


class Fetch:
    """For the release of a gate.Gate."""

    def __init__(self, gate):
        self._gate = gate
        self._transfer = Transfer(gate.agent.slots, gate.agent.spool, gate.agent.alive)
        self._etag = None
        self._wanted = self._fetched = self._tenths = 0

    async def run(self):
        """Afterwards the other slot holds the release, whole."""
        agent, release = self._gate.agent, self._gate.release
        plan = await load("ota.plan").make(self._gate, self._transfer)
        drop("ota.plan")
        self._want(plan)
        await self._gate.wait(self._gate.fetch_blocker)
        table = self._begin()
        for layer, source, marks in plan:
            await self._bring_layer(layer, source, marks)
        for layer, source, marks in plan:
            if not await self._transfer.verify(layer):
                await self._mend(layer, source, marks)
        agent.slots.finish(table)
        await agent.tell("downloaded", ["%s is in slot %d" % (release.version, agent.slots.other)])

    def _want(self, steps):
        """Count the bytes to fetch, for the progress."""
        for layer, source, marks in steps:
            if source is None:
                self._wanted += layer.stored(marks)

    def _begin(self):
        """Empty the other slot, and put the manifest where it belongs: it need not stay in RAM.

        The table that will make it a slot.
        """
        agent, release = self._gate.agent, self._gate.release
        table = load("ota.header").pack(release, len(release.raw), crc32(release.raw))
        agent.slots.begin(release.raw)
        release.raw = None
        drop("ota.header")
        return table

    async def _bring_layer(self, layer, source, marks):
        """Copy or fetch the marked blocks of a layer, each when nobody is there."""
        self._etag = None
        for block in layer.blocks():
            if not marks[block[0]]:
                continue
            await self._gate.wait(self._gate.fetch_blocker)
            if source is None:
                await self._fetch_block(layer, block)
                self._fetched += block[2]
                await self._tell_progress()
            else:
                await self._transfer.copy(layer, source, block[0], block[4])

    async def _mend(self, layer, source, marks):
        """Bring blocks anew, once. DamagedError when none can be blamed, or it was no use."""
        wrong = await self._transfer.missing(layer)
        if any(wrong):
            source = None  # it was copied from flash that has suffered, or written into such
        else:
            wrong = bytearray(not mark for mark in marks)  # an equal CRC-32 is no proof
        if any(wrong):
            await self._gate.agent.tell("proceeding", [load("ota.plan").step(layer, source, wrong)])
            drop("ota.plan")
            self._want([(layer, source, wrong)])
            await self._bring_layer(layer, source, wrong)
        if not any(wrong) or not await self._transfer.verify(layer):
            raise DamagedError("%s has a wrong SHA-256" % layer.name)

    async def _fetch_block(self, layer, block):
        for left in range(self._gate.agent.setting("tries") - 1, -1, -1):
            try:
                await self._bring(layer, block)
                return
            except DamagedError as error:
                print("job:", error)
                if not left:
                    raise

    async def _bring(self, layer, block):
        """Fetch and write one block. DamagedError when it does not come out right."""
        index, at, stored, crc, plain = block
        self._transfer.start(layer, index, plain)
        found, packed = 0, stored < plain
        piece = stored if packed else _PIECE
        for offset in range(0, stored, piece):
            count = min(piece, stored - offset)
            await self._gate.insist(self._get, layer.href, at + offset, count)
            done = plain if packed else count
            found = await self._transfer.write(layer, index, offset, done, packed, found)
        if found != crc:
            raise DamagedError("%s block %d has a wrong CRC" % (layer.name, index))

    async def _get(self, href, at, stored):
        try:
            self._etag = await self._gate.agent.ddi.get_range(href, at, stored, self._etag)
        except LinkError:
            self._etag = None  # the artifact may be another one by the time the link is back
            raise

    async def _tell_progress(self):
        tenths = self._fetched * 10 // self._wanted
        if tenths > self._tenths:
            self._tenths = tenths
            await self._gate.agent.tell("proceeding", ["fetched %d %%" % (tenths * 10)])
