"""What the profile says of the doors, packed into eight bytes each. Loaded once, at start.

An entry of the profile with a `count` is so many doors, each one bit further than the one before.
0 place of the relay: index of its expander, or their number, which stands for GPIOs; 1 its bit or
pin, and 0x80 when it is switched on by 1; 2 pulse in ms, 16 bits; 4 retries, and 0x80 when an
update waits for this door; 5 place of the sensor, 0xff without one; 6 its bit, and 0x80 when it
reads 1 with the door closed; 7 the size, a letter.
"""

import struct

from micropython import const

from drivers.inputs import GpioInputs, input_pin

_NOWHERE = const(0xFF)
_BLANK = b"\xff\0\0\0\0\xff\0M"
_RETRIES = const(1)


class Wiring:
    """`doors`: the bytes; `flaws`: by number, what is wrong with which; `inputs`: by place.

    All relays are off then, of those expanders that answer.
    """

    def __init__(self, profile: dict):
        self._chips = profile.get("expanders", ())
        # Of each expander: its outputs, their levels at rest, and whether it has sensors.
        self._bits = [[0, 0, 0] for _ in self._chips]
        self._pins: list = []
        self.doors = bytearray()
        self.flaws: dict = {}
        for entry in profile["doors"]:
            for step in range(entry.get("count", 1)):
                self.doors.extend(self._pack(entry, step))
        self.inputs: list = [self._expander(profile, n) for n in range(len(self._chips))]
        if self.inputs:
            from drivers import expander_setup

            expander_setup.start(self.inputs)
        self.inputs.append(GpioInputs(self._pins))

    def _pack(self, entry: dict, step: int) -> bytes:
        flaw = None
        try:
            return self._packed(entry, step)
        except ValueError as error:
            flaw = str(error)
        except (KeyError, IndexError, TypeError) as error:
            flaw = "%s: %s" % (type(error).__name__, error)
        self.flaws[len(self.doors) // len(_BLANK) + 1] = flaw
        return _BLANK

    def _packed(self, entry: dict, step: int) -> bytes:
        place, bit = self._relay(entry["relay"], step)
        sensor, sensor_bit = _NOWHERE, 0
        if "sensor" in entry:
            sensor, sensor_bit = self._sensor(entry["sensor"], step)
        waited_for = bool(entry.get("closed_for_idle"))
        if waited_for and sensor == _NOWHERE:
            raise ValueError("no sensor")
        return struct.pack(
            "<BBHBBBB",
            place,
            bit | entry["relay"]["on"] << 7,
            entry["relay"]["pulse_ms"],
            entry["relay"].get("retries", _RETRIES) | waited_for << 7,
            sensor,
            sensor_bit,
            ord(entry.get("size", "M")),
        )

    def _relay(self, entry: dict, step: int) -> tuple:
        if "expander" in entry:
            bits, bit = self._bits[entry["expander"]], entry["bit"] + step
            bits[0] |= 1 << bit
            bits[1] |= 1 - entry["on"] << bit
            return entry["expander"], bit
        from drivers.relay import GpioRelay

        GpioRelay(entry["pin"], entry["on"], entry["pulse_ms"]).off()
        return len(self._chips), entry["pin"]

    def _sensor(self, entry: dict, step: int) -> tuple:
        if "expander" in entry:
            place, bit = entry["expander"], entry["bit"] + step
            self._bits[place][2] = 1
        else:
            place, bit = len(self._chips), len(self._pins)
            self._pins.append(input_pin(entry["pin"]))
        return place, bit | entry["closed"] << 7

    def _expander(self, profile: dict, index: int):
        from drivers.bus import open_i2c
        from drivers.expanders import Expander
        from drivers.mcp23017 import Mcp23017

        entry = self._chips[index]
        outputs, rest, has_inputs = self._bits[index]
        chip = Mcp23017(open_i2c(profile, entry["i2c"]), entry["address"], outputs, rest)
        return Expander(chip, bool(has_inputs), entry.get("reset"))
