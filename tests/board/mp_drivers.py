"""Relays and a buzzer whose pulses end by hardware, and lines that bounce."""

import time

import fake_hardware as hardware
from machine import Pin

from drivers.buzzer import Buzzer
from drivers.inputs import GpioInputs, Inputs, input_pin
from drivers.relay import GpioRelay


def _pin(number):
    return hardware.pins[number]


def _relay(pin=16, on=1, pulse_ms=40):
    relay = GpioRelay(pin, on, pulse_ms)
    relay.off()
    return relay


def test_switching_off_drives_the_off_level():
    _relay(16, on=1)
    _relay(17, on=0)
    assert _pin(16).levels == [0]
    assert _pin(17).levels == [1]


def test_making_a_relay_does_not_touch_its_pin():
    _relay(16, pulse_ms=200).start()
    GpioRelay(16, 1, 200)
    assert _pin(16).level == 1


def test_pulse_ends_when_the_software_does_nothing_more():
    for pin, on in ((16, 1), (17, 0)):
        relay = _relay(pin, on)
        relay.start()
        assert _pin(pin).level == on
        time.sleep_ms(20)
        assert _pin(pin).level == on
        time.sleep_ms(40)
        assert _pin(pin).level != on
        relay.off()


def test_pulse_has_the_length_of_the_profile():
    for pulse_ms in (10, 199, 200, 400, 1000, 2999, 4000, 12000):
        relay = _relay(pulse_ms=pulse_ms)
        relay.start()
        rmt = _pin(16).rmt
        assert all(level == 1 for level in rmt.levels)
        assert len(rmt.levels) % 2 == 0, "half a symbol"
        assert 0.99 * pulse_ms <= rmt.pulse_us / 1000 <= pulse_ms, (pulse_ms, rmt.pulse_us)
        relay.off()
        rmt.pulse_us = 0


def test_off_cuts_a_pulse_at_once():
    relay = _relay(pulse_ms=400)
    relay.start()
    assert _pin(16).level == 1
    relay.off()
    assert _pin(16).level == 0
    assert relay.reads_off()


def test_pulse_reaches_one_relay_alone():
    first, second = _relay(16), _relay(17)
    first.start()
    time.sleep_ms(45)
    first.off()
    second.start()
    assert (_pin(16).level, _pin(17).level) == (0, 1)


def test_relay_stays_off_while_the_next_one_gets_its_pulse():
    first, second = _relay(16, pulse_ms=20), _relay(17, pulse_ms=20)
    first.start()
    time.sleep_ms(25)
    first.off()
    second.start()
    assert _pin(16).mode == Pin.OUT, "not left to its pull-up"
    assert _pin(16).level == 0


def test_relay_that_is_stuck_does_not_read_off():
    relay = _relay(on=0)
    assert relay.reads_off()
    _pin(16).stuck = 0
    assert not relay.reads_off()


def test_beep_ends_by_itself_and_does_not_disturb_a_pulse():
    relay, buzzer = _relay(16, pulse_ms=60), Buzzer({"pin": 18, "on": 0})
    assert _pin(18).level == 1
    relay.start()
    buzzer.beep(30)
    assert (_pin(16).level, _pin(18).level) == (1, 0)
    time.sleep_ms(40)
    assert (_pin(16).level, _pin(18).level) == (1, 1)


def test_beep_while_one_sounds_is_ignored():
    buzzer = Buzzer({"pin": 18, "on": 1})
    for _ in range(3):
        buzzer.beep(40)
    assert _pin(18).level == 1
    time.sleep_ms(50)
    assert _pin(18).level == 0
    buzzer.beep(40)
    assert _pin(18).level == 1


def test_beep_that_finds_no_memory_is_left_out():
    def no_memory(*_args):
        raise MemoryError

    buzzer = Buzzer({"pin": 18, "on": 1})
    write, hardware.RMT.write_pulses = hardware.RMT.write_pulses, no_memory
    buzzer.beep(40)
    hardware.RMT.write_pulses = write
    assert _pin(18).level == 0
    buzzer.beep(40)
    assert _pin(18).level == 1


class _Lines:
    """Reads what was set last."""

    def __init__(self, levels):
        self.levels = levels

    def __call__(self):
        return self.levels


def _polls(inputs, lines, samples, start_ms=0, step_ms=20):
    """Poll once for each of `samples`, `step_ms` apart; when which bits have changed."""
    changes = []
    for n, levels in enumerate(samples):
        lines.levels = levels
        changed = inputs.poll(time.ticks_add(start_ms, n * step_ms))
        if changed:
            changes.append((n * step_ms, changed))
    return changes


def test_first_reading_counts_at_once():
    lines = _Lines(0b10)
    inputs = Inputs(lines)
    assert inputs.levels is None
    assert inputs.poll(0) == 0
    assert inputs.levels == 0b10


def test_bounce_is_no_change():
    lines = _Lines(1)
    inputs = Inputs(lines)
    assert _polls(inputs, lines, (1, 0, 1, 0, 1, 1, 0, 1)) == []
    assert inputs.levels == 1


def test_level_that_holds_counts_once():
    lines = _Lines(1)
    inputs = Inputs(lines)
    assert _polls(inputs, lines, (1, 0, 1, 0, 0, 0, 0)) == [(80, 1)]
    assert inputs.levels == 0
    assert _polls(inputs, lines, (0, 1, 1, 1), start_ms=1000) == [(40, 1)]
    assert inputs.levels == 1


def test_change_is_seen_twice_each_time():
    lines = _Lines(1)
    inputs = Inputs(lines)
    assert _polls(inputs, lines, (1, 0, 0, 1, 0, 0)) == [(40, 1)]


def test_polls_close_together_count_as_one():
    lines = _Lines(1)
    inputs = Inputs(lines)
    assert _polls(inputs, lines, (1, 0, 0, 0, 0, 0, 0, 0, 0), step_ms=4) == [(32, 1)]


def test_line_that_bounces_for_ever_holds_up_no_other():
    lines = _Lines(0)
    inputs = Inputs(lines)
    assert _polls(inputs, lines, (0b00, 0b01, 0b10, 0b11, 0b10, 0b11)) == [(60, 0b10)]
    assert inputs.levels == 0b10


def test_change_counts_while_the_ticks_wrap():
    lines = _Lines(1)
    inputs = Inputs(lines)
    just_before_ms = time.ticks_add(0, -50)
    assert _polls(inputs, lines, (1, 1, 0, 0, 0), start_ms=just_before_ms) == [(60, 1)]


def test_gpios_are_the_bits_of_one_number():
    inputs = GpioInputs([input_pin(pin) for pin in (32, 33, 25)])
    _pin(33).outside = 0
    inputs.poll(0)
    assert inputs.levels == 0b101


def test_pins_get_a_pull_up_where_they_have_one():
    input_pin(33)
    input_pin(34)
    assert _pin(33).pull == hardware.Pin.PULL_UP
    assert _pin(34).pull is None
