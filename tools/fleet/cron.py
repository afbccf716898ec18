"""Cron expressions as Quartz has them, and so hawkBit (facts: mgmt.md 7). No I/O, no time zone.

Six or seven fields: second minute hour day-of-month month day-of-week [year], with `?` in one of
the two day fields. Of Quartz's own signs `L` (the last day of a month) is understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

LAST_YEAR = 2099
# A day that every pattern without a year hits again within that many years: 29 February, Sunday.
_YEARS_AHEAD = 41
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d{1,4}))?", re.ASCII)


class CronError(Exception):
    """The text is no such expression; says what is wrong."""


@dataclass(frozen=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _WEEKDAYS),
    _Field("year", 1970, LAST_YEAR),
)


@dataclass(frozen=True)
class Cron:
    """Sets of numbers as they stand in it; Sunday is 1. `last`: the last day of a month."""

    times: tuple[time, ...]
    hours: frozenset[int]
    days: frozenset[int]
    last: bool
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def after(self, moment: datetime) -> Iterator[datetime]:
        """All hits later than a wall clock's time, in order."""
        day = moment.date()
        final = date(min(day.year + _YEARS_AHEAD, LAST_YEAR), 12, 31)
        while day <= final:
            if not self._may_hit_month(day):
                day = _next_month(day)
                continue
            if self._hits_day(day):
                yield from self._within(day, moment)
            day += timedelta(days=1)

    def _within(self, day: date, moment: datetime) -> Iterator[datetime]:
        for hour in sorted(self.hours):
            if datetime.combine(day, time(hour, 59, 59)) <= moment:
                continue
            for each in self.times:
                hit = datetime.combine(day, each.replace(hour=hour))
                if hit > moment:
                    yield hit

    def _may_hit_month(self, day: date) -> bool:
        return day.month in self.months and day.year in self.years

    def _hits_day(self, day: date) -> bool:
        is_last = self.last and (day + timedelta(days=1)).month != day.month
        if day.day not in self.days and not is_last:
            return False
        return day.isoweekday() % 7 + 1 in self.weekdays


def parse_cron(text: str) -> Cron:
    """Raises CronError."""
    parts = text.split()
    if len(parts) not in (6, 7):
        raise CronError(
            f"{text!r} has {len(parts)} fields: second minute hour day month weekday [year] are 6"
        )
    if (parts[3] == "?") == (parts[5] == "?"):
        raise CronError(f"{text!r}: one of day of month and day of week must be ?, not both")
    parts += ["*"] if len(parts) == 6 else []
    last = parts[3].upper() == "L"
    given = dict(zip((field.name for field in _FIELDS), parts, strict=True))
    if last:
        given["day of month"] = "?"
    values = {field.name: _values(field, given[field.name]) for field in _FIELDS}
    return Cron(
        times=tuple(
            time(0, minute, second)
            for minute in sorted(values["minute"])
            for second in sorted(values["second"])
        ),
        hours=values["hour"],
        days=frozenset() if last else values["day of month"],
        last=last,
        months=values["month"],
        weekdays=values["day of week"],
        years=values["year"],
    )


def _values(field: _Field, text: str) -> frozenset[int]:
    if text == "?" and field.name.startswith("day"):
        return frozenset(range(field.low, field.high + 1))
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise CronError(f"{part!r} is no {field.name}")
        found |= _range(field, part, match)
    return frozenset(found)


def _range(field: _Field, part: str, match: re.Match[str]) -> set[int]:
    first, last, step = match["first"], match["last"], match["step"]
    if first == "*":
        low, high = field.low, field.high
        if last:
            raise CronError(f"{part!r} is no {field.name}")
    else:
        low = _number(field, first)
        high = _number(field, last) if last else (field.high if step else low)
    every = int(step or 1)
    if not every:
        raise CronError(f"{part!r}: a step of 0 leads nowhere")
    if low <= high:
        return set(range(low, high + 1, every))
    # Quartz: 22-2 goes round.
    around = [*range(low, field.high + 1), *range(field.low, high + 1)]
    return set(around[::every])


def _number(field: _Field, text: str) -> int:
    if text.upper() in field.names:
        return field.names.index(text.upper()) + field.low
    if not text.isdigit() or not field.low <= int(text[:9]) <= field.high:
        raise CronError(f"{text!r} is no {field.name}: {field.low} to {field.high}")
    return int(text)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
