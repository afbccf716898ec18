"""The screen on which a rollout is made. Nothing moves before it is started."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet import rollouts
from fleet.errors import CONSTRAINT, RefusedError
from fleet.page.forms import Form
from fleet.page.places import url_of
from fleet.page.rollout_form import plan_of
from fleet.page.sites import read_sites
from fleet.page.visitors import Visitor
from fleet.releases import facts_of
from fleet.store.models import DistributionSet

_Choices = Sequence[tuple[str, str]]
_RELEASES = 100
_SITES = 200
_PRESETS = {"groups": "5, 25, 70", "success": "90", "error": "10"}


async def show_form(visitor: Visitor) -> Response:
    given = {**_PRESETS, "release": visitor.asked("release"), "site": visitor.asked("site")}
    return await _form(visitor, Form(given))


async def make(visitor: Visitor) -> Response:
    """Make it, and show it: it waits for its start."""
    fleet, form = visitor.fleet, visitor.form
    number = form.number("release", 0)

    def work(session: Session) -> int:
        facts = facts_of(session, fleet.content, number)
        if facts is None:
            raise RefusedError(CONSTRAINT, "Choose a release of boards.")
        plan = plan_of(form, facts.boards)
        tenant = fleet.steering.rules.tenant
        made = rollouts.create(session, fleet.content, plan, tenant, visitor.name, visitor.now_ms)
        return made.id

    try:
        made = await fleet.database.write(work)
    except RefusedError as error:
        return await _form(visitor, form, error.message or "This is not possible.", 400)
    fleet.scheduler.wake()
    return visitor.go(url_of("/rollouts", made), "The rollout is made. Nothing moves yet.")


async def _form(visitor: Visitor, form: Form, message: str = "", status: int = 200) -> Response:
    def read(session: Session) -> tuple[_Choices, _Choices]:
        rows = session.execute(
            select(DistributionSet.id, DistributionSet.name, DistributionSet.version)
            .where(DistributionSet.valid)
            .order_by(DistributionSet.id.desc())
            .limit(_RELEASES)
        )
        sites = [(each.name, each.name) for each in read_sites(session, "", _SITES)]
        return [(str(row.id), f"{row.name} {row.version}") for row in rows], sites

    releases, sites = await visitor.fleet.database.read(read)
    return visitor.show(
        "new_rollout.html", status, form=form, releases=releases, sites=sites, message=message
    )
