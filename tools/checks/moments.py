"""The bytecode of the board's code: package by package, and what is in RAM at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.budget import Budget
from checks.modules import Module, loaded
from lockerctl.errors import UserError

_KIB = 1024

# What a package may grow to before somebody must think about it.
PACKAGES = {
    "ddi": 5 * _KIB,
    "drivers": 6 * _KIB,
    "locker": 29 * _KIB,
    "net": 7 * _KIB,
    "ota": 28 * _KIB,
    "store": 2 * _KIB,
    "tuf": 19 * _KIB,
}

# DESIGN.md 4: all code that is loaded at the same time, boot.py and main.py included: 33 KB, and 3
# more in 6 KB of the 28 that are meant for buffers: the spool takes that much less. 1 more is TLS's
# own: on the emulated chip 21 KB of heap stay free while blocks come over TLS, and 20 must.
TOGETHER = 37 * _KIB

# The same while no TLS connection holds 31 KB, in which this much bytecode has room: a module that
# is loaded takes 1.9 times its size at most.
WITHOUT_TLS = TOGETHER + 16 * _KIB

# What main.py imports, and what a cabinet with expanders and a display keeps from then on.
_ROOTS = (
    *("ota.agent", "locker.cabinet", "locker.doors", "locker.screen"),
    *("drivers.bus", "drivers.expanders", "drivers.keypad", "drivers.sh1106"),
)

# While a screen changes, and for some seconds after.
_DRAWING = ("locker.drawing", "locker.font")

# While somebody is there; the agent gives up the connection then, and the modules of its job.
_VISIT = (*_DRAWING, "locker.visit", "locker.door", "drivers.buzzer", "drivers.expander_relay")

# While there is a connection.
_TALKING = ("net.http", "net.tls", "ddi.client")
_INSTALLING = (*_TALKING, "ota.job", "ota.gate")


@dataclass(frozen=True)
class Moment:
    """`all_of` these modules are loaded then beside what is always there, and `one_of` these."""

    all_of: tuple[str, ...]
    one_of: tuple[str, ...]
    limit: int = TOGETHER


MOMENTS = {
    "starting": Moment(
        ("locker.start", "locker.wiring", "drivers.expander_setup"),
        ("drivers.relay", "drivers.ssd1306", "locker.keeper", "locker.interned"),
        WITHOUT_TLS,
    ),
    "session": Moment(
        _VISIT,
        ("locker.storing", "locker.handing", "locker.service", "drivers.relay"),
        WITHOUT_TLS,
    ),
    "service": Moment(
        (*_VISIT, "locker.service"),
        ("locker.wifi", "locker.selftest", "ota.people"),
        WITHOUT_TLS,
    ),
    # The update agent does what service has asked for: the session has made room.
    "errand": Moment(
        (*_DRAWING, *_TALKING, "locker.errand", "ota.people"),
        ("ddi.deployment", "ota.report", "ota.cancel"),
    ),
    "idle": Moment(
        (*_DRAWING, *_TALKING),
        ("ota.report", "ota.outcome", "ota.cancel", "locker.mail", "locker.noting"),
    ),
    "trusting": Moment(
        ("ota.job", "ota.trust", "ota.proof", "tuf.search"),
        ("tuf.rsa", "tuf.ed25519", "tuf.sha512", "tuf.succinct"),
        WITHOUT_TLS,
    ),
    "planning": Moment(
        (*_TALKING, "ota.job", "ota.offer"),
        ("ddi.deployment", "ota.outcome", "ota.cancel", "ota.precheck"),
        WITHOUT_TLS,
    ),
    "fetching": Moment(
        (*_INSTALLING, "ota.fetch"),
        ("ota.plan", "ota.header", "ota.report", "ota.outcome", "ota.cancel", "ddi.deployment"),
    ),
    "switching": Moment(
        (*_INSTALLING, *_DRAWING, "ota.release", "ota.switch"),
        ("ota.report", "ota.outcome", "ota.cancel", "ddi.deployment"),
    ),
    # The local checks come before the server is looked for.
    "checking": Moment((*_DRAWING, "ota.trial"), ("locker.selftest",), WITHOUT_TLS),
    "trial": Moment((*_DRAWING, *_TALKING, "ota.trial"), ("ota.begin",)),
    "returned": Moment((*_DRAWING, *_TALKING, "ota.begin"), ("ota.returned",)),
}


def package_budgets(sizes: Mapping[str, int]) -> Iterator[Budget]:
    """Bytecode of each package; `sizes`: bytes by module. Raises UserError."""
    totals: Counter[str] = Counter()
    for name, size in sizes.items():
        totals[name.partition(".")[0]] += size
    for package, used in sorted(totals.items()):
        if package not in PACKAGES:
            raise UserError(f"lib/{package} has no budget yet: see PACKAGES in checks/moments.py")
        yield Budget(f"bytecode of {package}", used, PACKAGES[package], "checks/moments.py")


def moment_budgets(
    modules: Mapping[str, Module], sizes: Mapping[str, int], start_bytes: int
) -> Iterator[Budget]:
    """Bytecode loaded together at each moment; `start_bytes`: boot.py and main.py of it.

    Raises UserError when MOMENTS and lib/ do not fit together.
    """
    _check_names(modules)
    for name, moment in MOMENTS.items():
        cases = [loaded(modules, (*_ROOTS, *moment.all_of, one)) for one in moment.one_of]
        used = start_bytes + max(sum(sizes[module] for module in case) for case in cases)
        yield Budget(f"loaded together: {name}", used, moment.limit, "DESIGN.md 4")


def _check_names(modules: Mapping[str, Module]) -> None:
    """Every module that may ever be loaded belongs to a moment, and those of a moment exist."""
    named = {one for moment in MOMENTS.values() for one in (*moment.all_of, *moment.one_of)}
    for name in sorted(named - modules.keys()):
        raise UserError(f"lib has no {name}: see MOMENTS in checks/moments.py")
    ever = loaded(modules, _ROOTS, ever=True)
    for name in sorted(ever - loaded(modules, (*_ROOTS, *named))):
        raise UserError(f"{name} is loaded at no moment that MOMENTS in checks/moments.py knows")
