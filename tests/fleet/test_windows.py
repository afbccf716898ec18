"""When a window is open: cron expressions, durations, time zones and their turns of the clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fleet.windows import WindowError, is_offset, parse_window

_BERLIN = "Europe/Berlin"


def _ms(text: str, zone: str = _BERLIN) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def _span(window: tuple[str, str, str], now: str) -> tuple[str, str] | None:
    """Begin and end of the window that is open or comes next, on a clock in Berlin."""
    span = parse_window(*window).span(_ms(now))
    if span is None:
        return None
    times = [
        datetime.fromtimestamp(at / 1000, ZoneInfo(_BERLIN)) for at in (span.begin_ms, span.end_ms)
    ]
    begin, end = (each.strftime("%Y-%m-%d %H:%M") for each in times)
    return begin, end


@pytest.mark.parametrize(
    ("schedule", "duration", "zone", "now", "begin", "end"),
    [
        ("0 0 2 * * ?", "02:00:00", _BERLIN, "2026-11-22 01:59:59", "22 02:00", "22 04:00"),
        ("0 0 2 * * ?", "02:00:00", _BERLIN, "2026-11-22 03:59:59", "22 02:00", "22 04:00"),
        ("0 0 2 * * ?", "02:00:00", _BERLIN, "2026-11-22 04:00:00", "23 02:00", "23 04:00"),
        ("0 0 22 ? * MON-FRI", "08:00:00", _BERLIN, "2026-11-21 05:00", "20 22:00", "21 06:00"),
        ("0 0 22 ? * MON-FRI", "08:00:00", _BERLIN, "2026-11-21 07:00", "23 22:00", "24 06:00"),
        ("0 0 3 ? * 1", "01:00:00", _BERLIN, "2026-11-23 12:00", "29 03:00", "29 04:00"),
        ("0 0/20 3 * * ?", "00:05:00", _BERLIN, "2026-11-22 03:06", "22 03:20", "22 03:25"),
        ("0 0 22-1 * * ?", "00:30:00", _BERLIN, "2026-11-22 23:40", "23 00:00", "23 00:30"),
        ("0 0 3 L * ?", "01:00:00", _BERLIN, "2026-11-22 12:00", "30 03:00", "30 04:00"),
        ("0 0 3 10,25 * ?", "01:00:00", _BERLIN, "2026-11-22 12:00", "25 03:00", "25 04:00"),
        ("0 0 2 * * ?", "02:00:00", "-05:00", "2026-11-22 01:00", "22 08:00", "22 10:00"),
        ("0 0 2 * * ?", "02:00:00", "Z", "2026-11-22 01:00", "22 03:00", "22 05:00"),
    ],
)
def test_the_next_window_is_found(
    schedule: str, duration: str, zone: str, now: str, begin: str, end: str
) -> None:
    expected = (f"2026-11-{begin}", f"2026-11-{end}")
    assert _span((schedule, duration, zone), now) == expected


def test_a_day_that_the_year_does_not_have_is_waited_for() -> None:
    leap = ("0 0 3 29 2 ?", "01:00:00", _BERLIN)
    assert _span(leap, "2026-11-22 01:00") == ("2028-02-29 03:00", "2028-02-29 04:00")
    assert _span(("0 0 3 31 2 ?", "01:00:00", _BERLIN), "2026-11-22 01:00") is None
    assert _span(("0 0 3 * * ? 2020", "01:00:00", _BERLIN), "2026-11-22 01:00") is None


def test_a_window_that_the_clock_skips_in_spring_comes_an_hour_later() -> None:
    window = ("0 30 2 * * ?", "00:10:00", _BERLIN)
    assert _span(window, "2026-03-29 01:00") == ("2026-03-29 03:30", "2026-03-29 03:40")


@pytest.mark.parametrize("duration", ["01:00:00", "03:00:00"])
def test_a_window_that_the_clock_skips_stays_open_to_its_end(duration: str) -> None:
    """However late it is asked for: a server that has just started knows no earlier answer."""
    begin = _ms("2027-03-28 03:30")
    end = begin + int(duration[:2]) * 3_600_000
    for now in range(begin - 3_600_000, end + 3_600_000, 300_000):
        parse_window.cache_clear()
        assert parse_window("0 30 2 * * ?", duration, _BERLIN).is_open(now) == (begin <= now < end)


def test_a_window_that_the_clock_repeats_in_autumn_opens_once() -> None:
    window = ("0 30 2 * * ?", "00:10:00", _BERLIN)
    assert _span(window, "2026-10-25 01:00") == ("2026-10-25 02:30", "2026-10-25 02:40")
    second = datetime(2026, 10, 25, 2, 35, tzinfo=ZoneInfo(_BERLIN), fold=1)
    assert not parse_window(*window).is_open(int(second.timestamp() * 1000))
    assert parse_window(*window).is_open(int(second.timestamp() * 1000) - 3_600_000)


def test_what_was_found_is_forgotten_when_the_window_closes() -> None:
    window = parse_window("0 0 2 * * ?", "02:00:00", _BERLIN)
    states = [
        window.is_open(_ms(f"2026-11-{day} {hour}"))
        for day, hour in (("22", "01:00"), ("22", "03:00"), ("22", "05:00"), ("23", "02:30"))
    ]
    assert states == [False, True, False, True]
    assert not window.is_open(_ms("2026-11-20 01:00"))  # a clock that was put back


@pytest.mark.parametrize(
    ("schedule", "duration", "zone", "told"),
    [
        ("0 0 2 * *", "01:00:00", "Z", "has 5 fields"),
        ("0 0 2 * * *", "01:00:00", "Z", "must be ?, not both"),
        ("0 0 2 ? * ?", "01:00:00", "Z", "must be ?, not both"),
        ("0 0 24 * * ?", "01:00:00", "Z", "'24' is no hour: 0 to 23"),
        ("0 0 2 ? * FRY", "01:00:00", "Z", "'FRY' is no day of week"),
        ("0 0/0 2 * * ?", "01:00:00", "Z", "a step of 0"),
        ("0 0 ? 1 * ?", "01:00:00", "Z", "'?' is no hour"),
        ("0 0 2-, * * ?", "01:00:00", "Z", "'2-' is no hour"),
        ("0 0 9" + "9" * 130 + " * * ?", "01:00:00", "Z", "at most 128"),
        ("0 0 2 * * ?", "24:00:00", "Z", "duration '24:00:00'"),
        ("0 0 2 * * ?", "00:00:00", "Z", "duration '00:00:00'"),
        ("0 0 2 * * ?", "01:00:00", "Mars/Base", "no time zone 'Mars/Base'"),
        ("0 0 2 * * ?", "01:00:00", "../../etc/passwd", "no time zone"),
        ("0 0 2 * * ?", "01:00:00", "+15:00", "no time zone"),
    ],
)
def test_a_window_that_cannot_be_is_told_in_one_line(
    schedule: str, duration: str, zone: str, told: str
) -> None:
    with pytest.raises(WindowError) as caught:
        parse_window(schedule, duration, zone)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_offsets_are_what_hawkbit_knows() -> None:
    assert [is_offset(each) for each in ("+01:00", "-05:30", "Z", _BERLIN, "UTC")] == [
        True,
        True,
        True,
        False,
        False,
    ]
