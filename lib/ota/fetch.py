"""Brings a release into the other slot: plan, copy, fetch, verify."""

from binascii import crc32

from micropython import const

from net.errors import LinkError
from ota import record
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
        plan = await self._plan()
        await self._gate.wait(self._gate.fetch_blocker)
        table = self._begin()
        for layer, source, marks in plan:
            await self._bring_layer(layer, source, marks)
        for layer, source, marks in plan:
            if not await self._transfer.verify(layer):
                await self._mend(layer, source, marks)
        agent.slots.finish(table)
        await agent.tell("downloaded", ["%s is in slot %d" % (release.version, agent.slots.other)])

    async def _plan(self):
        """`(layer, source, marks)` for each layer; the server is told.

        `source`: address in the running slot where it can be copied from, or None; `marks`:
        Transfer.missing.
        """
        agent, release = self._gate.agent, self._gate.release
        steps, told = [], []
        running = {digest: address for _, _, address, _, digest in agent.boot.release.layers}
        for layer in release.layers:
            agent.alive()
            marks = await self._transfer.missing(layer)
            source = running.get(layer.digest)
            told.append(self._step(layer, source, marks))
            steps.append((layer, source, marks))
        slot = agent.slots.other
        agent.record.put(slot=slot, version=release.version, phase=record.IDLE, why=None)
        await agent.tell("proceeding", told)
        return steps

    def _step(self, layer, source, marks):
        """What is done for a layer, as the server is told."""
        if not any(marks):
            return "plan %s keep %d bytes" % (layer.name, layer.length)
        if source is not None:
            return "plan %s copy %d bytes" % (layer.name, layer.length)
        count = sum(block[2] for block in layer.blocks() if marks[block[0]])
        self._wanted += count
        return "plan %s fetch %d of %d bytes" % (layer.name, count, layer.length)

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
        """Bring the blocks that were taken for right: an equal CRC-32 is no proof.

        DamagedError when there is none, or the layer is wrong even so.
        """
        for index in range(len(marks)):
            marks[index] = not marks[index]
        if any(marks):
            await self._gate.agent.tell("proceeding", [self._step(layer, source, marks)])
            await self._bring_layer(layer, source, marks)
        if not any(marks) or not await self._transfer.verify(layer):
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
