"""What operators decide for boards, sites and all: pause, windows, hold, check, retry."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fleet_world import Board, World, wait_for
from rollout_world import publish, reports, site_of
from sqlalchemy import event
from sqlalchemy.orm import Session

from fleet import policies
from fleet.assignments import Terms
from fleet.scopes import Scope

_versions = (f"20.{number}.0" for number in itertools.count(1))


@pytest.fixture
def own(world: World) -> Iterator[World]:
    """The same server; what was decided for all boards is taken back."""
    yield world
    for kind in ("pauses", "windows", "follows"):
        if any(each["scope"] == "all" for each in call(world, "GET", f"/{kind}").json()):
            call(world, "DELETE", f"/{kind}/all")


def call(world: World, method: str, path: str, **options: Any) -> httpx.Response:
    """Our own API."""
    url = f"{world.server.url}/fleet/v1{path}"
    return world.http.request(method, url, auth=world.auth, **options)


def _decide(world: World, path: str, **body: object) -> int:
    """How many boards it touches."""
    answer = call(world, "PUT", path, json=body)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["boards"])


def _told(board: Board) -> tuple[str, str, str | None]:
    """Download, update and window of what the board is offered."""
    told = board.follow(board.links()["deploymentBase"]).json()["deployment"]
    return told["download"], told["update"], told.get("maintenanceWindow")


def _why(world: World, board: Board) -> tuple[str | None, str | None]:
    found = call(world, "GET", f"/boards/{board.id}").json()
    return found["verdict"], found["why"]


def _wait_verdict(world: World, board: Board, verdict: str) -> str:
    wait_for(lambda: _why(world, board)[0] == verdict, f"{_why(world, board)} is not {verdict}")
    return str(_why(world, board)[1])


@pytest.mark.parametrize("kind", ["board", "site", "all"])
def test_paused_boards_do_nothing_until_they_may_again(own: World, kind: str) -> None:
    site, (board, other) = site_of(own, 2)
    own.assign(board, own.set())
    before = board.links()["deploymentBase"]
    scope = {"board": f"board:{board.id}", "site": f"site:{site}", "all": "all"}[kind]

    touched = _decide(own, f"/pauses/{scope}", reason="fair")

    assert touched == {"board": 1, "site": 2}.get(kind, own.get("/targets", limit=1)["total"])
    assert board.links()["deploymentBase"] != before
    assert _told(board) == ("skip", "skip", "unavailable")
    paused = call(own, "GET", f"/boards/{board.id}").json()["paused"]
    assert (paused["scope"], paused["reason"]) == (scope, "fair")
    own.assign(other, own.set())
    assert (_told(other)[0] == "skip") == (kind != "board")

    assert call(own, "DELETE", f"/pauses/{scope}").status_code == 200
    assert _told(board) == ("forced", "forced", None)
    assert board.links()["deploymentBase"] == before
    assert call(own, "DELETE", f"/pauses/{scope}").status_code == 404


def test_a_pause_of_all_holds_when_a_sites_is_taken_back(own: World) -> None:
    site, (board,) = site_of(own, 1)
    own.assign(board, own.set())
    _decide(own, "/pauses/all")
    _decide(own, f"/pauses/site:{site}")
    call(own, "DELETE", f"/pauses/site:{site}")
    assert _told(board)[0] == "skip"


def test_a_board_that_is_put_at_another_site_goes_by_what_holds_there(own: World) -> None:
    paused, _ = site_of(own, 1)
    _, (board,) = site_of(own, 1)
    own.assign(board, own.set())
    _decide(own, f"/pauses/site:{paused}")
    assert _told(board) == ("forced", "forced", None)

    put = own.call("PUT", f"/targets/{board.id}", json={"group": f" {paused} "})
    assert (put.status_code, put.json()["group"]) == (200, paused)

    assert _told(board) == ("skip", "skip", "unavailable")
    own.call("PUT", f"/targets/{board.id}", json={"description": "by the door"})
    assert own.get(f"/targets/{board.id}")["group"] == paused
    query = {"q": f"subject=='board:{board.id}';what==site"}
    (line,) = call(own, "GET", "/audit", params=query).json()["content"]
    assert (line["who"], line["detail"]) == ("admin", paused)

    own.call("PUT", f"/targets/{board.id}", json={"group": ""})
    assert own.get(f"/targets/{board.id}").get("group") is None
    assert _told(board) == ("forced", "forced", None)
    assert own.call("PUT", f"/targets/{board.id}", json={"group": "<b>"}).status_code == 400


def test_the_narrowest_window_holds(own: World) -> None:
    site, (board,) = site_of(own, 1)
    own.assign(board, own.set())
    hour = time.gmtime(time.time() + 43_200).tm_hour
    closed = {"schedule": f"0 0 {hour} * * ?", "duration": "01:00:00", "zone": "UTC"}
    always = {"schedule": "0 0 * * * ?", "duration": "01:00:01", "zone": "Europe/Berlin"}

    _decide(own, "/windows/all", **closed)
    assert _told(board) == ("forced", "skip", "unavailable")
    _decide(own, f"/windows/site:{site}", **always)
    assert _told(board) == ("forced", "forced", "available")
    _decide(own, f"/windows/board:{board.id}", **closed)
    assert _told(board) == ("forced", "skip", "unavailable")
    listed = {each["scope"]: each for each in call(own, "GET", "/windows").json()}
    assert listed[f"site:{site}"]["open"] is True
    assert listed["all"]["open"] is False
    assert listed["all"]["startsAt"] > time.time() * 1000
    assert call(own, "GET", f"/boards/{board.id}").json()["window"]["zone"] == "UTC"
    for scope in (f"board:{board.id}", "all"):
        assert call(own, "DELETE", f"/windows/{scope}").status_code == 200
    assert _told(board) == ("forced", "forced", "available")
    call(own, "DELETE", f"/windows/site:{site}")
    assert _told(board) == ("forced", "forced", None)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/pauses/board:nobody", {}, 404),
        ("PUT", "/pauses/site:nowhere", {}, 404),
        ("PUT", "/pauses/everything", {}, 400),
        ("PUT", "/pauses/board:", {}, 400),
        ("PUT", "/windows/all", {"schedule": "0 0 2 * *", "duration": "1", "zone": "Z"}, 400),
        (
            "PUT",
            "/windows/all",
            {"schedule": "0 0 2 1 1 ? 2020", "duration": "01:00:00", "zone": "Z"},
            400,
        ),
        ("PUT", "/windows/all", {}, 400),
        ("DELETE", "/windows/all", None, 404),
        ("PUT", "/follows/all", {"channel": "nowhere"}, 404),
        ("DELETE", "/follows/all", None, 404),
        ("PUT", "/holds/board:nobody", {}, 404),
        ("POST", "/checks", {"scope": "board:nobody"}, 404),
        ("POST", "/retries", {}, 400),
        ("PUT", "/channels/a_b", {}, 400),
        ("PUT", "/channels/odd", {"set": 999_999}, 404),
        ("PUT", "/channels/odd", {"set": 1, "stages": []}, 400),
        ("DELETE", "/channels/nowhere", None, 404),
        ("GET", "/boards/nobody", None, 404),
    ],
)
def test_what_cannot_be_decided_is_refused(
    own: World, method: str, path: str, body: object, status: int
) -> None:
    answer = call(own, method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["message"]


def test_a_held_board_stays_at_what_it_runs(own: World) -> None:
    board, chosen = own.board(), own.set()
    own.assign(board, chosen)
    assert _decide(own, f"/holds/board:{board.id}") == 1
    assert "cancelAction" in board.links()
    refused = own.call("POST", f"/targets/{board.id}/assignedDS", json={"id": own.set().id})
    assert refused.status_code == 423
    assert "held" in refused.json()["message"]
    assert {"scope": f"board:{board.id}"} in call(own, "GET", "/holds").json()

    assert call(own, "DELETE", f"/holds/board:{board.id}").json()["boards"] == 1
    own.assign(board, own.set())


def test_a_whole_site_is_held_and_tried_again_in_a_few_statements(own: World) -> None:
    """The only writer does nothing else meanwhile."""
    few, many = (_steered(own, count) for count in (2, 20))
    assert few == many


def _steered(own: World, count: int) -> list[int]:
    """How many statements it takes to hold so many boards, and to try their updates again."""
    name, boards = site_of(own, count)
    site, chosen = Scope.site(name), own.set()
    for board in boards:
        own.assign(board, chosen)
    held = _statements(own, lambda session: policies.hold(session, site, "kim", 1))
    for board in boards:
        link = board.links()["cancelAction"]
        assert board.report_cancel(int(link.rpartition("/")[2]), "closed", "success") == 200
    assert call(own, "DELETE", f"/holds/{site}").json()["boards"] == count
    for board in boards:
        board.report(own.assign(board, chosen), "closed", "failure")
    retried = _statements(own, lambda session: policies.retry(session, site, Terms(), "kim", 1))
    assert all("deploymentBase" in board.links() for board in boards)
    return [held, retried]


def _statements(own: World, work: Callable[[Session], int]) -> int:
    """How many statements a change takes."""
    seen: list[str] = []

    def note(_db: object, _cursor: object, statement: str, *_more: object) -> None:
        if threading.current_thread().name.startswith("fleet-write"):
            seen.append(statement)

    def watched(session: Session) -> None:
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            work(session)
            session.flush()
        finally:
            event.remove(engine, "before_cursor_execute", note)

    own.server.fleet.database.write_now(watched)
    return len(seen)


def test_what_a_hold_ends_is_told_in_its_history(own: World) -> None:
    board, chosen = own.board(), own.set()
    action = own.assign(board, chosen)
    _decide(own, f"/holds/board:{board.id}")
    newest = own.history(board, action)[0]
    assert (newest["type"], newest["messages"]) == (
        "canceling",
        ["Update Server: Cancellation requested by admin."],
    )
    assert abs(newest["reportedAt"] - time.time() * 1000) < 60_000
    call(own, "DELETE", f"/holds/board:{board.id}")


def test_a_check_asks_for_what_a_board_runs(own: World) -> None:
    board = own.board()
    reports(board, "1.0.0")
    assert "configData" not in board.links()
    answer = call(own, "POST", "/checks", json={"scope": f"board:{board.id}"})
    assert answer.json() == {"scope": f"board:{board.id}", "boards": 1}
    assert "configData" in board.links()


def test_a_failed_update_is_tried_once_more_when_an_operator_says_so(own: World) -> None:
    board, chosen = own.board(), own.set()
    board.report(own.assign(board, chosen), "closed", "failure")
    assert "deploymentBase" not in board.links()
    body = {"scope": f"board:{board.id}"}
    assert call(own, "POST", "/retries", json=body).json()["boards"] == 1
    assert "deploymentBase" in board.links()
    assert own.set_of(board, "assignedDS") == chosen.id
    assert call(own, "POST", "/retries", json=body).json()["boards"] == 0


def test_a_board_that_goes_back_by_itself_has_failed_after_all(own: World) -> None:
    board = own.board()
    first, second = publish(own, next(_versions)), publish(own, next(_versions))
    versions = [own.get(f"/distributionsets/{each}")["version"] for each in (first, second)]
    brought = []
    for chosen, version in zip((first, second), versions, strict=True):
        answer = own.call("POST", f"/targets/{board.id}/assignedDS", json={"id": chosen})
        brought.append(answer.json()["assignedActions"][0]["id"])
        board.report(brought[-1], "closed", "success")
        reports(board, version)
    assert own.state(board) == "in_sync"

    reports(board, versions[0], last_reset="failed: crash loop")

    assert own.state(board) == "error"
    assert own.action(board, brought[1]) == ("error", False)
    assert "went back" in own.history(board, brought[1])[0]["messages"][0]
    assert own.set_of(board, "installedDS") == first
    assert board.links()["installedBase"].endswith(f"/installedBase/{brought[0]}")
    assert call(own, "GET", f"/boards/{board.id}").json()["fellBackFrom"] == versions[1]
    call(own, "POST", "/retries", json={"scope": f"board:{board.id}"})
    assert own.set_of(board, "assignedDS") == second


def test_who_did_what_is_written_down(own: World) -> None:
    site, (board,) = site_of(own, 1)
    _decide(own, f"/pauses/site:{site}", reason="fair")
    own.call("PUT", f"/targets/{board.id}", json={"securityToken": "s3cret"})
    pause, put = (
        call(own, "GET", "/audit", params={"q": query}).json()["content"][0]
        for query in (f"subject=='site:{site}'", f"subject=='/targets/{board.id}'")
    )
    assert (pause["who"], pause["what"], pause["detail"]) == ("admin", "pause", "fair")
    assert (put["what"], "s3cret" in str(put)) == ("PUT", False)
    assert abs(put["at"] - time.time() * 1000) < 60_000


def test_a_refused_change_leaves_no_trace(own: World) -> None:
    total = call(own, "GET", "/audit").json()["total"]
    assert call(own, "PUT", "/pauses/board:nobody").status_code == 404
    assert own.call("POST", "/targets", json=[{}]).status_code == 400
    assert call(own, "GET", "/audit").json()["total"] == total
