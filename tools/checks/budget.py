"""One budget: so many bytes, of so many that there are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """`used` of `limit` bytes for `what`. `source` says where the limit comes from."""

    what: str
    used: int
    limit: int
    source: str

    @property
    def margin(self) -> int:
        """Bytes to spare; below 0 when it is exceeded."""
        return self.limit - self.used
