"""A keypad of rows and columns, scanned and debounced."""

import time

import fake_hardware as hardware

from drivers.keypad import Keypad

_ROWS, _COLUMNS = (32, 33, 25, 26), (27, 14, 13, 23)
_KEYS = "123A456B789C*0#D"


class Pad:
    """Keys that are held down; a column is low when such a key ties it to a row that is low."""

    def __init__(self):
        self.down = set()
        self.keypad = Keypad({"rows": _ROWS, "columns": _COLUMNS})
        for pin in _ROWS:
            hardware.pins[pin].on_change = lambda _level: self.settle()
        self.now_ms = 0

    def settle(self):
        """Keys conduct both ways: rows that are high, but tied to a low column, are low too."""
        low = {pin for pin in _ROWS if not hardware.pins[pin].latch}
        pairs = [(_ROWS[key // 4], _COLUMNS[key % 4]) for key in self.down]
        for _ in pairs:
            for pair in pairs:
                if low & set(pair):
                    low |= set(pair)
        for pin in _ROWS + _COLUMNS:
            hardware.pins[pin].outside = int(pin not in low)

    def hold(self, keys):
        self.down = {_KEYS.index(key) for key in keys}
        self.settle()

    def go(self, polls=4):
        """What is told by so many polls."""
        told = []
        for _ in range(polls):
            self.now_ms = time.ticks_add(self.now_ms, 20)
            told.append(self.keypad.poll(self.now_ms))
        return "".join(key for key in told if key)


def test_each_key_is_told_once():
    pad = Pad()
    assert pad.go() == ""
    for key in _KEYS:
        pad.hold(key)
        assert pad.go() == key
        assert pad.go(20) == ""
        pad.hold("")
        assert pad.go() == ""


def test_touch_that_does_not_hold_is_no_key():
    pad = Pad()
    pad.go()
    for _ in range(5):
        pad.hold("5")
        assert pad.go(1) == ""
        pad.hold("")
        assert pad.go(1) == ""


def test_second_key_is_told_while_the_first_is_held():
    pad = Pad()
    pad.go()
    pad.hold("1")
    assert pad.go() == "1"
    pad.hold("15")
    assert pad.go() == "5"
    pad.hold("5")
    assert pad.go() == ""


def test_two_keys_at_once_are_told_one_after_the_other():
    pad = Pad()
    pad.go()
    pad.hold("09")
    told = [pad.keypad.poll(pad.now_ms + 20 * n) for n in range(1, 5)]
    assert told == [None, "9", "0", None]


def test_three_keys_do_not_make_a_fourth():
    pad = Pad()
    pad.go()
    pad.hold("1")
    assert pad.go() == "1"
    pad.hold("124")
    assert pad.go(10) == ""
    pad.hold("")
    assert pad.go() == ""


def test_key_that_is_stuck_from_the_start_is_no_press():
    pad = Pad()
    pad.hold("D")
    assert pad.go() == ""
    pad.hold("D2")
    assert pad.go() == "2"


def test_other_keypads_are_described_by_the_profile():
    keypad = Keypad({"rows": [32, 33], "columns": [27, 14, 13], "keys": ["789", "456"]})
    hardware.pins[33].on_change = lambda level: setattr(hardware.pins[13], "outside", level)
    assert keypad.poll(0) is None
    hardware.pins[13].outside = 0
    assert [keypad.poll(20 * n) for n in (1, 2, 3)] == [None, "6", None]


def test_rows_are_low_between_scans_and_no_pin_is_driven_high():
    pad = Pad()
    pad.hold("7")
    pad.go()
    for pin in _ROWS:
        assert hardware.pins[pin].mode == hardware.Pin.OPEN_DRAIN
        assert hardware.pins[pin].latch == 0
