"""Somebody is at the cabinet: their session, and the turns of the doors that it opens."""

import asyncio

from micropython import const

from locker import session
from locker.door import load_relays
from locker.turns import Turns

_OPEN_S = const(5)
_CLICK_MS = const(20)


class Visit:
    """Begins at once, with `run(cabinet, …)`. The cabinet's task asks in each round if it is over.

    Its task returns None, or which visit follows: the name of its module, and arguments; or the
    MemoryError that it ended with, which asyncio would print with all that led to it.
    """

    def __init__(self, cabinet, *args, run=session.run):
        load_relays(cabinet.doors)
        self.turns = Turns(cabinet.doors, cabinet.setting("open_s", _OPEN_S) * 1000)
        self._cabinet = cabinet
        self._buzzer = _buzzer(cabinet.buzzer)
        self._heard = ""
        # Last: nothing here may fail once it runs.
        self.task = asyncio.create_task(_outcome(cabinet, run, args))

    def is_over(self, now_ms) -> bool:
        """Do what is due at `now_ms` (ticks); whether nothing is left to do."""
        self.turns.poll(now_ms)
        typed = self._cabinet.typed
        if self._buzzer and len(typed) > len(self._heard):
            self._buzzer.beep(_CLICK_MS)
        self._heard = typed
        return self.task.done() and not self.turns.is_busy()

    def cut(self):
        """The end, whatever was going on."""
        self.task.cancel()
        self.turns.cut()


async def _outcome(cabinet, run, args):
    try:
        return await run(cabinet, *args)
    except MemoryError as error:
        return error


def _buzzer(entry: dict | None):
    """The profile's buzzer, if it has one."""
    if entry is None:
        return None
    from drivers.buzzer import Buzzer

    return Buzzer(entry)
