"""Which fields of which entity a query may name and a list be sorted by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, exists, func
from sqlalchemy.orm import InstrumentedAttribute

from fleet.actions import Status
from fleet.followers import effective_channel
from fleet.store.boards import Action, ActionStatus, Target, TargetAttribute
from fleet.store.models import (
    Base,
    DistributionSet,
    Module,
    ModuleMetadata,
    ModuleType,
    SetMetadata,
    SetType,
)
from fleet.store.policies import AuditEntry
from fleet.store.rollouts import Rollout, RolloutGroup, TargetFilter

Condition = Callable[[Any], ColumnElement[bool]]
Field = Callable[[Condition], ColumnElement[bool]]

T = TypeVar("T", bound=Base)


@dataclass(frozen=True)
class Entity(Generic[T]):
    """`columns` can be sorted by and queried, `related` only queried; `maps` are `name.<key>`."""

    model: type[T]
    columns: Mapping[str, InstrumentedAttribute[Any]]
    order: ColumnElement[Any] | InstrumentedAttribute[Any]
    related: Mapping[str, Field] = field(default_factory=dict)
    maps: Mapping[str, Callable[[str], Field]] = field(default_factory=dict)

    def find(self, name: str) -> Field | None:
        """What a query's field stands for, None if there is no such field."""
        if name in self.columns:
            column = self.columns[name]
            return lambda condition: condition(column)
        if name in self.related:
            return self.related[name]
        prefix, dot, key = name.partition(".")
        return self.maps[prefix](key) if dot and key and prefix in self.maps else None


def _of(relation: InstrumentedAttribute[Any], column: InstrumentedAttribute[Any]) -> Field:
    """A column of the one row that `relation` leads to."""
    return lambda condition: relation.has(condition(column))


def _any_of(relation: InstrumentedAttribute[Any], column: InstrumentedAttribute[Any]) -> Field:
    """A column of any of the rows that `relation` leads to."""
    return lambda condition: relation.any(condition(column))


def _keyed(
    owner: InstrumentedAttribute[int],
    back: InstrumentedAttribute[int],
    key: InstrumentedAttribute[str],
    value: InstrumentedAttribute[str],
) -> Callable[[str], Field]:
    """Texts by key in a table of their own."""
    return lambda name: (
        lambda condition: exists().where(back == owner, func.lower(key) == name, condition(value))
    )


def _audited(model: Any) -> dict[str, InstrumentedAttribute[Any]]:
    return {
        "createdat": model.created_at,
        "createdby": model.created_by,
        "lastmodifiedat": model.modified_at,
        "lastmodifiedby": model.modified_by,
    }


def _named(model: Any) -> dict[str, InstrumentedAttribute[Any]]:
    return {
        "id": model.id,
        "name": model.name,
        "description": model.description,
        **_audited(model),
    }


