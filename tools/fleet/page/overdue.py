"""When a board is overdue: it has not come for the polling time and the patience after it."""

from __future__ import annotations

from fleet.context import Fleet


def overdue_since_ms(fleet: Fleet, now_ms: int) -> int:
    """Boards that were heard of last before this time are overdue."""
    tenant = fleet.steering.rules.tenant
    return now_ms - (tenant.polling_s + tenant.overdue_s) * 1000
