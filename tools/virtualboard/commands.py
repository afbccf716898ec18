"""`lockerctl board`: run a virtual board in one terminal, play with it from another."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from .board import BOARD_HEAP_BYTES, VirtualBoard
from .control import ControlServer
from .fault_commands import FAULTS
from .look_commands import LOOKS
from .options import control_option
from .people_commands import PEOPLE


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
@control_option
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


for command in (*PEOPLE, *LOOKS, *FAULTS):
    board.add_command(command)
