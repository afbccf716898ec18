"""What the server does by itself, round after round: a failure stops nothing else, and is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from fleet.errors import RefusedError

_LOG = logging.getLogger("fleet.upkeep")


class Upkeep:
    """One task of the server: what it tries in each round, and what of that fails."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}
        self._now: dict[str, str] = {}

    @property
    def failing(self) -> Sequence[str]:
        """A line for people for each thing that fails, until a round in which it does not."""
        found = {**self._last, **self._now}
        return [f"{what}: {why}" for what, why in found.items()]

    @contextmanager
    def round(self, what: str) -> Iterator[None]:
        """All that is tried in one go; what is not tried again no longer fails."""
        self._now = {}
        with self.attempt(what):
            yield
        self._last, self._now = self._now, {}

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Go on behind it whatever happens in it. It is logged when it begins to fail."""
        try:
            yield
        except (RefusedError, OperationalError) as error:
            why = str(error).splitlines()[0]
            if self._is_news(what, why):
                _LOG.warning("%s: %s", what, why)
        except Exception as error:  # noqa: BLE001 (a task that ends is missed by nobody)
            # Its text may hold what only the log may.
            if self._is_news(what, f"{type(error).__name__}, see the server's log"):
                _LOG.exception("%s", what)

    def _is_news(self, what: str, why: str) -> bool:
        known = why in (self._last.get(what), self._now.get(what))
        self._now[what] = why
        return not known
