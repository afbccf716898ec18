"""`lockerctl board jam, chip, wifi, …`: what breaks, and comes back."""

from __future__ import annotations

from pathlib import Path

import click

from .control import ask
from .options import control_option

_LEVEL = click.Choice(["0", "1", "free"])


class _Address(click.ParamType[int]):
    """An I2C address, as people write it: 0x20, 32."""

    name = "address"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        try:
            return int(str(value), 0)
        except ValueError:
            self.fail(f"{value!r} is no address like 0x20", param, ctx)


@click.command()
@click.argument("door", type=int)
@click.option("--off", is_flag=True, help="It moves again.")
@control_option
def jam(door: int, off: bool, control: Path) -> None:
    """Jam the latch of door number DOOR."""
    ask(control, {"do": "jam", "door": door, "jammed": not off})


@click.command()
@click.argument("pin", type=int)
@click.argument("level", type=_LEVEL)
@control_option
def stick(pin: int, level: str, control: Path) -> None:
    """Make a pin read LEVEL whatever drives it; `free` repairs it."""
    ask(control, {"do": "stick", "pin": pin, "level": _level(level)})


@click.command("stick-bit")
@click.argument("expander", type=int)
@click.argument("bit", type=click.IntRange(0, 15))
@click.argument("level", type=_LEVEL)
@control_option
def stick_bit(expander: int, bit: int, level: str, control: Path) -> None:
    """The same for a BIT of expander number EXPANDER."""
    request = {"do": "stick_bit", "expander": expander, "bit": bit, "level": _level(level)}
    ask(control, request)


@click.command()
@click.argument("address", type=_Address())
@click.argument("fault", type=click.Choice(["dead", "foreign", "sound"]))
@control_option
def chip(address: int, fault: str, control: Path) -> None:
    """Let the I2C chip at ADDRESS answer no more, be another chip, or be sound again."""
    ask(control, {"do": "chip", "address": address, "fault": fault})


@click.command()
@click.argument("bus", type=int)
@click.argument("state", type=click.Choice(["held", "free"]))
@control_option
def bus(bus: int, state: str, control: Path) -> None:
    """Hold an I2C bus down, as by a short circuit, or let it go."""
    ask(control, {"do": "bus", "bus": bus, "held": state == "held"})


@click.command()
@click.argument("switch", type=click.Choice(["on", "off"]))
@control_option
def wifi(switch: str, control: Path) -> None:
    """Let the WiFi go away, or come back."""
    ask(control, {"do": "wifi", "on": switch == "on"})


@click.command("cut-link")
@click.argument("after", type=int, default=0)
@control_option
def cut_link(after: int, control: Path) -> None:
    """Cut the board's connections when it has got AFTER more bytes."""
    ask(control, {"do": "cut_link", "payload_bytes": after})


FAULTS = (jam, stick, stick_bit, chip, bus, wifi, cut_link)


def _level(text: str) -> int | None:
    return None if text == "free" else int(text)
