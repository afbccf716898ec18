"""boot.py's notes in RTC memory, and the cause of a reset that they help to tell."""

from fakes_chip import Rtc, boot, flash, machine


def _saved(kind=boot.Notes.RESTART, slot=1, note="why", crashes=2, fallbacks=1):
    notes = boot.Notes(Rtc().memory, 0)
    notes.crashes, notes.fallbacks = crashes, fallbacks
    notes.save(kind, slot, note)
    return Rtc.content


def _read(content):
    Rtc.content = content
    notes = boot.Notes(Rtc().memory, 0)
    return notes.kind, notes.slot, notes.crashes, notes.fallbacks, notes.note


def test_notes_come_back_after_a_reset():
    for kind in (
        boot.Notes.NONE,
        boot.Notes.RESTART,
        boot.Notes.FAILED,
        boot.Notes.CRASH,
        boot.Notes.DATA,
    ):
        assert _read(_saved(kind)) == (kind, 1, 2, 1, "why")
    assert _read(_saved(note="")) == (boot.Notes.RESTART, 1, 2, 1, "")


def test_note_is_cut_and_made_plain():
    assert _read(_saved(note="x" * 300))[4] == "x" * 200
    assert _read(_saved(note="\u2603 line\nend"))[4] == "? line?end"
    assert len(_saved(note="\u2603" * 300)) <= 2048


def test_crashes_are_counted_to_255():
    assert _read(_saved(crashes=1000))[2] == 255


def test_notes_with_any_byte_changed_or_missing_are_none():
    content = _saved()
    cleared = (boot.Notes.NONE, 0, 0, 0, "")
    for at in range(len(content)):
        assert _read(content[:at]) == cleared, at
        for flip in (1, 0x80, 0xFF):
            spoilt = bytearray(content)
            spoilt[at] ^= flip
            assert _read(bytes(spoilt)) == cleared, (at, flip)
    assert _read(content + b"\0") == cleared
    assert _read(content) != cleared


def test_garbage_in_rtc_memory_is_no_note():
    for content in (
        b"",
        b"LKN1",
        bytes(13),
        b"\xff" * 13,
        bytes(2048),
        b"\xff" * 2048,
        b"LKN1" * 512,
    ):
        assert _read(content) == (boot.Notes.NONE, 0, 0, 0, "")


def _boot(cause, content, slot=1):
    """A Boot after a reset of this cause, of slot `slot`."""
    machine.cause, Rtc.content = cause, content
    flash.Chip.running = flash.Chip.chosen = slot
    return boot.Boot()


def test_cause_of_a_reset_is_told_and_counted():
    for chip, kind, cause, crashes in (
        (machine.HARD_RESET, boot.Notes.NONE, "panic", 3),
        (machine.HARD_RESET, boot.Notes.RESTART, "restart", 2),
        (machine.HARD_RESET, boot.Notes.FAILED, "failed", 2),
        (machine.HARD_RESET, boot.Notes.CRASH, "crash", 3),
        (machine.HARD_RESET, boot.Notes.DATA, "restart", 2),
        (machine.WDT_RESET, boot.Notes.NONE, "watchdog", 3),
        (machine.WDT_RESET, boot.Notes.RESTART, "watchdog", 3),
        (machine.SOFT_RESET, boot.Notes.NONE, "soft", 2),
    ):
        found = _boot(chip, _saved(kind))
        assert found.cause == cause, (chip, kind)
        assert found.notes.crashes == crashes, (chip, kind)
        assert (found.slot, found.last_slot, found.note) == (1, 1, "why")
        assert found.notes.fallbacks == 1


def test_power_cut_forgets_what_rtc_memory_happens_to_hold():
    found = _boot(machine.PWRON_RESET, _saved())
    assert (found.cause, found.note, found.last_slot) == ("power", "", 1)
    assert (found.notes.crashes, found.notes.fallbacks) == (0, 0)


def test_crashes_of_the_other_slot_do_not_count():
    for cause in (machine.HARD_RESET, machine.WDT_RESET):
        found = _boot(cause, _saved(boot.Notes.NONE, slot=0))
        assert (found.slot, found.last_slot, found.notes.crashes) == (1, 0, 0)
        assert found.notes.fallbacks == 1


def test_what_was_being_done_is_known_after_the_watchdog_bit():
    found = _boot(machine.PWRON_RESET, b"")
    found.mark("check relays")
    again = _boot(machine.WDT_RESET, Rtc.content)
    assert (again.cause, again.note, again.notes.crashes) == ("watchdog", "check relays", 1)


def test_boot_itself_leaves_a_note_that_it_was_not_a_meant_reset():
    _boot(machine.HARD_RESET, _saved(boot.Notes.RESTART))
    assert _boot(machine.HARD_RESET, Rtc.content).cause == "panic"


def test_health_clears_the_crashes():
    found = _boot(machine.WDT_RESET, _saved())
    found.healthy()
    again = _boot(machine.WDT_RESET, Rtc.content)
    assert (again.notes.crashes, again.notes.fallbacks) == (1, 0)
