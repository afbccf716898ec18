"""A fleet in the middle of its work, for pictures of the page and for tests in a browser."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial

from seeded import Made, publish_some, seed_boards
from sqlalchemy import select
from sqlalchemy.orm import Session
from web_world import PASSWORD, Shop

from fleet import policies, rollouts
from fleet.actions import Execution, Report, Result, Status
from fleet.channel_moves import move_channel
from fleet.client import FleetClient
from fleet.context import now_ms
from fleet.page.rollout_form import query_for
from fleet.people.roles import Role
from fleet.reports import note_retrieved, take_deployment_report
from fleet.rollout_plans import GroupPlan, RolloutPlan
from fleet.scopes import Scope
from fleet.store.boards import Action, TargetAttribute
from fleet.store.rollouts import Rollout, RolloutGroup
from fleet.windows import parse_window

BOARDS = 260
BUSY_ROLLOUT = "1.2.0 for everybody"
STOPPED_ROLLOUT = "1.1.0 at the old town"
_WAIT_S = 60.0
_PLAN = (
    "plan core fetch {core} of 1620992 bytes|plan app fetch {app} of 96256 bytes"
    "|plan assets keep 77824 bytes"
)
_FAULTS = (
    "reverted: check relays: relay 2 reads on",
    "reverted: the trial could not reach the server",
    "DamagedError: app block 3 has a wrong CRC",
)


def fill(shop: Shop, scale: int = 100) -> list[Made]:
    """Everything: people, releases, boards, a rollout that runs and one that failures stopped."""
    for role in Role:
        shop.add(str(role), role)
    with FleetClient(shop.server.url, "operator", PASSWORD) as client:
        made = publish_some(client, scale)
    shop.write(lambda session: seed_boards(session, made, BOARDS, now_ms()))
    _stopped_rollout(shop, made[1])
    _running_rollout(shop, made[2])
    _decide(shop, made[2])
    return made


def report(session: Session, action: Action, made: Made, told: Sequence[str], ends: Result) -> None:
    """What a board says of an update: its plan, `told`, and how it ended, if it has."""
    now = now_ms()
    note_retrieved(session, action, now)
    stored = {each.name: each.stored for each in made.release.manifest.layers}
    for text in (_PLAN.format(**stored), *told):
        over = ends is not Result.NONE and text == told[-1]
        execution = Execution.CLOSED if over else Execution.PROCEEDING
        said = Report(execution, ends if over else Result.NONE, now, None, tuple(text.split("|")))
        take_deployment_report(session, action, said, now)
    if ends is Result.SUCCESS:
        board = action.target
        board.release, board.sequence = made.version, made.release.manifest.sequence
        outcome = f"success committed {made.version} in slot 1"
    else:
        outcome = f"failure {told[-1]}"
    if ends is not Result.NONE:
        key = (action.target_id, "last_outcome")
        session.get_one(TargetAttribute, key).value = outcome


def succeed(session: Session, action: Action, made: Made) -> None:
    told = [f"activating {made.version} in slot 1", f"committed {made.version} in slot 1"]
    report(session, action, made, told, Result.SUCCESS)


def _stopped_rollout(shop: Shop, made: Made) -> None:
    groups = (GroupPlan("a few", 20, error_percent=10, success_percent=90), GroupPlan("all", 80))
    rollout = _start(shop, STOPPED_ROLLOUT, made, "Old town", groups)
    actions = _begun(shop, rollout, 0)

    def play(session: Session) -> None:
        active = [each for each in _found(session, actions) if each.active]
        for number, action in enumerate(active):
            if number % 2:
                told = ["fetched 90 %", _FAULTS[0]]
                report(session, action, made, told, Result.FAILURE)
            else:
                succeed(session, action, made)

    shop.write(play)
    _wait(shop, lambda session: session.get_one(Rollout, rollout).why is not None)


def _running_rollout(shop: Shop, made: Made) -> None:
    groups = tuple(
        GroupPlan(name, size, error_percent=10, success_percent=95)
        for name, size in (("pilot", 8), ("a third", 32), ("everybody", 60))
    )
    rollout = _start(shop, BUSY_ROLLOUT, made, "", groups)
    # A new core: a small first group has come by itself.
    for position in (0, 1, 2):
        shop.write(partial(_succeed_all, actions=_begun(shop, rollout, position), made=made))
    dice = random.Random(3)
    busy = _begun(shop, rollout, 3)
    shop.write(lambda session: _play_along(session, busy, made, dice))


def _play_along(session: Session, actions: Sequence[int], made: Made, dice: random.Random) -> None:
    active = [each for each in _found(session, actions) if each.active]
    for number, action in enumerate(active):
        if number in (11, 29):
            told = ["fetched 100 %", _FAULTS[1 + number % 2]]
            report(session, action, made, told, Result.FAILURE)
        elif number % 5 < 2:
            succeed(session, action, made)
        elif number % 5 < 4:
            percent = dice.randrange(1, 10) * 10
            waits = ["waiting: a customer is there"] if number % 7 == 0 else []
            report(session, action, made, [f"fetched {percent} %", *waits], Result.NONE)


def _succeed_all(session: Session, actions: Sequence[int], made: Made) -> None:
    for action in _found(session, actions):
        if action.active:
            succeed(session, action, made)


def _found(session: Session, actions: Sequence[int]) -> list[Action]:
    return [session.get_one(Action, each) for each in actions]


def _start(shop: Shop, name: str, made: Made, site: str, groups: tuple[GroupPlan, ...]) -> int:
    query = query_for(made.release.manifest.boards, site)
    plan = RolloutPlan(name, made.set_id, query, groups)
    tenant = shop.fleet.steering.rules.tenant

    def work(session: Session) -> int:
        rollout = rollouts.create(session, shop.fleet.content, plan, tenant, "operator", now_ms())
        rollouts.start(session, rollout.id, "operator", now_ms())
        return rollout.id

    return shop.write(work)


def _begun(shop: Shop, rollout: int, position: int) -> Sequence[int]:
    """The actions of a group, as soon as all of them have been offered to their boards."""
    group = select(RolloutGroup.id).where(
        RolloutGroup.rollout_id == rollout, RolloutGroup.position == position
    )
    of_group = Action.group_id == group.scalar_subquery()
    waiting = select(Action.id).where(of_group, Action.status == Status.SCHEDULED)
    listed = select(Action.id).where(of_group).order_by(Action.id)

    def has_begun(session: Session) -> bool:
        return bool(session.scalar(listed)) and session.scalar(waiting) is None

    _wait(shop, has_begun)
    return shop.write(lambda session: session.scalars(listed).all())


def _decide(shop: Shop, made: Made) -> None:
    window = parse_window("0 0 2 ? * *", "03:00:00", "Europe/Berlin")
    site, now = Scope.site("University"), now_ms()

    def work(session: Session) -> None:
        policies.set_window(session, site, window, "operator", now)
        policies.pause(session, Scope.site("Pool"), "operator", now, "the hall is being rebuilt")
        policies.hold(session, Scope.board("cabinet-0012"), "operator", now)

    shop.steer(work)
    tenant = shop.fleet.steering.rules.tenant

    def follow(session: Session) -> None:
        move_channel(session, shop.fleet.content, tenant, "stable", made.set_id, "operator", now)
        policies.follow(session, Scope.site("University"), "stable", "operator", now)

    shop.steer(follow)


def _wait(shop: Shop, happened: Callable[[Session], bool]) -> None:
    """Until what the server does by itself has been done."""
    late = time.monotonic() + _WAIT_S
    while not shop.write(happened):
        assert time.monotonic() < late, "the server does not go on by itself"
        time.sleep(0.1)
