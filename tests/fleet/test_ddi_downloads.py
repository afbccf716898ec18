"""Artifacts: rights, ranges, headers, and the count of what went out."""

from __future__ import annotations

import hashlib
import socket
import time
from email.utils import formatdate

import pytest
from fleet_world import Board, World, sha1

from fleet import traffic
from fleet.traffic import Traffic

_DATA = bytes(range(250)) * 1200


@pytest.fixture(scope="module")
def offered(world: World) -> tuple[Board, str]:
    """A board, and the URL of an artifact of its deployment."""
    board = world.board()
    action = world.assign(board, world.set(core=_DATA))
    return board, board.files(action)["core.bin"]


def test_a_whole_artifact_comes_with_all_headers(offered: tuple[Board, str]) -> None:
    board, url = offered
    answer = board.follow(url)

    assert (answer.status_code, answer.content) == (200, _DATA)
    assert answer.headers["content-length"] == str(len(_DATA))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["etag"] == f'"{sha1(_DATA)}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == "attachment;filename=core.bin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["last-modified"].endswith(" GMT")
    assert "content-range" not in answer.headers


_SIZE = len(_DATA)


@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=0-0", 0, 0),
        ("bytes=16384-32767", 16384, 32767),
        ("bytes=1000-", 1000, _SIZE - 1),
        ("bytes=-1000", _SIZE - 1000, _SIZE - 1),
        (f"bytes=0-{_SIZE + 50}", 0, _SIZE - 1),
        (f"bytes={_SIZE - 1}-", _SIZE - 1, _SIZE - 1),
        (f"bytes=-{_SIZE + 50}", 0, _SIZE - 1),
    ],
)
def test_a_range_gets_its_part(
    offered: tuple[Board, str], given: str, first: int, last: int
) -> None:
    board, url = offered
    answer = board.follow(url, range=given)

    assert (answer.status_code, answer.content) == (206, _DATA[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{_SIZE}"
    assert answer.headers["content-length"] == str(last - first + 1)
    assert answer.headers["etag"] == f'"{sha1(_DATA)}"'


@pytest.mark.parametrize(
    "given",
    [
        f"bytes={_SIZE}-",
        f"bytes={_SIZE}-{_SIZE + 9}",
        "bytes=9-5",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "bytes=-0",
        "bytes= 0-9",
        "items=0-9",
        "0-9",
        "bytes=" + "9" * 40 + "-",
        "bytes=" + "9" * 5000 + "-",
        "bytes=\u0661-\u0662",
    ],
)
def test_a_range_that_cannot_be_had_is_refused(offered: tuple[Board, str], given: str) -> None:
    board, url = offered
    token = f"TargetToken {board.token}".encode()
    answer = board.http.get(url, headers={b"authorization": token, b"range": given.encode()})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{_SIZE}"


def test_several_ranges_get_the_whole(offered: tuple[Board, str]) -> None:
    board, url = offered
    answer = board.follow(url, range="bytes=0-9, 20-29")
    assert (answer.status_code, len(answer.content)) == (200, _SIZE)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (f'"{sha1(_DATA)}"', 206),
        ('"0123"', 200),
        (sha1(_DATA), 200),
        ("nonsense", 200),
        (formatdate(0, usegmt=True), 200),
        # Named, for xdist's workers must see the same tests whenever they look.
        pytest.param(formatdate(time.time() + 3600, usegmt=True), 206, id="in an hour"),
    ],
)
def test_a_range_holds_only_for_the_file_that_the_client_knows(
    offered: tuple[Board, str], given: str, status: int
) -> None:
    board, url = offered
    answer = board.follow(url, **{"range": "bytes=0-9", "if-range": given})
    assert answer.status_code == status
    assert len(answer.content) == (10 if status == 206 else _SIZE)


@pytest.mark.parametrize(
    ("given", "status"), [("*", 200), (sha1(_DATA), 200), (f'"{sha1(_DATA)}"', 412)]
)
def test_if_match_takes_the_bare_hash_as_hawkbit_does(
    offered: tuple[Board, str], given: str, status: int
) -> None:
    board, url = offered
    assert board.follow(url, "HEAD", **{"if-match": given}).status_code == status


def test_head_tells_everything_and_sends_nothing(offered: tuple[Board, str]) -> None:
    board, url = offered
    whole, part = board.follow(url, "HEAD"), board.follow(url, "HEAD", range="bytes=0-9")
    assert (whole.status_code, whole.content) == (200, b"")
    assert whole.headers["content-length"] == str(_SIZE)
    assert (part.status_code, part.headers["content-length"]) == (206, "10")


