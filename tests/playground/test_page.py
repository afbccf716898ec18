"""The page without a browser: what it shows, what it refuses, and a release that it makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from shown import Shown

from lockerctl.errors import UserError
from playground.bench import Options, open_bench
from playground.server import PageServer


def _events(http: httpx.Client) -> Iterator[dict[str, Any]]:
    with http.stream("GET", "/live") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: "))


def test_whoever_comes_gets_everything_and_then_what_changes(shown: Shown) -> None:
    events = _events(shown.http)
    first = next(events)
    assert first["fresh"]
    assert len(first["doors"]) == 16
    assert first["keypad"] == ["123A", "456B", "789C", "*0#D"]
    assert first["display"]["says"].startswith("Ready")
    assert any("screen: Ready" in line for line in first["lines"])
    shown.do(do="open", door=7, force=True)
    changed = next(event for event in events if "doors" in event)
    assert not changed["fresh"]
    assert "keypad" not in changed
    assert [door["open"] for door in changed["doors"]].index(True) == 6


@pytest.mark.parametrize(
    ("deed", "status", "error"),
    [
        ({"do": "open", "door": 1}, 409, "door 1 is latched"),
        ({"do": "open", "door": 17}, 409, "there is no door 17, the board has 16"),
        ({"do": "press", "key": "x"}, 409, "there is no key 'x'"),
        ({"do": "press", "key": 1}, 409, "there is no key 1, the board has 0"),
        ({"do": "press", "key": None}, 400, "this page asks for nothing like that"),
        ({"do": "open"}, 400, "this page asks for nothing like that"),
        ({"do": "explode"}, 400, "this page asks for nothing like that"),
        ([], 400, "this page asks for nothing like that"),
        (
            {"do": "release", "greeting": "a greeting that is much too long"},
            409,
            "'a greeting that is much too long' is 32 cells wide, the screen 16",
        ),
    ],
)
def test_what_can_not_be_done_is_refused(
    shown: Shown, deed: object, status: int, error: str
) -> None:
    answer = shown.http.post("/do", json=deed)
    assert answer.status_code == status
    assert error in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://elsewhere.example"}, {"content-type": "text/plain"}],
)
def test_other_sites_may_not_touch_the_cabinet(shown: Shown, headers: dict[str, str]) -> None:
    given = {"content-type": "application/json", **headers}
    deed = json.dumps({"do": "open", "door": 2, "force": True})
    assert shown.http.post("/do", content=deed, headers=given).status_code == 403
    assert not shown.bench.board.world.door(2).is_open


def test_page_loads_nothing_from_elsewhere(shown: Shown) -> None:
    answer = shown.http.get("/")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    for path in ("/static/page.js", "/static/style.css", "/static/icon.svg"):
        assert path in answer.text
        assert shown.http.get(path).status_code == 200


def test_release_with_a_new_greeting_greets_so(shown: Shown) -> None:
    assert shown.do(do="release", greeting=" Ready, Lea ").status_code == 200
    shown.says("Ready, Lea")
    updates = shown.bench.updates
    shown.until(lambda: updates.look()["release"] == "1.1.0", "told: the board runs 1.1.0")
    update = updates.look()
    assert (update["wanted"], update["status"]) == ("1.1.0", "finished")
    assert any("plan assets fetch" in line for line in update["lines"])


def test_second_one_in_the_same_folder_is_told(shown: Shown) -> None:
    out = shown.bench.password_file.parent
    options = Options(out, "bench", 1 << 17, "en", "storage")
    with pytest.raises(UserError, match="it is running already"), open_bench(options):
        pass


def test_port_that_is_taken_is_told(shown: Shown) -> None:
    port = int(shown.url.rpartition(":")[2])
    with pytest.raises(UserError, match=f"127.0.0.1:{port}: .*; choose another: --port"):
        PageServer(shown.bench, "127.0.0.1", port)
