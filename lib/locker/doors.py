"""The doors of a cabinet, made from its profile."""

from drivers.inputs import gpio_contact
from drivers.relay import GpioRelay


class Door:
    """A door with its relay and its sensor.

    `out_of_order` is None, or why the door is not served: it is never pulsed then, and does not
    count for "idle". `flaw` is what is wrong with its entry in the profile, if anything is.
    """

    def __init__(self, number: int, entry: dict):
        self.number = number
        self.relay = self.sensor = self.flaw = None
        self.closed_for_idle = bool(entry.get("closed_for_idle"))
        try:
            self.relay = _relay(entry["relay"])
            if "sensor" in entry:
                self.sensor = gpio_contact(entry["sensor"]["pin"], entry["sensor"]["closed"])
            elif self.closed_for_idle:
                self.flaw = "no sensor"
        except (KeyError, TypeError, ValueError, OSError) as error:
            self.flaw = "%s: %s" % (type(error).__name__, error)
        self.out_of_order = self.flaw

    def is_open(self) -> bool:
        """What the sensor says; a door without one counts as closed."""
        return self.sensor is not None and not self.sensor.on

    def blocks_idle(self) -> bool:
        """Whether an update has to wait for this door."""
        return self.closed_for_idle and not self.out_of_order and self.is_open()

    def switch_off(self):
        """The relay off, whatever it did. A relay that can't be reached is noted."""
        try:
            if self.relay:
                self.relay.off()
        except OSError as error:
            self.put_out_of_order("relay does not answer: %s" % error)

    def put_out_of_order(self, why: str):
        """Serve this door no more."""
        self.out_of_order = why
        print("door %d out of order: %s" % (self.number, why))


def _relay(entry: dict) -> GpioRelay:
    return GpioRelay(entry["pin"], entry["on"], entry["pulse_ms"])
