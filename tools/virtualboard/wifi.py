"""The WiFi driver behind `network.WLAN`, and the access points in the air around the board."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .errors import EspError
from .rpc import Answer, Handler, Op
from .scheduler import Scheduler

# The networks that the ESP32 emulator offers are in the air here too.
EMULATOR_NETWORKS = {"PICSimLabWifi": "", "Espressif": "", "MasseyWifi": ""}

_STAT_IDLE = 1000
_STAT_CONNECTING = 1001
_STAT_GOT_IP = 1010
_REASON_ASSOC_LEAVE = 8
_REASON_BEACON_TIMEOUT = 200
_REASON_NO_AP_FOUND = 201
_REASON_AUTH_FAIL = 202
_SHOWN_WHILE_TRYING = (_REASON_NO_AP_FOUND, _REASON_AUTH_FAIL)
_FOR_EVER = -1


class Wifi:
    """The radio of the chip. `networks` maps the names in the air to their keys ("" = open).

    `association_s` is how long it takes to join, `retry_s` the time between vain attempts.
    """

    def __init__(
        self, scheduler: Scheduler, association_s: float = 0.05, retry_s: float = 0.25
    ) -> None:
        self.networks = dict(EMULATOR_NETWORKS)
        self.association_s = association_s
        self.retry_s = retry_s
        self.on_lost: Callable[[], None] = lambda: None
        self._scheduler = scheduler
        self._lock = threading.RLock()
        self._in_range = True
        self._connected = False
        # Numbers the attempts: an alarm that comes late for a cancelled one must not count.
        self._attempt = 0
        self._trying = False
        self.reset()

    def reset(self) -> None:
        """The chip was reset: the radio is off and has forgotten everything."""
        with self._lock:
            self._stop_trying()
            self._active = False
            self._wanted: tuple[str, str] | None = None
            self._requested = False
            self._reason = 0
            self._reconnects = _FOR_EVER
            self._tries = 0
            self._set_connected(False)

    @property
    def connected(self) -> bool:
        """Has the board joined a network?"""
        return self._connected

    def drop(self) -> None:
        """All access points are gone; connections die with them."""
        with self._lock:
            self._in_range = False
            if self._connected:
                self._reason = _REASON_BEACON_TIMEOUT
                self._set_connected(False)
                self._try_after(self.retry_s)

    def restore(self) -> None:
        """They are back; a board that tries to join finds them with its next attempt."""
        with self._lock:
            self._in_range = True

    def handlers(self) -> dict[Op, Handler]:
        return {
            Op.WIFI_ACTIVE: self._set_active,
            Op.WIFI_CONNECT: self._connect,
            Op.WIFI_DISCONNECT: self._disconnect,
            Op.WIFI_STATUS: lambda *_: self._status(),
            Op.WIFI_IS_CONNECTED: lambda *_: self._connected,
            Op.WIFI_SCAN: lambda *_: self._scan(),
            Op.WIFI_SSID: lambda *_: (self._wanted or ("", ""))[0].encode(),
            Op.WIFI_RECONNECTS: self._set_reconnects,
        }

    def _set_active(self, active: int, *_: object) -> Answer:
        """-1 asks, 0 and 1 set."""
        with self._lock:
            if active == 0:
                self._stop_trying()
                self._set_connected(False)
            if active >= 0:
                self._active = bool(active)
            return self._active

    def _connect(self, has_ssid: int, ssid_bytes: int, _c: int, _d: int, text: bytes) -> Answer:
        """`text` is name and key; without, it joins the network of the last call."""
        with self._lock:
            if has_ssid and self._trying:
                raise EspError(0, "Wifi Internal State Error")
            if has_ssid:
                self._wanted = (text[:ssid_bytes].decode(), text[ssid_bytes:].decode())
            if not self._active:
                raise EspError(0, "Wifi Not Started")
            if self._trying:
                raise EspError(0, "Wifi Internal Error")
            self._requested = True
            self._tries = 0
            self._reason = 0
            self._set_connected(False)
            self._try_after(self.association_s)
        return None

    def _disconnect(self, *_: object) -> Answer:
        with self._lock:
            self._requested = False
            if not self._active:
                raise EspError(0, "Wifi Not Started")
            self._stop_trying()
            self._reason = _REASON_ASSOC_LEAVE
            self._set_connected(False)
        return None

    def _status(self) -> int:
        """As `network_wlan_status` of the port decides."""
        with self._lock:
            if self._connected:
                return _STAT_GOT_IP
            if self._reason in _SHOWN_WHILE_TRYING:
                return self._reason
            if self._reason == _REASON_ASSOC_LEAVE:
                return _STAT_IDLE
            if self._requested and self._may_try():
                return _STAT_CONNECTING
            return self._reason or _STAT_IDLE

    def _scan(self) -> bytes:
        if not self._active:
            raise EspError(0, "STA must be active")
        if not self._in_range:
            return b""
        return b"\0".join(b"%d" % (3 if key else 0) + name.encode() for name, key in self._sorted())

    def _sorted(self) -> list[tuple[str, str]]:
        return sorted(self.networks.items())

    def _set_reconnects(self, count: int, *_: object) -> Answer:
        self._reconnects = count
        return None

    def _may_try(self) -> bool:
        return self._reconnects == _FOR_EVER or self._tries <= self._reconnects

    def _try_after(self, seconds: float) -> None:
        self._attempt += 1
        self._trying = True
        number = self._attempt
        self._scheduler.call_after(seconds, lambda: self._associate(number))

    def _stop_trying(self) -> None:
        self._attempt += 1
        self._trying = False

    def _associate(self, number: int) -> None:
        with self._lock:
            if number != self._attempt:
                return
            self._trying = False
            self._reason = self._refusal()
            if self._reason == 0:
                self._set_connected(True)
                return
            self._tries += 1
            if self._may_try():
                self._try_after(self.retry_s)

    def _refusal(self) -> int:
        """Why the network can't be joined now; 0: it can."""
        name, key = self._wanted or ("", "")
        if not self._in_range or name not in self.networks:
            return _REASON_NO_AP_FOUND
        return 0 if self.networks[name] in ("", key) else _REASON_AUTH_FAIL

    def _set_connected(self, connected: bool) -> None:
        lost = self._connected and not connected
        self._connected = connected
        if lost:
            self.on_lost()
