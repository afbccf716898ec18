"""The locker's part of the self-test. Loaded when it is asked for, and dropped afterwards."""

import gc

from micropython import const

from locker.errors import CheckFailed

_FREE_BYTES = const(20 * 1024)  # DESIGN.md 4: what stays free at the worst moment


def checks(doors, screen) -> list:
    """(name, callable) of each check. A callable raises CheckFailed, or returns None."""
    return [
        ("profile", lambda: check_profile(doors)),
        ("relays", lambda: check_relays(doors)),
        ("sensors", lambda: check_sensors(doors)),
        ("display", screen.check),
        ("heap", check_heap),
    ]


def check_profile(doors):
    """This software can serve every door that the profile describes."""
    if not doors:
        raise CheckFailed("profile has no doors")
    for door in doors:
        if door.flaw:
            raise CheckFailed("door %d: %s" % (door.number, door.flaw))


def check_relays(doors):
    """Every relay reads back off."""
    for door in doors:
        try:
            if door.relay and not door.relay.reads_off():
                raise CheckFailed("relay %d reads on" % door.number)
        except OSError as error:
            raise CheckFailed("relay %d can't be read: %s" % (door.number, error)) from None


def check_sensors(doors):
    """Every sensor can be read."""
    for door in doors:
        try:
            if door.sensor:
                door.sensor.reads_on()
        except OSError as error:
            raise CheckFailed("sensor %d can't be read: %s" % (door.number, error)) from None


def check_heap():
    """There is memory for an update while a customer stands at the door."""
    gc.collect()
    free = gc.mem_free()
    if free < _FREE_BYTES:
        raise CheckFailed("%d bytes of heap free, %d wanted" % (free, _FREE_BYTES))
