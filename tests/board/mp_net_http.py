"""HTTP over one connection: framing, keeping the connection, and servers that break the rules."""

import time

from fakes_link import SILENCE, URL, Line, Net, Pinned, answer, body_of, connection, error_of, get

import net.http
from net.errors import LinkError

HELLO = answer(200, b"hello")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def _get(*answers):
    """What a connection of its own gives: (status, body)."""
    Net(Line(*answers))
    status, _, body = await get(connection(timeout_ms=50))
    return status, body


async def _refusal(*answers):
    """The text of the LinkError, and the connection afterwards."""
    line = Line(*answers)
    Net(line)
    error = await error_of(LinkError, get(connection(timeout_ms=50)))
    return str(error)


async def test_body_ends_where_content_length_says():
    assert await _get(HELLO) == (200, b"hello")


async def test_body_without_length_ends_with_the_connection():
    for version in (b"1.0", b"1.1"):
        head = b"HTTP/" + version + b" 200 OK\r\n\r\n"
        assert await _get([head + b"he", b"llo"]) == (200, b"hello")


async def test_chunks_are_joined():
    sent = CHUNKED + b"5\r\nhello\r\nA;note=1\r\n wide worl\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n"
    assert await _get(sent) == (200, b"hello wide world")


async def test_answer_may_come_byte_by_byte():
    for whole in (HELLO, CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"):
        parts = []
        for byte in whole:
            parts += [None, bytes([byte])]
        assert await _get(parts) == (200, b"hello")


async def test_body_larger_than_the_buffer_comes_in_pieces():
    body = bytes(range(250)) * 20
    assert await _get(answer(200, body)) == (200, body)
    chunks = b"".join(b"3e8\r\n" + body[at : at + 1000] + b"\r\n" for at in range(0, 5000, 1000))
    assert await _get(CHUNKED + chunks + b"0\r\n\r\n") == (200, body)


async def test_piece_is_no_longer_than_asked_for():
    chunks = b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
    for sent in (HELLO, CHUNKED + chunks, b"HTTP/1.0 200 OK\r\n\r\nhello"):
        Net(Line(sent))
        http = connection(timeout_ms=50)
        await http.request("GET", URL)
        pieces = []
        for _ in range(4):
            pieces.append(bytes(await http.piece(2)))
        assert pieces[0] == b"he"
        assert b"".join(pieces) == b"hello", pieces


async def test_headers_have_lower_case_names_and_only_the_known_ones():
    Net(Line(answer(206, b"", 'ETag:"a"', "X-Powered-By: y", "CONTENT-RANGE:  bytes 0-1/2 ")))
    status, headers = await connection().request("GET", URL)
    assert status == 206
    assert headers == {"etag": '"a"', "content-range": "bytes 0-1/2", "content-length": "0"}


async def test_request_is_sent_whole():
    line = Line(HELLO)
    Net(line)
    http = connection()
    await http.request("PUT", "http://server/a/b?c=1", [("Accept", "text/plain")], b"{}")
    assert line.requests == [
        b"PUT /a/b?c=1 HTTP/1.1\r\nHost: server:80\r\nAccept: text/plain\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    ]


async def test_answers_without_a_body_leave_the_connection_in_use():
    for status in (204, 304):
        # A 304 may tell the length that the body would have had (RFC 9110, 8.6).
        line = Line(b"HTTP/1.1 %d None\r\nContent-Length: 5\r\n\r\n" % status, HELLO)
        Net(line)
        http = connection(timeout_ms=50)
        found = await get(http)
        assert (found[0], found[2]) == (status, b"")
        assert (await get(http))[2] == b"hello"
        assert len(line.requests) == 2


async def test_answer_to_head_has_no_body():
    line = Line(answer(200, b"hello")[:-5], HELLO)
    Net(line)
    http = connection(timeout_ms=50)
    await http.request("HEAD", URL)
    assert await body_of(http) == b""
    assert (await get(http))[2] == b"hello"


async def test_connection_is_kept_for_the_next_request():
    line = Line(HELLO, CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", answer(404))
    net = Net(line)
    http = connection()
    assert (await get(http))[2] == b"hello"
    assert (await get(http))[2] == b"hi"
    assert (await get(http))[0] == 404
    assert net.opened == [("server", 8080, False)]


async def test_server_that_has_closed_the_kept_connection_is_asked_anew():
    for gone in ([], [OSError(104)]):
        lines = Line(HELLO, gone), Line(HELLO)
        net = Net(*lines)
        http = connection()
        await get(http)
        assert (await get(http))[2] == b"hello"
        assert len(net.opened) == 2
        assert lines[0].closed
        assert lines[0].requests[1] == lines[1].requests[0]


async def test_new_connection_that_closes_without_an_answer_is_not_tried_again():
    net = Net(Line(b""), Line(HELLO))
    await error_of(LinkError, get(connection()))
    assert len(net.opened) == 1


async def test_answer_cut_on_a_kept_connection_is_not_asked_for_again():
    net = Net(Line(HELLO, b"HTTP/1.1 2"), Line(HELLO))
    http = connection()
    await get(http)
    await error_of(LinkError, get(http))
    assert len(net.opened) == 1
    assert (await get(http))[2] == b"hello"


async def test_server_that_wants_to_close_gets_a_new_connection():
    for head in (b"HTTP/1.1 200 OK\r\nConnection: Close", b"HTTP/1.0 200 OK"):
        lines = Line(head + b"\r\nContent-Length: 5\r\n\r\nhello", HELLO), Line(HELLO)
        Net(*lines)
        http = connection()
        assert (await get(http))[2] == b"hello"
        assert (await get(http))[2] == b"hello"
        assert lines[0].closed
        assert len(lines[1].requests) == 1


async def test_other_server_gets_another_connection():
    net = Net(*(Line(HELLO, HELLO) for _ in range(4)))
    http = connection(tls=Pinned())
    for url in (
        "http://server:8080/",
        "http://server:8080/b",
        "http://other:8080/",
        "http://other:8081/",
        "https://other:8081/",
    ):
        await get(http, url)
    assert net.opened == [
        ("server", 8080, False),
        ("other", 8080, False),
        ("other", 8081, False),
        ("other", 8081, True),
    ]


async def test_rest_of_a_body_that_nobody_read_is_not_taken_for_the_next_answer():
    for first in (
        HELLO,
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
        [CHUNKED, b"5\r\nhello\r\n0\r\n\r\n"],
        [HELLO[:-2], HELLO[-2:]],
        [HELLO[:-5], HELLO[-5:]],
    ):
        lines = Line(first, HELLO), Line(answer(200, b"second"))
        Net(*lines)
        http = connection(timeout_ms=50)
        await http.request("GET", URL)
        assert (await get(http))[2] == b"second"
        assert lines[0].closed


async def test_body_that_was_given_up_between_chunks_is_not_taken_for_the_next_answer():
    late = [b"6\r\n world\r\n0\r\n\r\n", HELLO]
    lines = Line(CHUNKED + b"5\r\nhello\r\n", late), Line(HELLO)
    Net(*lines)
    http = connection(timeout_ms=20)
    await http.request("GET", URL)
    await error_of(LinkError, body_of(http))
    assert (await get(http))[2] == b"hello"
    assert len(lines[1].requests) == 1


async def test_bytes_behind_a_body_are_not_taken_for_the_next_answer():
    lines = Line(HELLO + b"HTTP/1.1 500 No\r\n", HELLO), Line(HELLO)
    Net(*lines)
    http = connection(timeout_ms=50)
    assert (await get(http))[2] == b"hello"
    assert (await get(http))[2] == b"hello"
    assert lines[0].closed


async def test_silent_server_ends_in_a_link_error():
    for parts in (
        [SILENCE],
        [b"HTTP/1.1 20", SILENCE],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", SILENCE],
        [HELLO[:-1], SILENCE],
        [CHUNKED + b"5\r\nhel", SILENCE],
        [CHUNKED + b"5\r\nhello\r\n0\r\n", SILENCE],
    ):
        Net(Line(parts))
        error = await error_of(LinkError, get(connection(timeout_ms=20)))
        assert str(error) == "no answer in time"


class FastClock:
    """`time` a thousand times as fast: a minute is 60 ms."""

    ticks_add, ticks_diff = time.ticks_add, time.ticks_diff

    @staticmethod
    def ticks_ms():
        return time.ticks_us()


async def test_server_that_drips_is_given_up_after_a_minute():
    net.http.time = FastClock
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    Net(Line([head] + [5, b"x"] * 100))
    error = await error_of(LinkError, get(connection()))
    assert str(error) == "no answer in time"


async def test_server_that_can_not_be_reached_is_a_link_error():
    Net(OSError(113))
    await error_of(LinkError, get(connection()))


async def test_connection_that_breaks_is_a_link_error():
    for parts in ([OSError(104)], [HELLO[:20], OSError(104)], [HELLO[:-2], OSError(104)]):
        Net(Line(parts))
        await error_of(LinkError, get(connection()))


async def test_address_that_is_none_is_a_link_error():
    for url in ("ftp://server/", "server", "http://", "http://server:port/", "http://a@b/"):
        Net()
        await error_of(LinkError, get(connection(), url))


async def test_https_without_keys_never_goes_out_in_the_clear():
    net = Net(Line(HELLO))
    await error_of(LinkError, get(connection(), "https://server/"))
    assert net.opened == []


async def test_nonsense_instead_of_a_status_line_is_refused():
    for first in (
        b"",
        b"hello",
        b"HTTP/1.1",
        b"HTTP/1.1 OK",
        b"HTTP/2 200 OK",
        b"\xff\xfe",
        b"ICY 200",
    ):
        refusal = await _refusal(first + b"\r\nContent-Length: 0\r\n\r\n")
        assert refusal == "not an HTTP answer", (first, refusal)


async def test_endless_line_is_refused():
    assert await _refusal(b"HTTP/1.1 200 " + b"x" * 3000) == "line too long"
    assert await _refusal(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 3000) == "line too long"
    assert await _refusal(CHUNKED + b"1" * 3000) == "line too long"


async def test_endless_headers_are_refused():
    assert await _refusal(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000) == "too many headers"


async def test_absurd_content_length_is_refused():
    for length in ("-1", "", "five", "0x5", "5.0", "1" * 10, "99999999999999999999", "5, 5", "+5"):
        refusal = await _refusal(b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\nhello" % length)
        assert refusal == "bad Content-Length", length


async def test_absurd_chunk_is_refused():
    for size in (b"-5", b"x", b"\r\n", b"5 5", b"20000000", b"f" * 40):
        refusal = await _refusal(CHUNKED + size + b"\r\nhello\r\n0\r\n\r\n")
        assert refusal == "bad chunk", size


async def test_connection_is_usable_after_every_refusal():
    for spoilt in (
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        CHUNKED + b"z\r\nhello\r\n",
        HELLO[:-1],
    ):
        Net(Line([spoilt, SILENCE]), Line(HELLO))
        http = connection(timeout_ms=20)
        await error_of(LinkError, get(http))
        assert (await get(http))[2] == b"hello"


async def test_handshake_that_a_set_clock_may_mend_is_tried_once_more():
    for clocks, connections in ((0, 1), (1, 2)):
        net = Net(*(Line([ValueError("\nThe certificate validity\nstarts")]) for _ in range(3)))
        http = connection(tls=Pinned(clocks))
        error = await error_of(LinkError, get(http, "https://server/"))
        assert str(error) == "link: The certificate validity starts"
        assert len(net.opened) == connections


async def test_each_step_of_a_handshake_waits_until_nothing_is_in_its_way():
    line, waits = Line(HELLO), []
    line.steps = [None, None, 10]

    async def give_way():
        waits.append(len(line.steps))

    Net(line)
    assert (await get(connection(give_way=give_way)))[2] == b"hello"
    assert waits[-4:] == [3, 2, 1, 0]
    assert [each[:9] for each in line.requests] == [b"GET /file"]
    assert line.requests[0].endswith(b"\r\n\r\n")


async def test_exchange_that_was_left_leaves_no_answer_for_the_next():
    old, new = Line([SILENCE]), Line(answer(body=b"new"))
    left = []

    async def give_way():
        if old.requests and not left:
            left.append(True)
            raise KeyError

    Net(old, new)
    http = connection(give_way=give_way)
    await error_of(KeyError, get(http))
    assert (await get(http))[2] == b"new"
    assert old.closed


async def test_connection_that_finds_no_memory_is_no_failure_of_the_link():
    Net(MemoryError())
    await error_of(MemoryError, get(connection()))


async def test_failure_without_tls_is_not_about_the_clock():
    net = Net(Line([OSError(104)]), Line([OSError(104)]))
    await error_of(LinkError, get(connection(tls=Pinned(9)), "http://server/"))
    assert len(net.opened) == 1
