"""A cabinet of four doors on stand-in hardware."""

import fake_hardware as hardware

RELAYS = (16, 17, 18, 19)
SENSORS = (32, 33, 25, 26)
KEY = 27


class Boot:
    """What a cabinet reads of the boot."""

    def __init__(self, trial=False, **board):
        self.trial = trial
        self.board = board


def profile(pulse_ms=60, display=False):
    """A profile with all doors closed: an input that nobody drives reads 1."""
    doors = [
        {
            "relay": {"pin": relay, "on": 1, "pulse_ms": pulse_ms},
            "sensor": {"pin": sensor, "closed": 1},
            "closed_for_idle": True,
        }
        for relay, sensor in zip(RELAYS, SENSORS)  # noqa: B905 - MicroPython's takes no keyword
    ]
    described = {"doors": doors, "keys": [{"pin": KEY, "pressed": 0}]}
    if display:
        described["i2c"] = [{"id": 0, "scl": 22, "sda": 21, "freq": 400000}]
        described["display"] = {"chip": "ssd1306", "i2c": 0, "address": 60}
    return described


def set_door(number, is_open):
    """Open or close a door."""
    hardware.pins[SENSORS[number - 1]].outside = 0 if is_open else 1


def relay_levels():
    """What the relays' pins show."""
    return [hardware.pins[pin].level for pin in RELAYS]


async def unlock(cabinet, number):
    """Give a door its pulse, in turn, as somebody's session does: whether it was given."""
    if cabinet.visit is None:
        from locker.visit import Visit  # noqa: PLC0415 - it takes heap

        cabinet.visit = Visit(cabinet, run=_nothing)
    return await cabinet.visit.turns.take(cabinet.doors.door(number))


async def _nothing(_cabinet):
    """A session that asks for nothing."""
