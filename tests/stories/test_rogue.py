"""Servers that answer nonsense: the board says so in a line, loses nothing, and goes on."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Iterator

import pytest
from cabinet import Cabinet, Fleet, MakeCabinet
from rogue import Rogue, Spoil, respond

JSON = "Content-Type: application/json"


def always(answer: bytes) -> Spoil:
    return lambda _honest: (answer,)


def cut(part: float) -> Spoil:
    """The honest answer up to this part of it."""
    return lambda honest: (honest[: int(len(honest) * part)],)


def endless(head: bytes, piece: bytes) -> Spoil:
    return lambda _honest: itertools.chain((head,), itertools.repeat(piece, 20_000))


def noise(_honest: bytes) -> Iterator[bytes]:
    yield random.Random(1).randbytes(3000)


def as_text(body: object) -> Spoil:
    return always(respond("200 OK", json.dumps(body).encode(), JSON))


ANSWERS: dict[str, Spoil] = {
    "nothing": lambda _honest: (),
    "noise": noise,
    "cut in the status": always(b"HTTP/1.1 2"),
    "cut in the headers": cut(0.2),
    "cut in the body": cut(0.95),
    "500": always(respond("500 Internal Server Error", b"<html>oops</html>")),
    "404": always(respond("404 Not Found", b'{"errorCode":"x"}', JSON)),
    "410": always(respond("410 Gone")),
    "401": always(respond("401 Unauthorized")),
    "429": always(respond("429 Too Many Requests")),
    "301": always(respond("301 Moved Permanently", b"", "Location: http://evil.test/")),
    "204": always(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "999999": always(b"HTTP/1.1 999999 Much\r\n\r\n"),
    "a page": always(respond("200 OK", b"<html>Hotel WiFi: please log in</html>")),
    "no text": always(respond("200 OK", bytes(range(256)), JSON)),
    "too long": always(respond("200 OK", b'{"a":"' + b"x" * 40_000 + b'"}', JSON)),
    "lying length": always(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}"),
    "huge length": always(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}"),
    "bad chunks": always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}"),
    "endless header": endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 64),
    "endless headers": endless(b"HTTP/1.1 200 OK\r\n", b"X-Y: z\r\n"),
    "endless body": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"[" * 512),
    "null": as_text(None),
    "list": as_text([1, 2, 3]),
    "number": as_text(7),
    "links of numbers": as_text({"_links": {"deploymentBase": {"href": 5}}}),
    "links of lists": as_text({"_links": ["deploymentBase"]}),
    "deep": always(respond("200 OK", b"[" * 14_000, JSON)),
    "wide": always(respond("200 OK", b"[" + b"[]," * 4_500 + b"[]]", JSON)),
    "odd links": as_text(
        {
            "_links": {
                "deploymentBase": {"href": "http://fleet.test:notaport/x"},
                "cancelAction": {"href": "gopher://x"},
            }
        }
    ),
}
# Those that a server may also give to what is sent to it, without being read as a yes.
REFUSALS = [
    *("nothing", "noise", "cut in the status", "500", "401", "429", "301", "999999"),
    *("lying length", "huge length", "endless header", "endless headers"),
]
ASKED = {
    "poll": r"GET /DEFAULT/controller/v1/[^/]*$",
    "deployment": r"GET .*/deploymentBase/",
    "manifest": r"GET .*manifest\.json$",
    "app": r"GET .*app\.bin$",
}
HASTY = {"backoff_s": 0, "backoff_most_s": 0}


def go_through(cabinet: Cabinet, rogue: Rogue, request: str, names: Iterable[str]) -> None:
    """Spoil the answers to a request in each of these ways, until the board has met them all."""
    for name in names:
        print(f"--- {name}")
        rogue.spoil(request, ANSWERS[name])
        # The second request shows that the board has dealt with the first one's answer.
        cabinet.until(lambda: rogue.served > 1, f"asked again after: {name}")
        assert cabinet.board.causes == [1], name
    rogue.be_sane()
    assert not cabinet.said("Traceback")
    assert cabinet.said("agent: ") >= 1


@pytest.mark.parametrize("resource", ASKED)
def test_nonsense_from_the_server_does_no_harm(
    fleet: Fleet, make_cabinet: MakeCabinet, resource: str
) -> None:
    release = fleet.release(f"1.1.0-rogue-{resource}")
    cabinet = make_cabinet(settings=HASTY)
    with Rogue(fleet.server.port) as rogue:
        cabinet.online(rogue.port)
        action = cabinet.assign(release)
        cabinet.board.power_on()
        go_through(cabinet, rogue, ASKED[resource], ANSWERS)
        cabinet.ends(action, "finished")
    assert cabinet.board.causes == [1, 2]
    assert cabinet.committed(1)


def test_a_result_is_told_until_the_server_takes_it(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    twin = fleet.release("1.0.0-rogue-result", sequence=1)
    cabinet = make_cabinet(settings=HASTY)
    with Rogue(fleet.server.port) as rogue:
        cabinet.online(rogue.port)
        action = cabinet.assign(twin)
        cabinet.board.power_on()
        go_through(cabinet, rogue, r"POST .*/feedback", REFUSALS)
        cabinet.ends(action, "error")
    assert cabinet.board.causes == [1]


def test_attributes_are_told_until_the_server_takes_them(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    cabinet = make_cabinet(settings=HASTY)
    with Rogue(fleet.server.port) as rogue:
        cabinet.online(rogue.port)
        cabinet.board.power_on()
        go_through(cabinet, rogue, r"PUT .*/configData", REFUSALS)
        cabinet.until(lambda: cabinet.attributes().get("release") == "1.0.0", "told")
    assert cabinet.board.causes == [1]
