"""`lockerctl board press, open, power, …`: what people do to a cabinet."""

from __future__ import annotations

from pathlib import Path

import click

from .control import ask
from .options import control_option


@click.command()
@click.argument("key", nargs=-1, required=True)
@click.option("--seconds", type=float, default=0.2, show_default=True, help="How long.")
@click.option("--single", is_flag=True, help="KEY is the number of a key that is not of a keypad.")
@control_option
def press(key: tuple[str, ...], seconds: float, single: bool, control: Path) -> None:
    """Press KEY of the keypad, or several at once. Without a keypad: single key number KEY."""
    has_keypad = ask(control, {"do": "show"})["keypad"] is not None
    keys: int | list[str] = list(key) if has_keypad and not single else _number(key)
    ask(control, {"do": "press", "key": keys, "seconds": seconds})


@click.command("type")
@click.argument("keys")
@control_option
def type_keys(keys: str, control: Path) -> None:
    """Press one key of the keypad after the other: `type 1234#`."""
    ask(control, {"do": "type", "keys": keys})


@click.command("open")
@click.argument("door", type=int)
@click.option("--force", is_flag=True, help="Break it open.")
@control_option
def open_door(door: int, force: bool, control: Path) -> None:
    """Pull door number DOOR open; it must be unlatched."""
    ask(control, {"do": "open", "door": door, "force": force})


@click.command("close")
@click.argument("door", type=int)
@control_option
def close_door(door: int, control: Path) -> None:
    """Push door number DOOR shut."""
    ask(control, {"do": "close", "door": door})


@click.command()
@click.argument("switch", type=click.Choice(["on", "off"]))
@control_option
def power(switch: str, control: Path) -> None:
    """Switch the board on, or pull its plug."""
    ask(control, {"do": "power", "on": switch == "on"})


@click.command()
@control_option
def reset(control: Path) -> None:
    """Press the reset button."""
    ask(control, {"do": "reset"})


PEOPLE = (press, type_keys, open_door, close_door, power, reset)


def _number(key: tuple[str, ...]) -> int:
    if len(key) != 1 or not key[0].isdecimal():
        raise click.BadParameter("a single key is a number; this board has no keypad to type at")
    return int(key[0])
