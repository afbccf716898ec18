"""Windows in which boards may install: a cron expression, a duration, a time zone. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from fleet.cron import LAST_YEAR, Cron, CronError, parse_cron

SCHEDULE_LENGTH = 128
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>0\d|1[0-4]):(?P<minutes>[0-5]\d)", re.ASCII)
_DURATION = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
# The most that a zone's clock has been put forward or back by.
_TURN = timedelta(hours=3)


class WindowError(Exception):
    """There is no such window; one line says what is wrong with it."""


@dataclass(frozen=True)
class Span:
    """From the first millisecond of an open window to the one after its last."""

    begin_ms: int
    end_ms: int


class Window:
    """A window that opens again and again. `schedule`, `duration` and `zone` are its texts.

    What was found out is kept: asking again before the span ends costs next to nothing.
    """

    def __init__(self, texts: tuple[str, str, str], cron: Cron, length: timedelta, zone: tzinfo):
        self.schedule, self.duration, self.zone = texts
        self._cron = cron
        self._length = length
        self._zone = zone
        self._asked_ms = 0
        self._span: Span | None = None

    def __str__(self) -> str:
        return f"{self.schedule} for {self.duration} {self.zone}"

    def span(self, now_ms: int) -> Span | None:
        """The window that is open now, or else the next one; None if none will ever open."""
        if self._span is None or not self._asked_ms <= now_ms < self._span.end_ms:
            self._span = self._find(now_ms)
            self._asked_ms = now_ms
        return self._span

    def is_open(self, now_ms: int) -> bool:
        span = self.span(now_ms)
        return span is not None and span.begin_ms <= now_ms

    def next_start_ms(self, now_ms: int) -> int | None:
        """When the window that is open now has opened, or else when it opens."""
        span = self.span(now_ms)
        return span.begin_ms if span else None

    def _find(self, now_ms: int) -> Span | None:
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        if now.year > LAST_YEAR:
            return None
        since = now - self._length
        wall = since.astimezone(self._zone).replace(tzinfo=None)
        # What the clock has skipped stands before it on the clock, but opened after it.
        before = (since - _TURN).astimezone(self._zone)
        if before.utcoffset() != now.astimezone(self._zone).utcoffset():
            wall -= _TURN
        for hit in self._cron.after(wall):
            begin = round(hit.replace(tzinfo=self._zone).timestamp() * 1000)
            end = begin + round(self._length.total_seconds() * 1000)
            if end > now_ms:
                return Span(begin, end)
        return None


@lru_cache(maxsize=1024)
def parse_window(schedule: str, duration: str, zone: str) -> Window:
    """Raises WindowError. `zone`: an IANA name, or an offset such as +01:00, or Z."""
    if len(schedule) > SCHEDULE_LENGTH:
        raise WindowError(f"a schedule has at most {SCHEDULE_LENGTH} characters")
    try:
        cron = parse_cron(schedule)
    except CronError as error:
        raise WindowError(f"schedule: {error}") from error
    return Window((schedule, duration, zone), cron, _length(duration), _zone(zone))


def is_offset(zone: str) -> bool:
    """Whether a zone is one that hawkBit knows as well."""
    return zone == "Z" or _OFFSET.fullmatch(zone) is not None


def _length(duration: str) -> timedelta:
    match = _DURATION.fullmatch(duration)
    hours, minutes, seconds = map(int, match.groups()) if match else (0, 0, 0)
    if not hours + minutes + seconds:
        raise WindowError(f"duration {duration!r} is not between 00:00:01 and 23:59:59")
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _zone(name: str) -> tzinfo:
    if name == "Z":
        return UTC
    if match := _OFFSET.fullmatch(name):
        offset = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"]))
        return timezone(-offset if match["sign"] == "-" else offset)
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        pass
    raise WindowError(f"there is no time zone {name!r}: Europe/Berlin, for one, or +01:00")
