"""`lockerctl board`: run a virtual board in one terminal, play with it from another."""

from __future__ import annotations

import base64
import signal
import threading
from pathlib import Path
from typing import Any

import click

from .board import BOARD_HEAP_BYTES, VirtualBoard
from .control import ControlServer, ask

_CONTROL = Path("build/board.sock")

_control_option = click.option(
    "--control",
    type=click.Path(path_type=Path),
    default=_CONTROL,
    show_default=True,
    help="The socket at which a running board is controlled.",
)


@click.group()
def board() -> None:
    """A board made of software: run it, press its keys, open its doors, cut its power."""


@board.command()
@click.argument("flash", type=click.Path(path_type=Path))
@click.option(
    "--profile",
    type=click.Path(path_type=Path),
    required=True,
    help="What is wired to the board: firmware/boards/….json.",
)
@click.option(
    "--heap",
    type=int,
    default=BOARD_HEAP_BYTES // 1024,
    show_default=True,
    help="Heap of the board's program in KiB.",
)
@click.option(
    "--host",
    multiple=True,
    metavar="NAME=ADDRESS[:PORT]",
    help="What a name or an address means to the board; may be repeated.",
)
@_control_option
def run(flash: Path, profile: Path, heap: int, host: tuple[str, ...], control: Path) -> None:
    """Run the flash image FLASH, changing it in place, until Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with (
        VirtualBoard(flash, profile=profile, heap_bytes=heap * 1024, on_line=click.echo) as running,
        ControlServer(running, control),
    ):
        for entry in host:
            name, _, address = entry.partition("=")
            running.link.hosts[name] = address
        running.power_on()
        stop.wait()


@board.command()
@click.argument("key", type=int)
@click.option("--seconds", type=float, default=0.2, show_default=True, help="How long.")
@_control_option
def press(key: int, seconds: float, control: Path) -> None:
    """Press key number KEY."""
    ask(control, {"do": "press", "key": key, "seconds": seconds})


@board.command("open")
@click.argument("door", type=int)
@click.option("--force", is_flag=True, help="Break it open.")
@_control_option
def open_door(door: int, force: bool, control: Path) -> None:
    """Pull door number DOOR open; it must be unlatched."""
    ask(control, {"do": "open", "door": door, "force": force})


@board.command("close")
@click.argument("door", type=int)
@_control_option
def close_door(door: int, control: Path) -> None:
    """Push door number DOOR shut."""
    ask(control, {"do": "close", "door": door})


@board.command()
@click.argument("door", type=int)
@click.option("--off", is_flag=True, help="It moves again.")
@_control_option
def jam(door: int, off: bool, control: Path) -> None:
    """Jam the latch of door number DOOR."""
    ask(control, {"do": "jam", "door": door, "jammed": not off})


@board.command()
@click.argument("switch", type=click.Choice(["on", "off"]))
@_control_option
def power(switch: str, control: Path) -> None:
    """Switch the board on, or pull its plug."""
    ask(control, {"do": "power", "on": switch == "on"})


@board.command()
@_control_option
def reset(control: Path) -> None:
    """Press the reset button."""
    ask(control, {"do": "reset"})


@board.command()
@click.argument("switch", type=click.Choice(["on", "off"]))
@_control_option
def wifi(switch: str, control: Path) -> None:
    """Let the WiFi go away, or come back."""
    ask(control, {"do": "wifi", "on": switch == "on"})


@board.command("cut-link")
@click.argument("after", type=int, default=0)
@_control_option
def cut_link(after: int, control: Path) -> None:
    """Cut the board's connections when it has got AFTER more bytes."""
    ask(control, {"do": "cut_link", "payload_bytes": after})


@board.command()
@click.argument("pin", type=int)
@click.argument("level", type=click.Choice(["0", "1", "free"]))
@_control_option
def stick(pin: int, level: str, control: Path) -> None:
    """Make a pin read LEVEL whatever drives it; `free` repairs it."""
    ask(control, {"do": "stick", "pin": pin, "level": None if level == "free" else int(level)})


@board.command()
@_control_option
def status(control: Path) -> None:
    """What the board is doing."""
    found = ask(control, {"do": "status"})
    click.echo(f"{found['state']}, {found['running'] or 'nothing booted yet'}")
    click.echo(f"boots {found['boots']}, WiFi {_on_off(found['wifi'])}")
    for number, door in enumerate(found["doors"], 1):
        latch = "latched" if door["latched"] else "unlatched"
        click.echo(f"door {number} {'open' if door['open'] else 'closed'}, {latch}")


@board.command()
@_control_option
def pins(control: Path) -> None:
    """Levels of relays, sensors and of every pin that has ever moved."""
    found = ask(control, {"do": "pins"})
    for number, door in enumerate(found["doors"], 1):
        click.echo(f"door {number}: relay {door['relay']}, sensor {door['sensor']}")
    for pin in sorted(found["pins"], key=int):
        click.echo(f"pin {pin}: {found['pins'][pin]}")


@board.command()
@click.option("--png", type=click.Path(path_type=Path), help="Save a picture instead.")
@_control_option
def screen(png: Path | None, control: Path) -> None:
    """Show the display as text, or save it as a picture."""
    found: dict[str, Any] = ask(control, {"do": "screen", "png": png is not None})
    if png is None:
        click.echo(found["text"])
    else:
        png.write_bytes(base64.b64decode(found["png"]))


@board.command()
@_control_option
def console(control: Path) -> None:
    """All that the board has printed."""
    for line in ask(control, {"do": "console"})["lines"]:
        click.echo(line)


def _on_off(value: bool) -> str:
    return "on" if value else "off"
