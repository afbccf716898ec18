"""The texts of the screens, from the assets layer."""

import binascii

from micropython import const

from locker.packed import Packed

_SMALL_INT = const(0x3FFF_FFFF)
PRESET = "en"


def lines(folder: str, language: str, name: str, values: tuple) -> list:
    """The lines of a text with its values in it; `folder` ends with a slash.

    A text that the language has not is English; one that there is not at all is its name and
    its values, so that nothing here ever stops a door.
    """
    found = _find(folder + "texts." + language, name)
    if found is None and language != PRESET:
        found = _find(folder + "texts." + PRESET, name)
    try:
        if found is not None:
            return found.format(*values).split("\n")
    except (IndexError, KeyError, ValueError):  # its braces are others than the values given
        pass
    return [" ".join([name] + [str(value) for value in values])]


def _find(path, name):
    """The text, or None when there is no such text or file."""
    try:
        with open(path, "rb") as file:
            length = Packed(file).find(binascii.crc32(name.encode()) & _SMALL_INT)
            if length < 0:
                return None
            entry = bytearray(length)
            file.readinto(entry)
            return str(entry, "utf-8")
    except (OSError, UnicodeError):
        return None
