"""The client's errors: one line that says what to do; and servers that are not ours."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from fleet_world import PASSWORD, World

from fleet.answers import FleetError
from fleet.client import FleetClient


class _Odd(BaseHTTPRequestHandler):
    """Answers everything with the same status and text."""

    status: ClassVar[int] = 200
    text: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Odd) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def _complaint(url: str, user: str = "admin", password: str = "x") -> str:
    with pytest.raises(FleetError) as error, FleetClient(url, user, password) as client:
        list(client.targets())
    text = str(error.value)
    assert "\n" not in text
    assert password not in text
    return text


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1:1", "cannot reach the update server at http://127.0.0.1:1: "),
        ("http://no-such-host.invalid", "cannot reach the update server at http://no-such-host"),
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("ftp://host", "ftp://host"),
        ("http://[::1", "http://[::1"),
        ("", "http"),
    ],
)
def test_a_server_that_cannot_be_reached_is_named(url: str, complaint: str) -> None:
    assert complaint in _complaint(url, password="p4ss")


def test_wrong_credentials_name_the_user(world: World) -> None:
    assert "does not let 'nobody' in" in _complaint(world.server.url, "nobody", "p4ss")
    assert "check user and password" in _complaint(world.server.url, "admin", "p4ss")


@pytest.mark.parametrize(
    ("status", "text", "complaint"),
    [
        (200, b"<html>", "this is no update server"),
        (200, b"[]", "this is no update server"),
        (200, b'{"content": 5, "total": 1}', "this is no update server"),
        (200, b'{"content": [{}], "total": 1}', "this is no update server"),
        (500, b"Internal Server Error", "GET targets gives 500 Internal Server Error"),
        (404, b"{}", "GET targets gives 404 Not Found"),
        (400, b'{"message": "Query: wrong."}', "Query: wrong."),
        (302, b"", "GET targets gives 302 Found"),
    ],
)
def test_odd_answers_are_told_in_one_line(
    odd: str, status: int, text: bytes, complaint: str
) -> None:
    _Odd.status, _Odd.text = status, text
    assert complaint in _complaint(odd, password="p4ss")


def test_older_hawkbits_detail_status_is_understood(odd: str) -> None:
    action = b'{"id":3,"status":"pending","detailStatus":"running","active":true}'
    _Odd.status, _Odd.text = 200, b'{"content":[' + action + b'],"total":1,"size":1}'
    with FleetClient(odd, "admin", "x") as client:
        (found,) = client.actions("board")
    assert (found.id, found.status, found.active, found.release) == (3, "running", True, "")


def test_an_older_hawkbits_action_is_active_while_it_is_pending(odd: str) -> None:
    actions = b'{"id":4,"status":"pending"},{"id":3,"status":"finished"}'
    _Odd.status, _Odd.text = 200, b'{"content":[' + actions + b'],"total":2,"size":2}'
    with FleetClient(odd, "admin", "x") as client:
        assert [each.active for each in client.actions("board")] == [True, False]


def test_a_line_of_history_without_words_has_none(odd: str) -> None:
    line = b'{"type":"running","messages":[null],"reportedAt":1}'
    _Odd.status, _Odd.text = 200, b'{"content":[' + line + b'],"total":1,"size":1}'
    with FleetClient(odd, "admin", "x") as client:
        (found,) = client.history("board", 1)
    assert found.messages == ()


def test_a_list_is_read_to_its_last_page(world: World) -> None:
    boards = [{"controllerId": f"page-{number}"} for number in range(501)]
    world.call("POST", "/targets", json=boards)
    with FleetClient(world.server.url, "admin", PASSWORD) as client:
        found = [each.id for each in client.targets("controllerid==page-*")]
    assert sorted(found) == sorted(each["controllerId"] for each in boards)
