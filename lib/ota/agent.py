"""The update agent: polls the server, and sees an update through resets to its end.

The long parts are modules of their own that are loaded when needed and dropped afterwards: `job`
(from a deployment to the switch) and `trial` (the first boot of a new release). This one stays.
"""

from net.spool import Spool

# Before any other code is loaded: later the heap has no hole of this size, and on the chip it would
# grow by all that WiFi and TLS need.
_spool = Spool(8256)  # half a block, and as much metadata as trust takes at a time
_lines = bytearray(1536)  # of the connection: bounds a line; about one TCP segment
__import__("ota.interned")

# ruff: noqa: E402
import asyncio
import os
import time

from micropython import const

from ddi import messages
from net.errors import LinkError, StatusError
from net.wifi import WiFi
from ota import errors, record, settings
from ota.slots import Slots
from store import files
from store.log import log
from store.modules import drop, keep, load

_POLL_FIRST_S = const(30)
_DAY_S = const(86_400)
_KEPT_S = const(10)  # a connection
_WIFI_BYTES = const(512)


class Agent:
    """`cabinet` answers `idle_blocker()`, `coil_off()` and `checks()`; it is told
    `upgrading(percent)` and `ready()`.

    `boot` is what boot.py left behind.
    """

    def __init__(self, boot, cabinet):
        self.boot, self.cabinet = boot, cabinet
        self.spool = _spool
        self.slots = Slots(boot.slot, boot.cache)
        self.record = record.Record()
        self._http = self._ddi = None
        self._is_secure = "https:" in boot.board["server"] + boot.board.get("tuf", "")
        self.memo = {}  # signatures that need no second look: see tuf.rules
        self.links = {}
        self.alive = _nobody
        chosen = files.read_json(settings.WIFI_FILE, _WIFI_BYTES)
        self.wifi = WiFi(([chosen] if chosen else []) + boot.board["wifi"])
        self.aside = False  # neither link nor memory are in use: somebody is at the cabinet
        cabinet.agent = self
        self._poll_s = _POLL_FIRST_S
        self._polled_ms = None
        self._failures = 0
        self._started_ms, self._healthy = time.ticks_ms(), False
        self._last_told = None
        self._reported = False
        self._day = None

    async def run(self, alive):
        """For ever: `alive` is the supervisor's sign of life."""
        self.alive = alive
        await load("ota.begin").after_reset(self)
        _forget_steps()
        wait_s = 0
        while True:
            try:
                await self.rest(wait_s)
                await self.stand_aside()
                await self.serve_poll()
                await self._act()
                self.link_holds()
                wait_s = self.until_poll_s()
            except (errors.CanceledError, errors.VisitError):
                wait_s = 0
            except errors.EXPECTED as error:
                # Whatever a server sends must not end in a crash: three of them, and boot.py
                # falls back to an older release.
                wait_s = self.backoff_s(error)
            if wait_s > _KEPT_S:
                self.hang_up()  # what TLS takes is better used for whoever comes

    @property
    def http(self):
        """The one connection, a net.http.Connection. Its code is loaded when somebody asks."""
        if not self._http:
            pinned = load("net.tls").Pinned() if self._is_secure else None
            self._http = load("net.http").Connection(_lines, pinned, give_way=self.give_way)
        return self._http

    @property
    def ddi(self):
        """The ddi.client.Client, as `http`."""
        if not self._ddi:
            self._ddi = load("ddi.client").Client(self.http, self.boot.board, self.spool)
        return self._ddi

    def hang_up(self):
        """Close the connection, and forget the code that talks over it: heap."""
        if self._http:
            self._http.close()
        self._http = self._ddi = None
        drop("net", "http", "tls")
        drop("ddi", "client")

    def setting(self, name):
        """An adjustable value: see ota.settings."""
        return settings.get(self.boot.board, name)

    async def serve_poll(self):
        """Poll, and see to all that is not a deployment: results, attributes, cancels."""
        await self.online()
        self._poll_s, links = await self.ddi.poll()
        self.links = dict(links)
        self._polled_ms = time.ticks_ms()
        await self.deliver()
        await self._report_attributes()
        self._set_clock()
        if self.cabinet.has_mail:
            try:
                await self.cabinet.deliver(self.ddi.hand_over)
            except StatusError as error:  # of no concern to updates
                print("agent:", error)
        if "cancelAction" in self.links:
            await load("ota.cancel").answer(self, self.links["cancelAction"])

    async def stand_by(self):
        """Let others run, and come back when no coil is on: what takes long may begin now.

        Behind an expander it would prolong the pulse (docs/board-profiles.md).
        """
        self.alive()
        await asyncio.sleep_ms(0)
        await self.cabinet.coil_off()

    async def give_way(self):
        """As stand_by, where a job can be left: VisitError when somebody has come."""
        if self.is_visited() and not self.aside:
            raise errors.VisitError
        await self.stand_by()

    async def online(self):
        """Come back when there is a network; LinkError when there is none."""
        await self.wifi.ensure(self.alive)

    def is_visited(self):
        """Whether somebody is at the cabinet, and needs memory and link."""
        return self.cabinet.idle_blocker() == "session"

    async def stand_aside(self):
        """Come back when nobody is there who needs memory and link."""
        while self.is_visited():
            await self.pause(1)
            self.aside = True
        if self.aside:
            self.aside = False
            _forget_steps()

    def forget_poll(self):
        """Poll as soon as possible."""
        self._polled_ms = None

    def service(self, what, *args):
        """For the service menu: see ota.people. All but `about` are coroutines."""
        return getattr(load("ota.people"), what)(self, *args)

    def link_holds(self):
        """The next failure of the link is a first one again."""
        self._failures = 0

    def healthy(self):
        """Whether the running slot has proven itself: the other one may be given up."""
        return self._healthy and self.boot.release.committed

    def until_poll_s(self):
        """Seconds until the next poll, with a tenth of jitter; 0 when it is due."""
        if self._polled_ms is None:
            return 0
        passed_s = time.ticks_diff(time.ticks_ms(), self._polled_ms) // 1000
        return max(0, jitter(self._poll_s) - passed_s)

    def backoff_s(self, error):
        """How long to wait after a failure of the link: doubling, with jitter, bounded."""
        print("agent: %s: %s" % (type(error).__name__, error))
        self._polled_ms = None  # ticks wrap when nothing is heard for days
        wait_s = self.setting("backoff_s") << min(self._failures, 12)
        self._failures += 1
        return jitter(min(wait_s, self.setting("backoff_most_s")))

    async def pause(self, seconds):
        """Sleep, and be seen to live."""
        end_ms = time.ticks_add(time.ticks_ms(), int(seconds * 1000))
        healthy_ms = self.setting("healthy_s") * 1000
        while True:
            self.alive()
            if self.is_visited() and not self.aside:
                self.hang_up()  # once aside, it may be in use by ota.people
            # Latched: ticks wrap after some days.
            if time.ticks_diff(time.ticks_ms(), self._started_ms) >= healthy_ms:
                self._healthy = True
            left_ms = time.ticks_diff(end_ms, time.ticks_ms())
            if left_ms <= 0:
                return
            await asyncio.sleep_ms(min(left_ms, 1000))

    async def rest(self, seconds):
        """Sleep as long as nobody comes: VisitError."""
        while seconds > 0:
            await self.give_way()
            await self.pause(min(seconds, 1))
            seconds -= 1

    async def tell(self, execution, details):
        """An intermediate line to the server: worth a try, not worth a failure."""
        if details == self._last_told:
            return
        await self.stand_by()
        for detail in details:
            log("agent: %s" % detail)
        try:
            await self.ddi.feedback(self.record.get("action"), execution, "none", details)
        except (LinkError, MemoryError) as error:
            print("agent: not told:", error)
        self._last_told = details

    def finish(self, finished, details):
        """Keep the result until the server has it. `finished`: success or failure."""
        for detail in details:
            log("agent: %s: %s" % (finished, detail))
        self.record.put(phase=record.DONE, result=[finished] + details, delivered=False)
        self._reported = False  # the outcome is one of the attributes

    async def deliver(self):
        """Close the action with its result. A server that will never take it has it too."""
        result = self.record.get("result")
        if not result or self.record.get("delivered"):
            return
        try:
            action = self.record.get("action")
            if action is not None:
                await self.ddi.feedback(action, "closed", result[0], result[1:])
        except StatusError as error:
            if error.status not in (400, 404, 410):
                raise
            print("agent:", error)
        await self.stand_by()
        self.record.put(delivered=True)
        self.links.pop("deploymentBase", None)  # what the poll said is out of date

    async def _report_attributes(self):
        if self._reported and "configData" not in self.links:
            return
        await load("ota.report").send(self)
        self._reported = True
        drop("ota", "report")

    def _set_clock(self):
        """Once a day: for events. What trust needs to know of the time is its own affair."""
        if self._day != time.time() // _DAY_S:
            load("net.date").set_clock(self.http.date)
            drop("net", "date")
            self._day = time.time() // _DAY_S

    async def _act(self):
        """Work on what the last poll offers. Returns when it is done, or can't be done now."""
        href = self.links.get("deploymentBase")
        if href is None:
            return
        action = messages.action_id(href)
        await self.stand_by()
        if self.record.get("action") != action:
            self.record.put(action=action, phase=record.IDLE, trials=0, result=None)
        try:
            await load("ota.job").install(self, href)
            await self.deliver()
        except errors.EXPECTED as error:
            await load("ota.outcome").settle(self, error)
        finally:
            _forget_steps()
            if self.is_visited():
                self.forget_poll()


def jitter(seconds):
    """`seconds`, give or take a tenth: a fleet must not come all at once."""
    return seconds * (90 + os.urandom(1)[0] * 20 // 255) / 100


def _forget_steps():
    """What was loaded for a step, and what that has loaded."""
    keep("ota", "agent", "errors", "layout", "record", "settings", "slots")
    keep("tuf")
    drop("net", "date")
    drop("ddi", "deployment")


def _nobody():
    """Nobody watches yet."""
