"""Whatever is sent, the server refuses or takes it: it never fails (5xx)."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest
from fleet_world import World, feedback

_ODD: list[Any] = [
    *(None, True, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, float("inf"), float("nan")),
    *(
        "",
        "a",
        "1",
        "<b>",
        "\0",
        "\ud800",
        "\u00e9" * 300,
        "x" * 5000,
        "../../x",
        "%",
        "'",
        "closed",
    ),
    *([], {}, [[]], [None], {"id": 1}, {"a": {"b": [1]}}, ["1"]),
]
_NAMES = ("id", "name", "status", "execution", "details", "code", "data", "modules", "weight")
_PIECES = (
    *("name", "id", "==", "!=", "=in=", "(", ")", ";", ",", " and ", "'a'", '"b"', "*", "\\", "%"),
    *(
        "null",
        "=is=",
        "attribute.x",
        "active",
        "true",
        "5",
        "createdat",
        "<",
        "\0",
        "\u00e9",
        "type",
    ),
)


def _spoil(value: Any, choose: random.Random) -> Any:
    """A copy with some members replaced, dropped or added."""
    if choose.random() < 0.15:
        return choose.choice(_ODD)
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if choose.random() < 0.9}
        spoiled = {name: _spoil(each, choose) for name, each in kept.items()}
        more = {choose.choice(_NAMES): choose.choice(_ODD)} if choose.random() < 0.15 else {}
        return {**spoiled, **more}
    if isinstance(value, list):
        return [_spoil(each, choose) for each in value]
    return value


def _requests(world: World) -> list[tuple[str, str, dict[str, str], Any]]:
    """Method, URL, credentials and a right body for every endpoint that takes one."""
    board, chosen = world.board(), world.set()
    action, module = world.assign(board, chosen), chosen.modules["app"]
    bodies = {
        "POST /softwaremoduletypes": [{"key": "k", "name": "n", "maxAssignments": 2}],
        "POST /distributionsettypes": [{"key": "k", "name": "n", "mandatorymodules": [{"id": 1}]}],
        "POST /softwaremodules": [{"type": "application", "name": "n", "version": "v"}],
        f"POST /softwaremodules/{module}/metadata": [{"key": "k", "value": "v"}],
        f"PUT /softwaremodules/{module}/metadata/k": {"value": "v", "targetVisible": True},
        "POST /distributionsets": [{"name": "n", "version": "v", "modules": [{"id": module}]}],
        f"POST /distributionsets/{chosen.id}/assignedSM": [{"id": module}],
        f"POST /distributionsets/{chosen.id}/metadata": [{"key": "k", "value": "v"}],
        f"POST /distributionsets/{chosen.id}/assignedTargets": [{"id": board.id}],
        "POST /targets": [{"controllerId": "odd", "name": "n", "securityToken": "t"}],
        f"PUT /targets/{board.id}": {"name": "n", "requestAttributes": True},
        f"POST /targets/{board.id}/assignedDS": [{"id": chosen.id, "type": "soft", "weight": 5}],
        f"PUT /targets/{board.id}/actions/{action}": {"forceType": "forced"},
    }
    operator = {"authorization": "Basic YWRtaW46Y29ycmVjdCBob3JzZQ=="}
    token = {"authorization": f"TargetToken {board.token}"}
    report = feedback("proceeding", details=["a"], code=1)
    split = [(*key.partition(" ")[::2], body) for key, body in bodies.items()]
    return [
        *((method, world.base + path, operator, body) for method, path, body in split),
        ("POST", f"{board.root}/deploymentBase/{action}/feedback", token, report),
        ("POST", f"{board.root}/cancelAction/{action}/feedback", token, report),
        ("PUT", f"{board.root}/configData", token, {"mode": "merge", "data": {"a": "b"}}),
        ("PUT", f"{board.root}/installedBase", token, {"name": "n", "version": "v"}),
    ]


@pytest.mark.parametrize("seed", range(40))
def test_odd_bodies_are_refused_or_taken(world: World, seed: int) -> None:
    choose = random.Random(seed)
    seen: Counter[int] = Counter()
    for method, url, credentials, body in _requests(world):
        content = json.dumps(_spoil(body, choose))
        headers = {**credentials, "content-type": "application/json"}
        status = world.http.request(method, url, content=content, headers=headers).status_code
        assert status < 500, (method, url, content)
        seen[status] += 1
    assert seen[401] == 0
    assert len(seen) > 1


@pytest.mark.parametrize("seed", range(20))
def test_odd_queries_are_refused_or_answered(world: World, seed: int) -> None:
    choose = random.Random(seed)
    for path in ("/targets", "/actions", "/distributionsets", "/softwaremodules"):
        query = "".join(choose.choices(_PIECES, k=choose.randrange(1, 9)))
        params = {
            "q": query,
            "sort": choose.choice(["", "id:ASC", "name:DESC", "id", ":", ",", "id:ASC,"]),
            "limit": choose.choice(["", "5", "-1", "x", "9" * 30]),
            "offset": choose.choice(["", "0", "9" * 30]),
        }
        status = world.call("GET", path, params=params).status_code
        assert status in (200, 400), params
