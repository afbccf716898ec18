"""`lockerctl board show, status, screen, …`: what there is to see."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from .control import ask
from .options import control_option

_PER_LINE = 8


@click.command()
@click.option("--png", type=click.Path(path_type=Path), help="Save the display's picture too.")
@control_option
def show(png: Path | None, control: Path) -> None:
    """The whole cabinet: doors, relays, keypad, display."""
    found = ask(control, {"do": "show"})
    click.echo(f"{_state(found)}, WiFi {_on_off(found['wifi'])}")
    for line in _doors(found["doors"]):
        click.echo(line)
    if found["keypad"]:
        down = " ".join(found["keypad"]["down"]) or "none"
        click.echo(f"keypad {' '.join(found['keypad']['rows'])}, pressed: {down}")
    click.echo(f"buzzer {_on_off(found['buzzer'])}")
    if found["screen"] is not None:
        click.echo(found["screen"])
    if png is not None:
        _save_picture(png, control)


@click.command()
@control_option
def status(control: Path) -> None:
    """What the board is doing."""
    found = ask(control, {"do": "status"})
    click.echo(_state(found))
    click.echo(f"boots {found['boots']}, WiFi {_on_off(found['wifi'])}")
    for number, door in enumerate(found["doors"], 1):
        latch = "latched" if door["latched"] else "unlatched"
        click.echo(f"door {number} {'open' if door['open'] else 'closed'}, {latch}")


@click.command()
@control_option
def pins(control: Path) -> None:
    """Levels of relays, sensors and of every pin that has ever moved."""
    found = ask(control, {"do": "pins"})
    for number, door in enumerate(found["doors"], 1):
        sensor = "none" if door["sensor"] is None else door["sensor"]
        click.echo(f"door {number}: relay {door['relay']}, sensor {sensor}")
    for pin in sorted(found["pins"], key=int):
        click.echo(f"pin {pin}: {found['pins'][pin]}")


@click.command()
@click.option("--png", type=click.Path(path_type=Path), help="Save a picture instead.")
@control_option
def screen(png: Path | None, control: Path) -> None:
    """Show the display as text, or save it as a picture."""
    if png is None:
        click.echo(ask(control, {"do": "screen"})["text"])
    else:
        _save_picture(png, control)


@click.command()
@control_option
def console(control: Path) -> None:
    """All that the board has printed."""
    for line in ask(control, {"do": "console"})["lines"]:
        click.echo(line)


LOOKS = (show, status, pins, screen, console)


def _state(found: dict[str, Any]) -> str:
    return f"{found['state']}, {found['running'] or 'nothing booted yet'}"


def _doors(doors: list[dict[str, bool]]) -> Iterator[str]:
    """So many doors a line: their numbers, and what is unusual about them."""
    told = [f"{number:3} {_door(door)}" for number, door in enumerate(doors, 1)]
    for at in range(0, len(told), _PER_LINE):
        yield " ".join(f"{text:12}" for text in told[at : at + _PER_LINE]).rstrip()


def _door(door: dict[str, bool]) -> str:
    text = "open" if door["open"] else "shut" if door["latched"] else "unlatched"
    return text + "*" * door["coil"] + "!" * door["jammed"]


def _save_picture(path: Path, control: Path) -> None:
    found = ask(control, {"do": "screen", "png": True})
    try:
        path.write_bytes(base64.b64decode(found["png"]))
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from None


def _on_off(value: bool) -> str:
    return "on" if value else "off"
