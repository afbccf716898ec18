"""The time of a server's answer (RFC 9110, 5.6.7 and 6.6.1)."""

import time

import machine

_1970_TO_2000_S = 946_684_800
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def seconds(text):
    """Seconds since 1970 of a Date header like "Sun, 06 Nov 1994 08:49:37 GMT"; else None."""
    words = (text or "").replace(":", " ").split()
    if len(words) != 8 or words[7] != "GMT":
        return None
    index = _MONTHS.find(words[2])
    try:
        day, year, hour, minute, second = [int(words[n]) for n in (1, 3, 4, 5, 6)]
    except ValueError:
        return None
    if len(words[2]) != 3 or index % 3 or not 2000 <= year < 10000:
        return None
    if not (0 < day < 32 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 61):
        return None
    # Years and months counted from March on, so that a leap day is the last of its year.
    month = (index // 3 + 10) % 12
    year -= month > 9
    days = 365 * year + year // 4 - year // 100 + year // 400
    days += (153 * month + 2) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def set_clock(text):
    """Set the chip's clock by a Date header, if it is one."""
    told_s = seconds(text)
    if told_s is not None:
        now = time.gmtime(told_s - _1970_TO_2000_S)
        machine.RTC().datetime(now[:3] + (now[6],) + now[3:6] + (0,))
