"""Relays whose pulses end by hardware, and contacts that bounce."""

import time

import fake_hardware as hardware

from drivers.inputs import Contact, gpio_contact
from drivers.relay import GpioRelay


def _pin(number):
    return hardware.pins[number]


def _relay(pin=16, on=1, pulse_ms=40):
    return GpioRelay(pin, on, pulse_ms)


def test_pin_is_at_its_off_level_before_it_drives():
    _relay(16, on=1)
    _relay(17, on=0)
    assert _pin(16).levels == [0]
    assert _pin(17).levels == [1]


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


def test_relay_that_is_stuck_does_not_read_off():
    relay = _relay(on=0)
    assert relay.reads_off()
    _pin(16).stuck = 0
    assert not relay.reads_off()


class _Line:
    """A contact's line: reads what was set last."""

    def __init__(self, level):
        self.level = level

    def __call__(self):
        return self.level


def _polls(contact, line, samples, start_ms=0, step_ms=10):
    """Poll once for each of `samples`, `step_ms` apart; the times at which a change counted."""
    changes = []
    for n, level in enumerate(samples):
        line.level = level
        if contact.poll(time.ticks_add(start_ms, n * step_ms)):
            changes.append(n * step_ms)
    return changes


def test_first_reading_counts_at_once():
    assert Contact(_Line(0), active=0).on
    assert not Contact(_Line(1), active=0).on


def test_bounce_is_no_change():
    line = _Line(1)
    contact = Contact(line, active=0)
    assert _polls(contact, line, (0, 1, 0, 0, 1, 0, 0, 0, 1, 1)) == []
    assert not contact.on


def test_level_that_holds_counts_once():
    line = _Line(1)
    contact = Contact(line, active=0)
    assert _polls(contact, line, (0, 1, 0, 0, 0, 0, 0, 0)) == [50]
    assert contact.on
    assert _polls(contact, line, (0, 1, 1, 1, 1, 1), start_ms=1000) == [40]
    assert not contact.on


def test_change_counts_while_the_ticks_wrap():
    line = _Line(1)
    contact = Contact(line, active=0)
    just_before_ms = time.ticks_add(0, -15)
    assert _polls(contact, line, (0, 0, 0, 0, 0), start_ms=just_before_ms) == [30]


def test_pins_get_a_pull_up_where_they_have_one():
    gpio_contact(33, 0)
    gpio_contact(34, 0)
    assert _pin(33).pull == hardware.Pin.PULL_UP
    assert _pin(34).pull is None
