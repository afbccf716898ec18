"""Releases, who runs them, and what they would cost the boards that don't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from fleet.errors import NOT_FOUND, RefusedError
from fleet.page.transfer import Transfer, transfer
from fleet.releases import ReleaseFacts, facts_of
from fleet.store.boards import Target
from fleet.store.content import ContentStore
from fleet.store.models import DistributionSet
from fleet.store.policies import Channel

PAGE = 10
# Versions in the field that are told one by one.
VERSIONS = 20
_CHANNELS = 50


@dataclass(frozen=True)
class ReleaseView:
    """A distribution set; `facts` None if it is no release of ours."""

    set: DistributionSet
    facts: ReleaseFacts | None
    boards: int
    channels: Sequence[str]

    @property
    def stored(self) -> int:
        """Bytes that a board downloads which has nothing of it."""
        return sum(each.stored for each in self.facts.layers) if self.facts else 0


@dataclass(frozen=True)
class Running:
    """How many boards run a version; None: they have not told."""

    version: str | None
    boards: int


def read_running(session: Session, most: int) -> list[Running]:
    """The versions in the field, those that most boards run first."""
    rows = session.execute(
        select(Target.release, func.count(Target.id))
        .group_by(Target.release)
        .order_by(func.count(Target.id).desc(), Target.release)
        .limit(most)
    )
    return [Running(version, boards) for version, boards in rows]


def read_page(
    session: Session, content: ContentStore, before: int | None
) -> tuple[list[ReleaseView], int | None]:
    """Releases, newest first, and the id from which older ones follow."""
    rows = select(DistributionSet).order_by(DistributionSet.id.desc()).limit(PAGE + 1)
    if before is not None:
        rows = rows.where(DistributionSet.id < before)
    found = list(session.scalars(rows))
    views = _views(session, content, found[:PAGE])
    return views, found[PAGE - 1].id if len(found) > PAGE else None


def read_release(session: Session, content: ContentStore, set_id: int) -> ReleaseView:
    """Raises RefusedError (404)."""
    found = session.get(DistributionSet, set_id)
    if found is None:
        raise RefusedError(NOT_FOUND, "There is no such release.")
    return _views(session, content, [found])[0]


def read_transfers(session: Session, content: ContentStore, release: ReleaseView) -> list[Transfer]:
    """What it would take from each other version in the field."""
    if release.facts is None:
        return []
    running = [each for each in read_running(session, VERSIONS) if each.version is not None]
    others = [each for each in running if each.version != release.set.version]
    known = _facts_by_version(session, content, release.set, [each.version for each in others])
    return [
        transfer(each.version or "", each.boards, known.get(each.version), release.facts)
        for each in others
    ]


def read_channels(session: Session) -> Sequence[str]:
    """The names of channels."""
    return session.scalars(select(Channel.name).order_by(Channel.name).limit(_CHANNELS)).all()


def count_fitting(session: Session, facts: ReleaseFacts) -> int:
    """How many boards are of a model and revision that may run it."""
    rows = session.execute(
        select(Target.model, Target.revision, func.count(Target.id)).group_by(
            Target.model, Target.revision
        )
    )
    return sum(each[2] for each in rows if each[1] in facts.boards.get(each[0] or "", ()))


def _facts_by_version(
    session: Session, content: ContentStore, like: DistributionSet, versions: Sequence[str | None]
) -> Mapping[str | None, ReleaseFacts | None]:
    rows = session.execute(
        select(DistributionSet.id, DistributionSet.version).where(
            DistributionSet.name == like.name,
            DistributionSet.type_id == like.type_id,
            DistributionSet.version.in_(versions),
        )
    )
    return {row.version: facts_of(session, content, row.id) for row in rows}


def _views(
    session: Session, content: ContentStore, sets: Sequence[DistributionSet]
) -> list[ReleaseView]:
    versions = [each.version for each in sets]
    counted = session.execute(
        select(Target.release, func.count(Target.id))
        .where(Target.release.in_(versions))
        .group_by(Target.release)
    )
    boards = {row[0]: row[1] for row in counted}
    named: dict[int, list[str]] = {}
    ids = [each.id for each in sets]
    channels = session.execute(
        select(Channel.set_id, Channel.name).where(Channel.set_id.in_(ids)).order_by(Channel.name)
    )
    for set_id, name in channels:
        named.setdefault(set_id or 0, []).append(name)
    return [
        ReleaseView(
            each,
            facts_of(session, content, each.id),
            boards.get(each.version, 0),
            named.get(each.id, ()),
        )
        for each in sets
    ]
