"""What the screen says: texts as data, and the one place that shows them.

A screen is a tuple of lines. The console gets it as one line of text whenever it changes; the
display too, if the cabinet has one that answers. A display that does not is tried again from time
to time, and never stops anything else.
"""

import time

from micropython import const

READY = ("Ready",)
UPGRADING = ("Upgrading", "please wait")
OUT_OF_ORDER = ("Out of order",)
_INSECURE = ("INSECURE DEMO",)

_RETRY_MS = const(10_000)
_FONT = const(8)  # framebuf's own font: 8x8 pixels
_LINE = const(12)
_BAR_HEIGHT = const(8)


class Screen:
    """Shows one screen at a time, on the display of the profile and on the console."""

    def __init__(self, profile: dict, insecure_demo: bool):
        self._display = None
        self._flaw: str | None = None
        try:
            if "display" in profile:
                self._display = _open_display(profile)
        except (KeyError, ValueError, OSError) as error:
            self._flaw = "display: %s: %s" % (type(error).__name__, error)
        self._banner = _INSECURE if insecure_demo else ()
        self._lines: tuple = ()
        self._percent = None
        self._pending = False
        self._failed_ms: int | None = None
        self._running = False

    def show(self, lines: tuple, percent=None):
        """Say this from now on, with a bar when `percent` is given."""
        if lines == self._lines and percent == self._percent:
            return
        self._lines = lines
        self._percent = percent
        self._pending = True
        bar = () if percent is None else ("%d %%" % percent,)
        print("screen:", " | ".join(self._banner + lines + bar))

    def refresh(self, now_ms):
        """Bring the display up to date if it is not; at `now_ms` (ticks)."""
        if not self._pending or self._display is None or self._is_resting(now_ms):
            return
        try:
            if not self._running:
                self._display.start()
                self._running = True
            self._draw(self._display)
            self._display.show()
        except OSError as error:
            self._note_failure(error, now_ms)
        else:
            self._pending = False
            self._failed_ms = None

    def fault(self) -> str | None:
        """What is wrong with the profile's display: it does not answer, or is unknown here."""
        try:
            if self._display is not None:
                self._display.check()
        except OSError as error:
            return "display does not answer: %s" % error
        return self._flaw

    def _is_resting(self, now_ms) -> bool:
        failed_ms = self._failed_ms
        return failed_ms is not None and time.ticks_diff(now_ms, failed_ms) < _RETRY_MS

    def _note_failure(self, error: OSError, now_ms):
        if self._failed_ms is None:
            print("display does not answer:", error)
        self._failed_ms = now_ms
        self._running = False

    def _draw(self, display):
        frame, width = display.frame, display.width
        frame.fill(0)
        lines = self._banner + self._lines
        rows = len(lines) + (self._percent is not None)
        y = (display.height - rows * _LINE + _LINE - _FONT) // 2
        for line in lines:
            frame.text(line, (width - _FONT * len(line)) // 2, y)
            y += _LINE
        if self._percent is not None:
            frame.rect(0, y, width, _BAR_HEIGHT, 1)
            frame.fill_rect(0, y, width * self._percent // 100, _BAR_HEIGHT, 1)


def _open_display(profile: dict):
    from drivers.bus import open_i2c

    entry = profile["display"]
    if entry["chip"] != "ssd1306":
        raise ValueError("unknown chip %s" % entry["chip"])
    from drivers.ssd1306 import Ssd1306

    return Ssd1306(open_i2c(profile, entry["i2c"]), entry["address"])
