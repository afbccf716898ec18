"""The repository that a server offers: what clients may fetch, what operators may publish.

All of it happens in one thread, between two requests: no client sees a part of a change.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tuf.api.metadata import Root, Targets

from fleet.trust.completion import Complete, Completion
from fleet.trust.online import OtherKeysError, load_signers
from fleet.trust.settings import TrustSettings
from fleet.upkeep import Upkeep
from lockerctl.errors import UserError
from lockerctl.keys.describe import utc_now, warnings
from lockerctl.keys.repository import (
    TIMESTAMP_FILE,
    Files,
    Overlay,
    Repository,
    is_target,
    target_file_name,
    version_of,
    versions,
)
from lockerctl.keys.rules import (
    ROOT,
    TARGETS,
    TrustError,
    check_not_expired,
    parse,
)
from lockerctl.keys.trusted import Trusted, load_trusted, read_targets

# What is listed comes before what lists it.
_RANKS = ("", TARGETS, ROOT)
_LAST = _RANKS.index(ROOT)
_NEVER = datetime.max.replace(tzinfo=UTC)
_LOG = logging.getLogger("fleet.trust")


@dataclass(frozen=True)
class Published:
    """Versions that clients are offered."""

    root: int
    targets: int


class Publisher:
    """The repository of one server. `now` gives the time, in UTC."""

    def __init__(self, settings: TrustSettings, now: Callable[[], datetime] = utc_now) -> None:
        self._settings = settings
        self._now = now
        self._repository = Repository(settings.repository)
        self._completion = Completion(settings, self._repository, now)
        self._complete: Complete | None = None
        self._seen: tuple[int, ...] = ()
        self._told: set[str] = set()
        self._refused = ""
        self._upkeep = Upkeep()

    def open(self) -> None:
        """Finish what was cut off. An empty folder waits for its first root. Raises UserError.

        With keys of the next root that is not here yet, what is here is offered as it is.
        """
        load_signers(self._settings.online_keys)
        if not versions(self._repository, ROOT):
            return
        try:
            self.sync()
        except OtherKeysError as error:
            self._refuse(error)
            self._complete = Complete(load_trusted(self._repository), _NEVER)

    def sync(self) -> Published:
        """Offer what is in the folder, signed anew where that is due. Raises UserError."""
        self._complete = self._completion.complete(self._repository, self._root())
        self._refused = ""
        trusted = self._complete.trusted
        return Published(trusted.root.signed.version, trusted.targets.signed.version)

    def take(self, offered: Mapping[str, bytes]) -> Published:
        """Publish files that an operator has brought: roots, targets, and what these list.

        They are refused as a whole, or published as a whole. Raises UserError.
        """
        new = {name: data for name, data in offered.items() if self._is_new(name, data)}
        files = Overlay(self._repository, new)
        trusted = self._completion.check(files)
        for each in (trusted.root.signed, trusted.targets.signed):
            check_not_expired(each, self._now())
        for name in new:
            _check_used(name, files, trusted)
        self._write(new, files, trusted)
        return self.sync()

    def _write(self, new: Mapping[str, bytes], files: Files, trusted: Trusted) -> None:
        """In an order in which each file may be the last one: even a plain web server over the
        folder never shows what clients would refuse, as long as the old keys are at hand.
        """
        names = sorted(new, key=_rank)
        roots = [name for name in names if _rank(name)[0] == _LAST]
        before = self._root()
        for name in names[: len(names) - len(roots)]:
            self._repository.write(name, new[name])
        if before and self._completion.suits(trusted, before):
            self._completion.complete(files, before)
        for name in roots:
            self._repository.write(name, new[name])

    def _root(self) -> Root | None:
        """The newest root that clients are offered."""
        return self._complete.trusted.root.signed if self._complete else None

    def read(self, name: str) -> bytes | None:
        """A file that clients may have, None if there is none of that name (yet)."""
        if self._complete is None:
            return None
        found = version_of(name)
        newest = self._complete.trusted.root.signed.version
        if found is None and name != TIMESTAMP_FILE and not is_target(name):
            return None
        # A root without the snapshot and the timestamp that go with it would stop all boards.
        if found and found[0] == ROOT and found[1] > newest:
            return None
        return self._repository.read(name)

    async def keep(self) -> None:
        """Renew what is due and offer what was put into the folder, until cancelled."""
        while True:
            await asyncio.sleep(self._settings.look_s)
            with self._upkeep.round("signing for boards"):
                self.tend()

    @property
    def failing(self) -> Sequence[str]:
        """What went wrong when the folders were looked at last, for people."""
        return self._upkeep.failing

    def troubles(self) -> Iterator[tuple[bool, str]]:
        """What people have to do something about, and whether boards will soon stand still."""
        if self._refused:
            yield True, self._refused
        if self._complete:
            trusted, now = self._complete.trusted, self._now()
            over = any(each.signed.is_expired(now) for each in (trusted.root, trusted.targets))
            for text in warnings(trusted, now):
                yield over, text

    def tend(self) -> None:
        """Look once. What people have to do something about is logged, once."""
        seen = _changed_at(self._settings.repository, self._settings.online_keys)
        waiting = self._complete is None or self._now() < self._complete.due
        if seen == self._seen and waiting:
            return
        self._seen = seen
        try:
            if versions(self._repository, ROOT):
                self.sync()
        except UserError as error:
            self._refuse(error)
        if self._complete:
            for text in warnings(self._complete.trusted, self._now()):
                self._warn(text)

    def _refuse(self, error: UserError) -> None:
        self._refused = str(error)
        self._warn(self._refused)

    def _warn(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            _LOG.warning("trust: %s", text)

    def _is_new(self, name: str, data: bytes) -> bool:
        """Whether a file is not there yet. Raises TrustError if it is, and says something else."""
        there = self._repository.read(name)
        found = version_of(name)
        if there is None or there == data:
            return there is None
        if found is None or self._complete is None:
            return True
        role, version = found
        if _content(role, there) == _content(role, data):
            return False  # the same, signed by others
        trusted = self._complete.trusted
        newest = trusted.root if role == ROOT else trusted.targets
        if version <= newest.signed.version:
            raise TrustError(f"{role} {version} is published already, and says something else")
        return True


def _content(role: str, data: bytes) -> Root | Targets:
    return parse(data, Root).signed if role == ROOT else parse(data, Targets).signed


def _check_used(name: str, files: Files, trusted: Trusted) -> None:
    """Raise TrustError for a file that would lie about unused, or is not as it should be."""
    role, version = version_of(name) or ("", 0)
    if role == TARGETS:
        read_targets(files, version, trusted.root)
    elif role == ROOT and version > trusted.root.signed.version:
        raise TrustError(f"root {version}: root {trusted.root.signed.version + 1} must come next")
    elif not role and name not in map(target_file_name, trusted.entries().values()):
        raise TrustError(f"{name}: it is not on offer")


def _rank(name: str) -> tuple[int, int]:
    """Target files, then targets, then roots, the oldest first."""
    role, version = version_of(name) or ("", 0)
    return _RANKS.index(role), version


def _changed_at(*folders: Path) -> tuple[int, ...]:
    """When files were last added to the folders, or renamed there; 0 for what can't be seen."""
    return tuple(map(_modified_ns, folders))


def _modified_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
