"""Stands for the ESP32 port's `network` module, MicroPython 1.26: the station interface."""

# ruff: noqa: A002 - the port's name
from _rpc import call
from micropython import const

_WIFI_ACTIVE = const(64)
_WIFI_CONNECT = const(65)
_WIFI_DISCONNECT = const(66)
_WIFI_STATUS = const(67)
_WIFI_IS_CONNECTED = const(68)
_WIFI_SCAN = const(69)
_WIFI_SSID = const(70)
_WIFI_RECONNECTS = const(71)
_UNIQUE_ID = const(7)

STA_IF = 0
AP_IF = 1
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_BEACON_TIMEOUT = 200
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_ASSOC_FAIL = 203
STAT_CONNECT_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
AUTH_OPEN = 0
AUTH_WPA2_PSK = 3

_settings = {"pm": 1, "txpower": 20.0, "hostname": "mpy-esp32", "country": "XX", "reconnects": -1}
_IP = ("192.168.4.15", "255.255.255.0", "192.168.4.2", "192.168.4.2")
_NO_IP = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")  # noqa: S104 - an address that is none


class WLAN:
    IF_STA = 0
    IF_AP = 1
    SEC_OPEN = 0
    SEC_WPA2 = 3
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2

    def __init__(self, id=STA_IF):
        if id != STA_IF:
            raise ValueError("the virtual board has no access point")

    def active(self, on=None):
        return bool(call(_WIFI_ACTIVE, -1 if on is None else bool(on)))

    def connect(self, ssid=None, key=None, *, bssid=None):  # noqa: ARG002
        name = _bytes(ssid or "")
        call(_WIFI_CONNECT, ssid is not None, len(name), out=name + _bytes(key or ""))

    def disconnect(self):
        call(_WIFI_DISCONNECT)

    def isconnected(self):
        return bool(call(_WIFI_IS_CONNECTED))

    def status(self, what=None):
        if what is None:
            return call(_WIFI_STATUS)
        if what == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return -50
        raise ValueError("unknown status param")

    def scan(self):
        found = call(_WIFI_SCAN) or b""
        names = found.split(b"\0") if found else ()
        return [(name[1:], b"\x02\0\0\0\0\1", 6, -50, int(name[:1]), False) for name in names]

    def ifconfig(self, config=None):
        if config is not None:
            raise ValueError("the virtual board takes its address from DHCP")
        return _IP if self.isconnected() else _NO_IP

    def config(self, what=None, **settings):
        if what is None:
            for name, value in settings.items():
                _set(name, value)
            return None
        if what == "mac":
            return call(_UNIQUE_ID)
        if what in ("ssid", "essid"):
            found = call(_WIFI_SSID)
            return found.decode() if found else ""
        if what in _settings:
            return _settings[what]
        raise ValueError("unknown config param")


def hostname(name=None):
    if name is None:
        return _settings["hostname"]
    _settings["hostname"] = name
    return None


def country(code=None):
    if code is None:
        return _settings["country"]
    _settings["country"] = code
    return None


def _set(name, value):
    if name not in _settings:
        raise ValueError("unknown config param")
    _settings[name] = value
    if name == "reconnects":
        call(_WIFI_RECONNECTS, value)


def _bytes(text):
    return text.encode() if isinstance(text, str) else text
