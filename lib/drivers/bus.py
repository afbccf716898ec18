"""The board's I2C buses, as its profile names them."""

from machine import I2C, Pin


def open_i2c(profile: dict, bus: int) -> I2C:
    """The bus with that id. KeyError or ValueError when the profile does not describe it."""
    for entry in profile.get("i2c", ()):
        if entry["id"] == bus:
            return I2C(bus, scl=Pin(entry["scl"]), sda=Pin(entry["sda"]), freq=entry["freq"])
    raise ValueError("no i2c bus %d" % bus)
