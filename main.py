"""Introduce the parts to each other, start them, and watch over them.

Production writes this file once and no update ever changes it. It runs in the globals of boot.py
and finds there `boot`. Of the updatable software it knows two names, `locker.cabinet.Cabinet` and
`ota.agent.Agent`, and of each the method `run(alive)`: `alive()` is a sign of life.
"""

import asyncio
import sys
import time

from micropython import const

_HEALTHY_MS = const(300_000)
_SILENCE_MS = const(120_000)  # what a task may take between two signs of life
_HALT_S = const(600)
_KEPT_CRASHES = const(3)


class Task:
    """A long-lived task and the time of its last sign of life."""

    def __init__(self, name, run):
        self.name = name
        self._seen_ms = time.ticks_ms()
        self._task = asyncio.create_task(run(self._alive))

    def _alive(self):
        self._seen_ms = time.ticks_ms()

    def cancel(self):
        """Let it end what it does, if it still runs."""
        self._task.cancel()

    async def check(self):
        """Raise what ended the task, or RuntimeError when it ended or is silent."""
        if self._task.done():
            await self._task
            raise RuntimeError("task %s ended" % self.name)
        if time.ticks_diff(time.ticks_ms(), self._seen_ms) > _SILENCE_MS:
            raise RuntimeError("task %s is silent" % self.name)


async def supervise(boot, parts):
    """Run the parts for ever. Only here is the watchdog fed, and only while all of them live."""
    tasks = [Task(name, run) for name, run in parts]
    start_ms, healthy = time.ticks_ms(), False
    try:
        while True:
            boot.wdt.feed()
            await asyncio.sleep_ms(1000)
            for task in tasks:
                await task.check()
            if not healthy and time.ticks_diff(time.ticks_ms(), start_ms) > _HEALTHY_MS:
                healthy = True
                boot.healthy()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.sleep_ms(0)  # outputs are switched off before anything else


def run(boot):
    """The application: it returns by an exception only."""
    from ota.agent import Agent  # it takes its buffers at once, while the heap is whole

    boot.wdt.feed()
    from locker.cabinet import Cabinet

    boot.wdt.feed()
    cabinet = Cabinet(boot.profile, boot)
    boot.profile = None  # the cabinet has taken what it needs: heap
    agent = Agent(boot, cabinet)
    asyncio.run(supervise(boot, (("cabinet", cabinet.run), ("agent", agent.run))))


def halt(boot):
    """No slot here can run. Outputs are safe; try again after a while: a chip may come back."""
    print("main: no software here can run")
    for _ in range(_HALT_S):
        boot.wdt.feed()
        time.sleep(1)
    boot.restart("halted")


def let_go():
    """Free what the application holds: in a full heap its last words would be lost."""
    global asyncio
    asyncio = None
    sys.modules.clear()


def last_words(error):
    """Keep the traceback on `data`, if there is one."""
    try:
        with open("/data/crash.txt", "w") as file:
            sys.print_exception(error, file)
    except (OSError, MemoryError) as lost:
        print("main: traceback not kept:", lost)


if __name__ == "__main__":
    try:
        if boot.action == RUN:  # noqa: F821 - boot.py has left both in these globals
            run(boot)  # noqa: F821
        else:
            halt(boot)  # noqa: F821
    # SystemExit too: it ends in a soft reset, which neither bootloader nor boot.py count.
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the one place that catches everything
        let_go()
        sys.print_exception(error)
        if boot.notes.crashes < _KEPT_CRASHES:  # noqa: F821 - a crash loop must not wear `data`
            last_words(error)
        boot.crash("%s: %s" % (type(error).__name__, error))  # noqa: F821
