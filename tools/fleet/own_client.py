"""An operator's side of our own API (fleet/api): what a plain hawkBit cannot do."""

from __future__ import annotations

from fleet.answers import Answer, FleetError, Json
from fleet.client import FleetClient, quoted

_BASE = "/fleet/v1"


class OwnApi:
    """Our own API of the server that a client talks to.

    Making it raises FleetError if that server has none; `instead` says what a hawkBit offers.
    """

    def __init__(self, client: FleetClient, instead: str) -> None:
        self._client = client
        self._url = client.url + _BASE
        if not client.exists(self._url):
            raise FleetError(f"{client.url} is a plain hawkBit, which can't do that: {instead}")

    def put(self, kind: str, scope: str, body: Json) -> int:
        """Decide something for a scope; how many boards it touches."""
        return self._call("PUT", f"{kind}/{quoted(scope)}", body).number("boards")

    def take_back(self, kind: str, scope: str) -> int:
        return self._call("DELETE", f"{kind}/{quoted(scope)}").number("boards")

    def tell(self, command: str, scope: str) -> int:
        """`checks` or `retries`."""
        return self._call("POST", command, {"scope": scope}).number("boards")

    def listed(self, kind: str) -> list[Answer]:
        return self._call("GET", kind).parts()

    def board(self, board: str) -> Answer:
        return self._call("GET", f"boards/{quoted(board)}")

    def put_channel(self, name: str, body: Json) -> Answer:
        return self._call("PUT", f"channels/{quoted(name)}", body)

    def delete_channel(self, name: str) -> None:
        self._call("DELETE", f"channels/{quoted(name)}")

    def audit(self, limit: int) -> list[Answer]:
        """The newest lines first."""
        return self._call("GET", f"audit?limit={limit}").parts_of("content")

    def tokens(self) -> dict[str, str]:
        """All boards' tokens, in clear; for admins."""
        return self._call("GET", "tokens").texts()

    def _call(self, method: str, path: str, body: Json | None = None) -> Answer:
        options = {} if body is None else {"json": body}
        return self._client.call(method, f"{self._url}/{path}", **options)
