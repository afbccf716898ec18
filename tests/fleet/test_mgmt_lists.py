"""Lists of the Mgmt API: pages, order, queries."""

from __future__ import annotations

from typing import Any

import pytest
from fleet_world import World


@pytest.fixture(scope="module")
def many(world: World) -> World:
    """Seven boards of a group of their own, two of them with attributes and a release."""
    for number in range(7):
        board = world.board(controllerId=f"list-{number}", name=f"List {number}", group="listed")
        if number < 2:
            board.send("/configData", {"data": {"board": f"bench_{number}", "50%": "yes"}}, "PUT")
    chosen = world.set()
    for number in (0, 1):
        world.call("POST", f"/targets/list-{number}/assignedDS", json={"id": chosen.id})
    return world


def _names(world: World, **params: Any) -> list[str]:
    params["q"] = f"group==listed;({params.get('q', 'id>0')})"
    return [each["controllerId"] for each in world.get("/targets", **params)["content"]]


def _error(world: World, path: str, **params: Any) -> str:
    answer = world.call("GET", path, params=params)
    assert answer.status_code == 400, answer.text
    code = answer.json()["errorCode"]
    return str(code).removeprefix("hawkbit.server.error.")


def test_a_page_says_how_many_there_are(many: World) -> None:
    page = many.get("/targets", q="group==listed", offset=2, limit=3)
    assert [each["controllerId"] for each in page["content"]] == ["list-2", "list-3", "list-4"]
    assert (page["total"], page["size"]) == (7, 3)
    last = many.get("/targets", q="group==listed", offset=6, limit=3)
    assert (last["total"], last["size"]) == (7, 1)
    beyond = many.get("/targets", q="group==listed", offset=70)
    assert (beyond["content"], beyond["total"], beyond["size"]) == ([], 7, 0)


@pytest.mark.parametrize(
    ("params", "size"),
    [({}, 7), ({"offset": -5}, 7), ({"limit": 0}, 7), ({"limit": -1}, 7), ({"limit": 9999}, 7)],
)
def test_odd_page_sizes_are_put_right(many: World, params: dict[str, int], size: int) -> None:
    assert len(_names(many, **params)) == size


def test_pages_are_never_larger_than_five_hundred(many: World) -> None:
    boards = [{"controllerId": f"crowd-{number}"} for number in range(510)]
    assert many.call("POST", "/targets", json=boards).status_code == 201
    page = many.get("/targets", q="controllerid==crowd-*", limit=100_000)
    assert (page["size"], page["total"]) == (500, 510)
    assert many.get("/targets", q="controllerid==crowd-*")["size"] == 50


def test_lists_can_be_sorted(many: World) -> None:
    names = [f"list-{number}" for number in range(7)]
    assert _names(many) == names
    assert _names(many, sort="controllerId:DESC") == names[::-1]
    assert _names(many, sort="name:desc") == names[::-1]
    assert _names(many, sort="group:ASC,name:desc") == names[::-1]


def test_actions_come_newest_first(many: World) -> None:
    ids = [each["id"] for each in many.get("/actions")["content"]]
    assert ids == sorted(ids, reverse=True)


def test_a_bad_order_is_refused(many: World) -> None:
    assert _error(many, "/targets", sort="name") == "rest.param.sortParamSyntax"
    assert _error(many, "/targets", sort="nonsense:ASC") == "rest.param.invalidField"
    assert _error(many, "/targets", sort="name:UP") == "rest.param.invalidDirection"
    assert _error(many, "/targets", limit="many") == "rest.body.notReadable"


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("controllerid==list-3", [3]),
        ("controllerid==LIST-3", [3]),
        ("controllerId==list-3", [3]),
        ("name=='list 3'", [3]),
        ("name=='*3'", [3]),
        (r"name=='list\*'", []),
        ("name=='List _'", []),
        ("name!='List 3'", [0, 1, 2, 4, 5, 6]),
        ("name=in=('List 1','list 2',nobody)", [1, 2]),
        ("name=out=('List 1','List 2')", [0, 3, 4, 5, 6]),
        ("name<'List 2'", [0, 1]),
        ("name=ge='List 5'", [5, 6]),
        ("updatestatus==pending", [0, 1]),
        ("updatestatus!=pending", [2, 3, 4, 5, 6]),
        ("updatestatus==nonsense", []),
        ("updatestatus<q", [0, 1]),
        ("held==false;id>9000000000", []),
        ("autoconfirm==False;held!=true;name<'List 2'", [0, 1]),
        ("attribute.board==bench_1", [1]),
        ("attribute.board==bench*", [0, 1]),
        ("attribute.board!=bench_1", [0, 2, 3, 4, 5, 6]),
        ("attribute.50%==yes", [0, 1]),
        ("assignedds.name==locker", [0, 1]),
        ("installedds.name==locker", []),
        ("lastcontrollerrequestat=is=null;name=='List 6'", [6]),
        ("description=is=null", [0, 1, 2, 3, 4, 5, 6]),
        ("description==''", [0, 1, 2, 3, 4, 5, 6]),
        ("description=not=null", []),
        ("name=='List 1' or name=='List 2' and updatestatus==pending", [1]),
        ("(name=='List 1' or name=='List 2') and updatestatus!=pending", [2]),
    ],
)
def test_a_query_finds_its_boards(many: World, query: str, numbers: list[int]) -> None:
    assert _names(many, q=query) == [f"list-{number}" for number in numbers]


def test_modules_are_found_by_name_and_version(many: World) -> None:
    number = many.module(name="app", version="1.1.0+1a2b3c4d")
    many.module(name="app", version="1.1.0+ffffffff")
    found = many.get("/softwaremodules", q='name=="app";version=="1.1.0+1a2b3c4d"')
    assert [each["id"] for each in found["content"]] == [number]


def test_actions_are_found_by_board_and_release(many: World) -> None:
    found = many.get("/actions", q="target.controllerid==list-1;active==true")
    assert found["total"] == 1
    assert many.get("/actions", q="target.controllerid==list-1;active==false")["total"] == 0
    assert many.get("/actions", q="distributionset.name==locker;status==running")["total"] >= 2


def test_a_bad_query_is_refused(many: World) -> None:
    assert _error(many, "/targets", q="name==") == "rest.param.rsqlParamSyntax"
    assert _error(many, "/targets", q="nonsense==1") == "rest.param.rsqlInvalidField"
    assert _error(many, "/targets", q="attribute.==1") == "rest.param.rsqlInvalidField"
    assert _error(many, "/targets", q="securitytoken==a") == "rest.param.rsqlInvalidField"
    assert _error(many, "/targets", q="id==abc") == "rest.param.rsqlParamSyntax"
    assert _error(many, "/targets", q="id==" + "9" * 30) == "rest.param.rsqlParamSyntax"
    assert _error(many, "/actions", q="active==maybe") == "rest.param.rsqlParamSyntax"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/targets", "held==5"),
        ("/targets", "autoconfirm==5"),
        ("/targets", "held=gt=true"),
        ("/actions", "active<true"),
        ("/actions", "weight==99999999999"),
        ("/actions", "weight>-99999999999"),
    ],
)
def test_a_query_for_what_a_column_cannot_hold_is_refused(
    many: World, path: str, query: str
) -> None:
    assert _error(many, path, q=query) == "rest.param.rsqlParamSyntax"
    if path == "/targets":
        body = {"name": f"filter {query}", "query": query}
        assert many.call("POST", "/targetfilters", json=body).status_code == 400
