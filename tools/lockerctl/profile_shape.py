"""The shape of a board profile: its fields, and what each may be."""

from __future__ import annotations

from lockerctl.shapes import Flag, Many, Number, OneOf, Record, Shape, Text

KEYS = "0123456789ABCD*#"
USUAL_KEYS = ("123A", "456B", "789C", "*0#D")  # of a keypad of which nothing else is said

_PIN = Number(0, 48)
_LEVEL = Number(0, 1)
_BUS = Number(0, 1)
_ADDRESS = Number(0x08, 0x77)  # the others are reserved by the I2C specification
_BYTE = Number(0, 255)

_AT_PIN: dict[str, Shape] = {"pin": _PIN}
_AT_EXPANDER: dict[str, Shape] = {"expander": Number(0, 7), "bit": Number(0, 15)}
# Locks open within a second; a longer pulse only heats the coil.
_PULSE: dict[str, Shape] = {"on": _LEVEL, "pulse_ms": Number(10, 3000)}
_RETRIES: dict[str, Shape] = {"retries": Number(0, 5)}
_CLOSED: dict[str, Shape] = {"closed": _LEVEL}
_RELAY = OneOf(
    {
        "pin": Record(_AT_PIN | _PULSE, _RETRIES),
        "expander": Record(_AT_EXPANDER | _PULSE, _RETRIES),
    }
)
_SENSOR = OneOf({"pin": Record(_AT_PIN | _CLOSED), "expander": Record(_AT_EXPANDER | _CLOSED)})
_DOOR = Record(
    {"relay": _RELAY},
    {
        "count": Number(1, 16),
        "sensor": _SENSOR,
        "closed_for_idle": Flag(),
        "size": Text("[SML]", "S, M or L"),
    },
)
_I2C = Record({"id": _BUS, "scl": _PIN, "sda": _PIN, "freq": Number(10_000, 400_000)})
_SAFE = OneOf(
    {
        "pin": Record({"pin": _PIN, "level": _LEVEL}),
        "register": Record({"i2c": _BUS, "address": _ADDRESS, "register": _BYTE, "value": _BYTE}),
    }
)
_EXPANDER = Record(
    {
        "chip": Text("mcp23017", "an expander we have a driver for: mcp23017"),
        "i2c": _BUS,
        "address": Number(0x20, 0x27),
    },
    {"reset": _PIN},
)
_DISPLAY = Record(
    {
        "chip": Text("ssd1306|sh1106", "a display we have a driver for: ssd1306, sh1106"),
        "i2c": _BUS,
        "address": _ADDRESS,
    }
)
_KEYPAD = Record(
    {"rows": Many(_PIN, 1, 5), "columns": Many(_PIN, 1, 5)},
    {"keys": Many(Text(f"[{KEYS}]+", f"a row of keys: {KEYS}"), 1, 5)},
)
PROFILE = Record(
    {
        "model": Text(r"[a-z0-9][a-z0-9_.-]{0,31}", "a model: small letters, digits, _ . -"),
        "revisions": Many(Number(1, 65535), 1, 32),
        "safe": Many(_SAFE, 1, 255),
        "doors": Many(_DOOR, 1, 128),
    },
    {
        "i2c": Many(_I2C, 1, 2),
        "expanders": Many(_EXPANDER, 1, 8),
        "display": _DISPLAY,
        "keypad": _KEYPAD,
        "keys": Many(Record({"pin": _PIN, "pressed": _LEVEL}), 1, 32),
        "buzzer": Record({"pin": _PIN, "on": _LEVEL}),
    },
)
