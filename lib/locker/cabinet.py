"""A cabinet: doors, keys and a screen, and the task that owns them.

What a customer needs is in `visit`, what is seldom needed in `start`, `selftest`, `noting` and
`mail`: they are loaded for that, and dropped.
"""

import asyncio
import time

from micropython import const

from store.modules import drop, load

_ROUND_MS = const(20)
_QUIET_S = const(60)
_FORGET_MS = const(86_400_000)
_MOST = const(16)
_TRIES = const(10)
_AGAIN_MS = const(1000)
_LATER_MS = const(10_000)

# fmt: off
_PASSING = (
    "start", "selftest", "noting", "visit", "session", "desk", "storing", "handing", "service",
    "interned", "wifi", "mail", "keeper", "ledger", "codes", "health", "door", "turns", "errand",
)
# fmt: on


class Cabinet:
    """All of a locker that its update agent and its supervisor need to know.

    `profile` is the board profile (docs/board-profiles.md); of `boot` it reads `trial` and
    `board`. `quiet_s` is how long no key must have been touched to be idle, at most a day;
    without it the board's setting of that name counts, or 60. On trial the cabinet starts locked,
    as during an upgrade, until `ready`. A key of the keypad begins a visit.

    `agent` looks after updates and the network, once it has introduced itself. `has_mail`: there
    are pickup codes to `deliver`. `flaw` is why nothing can be kept on `data`.

    For sessions: `typed` are the keys that wait for one, `ledger` is that of the session, `stuck`
    has a bit for each door that did not open last time; until `locked_until_ms` (ticks) no code may
    be tried.
    """

    def __init__(self, profile: dict, boot, quiet_s: int | None = None):
        if "keypad" in profile:
            load("locker.interned")
        from locker import start

        self.board = boot.board
        self.agent = self.ledger = self.flaw = self.locked_until_ms = None
        self.has_mail = False
        self.typed = ""
        self.stuck = 0
        self.events: list = []  # of doors, (kind, door), not written down yet
        self._failures = 0
        self._note_ms: int | None = None
        self._quiet_ms = (self.setting("quiet_s", _QUIET_S) if quiet_s is None else quiet_s) * 1000
        self._key_ms: int | None = None
        self._percent: int | None = None
        self._said: int | None = None
        self._upgrading = boot.trial
        self._next: tuple | None = None  # visit, that follows the last one
        self.doors, self.screen, self._contacts, self.keypad, self.visit = start.parts(
            self, profile
        )
        self.buzzer = profile.get("buzzer")
        if self.keypad:
            start.recall(self)
        self.drop()
        self._say()

    async def run(self, alive):
        """Serve for ever. `alive()` is called in each round, every 20 ms."""
        try:
            while True:
                now_ms = time.ticks_ms()
                self._scan(now_ms)
                if self.visit and not self.visit.is_over(now_ms):
                    pass
                elif self.visit or ((self.typed or self._next) and not self._upgrading):
                    try:
                        if self.visit:
                            await self._end_visit()
                        else:
                            self._begin_visit()
                    except MemoryError as error:
                        self._make_room(error)
                        await asyncio.sleep_ms(_AGAIN_MS)  # the agent lets go of its own meanwhile
                elif self._facts() != self._said:
                    self._say()
                if self.events and not self.doors.pulsing:
                    self._note_events(now_ms)
                self.screen.refresh(now_ms)
                alive()
                await asyncio.sleep_ms(_ROUND_MS)
        finally:
            if self.visit:
                self.visit.cut()
            self.doors.switch_off()

    def idle_blocker(self) -> str | None:
        """None when nobody is there and nothing goes on; else what is in the way, in short."""
        if self.visit or self.typed or self._next:
            return "session"
        door = self.doors.idle_blocker()
        if door:
            return "door %d open" % door
        if self._key_ms is not None:
            ago_ms = time.ticks_diff(time.ticks_ms(), self._key_ms)
            if ago_ms < self._quiet_ms:
                return "key pressed %d s ago" % (ago_ms // 1000)
        return None

    async def coil_off(self):
        """Come back when no coil is on: a long step, as erasing a sector, would prolong a pulse."""
        while self.doors.pulsing:
            await asyncio.sleep_ms(_ROUND_MS)

    def upgrading(self, percent: int | None = None):
        """Lock the keys, relays off, and say "Upgrading": until `ready`, or the reset.

        Nothing happens while somebody is there. Who comes now is served as soon as it is `ready`.
        """
        if not self.visit:
            self._upgrading = True
            self._percent = percent
            self.doors.switch_off()
            self._say()
            self.screen.draw_all(time.ticks_ms())

    def ready(self):
        """Serve again."""
        self._upgrading = False
        if self._percent is None:  # it was on trial, and keys were for nobody
            self.typed = ""
        if not self.visit:
            self._say()

    def checks(self) -> list:
        """The self-test: (name, callable) pairs; a callable gives None, or what is wrong."""
        from locker import selftest

        found = selftest.checks(self)
        self.drop()
        return found

    async def deliver(self, post):
        """Hand pickup codes to the server by `await post(value)`: see `mail`."""
        from locker import mail

        if not self.visit:
            await mail.deliver(self, post)
        self.drop()

    def setting(self, name: str, preset):
        """The board's setting of this name, or the preset."""
        return self.board.get("settings", {}).get(name, preset)

    def heard(self, door, kind: str):
        """Something has happened to a door."""
        print("door %d %s" % (door.number, kind))
        # What matters afterwards: "not opened", "forced open", "left open".
        if " open" in kind and len(self.events) < _MOST:
            self.events.append((kind, door.number))

    def drop(self):
        """Forget what was loaded for a moment, unless somebody is there: code takes heap."""
        if self.visit:
            return
        drop("locker", *_PASSING)
        drop("drivers", "expander_setup", "mcp23017_setup", "relay", "expander_relay", "buzzer")

    def _scan(self, now_ms):
        self.doors.poll(now_ms)
        key = self.keypad and self.keypad.poll(now_ms)
        if key and len(self.typed) < _MOST:
            self.typed += key
        if key or self._contacts.poll(now_ms):
            self._key_ms = now_ms
        # Ticks wrap after twelve days: what is over is forgotten.
        if self._key_ms is not None and time.ticks_diff(now_ms, self._key_ms) > _FORGET_MS:
            self._key_ms = None
        until_ms = self.locked_until_ms
        if until_ms is not None and time.ticks_diff(until_ms, now_ms) <= 0:
            self.locked_until_ms = None

    def _begin_visit(self):
        kind, *args = self._next or ("visit",)
        module = load("locker.errand") if kind == "errand" else load("locker.visit")
        self.visit = module.Visit(self, *args)

    async def _end_visit(self):
        """What it began with is forgotten when it has ended well: without memory it begins anew."""
        task = self.visit.task
        self.visit = None
        found = await task  # raises what it ended with
        if isinstance(found, MemoryError):
            raise found
        self._next = found
        self.typed = ""
        self._failures = 0
        self.drop()
        if not self._next:
            self._say()

    def _make_room(self, error):
        """For another try of a visit. MemoryError when there were too many."""
        print("session:", error)
        self._failures += 1
        if self._failures == _TRIES:
            raise error  # a reset gives a heap without holes
        self._said = None
        try:
            self.drop()
        except MemoryError:
            pass  # what is loaded is there for the next try

    def _note_events(self, now_ms):
        """It may erase a sector of the flash: no coil may be on."""
        due_ms = self._note_ms
        if due_ms is None or time.ticks_diff(now_ms, due_ms) >= 0:
            try:
                from locker import noting

                noting.keep(self)
                self._note_ms = None
            except MemoryError as error:
                print("events:", error)
                self._note_ms = time.ticks_add(now_ms, _LATER_MS)
            self.drop()

    def _facts(self) -> int:
        """What the screen depends on when nobody is there: a round must leave no garbage."""
        return self.doors.broken_count

    def _say(self):
        self._said = broken = self._facts()
        if self._upgrading:
            self.screen.show("upgrading", percent=self._percent)
        elif self.flaw or broken == len(self.doors):
            self.screen.show("out_of_order")
        elif self.keypad:
            self.screen.show("idle_" + self.setting("mode", "storage"))
        elif broken:
            self.screen.show("idle_except", " ".join(map(str, self.doors.broken())))
        else:
            self.screen.show("idle")
