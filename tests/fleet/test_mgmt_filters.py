"""Target filters, sets that are assigned by themselves, and settings."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from fleet_world import GATEWAY_TOKEN, Board, World, wait_for
from rollout_world import make_incomplete, publish, site_of, unlocked
from sqlalchemy import delete

from fleet import autoassign
from fleet.queries import conditions_of
from fleet.store.boards import Action

_ERROR = "hawkbit.server.error."


def _filter(world: World, site: str, query: str | None = None) -> int:
    body = {"name": f"filter-{site}", "query": query or f"group=={site}"}
    answer = world.call("POST", "/targetfilters", json=body)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_boards_that_match_are_assigned_a_set_once(world: World) -> None:
    site, boards = site_of(world, 2)
    chosen = world.set()
    number = _filter(world, site)
    assert world.call("GET", f"/targetfilters/{number}/autoAssignDS").status_code == 204

    body = {"id": chosen.id, "type": "soft", "weight": 7}
    told = world.call("POST", f"/targetfilters/{number}/autoAssignDS", json=body)

    assert told.json()["autoAssignDistributionSet"] == chosen.id
    assert world.get(f"/targetfilters/{number}/autoAssignDS")["id"] == chosen.id
    wait_for(lambda: all("deploymentBase" in each.links() for each in boards), "not assigned")
    later = world.board(group=site)
    wait_for(lambda: "deploymentBase" in later.links(), "who comes later is not assigned it")
    (action,) = world.get(f"/targets/{later.id}/actions")["content"]
    assert (action["forceType"], action["weight"]) == ("soft", 7)

    later.report(action["id"], "closed", "failure")
    world.call("DELETE", f"/targetfilters/{number}/autoAssignDS")
    new = world.board(group=site)
    time.sleep(0.4)
    assert world.get(f"/targets/{later.id}/actions")["total"] == 1  # failed: left alone
    assert world.get(f"/targets/{new.id}/actions")["total"] == 0
    assert world.get(f"/targetfilters/{number}")["autoAssignDistributionSet"] is None


def _assigns(world: World, site: str, set_id: int) -> int:
    """A filter that gives the boards of a site that set."""
    number = _filter(world, site)
    answer = world.call("POST", f"/targetfilters/{number}/autoAssignDS", json={"id": set_id})
    assert answer.status_code == 200, answer.text
    return number


def _is_offered(board: Board) -> bool:
    return "deploymentBase" in board.links()


def test_a_filter_that_fails_is_told_and_stops_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (broken, (first,)), (site, (second,)) = site_of(world, 1), site_of(world, 1)
    scheduler, chosen = world.server.fleet.scheduler, world.set()

    def divides(entity: Any, query: str) -> Any:
        return 1 / 0 if broken in query else conditions_of(entity, query)

    with monkeypatch.context() as patch:
        patch.setattr("fleet.autoassign.conditions_of", divides)
        number = _assigns(world, broken, chosen.id)
        _assigns(world, site, chosen.id)
        wait_for(lambda: _is_offered(second), "the other filter stands still")
        told = f"target filter {number}: ZeroDivisionError, see the server's log"
        wait_for(lambda: told in scheduler.failing, f"{scheduler.failing}")
        assert not _is_offered(first)
    wait_for(lambda: _is_offered(first), "it does not go on")
    wait_for(lambda: not scheduler.failing, f"{scheduler.failing}")


def test_the_server_rests_when_a_filter_can_assign_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site, (board,)), (other, (has_it,)) = site_of(world, 1), site_of(world, 1)
    given = world.set()
    with unlocked(world):
        set_id = publish(world, "8.0.0", core=b"a core that is given to nobody")
        number = _filter(world, site, "id<0")
        auto = f"/targetfilters/{number}/autoAssignDS"
        assert world.call("POST", auto, json={"id": set_id}).status_code == 200
        make_incomplete(world, set_id)
        world.call("PUT", f"/targetfilters/{number}", json={"query": f"group=={site}"})

        assert has_it.report(world.assign(has_it, given), "closed", "success") == 200
        forget = delete(Action).where(Action.set_id == given.id)
        world.server.fleet.database.write_now(lambda session: session.execute(forget))
        _assigns(world, other, given.id)

        looks = []
        filters = autoassign.filters
        monkeypatch.setattr(autoassign, "filters", lambda db: looks.append(1) or filters(db))
        time.sleep(1.0)
    assert 2 < len(looks) < 40
    assert not _is_offered(board)


def test_a_new_core_is_assigned_to_few_boards_until_they_have_proved_it(world: World) -> None:
    site, boards = site_of(world, 12)
    set_id = publish(world, "8.1.0", core=b"a core for filters")
    number = _filter(world, site)
    world.call("POST", f"/targetfilters/{number}/autoAssignDS", json={"id": set_id})

    def assigned() -> int:
        query = f"group=={site};updatestatus==pending"
        return int(world.get("/targets", q=query)["total"])

    wait_for(lambda: assigned() == 10, "the first boards are not assigned it")
    time.sleep(0.4)
    assert assigned() == 10
    (core,) = [
        each["version"]
        for each in world.get(f"/distributionsets/{set_id}")["modules"]
        if each["name"] == "core"
    ]
    for each in boards[:10]:
        each.send("/configData", {"data": {"layer.core": core}}, "PUT")
    wait_for(lambda: assigned() == 12, "the others are not assigned it")


def test_filters_are_listed_changed_and_deleted(world: World) -> None:
    site, _ = site_of(world, 1)
    number = _filter(world, site)
    again = {"name": f"filter-{site}", "query": "id==x"}
    assert world.call("POST", "/targetfilters", json=again).status_code == 409
    changed = world.call("PUT", f"/targetfilters/{number}", json={"query": "createdat<5"})
    assert changed.json()["query"] == "createdat<5"
    found = world.get("/targetfilters", q=f"name==filter-{site}")
    assert [each["id"] for each in found["content"]] == [number]
    assert world.call("DELETE", f"/targetfilters/{number}").status_code == 204
    assert world.call("GET", f"/targetfilters/{number}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "x"}, 400, "repo.constraintViolation"),
        ({"name": "x", "query": "group=="}, 400, "rest.param.rsqlParamSyntax"),
        ({"name": "x", "query": "colour==red"}, 400, "rest.param.rsqlInvalidField"),
        ({"name": "x", "query": "y" * 1025}, 400, "repo.constraintViolation"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(
    world: World, body: dict[str, str], status: int, code: str
) -> None:
    answer = world.call("POST", "/targetfilters", json=body)
    assert (answer.status_code, answer.json()["errorCode"]) == (status, _ERROR + code)


def test_what_cannot_be_assigned_by_itself_is_refused(world: World) -> None:
    site, _ = site_of(world, 1)
    path = f"/targetfilters/{_filter(world, site)}/autoAssignDS"
    chosen = world.set()
    timed = world.call("POST", path, json={"id": chosen.id, "type": "timeforced"})
    assert timed.json()["errorCode"] == _ERROR + "repo.invalidAutoAssignActionType"
    assert world.call("POST", path, json={"id": 999_999}).status_code == 404
    empty = world.make("/distributionsets", name=f"empty-{site}", version="1", type="app")
    assert world.call("POST", path, json={"id": empty["id"]}).status_code == 400


def test_settings_are_changed_while_the_server_runs(world: World) -> None:
    board = world.board()
    path = "/system/configs/pollingTime"
    assert world.get(path) == {"value": "00:05:00", "global": True}
    assert world.call("PUT", path, json={"value": "PT10M"}).status_code == 204
    assert board.get().json()["config"]["polling"]["sleep"] == "00:10:00"
    assert world.get("/system/configs")["pollingTime"]["global"] is False
    assert world.call("DELETE", path).status_code == 204
    assert board.get().json()["config"]["polling"]["sleep"] == "00:05:00"
    for value in ("5 minutes", "25:00:00", "", 300, "00:02:00~10%"):
        answer = world.call("PUT", path, json={"value": value})
        assert answer.json()["errorCode"] == _ERROR + "configValueInvalid"
    unknown = world.call("PUT", "/system/configs/colour", json={"value": 1})
    assert unknown.json()["errorCode"] == _ERROR + "configKeyInvalid"


def test_tokens_can_be_switched_off(world: World) -> None:
    board = world.board()
    gateway = {"authorization": f"GatewayToken {GATEWAY_TOKEN}"}
    base = "/system/configs/authentication."
    for name, headers in (("targettoken", None), ("gatewaytoken", gateway)):
        key = f"{base}{name}.enabled"
        world.call("PUT", key, json={"value": False})
        refused = httpx.get(board.root, headers=headers) if headers else board.get()
        world.call("DELETE", key)
        answered = httpx.get(board.root, headers=headers) if headers else board.get()
        assert (refused.status_code, answered.status_code) == (401, 200)


def test_the_gateway_can_be_given_another_token(world: World) -> None:
    board = world.board()
    key = "/system/configs/authentication.gatewaytoken.key"
    world.call("PUT", key, json={"value": "another"})
    try:
        old, new = (
            httpx.get(board.root, headers={"authorization": f"GatewayToken {each}"}).status_code
            for each in (GATEWAY_TOKEN, "another")
        )
    finally:
        world.call("DELETE", key)
    assert (old, new) == (401, 200)
