"""An operator's side of the Mgmt API: our server's or a hawkBit's.

Any 2xx is success: hawkBit's generations differ in which (facts: mgmt.md 13). Whatever fails
becomes one FleetError whose first line says what to do about it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from fleet.answers import (
    ActionInfo,
    Answer,
    ArtifactInfo,
    FleetError,
    Json,
    StatusInfo,
    TargetInfo,
    action_info,
    artifact_info,
    status_info,
    target_info,
)

_PAGE = 500
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


@dataclass(frozen=True)
class NewTarget:
    """A board to be made known; without a token the server makes one up."""

    id: str
    token: str | None = None
    site: str | None = None

    def entity(self) -> Json:
        given = {"securityToken": self.token, "group": self.site}
        return {"controllerId": self.id} | {key: each for key, each in given.items() if each}


class FleetClient:
    """The Mgmt API at `url`. Every method, and the making, raises FleetError."""

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url.rstrip("/")
        self._user = user
        try:
            self._http = httpx.Client(
                base_url=self.url + "/rest/v1/",
                auth=(user, password),
                headers={"accept": "application/json"},
                timeout=_TIMEOUT,
            )
        except httpx.InvalidURL as error:
            raise FleetError(f"{url} is no address of an update server: {error}") from error

    def __enter__(self) -> FleetClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def find_type(self, kind: str, key: str) -> int | None:
        """The id of a type; `kind` is `softwaremoduletypes` or `distributionsettypes`."""
        found = next(self.every(kind, f'key=="{key}"'), None)
        return None if found is None else found.number("id")

    def create(self, kind: str, entity: Json) -> Answer:
        """Make one entity of any kind whose endpoint takes a list."""
        made = self.call("POST", kind, json=[entity]).parts()
        if not made:
            raise FleetError(f"{self.url}: the server does not say what it made in {kind}")
        return made[0]

    def find_module(self, type_key: str, name: str, version: str) -> int | None:
        return self._find("softwaremodules", type_key, name, version)

    def find_set(self, type_key: str, name: str, version: str) -> int | None:
        return self._find("distributionsets", type_key, name, version)

    def set_modules(self, set_id: int) -> set[int]:
        """The ids of a set's modules."""
        return {each.number("id") for each in self.every(f"distributionsets/{set_id}/assignedSM")}

    def artifacts(self, module_id: int) -> list[ArtifactInfo]:
        found = self.call("GET", f"softwaremodules/{module_id}/artifacts")
        return [artifact_info(each) for each in found.parts()]

    def upload(
        self,
        module_id: int,
        filename: str,
        data: bytes,
        sha256: str,
        progress: Callable[[int], None] = lambda _sent: None,
    ) -> None:
        """Upload an artifact; the server checks the hash. `progress` gets bytes just read."""
        source = _Watched(data, progress)
        self._request(
            "POST",
            f"softwaremodules/{module_id}/artifacts",
            params={"sha256sum": sha256},
            files={"file": (filename, source, "application/octet-stream")},
        )

    def metadata(self, module_id: int) -> dict[str, str]:
        found = self.every(f"softwaremodules/{module_id}/metadata")
        return {each.text("key"): each.text("value") for each in found}

    def add_metadata(self, module_id: int, values: dict[str, str]) -> None:
        """Add metadata that boards see."""
        entries = [
            {"key": key, "value": value, "targetVisible": True} for key, value in values.items()
        ]
        self._request("POST", f"softwaremodules/{module_id}/metadata", json=entries)

    def targets(self, query: str | None = None) -> Iterator[TargetInfo]:
        """All boards, or those that an RSQL query matches."""
        return (target_info(each) for each in self.every("targets", query))

    def create_target(
        self, target_id: str, token: str | None = None, site: str | None = None
    ) -> TargetInfo:
        return target_info(self.create("targets", NewTarget(target_id, token, site).entity()))

    def create_targets(self, targets: Sequence[NewTarget]) -> None:
        """Many boards at once."""
        for start in range(0, len(targets), _PAGE):
            body = [each.entity() for each in targets[start : start + _PAGE]]
            self._request("POST", "targets", json=body)

    def put_at_site(self, target_id: str, site: str) -> None:
        """An empty one takes it away. That is our server's own: hawkBit leaves its groups alone."""
        self._request("PUT", _board(target_id), json={"group": site})

    def delete_target(self, target_id: str) -> None:
        self._request("DELETE", _board(target_id))

    def attributes(self, target_id: str) -> dict[str, str]:
        """What the board last reported about itself."""
        return self.call("GET", _board(target_id) + "/attributes").texts()

    def actions(self, target_id: str, limit: int = 50) -> list[ActionInfo]:
        """The newest actions of a board, newest first."""
        return [action_info(each) for each in self._newest(_board(target_id) + "/actions", limit)]

    def history(self, target_id: str, action_id: int, limit: int = 50) -> list[StatusInfo]:
        """The newest lines of an action's history, newest first."""
        path = f"{_board(target_id)}/actions/{action_id}/status"
        return [status_info(each) for each in self._newest(path, limit)]

    def assign(self, target_id: str, set_id: int, force_type: str = "forced") -> int | None:
        """Assign a set: the new action's id, None if the board has that assignment already."""
        body = {"id": set_id, "type": force_type}
        result = self.call("POST", _board(target_id) + "/assignedDS", json=body)
        made = result.parts_of("assignedActions")
        return made[0].number("id") if made else None

    def cancel(self, target_id: str, action_id: int, *, force: bool = False) -> None:
        params = {"force": "true"} if force else {}
        self._request("DELETE", f"{_board(target_id)}/actions/{action_id}", params=params)

    def publish_trust(self, files: dict[str, str]) -> Answer:
        """Publish trusted metadata (fleet/trust/bundle.py): the versions on offer now.

        That is our server's own: hawkBit knows nothing of it.
        """
        return self.call("POST", f"{self.url}/tuf", json={"files": files})

    def _find(self, kind: str, type_key: str, name: str, version: str) -> int | None:
        for each in self.every(kind, f'name=="{name}";version=="{version}"'):
            if each.text("type") == type_key:
                return each.number("id")
        return None

    def _newest(self, path: str, limit: int) -> list[Answer]:
        page = self.call("GET", path, params={"limit": limit, "sort": "id:DESC"})
        return page.parts_of("content")

    def exists(self, url: str) -> bool:
        """Whether there is something at an address, if only for other people."""
        return self._send("GET", url).status_code not in (403, 404, 405)

    def every(self, path: str, query: str | None = None, **more: str) -> Iterator[Answer]:
        """Every entry of a list, page by page; `more`: other parameters of the request."""
        offset, total = 0, 1
        while offset < total:
            params: dict[str, str | int] = {"offset": offset, "limit": _PAGE, **more}
            page = self.call("GET", path, params={**params, "q": query} if query else params)
            content = page.parts_of("content")
            yield from content
            # A server that runs out of entries too early must not keep us here.
            offset, total = offset + max(len(content), 1), page.number("total")

    def call(self, method: str, path: str, **options: Any) -> Answer:
        """What the server answers; nothing counts as an empty object."""
        answer = self._request(method, path, **options)
        if not answer.content:
            return Answer(self.url, {})
        try:
            return Answer(self.url, answer.json())
        except ValueError:
            raise FleetError(f"{self.url}: this is no update server: it answers no JSON") from None

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self._send(method, path, **options)
        if not answer.is_success:
            raise FleetError(self._refusal(method, path, answer))
        return answer

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise FleetError(f"cannot reach the update server at {self.url}: {reason}") from error

    def _refusal(self, method: str, path: str, answer: httpx.Response) -> str:
        if answer.status_code == 401:
            return f"{self.url} does not let {self._user!r} in: check user and password"
        try:
            message = answer.json()["message"]
        except (ValueError, KeyError, TypeError):
            message = f"{method} {path} gives {answer.status_code} {answer.reason_phrase}"
        return f"{self.url}: {message}"


class _Watched(io.BytesIO):
    """Bytes that tell how far they have been read."""

    def __init__(self, data: bytes, progress: Callable[[int], None]) -> None:
        super().__init__(data)
        self._progress = progress

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._progress(len(data))
        return data


def quoted(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


def _board(target_id: str) -> str:
    return f"targets/{quoted(target_id)}"
