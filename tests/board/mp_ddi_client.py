"""The device's conversation with a DDI server, against scripted answers."""

import json

from fakes_link import Line, Net, Pinned, answer, connection, error_of

from ddi.client import Client
from ddi.errors import GoneError, NonsenseError
from net.errors import LinkError, StatusError
from net.spool import Spool

SERVER = "http://server:8080"
ROOT = "/DEFAULT/controller/v1/board-1"
TOKEN = "Authorization: TargetToken secret"
BOARD = {"id": "board-1", "token": "secret", "server": SERVER}
POLL = {"config": {"polling": {"sleep": "00:00:10"}}, "_links": {}}


def _client(*lines, spool=None, **board):
    """A client, and the network that the lines are the connections of."""
    net = Net(*lines)
    return Client(connection(timeout_ms=50), dict(BOARD, **board), spool or Spool(4096)), net


def _json(value, *headers):
    return answer(200, json.dumps(value).encode(), *headers)


def _head(request):
    """The request line and the set of header lines."""
    first, *rest = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return first, set(rest)


def _body(request):
    return json.loads(request.partition(b"\r\n\r\n")[2])


async def test_poll_shows_the_token_and_gives_sleep_and_links():
    line = Line(_json(POLL))
    client, net = _client(line)
    assert await client.poll() == (10, {})
    first, headers = _head(line.requests[0])
    assert first == f"GET {ROOT} HTTP/1.1"
    assert headers == {"Host: server:8080", "Accept: application/json", TOKEN}
    assert net.opened == [("server", 8080, False)]


async def test_tenant_and_a_slash_behind_the_server_are_minded():
    line = Line(_json(POLL))
    client, _ = _client(line, server=SERVER + "/", tenant="FIRM")
    await client.poll()
    assert _head(line.requests[0])[0] == "GET /FIRM/controller/v1/board-1 HTTP/1.1"


async def test_poll_that_has_not_changed_gives_the_last_one_again():
    other = {"config": {"polling": {"sleep": "00:00:20"}}}
    line = Line(_json(POLL, 'ETag: "a"'), answer(304), _json(other), _json(POLL))
    client, _ = _client(line)
    for sleep_s in (10, 10, 20, 10):
        assert await client.poll() == (sleep_s, {})
    asked = ['If-None-Match: "a"' in _head(request)[1] for request in line.requests]
    assert asked == [False, True, True, False]


async def test_not_changed_as_the_first_answer_is_nothing_to_go_by():
    client, _ = _client(Line(answer(304)))
    assert (await error_of(StatusError, client.poll())).status == 304


async def test_nonsense_leaves_the_last_good_poll_in_force():
    line = Line(_json(POLL, 'ETag: "a"'), _json([], 'ETag: "b"'), answer(304))
    client, _ = _client(line)
    await client.poll()
    await error_of(NonsenseError, client.poll())
    assert await client.poll() == (10, {})
    assert 'If-None-Match: "a"' in _head(line.requests[2])[1]


async def test_statuses_are_errors_and_leave_the_connection_usable():
    for status in (200, 201, 204, 301, 400, 401, 403, 404, 410, 429, 500, 503):
        sent = answer(status, b"" if status == 204 else b"<html>")
        line = Line(sent, _json(POLL))
        client, _ = _client(line)
        error = await error_of(LinkError, client.poll())
        assert isinstance(error, GoneError) == (status in (404, 410)), status
        assert isinstance(error, StatusError) == (status != 200), status
        assert await client.poll() == (10, {})


async def test_error_with_an_endless_body_is_an_error_all_the_same():
    first = Line(answer(500, b"x" * 5000))
    client, _ = _client(first, Line(_json(POLL)))
    assert (await error_of(StatusError, client.poll())).status == 500
    assert first.closed
    assert await client.poll() == (10, {})


async def test_answer_that_is_no_json_is_nonsense():
    for body in (b"", b"hello", b"{", b"\xff\xfe{}", b"{}{}"):
        client, _ = _client(Line(answer(200, body)))
        await error_of(NonsenseError, client.poll())


