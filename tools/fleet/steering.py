"""What operators have decided for boards, in memory: polls are answered without asking for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.actions import Gate
from fleet.scopes import Kind, Scope
from fleet.sealing import Seal
from fleet.store.policies import Follow, Pause, Placed, UpdateWindow
from fleet.tenant import Tenant, read_tenant
from fleet.windows import Window, parse_window

T = TypeVar("T")


@dataclass(frozen=True)
class PauseInfo:
    """Who has paused, when and why; `scope` says how far it reaches."""

    scope: Scope
    by: str
    at_ms: int
    reason: str


@dataclass(frozen=True)
class Rules:
    """All of it, as of one commit. `site` is the group of a board, None if it has none."""

    tenant: Tenant
    pauses: Mapping[Scope, PauseInfo] = field(default_factory=dict)
    windows: Mapping[Scope, Window] = field(default_factory=dict)
    channels: Mapping[Scope, str] = field(default_factory=dict)

    def pause_of(self, controller_id: str, site: str | None) -> PauseInfo | None:
        """Any of them stops a board: pausing a site says nothing against pausing all."""
        if not self.pauses:
            return None
        return next(_for_board(self.pauses, controller_id, site), None)

    def window_of(self, controller_id: str, site: str | None) -> Window | None:
        """The narrowest one holds."""
        if not self.windows:
            return None
        return next(_for_board(self.windows, controller_id, site), None)

    def channel_of(self, controller_id: str, site: str | None) -> str | None:
        """The narrowest one holds."""
        return next(_for_board(self.channels, controller_id, site), None)

    def gate(self, controller_id: str, site: str | None, own: Window | None, now_ms: int) -> Gate:
        """Whether a board may install an action that has a window of its `own` or none."""
        if self.pause_of(controller_id, site):
            return Gate.PAUSED
        windows = [each for each in (own, self.window_of(controller_id, site)) if each]
        if not windows:
            return Gate.FREE
        return Gate.OPEN if all(each.is_open(now_ms) for each in windows) else Gate.CLOSED

    def sleep_s(self, controller_id: str, site: str | None, own: Window | None, now_ms: int) -> int:
        """How long a board before a closed window shall wait: it comes a few times until then."""
        usual = self.tenant.polling_s
        windows = [each for each in (own, self.window_of(controller_id, site)) if each]
        starts = [each.next_start_ms(now_ms) for each in windows if not each.is_open(now_ms)]
        ahead = [(start - now_ms) // 1000 for start in starts if start is not None]
        if not ahead:
            return usual
        soon = max(ahead) // self.tenant.window_polls
        return max(min(soon, usual), min(self.tenant.least_polling_s, usual))


class Steering:
    """The rules that hold now; whoever changes them in the database puts new ones here."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules


def read_rules(session: Session, preset: Tenant, seal: Seal) -> Rules:
    """All rules from the database; `preset`: settings that nobody has changed."""
    return Rules(
        tenant=read_tenant(session, preset, seal),
        pauses={
            _scope(each): PauseInfo(_scope(each), each.by, each.at_ms, each.reason)
            for each in session.scalars(select(Pause))
        },
        windows={
            _scope(each): parse_window(each.schedule, each.duration, each.zone)
            for each in session.scalars(select(UpdateWindow))
        },
        channels={_scope(each): each.channel for each in session.scalars(select(Follow))},
    )


def _scope(row: Placed) -> Scope:
    return Scope(Kind(row.kind), row.place)


def _for_board(rules: Mapping[Scope, T], controller_id: str, site: str | None) -> Iterator[T]:
    """What reaches a board, the narrowest first."""
    scopes = [Scope.board(controller_id)]
    scopes += [Scope.site(site)] if site else []
    return (rules[each] for each in (*scopes, Scope.all()) if each in rules)
