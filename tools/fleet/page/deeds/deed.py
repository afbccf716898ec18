"""What a deed is: a plan to be confirmed, and the doing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from fleet.context import Fleet
from fleet.page.forms import Form
from fleet.people.roles import Role


@dataclass(frozen=True)
class Field:
    """Something that is asked for. `choices`: value and text of each; none: free text."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Plan:
    """What would be done, as it is told to the person who is to confirm it.

    `touches`: so many boards; `button`: the verb.
    """

    title: str
    explains: str
    touches: int
    button: str
    fields: tuple[Field, ...] = ()
    danger: bool = False

    def filled(self, form: Form) -> Plan:
        """The same with what has been typed already."""
        given = [
            replace(each, value=form.text(each.name)) if each.name in form.fields else each
            for each in self.fields
        ]
        return replace(self, fields=tuple(given))


@dataclass(frozen=True)
class Asked:
    """A deed's object and circumstances. `on`: what to do it to, such as `site:Pool`."""

    fleet: Fleet
    user: str
    now_ms: int
    on: str
    form: Form


@dataclass(frozen=True)
class Deed:
    """`plan` and `do` work in a transaction and raise RefusedError; `do` returns what to tell.

    `steers`: it changes what polls are answered by (see Fleet.steer).
    """

    plan: Callable[[Session, Asked], Plan]
    do: Callable[[Session, Asked], str]
    steers: bool = False
    role: Role = Role.OPERATOR
