"""A buzzer that sounds by itself when it has current. Each beep ends by hardware."""

from machine import Pin

from drivers import pulse


class Buzzer:
    """`entry` is the profile's `buzzer`: its pin, and the level that lets it sound."""

    def __init__(self, entry: dict):
        self._on = bool(entry["on"])
        self._pin = Pin(entry["pin"], Pin.OUT, value=not self._on)

    def beep(self, length_ms: int):
        """Sound for so long, at most 12000 ms; returns at once.

        Left out while a beep sounds, and when there is no memory or channel for it.
        """
        try:
            if pulse.is_over(pulse.BUZZER):
                pulse.send(pulse.BUZZER, self._pin, self._on, length_ms)
        except (OSError, ValueError, MemoryError) as error:
            print("buzzer:", error)