MODULE_TYPE = Entity(ModuleType, {**_named(ModuleType), "key": ModuleType.key}, ModuleType.id.asc())
SET_TYPE = Entity(SetType, {**_named(SetType), "key": SetType.key}, SetType.id.asc())
MODULE = Entity(
    Module,
    {**_named(Module), "version": Module.version},
    Module.id.asc(),
    related={
        "type": _of(Module.type, ModuleType.key),
        "type.id": _of(Module.type, ModuleType.id),
        "type.key": _of(Module.type, ModuleType.key),
        "type.name": _of(Module.type, ModuleType.name),
    },
    maps={
        "metadata": _keyed(
            Module.id, ModuleMetadata.module_id, ModuleMetadata.key, ModuleMetadata.value
        )
    },
)
MODULE_METADATA = Entity(
    ModuleMetadata,
    {"key": ModuleMetadata.key, "value": ModuleMetadata.value},
    ModuleMetadata.key.asc(),
)
SET_METADATA = Entity(
    SetMetadata, {"key": SetMetadata.key, "value": SetMetadata.value}, SetMetadata.key.asc()
)
DISTRIBUTION_SET = Entity(
    DistributionSet,
    {
        **_named(DistributionSet),
        "version": DistributionSet.version,
        "valid": DistributionSet.valid,
    },
    DistributionSet.id.asc(),
    related={
        "type": _of(DistributionSet.type, SetType.key),
        "type.id": _of(DistributionSet.type, SetType.id),
        "type.key": _of(DistributionSet.type, SetType.key),
        "type.name": _of(DistributionSet.type, SetType.name),
        "module.id": _any_of(DistributionSet.modules, Module.id),
        "module.name": _any_of(DistributionSet.modules, Module.name),
    },
    maps={
        "metadata": _keyed(
            DistributionSet.id, SetMetadata.set_id, SetMetadata.key, SetMetadata.value
        )
    },
)
TARGET = Entity(
    Target,
    {
        **_named(Target),
        "controllerid": Target.controller_id,
        "updatestatus": Target.state,
        "group": Target.group,
        "lastcontrollerrequestat": Target.last_contact_ms,
    },
    Target.controller_id.asc(),
    related={
        "autoconfirm": lambda condition: condition(Target.auto_confirm_at_ms.is_not(None)),
        # Ours: what a channel needs.
        "channel": lambda condition: condition(effective_channel()),
        "release": lambda condition: condition(Target.release),
        "held": lambda condition: condition(Target.held),
        "failedrollout": lambda condition: exists().where(
            Action.target_id == Target.id,
            Action.status == Status.ERROR,
            condition(Action.rollout_id),
        ),
        "verdict": lambda condition: condition(Target.verdict),
        "assignedds.name": _of(Target.assigned_set, DistributionSet.name),
        "assignedds.version": _of(Target.assigned_set, DistributionSet.version),
        "installedds.name": _of(Target.installed_set, DistributionSet.name),
        "installedds.version": _of(Target.installed_set, DistributionSet.version),
    },
    maps={
        "attribute": _keyed(
            Target.id, TargetAttribute.target_id, TargetAttribute.key, TargetAttribute.value
        )
    },
)
ACTION = Entity(
    Action,
    {
        "id": Action.id,
        "active": Action.active,
        "status": Action.status,
        "laststatuscode": Action.last_code,
        "weight": Action.weight,
        "externalref": Action.external_ref,
        **_audited(Action),
    },
    Action.id.desc(),
    related={
        "target.controllerid": _of(Action.target, Target.controller_id),
        "target.name": _of(Action.target, Target.name),
        "target.updatestatus": _of(Action.target, Target.state),
        "distributionset.id": _of(Action.set, DistributionSet.id),
        "distributionset.name": _of(Action.set, DistributionSet.name),
        "distributionset.version": _of(Action.set, DistributionSet.version),
        "rollout.id": lambda condition: condition(Action.rollout_id),
        "rollout.name": _of(Action.rollout, Rollout.name),
        "rolloutgroup.id": lambda condition: condition(Action.group_id),
    },
)
ROLLOUT = Entity(
    Rollout,
    {**_named(Rollout), "status": Rollout.status},
    Rollout.id.asc(),
    related={
        "distributionset.id": _of(Rollout.set, DistributionSet.id),
        "distributionset.name": _of(Rollout.set, DistributionSet.name),
        "distributionset.version": _of(Rollout.set, DistributionSet.version),
    },
)
ROLLOUT_GROUP = Entity(
    RolloutGroup,
    {**_named(RolloutGroup), "status": RolloutGroup.status},
    RolloutGroup.id.asc(),
)
AUDIT = Entity(
    AuditEntry,
    {
        "id": AuditEntry.id,
        "at": AuditEntry.at_ms,
        "who": AuditEntry.who,
        "what": AuditEntry.what,
        "subject": AuditEntry.subject,
        "detail": AuditEntry.detail,
    },
    AuditEntry.id.desc(),
)
TARGET_FILTER = Entity(
    TargetFilter,
    {"id": TargetFilter.id, "name": TargetFilter.name, **_audited(TargetFilter)},
    TargetFilter.id.asc(),
    related={
        "autoassigndistributionset.name": _of(TargetFilter.auto_set, DistributionSet.name),
        "autoassigndistributionset.version": _of(TargetFilter.auto_set, DistributionSet.version),
    },
)
ACTION_STATUS = Entity(
    ActionStatus,
    {
        "id": ActionStatus.id,
        "timestamp": ActionStatus.occurred_ms,
        "reportedat": ActionStatus.reported_ms,
    },
    ActionStatus.id.desc(),
)
