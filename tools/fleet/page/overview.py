"""The first screen: is anything wrong, and what is being rolled out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.responses import Response

from fleet.actions import TargetState
from fleet.context import Fleet
from fleet.page.marks import action_mark, rollout_mark
from fleet.page.overdue import overdue_since_ms
from fleet.page.overview_query import Summary, read_summary
from fleet.page.pictures import bar_picture, share_parts
from fleet.page.troubles import OwnTroubles, troubles
from fleet.page.visitors import Visitor

# Many people who look at the same fleet cost it no more than one.
_FRESH_MS = 1500


@dataclass
class _Kept:
    """The newest summary, and since when it is; one at a time is read."""

    lock: asyncio.Lock
    at_ms: int = 0
    summary: Summary | None = None


class Overview:
    """The screen of one server."""

    def __init__(self) -> None:
        self._kept = _Kept(asyncio.Lock())

    async def __call__(self, visitor: Visitor) -> Response:
        fleet = visitor.fleet
        summary = await self._summary(fleet, visitor.now_ms)
        pauses = fleet.steering.rules.pauses.values()
        found = troubles(summary, pauses, _own_troubles(fleet))
        told = [(each.version or "not told", each.boards) for each in summary.releases]
        shares = share_parts(told)
        return visitor.show(
            "overview.html",
            summary=summary,
            troubles=found,
            bad=any(each.bad for each in found),
            shares=shares,
            shares_picture=bar_picture(shares),
            TargetState=TargetState,
            rollout_mark=rollout_mark,
            action_mark=action_mark,
        )

    async def _summary(self, fleet: Fleet, now_ms: int) -> Summary:
        async with self._kept.lock:
            if self._kept.summary is None or now_ms - self._kept.at_ms > _FRESH_MS:
                overdue_ms = overdue_since_ms(fleet, now_ms)
                self._kept.summary = await fleet.database.read(
                    lambda session: read_summary(session, overdue_ms)
                )
                self._kept.at_ms = now_ms
            return self._kept.summary


def _own_troubles(fleet: Fleet) -> OwnTroubles:
    """What is wrong with the server itself."""
    failing = [*fleet.scheduler.failing, *fleet.contacts.failing]
    if fleet.trust is None:
        return OwnTroubles(failing, [])
    return OwnTroubles([*failing, *fleet.trust.failing], list(fleet.trust.troubles()))
