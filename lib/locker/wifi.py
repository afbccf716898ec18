"""Letters on a keypad of digits, and another WiFi: kept only if the server is reached with it.

As on old telephones: a key again and again goes through its letters, D goes on to the next letter
of the same key, A changes between small and large ones, `*` takes the last one back.
"""

import time

from micropython import const

from locker.desk import BackError

# fmt: off
_KEYS = (
    " 0", ".,-_@/:1!?#*+=&%$()[]{}<>;'\"\\|^~`", "abc2", "def3", "ghi4", "jkl5", "mno6", "pqrs7",
    "tuv8", "wxyz9",
)
# fmt: on
_AGAIN_MS = const(1500)
_WIDTH = const(16)
_NAME_LETTERS = const(32)
_KEY_LETTERS = const(63)


async def choose(desk, names):
    """Pick one of the networks or type its name, and type its key: both. AwayError, BackError."""
    name = await _pick(desk, names)
    return name, await _text(desk, "wifi_key", _KEY_LETTERS, secret=True)


async def _pick(desk, names):
    for name in names:
        desk.show("wifi_pick", name[:_WIDTH])
        key = await desk.key()
        while key not in "*#":
            key = await desk.key()
        if key == "#":
            return name
    return await _text(desk, "wifi_name", _NAME_LETTERS)


async def _text(desk, title, most, secret=False):
    """What is typed under this title, with `#` at its end. AwayError, BackError."""
    text, last, last_ms, large = "", None, 0, False
    while True:
        desk.show(title, text[-_WIDTH:], secret=secret)
        key = await desk.key()
        now_ms = time.ticks_ms()
        letters = _KEYS[int(key)] if key.isdigit() else ""
        if key == "#":
            return text
        if key == "*":
            if not text:
                raise BackError
            text = text[:-1]
        elif key == "A":
            large = not large
        elif letters and key == last and time.ticks_diff(now_ms, last_ms) < _AGAIN_MS:
            at = letters.index(text[-1].lower()) + 1
            text = text[:-1] + _cased(letters[at % len(letters)], large)
        elif letters and len(text) < most:
            text += _cased(letters[0], large)
        else:
            key = None  # the last letter is not of this key
        last, last_ms = key, now_ms


def _cased(letter, large):
    return letter.upper() if large else letter
