"""A cabinet: doors, keys and a screen, and the task that owns them."""

import asyncio
import gc
import sys
import time

from micropython import const

from locker.doors import Doors
from locker.screen import Screen

_ROUND_MS = const(20)
_QUIET_S = const(60)
_FORGET_MS = const(86_400_000)  # ticks wrap after twelve days: a key's time is kept for one
_OPEN_S = const(5)
_MOST = const(16)
_CLICK_MS = const(20)
_TRIES = const(10)

# In RAM for a session, or for a moment.
# fmt: off
_PASSING = (
    "equipment", "session", "desk", "storing", "handing", "service", "wifi", "mail", "keeper",
    "ledger", "codes", "health", "door", "turns",
)
# fmt: on


class Cabinet:
    """All of a locker that its update agent and its supervisor need to know.

    `profile` is the board profile (docs/board-profiles.md); of `boot` it reads `trial`, `board` and
    `data_lost`. `quiet_s` is how long no key must have been touched to be idle, at most a day;
    without it the board's setting of that name counts, or 60. On trial the cabinet starts locked,
    as during an upgrade, until `ready`. A key of the keypad begins a session, see `session`.

    `agent` looks after updates and the network, once it has introduced itself. `has_mail`: there
    are pickup codes to `deliver`. For sessions: `typed` are the keys that wait, `ledger` is that of
    the session, `stuck` has a bit for each door that did not open last time, until
    `locked_until_ms` no code may be tried, `flaw` is why nothing can be kept on `data`.
    """

    def __init__(self, profile: dict, boot, quiet_s: int | None = None):
        from locker import equipment

        self.board = boot.board
        self.agent = self.ledger = self.flaw = self.locked_until_ms = None
        self.has_mail = False
        self.typed = ""
        self.stuck = 0
        self._session: asyncio.Task | None = None
        self._key_ms: int | None = None
        self._percent: int | None = None
        self._said: int | None = None
        self._events: list = []
        self._loaded: dict = {}  # the turns, while doors are unlocked
        self.doors = Doors(profile, self._heard, time.ticks_ms())
        self.screen = Screen(profile, self.setting("language", "en"))
        self._contacts, self._keypad, self._buzzer = equipment.keys(profile)
        self._quiet_ms = (self.setting("quiet_s", _QUIET_S) if quiet_s is None else quiet_s) * 1000
        self._upgrading = boot.trial
        if self._keypad:
            equipment.recall(self, boot.data_lost)
        self._drop()
        self._say()

    async def run(self, alive):
        """Serve for ever. `alive()` is called in each round, every 20 ms."""
        try:
            while True:
                now_ms = time.ticks_ms()
                self._scan(now_ms)
                if self._loaded:
                    self.turns().poll(now_ms)
                await self._attend()
                self.screen.refresh(now_ms)
                alive()
                await asyncio.sleep_ms(_ROUND_MS)
        finally:
            if self._session:
                self._session.cancel()
            self._stop()

    async def unlock(self, door: int) -> bool:
        """Give this door (1 is the first) its pulse, in turn.

        False when it was not given: out of order, upgrading, or cut short. ValueError for a door
        that there is not.
        """
        wanted = self.doors.door(door)
        given = not self._upgrading and await self.turns().take(wanted)
        self._drop()
        return given

    def idle_blocker(self) -> str | None:
        """None when nobody is there and nothing goes on; else what is in the way, in short."""
        if self._session:
            return "session"
        if self._loaded and self.turns().is_busy():
            return "unlocking"
        door = self.doors.idle_blocker()
        if door:
            return "door %d open" % door
        if self._key_ms is not None:
            ago_ms = time.ticks_diff(time.ticks_ms(), self._key_ms)
            if ago_ms < self._quiet_ms:
                return "key pressed %d s ago" % (ago_ms // 1000)
        return None

    def key_pressed_since(self, ticks_ms) -> bool:
        """Whether a key was touched at that time (at most a day ago) or later."""
        return self._key_ms is not None and time.ticks_diff(self._key_ms, ticks_ms) >= 0

    def upgrading(self, percent: int | None = None):
        """Lock keys and doors, relays off, and say "Upgrading": until `ready`, or the reset.

        Nothing happens while a session is on: who came in this moment is served.
        """
        if self._session:
            return
        self._upgrading = True
        self._percent = percent
        self._stop()
        self._say()
        self.screen.draw_all(time.ticks_ms())

    def ready(self):
        """Serve again."""
        self._upgrading = False
        if not self._session:
            self._say()

    def put_out_of_order(self, door: int, why: str):
        """Serve this door (1 is the first) no more; it does not count for "idle" either."""
        self.doors.door(door).put_out_of_order(why)

    def checks(self) -> list:
        """The self-test: (name, callable) pairs; a callable gives None, or what is wrong."""
        from locker import health

        found = health.checks(self.doors, self.screen)
        if self._keypad:
            found.append(("codes", self._codes_fault))
        self._drop()
        return found

    async def deliver(self, post):
        """Hand pickup codes to the server by `await post(value)`: see `mail`."""
        from locker import mail

        if not self._session:
            await mail.deliver(self, post)
        self._drop()

    def turns(self):
        """The `turns.Turns`, in RAM while doors are unlocked."""
        if not self._loaded:
            from locker.turns import Turns

            self._loaded["turns"] = Turns(self.doors, self.setting("open_s", _OPEN_S) * 1000)
        return self._loaded["turns"]

    def setting(self, name: str, preset):
        """The board's setting of this name, or the preset."""
        return self.board.get("settings", {}).get(name, preset)

    def _scan(self, now_ms):
        self.doors.poll(now_ms)
        key = self._keypad.poll(now_ms) if self._keypad else None
        if key and not self._upgrading and len(self.typed) < _MOST:
            self.typed += key
            if self._buzzer:
                self._buzzer.beep(_CLICK_MS)
        if key or self._contacts.poll(now_ms):
            self._key_ms = now_ms
        # Before their ticks wrap.
        if self._key_ms is not None and time.ticks_diff(now_ms, self._key_ms) > _FORGET_MS:
            self._key_ms = None
        until_ms = self.locked_until_ms
        if until_ms is not None and time.ticks_diff(now_ms, until_ms) >= 0:
            self.locked_until_ms = None

    async def _attend(self):
        """Begin a session, end one, or look after the screen when there is none."""
        if self._events and not self.doors.pulsing:
            self._write_events()
        if self._session:
            if self._session.done():
                await self._session  # raises what it ended with
                self._session = None
                self.typed = ""
                self._drop()
                self._say()
        elif self.typed:
            self._session = asyncio.create_task(self._serve())
        elif self._facts() != self._said:
            self._say()

    async def _serve(self):
        """One session. Its code is in RAM for as long as it lasts."""
        for _ in range(_TRIES):
            try:
                from locker import session

                await session.run(self)
                return
            except MemoryError as error:  # the agent gives up its own meanwhile
                print("session:", error)
            session = None
            _forget()
            await asyncio.sleep_ms(1000)

    def _heard(self, door, kind: str):
        """Something has happened to a door."""
        print("door %d %s" % (door.number, kind))
        if len(self._events) < _MOST:
            self._events.append((kind, door.number))

    def _write_events(self):
        """It may erase a sector: no coil may be on."""
        from locker import keeper

        keeper.keep(self, self._events)
        self._events = []
        self._drop()

    def _codes_fault(self) -> str | None:
        from locker import keeper

        fault = keeper.fault(self)
        self._drop()
        return fault

    def _drop(self):
        """Forget what is in RAM for a moment, unless a session needs it."""
        if not self._session and not (self._loaded and self.turns().is_busy()):
            self._loaded.clear()
            _forget()

    def _stop(self):
        if self._loaded:
            self.turns().cut()
        self.doors.switch_off()

    def _facts(self) -> int:
        """What the screen depends on when nobody is there: a round must leave no garbage."""
        return self.doors.broken_count << 8 | self.doors.pulsing

    def _say(self):
        self._said = self._facts()
        pulsing, broken = self.doors.pulsing, self.doors.broken_count
        if self._upgrading:
            self.screen.show("upgrading", percent=self._percent)
        elif pulsing:
            self.screen.show("door_open", pulsing)
        elif self.flaw or broken == len(self.doors):
            self.screen.show("out_of_order")
        elif self._keypad:
            self.screen.show("idle_" + self.setting("mode", "storage"))
        elif broken:
            self.screen.show("idle_except", " ".join(map(str, self.doors.broken())))
        else:
            self.screen.show("idle")


def _forget():
    """Loaded code takes heap."""
    package = sys.modules["locker"]
    for name in _PASSING:
        if sys.modules.pop("locker." + name, None):
            delattr(package, name)
    gc.collect()
