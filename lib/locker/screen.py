"""What the screen says, on the display and on the console.

The console gets each change as one line of text, in English. The display, if the cabinet has one
that answers, is brought up to date in steps, so that doors and keys never wait long for it. One
that does not answer is tried again from time to time, and never stops anything else.
"""

import time

from micropython import const

from store.modules import drop

_RETRY_MS = const(10_000)
_AGAIN_MS = const(500)
_KEEP_MS = const(5_000)
_PAGES = const(4)  # a step: 12 ms at 400 kHz


class Screen:
    """Shows one screen at a time, on the display of the profile and on the console.

    `language` is that of the display, `assets` the folder of texts and glyphs. What draws is in RAM
    only while screens change.
    """

    def __init__(self, profile: dict, language: str = "en", assets: str = "/assets/"):
        self._display = self._drawing = None
        self._flaw: str | None = None
        self._language = language
        self._assets = assets
        try:
            if "display" in profile:
                self._display = _open_display(profile)
        except (KeyError, ValueError, OSError) as error:
            self._flaw = "display: %s: %s" % (type(error).__name__, error)
        self._shown: tuple | None = None
        self._changed_ms = 0
        self._is_drawn = self._is_sent = True
        self._lacks_memory = False
        self._failed_ms: int | None = None
        self._running = False

    def show(self, name: str, *values, percent: int | None = None, secret: bool = False):
        """Say the text with this name from now on, with a bar when `percent` is given.

        `values` fill its `{}`. Those that are `secret` are stars on the console.
        """
        shown = (name, values, percent, secret)
        if shown == self._shown:
            return
        self._shown = shown
        self._begin()

    def refresh(self, now_ms):
        """One step of bringing the display up to date, at `now_ms` (ticks).

        A step draws one row, or sends four pages of the display at most, or does nothing.
        """
        if self._lacks_memory:
            if time.ticks_diff(now_ms, self._changed_ms) > _AGAIN_MS:
                self._begin()
        elif self._drawing:
            if not self._is_drawn:
                try:
                    self._is_drawn = not self._drawing.draw_row()
                except MemoryError:
                    self._lacks_memory = True
            elif time.ticks_diff(now_ms, self._changed_ms) > _KEEP_MS:
                self._drawing = None
                drop("locker", "drawing", "font", "texts")
        if self._is_drawn and not self._is_sent and not self._is_resting(now_ms):
            self._send(now_ms)

    def _begin(self):
        """Say it on the console, and begin to draw it. Without memory: soon again, on and on."""
        self._changed_ms = time.ticks_ms()
        self._lacks_memory = True
        try:
            if not self._drawing:
                self._running = False  # its supply may have dipped: nothing else would tell
            drawing = self._drawing or _load(self._display, self._language, self._assets)
            drawing.begin(*self._shown)
        except MemoryError:  # the agent gives up its own when somebody comes
            print("screen: no memory to show", self._shown[0])
            return
        self._lacks_memory = False
        self._drawing = drawing
        self._is_drawn = self._is_sent = self._display is None

    def draw_all(self, now_ms):
        """All steps at once: before something that lets nobody draw any more."""
        while not (self._is_drawn and (self._is_sent or self._is_resting(now_ms))):
            self.refresh(now_ms)

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

    def _send(self, now_ms):
        try:
            if not self._running:
                self._display.start()
                self._running = True
            for _ in range(_PAGES):
                self._is_sent = self._is_sent or not self._display.show_page()
            self._failed_ms = None
        except OSError as error:
            if self._failed_ms is None:
                print("display does not answer:", error)
            self._failed_ms = now_ms
            self._running = False


def _load(*arguments):
    from locker.drawing import Drawing

    return Drawing(*arguments)


def _open_display(profile: dict):
    from drivers.bus import open_i2c

    entry = profile["display"]
    bus, address = open_i2c(profile, entry["i2c"]), entry["address"]
    if entry["chip"] == "ssd1306":
        from drivers.ssd1306 import Ssd1306

        return Ssd1306(bus, address)
    if entry["chip"] == "sh1106":
        from drivers.sh1106 import Sh1106

        return Sh1106(bus, address)
    raise ValueError("unknown chip %s" % entry["chip"])
