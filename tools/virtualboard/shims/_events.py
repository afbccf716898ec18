"""The board's end of interrupts: a thread that waits for events and schedules their handlers.

What is scheduled runs between two instructions of the program, so whoever waits must wake up now
and then: `time.sleep` does it by itself, asyncio's `poll` when it has our object to ask.
"""

import _thread
import select
from asyncio import core
from io import IOBase

import uos
from micropython import const, schedule

# MP_STREAM_POLL
_POLL = const(3)

_handlers = {}
_started = []


class _Silent(IOBase):
    """Never ready; `poll` asks it every millisecond."""

    def ioctl(self, request, argument):  # noqa: ARG002
        return 0 if request == _POLL else -1


_silent = _Silent()


def on(event, handler, argument):
    """Have `handler(argument)` scheduled at each event of that number; None: no more."""
    _handlers[event] = handler and (handler, argument)
    core._io_queue.poller.register(_silent, select.POLLIN)
    if not _started:
        _started.append(open(int(uos.getenv("VIRTUALBOARD_EVENTS")), "rb"))  # noqa: SIM115 - for good
        _thread.start_new_thread(_wait, ())


def are_on():
    return bool(_started)


def _wait():
    event = bytearray(1)
    while _started[0].readinto(event):
        try:
            schedule(_call, event[0])
        except RuntimeError:
            pass  # the queue is full: the interrupt is lost, as on the chip


def _call(event):
    found = _handlers.get(event)
    if found:
        found[0](found[1])
