"""Canonical JSON (OLPC): the one form in which metadata is signed and keys are named.

Keys sorted by code point, no blanks, integers in decimal; only the quote and the backslash are
escaped. It is written piece by piece, so that the whole never stands in the heap beside the
parsed metadata.
"""

from hashlib import sha256


def feed(value, write):
    """Call `write(text)` for each piece of the canonical form of what strictjson made."""
    if isinstance(value, str):
        _feed_string(value, write)
    elif isinstance(value, dict):
        before = "{"
        # MicroPython compares strings by their UTF-8 bytes: that is by code point.
        for key in sorted(value):
            write(before)
            _feed_string(key, write)
            write(":")
            feed(value[key], write)
            before = ","
        write("}" if value else "{}")
    elif isinstance(value, list):
        before = "["
        for item in value:
            write(before)
            feed(item, write)
            before = ","
        write("]" if value else "[]")
    elif value is None:
        write("null")
    elif isinstance(value, bool):
        write("true" if value else "false")
    else:
        write(str(value))


def _feed_string(text, write):
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if '"' in text:
        text = text.replace('"', '\\"')
    write('"')
    write(text)
    write('"')


class Message:
    """What a signature covers: the canonical form of `value`."""

    def __init__(self, value):
        self._value = value
        self._sha256 = None

    def feed(self, write):
        feed(self._value, write)

    def sha256(self):
        """The digest, made once however many signatures are checked."""
        if self._sha256 is None:
            # MicroPython hashes a string's UTF-8 bytes without a copy.
            hasher = sha256()
            feed(self._value, hasher.update)
            self._sha256 = hasher.digest()
        return self._sha256
