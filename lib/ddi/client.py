"""The device's conversation with a DDI server: one connection, one request at a time."""

import json

from ddi import messages
from ddi.errors import GoneError, NonsenseError
from net.errors import LinkError, StatusError
from net.url import origin


class Client:
    """Talks for one board. `http`: a net.http.Connection; `spool`: takes the answers' bodies.

    Every method raises LinkError when the server can't be used now; of these, GoneError when it
    does not know the action any more.
    """

    def __init__(self, http, board, spool):
        self._http = http
        self._spool = spool
        self._token = "TargetToken " + board["token"]
        self._origin = origin(board["server"])
        self._server, self._id = board["server"].rstrip("/"), board["id"]
        tenant = board.get("tenant", "DEFAULT")
        self._root = "%s/%s/controller/v1/%s" % (self._server, tenant, self._id)
        self._etag = None
        self._last = None

    async def poll(self):
        """Ask what there is to do: see `messages.poll`."""
        status, headers = await self._request("GET", self._root, self._etag)
        if status == 304 and self._last:
            return self._last
        self._last = messages.poll(await self._json(status, "poll"))
        self._etag = headers.get("etag")
        return self._last

    async def deployment(self, href):
        """The deployment.Deployment behind a poll's link."""
        status, _ = await self._request("GET", href)
        answer = await self._json(status, "deployment")
        from ddi.deployment import Deployment

        return Deployment(answer)

    async def put(self, what, body):
        """Report what the server is to know: `configData`, or `installedBase`."""
        await self._send("PUT", "%s/%s" % (self._root, what), body, what)

    async def feedback(self, action, execution, finished, details, to="deploymentBase"):
        """Report on an action; `to` is cancelAction for the answer to a cancel."""
        href = "%s/%s/%s/feedback" % (self._root, to, action)
        body = messages.feedback(action, execution, finished, details)
        await self._send("POST", href, body, "feedback")

    async def confirm(self, href):
        """Say yes to the action that a poll's confirmationBase link names."""
        href = "%s/confirmationBase/%s/feedback" % (self._root, messages.action_id(href))
        await self._send("POST", href, {"confirmation": "confirmed", "details": []}, "confirmation")

    async def hand_over(self, pickup):
        """Give the server a pickup code (docs/locker.md), if it wants any: an entry of ours."""
        href = "%s/board/v1/%s/pickups" % (self._server, self._id)
        try:
            await self._send("POST", href, pickup, "pickup")
        except GoneError:
            print("ddi: the server takes no pickup codes")

    async def get_range(self, href, start, length, etag):
        """Read `length` bytes of an artifact from `start` on into the spool: see `open_range`."""
        etag = await self.open_range(href, start, length, etag)
        await self.read(length)
        return etag

    async def open_range(self, href, start, length, etag):
        """Ask for `length` bytes of an artifact from `start` on, to be `read`; its ETag.

        Only a 206 with the very range asked for counts, and with the ETag of the parts before
        (`etag`, None at first): a server that sends the whole file would end up in the wrong place.
        Where that range is the whole file, hawkBit up to 0.9 answers 200 with a Content-Range.
        """
        wanted = "bytes=%d-%d" % (start, start + length - 1)
        status, headers = await self._request("GET", href, None, wanted)
        if status in (404, 410):
            await self._drain()
            raise GoneError(status, "artifact")
        fault = None
        told = headers.get("content-range", "")
        if status != 206 and (status != 200 or told != "bytes 0-%d/%d" % (length - 1, length)):
            fault = StatusError(status, "artifact")
        elif told.partition("/")[0] != wanted.replace("=", " "):
            fault = NonsenseError("artifact: wrong range")
        elif etag is not None and headers.get("etag") != etag:
            fault = NonsenseError("artifact: changed meanwhile")
        elif self._http.left != length:
            fault = NonsenseError("artifact: wrong length")
        if fault:
            self._http.close()
            raise fault
        return headers.get("etag")

    async def read(self, count):
        """Read the next `count` bytes of the open range into the spool."""
        await self._spool.take(self._http, count)

    async def _request(self, method, href, etag=None, bytes_wanted=None, body=None):
        headers = [("Accept", "application/json")]
        try:
            ours = origin(href) == self._origin
        except ValueError:
            raise NonsenseError("bad link") from None
        if ours:  # a link may lead elsewhere, and nobody else gets the token
            headers.append(("Authorization", self._token))
        if etag:
            headers.append(("If-None-Match", etag))
        if bytes_wanted:
            headers.append(("Range", bytes_wanted))
        if body is not None:
            headers.append(("Content-Type", "application/json"))
        return await self._http.request(method, href, headers, body)

    async def _json(self, status, what):
        if status in (404, 410):
            await self._drain()
            raise GoneError(status, what)
        if status != 200:
            await self._drain()
            raise StatusError(status, what)
        await self._spool.fill(self._http)
        try:
            return self._spool.json()
        except ValueError:
            raise NonsenseError("%s: not JSON" % what) from None

    async def _send(self, method, href, value, what):
        body = json.dumps(value).encode()
        status, _ = await self._request(method, href, body=body)
        await self._drain()
        if status in (404, 410):
            raise GoneError(status, what)
        if not 200 <= status < 300:
            raise StatusError(status, what)

    async def _drain(self):
        """An error's body says nothing that a board could use."""
        try:
            await self._spool.fill(self._http)
        except LinkError:
            self._http.close()
