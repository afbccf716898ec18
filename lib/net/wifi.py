"""The WiFi link."""

import asyncio
import time

import network
from micropython import const

from net.errors import LinkError

_PATIENCE_MS = const(20_000)


class WiFi:
    """Joins the first of the known networks that lets it in. boot.py has switched the radio on."""

    def __init__(self, networks):
        self._networks = networks
        self._station = network.WLAN(network.STA_IF)

    def is_up(self):
        """Whether the board has a network."""
        return self._station.isconnected()

    async def ensure(self, alive):
        """Return when there is a network; LinkError when none of the known ones answers."""
        if self.is_up():
            return
        for known in self._networks:
            if await self._join(known, alive):
                return
        raise LinkError("no WiFi")

    def scan(self):
        """The networks in reach, the strongest first, as the driver tells of them. OSError.

        Blocks for some seconds.
        """
        return sorted(self._station.scan(), key=lambda each: -each[3])

    async def change(self, known, alive):
        """Leave the network for another one, that is the first choice from now on. LinkError."""
        self._networks.insert(0, known)
        self._station.disconnect()
        await asyncio.sleep_ms(500)
        if not await self._join(known, alive):
            raise LinkError("no WiFi")

    def forget(self, known):
        """Leave a network, and do not go back."""
        if known in self._networks:
            self._networks.remove(known)
            self._station.disconnect()

    async def _join(self, known, alive):
        key = (known["key"],) if known.get("key") else ()
        try:
            self._station.connect(known["ssid"], *key)
            start_ms = time.ticks_ms()
            while time.ticks_diff(time.ticks_ms(), start_ms) < _PATIENCE_MS:
                alive()
                if self.is_up():
                    return True
                await asyncio.sleep_ms(200)
            self._station.disconnect()
        except OSError as error:  # the driver is busy with something else
            print("wifi:", error)
        return False
