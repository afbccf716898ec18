"""How numbers, sizes and times are told to people. No I/O."""

from __future__ import annotations

import time

_STEPS = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000))
_UNITS = ("bytes", "kB", "MB", "GB")


def ago(at_ms: int | None, now_ms: int) -> str:
    """`3 h ago`, `never`."""
    if at_ms is None:
        return "never"
    passed = now_ms - at_ms
    if passed < 1000:
        return "just now"
    return f"{span(passed)} ago"


def span(ms: int) -> str:
    """A length of time in its largest unit that fits: `90 min` is `1 h`."""
    for unit, step in _STEPS:
        if ms >= step:
            return f"{ms // step} {unit}"
    return "0 s"


def moment(at_ms: int | None) -> str:
    """A time as a calendar has it, in UTC."""
    if at_ms is None:
        return "never"
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at_ms / 1000))


def iso(at_ms: int) -> str:
    """A time as a machine reads it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at_ms / 1000))


def number(value: int) -> str:
    """`12,345`."""
    return f"{value:,}"


def size(value: int) -> str:
    """Bytes in the unit that leaves up to three digits before the point: `61.2 kB`."""
    scaled = float(value)
    for unit in _UNITS:
        if scaled < 999.5 or unit == _UNITS[-1]:
            return (
                f"{scaled:.0f} {unit}"
                if unit == "bytes" or scaled >= 100
                else f"{scaled:.1f} {unit}"
            )
        scaled /= 1000
    raise AssertionError("the last unit takes everything")


def count(value: int, one: str, more: str | None = None) -> str:
    """`1 board`, `2,000 boards`."""
    return f"{number(value)} {one if value == 1 else more or one + 's'}"
