"""The settings that operators change while the server runs: hawkBit's tenant configuration.

Of its keys those that mean something here (facts: mgmt.md 12). docs/server.md lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fleet.errors import Kind, RefusedError
from fleet.sealing import Seal
from fleet.settings import Settings, format_clock, parse_clock
from fleet.store.policies import Setting

MAX_TOKEN = 128
_KEY = Kind(400, "configKeyInvalid", "repository.exception.InvalidTenantConfigurationKeyException")
_VALUE = Kind(
    400, "configValueInvalid", "repository.exception.TenantConfigurationValidatorException"
)
_ISO = re.compile(r"PT(?=\d)(?:(\d{1,2})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?", re.ASCII)


@dataclass(frozen=True)
class Tenant:
    """What holds now. Times in seconds."""

    polling_s: int = 300
    overdue_s: int = 300
    least_polling_s: int = 30
    window_polls: int = 3
    target_tokens: bool = True
    gateway_tokens: bool = True
    gateway_token: str | None = None
    approval: bool = False
    confirmation: bool = False
    autoclose: bool = False
    implicit_lock: bool = True


@dataclass(frozen=True)
class _Key:
    """A key of the API: the field it is about, and how its value is read and shown."""

    field: str
    parse: Callable[[Any], Any]
    show: Callable[[Any], Any] = lambda value: value


def _clock(value: object) -> int:
    text = str(value)
    match = _ISO.fullmatch(text)
    if match is None:
        return parse_clock(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return parse_clock(format_clock(hours * 3600 + minutes * 60 + seconds))


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("it is neither true nor false")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 100:
        raise ValueError("it is no number from 1 to 100")
    return value


def _token(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TOKEN or not value.isascii():
        raise ValueError(f"it is no text of 1 to {MAX_TOKEN} ASCII characters")
    return value


_KEYS = {
    "pollingTime": _Key("polling_s", _clock, format_clock),
    "pollingOverdueTime": _Key("overdue_s", _clock, format_clock),
    "minPollingTime": _Key("least_polling_s", _clock, format_clock),
    "maintenanceWindowPollCount": _Key("window_polls", _number),
    "authentication.targettoken.enabled": _Key("target_tokens", _yes_or_no),
    "authentication.gatewaytoken.enabled": _Key("gateway_tokens", _yes_or_no),
    "authentication.gatewaytoken.key": _Key("gateway_token", _token, lambda value: value or ""),
    "rollout.approval.enabled": _Key("approval", _yes_or_no),
    "user.confirmation.flow.enabled": _Key("confirmation", _yes_or_no),
    "repository.actions.autoclose.enabled": _Key("autoclose", _yes_or_no),
    "implicit.lock.enabled": _Key("implicit_lock", _yes_or_no),
}
# Shown to admins alone, and kept as boards' tokens are.
SECRET_KEYS = frozenset({"authentication.gatewaytoken.key"})


def preset_of(settings: Settings) -> Tenant:
    """What holds until operators change it."""
    polling_s = settings.poll_s
    return Tenant(polling_s, overdue_s=polling_s, gateway_token=settings.gateway_token)


def read_tenant(session: Session, preset: Tenant, seal: Seal) -> Tenant:
    """The preset, with what operators have changed."""
    changes = {}
    for row in session.scalars(select(Setting)):
        if row.key in _KEYS:
            key = _KEYS[row.key]
            changes[key.field] = key.parse(json.loads(seal.open(row.value, row.key)))
    return replace(preset, **changes)


def shown(tenant: Tenant, key: str) -> object:
    """The value of a key as the API tells it. Raises RefusedError (400)."""
    found = _find(key)
    return found.show(getattr(tenant, found.field))


def all_shown(tenant: Tenant) -> Mapping[str, object]:
    return {key: shown(tenant, key) for key in _KEYS}


def change(session: Session, seal: Seal, key: str, value: object) -> None:
    """Set a key. Raises RefusedError (400)."""
    found = _find(key)
    try:
        found.parse(value)
    except ValueError as error:
        raise RefusedError(_VALUE, f"{key}: {error}.") from None
    kept = json.dumps(value)
    session.merge(Setting(key=key, value=seal.seal(kept, key) if key in SECRET_KEYS else kept))


def reset(session: Session, key: str) -> None:
    """Back to the preset. Raises RefusedError (400)."""
    _find(key)
    found = session.get(Setting, key)
    if found:
        session.delete(found)


def is_changed(session: Session, key: str) -> bool:
    return session.get(Setting, key) is not None


def _find(key: str) -> _Key:
    found = _KEYS.get(key)
    if found is None:
        raise RefusedError(_KEY, f"There is no setting {key[:128]}.")
    return found
