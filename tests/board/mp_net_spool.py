"""The spool and URLs."""

from fakes_link import URL, Body, Line, Net, answer, connection, error_of

from net.errors import LinkError
from net.spool import Spool
from net.url import origin, split


async def _fill(spool, *parts):
    """Fill it with a body that comes in these parts; more than there is: the body breaks off."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % sum(map(len, parts))
    Net(Line([head] + [part for part in parts if part]))
    http = connection(timeout_ms=50)
    await http.request("GET", URL)
    await spool.fill(http)


async def _break_off(spool, body):
    """A body that ends in the middle."""
    Net(Line([answer(200, body)[:-1]]))
    http = connection(timeout_ms=50)
    await http.request("GET", URL)
    await error_of(LinkError, spool.fill(http))


async def test_what_was_filled_in_comes_out():
    spool = Spool(100)
    await _fill(spool, b"one ", b"two")
    assert spool.bytes() == b"one two"


async def test_part_that_was_taken_is_all_that_the_stream_gives():
    spool, body = Spool(10), Body([b"0123456789", b"abc", b"defghijkl"])
    for part in (b"0123456789", b"abcde", b"", b"f", b"ghij", b"kl"):
        await spool.take(body, len(part))
        assert spool.bytes() == part
        assert spool.stream.read(3) == part[:3]
        assert spool.stream.read() == part[3:]


async def test_part_that_does_not_fit_or_is_not_there_is_a_link_error():
    for body, count in (([b"x" * 11], 11), ([b"x" * 10] * 10, 65535), ([b"x" * 4], 5), ([], 1)):
        spool = Spool(10)
        await error_of(LinkError, spool.take(Body(body), count))
        await spool.take(Body([b"good"]), 4)
        assert spool.stream.read() == b"good"


async def test_memory_may_be_lent():
    spool = Spool(10)
    await spool.take(Body([b"before"]), 6)
    assert len(spool.memory) == 10
    assert spool.memory[4:] == b"before"
    spool.memory[:] = b"0123456789"
    await spool.take(Body([b"ab"]), 2)
    assert spool.memory == b"01234567ab"
    assert spool.stream.read() == b"ab"


async def test_full_spool_is_not_too_long():
    spool = Spool(100)
    await _fill(spool, b"x" * 60, b"y" * 40)
    assert spool.bytes() == b"x" * 60 + b"y" * 40


async def test_body_that_does_not_fit_is_refused_and_the_connection_dropped():
    spool, line = Spool(100), Line(answer(200, b"x" * 101), answer(200, b"{}"))
    Net(line)
    http = connection(timeout_ms=50)
    await http.request("GET", URL)
    await error_of(LinkError, spool.fill(http))
    assert line.closed


async def test_json_is_read_behind_a_longer_content():
    spool = Spool(1000)
    for body, value in (
        (b'{"a": "%s"}' % ("x" * 600), {"a": "x" * 600}),
        (b'{"b": 1}', {"b": 1}),
        (b'{"c": "%s"}' % ("y" * 300), {"c": "y" * 300}),
        (b"[]", []),
        (b"1", 1),
    ):
        await _fill(spool, body)
        assert spool.json() == value
        assert spool.bytes() == body


async def test_json_is_read_after_a_body_that_broke_off():
    spool = Spool(1000)
    await _break_off(spool, b"}" * 500)
    await _fill(spool, b'{"a": 1}')
    assert spool.json() == {"a": 1}


async def test_json_is_read_after_a_body_that_was_too_long():
    spool = Spool(3000)
    Net(Line(answer(200, b"}" * 3001)))
    http = connection(timeout_ms=50)
    await http.request("GET", URL)
    await error_of(LinkError, spool.fill(http))
    await _fill(spool, b'{"a": 1}')
    assert spool.json() == {"a": 1}


async def test_what_is_no_json_is_a_value_error():
    spool = Spool(1000)
    for body in (b"", b"{", b"<html>", b"{'a': 1}", b"\xff\xfe", b'{"a": 1} x'):
        await _fill(spool, body)
        try:
            raise AssertionError(spool.json())
        except ValueError:
            pass


def test_urls_are_split():
    for url, parts in (
        ("http://server", (False, "server", 80, "/")),
        ("https://server/", (True, "server", 443, "/")),
        ("http://10.0.0.1:8080/a/b?c=d/e:f@g", (False, "10.0.0.1", 8080, "/a/b?c=d/e:f@g")),
    ):
        assert split(url) == parts
        assert origin(url) == parts[:3]


def test_what_is_no_http_url_is_a_value_error():
    for url in (
        "",
        "server",
        "/path",
        "ftp://server/",
        "HTTP//server",
        "http://",
        "http:///path",
        "http://:80/",
        "http://server:/",
        "http://server:http/",
        "http://user@server/",
        "http://server:8080@other/",
        "http://[::1]/",
    ):
        try:
            raise AssertionError((url, split(url)))
        except ValueError:
            pass


def test_url_that_would_change_the_request_is_refused():
    for url in (
        "http://server/a b",
        "http://server/a\r\nX: y",
        "http://server/a\nX: y",
        "http://ser\tver/",
        "http://server/\x7f",
        "http://server/\u00e9",
        "http://server:0/",
        "http://server:-1/",
        "http://server:65536/",
    ):
        try:
            raise AssertionError((url, split(url)))
        except ValueError:
            pass