def test_the_md5_is_a_line_for_md5sum(offered: tuple[Board, str]) -> None:
    board, url = offered
    answer = board.follow(url + ".MD5SUM")
    assert answer.status_code == 200
    assert answer.text == f"{hashlib.md5(_DATA).hexdigest()}  core.bin"
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["content-disposition"] == "attachment;filename=core.bin.MD5SUM"


def test_a_modules_artifacts_are_listed(offered: tuple[Board, str]) -> None:
    board, url = offered
    (listed,) = board.follow(url.rpartition("/")[0]).json()
    assert (listed["filename"], listed["size"]) == ("core.bin", _SIZE)
    assert listed["_links"]["download-http"]["href"] == url
    assert board.follow(url + "x").status_code == 404
    assert board.follow(url + "x.MD5SUM").status_code == 404
    assert board.get("/softwaremodules/999999/artifacts").status_code == 404


def test_downloads_end_with_the_action_but_the_installed_list_stays(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    url = board.files(action)["app.bin"]
    board.report(action, "closed", "success")
    assert board.follow(url).status_code == 404
    assert board.follow(url + ".MD5SUM").status_code == 404
    assert board.follow(url.rpartition("/")[0]).status_code == 200


def test_downloads_end_when_the_action_is_being_cancelled(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    url = board.files(action)["app.bin"]
    world.cancel(board, action)
    assert board.follow(url).status_code == 404
    assert board.follow(url.rpartition("/")[0]).status_code == 404


def test_only_a_whole_download_is_noted_in_the_history(world: World) -> None:
    board = world.board()
    action = world.assign(board, world.set())
    url = board.files(action)["app.bin"]

    board.follow(url, range="bytes=0-3")
    board.follow(url, "HEAD")
    assert [each["type"] for each in world.history(board, action)] == ["retrieved", "running"]

    board.follow(url)
    assert world.history(board, action)[0]["type"] == "download"


def test_equal_bytes_of_two_modules_are_served_to_both(world: World) -> None:
    board, other = world.board(), world.board()
    first = board.files(world.assign(board, world.set(app=b"same bytes")))["app.bin"]
    second = other.files(world.assign(other, world.set(app=b"same bytes")))["app.bin"]
    assert first.partition("/softwaremodules")[2] != second.partition("/softwaremodules")[2]
    assert board.follow(first).content == other.follow(second).content == b"same bytes"


def test_what_goes_out_is_counted_for_each_board_and_release(world: World) -> None:
    board, chosen = world.board(), world.set(app=_DATA)
    action = world.assign(board, chosen)
    url = board.files(action)["app.bin"]

    board.follow(url, range="bytes=0-99")
    board.follow(url, range="bytes=1000-")
    board.follow(url, "HEAD")
    board.follow(url + ".MD5SUM")

    sent = 100 + _SIZE - 1000
    assert world.server.downloaded_bytes(chosen.version) == sent
    assert world.server.downloaded_bytes(chosen.version, board.id) == sent
    assert world.server.downloaded_bytes(chosen.version, "another") == 0
    (download,) = [each for each in world.server.downloads() if each.action_id == action]
    assert (download.controller_id, download.release) == (board.id, chosen.version)


def test_only_so_many_downloads_are_kept_count_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_KEPT", 2)
    counts = Traffic()
    for action in (1, 2, 1, 3):
        counts.sent("board", action, "1.0.0", 10)
    assert [(each.action_id, each.sent_bytes) for each in counts.downloads()] == [(2, 10), (3, 10)]


_MORE_THAN_SOCKETS_HOLD = 4_000_000


def test_a_download_that_is_cut_counts_no_more_than_was_taken(world: World) -> None:
    board, chosen = world.board(), world.set(core=b"x" * _MORE_THAN_SOCKETS_HOLD)
    path = board.files(world.assign(board, chosen))["core.bin"].removeprefix(world.server.url)
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: TargetToken {board.token}"
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", world.server.port))
        link.sendall(f"{head}\r\n\r\n".encode())
        taken = 0
        while taken < 20_000:
            taken += len(link.recv(4096))
    time.sleep(0.2)

    sent = world.server.downloaded_bytes(chosen.version)
    assert taken - 1000 < sent < _MORE_THAN_SOCKETS_HOLD