async def test_answer_larger_than_the_board_takes_is_a_link_error():
    client, _ = _client(Line(_json({"x": "y" * 5000})))
    await error_of(LinkError, client.poll())


async def test_deployment_is_asked_for_by_its_link_as_it_is():
    line = Line(_json({"id": "8", "deployment": {"chunks": []}}))
    client, _ = _client(line)
    assert (await client.deployment(SERVER + ROOT + "/deploymentBase/8?c=-5")).id == "8"
    first, headers = _head(line.requests[0])
    assert first == f"GET {ROOT}/deploymentBase/8?c=-5 HTTP/1.1"
    assert TOKEN in headers


async def test_link_that_is_none_is_nonsense():
    client, net = _client()
    for href in ("", "/deploymentBase/8", "ftp://server/8", "http://server/8\r\nX: y"):
        await error_of(NonsenseError, client.deployment(href))
    assert net.opened == []


async def test_attributes_replace_all_earlier_ones():
    line = Line(answer(200))
    client, _ = _client(line)
    await client.put("configData", {"mode": "replace", "data": {"slot": "1"}})
    first, headers = _head(line.requests[0])
    assert first == f"PUT {ROOT}/configData HTTP/1.1"
    assert TOKEN in headers
    assert "Content-Type: application/json" in headers
    assert _body(line.requests[0]) == {"mode": "replace", "data": {"slot": "1"}}


async def test_feedback_goes_to_the_action():
    line = Line(answer(200), answer(204))
    client, _ = _client(line)
    await client.feedback("8", "proceeding", "none", ["<1>"])
    await client.feedback("9", "closed", "success", [], "cancelAction")
    assert _head(line.requests[0])[0] == f"POST {ROOT}/deploymentBase/8/feedback HTTP/1.1"
    assert _body(line.requests[0])["status"]["details"] == ["?1?"]
    assert _head(line.requests[1])[0] == f"POST {ROOT}/cancelAction/9/feedback HTTP/1.1"


async def test_feedback_that_is_not_taken_is_an_error():
    for status, kind in (
        (404, GoneError),
        (410, GoneError),
        (401, StatusError),
        (429, StatusError),
        (500, StatusError),
        (304, StatusError),
    ):
        client, _ = _client(Line(answer(status)))
        error = await error_of(kind, client.feedback("8", "closed", "success", []))
        assert type(error) is kind
        assert error.status == status


def _part(body, content_range, etag='"a"', status=206):
    return answer(status, body, f"Content-Range: {content_range}", f"ETag: {etag}")


async def test_range_of_an_artifact_comes_into_the_spool():
    line = Line(_part(b"hello", "bytes 10-14/100"), _part(b"world", "bytes 15-19/*"))
    spool = Spool(100)
    client, _ = _client(line, spool=spool)
    etag = await client.get_range(SERVER + "/a.bin", 10, 5, None)
    assert etag == '"a"'
    assert spool.bytes() == b"hello"
    assert await client.get_range(SERVER + "/a.bin", 15, 5, etag) == '"a"'
    assert spool.bytes() == b"world"
    ranges = ["Range: bytes=10-14" in _head(line.requests[0])[1]]
    ranges.append("Range: bytes=15-19" in _head(line.requests[1])[1])
    assert ranges == [True, True]


async def test_open_range_is_read_in_pieces_from_one_answer():
    line = Line(_part(b"hello world", "bytes 10-20/100"), _part(b"next", "bytes 21-24/100"))
    spool = Spool(8)
    client, net = _client(line, spool=spool)
    assert await client.open_range(SERVER + "/a.bin", 10, 11, None) == '"a"'
    for piece in (b"hello", b" ", b"world"):
        await client.read(len(piece))
        assert spool.bytes() == piece
    await client.get_range(SERVER + "/a.bin", 21, 4, '"a"')
    assert spool.bytes() == b"next"
    assert (len(line.requests), len(net.opened)) == (2, 1)


