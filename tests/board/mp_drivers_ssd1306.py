"""The display's driver against a chip that keeps what it is sent."""

import fake_hardware as hardware
from fake_ssd1306 import Chip

from drivers.bus import open_i2c
from drivers.ssd1306 import Ssd1306

_PROFILE = {"i2c": [{"id": 0, "scl": 22, "sda": 21, "freq": 400000}]}


def _display(chip):
    bus = open_i2c(_PROFILE, 0)
    hardware.buses[0][60] = chip
    return Ssd1306(bus, 60)


def test_starting_turns_the_display_on():
    chip = Chip()
    _display(chip).start()
    assert chip.is_on
    assert chip.charge_pump


def test_pixels_arrive_where_they_were_drawn():
    chip = Chip()
    display = _display(chip)
    display.start()
    display.frame.pixel(0, 0, 1)
    display.frame.pixel(127, 63, 1)
    display.frame.fill_rect(10, 20, 3, 2, 1)
    display.show()
    lit = [(x, y) for y in range(64) for x in range(128) if chip.pixel(x, y)]
    assert lit == [(0, 0), (10, 20), (11, 20), (12, 20), (10, 21), (11, 21), (12, 21), (127, 63)]


def test_only_changed_pages_are_sent():
    chip = Chip()
    display = _display(chip)
    display.start()
    display.show()
    assert chip.pages_written == [0, 1, 2, 3, 4, 5, 6, 7]
    chip.pages_written.clear()
    display.show()
    assert chip.pages_written == []
    display.frame.fill_rect(0, 15, 5, 10, 1)
    display.show()
    assert chip.pages_written == [1, 2, 3]


def test_page_that_failed_is_sent_again():
    chip = Chip()
    display = _display(chip)
    display.start()
    chip.fail_after = 6
    try:
        display.show()
        raise AssertionError("a chip that is gone went unnoticed")
    except OSError:
        pass
    assert chip.pages_written == [0, 1, 2]
    chip.fail_after = None
    display.show()
    assert chip.pages_written == [0, 1, 2, 3, 4, 5, 6, 7]


def test_chip_that_lost_its_power_gets_everything_again():
    chip = Chip()
    display = _display(chip)
    display.start()
    display.frame.text("Ready", 0, 0)
    display.show()
    hardware.buses[0][60] = fresh = Chip()
    display.start()
    display.show()
    assert fresh.is_on
    assert fresh.memory == chip.memory


def test_missing_chip_is_an_os_error():
    display = Ssd1306(open_i2c(_PROFILE, 0), 61)
    for method in (display.start, display.show, display.check):
        try:
            method()
            raise AssertionError("no chip, no error")
        except OSError:
            pass


def test_unknown_bus_is_refused():
    try:
        open_i2c(_PROFILE, 1)
        raise AssertionError("a bus out of nowhere")
    except ValueError as error:
        assert "i2c bus 1" in str(error)
