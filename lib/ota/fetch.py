"""Brings a release into the other slot: plan, copy, fetch, verify."""

from binascii import crc32

from micropython import const

from net.errors import LinkError
from ota.errors import DamagedError
from ota.transfer import Transfer
from store.modules import drop, load

# A block comes in two pieces of so many plain bytes, packed each by itself: RAM holds but one.
_PIECE = const(8192)
_FIRST = const(2)  # bytes in front of a packed block: the length of its first piece


class Fetch:
    """For the release of a gate.Gate."""

    def __init__(self, gate):
        self._gate, agent = gate, gate.agent
        self._transfer = Transfer(agent.slots, agent.spool, agent.give_way)
        self._etag = None
        self._wanted = self._fetched = self._tenths = 0

    async def run(self):
        """Afterwards the other slot holds the release, whole."""
        agent, release = self._gate.agent, self._gate.release
        plan = await load("ota.plan").make(self._gate, self._transfer)
        drop("ota", "plan")
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
        drop("ota", "header")
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
            drop("ota", "plan")
            self._want([(layer, source, wrong)])
            await self._bring_layer(layer, source, wrong)
        if not any(wrong) or not await self._transfer.verify(layer):
            raise DamagedError("%s has a wrong SHA-256" % layer.name)

    async def _fetch_block(self, layer, block):
        for left in range(self._gate.agent.setting("tries") - 1, -1, -1):
            try:
                await self._gate.insist(self._bring, layer, block)
                return
            except DamagedError as error:
                print("job:", error)
                if not left:
                    raise

    async def _bring(self, layer, block):
        """Fetch and write one block. DamagedError when it does not come out right.

        When the link breaks it is begun anew: what is in the flash by then is not written again.
        """
        try:
            found = await self._stream(layer, *block)
        except LinkError:
            self._etag = None  # the artifact may be another one by the time the link is back
            raise
        if found != block[3]:
            raise DamagedError("%s block %d has a wrong CRC" % (layer.name, block[0]))

    async def _stream(self, layer, index, at, stored, _, plain):
        """Write a block as it comes in; the CRC-32 of what came out."""
        ddi, found, packed = self._gate.agent.ddi, 0, stored < plain
        self._transfer.start(layer, index, plain)
        self._etag = await ddi.open_range(layer.href, at, stored, self._etag)
        if packed:
            stored -= _FIRST
            size = await self._packed_size(layer, index, stored, plain)
        else:
            size = min(_PIECE, plain)
        for offset in range(0, plain, _PIECE):
            await ddi.read(size)
            count = min(_PIECE, plain - offset)
            found = await self._transfer.write(layer, index, offset, count, packed, found)
            size = stored - size
        return found

    async def _packed_size(self, layer, index, both, plain):
        """The length of the first piece. DamagedError when it can't be: RAM must hold each."""
        agent = self._gate.agent
        await agent.ddi.read(_FIRST)
        first = int.from_bytes(agent.spool.bytes(), "little")
        second, most = both - first, len(agent.spool.memory)
        if not (0 < first <= most and 0 <= second <= most) or (second > 0) != (plain > _PIECE):
            raise DamagedError("%s block %d has wrong pieces" % (layer.name, index))
        return first

    async def _tell_progress(self):
        tenths = self._fetched * 10 // self._wanted
        if tenths > self._tenths:
            self._tenths = tenths
            await self._gate.agent.tell("proceeding", ["fetched %d %%" % (tenths * 10)])
