"""The rules that hold between the parts of a board profile.

docs/board-profiles.md tells the same for people; profile_safe.py has those of the `safe` list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lockerctl import esp32_pins
from lockerctl.json_lines import Path
from lockerctl.profile_safe import check_safe
from lockerctl.profile_shape import KEYS, PROFILE, USUAL_KEYS
from lockerctl.profile_uses import Use, bit_uses, pin_uses
from lockerctl.shapes import Problem

# MCP23017, since revision D of its datasheet: GPA7 and GPB7.
_NO_INPUTS = (7, 15)
_LAST_BIT = 15
_NEEDED_KEYS = frozenset(KEYS) - frozenset("ABCD")


def problems(document: Any) -> Iterator[Problem]:
    """All that is wrong with a profile. The rules are asked only when its shape is right."""
    misshapen = list(PROFILE.mismatches(document, ()))
    if misshapen:
        yield from misshapen
        return
    pins, bits = list(pin_uses(document)), list(bit_uses(document))
    yield from _check_revisions(document["revisions"])
    yield from _check_pins(pins)
    wrong = dict.fromkeys(_check_bits(document, bits))  # once for all doors of an entry
    yield from wrong
    yield from check_safe(document, pins, [] if wrong else bits)
    yield from _check_doors(document)
    yield from _check_buses(document)
    if "keypad" in document:
        yield from _check_keypad(document["keypad"])


def warnings(document: Any) -> Iterator[Problem]:
    """What to mind in a profile without problems."""
    for use in pin_uses(document):
        for text in esp32_pins.warnings(use.number, use.drives):
            yield use.path, text


def _check_revisions(revisions: list[int]) -> Iterator[Problem]:
    if revisions != sorted(set(revisions)):
        yield ("revisions",), "must grow from one to the next"


def _check_pins(uses: list[Use]) -> Iterator[Problem]:
    taken: dict[int, Use] = {}
    for use in uses:
        why_not = esp32_pins.why_not(use.number, use.drives)
        if why_not:
            yield use.path, why_not
        first = taken.setdefault(use.number, use)
        # One line may reset several expanders.
        if first is not use and not (first.is_reset and use.is_reset):
            yield use.path, f"pin {use.number} is {first.purpose} already"


def _check_bits(document: Any, uses: list[Use]) -> Iterator[Problem]:
    count = len(document.get("expanders", ()))
    taken: dict[tuple[int, int], str] = {}
    for use in uses:
        key = (use.place, use.number)
        if use.place >= count:
            yield (*use.path[:-1], "expander"), f"there is no expander {use.place}, 0 is the first"
        elif use.number > _LAST_BIT:
            yield use.path, f"count is too much: {use.purpose} would be bit {use.number}"
        elif key in taken:
            yield use.path, f"bit {use.number} of that expander is {taken[key]} already"
        elif not use.drives and use.number in _NO_INPUTS:
            yield use.path, f"bit {use.number} of an MCP23017 is an output only"
        taken.setdefault(key, use.purpose)


def _check_doors(document: Any) -> Iterator[Problem]:
    for index, door in enumerate(document["doors"]):
        if door.get("closed_for_idle") and "sensor" not in door:
            yield ("doors", index), "closed_for_idle needs a sensor"
        parts = [door[part] for part in ("relay", "sensor") if part in door]
        if door.get("count", 1) > 1 and any("pin" in part for part in parts):
            yield ("doors", index, "count"), "pins have no order: a door each"


def _check_buses(document: Any) -> Iterator[Problem]:
    known = [bus["id"] for bus in document.get("i2c", ())]
    for index, bus in enumerate(known):
        if bus in known[:index]:
            yield ("i2c", index, "id"), f"i2c {bus} is there twice"
    chips: list[tuple[Path, Any]] = [
        (("expanders", n), chip) for n, chip in enumerate(document.get("expanders", ()))
    ]
    if "display" in document:
        chips.append((("display",), document["display"]))
    seen: set[tuple[int, int]] = set()
    for path, chip in chips:
        place = (chip["i2c"], chip["address"])
        if place in seen:
            yield (*path, "address"), f"another chip has address {chip['address']} of that bus"
        seen.add(place)
    for path, item in [*chips, *((("safe", n), item) for n, item in enumerate(document["safe"]))]:
        if "i2c" in item and item["i2c"] not in known:
            yield (*path, "i2c"), f"there is no i2c {item['i2c']}"


def _check_keypad(keypad: Any) -> Iterator[Problem]:
    rows, columns = len(keypad["rows"]), len(keypad["columns"])
    if "keys" not in keypad:
        usual = len(USUAL_KEYS), len(USUAL_KEYS[0])
        if (rows, columns) != usual:
            yield ("keypad",), "keys is missing: only those of {} x {} are known".format(*usual)
        return
    path: Path = ("keypad", "keys")
    keys = "".join(keypad["keys"])
    if len(keypad["keys"]) != rows or any(len(row) != columns for row in keypad["keys"]):
        yield path, f"must be {rows} rows of {columns} keys"
    elif len(set(keys)) != len(keys):
        yield path, "a key is there twice"
    elif missing := _NEEDED_KEYS - set(keys):
        yield path, f"there is no key {' '.join(sorted(missing))}"
