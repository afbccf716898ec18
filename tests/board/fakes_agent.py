"""What the parts of lib/ota see of the agent, on a fake flash and without any waiting."""

import fakes_flash as flash

from net.spool import Spool
from ota.errors import VisitError
from ota.slots import Slots


class Cache:
    """One sector of memory, as boot.py lends it."""

    def __init__(self):
        self._view = memoryview(bytearray(flash.SECTOR))

    def borrow(self):
        return self._view


class Record:
    """The record without a file."""

    def __init__(self):
        self.fields = {}

    def get(self, name, preset=None):
        return self.fields.get(name, preset)

    def put(self, **fields):
        self.fields.update(fields)


class Header:
    """Of the running slot, as boot.py reads it."""

    def __init__(self, layers=(), sequence=1):
        self.layers, self.sequence, self.committed = layers, sequence, True


class ResetError(BaseException):
    """The board resets: what asked for it does not go on."""


class Boot:
    """What boot.py leaves. `resets`: the notes with which the board has been reset."""

    def __init__(self, slot, layers):
        self.board = {"model": "bench", "revision": 1}
        self.release = Header(layers)
        self.slot, self.trial = slot, False
        self.cause, self.note = "power", ""
        self.wdt, self.resets, self.marks = self, [], []

    def feed(self):
        """The watchdog's."""

    def mark(self, doing):
        self.marks.append(doing)

    def restart(self, note):
        self.resets.append(note)
        raise ResetError

    def fail(self, note):
        self.restart("failed: " + note)


class Cabinet:
    """`blockers`: why it is not idle, one a question; then it is. `faults`: check -> fault."""

    def __init__(self):
        self.blockers, self.faults = [], {}
        self.locked = None  # by `upgrading` and `ready`

    def idle_blocker(self):
        return self.blockers.pop(0) if self.blockers else None

    def upgrading(self, _percent):
        self.locked = True

    def ready(self):
        self.locked = False

    def checks(self):
        return [(name, lambda it=name: self.faults.get(it)) for name in ("relays", "heap")]


class Agent:
    """`told`: (execution, details) of each line to the server; `events`: what it was asked for.

    `polls`: what the link `deploymentBase` is after each poll, the last one for good; an exception
    is raised instead.
    """

    def __init__(self, running=0, layers=(), spool_bytes=8256):
        flash.Chip.running = flash.Chip.chosen = running
        self.slots = Slots(running, Cache())
        self.spool = Spool(spool_bytes)
        self.record, self.boot, self.cabinet = Record(), Boot(running, layers), Cabinet()
        self.links = {}
        self.polls, self.due = ["http://s/deploymentBase/8?c=1"], False
        self.told, self.events = [], []
        self.is_healthy, self.visited = True, False
        self.settings = {"tries": 3, "healthy_s": 3600, "trials": 3, "trial_s": 20, "prove_s": 5}
        self.ddi = None

    def alive(self):
        """Nobody watches."""

    async def stand_by(self):
        """No coil is ever on."""

    async def stand_aside(self):
        """Who comes goes at once."""

    async def give_way(self):
        if self.visited:
            raise VisitError

    async def online(self):
        self.events.append("online")

    def link_holds(self):
        self.events.append("link holds")

    def healthy(self):
        return self.is_healthy

    def is_visited(self):
        return self.visited

    def setting(self, name):
        return self.settings[name]

    def finish(self, finished, details):
        self.record.put(phase="done", result=[finished] + details)  # noqa: RUF005

    def until_poll_s(self):
        return 0 if self.due else 1

    async def serve_poll(self):
        self.events.append("poll")
        href = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
        if isinstance(href, Exception):
            raise href
        self.links = {} if href is None else {"deploymentBase": href}

    def backoff_s(self, _error):
        return 5

    async def pause(self, seconds):
        self.events.append(seconds)

    async def rest(self, seconds):
        await self.give_way()
        await self.pause(seconds)

    async def tell(self, execution, details):
        self.told.append((execution, details))
