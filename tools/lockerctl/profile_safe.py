"""What the `safe` list of a board profile must do: boot.py drives it before anything else.

Pins come first, whatever the order of the list; then the registers, in its order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from lockerctl import esp32_pins
from lockerctl.json_lines import Path
from lockerctl.profile_uses import Use
from lockerctl.shapes import Problem

# Registers of an MCP23017, of port A; that of port B is the next.
_IODIR = 0x00
_OLAT = 0x14


def check_safe(document: Any, pins: list[Use], bits: list[Use]) -> Iterator[Problem]:
    """What is not made safe though it must be, and what is driven though it must not.

    `bits` are those that there are.
    """
    yield from _check_entries(document["safe"], pins)
    levels = {item["pin"]: item["level"] for item in document["safe"] if "pin" in item}
    for use in pins:
        if use.rest is not None:
            yield from _check_pin(use, levels)
    yield from _check_registers(document, bits)


def _check_entries(safe: list[Any], pins: list[Use]) -> Iterator[Problem]:
    no_outputs = {use.number: use for use in pins if use.rest is None}
    seen: set[int] = set()
    for index, item in enumerate(safe):
        if "pin" not in item:
            continue
        pin = item["pin"]
        path: Path = ("safe", index, "pin")
        why_not = esp32_pins.why_not(pin, drives=True)
        if why_not:
            yield path, why_not
        if pin in seen:
            yield path, f"pin {pin} is there twice"
        if pin in no_outputs:
            yield path, f"pin {pin} is {no_outputs[pin].purpose}, not an output to make safe"
        seen.add(pin)


def _check_pin(use: Use, levels: dict[int, int]) -> Iterator[Problem]:
    pin, rest = use.number, use.rest or 0
    if levels.get(pin) != rest:
        entry = f'{{"pin": {pin}, "level": {rest}}}'
        yield use.path, f"is not made safe at boot: `safe` needs {entry}"
    if not use.is_reset and esp32_pins.LEVEL_AT_RESET.get(pin) == 1 - rest:
        pulled = "down" if rest else "up"
        text = f"the chip pulls pin {pin} {pulled} at reset, which switches {use.purpose} on"
        yield use.path, text


def _check_registers(document: Any, bits: list[Use]) -> Iterator[Problem]:
    """Levels at rest first, then directions: each port with relays, on each expander."""
    ports: dict[tuple[int, int], list[Use]] = defaultdict(list)
    for use in bits:
        if use.drives:
            ports[use.place, use.number // 8].append(use)
    for (place, port), relays in sorted(ports.items()):
        chip = document["expanders"][place]
        mask = sum({1 << use.number % 8 for use in relays})
        rest = sum({(use.rest or 0) << use.number % 8 for use in relays})
        if not _makes_safe(document["safe"], chip, port, mask, rest):
            entries = " and then ".join(
                f'{{"i2c": {chip["i2c"]}, "address": {chip["address"]}, '
                f'"register": {register + port}, "value": {value}}}'
                for register, value in ((_OLAT, rest), (_IODIR, mask ^ 0xFF))
            )
            which = f"its relays on port {'AB'[port]}"
            yield ("expanders", place), f"{which} are not made safe at boot: `safe` needs {entries}"


def _makes_safe(safe: list[Any], chip: Any, port: int, mask: int, rest: int) -> bool:
    """Whether the relays are outputs at rest in the end, and at rest whenever they are outputs."""
    latch: int | None = None
    directions = 0xFF
    for item in safe:
        if "register" not in item or (item["i2c"], item["address"]) != (
            chip["i2c"],
            chip["address"],
        ):
            continue
        if item["register"] == _OLAT + port:
            latch = item["value"]
        elif item["register"] == _IODIR + port:
            directions = item["value"]
        else:
            continue
        at_rest = latch is not None and latch & mask == rest
        if directions & mask != mask and not at_rest:
            return False
    return directions & mask == 0
