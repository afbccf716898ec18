"""The texts of the screens, from the assets layer: found without reading all of a file.

`<4sHH`: magic, version, how many texts; `<IHH` for each, sorted by number: the number of its name,
offset behind this table, length; then the texts. The host's tools/lockerctl/packed.py writes them.
"""

import binascii
import struct

from micropython import const

PRESET = "en"
_SMALL_INT = const(0x3FFF_FFFF)
_HEADER = const(8)
_RECORD = const(8)


def lines(folder: str, language: str, name: str, values: tuple) -> list:
    """The lines of a text with its values in it; `folder` ends with a slash.

    A text that the language has not is English; one that there is not at all is its name and
    its values, so that nothing here ever stops a door.
    """
    found = _read(folder + "texts." + language, name)
    if found is None and language != PRESET:
        found = _read(folder + "texts." + PRESET, name)
    try:
        if found is not None:
            return found.format(*values).split("\n")
    except (IndexError, KeyError, ValueError):  # its braces are others than the values given
        pass
    return [" ".join([name] + [str(value) for value in values])]


def _read(path, name):
    """The text, or None when there is no such text or file."""
    try:
        with open(path, "rb") as file:
            length = _find(file, binascii.crc32(name.encode()) & _SMALL_INT)
            if length is None:
                return None
            text = bytearray(length)
            file.readinto(text)
            return str(text, "utf-8")
    except (OSError, UnicodeError):
        return None


def _find(file, number):
    """The length of a text, whose bytes the file gives next; None when there is no such text."""
    record = bytearray(_RECORD)
    file.readinto(record)
    magic, version, count = struct.unpack("<4sHH", record)
    if magic != b"LKTX" or version != 1:
        return None
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        file.seek(_HEADER + _RECORD * middle)
        file.readinto(record)
        found, offset, length = struct.unpack("<IHH", record)
        if found == number:
            file.seek(_HEADER + _RECORD * count + offset)
            return length
        if found < number:
            low = middle + 1
        else:
            high = middle
    return None
