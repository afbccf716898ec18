"""What a board profile must say: its shape, and the rules that hold between its parts.

docs/board-profiles.md tells the same for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lockerctl import esp32_pins
from lockerctl.json_lines import Path
from lockerctl.shapes import Flag, Many, Number, OneOf, Problem, Record, Text

_PIN = Number(0, 48)
_LEVEL = Number(0, 1)
_BUS = Number(0, 1)
_ADDRESS = Number(0x08, 0x77)  # the others are reserved by the I2C specification
_BYTE = Number(0, 255)

# Locks open within a second; a longer pulse only heats the coil.
_RELAY = Record({"pin": _PIN, "on": _LEVEL, "pulse_ms": Number(10, 3000)})
_DOOR = Record(
    {"relay": _RELAY},
    {"sensor": Record({"pin": _PIN, "closed": _LEVEL}), "closed_for_idle": Flag()},
)
_I2C = Record({"id": _BUS, "scl": _PIN, "sda": _PIN, "freq": Number(10_000, 400_000)})
_SAFE = OneOf(
    {
        "pin": Record({"pin": _PIN, "level": _LEVEL}),
        "register": Record({"i2c": _BUS, "address": _ADDRESS, "register": _BYTE, "value": _BYTE}),
    }
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
        "display": Record(
            {"chip": Text("ssd1306", "a display we have a driver for: ssd1306")}
            | {"i2c": _BUS, "address": _ADDRESS}
        ),
        "keys": Many(Record({"pin": _PIN, "pressed": _LEVEL}), 1, 32),
    },
)


@dataclass(frozen=True)
class Use:
    """A pin and what it is for."""

    pin: int
    purpose: str
    drives: bool
    path: Path


def problems(document: Any) -> Iterator[Problem]:
    """All that is wrong with a profile. The rules are asked only when its shape is right."""
    misshapen = list(PROFILE.mismatches(document, ()))
    if misshapen:
        yield from misshapen
        return
    uses = list(_uses(document))
    yield from _check_revisions(document["revisions"])
    yield from _check_pins(uses)
    yield from _check_safe(document, uses)
    yield from _check_doors(document)
    yield from _check_buses(document)


def warnings(document: Any) -> Iterator[Problem]:
    """What to mind in a profile without problems."""
    for use in _uses(document):
        for text in esp32_pins.warnings(use.pin, use.drives):
            yield use.path, text


def _uses(document: Any) -> Iterator[Use]:
    for index, door in enumerate(document["doors"]):
        at: Path = ("doors", index)
        yield Use(door["relay"]["pin"], f"relay {index + 1}", True, (*at, "relay", "pin"))
        if "sensor" in door:
            yield Use(door["sensor"]["pin"], f"sensor {index + 1}", False, (*at, "sensor", "pin"))
    for index, key in enumerate(document.get("keys", ())):
        yield Use(key["pin"], f"key {index + 1}", False, ("keys", index, "pin"))
    for index, bus in enumerate(document.get("i2c", ())):
        for line in ("scl", "sda"):
            yield Use(bus[line], f"i2c {bus['id']} {line}", True, ("i2c", index, line))


def _check_revisions(revisions: list[int]) -> Iterator[Problem]:
    if revisions != sorted(set(revisions)):
        yield ("revisions",), "must grow from one to the next"


def _check_pins(uses: list[Use]) -> Iterator[Problem]:
    taken: dict[int, Use] = {}
    for use in uses:
        why_not = esp32_pins.why_not(use.pin, use.drives)
        if why_not:
            yield use.path, why_not
        if use.pin in taken:
            yield use.path, f"pin {use.pin} is {taken[use.pin].purpose} already"
        taken.setdefault(use.pin, use)


def _check_safe(document: Any, uses: list[Use]) -> Iterator[Problem]:
    """boot.py drives the `safe` pins before anything else: relays, and outputs of nobody else."""
    not_relays = {use.pin: use for use in uses if "relay" not in use.path}
    seen: set[int] = set()
    for index, item in enumerate(document["safe"]):
        if "pin" not in item:
            continue
        pin = item["pin"]
        path: Path = ("safe", index, "pin")
        why_not = esp32_pins.why_not(pin, drives=True)
        if why_not:
            yield path, why_not
        if pin in seen:
            yield path, f"pin {pin} is there twice"
        if pin in not_relays:
            yield path, f"pin {pin} is {not_relays[pin].purpose}, not an output to make safe"
        seen.add(pin)


def _check_doors(document: Any) -> Iterator[Problem]:
    safe_levels = {item["pin"]: item["level"] for item in document["safe"] if "pin" in item}
    for index, door in enumerate(document["doors"]):
        if door.get("closed_for_idle") and "sensor" not in door:
            yield ("doors", index), "closed_for_idle needs a sensor"
        path: Path = ("doors", index, "relay", "pin")
        pin, on = door["relay"]["pin"], door["relay"]["on"]
        if safe_levels.get(pin) != 1 - on:
            entry = f'{{"pin": {pin}, "level": {1 - on}}}'
            yield path, f"is not made safe at boot: `safe` needs {entry}"
        if esp32_pins.LEVEL_AT_RESET.get(pin) == on:
            pulled = "up" if on else "down"
            yield path, f"the chip pulls pin {pin} {pulled} at reset, which switches the relay on"


def _check_buses(document: Any) -> Iterator[Problem]:
    known = [bus["id"] for bus in document.get("i2c", ())]
    for index, bus in enumerate(known):
        if bus in known[:index]:
            yield ("i2c", index, "id"), f"i2c {bus} is there twice"
    used: list[tuple[Path, Any]] = [
        (("safe", n, "i2c"), item) for n, item in enumerate(document["safe"])
    ]
    if "display" in document:
        used.append((("display", "i2c"), document["display"]))
    for path, item in used:
        if "i2c" in item and item["i2c"] not in known:
            yield path, f"there is no i2c {item['i2c']}"
