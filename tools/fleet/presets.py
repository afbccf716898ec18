"""The types that a fresh hawkBit tenant has; publishing adds its own through the API."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.context import now_ms
from fleet.store.models import ModuleType, SetType, SetTypeElement

DEFAULT_SET_TYPE = "os_app"
# hawkBit's "unlimited".
_UNLIMITED = 2**31 - 1


def add_presets(session: Session) -> None:
    """Put the preset types into an empty database."""
    if session.scalar(select(ModuleType.id).limit(1)) is not None:
        return
    os_type = ModuleType(key="os", name="OS", max_assignments=1)
    application = ModuleType(key="application", name="Application", max_assignments=_UNLIMITED)
    session.add_all(
        [
            os_type,
            application,
            _set_type("os", "OS only", mandatory=[os_type]),
            _set_type("app", "App(s) only", mandatory=[application]),
            _set_type(
                DEFAULT_SET_TYPE,
                "OS with app(s)",
                mandatory=[os_type],
                optional=[application],
            ),
        ]
    )
    for each in session.new:
        if isinstance(each, ModuleType | SetType):
            each.stamp("system", now_ms())


def _set_type(
    key: str, name: str, mandatory: list[ModuleType], optional: list[ModuleType] | None = None
) -> SetType:
    elements = [SetTypeElement(module_type=each, mandatory=True) for each in mandatory]
    elements += [SetTypeElement(module_type=each, mandatory=False) for each in optional or []]
    return SetType(key=key, name=name, elements=elements)
