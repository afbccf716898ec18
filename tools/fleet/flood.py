"""How many requests an address may make in a second, as in hawkBit (facts: ddi.md 2). No I/O."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

READS = 200
WRITES = 50
# Addresses that are kept count of; the one that was heard of longest ago is forgotten.
_KEPT = 10_000


class Flood:
    """Counts by address and second. Private addresses are let through: gateways, test benches."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, list[int] | None] = OrderedDict()

    def is_too_much(self, address: str, *, reads: bool, now_s: int) -> bool:
        """Count one request; whether it is one too many."""
        counts = self._counts.get(address)
        if counts is None:
            if address in self._counts:
                return False
            counts = self._add(address, now_s)
            if counts is None:
                return False
        if counts[0] != now_s:
            counts[:] = [now_s, 0, 0]
        counts[1 if reads else 2] += 1
        return counts[1] > READS or counts[2] > WRITES

    def _add(self, address: str, now_s: int) -> list[int] | None:
        if len(self._counts) >= _KEPT:
            self._counts.popitem(last=False)
        counts = None if _is_private(address) else [now_s, 0, 0]
        self._counts[address] = counts
        return counts


def _is_private(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return True
    # An IPv4 client of a socket that takes both.
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return (mapped or parsed).is_private
