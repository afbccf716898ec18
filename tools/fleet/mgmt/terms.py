"""How something is assigned, as the Mgmt API says it: type, weight, window, confirmation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.actions import ForceType
from fleet.assignments import Terms
from fleet.context import now_ms
from fleet.errors import CONSTRAINT, SCHEDULE_INVALID, RefusedError
from fleet.payload import an_enum, boolean, count, integer, member, text
from fleet.tenant import Tenant
from fleet.windows import SCHEDULE_LENGTH, WindowError, is_offset, parse_window

MAX_WEIGHT = 1000


def read_terms(tenant: Tenant, given: dict[str, Any]) -> Terms:
    """The terms of an assignment. Raises RefusedError (400)."""
    return replace(
        Terms.usual(tenant, confirmation=boolean(given, "confirmationRequired", preset=True)),
        force_type=an_enum(ForceType, given, "type", ForceType.FORCED),
        force_time_ms=integer(given, "forcetime"),
        weight=read_weight(given),
        window=_window(given),
    )


def read_weight(given: dict[str, Any]) -> int:
    """Raises RefusedError (400)."""
    weight = count(given, "weight", MAX_WEIGHT)
    if weight > MAX_WEIGHT:
        raise RefusedError(CONSTRAINT, f"weight must be from 0 to {MAX_WEIGHT}.")
    return weight


def _window(given: dict[str, Any]) -> tuple[str, str, str] | None:
    if given.get("maintenanceWindow") is None:
        return None
    window = member(given, "maintenanceWindow")
    schedule = text(window, "schedule", SCHEDULE_LENGTH)
    duration = text(window, "duration", 8)
    zone = text(window, "timezone", 64)
    if schedule is None and duration is None and zone is None:
        return None
    if schedule is None or duration is None or zone is None:
        raise RefusedError(SCHEDULE_INVALID, "schedule, duration and timezone belong together.")
    try:
        parsed = parse_window(schedule, duration, zone)
    except WindowError as error:
        raise RefusedError(SCHEDULE_INVALID, f"maintenanceWindow: {error}.") from None
    # hawkBit's windows know no summer time: an action must mean the same on both servers.
    if not is_offset(zone):
        raise RefusedError(SCHEDULE_INVALID, f"timezone {zone} is no offset such as +01:00.")
    if parsed.span(now_ms()) is None:
        raise RefusedError(SCHEDULE_INVALID, "The window will never open.")
    return schedule, duration, zone
