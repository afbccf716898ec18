"""Where our own API begins."""

from __future__ import annotations

BASE = "/fleet/v1"
# What GET of that says: a hawkBit has nothing there.
SERVER = {"server": "locker fleet", "version": 1}
