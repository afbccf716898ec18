"""A board with the real boot.py and layers, whose main.py is a test's own: for its hardware."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cabinet import HEAP_BYTES, Fleet, factory_flash

from virtualboard.board import VirtualBoard

# Doors and turns, and the loop of a cabinet that serves them; `main` is the test's.
SERVE = """
import asyncio, time
from locker.doors import Doors
from locker.turns import Turns

doors = Doors(boot.profile, lambda door, kind: print("door", door.number, kind), time.ticks_ms())
turns = Turns(doors, open_ms=300)

async def serve():
    while True:
        boot.wdt.feed()
        doors.poll(time.ticks_ms())
        turns.poll(time.ticks_ms())
        await asyncio.sleep_ms(20)

async def all_of_it():
    task = asyncio.create_task(serve())
    await main()
    print("the end")
    await task

"""
RUN = "\nasyncio.run(all_of_it())\n"


@contextmanager
def running(
    fleet: Fleet, path: Path, profile: dict[str, Any], main: str, **options: Any
) -> Iterator[VirtualBoard]:
    """A board that has been switched on; `path` is where its flash will be."""
    files = {"/main.py": main.encode(), "/profile.json": json.dumps(profile).encode()}
    release = fleet.workshop.base
    model = profile["model"]
    path.write_bytes(factory_flash(fleet, fleet.new_board(), release, model=model, files=files))
    with VirtualBoard(path, profile=profile, heap_bytes=HEAP_BYTES, **options) as board:
        board.power_on()
        yield board
