"""The chip's clock, by what a server says: its answer's Date, or its certificate."""

import time

import machine

_1970_TO_2000_S = 946_684_800
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def seconds(text):
    """Seconds since 1970 of a Date header like "Sun, 06 Nov 1994 08:49:37 GMT"; else None.

    RFC 9110, 5.6.7 and 6.6.1.
    """
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


def unset_clock():
    """The clock as after a power cut."""
    machine.RTC().datetime((2000, 1, 1, 5, 0, 0, 0, 0))


def set_clock_since(certificate):
    """Set the chip's clock to the time from which a certificate in DER is valid, if it is one."""
    try:
        year, month, day, hour, minute, second = not_before(certificate)
    except (ValueError, IndexError):
        return False
    machine.RTC().datetime((year, month, day, 0, hour, minute, second, 0))
    return True


def not_before(certificate):
    """(year, month, day, hour, minute, second) from which a certificate in DER is valid.

    RFC 5280, 4.1. ValueError, IndexError: it is none.
    """
    at = _inside(certificate, _inside(certificate, 0)[0])[0]
    if certificate[at] == 0xA0:  # its version
        at = _inside(certificate, at)[1]
    for _ in range(3):  # serial number, signature's algorithm, issuer
        at = _inside(certificate, at)[1]
    start, end = _inside(certificate, _inside(certificate, at)[0])
    text = str(certificate[start:end], "ascii")
    if len(text) == 13:  # UTCTime, of 1950 to 2049
        text = ("19" if text[:2] >= "50" else "20") + text
    if len(text) != 15 or text[14] != "Z":
        raise ValueError
    return [int(text[:4])] + [int(text[n : n + 2]) for n in range(4, 14, 2)]


def _inside(der, at):
    """Where the content of the element at `at` begins and ends (X.690, 8.1)."""
    size, at = der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, at = int.from_bytes(der[at : at + count], "big"), at + count
    if at + size > len(der):
        raise ValueError
    return at, at + size
