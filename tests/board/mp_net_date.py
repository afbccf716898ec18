"""The Date header."""

from net.date import seconds


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
