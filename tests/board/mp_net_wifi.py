"""Joining one of the known networks."""

import asyncio
import sys

from fakes_link import error_of

from net.errors import LinkError

KNOWN = [{"ssid": "first", "key": "secret"}, {"ssid": "open", "key": ""}, {"ssid": "third"}]


class Station:
    """`there`: the networks that let one in; `busy`: the driver refuses the first call."""

    there, busy = (), False

    def __init__(self, _interface):
        self.joined, self.calls = None, []

    def isconnected(self):
        return self.joined is not None

    def connect(self, ssid, *key):
        self.calls.append((ssid,) + key)  # noqa: RUF005
        if Station.busy:
            Station.busy = False
            raise OSError("Wifi Internal State Error")
        if ssid in self.there:
            self.joined = ssid

    def scan(self):
        return [(name.encode(), b"", 1, strength) for name, strength in self.there]

    def disconnect(self):
        self.calls.append("disconnect")


class Network:
    STA_IF, WLAN = 0, Station


class Clock:
    """`time` that goes on by a second at each look."""

    now = 0

    @staticmethod
    def ticks_ms():
        Clock.now += 1000
        return Clock.now

    @staticmethod
    def ticks_diff(end, start):
        return end - start


async def _no_wait(_ms):
    """Time goes by in Clock."""


sys.modules["network"] = Network
import net.wifi  # noqa: E402

net.wifi.time = Clock
asyncio.sleep_ms = _no_wait


class Bench:
    def __init__(self, *there):
        Station.there = there
        self.wifi = net.wifi.WiFi(KNOWN)
        self.station = self.wifi._station
        self.signs = 0

    def alive(self):
        self.signs += 1


async def test_first_network_that_lets_in_is_joined():
    bench = Bench("open", "third")
    await bench.wifi.ensure(bench.alive)
    assert bench.station.joined == "open"
    assert bench.station.calls == [("first", "secret"), "disconnect", ("open",)]
    assert bench.wifi.is_up()


async def test_board_that_has_a_network_keeps_it():
    bench = Bench("first")
    bench.station.joined = "first"
    await bench.wifi.ensure(bench.alive)
    assert bench.station.calls == []


async def test_no_network_is_a_link_error_and_the_task_seen_to_live():
    bench = Bench()
    await error_of(LinkError, bench.wifi.ensure(bench.alive))
    assert [call[0] for call in bench.station.calls if call != "disconnect"] == [
        "first",
        "open",
        "third",
    ]
    assert bench.signs >= 3 * 15


async def test_driver_that_refuses_does_not_keep_from_the_next_network():
    bench = Bench("first", "open")
    Station.busy = True
    await bench.wifi.ensure(bench.alive)
    assert bench.station.joined == "open"


def test_strongest_network_in_reach_comes_first():
    bench = Bench(("weak", -80), ("strong", -40), ("fair", -60))
    assert [each[0] for each in bench.wifi.scan()] == [b"strong", b"fair", b"weak"]
