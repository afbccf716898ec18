"""Who may import what (DESIGN.md 3): rules only. Each problem is a line number and a text."""

from __future__ import annotations

from collections.abc import Container, Iterator

from checks.modules import COMPUTED, Module, targets

Problem = tuple[int, str]

# Each package of lib/ with those that it may import.
MAY = {
    "locker": ("drivers", "store"),
    "ota": ("ddi", "net", "store", "tuf"),
    "tuf": ("net", "store"),
    "ddi": ("net", "store"),
    "net": (),
    "store": (),
    "drivers": (),
}

# Modules without I/O: bytes and values in, values out, or an error. They import nothing but one
# another and PURE.
RULES = {
    *("ddi.deployment", "ddi.errors", "ddi.messages"),
    *("net.errors", "net.url"),
    *("ota.errors", "ota.header", "ota.layout", "ota.manifest", "ota.release", "ota.settings"),
    *("tuf.canonical", "tuf.delegations", "tuf.der", "tuf.ed25519", "tuf.errors", "tuf.hashes"),
    *("tuf.keys", "tuf.metadata", "tuf.names", "tuf.p256", "tuf.rsa", "tuf.rules", "tuf.sha512"),
    *("tuf.strictjson", "tuf.succinct"),
}
PURE = {"binascii", "hashlib", "json", "micropython", "struct"}

_HARDWARE = {"esp32", "machine", "network"}
_ON_HARDWARE = {"drivers", "net", "ota.slots", "boot", "main"}
# The one module that imports what it is told to.
_LOADER = "store.modules"
_HOST = {"bench", "checks", "demo", "fleet", "lockerctl", "tests", "virtualboard"}

# help("modules") of ESP32_GENERIC v1.26.1, less the port's own (_boot, flashbdev, inisetup, upysh,
# webrepl_setup) and the old names (uasyncio, urequests).
_PORT = {
    *("_thread", "aioespnow", "apa106", "array", "asyncio", "binascii", "bluetooth", "btree"),
    *("builtins", "cmath", "collections", "cryptolib", "deflate", "dht", "ds18x20", "errno", "esp"),
    *("esp32", "espnow", "framebuf", "gc", "hashlib", "heapq", "io", "json", "machine", "math"),
    *("micropython", "mip", "neopixel", "network", "ntptime", "onewire", "os", "platform"),
    *("random", "re", "requests", "select", "socket", "ssl", "struct", "sys", "time", "tls"),
    *("uctypes", "umqtt", "vfs", "webrepl", "websocket"),
}


def problems(module: Module, known: Container[str]) -> Iterator[Problem]:
    """Every rule that a module of the board breaks; `known`: the names of all modules of lib/."""
    if module.package not in (*MAY, "boot", "main"):
        yield 1, f"package {module.package} has no rule yet: see MAY in checks/import_rules.py"
        return
    for entry in module.imports:
        for name in targets(entry, known):
            ours = name.partition(".")[0] in MAY
            for text in _about_ours(module, name, known) if ours else _about_others(module, name):
                yield entry.line, f"imports {name}: {text}"


def _about_ours(module: Module, name: str, known: Container[str]) -> Iterator[str]:
    package = name.partition(".")[0]
    if name not in known and name != package:
        yield "there is no such module in lib/"
    if module.name == "boot":
        yield "boot.py imports nothing that an update can change"
    elif module.name != "main":
        may = MAY[module.package]
        if package not in (module.package, *may):
            yield f"{module.package} may import {', '.join(may) or 'nothing of ours'}"
        if module.name in RULES and name not in RULES:
            yield "a module of rules imports only other rules"


def _about_others(module: Module, name: str) -> Iterator[str]:
    package = name.partition(".")[0]
    if name == COMPUTED:
        if module.name != _LOADER:
            yield "spell it out"
    elif package in _HOST:
        yield "the board's code knows nothing of the host's"
    elif package not in _PORT:
        yield "the ESP32 port of MicroPython has no such module"
    elif package in _HARDWARE and not {module.name, module.package} & _ON_HARDWARE:
        yield f"only {', '.join(sorted(_ON_HARDWARE))} touch the hardware"
    elif module.name in RULES and package not in PURE:
        yield "a module of rules does no I/O"
