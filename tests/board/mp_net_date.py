"""The Date header, and from when a certificate is valid."""

from net import date
from net.date import not_before, seconds, set_clock_since, unset_clock


def test_date_is_seconds_since_1970():
    for text, wanted in (
        ("Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 946684800),
        ("Tue, 29 Feb 2000 23:59:59 GMT", 951868799),
        ("Wed, 01 Mar 2000 00:00:00 GMT", 951868800),
        ("Sun, 31 Dec 2023 23:59:59 GMT", 1704067199),
        ("Thu, 29 Feb 2024 12:00:00 GMT", 1709208000),
        ("Fri, 15 Jan 2027 08:00:00 GMT", 1800000000),
        ("Mon, 19 Jan 2038 03:14:08 GMT", 2147483648),
        ("Mon, 01 Mar 2100 00:00:00 GMT", 4107542400),
    ):
        assert seconds(text) == wanted, text


def test_every_month_follows_the_one_before():
    days = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    at = 1735689600  # 2025 begins
    for index in range(12):
        assert seconds(f"Wed, 01 {names[index]} 2025 00:00:00 GMT") == at, names[index]
        at += days[index] * 86400


def test_what_is_no_date_is_none():
    for text in (
        None,
        "",
        "now",
        "Fri, 15 Jan 2027 08:00:00",
        "Fri, 15 Jan 2027 08:00:00 CET",
        "Fri, 15 Foo 2027 08:00:00 GMT",
        "Fri, 15 anF 2027 08:00:00 GMT",
        "Fri, 15 an 2027 08:00:00 GMT",
        "Fri, 00 Jan 2027 08:00:00 GMT",
        "Fri, 32 Jan 2027 08:00:00 GMT",
        "Fri, 15 Jan 2027 24:00:00 GMT",
        "Fri, 15 Jan 2027 08:60:00 GMT",
        "Fri, 15 Jan 2027 08:00:61 GMT",
        "Fri, -1 Jan 2027 08:00:00 GMT",
        "Fri, 15 Jan 99999 08:00:00 GMT",
        "Friday, 15-Jan-27 08:00:00 GMT",
        "Fri Jan 15 08:00:00 2027",
    ):
        assert seconds(text) is None, text


def _element(tag, *parts):
    """An element in DER."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    return bytes((tag, 0x82, len(body) >> 8, len(body) & 255)) + body


def _certificate(begins, with_version=True):
    """What of a certificate lies before the time from which it is valid, and some bytes more."""
    validity = _element(0x30, begins, _element(0x17, b"491231235959Z"))
    issuer = _element(0x30, b"\x17\x0d" + b"990101000000Z" * 30)  # looks like a time
    version = _element(0xA0, b"\2\1\2") if with_version else b""
    parts = (version, _element(2, b"\x17" * 20), _element(0x30, b"alg"), issuer, validity)
    return _element(0x30, _element(0x30, *parts, _element(0x30, bytes(200))), b"signature")


def test_time_from_which_a_certificate_is_valid_is_read():
    for begins, wanted in (
        (_element(0x17, b"261122053015Z"), [2026, 11, 22, 5, 30, 15]),
        (_element(0x17, b"991231235959Z"), [1999, 12, 31, 23, 59, 59]),
        (_element(0x18, b"20500101000000Z"), [2050, 1, 1, 0, 0, 0]),
    ):
        assert not_before(_certificate(begins)) == wanted
        assert not_before(_certificate(begins, with_version=False)) == wanted


class _Rtc:
    set_to = None

    def datetime(self, fields):
        _Rtc.set_to = fields


class _Machine:
    RTC = _Rtc


def test_clock_is_set_by_a_certificate_and_unset():
    date.machine = _Machine
    assert set_clock_since(_certificate(_element(0x17, b"261122053015Z")))
    assert _Rtc.set_to == (2026, 11, 22, 0, 5, 30, 15, 0)
    unset_clock()
    assert _Rtc.set_to[0] == 2000


def test_certificate_that_is_none_sets_no_clock():
    date.machine, _Rtc.set_to = _Machine, None
    whole = _certificate(_element(0x17, b"261122053015Z"))
    spoilt = [whole[:end] for end in range(0, 420, 7)]
    spoilt += [_certificate(_element(0x17, text)) for text in (b"", b"26112205301Z", b"x" * 13)]
    for certificate in spoilt:
        assert not set_clock_since(certificate), certificate
    assert _Rtc.set_to is None
