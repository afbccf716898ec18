"""The locker's part of the self-test. Loaded when it is asked for, and forgotten with the answer.

Each function here gives None when all is well, and else what is wrong, as the server will show it.
"""

import gc

from micropython import const

_FREE_BYTES = const(20 * 1024)  # DESIGN.md 4: what stays free at the worst moment


def checks(doors, screen) -> list:
    """(name, callable) of each check. A callable gives None, or the text of its fault."""
    return [
        ("profile", lambda: profile_fault(doors)),
        ("relays", lambda: relay_fault(doors)),
        ("sensors", lambda: sensor_fault(doors)),
        ("display", screen.fault),
        ("heap", heap_fault),
    ]


def profile_fault(doors) -> str | None:
    """A door of the profile that this software can't serve."""
    if not doors:
        return "profile has no doors"
    for door in doors:
        if door.flaw:
            return "door %d: %s" % (door.number, door.flaw)
    return None


def relay_fault(doors) -> str | None:
    """A relay that does not read back off."""
    for door in doors:
        try:
            if door.relay and not door.relay.reads_off():
                return "relay %d reads on" % door.number
        except OSError as error:
            return "relay %d can't be read: %s" % (door.number, error)
    return None


def sensor_fault(doors) -> str | None:
    """A sensor that can't be read."""
    for door in doors:
        try:
            if door.sensor:
                door.sensor.reads_on()
        except OSError as error:
            return "sensor %d can't be read: %s" % (door.number, error)
    return None


def heap_fault() -> str | None:
    """Too little memory for an update while a customer stands at the door."""
    gc.collect()
    free = gc.mem_free()
    if free < _FREE_BYTES:
        return "%d bytes of heap free, %d wanted" % (free, _FREE_BYTES)
    return None