async def test_range_that_was_not_read_to_its_end_does_not_disturb_the_next():
    first = Line(_part(b"hello world", "bytes 10-20/100"))
    second = Line(_part(b"next", "bytes 21-24/100"))
    spool = Spool(100)
    client, _ = _client(first, second, spool=spool)
    await client.open_range(SERVER + "/a.bin", 10, 11, None)
    await client.read(2)
    await client.get_range(SERVER + "/a.bin", 21, 4, None)
    assert first.closed
    assert spool.bytes() == b"next"


async def test_range_cut_short_in_its_second_piece_is_a_link_error():
    client, _ = _client(Line(_part(b"hello world", "bytes 10-20/100")[:-1]))
    await client.open_range(SERVER + "/a.bin", 10, 11, None)
    await client.read(5)
    await error_of(LinkError, client.read(6))


async def test_range_that_is_the_whole_file_may_come_as_hawkbit_sends_it():
    line = Line(_part(b"hello", "bytes 0-4/5", status=200))
    spool = Spool(100)
    client, _ = _client(line, spool=spool)
    assert await client.get_range(SERVER + "/a.bin", 0, 5, None) == '"a"'
    assert spool.bytes() == b"hello"


async def test_nothing_but_the_very_range_counts():
    wrong = (
        # the whole file: 200 to a Range request, whatever else it says
        answer(200, b"hello", 'ETag: "a"'),
        _part(b"hello", "bytes 10-14/100", status=200),
        _part(b"hello", "bytes 0-4/5", status=200),
        _part(b"hello", "bytes 0-4/100"),
        _part(b"hello!", "bytes 10-15/100"),
        _part(b"hell", "bytes 10-13/100"),
        _part(b"hello", "bytes */100"),
        _part(b"hello", "10-14/100"),
        answer(206, b"hello", 'ETag: "a"'),
        # the right range, but not as many bytes
        _part(b"hell", "bytes 10-14/100"),
        _part(b"hello!", "bytes 10-14/100"),
        b'HTTP/1.1 206 P\r\nContent-Range: bytes 10-14/100\r\nETag: "a"\r\n\r\nhello',
        # another file by now
        _part(b"hello", "bytes 10-14/100", etag='"b"'),
        answer(206, b"hello", "Content-Range: bytes 10-14/100"),
        answer(416, b"", "Content-Range: bytes */100"),
        answer(500),
    )
    for number, sent in enumerate(wrong):
        first, second = Line(sent), Line(_part(b"hello", "bytes 10-14/100"))
        spool = Spool(100)
        client, _ = _client(first, second, spool=spool)
        error = await error_of(LinkError, client.get_range(SERVER + "/a.bin", 10, 5, '"a"'))
        assert not isinstance(error, GoneError), number
        # What else was coming is dropped with the connection, not read.
        assert first.closed, number
        await client.get_range(SERVER + "/a.bin", 10, 5, '"a"')
        assert spool.bytes() == b"hello", number


async def test_artifact_that_is_no_longer_there_is_gone():
    for status in (404, 410):
        client, _ = _client(Line(answer(status)))
        await error_of(GoneError, client.get_range(SERVER + "/a.bin", 0, 5, None))


async def test_artifact_cut_short_is_a_link_error():
    client, _ = _client(Line(_part(b"hello", "bytes 0-4/5")[:-1]))
    await error_of(LinkError, client.get_range(SERVER + "/a.bin", 0, 5, None))


async def test_token_goes_to_nobody_but_the_server():
    for href in (
        "http://other:8080/a.bin",
        "http://server:8081/a.bin",
        "http://server/a.bin",
        "https://server:8080/a.bin",
        "http://server.other:8080/a.bin",
        "http://SERVER:8080/a.bin",
    ):
        line = Line(_part(b"hello", "bytes 0-4/5"))
        Net(line)
        client = Client(connection(tls=Pinned()), BOARD, Spool(100))
        await client.get_range(href, 0, 5, None)
        assert b"secret" not in line.requests[0], href
        assert b"Authorization" not in line.requests[0], href


async def test_link_that_hides_another_server_is_refused():
    client, net = _client()
    for href in (
        "http://server:8080@other/a",
        "http://secret@server:8080/a",
        "http://server:8080 @other/a",
    ):
        await error_of(NonsenseError, client.deployment(href))
    assert net.opened == []
