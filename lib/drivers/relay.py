"""A lock relay on a GPIO. Its pulse ends by hardware: drivers/pulse.py."""

from machine import Pin

from drivers import pulse


class GpioRelay:
    """A relay at a pin, switched on by level `on` for `pulse_ms` (at most 12000) at a time.

    To make one changes nothing at the pin.
    """

    # Longer than the hardware's pulse by what a loop that polls and the chip's clocks may differ.
    margin_ms = 30

    def __init__(self, pin: int, on: int, pulse_ms: int):
        self.pulse_ms = pulse_ms
        self._on = bool(on)
        self._pin = Pin(pin)

    def start(self):
        """Start a pulse and return at once. OSError or ValueError if there is no channel for it."""
        pulse.send(pulse.RELAY, self._pin, self._on, self.pulse_ms)

    def off(self):
        """Take the pin back from the RMT and switch off: after a pulse, and to cut one short."""
        self._pin.init(Pin.OUT, value=not self._on)

    def reads_off(self) -> bool:
        """Whether the pin itself is at its off level. Not to be asked during a pulse."""
        return self._pin.value() != self._on
