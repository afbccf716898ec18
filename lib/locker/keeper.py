"""Keeps the ledger and the wrong tries on `data`, over resets and power cuts."""

import os
import time

from micropython import const

from locker import ledger
from store import files

_LEDGER = "/data/locker.bin"
_NEW = "/data/new"  # from production, until there is a ledger
_TRIES = "/data/tries.json"
_LIMIT = const(64)
_1970_TO_2000_S = const(946_684_800)
_2025_S = const(788_918_400)  # since 2000


def ledger_of(cabinet):
    """The Ledger: that of the session, or the one on flash; a new one if there is none to use.

    Unless the cabinet is new, nobody knows then what its doors hold: they are LOST. OSError;
    ValueError when there is one that this software can't read: it stays as it is.
    """
    if cabinet.ledger:
        return cabinet.ledger
    raw, doors = _read(), len(cabinet.doors)
    if raw is not None and not ledger.damaged(raw):
        return ledger.Ledger(raw, doors)
    is_new = raw is None and files.read(_NEW, 0) is not None
    raw = ledger.blank(doors, os.urandom(16), ledger.FREE if is_new else ledger.LOST)
    made = ledger.Ledger(raw, doors)
    if not is_new:
        made.note("data_lost", 0, now())
    save(made)
    if is_new:
        os.remove(_NEW)
    return made


def _read():
    try:
        raw = bytearray(os.stat(_LEDGER)[6])
    except OSError as error:
        if error.errno == 2:  # ENOENT
            return None
        raise
    with open(_LEDGER, "rb") as file:
        file.readinto(raw)
    return raw


def save(changed):
    """Have a Ledger on flash when this returns. OSError: it is there as it was before."""
    files.replace(_LEDGER, changed.raw)


def tries():
    """How many wrong tries there were, as far as no right one has made up for them."""
    return (files.read_json(_TRIES, _LIMIT) or {}).get("wrong", 0)


def set_tries(wrong):
    """Change that number. OSError."""
    files.replace_json(_TRIES, {"wrong": wrong})


def now():
    """Seconds since 2000-01-01, or 0 when the clock is not set."""
    seconds = int(time.time())
    if time.gmtime(0)[0] == 1970:
        seconds -= _1970_TO_2000_S
    return seconds if seconds > _2025_S else 0
