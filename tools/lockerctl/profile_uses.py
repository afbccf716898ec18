"""Who uses which pin of the chip, and which bit of an expander, by a board profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lockerctl.json_lines import Path


@dataclass(frozen=True)
class Use:
    """A pin, or a bit of expander number `place` (0 is the first), and what it is for.

    `rest` is the level at which an output does nothing, None where that is of no concern.
    """

    number: int
    purpose: str
    drives: bool
    path: Path
    place: int = -1
    rest: int | None = None
    is_reset: bool = False


def pin_uses(document: Any) -> Iterator[Use]:
    """Every use of a pin."""
    yield from (use for use in _door_uses(document) if use.place < 0)
    for index, key in enumerate(document.get("keys", ())):
        yield Use(key["pin"], f"key {index + 1}", False, ("keys", index, "pin"))
    for lines in ("rows", "columns") if "keypad" in document else ():
        for index, pin in enumerate(document["keypad"][lines]):
            purpose = f"{lines[:-1]} {index + 1} of the keypad"
            yield Use(pin, purpose, lines == "rows", ("keypad", lines, index))
    if "buzzer" in document:
        buzzer = document["buzzer"]
        path: Path = ("buzzer", "pin")
        yield Use(buzzer["pin"], "the buzzer", True, path, rest=1 - buzzer["on"])
    for index, bus in enumerate(document.get("i2c", ())):
        for line in ("scl", "sda"):
            yield Use(bus[line], f"i2c {bus['id']} {line}", True, ("i2c", index, line))
    for index, chip in enumerate(document.get("expanders", ())):
        if "reset" in chip:
            path = ("expanders", index, "reset")
            purpose = f"the reset line of expander {index}"
            yield Use(chip["reset"], purpose, True, path, rest=1, is_reset=True)


def bit_uses(document: Any) -> Iterator[Use]:
    """Every use of a bit of an expander."""
    return (use for use in _door_uses(document) if use.place >= 0)


def all_doors(document: Any) -> Iterator[tuple[int, Any]]:
    """Each door as if it had an entry of its own, and the index of the entry that has it."""
    for index, entry in enumerate(document["doors"]):
        for step in range(entry.get("count", 1)):
            door = {name: value for name, value in entry.items() if name != "count"}
            for part in door.keys() & {"relay", "sensor"}:
                if "bit" in door[part]:
                    door[part] = {**door[part], "bit": door[part]["bit"] + step}
            yield index, door


def _door_uses(document: Any) -> Iterator[Use]:
    for number, (index, door) in enumerate(all_doors(document), 1):
        for part in ("relay", "sensor"):
            if part not in door:
                continue
            entry = door[part]
            name = "bit" if "bit" in entry else "pin"
            yield Use(
                entry[name],
                f"{part} {number}",
                part == "relay",
                ("doors", index, part, name),
                entry.get("expander", -1),
                1 - entry["on"] if part == "relay" else None,
            )
