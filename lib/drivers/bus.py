"""The board's I2C buses, as its profile names them."""

from machine import I2C, Pin

_open: dict = {}


def open_i2c(profile: dict, bus: int) -> I2C:
    """The bus with that id. KeyError or ValueError when the profile does not describe it."""
    if bus not in _open:
        for entry in profile.get("i2c", ()):
            if entry["id"] == bus:
                scl, sda = Pin(entry["scl"]), Pin(entry["sda"])
                _open[bus] = I2C(bus, scl=scl, sda=sda, freq=entry["freq"])
                break
        else:
            raise ValueError("no i2c bus %d" % bus)
    return _open[bus]
