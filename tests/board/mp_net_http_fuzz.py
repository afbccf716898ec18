"""Good answers, spoilt at every byte: a LinkError or what was sent, never anything else."""

from fakes_link import SILENCE, Line, Net, connection, error_of, get

from net.errors import LinkError

_HEAD = b'HTTP/1.1 206 Partial Content\r\nETag: "a"\r\nContent-Range: bytes 0-11/40\r\n'
PLAIN = _HEAD + b"Content-Length: 12\r\nConnection: close\r\n\r\nfirst second"
CHUNKED = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n7;x=y\r\n second\r\n0\r\n\r\n"
UNBOUNDED = _HEAD + b"\r\nfirst second"
BODY = b"first second"


async def _outcome(http, sent):
    """The body that came of `sent`, or None for a LinkError. Any other error is one of the test."""
    Net(Line(sent))
    try:
        status, headers, body = await get(http)
    except LinkError:
        return None
    finally:
        http.close()
    assert isinstance(status, int)
    assert all(isinstance(value, str) for value in headers.values())
    return body


async def test_whole_answers_are_taken():
    http = connection()
    for whole in (PLAIN, CHUNKED, UNBOUNDED):
        assert await _outcome(http, whole) == BODY


async def test_answer_cut_at_any_byte_is_never_taken_for_a_whole_one():
    http, cuts = connection(), 0
    for whole in (PLAIN, CHUNKED):
        for end in range(len(whole)):
            assert await _outcome(http, whole[:end]) is None, whole[:end]
            cuts += 1
    assert cuts == len(PLAIN) + len(CHUNKED)


async def test_answer_without_length_cut_in_its_head_is_refused():
    http, head = connection(), len(UNBOUNDED) - len(BODY)
    for end in range(len(UNBOUNDED)):
        body = await _outcome(http, UNBOUNDED[:end])
        assert body == (None if end < head else BODY[: end - head]), UNBOUNDED[:end]


async def test_answer_that_stops_at_any_byte_times_out():
    for whole in (PLAIN, CHUNKED):
        for end in range(0, len(whole), 7):
            http = connection(timeout_ms=1)
            Net(Line([whole[:end], SILENCE]))
            await error_of(LinkError, get(http))


async def _replace_each(whole, check):
    http, taken = connection(timeout_ms=1000), 0
    spoilt = bytearray(whole)
    for at in range(len(whole)):
        for byte in (0x00, 0x0A, 0x20, 0x2D, 0x39, 0x41, 0x80, whole[at] ^ 1):
            spoilt[at] = byte
            body = await _outcome(http, bytes(spoilt))
            if body is not None:
                check(bytes(spoilt), body)
                taken += 1
        spoilt[at] = whole[at]
    assert 0 < taken < 8 * len(whole)


async def test_answer_with_any_byte_replaced_gives_nothing_that_was_not_sent():
    def check(sent, body):
        assert body in sent, (sent, body)

    await _replace_each(PLAIN, check)
    await _replace_each(UNBOUNDED, check)


async def test_chunks_with_any_byte_replaced_give_nothing_that_was_not_sent():
    def check(sent, body):
        # Without its Transfer-Encoding the body is all that comes; else parts of two chunks.
        cuts = range(len(body) + 1)
        assert any(body[:at] in sent and body[at:] in sent for at in cuts), (sent, body)

    await _replace_each(CHUNKED, check)
