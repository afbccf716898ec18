"""A server with boards and sets to play with: what the tests of the update server share."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from fleet.server import FleetServer

PASSWORD = "correct horse"
GATEWAY_TOKEN = "gateway-of-the-tests"
_numbers = itertools.count(1)


def feedback(execution: str, finished: str = "none", **status: object) -> dict[str, Any]:
    """The body of a feedback; `status` are further members such as `details` and `code`."""
    return {"status": {"execution": execution, "result": {"finished": finished}, **status}}


@dataclass(frozen=True)
class Set:
    """A distribution set with its modules' ids and their files."""

    id: int
    name: str
    version: str
    modules: dict[str, int]
    files: dict[str, bytes]


@dataclass
class Board:
    """A board's side of the protocol, token included."""

    id: str
    token: str
    root: str
    http: httpx.Client = field(repr=False)

    def get(self, path: str = "", **headers: str) -> httpx.Response:
        return self.http.get(self.root + path, headers={**self._auth(), **headers})

    def follow(self, url: str, method: str = "GET", **headers: str) -> httpx.Response:
        return self.http.request(method, url, headers={**self._auth(), **headers})

    def send(self, path: str, body: object, method: str = "POST") -> httpx.Response:
        return self.http.request(method, self.root + path, json=body, headers=self._auth())

    def links(self) -> dict[str, str]:
        """What a poll offers: relation to URL."""
        answer = self.get()
        assert answer.status_code == 200, answer.text
        return {name: link["href"] for name, link in answer.json().get("_links", {}).items()}

    def report(self, action: int, execution: str, finished: str = "none", **more: Any) -> int:
        """Feedback on a deployment; the status code it was answered with."""
        body = feedback(execution, finished, **more)
        return self.send(f"/deploymentBase/{action}/feedback", body).status_code

    def report_cancel(self, action: int, execution: str, finished: str = "none") -> int:
        body = feedback(execution, finished)
        return self.send(f"/cancelAction/{action}/feedback", body).status_code

    def files(self, action: int) -> dict[str, str]:
        """The downloads that a deployment offers: file name to URL."""
        chunks = self.get(f"/deploymentBase/{action}").json()["deployment"]["chunks"]
        return {
            each["filename"]: each["_links"]["download-http"]["href"]
            for chunk in chunks
            for each in chunk["artifacts"]
        }

    def _auth(self) -> dict[str, str]:
        return {"authorization": f"TargetToken {self.token}"}


class World:
    """An operator's side, with short ways to what a test needs."""

    def __init__(self, server: FleetServer) -> None:
        self.server = server
        self.http = httpx.Client(timeout=20)
        self.base = server.url + "/rest/v1"
        self.auth = ("admin", PASSWORD)

    def __enter__(self) -> World:
        return self

    def __exit__(self, *_error: object) -> None:
        self.http.close()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, self.base + path, auth=self.auth, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def make(self, path: str, **entity: object) -> Any:
        answer = self.call("POST", path, json=[entity])
        assert answer.status_code == 201, answer.text
        return answer.json()[0]

    def board(self, **entity: object) -> Board:
        name = str(entity.pop("controllerId", f"board-{next(_numbers)}"))
        made = self.make("/targets", controllerId=name, **entity)
        root = f"{self.server.url}/DEFAULT/controller/v1/{name}"
        return Board(name, made["securityToken"], root, self.http)

    def module(self, kind: str = "application", **entity: object) -> int:
        number = next(_numbers)
        made = {"type": kind, "name": f"module-{number}", "version": "1.0.0", **entity}
        return int(self.make("/softwaremodules", **made)["id"])

    def upload(self, module: int, name: str, data: bytes, **params: str) -> httpx.Response:
        files = {"file": (name, data)}
        path = f"/softwaremodules/{module}/artifacts"
        return self.call("POST", path, files=files, params=params)

    def set(self, **files: bytes) -> Set:
        """A set of type `app`: one module for each file, `name` holding `name.bin`."""
        number = next(_numbers)
        files = files or {"app": b"software %d" % number}
        modules = {name: self.module() for name in files}
        for name, module in modules.items():
            assert self.upload(module, f"{name}.bin", files[name]).status_code == 201
        made = self.make(
            "/distributionsets",
            name="locker",
            version=f"1.{number}.0",
            type="app",
            modules=[{"id": each} for each in modules.values()],
        )
        return Set(made["id"], "locker", made["version"], modules, files)

    def assign(self, board: Board, chosen: Set, **more: object) -> int:
        """The id of the new action."""
        answer = self.call(
            "POST", f"/targets/{board.id}/assignedDS", json={"id": chosen.id, **more}
        )
        assert answer.status_code == 200, answer.text
        return int(answer.json()["assignedActions"][0]["id"])

    def cancel(self, board: Board, action: int, **params: str) -> int:
        path = f"/targets/{board.id}/actions/{action}"
        return self.call("DELETE", path, params=params).status_code

    def state(self, board: Board) -> str:
        return str(self.get(f"/targets/{board.id}")["updateStatus"])

    def action(self, board: Board, action: int) -> tuple[str, bool]:
        """Status, and whether it is active."""
        found = self.get(f"/targets/{board.id}/actions/{action}")
        return found["status"], found["active"]

    def history(self, board: Board, action: int) -> list[dict[str, Any]]:
        """Newest first."""
        found = self.get(f"/targets/{board.id}/actions/{action}/status", limit=500)
        return list(found["content"])

    def rest(self) -> None:
        """Leave the server nothing to look after, over and over: that would slow later tests."""
        for each in self.get("/rollouts", q="status==running", limit=500)["content"]:
            self.call("POST", f"/rollouts/{each['id']}/pause")
        for each in self.get("/targetfilters", limit=500)["content"]:
            self.call("DELETE", f"/targetfilters/{each['id']}")

    def set_of(self, board: Board, relation: str) -> int | None:
        """The id behind `assignedDS` or `installedDS`."""
        answer = self.call("GET", f"/targets/{board.id}/{relation}")
        return None if answer.status_code == 204 else int(answer.json()["id"])


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def wait_for(holds: Callable[[], bool], what: str, patience_s: float = 60.0) -> None:
    """Wait for what the server does by itself."""
    give_up = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < give_up, what
        time.sleep(0.02)
