"""The pins of an ESP32, as far as a wrong choice damages, blocks or surprises.

Source: ESP32 datasheet v4.x, sections 2 (pins) and 3.1 (strapping pins); ESP32 TRM, chapter
"IO_MUX and GPIO matrix". Modules with PSRAM: ESP32-WROVER datasheet.
"""

from __future__ import annotations

PINS = frozenset({*range(20), 21, 22, 23, 25, 26, 27, *range(32, 40)})
FLASH = frozenset(range(6, 12))
CONSOLE = frozenset({1, 3})
INPUT_ONLY = frozenset(range(34, 40))  # and without pull resistors
PSRAM = frozenset({16, 17})
STRAPPING = {
    0: "low at reset, the chip waits for a download instead of starting",
    2: "high at reset, the chip takes no download",
    5: "its level at reset sets the timing of SDIO",
    12: "high at reset, the flash gets 1.8 V and the board does not start",
    15: "low at reset, the boot messages are silent",
}
# The level that the chip's own pull resistors give a pin from reset until boot.py runs.
LEVEL_AT_RESET = {0: 1, 5: 1, 14: 1, 15: 1, 2: 0, 4: 0, 12: 0}


def why_not(pin: int, drives: bool) -> str | None:
    """Why nothing, or no output, may be at this pin; None when it may."""
    if pin not in PINS:
        return f"an ESP32 has no pin {pin}"
    if pin in FLASH:
        return f"pin {pin} belongs to the flash chip"
    if pin in CONSOLE:
        return f"pin {pin} belongs to the console"
    if drives and pin in INPUT_ONLY:
        return f"pin {pin} is an input only"
    return None


def warnings(pin: int, drives: bool) -> list[str]:
    """What to mind at this pin."""
    found = []
    if pin in STRAPPING:
        found.append(f"pin {pin} is a strapping pin: {STRAPPING[pin]}")
    if pin in PSRAM:
        found.append(f"pin {pin} is not free on modules with PSRAM (WROVER)")
    if pin in INPUT_ONLY and not drives:
        found.append(f"pin {pin} has no pull-up: the board must have one")
    return found
