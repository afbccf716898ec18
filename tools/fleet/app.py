"""The ASGI application: both APIs over one set of parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy.exc import DataError, IntegrityError, NoResultFound, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from fleet.api.routes import api_routes
from fleet.contacts import Contacts
from fleet.context import Fleet, now_ms
from fleet.ddi.artifacts import artifact_routes
from fleet.ddi.routes import ddi_routes
from fleet.errors import RefusedError
from fleet.flood import Flood
from fleet.mgmt.routes import mgmt_routes
from fleet.page.routes import page_routes
from fleet.people import sessions
from fleet.people.accounts import Accounts
from fleet.presets import add_presets
from fleet.scheduler import Scheduler
from fleet.sealing import KEY_FILE
from fleet.settings import Settings
from fleet.steering import Steering, read_rules
from fleet.store.content import ContentStore
from fleet.store.database import Database
from fleet.tenant import preset_of
from fleet.tokens import open_seal
from fleet.traffic import Traffic
from fleet.trust.publisher import Publisher
from fleet.trust.routes import trust_routes
from fleet.web import (
    gone_response,
    http_error_response,
    refusal_response,
    unavailable_response,
    unstorable_response,
)


def build_fleet(settings: Settings, admin: str | None, on_claimed: Callable[[str], None]) -> Fleet:
    """Open what the server keeps, with hawkBit's presets in it.

    `admin`: see FleetServer; `on_claimed`: see Scheduler.
    Raises DatabaseError, SealError, and UserError if the TUF repository is not as it must be.
    """
    trust = Publisher(settings.trust) if settings.trust else None
    if trust:
        trust.open()
    database = Database(settings.database)
    database.claim()
    database.write_now(add_presets)
    # The password by which the environment's admin signed in may be another one now.
    database.write_now(lambda session: sessions.end_all(session, None))
    content = ContentStore(settings.data / "artifacts")
    seal = open_seal(database, settings.token_key or settings.data / KEY_FILE)
    rules = database.write_now(lambda session: read_rules(session, preset_of(settings), seal))
    steering = Steering(rules)
    return Fleet(
        settings=settings,
        database=database,
        content=content,
        accounts=Accounts(database, admin, now_ms),
        page_key=sessions.page_key(settings.data),
        contacts=Contacts(database),
        traffic=Traffic(),
        steering=steering,
        scheduler=Scheduler(database, content, steering, settings.look_s, on_claimed),
        seal=seal,
        flood=Flood(),
        trust=trust,
    )


def build_app(fleet: Fleet) -> Starlette:
    """The application; it closes the fleet's database when it is shut down."""
    app = Starlette(
        routes=[
            *ddi_routes(),
            *artifact_routes(),
            *mgmt_routes(),
            *api_routes(),
            *trust_routes(),
            *page_routes(),
        ],
        exception_handlers={
            RefusedError: refusal_response,
            HTTPException: http_error_response,
            # A row that was there when the request came has been deleted since.
            NoResultFound: gone_response,
            IntegrityError: gone_response,
            DataError: unstorable_response,
            OperationalError: unavailable_response,
        },
        lifespan=_lifespan,
    )
    app.router.redirect_slashes = False
    app.state.fleet = fleet
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    fleet: Fleet = app.state.fleet
    tasks = [
        asyncio.create_task(each)
        for each in (fleet.contacts.keep_writing(), fleet.scheduler.keep())
    ]
    if fleet.trust:
        tasks.append(asyncio.create_task(fleet.trust.keep()))
    yield
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await fleet.contacts.flush()
    fleet.accounts.close()
    fleet.database.close()
