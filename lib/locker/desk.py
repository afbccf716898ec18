"""The desk: what a session needs of the cabinet. It asks, shows, opens doors and keeps the ledger.

A session is a straight coroutine. Who walks away ends it by AwayError, who wants to go back by
BackError.
"""

import asyncio
import time
from binascii import unhexlify

from micropython import const

from locker import codes, keeper, ledger

SERVICE = -1
COURIER = -2

_PATIENCE_S = const(30)
_CLOSE_S = const(120)
_SHOW_S = const(4)
_LEAST_DIGITS = const(6)
MOST_DIGITS = const(8)
_BRIEF_S = const(20)  # a wait that is worth staying for
_ROUND_MS = const(20)
_LOOK_MS = const(100)
_WITHOUT_SENSOR_MS = const(10_000)
_AGAIN_MS = const(1000)
_ROLES = ("service", "courier")


class AwayError(Exception):
    """Nobody has pressed a key for long."""


class BackError(Exception):
    """The customer wants to go back, or can't go on."""


class Desk:
    """For one session at `cabinet`. `kept` is its Ledger. OSError, ValueError if there is none."""

    def __init__(self, cabinet):
        self.cabinet = cabinet
        self.doors = cabinet.doors
        self.show = cabinet.screen.show
        self.kept = cabinet.ledger = keeper.ledger_of(cabinet)

    def drop_keys(self):
        """Keys that were pressed before one could see what they would do count for nothing."""
        self.cabinet.typed = ""

    async def key(self):
        """The next key. AwayError."""
        if not await self._waits(self.cabinet.setting("patience_s", _PATIENCE_S)):
            raise AwayError
        key, self.cabinet.typed = self.cabinet.typed[0], self.cabinet.typed[1:]
        return key

    async def say(self, name, *values):
        """Show this for some seconds, or until a key is pressed: it counts for what comes next."""
        self.drop_keys()
        self.show(name, *values)
        return await self._waits(self.cabinet.setting("show_s", _SHOW_S))

    async def read(self, name, *values, **options):
        """Show this until a key is pressed: that key. AwayError."""
        self.drop_keys()
        self.show(name, *values, **options)
        return await self.key()

    async def ask(self, name, least, most, masked=False, text=""):
        """Digits, behind those of `text`. AwayError; BackError by * when there are none."""
        while True:
            self.show(name, "*" * len(text) if masked else text)
            key = await self.key()
            if key == "#":
                if len(text) >= least:
                    return text
                await self.say("code_short", least)
            elif key == "*":
                if not text:
                    raise BackError
                text = ""
            elif key.isdigit() and len(text) < most:
                text += key

    async def ask_number(self):
        """The number of a door. AwayError, BackError."""
        while True:
            number = int(await self.ask("door_number", 1, 3))
            if 1 <= number <= len(self.doors):
                return number

    async def ask_new_code(self):
        """A code that was typed twice. AwayError, BackError."""
        least = self.cabinet.setting("code_digits", _LEAST_DIGITS)
        while True:
            code = await self.ask("code_set", least, MOST_DIGITS, masked=True)
            if await self.ask("code_again", 1, MOST_DIGITS, masked=True) == code:
                return code
            await self.say("codes_differ")

    async def prove(self, whose, text=""):
        """Ask for a code until `whose(code)` gives something: that.

        AwayError; BackError, also when locked out. A try counts before it is judged, so that no
        power cut takes it back.
        """
        while True:
            await self._may_try()
            code = await self.ask("code", 1, MOST_DIGITS, masked=True, text=text)
            text = ""
            wrong = keeper.tries() + 1
            await self.cabinet.coil_off()
            keeper.set_tries(wrong)
            found = await whose(code)
            if found:
                keeper.set_tries((wrong - 1) // 2)  # who knows one code must not try many others
                return found
            self.note("wrong_code", 0)
            codes.lock(self.cabinet, wrong)
            if wrong >= codes.FREE_TRIES:
                self.note("locked_out", 0)
                await self.save()
            else:
                await self.say("wrong_code", codes.FREE_TRIES - wrong)

    async def who(self, code):
        """Whose code this is: SERVICE, COURIER, the door of a parcel, or 0."""
        digest = await self.digest(code)
        if digest == self._staff(0):
            return SERVICE
        if digest == self._staff(1):
            return COURIER
        return self.kept.find(digest)

    async def digest(self, text):
        """What is kept of a code: see `codes.stretch`."""
        given = self.cabinet.board.get("codes")
        salt = unhexlify(given["salt"]) if given else self.kept.salt
        digest = None
        for digest in codes.stretch(salt, text):  # noqa: B007 - the last one counts
            await asyncio.sleep_ms(0)
        return digest

    def _staff(self, role):
        given = self.cabinet.board.get("codes", {}).get(_ROLES[role])
        return self.kept.staff(role) or (given and unhexlify(given))

    async def open(self, number, anyway=False):
        """Open a door: whether it did. The customer has been told if not. `anyway`: see Turn."""
        self.show("door_open", number)
        door = self.doors.door(number)
        if await self.cabinet.visit.turns.open(door, anyway) is None:
            self.cabinet.stuck &= ~(1 << number)
            return True
        self.cabinet.stuck |= 1 << number
        if self.kept.state(number) == ledger.FREE:  # else its owner may go on trying
            door.retire_if_stuck()
        await self.say("door_stuck", number)
        return False

    async def until_closed(self, number, name):
        """Show this text until a door is closed. False: it is open still; None: nobody knows."""
        self.show(name, number)
        door, start_ms = self.doors.door(number), time.ticks_ms()
        close_ms = self.cabinet.setting("close_s", _CLOSE_S) * 1000
        closed = True
        while door.is_open():
            if time.ticks_diff(time.ticks_ms(), start_ms) > close_ms:
                closed = False
                break
            await asyncio.sleep_ms(_LOOK_MS)
        if door.is_open() is None:
            if door.out_of_order:
                closed = None
            else:
                await asyncio.sleep_ms(_WITHOUT_SENSOR_MS)
        self.drop_keys()
        return closed

    async def open_free(self, title, always_ask):
        """A free door, open now, of the size that was asked for under `title`: its number.

        Without `always_ask` nobody is asked when only one size is free. AwayError, BackError.
        """
        for _ in range(2):
            size = await self._size(title, always_ask)
            number = self._free(size)
            if number and await self.open(number):
                return number
            if not number:
                await self.say("size_full")
        raise BackError

    async def _size(self, title, always_ask):
        free, sizes = set(), "SML"
        for number in range(1, len(self.doors) + 1):
            if self._is_free(number):
                free.add(self.doors.door(number).size)
        if not free:
            await self.say("all_full")
            raise BackError
        if len(free) == 1 and not always_ask:
            return free.pop()
        offer = [each for each in sizes if each in free]
        self.show(title, " ".join("%d:%s" % (n, each) for n, each in enumerate(offer, 1)))
        while True:
            key = await self.key()
            if key == "*":
                raise BackError
            if key.isdigit() and 1 <= int(key) <= len(offer):
                return offer[int(key) - 1]

    def _free(self, size):
        """The first free door of a size, rather one that opened last time; 0: there is none."""
        second = 0
        for number in range(1, len(self.doors) + 1):
            if self._is_free(number) and self.doors.door(number).size == size:
                if not self.cabinet.stuck >> number & 1:
                    return number
                second = second or number
        return second

    def _is_free(self, number):
        door = self.doors.door(number)
        return self.kept.state(number) == ledger.FREE and not (
            self.kept.disabled(number) or door.out_of_order or door.is_open()
        )

    def note(self, kind, number):
        """An event, kept with the next `save`."""
        self.kept.note(kind, number, keeper.now())

    async def save(self):
        """Have the ledger on flash. OSError, MemoryError."""
        await self.cabinet.coil_off()
        try:
            keeper.save(self.kept)
        except (OSError, MemoryError) as error:
            print("session: not kept yet:", error)
            await asyncio.sleep_ms(_AGAIN_MS)
            await self.cabinet.coil_off()
            keeper.save(self.kept)

    async def _waits(self, seconds):
        """The next key, which is left where it is; "" when none comes in that time."""
        start_ms = time.ticks_ms()
        while not self.cabinet.typed:
            if time.ticks_diff(time.ticks_ms(), start_ms) >= seconds * 1000:
                break
            await asyncio.sleep_ms(_ROUND_MS)
        return self.cabinet.typed[:1]

    async def _may_try(self):
        until_ms, left_s = self.cabinet.locked_until_ms, 0
        if until_ms is not None:
            left_s = (time.ticks_diff(until_ms, time.ticks_ms()) + 999) // 1000
        if left_s > _BRIEF_S:
            await self.say("locked_out", (left_s + 59) // 60)
            raise BackError
        if left_s > 0:
            self.show("wait", left_s)
            await asyncio.sleep(left_s)
            self.drop_keys()
