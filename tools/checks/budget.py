"""One budget: so much, of so much that there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """`used` of `limit` for `what`, in bytes or another `unit`.

    `source` says where the limit comes from.
    """

    what: str
    used: int
    limit: int
    source: str
    unit: str = "bytes"

    @property
    def margin(self) -> int:
        """What is to spare; below 0 when it is exceeded."""
        return self.limit - self.used
