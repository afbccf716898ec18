"""The locker's part of the self-test. Loaded when it is asked for, and forgotten with the answer.

Each function here gives None when all is well, and else what is wrong, as the server will show it.
No coil may be on.
"""

import gc

from micropython import const

_FREE_BYTES = const(20 * 1024)  # DESIGN.md 4: what stays free at the worst moment


def checks(doors, screen) -> list:
    """(name, callable) of each check. A callable gives None, or the text of its fault."""
    found = [
        ("profile", lambda: profile_fault(doors)),
        ("relays", lambda: relay_fault(doors)),
        ("sensors", lambda: sensor_fault(doors)),
        ("display", screen.fault),
        ("heap", heap_fault),
    ]
    if len(doors.inputs) > 1:
        found.insert(1, ("expanders", lambda: expander_fault(doors)))
    return found


def profile_fault(doors) -> str | None:
    """A door of the profile that this software can't serve."""
    return doors.flaw if len(doors) else "profile has no doors"


def expander_fault(doors) -> str | None:
    """An expander that does not answer, or whose registers are not those of an MCP23017 set up."""
    from drivers.mcp23017_setup import read_settings, settings

    for expander in doors.inputs[:-1]:
        chip = expander.chip
        try:
            found, wanted = read_settings(chip), settings(chip)
        except OSError as error:
            return "expander 0x%02x does not answer: %s" % (chip.address, error)
        for register in range(len(wanted)):
            if found[register] != wanted[register]:
                return "expander 0x%02x: register 0x%02x is 0x%02x, not 0x%02x" % (
                    chip.address,
                    register,
                    found[register],
                    wanted[register],
                )
    return None


def relay_fault(doors) -> str | None:
    """A relay that does not read back off."""
    for number in range(1, len(doors) + 1):
        relay = doors.door(number).relay()
        try:
            if relay and not relay.reads_off():
                return "relay %d reads on" % number
        except OSError as error:
            return "relay %d can't be read: %s" % (number, error)
    return None


def sensor_fault(doors) -> str | None:
    """A sensor that can't be read."""
    for inputs in doors.inputs:
        try:
            inputs.read()
        except OSError as error:
            return "sensors can't be read: %s" % error
    return None


def heap_fault() -> str | None:
    """Too little memory for an update while a customer stands at the door."""
    gc.collect()
    free = gc.mem_free()
    if free < _FREE_BYTES:
        return "%d bytes of heap free, %d wanted" % (free, _FREE_BYTES)
    return None
