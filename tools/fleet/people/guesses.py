"""How often somebody may be wrong about a password. In memory, bounded. No I/O.

Each key (an address, a name) has a few wrong guesses in hand, and gets one more every while:
who mistypes goes on, who guesses gets nowhere.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """`burst` wrong guesses at once, and one more every `refill_ms`."""

    burst: int
    refill_ms: int


@dataclass
class _Key:
    spent: float
    at_ms: int


class Guesses:
    """Wrong guesses by key. The keys that were wrong longest ago are forgotten first."""

    def __init__(self, allowance: Allowance, most_keys: int = 10_000) -> None:
        self._allowance = allowance
        self._most_keys = most_keys
        self._keys: OrderedDict[str, _Key] = OrderedDict()

    def wait_ms(self, key: str, now_ms: int) -> int:
        """How long the key has to wait for its next guess, 0 if it need not."""
        over = self._spent(key, now_ms) - (self._allowance.burst - 1)
        return max(0, round(over * self._allowance.refill_ms))

    def count(self, key: str, now_ms: int) -> None:
        """Count a guess, before it is known whether it is right: many may come at once."""
        self._keys[key] = _Key(self._spent(key, now_ms) + 1, now_ms)
        self._keys.move_to_end(key)
        if len(self._keys) > self._most_keys:
            self._keys.popitem(last=False)

    def refund(self, key: str) -> None:
        """It was right after all."""
        if known := self._keys.get(key):
            known.spent = max(0.0, known.spent - 1)

    def _spent(self, key: str, now_ms: int) -> float:
        known = self._keys.get(key)
        if known is None:
            return 0.0
        return max(0.0, known.spent - (now_ms - known.at_ms) / self._allowance.refill_ms)
