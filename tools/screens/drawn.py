"""Screens as the board's own code draws them, under MicroPython's unix port."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lockerctl.errors import UserError
from lockerctl.paths import LIB

WIDTH = 128
HEIGHT = 64
_BYTES = WIDTH * HEIGHT // 8
_MICROPYTHON = Path(sys.executable).with_name("micropython")
_TIMEOUT_S = 60

_PROGRAM = """
import framebuf, json, os, sys
from locker.drawing import Drawing

class Display:
    width, height = 128, 64

    def __init__(self):
        self.dots = bytearray(1024)
        self.frame = framebuf.FrameBuffer(self.dots, 128, 64, framebuf.MONO_VLSB)

folder = sys.argv[1]
with open(folder + "screens.json") as file:
    screens = json.load(file)
with open(folder + "frames", "wb") as out:
    for language, name, values, percent in screens:
        display = Display()
        drawing = Drawing(display, language, folder)
        drawing.begin(name, tuple(values), percent, False)
        while drawing.draw_row():
            pass
        out.write(display.dots)
"""


@dataclass(frozen=True)
class Shown:
    """A screen: the text's name, what fills it, and the bar's percentage."""

    language: str
    name: str
    values: tuple[str, ...] = ()
    percent: int | None = None


@dataclass(frozen=True)
class Frame:
    """The dots of a display, in the order of framebuf's MONO_VLSB."""

    data: bytes

    def dot(self, x: int, y: int) -> int:
        """1 if it is lit."""
        return self.data[y // 8 * WIDTH + x] >> y % 8 & 1


def draw(screens: Iterable[Shown], assets: Mapping[str, bytes], lib: Path = LIB) -> list[Frame]:
    """What a display shows of each screen, with the files of an assets layer. Raises UserError."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in assets.items():
            target = folder / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        wanted = [(each.language, each.name, each.values, each.percent) for each in screens]
        (folder / "screens.json").write_text(json.dumps(wanted))
        result = subprocess.run(  # noqa: S603 - our own tools
            [_MICROPYTHON, "-c", _PROGRAM, f"{folder}/"],
            env={"MICROPYPATH": f"{lib}:.frozen"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if result.returncode != 0:
            raise UserError(f"{lib}: the board's code does not draw:\n{result.stdout}")
        data = (folder / "frames").read_bytes()
    return [Frame(data[at : at + _BYTES]) for at in range(0, len(data), _BYTES)]
