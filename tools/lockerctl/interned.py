"""The names that a board takes at once: what `interned` of a package in `lib/` is filled with."""

from __future__ import annotations

import string
from collections.abc import Mapping

from lockerctl.mpy import Names

# `interned` of a package, with the packages whose names it holds: those that it loads code of.
_PACKAGES = {
    "ota": ("ota", "tuf", "ddi", "net", "store"),
    "locker": ("locker", "drivers"),
}
# Few boards ever load these.
_SELDOM = {f"/tuf/{name}.mpy" for name in ("delegations", "ed25519", "rsa", "sha512", "succinct")}
# Each character of a text that is looked at by itself is a name.
_CHARACTERS = {character.encode() for character in string.ascii_letters + string.digits}


def with_names(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of the app layer, by path, with `interned` filled where there is one."""
    filled = dict(files)
    taken: set[bytes] = set()
    for package, covered in _PACKAGES.items():
        path = f"/{package}/interned.mpy"
        if path in files:
            names = _CHARACTERS.union(*(_of(each, data, covered) for each, data in files.items()))
            filled[path] = Names.read(files[path]).with_texts(sorted(names - taken))
            taken |= names
    return filled


def _of(path: str, data: bytes, covered: tuple[str, ...]) -> set[bytes]:
    """What MicroPython keeps of a module for ever, if it is one of these packages."""
    name = module_name(path)
    if not path.endswith(".mpy") or path in _SELDOM or name.partition(".")[0] not in covered:
        return set()
    found = (name, name.rpartition(".")[2], f"/app{path}")
    return Names.read(data).texts() | {each.encode() for each in found}


def module_name(path: str) -> str:
    """`ota.agent` of `/ota/agent.py` or `/ota/agent.mpy`, `tuf` of `/tuf/__init__.py`."""
    return path.rpartition(".")[0].removesuffix("/__init__").strip("/").replace("/", ".")
