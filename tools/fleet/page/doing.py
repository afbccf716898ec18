"""Doing what an operator wants: first a screen that says how many boards it touches."""

from __future__ import annotations

from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet.errors import NOT_FOUND, RefusedError
from fleet.page.deeds.channels import CHANNELS
from fleet.page.deeds.deed import Asked, Deed, Plan
from fleet.page.deeds.policies import POLICIES
from fleet.page.deeds.rollouts import ROLLOUTS
from fleet.page.deeds.sites import SITES
from fleet.page.deeds.updates import UPDATES
from fleet.page.places import own_address
from fleet.page.visitors import Visitor

DEEDS = {**POLICIES, **UPDATES, **SITES, **ROLLOUTS, **CHANNELS}


class TouchesMoreError(RefusedError):
    """It would touch more boards than the person has confirmed."""

    def __init__(self) -> None:
        super().__init__(409)


async def confirm(visitor: Visitor) -> Response:
    """What would be done, and a button that does it."""
    deed, asked = _deed(visitor), _asked(visitor, visitor.asked("on"))
    plan = await visitor.fleet.database.read(lambda session: deed.plan(session, asked))
    return _screen(visitor, plan, asked.on, visitor.asked("back"))


async def do(visitor: Visitor) -> Response:
    """Do it, unless by now it would touch more boards than was said."""
    form = visitor.form
    deed, asked = _deed(visitor), _asked(visitor, form.text("on"))

    def work(session: Session) -> str:
        if deed.plan(session, asked).touches > form.number("touches", 0):
            raise TouchesMoreError
        return deed.do(session, asked)

    run = visitor.fleet.steer if deed.steers else visitor.fleet.database.write
    try:
        told = await run(work)
    except TouchesMoreError:
        return await _again(visitor, deed, asked, "By now it touches more boards. Look again.")
    except RefusedError as error:
        return await _again(visitor, deed, asked, error.message or "This is not possible now.")
    visitor.fleet.scheduler.wake()
    return visitor.go(own_address(form.text("back")), told)


async def _again(visitor: Visitor, deed: Deed, asked: Asked, message: str) -> Response:
    plan = await visitor.fleet.database.read(lambda session: deed.plan(session, asked))
    back = visitor.form.text("back")
    return _screen(visitor, plan.filled(visitor.form), asked.on, back, message, 409)


def _screen(
    visitor: Visitor, plan: Plan, on: str, back: str, message: str = "", status: int = 200
) -> Response:
    return visitor.show(
        "confirm.html", status, plan=plan, on=on, back=own_address(back), message=message
    )


def _deed(visitor: Visitor) -> Deed:
    found = DEEDS.get(visitor.request.path_params["deed"])
    if found is None:
        raise RefusedError(NOT_FOUND, "There is nothing like that to do.")
    visitor.need(found.role)
    return found


def _asked(visitor: Visitor, on: str) -> Asked:
    return Asked(visitor.fleet, visitor.name, visitor.now_ms, on, visitor.form)
