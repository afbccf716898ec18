"""Files and folders that a user named."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockerctl.errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A place to write a file or a folder at; it gets its name `path` when all went well.

    Makes the folders above. Raises UserError when the disk does not let it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as directory:
            made = Path(directory) / path.name
            yield made
            made.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot write it: {error.strerror}") from error


def sync_folder(path: Path) -> None:
    """From now on a power cut leaves what was put there, under its name."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have a folder alone among those who ask in this way. BlockingIOError: somebody has it."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
