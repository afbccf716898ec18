"""The screens of people: all of them for admins, and everybody's own."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session
from starlette.responses import Response

from fleet.errors import CONSTRAINT, RefusedError
from fleet.page.places import url_of
from fleet.page.visitors import Visitor
from fleet.people import changes, sessions
from fleet.people.accounts import TooManyGuessesError
from fleet.people.changes import PeopleError
from fleet.people.roles import Role, password_fault

_Change = Callable[[Session], object]


async def people(visitor: Visitor) -> Response:
    """Everybody who may sign in."""
    return await _people(visitor)


async def change_people(visitor: Visitor) -> Response:
    """Add somebody, or change or remove somebody."""
    form, name = visitor.form, visitor.form.text("name").lower()
    try:
        change, told = await _change(visitor, form.text("what"), name)
        await visitor.fleet.database.write(change)
    except PeopleError as error:
        return await _people(visitor, str(error).capitalize() + ".", 400)
    return visitor.go(url_of("/people"), told)


async def me(visitor: Visitor) -> Response:
    """One's own password and sessions."""
    return visitor.show("me.html", message="", own=visitor.visit.person_id is not None)


async def change_me(visitor: Visitor) -> Response:
    """Another password, or an end to all other sessions."""
    visit = visitor.visit
    if visitor.form.text("what") == "sign-out":
        await visitor.fleet.database.write(
            lambda session: sessions.end_all(session, visit.person_id, but=visit.token)
        )
        return visitor.go(url_of("/me"), "You are signed in here alone.")
    try:
        hashed = await _own_new_password(visitor)
    except PeopleError as error:
        own = visit.person_id is not None
        return visitor.show("me.html", 400, message=str(error).capitalize() + ".", own=own)
    await visitor.fleet.database.write(
        lambda session: changes.set_password(
            session, visitor.name, hashed, visitor.name, visitor.now_ms, keep=visit.token
        )
    )
    return visitor.go(url_of("/me"), "You have another password, and are signed in here alone.")


async def _people(visitor: Visitor, message: str = "", status: int = 200) -> Response:
    found = await visitor.fleet.database.read(changes.all_people)
    return visitor.show("people.html", status, people=found, roles=list(Role), message=message)


async def _change(visitor: Visitor, what: str, name: str) -> tuple[_Change, str]:
    """What to do in a transaction, and what to tell then. Raises PeopleError, RefusedError."""
    by, now = visitor.name, visitor.now_ms
    if what == "add":
        role, hashed = _role(visitor), await _hashed(visitor, name)
        told = f"{name} can sign in as {role}."
        return lambda session: changes.add_person(session, name, hashed, role, by, now), told
    if what == "password":
        hashed = await _hashed(visitor, name)
        told = f"{name} has another password."
        return lambda session: changes.set_password(session, name, hashed, by, now), told
    if what == "role":
        role = _role(visitor)
        return lambda session: changes.set_role(session, name, role, by, now), f"{name} is {role}."
    if what == "remove":
        return lambda session: changes.remove_person(session, name, by, now), f"{name} is out."
    raise RefusedError(CONSTRAINT, "There is nothing like that to do.")


def _role(visitor: Visitor) -> Role:
    role = visitor.form.text("role")
    if role not in list(Role):
        raise RefusedError(CONSTRAINT, "There is no such role.")
    return Role(role)


async def _hashed(visitor: Visitor, name: str) -> str:
    """The hash of the password in the form. Raises PeopleError."""
    password = visitor.form.secret("password")
    if fault := password_fault(name, password):
        raise PeopleError(fault)
    return await visitor.fleet.accounts.hash(password)


async def _own_new_password(visitor: Visitor) -> str:
    """Its hash, if the old one is right. Raises PeopleError."""
    if visitor.visit.person_id is None:
        raise PeopleError("this password is set where the server is started")
    client = visitor.request.client
    address = client.host if client else ""
    try:
        old = visitor.form.secret("old")
        known = await visitor.fleet.accounts.prove(visitor.name, old, address)
    except TooManyGuessesError as error:
        raise PeopleError(error.message.rstrip(".")) from None
    if known is None:
        raise PeopleError("the old password is wrong")
    return await _hashed(visitor, visitor.name)
