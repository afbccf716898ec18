"""Adding, removing and changing people, with a line in the audit log for each.

Each function runs in the transaction that it is given; `by` is who does it.
"""

from __future__ import annotations

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from fleet.audit import record
from fleet.people.models import Person
from fleet.people.roles import Role, name_fault
from fleet.people.sessions import end_all
from lockerctl.errors import UserError

MOST_PEOPLE = 1000


class PeopleError(UserError):
    """A change that cannot be made; the text is for whoever asked for it."""


def find_person(session: Session, name: str) -> Person:
    """Raises PeopleError."""
    found = session.scalars(select(Person).where(Person.name == name)).first()
    if found is None:
        raise PeopleError(f"there is nobody called {name}")
    return found


def all_people(session: Session) -> list[Person]:
    """By name."""
    return list(session.scalars(select(Person).order_by(Person.name)))


def add_person(
    session: Session, name: str, hashed: str, role: Role, by: str, now_ms: int
) -> Person:
    """Raises PeopleError."""
    if fault := name_fault(name):
        raise PeopleError(fault)
    if session.scalar(select(Person.id).where(Person.name == name)) is not None:
        raise PeopleError(f"there is a {name} already")
    if (session.scalar(select(func.count(Person.id))) or 0) >= MOST_PEOPLE:
        raise PeopleError(f"there are {MOST_PEOPLE} people already: remove some")
    person = Person(name=name, password=hashed, role=role, created_ms=now_ms, changed_ms=now_ms)
    session.add(person)
    session.flush()
    _record(session, by, "add", name, now_ms, role)
    return person


def remove_person(session: Session, name: str, by: str, now_ms: int) -> None:
    """They are signed out everywhere. Raises PeopleError, also for the last admin."""
    person = find_person(session, name)
    _check_not_last_admin(session, person)
    end_all(session, person.id)
    session.execute(delete(Person).where(Person.id == person.id))
    _record(session, by, "remove", name, now_ms)


def set_password(
    session: Session, name: str, hashed: str, by: str, now_ms: int, keep: str | None = None
) -> None:
    """They are signed out everywhere, save in the session `keep`. Raises PeopleError."""
    person = find_person(session, name)
    person.password, person.changed_ms = hashed, now_ms
    end_all(session, person.id, but=keep)
    _record(session, by, "new password", name, now_ms)


def set_role(session: Session, name: str, role: Role, by: str, now_ms: int) -> None:
    """From the next request on. Raises PeopleError, also for the last admin."""
    person = find_person(session, name)
    if role is not Role.ADMIN:
        _check_not_last_admin(session, person)
    person.role, person.changed_ms = role, now_ms
    _record(session, by, "role", name, now_ms, role)


def _record(session: Session, by: str, what: str, name: str, now_ms: int, detail: str = "") -> None:
    record(session, by, what, f"person:{name}", now_ms, detail)


def _check_not_last_admin(session: Session, person: Person) -> None:
    admins = session.scalar(select(func.count(Person.id)).where(Person.role == Role.ADMIN))
    if person.role is Role.ADMIN and (admins or 0) < 2:
        raise PeopleError(f"{person.name} is the last admin: make somebody else one first")
