"""Channels: naming another release, beginning and ending one."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.channel_moves import add_channel, move_channel, remove_channel
from fleet.channels import find_channel
from fleet.errors import NOT_FOUND, RefusedError
from fleet.followers import effective_channel
from fleet.page.deeds.deed import Asked, Deed, Field, Plan
from fleet.page.deeds.updates import number_of
from fleet.store.boards import Target
from fleet.store.models import DistributionSet
from fleet.store.policies import CHANNEL_LENGTH

_CHANNEL = "channel:"


def _release(session: Session, set_id: int) -> DistributionSet:
    found = session.get(DistributionSet, set_id)
    if found is None:
        raise RefusedError(NOT_FOUND, "There is no such release.")
    return found


def _moved(asked: Asked) -> tuple[str, int]:
    """Channel and release of `channel:NAME:ID`."""
    name, _, number = asked.on.removeprefix(_CHANNEL).partition(":")
    if not asked.on.startswith(_CHANNEL) or not number.isdecimal() or len(number) > 18:
        raise RefusedError(NOT_FOUND, "There is no such channel.")
    return name, int(number)


def _followers(session: Session, name: str) -> int:
    return session.scalar(select(func.count(Target.id)).where(effective_channel() == name)) or 0


def _plan_move(session: Session, asked: Asked) -> Plan:
    name, number = _moved(asked)
    channel, chosen = find_channel(session, name), _release(session, number)
    return Plan(
        f"Move channel {channel.name} to {chosen.version}",
        "A staged rollout brings the boards that follow it there, a few first. Boards that it "
        "does not fit, or that run a newer release, stay as they are.",
        _followers(session, channel.name),
        "Move it",
    )


def _move(session: Session, asked: Asked) -> str:
    name, number = _moved(asked)
    find_channel(session, name)
    return _told(session, asked, name, number)


def _plan_begin(session: Session, asked: Asked) -> Plan:
    chosen = _release(session, number_of(asked, "release"))
    return Plan(
        f"A new channel for {chosen.version}",
        "Nobody follows it yet. Boards, sites, or all boards are let follow it afterwards.",
        0,
        "Begin it",
        (Field("name", "Name", hint="Such as stable or beta.", required=True),),
    )


def _begin(session: Session, asked: Asked) -> str:
    name = asked.form.text("name")[: CHANNEL_LENGTH + 1]
    add_channel(session, name, asked.user, asked.now_ms)
    session.flush()
    return _told(session, asked, name, number_of(asked, "release"))


def _told(session: Session, asked: Asked, name: str, set_id: int) -> str:
    fleet = asked.fleet
    tenant = fleet.steering.rules.tenant
    rollout = move_channel(session, fleet.content, tenant, name, set_id, asked.user, asked.now_ms)
    version = _release(session, set_id).version
    brings = f" Rollout {rollout.name} brings its boards there." if rollout else ""
    return f"Channel {name} names {version}.{brings}"


def _plan_end(session: Session, asked: Asked) -> Plan:
    channel = find_channel(session, asked.on.removeprefix(_CHANNEL))
    return Plan(
        f"End channel {channel.name}",
        "Boards keep what they run. A rollout that moves it stops.",
        _followers(session, channel.name),
        "End it",
        danger=True,
    )


def _end(session: Session, asked: Asked) -> str:
    name = asked.on.removeprefix(_CHANNEL)
    remove_channel(session, name, asked.user, asked.now_ms)
    return f"Channel {name} is gone."


CHANNELS = {
    "move-channel": Deed(_plan_move, _move, steers=True),
    "begin-channel": Deed(_plan_begin, _begin, steers=True),
    "end-channel": Deed(_plan_end, _end, steers=True),
}
