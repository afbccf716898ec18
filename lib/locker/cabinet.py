"""A cabinet: doors, keys and a screen, and the task that owns them."""

import asyncio
import sys
import time

from micropython import const

from drivers.inputs import GpioInputs, input_pin
from locker import screen
from locker.doors import Doors

_ROUND_MS = const(20)
_QUIET_S = const(60)
_FORGET_MS = const(86_400_000)  # ticks wrap after twelve days: a key's time is kept for one


class Cabinet:
    """All of a locker that its update agent and its supervisor need to know.

    `profile` is the board profile (docs/board-profiles.md); of `boot` it reads `trial` and `board`.
    `quiet_s` is how long no key must have been touched to be idle, at most a day; without it the
    board's setting of that name counts, or 60. On trial the cabinet starts locked, as during an
    upgrade, until `ready`.
    """

    def __init__(self, profile: dict, boot, quiet_s: int | None = None):
        self._doors = Doors(profile, self._heard, time.ticks_ms())
        self._keys = GpioInputs([input_pin(key["pin"]) for key in profile.get("keys", ())])
        self._keys.poll(time.ticks_ms())
        settings = boot.board.get("settings", {})
        if quiet_s is None:
            quiet_s = settings.get("quiet_s", _QUIET_S)
        self._quiet_ms = quiet_s * 1000
        self._key_ms: int | None = None
        self._loaded: dict = {}  # the turns, once a door was unlocked
        self._screen = screen.Screen(profile, settings.get("language", "en"))
        self._upgrading = boot.trial
        self._percent: int | None = None
        self._said: int | None = None
        self._say()

    async def run(self, alive):
        """Serve for ever. `alive()` is called in each round, every 20 ms."""
        try:
            while True:
                now_ms = time.ticks_ms()
                self._scan(now_ms)
                if self._turns():
                    self._turns().poll(now_ms)
                if self._facts() != self._said:
                    self._say()
                self._screen.refresh(now_ms)
                alive()
                await asyncio.sleep_ms(_ROUND_MS)
        finally:
            self._stop()

    async def unlock(self, door: int) -> bool:
        """Give this door (1 is the first) its pulse, in turn.

        False when it was not given: out of order, upgrading, or cut short. ValueError for a door
        that there is not.
        """
        wanted = self._doors.door(door)
        if self._upgrading:
            return False
        if self._turns() is None:
            from locker.turns import Turns

            self._loaded["turns"] = Turns(self._doors)
        return await self._turns().take(wanted)

    def idle_blocker(self) -> str | None:
        """None when nobody is there and nothing goes on; else what is in the way, in short."""
        if self._turns() and self._turns().is_busy():
            return "unlocking"
        door = self._doors.idle_blocker()
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
        """Lock keys and doors, relays off, and say "Upgrading": until `ready`, or the reset."""
        self._upgrading = True
        self._percent = percent
        self._stop()
        self._say()
        self._screen.draw_all(time.ticks_ms())

    def ready(self):
        """Serve again."""
        self._upgrading = False
        self._say()

    def put_out_of_order(self, door: int, why: str):
        """Serve this door (1 is the first) no more; it does not count for "idle" either."""
        self._doors.door(door).put_out_of_order(why)

    def checks(self) -> list:
        """The self-test: (name, callable) pairs; a callable gives None, or what is wrong."""
        from locker import health

        del sys.modules["locker.health"], sys.modules["locker"].health
        return health.checks(self._doors, self._screen)

    def _scan(self, now_ms):
        self._doors.poll(now_ms)
        if self._keys.poll(now_ms):
            self._key_ms = now_ms
        if self._key_ms is not None and time.ticks_diff(now_ms, self._key_ms) > _FORGET_MS:
            self._key_ms = None

    def _stop(self):
        if self._turns():
            self._turns().cut()
        self._doors.switch_off()

    def _facts(self) -> int:
        """What the service screen depends on, as a number: a round must leave no garbage."""
        door = self._turns() and self._turns().door()
        return self._doors.broken_count << 8 | (door.number if door else 0)

    def _turns(self):
        return self._loaded.get("turns")

    def _heard(self, door, kind: str):
        print("door", door.number, kind)

    def _say(self):
        self._said = self._facts()
        door = self._turns() and self._turns().door()
        broken = [str(number) for number in self._doors.broken()]
        if self._upgrading:
            self._screen.show("upgrading", percent=self._percent)
        elif door:
            self._screen.show("door_open", door.number)
        elif len(broken) == len(self._doors):
            self._screen.show("out_of_order")
        elif broken:
            self._screen.show("idle_except", " ".join(broken))
        else:
            self._screen.show("idle")
