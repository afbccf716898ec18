"""boot.py from the watchdog to mounted layers: the order of things, and each thing it may do."""

import io
import json
import os
import sys

import fakes_slot
import vfs
from fakes_chip import ResetError, Rtc, boot, chips, events, flash, machine
from fakes_slot import PENDING, VALID, ota_entry

APP = b"app!" * 1500
PROFILE = {
    "safe": [
        {"pin": 16, "level": 0},
        {"i2c": 0, "address": 32, "register": 20, "value": 7},
        {"pin": 17, "level": 1},
        {"i2c": 0, "address": 33, "register": 20, "value": 0},
    ],
    "i2c": [{"id": 0, "scl": 22, "sda": 21, "freq": 400000}],
}
FAILED_WORD = 28


class Vfs:
    """`vfs` with file systems that mount or do not."""

    good = True

    class VfsLfs2:
        def __init__(self, device, readsize=32):  # noqa: ARG002
            self.device = device
            if not Vfs.good:
                raise OSError(84)

        @staticmethod
        def mkfs(_device):
            events.append(("format",))
            Vfs.good = True

    @staticmethod
    def mount(_system, path, readonly=False):
        events.append(("mount", path, readonly))


class Clock:
    """`time` without waiting."""

    slept_s = 0

    def sleep(self, seconds):
        self.slept_s += seconds

    def sleep_ms(self, _ms):
        pass


def _slots(running=0, **fields):
    """Two good, committed slots; the fields are the running one's."""
    for slot in (0, 1):
        content = {"committed": 0, "sequence": 10 + slot}
        content.update(fields if slot == running else {})
        fakes_slot.install(slot, (("app", 4096, APP), ("assets", 12288, bytes(1024))), **content)


def _start(running=0, cause=machine.PWRON_RESET, trial=False, board=None, chosen=None):
    """(the Boot, whether it has reset) of a boot of slot `running`; `chosen`: if another was."""
    files = {"/board.json": {"wifi": [], "id": "x"}}
    files["/board.json"].update(board or {})
    boot.open = lambda path: io.StringIO(json.dumps(files[path]))
    boot.vfs, boot.time = Vfs, Clock()
    machine.cause = cause
    flash.Chip.running = running
    flash.Chip.chosen = running if chosen is None else chosen
    entry = ota_entry(running + 3, PENDING if trial else VALID)
    fakes_slot.put_otadata(entry, b"\xff" * 32)
    flash.Chip.changes.clear()
    events.clear()
    started = boot.Boot()
    started.profile = PROFILE
    try:
        boot.Start(started).go()
    except ResetError:
        return started, True
    return started, False


def _crashed(crashes, fallbacks=0, slot=0):
    """RTC memory after so many crashes; a watchdog's reset adds one."""
    notes = boot.Notes(Rtc().memory, slot)
    notes.crashes, notes.fallbacks = crashes, fallbacks
    notes.save(boot.Notes.NONE, slot, "")


def _spoil(slot, at=5000):
    flash.put(f"store_{slot}", at, b"spoilt")


def _mounted():
    return [event[1:] for event in events if event[0] == "mount"]


def _next_notes():
    notes = boot.Notes(Rtc().memory, 0)
    return notes.kind, notes.note


def test_pins_are_made_safe_as_the_profile_says():
    boot.safe_pins(PROFILE)
    assert events == [("pin", 16, 0), ("pin", 17, 1)]


def test_watchdog_comes_first_then_chips_then_the_rest():
    _slots()
    chips.update({32: {}, 33: {}})
    _start(board={"wifi": [{"ssid": "x"}]})
    assert events[:5] == [
        ("watchdog", 15000),
        ("bus", 0, 400000),
        ("register", 32, 20, 7),
        ("register", 33, 20, 0),
        ("wifi",),
    ]


def test_chip_that_does_not_answer_stops_nothing():
    _slots()
    chips[33] = {}
    started, _ = _start()
    assert ("register", 33, 20, 0) in events
    assert started.action == boot.RUN


def test_radio_stays_off_on_a_board_without_wifi():
    _slots()
    _start()
    assert ("wifi",) not in events


def test_good_slot_is_mounted_read_only_and_comes_first_on_the_path():
    for slot in (0, 1):
        _slots(slot, sequence=20 + slot)
        started, has_reset = _start(slot)
        assert not has_reset
        assert (started.action, started.slot, started.trial) == (boot.RUN, slot, False)
        assert started.release.sequence == 20 + slot
        assert _mounted() == [("/data", False), ("/app", True), ("/assets", True)]
        assert sys.path == ["/assets", "/app", ".frozen"]
        assert flash.Chip.changes == []


def test_developers_files_come_before_all_on_a_bench():
    _slots()
    _start(board={"developer": True})
    assert events[0] == ("watchdog", 600000)
    assert sys.path[0] == "/data/dev"


def test_trial_is_run_and_known_as_one():
    _slots(1, committed=fakes_slot.BLANK)
    started, has_reset = _start(1, trial=True)
    assert not has_reset
    assert (started.action, started.trial) == (boot.RUN, True)


def test_damaged_trial_goes_back_and_says_what_is_damaged():
    _slots(1, committed=fakes_slot.BLANK)
    _spoil(1)
    started, has_reset = _start(1, trial=True)
    assert has_reset
    assert started.action == boot.REVERT
    assert _next_notes() == (boot.Notes.FAILED, "layer app is damaged")
    # Nothing of the flash, nor of the bootloader's choice: it goes back by itself.
    assert (flash.Chip.changes, flash.Chip.chosen) == ([], 1)
    assert _mounted() == []


def test_trial_without_a_header_goes_back():
    _slots(1)
    _spoil(1, 8)
    _, has_reset = _start(1, trial=True)
    assert has_reset
    assert _next_notes() == (boot.Notes.FAILED, "slot header is damaged")


def test_core_that_the_bootloader_was_not_told_to_start_is_no_trial():
    _slots()
    started, has_reset = _start(chosen=1, trial=True)
    assert not has_reset
    assert (started.trial, started.action) == (False, boot.RUN)


def test_no_falling_back_to_the_slot_that_the_bootloader_would_start_anyway():
    _slots(failed=0)
    assert _start(chosen=1)[0].action == boot.RUN
    assert flash.Chip.changes == []


def test_damaged_slot_falls_back_to_a_good_one():
    _slots()
    _spoil(0)
    started, has_reset = _start()
    assert has_reset
    assert started.action == boot.FALL_BACK
    assert flash.Chip.chosen == 1
    assert flash.Chip.changes == [("write", "store_0", FAILED_WORD, 4)]
    assert boot.Start(started)._header(0).failed
    assert _next_notes() == (boot.Notes.RESTART, "fell back from slot 0")
    assert _mounted() == []


def test_slot_that_crashes_thrice_falls_back():
    _slots()
    for crashes, action in ((0, boot.RUN), (1, boot.RUN), (2, boot.FALL_BACK)):
        _crashed(crashes)
        started, _ = _start(cause=machine.WDT_RESET)
        assert started.action == action, crashes


def test_falling_back_counts_and_starts_the_other_slot_without_crashes():
    _slots()
    _crashed(2)
    _start(cause=machine.WDT_RESET)
    machine.cause = machine.HARD_RESET
    flash.Chip.running = 1
    other = boot.Boot()
    assert (other.notes.crashes, other.notes.fallbacks, other.last_slot) == (0, 1, 0)


def test_after_three_times_falling_back_ends_until_the_power_is_cut():
    for fallbacks, action in ((2, boot.FALL_BACK), (3, boot.RUN)):
        _slots()
        _crashed(2, fallbacks)
        assert _start(cause=machine.WDT_RESET)[0].action == action


def test_failed_slot_falls_back_at_every_boot():
    _slots(failed=0)
    assert _start()[0].action == boot.FALL_BACK


def test_no_way_back_to_a_slot_that_is_no_good():
    for spoil in (
        lambda: fakes_slot.install(1, (("app", 4096, APP),), committed=fakes_slot.BLANK),
        lambda: fakes_slot.install(1, (("app", 4096, APP),), committed=0, failed=0),
        lambda: _spoil(1),
        lambda: _spoil(1, 8),
    ):
        _slots(failed=0)
        spoil()
        started, has_reset = _start()
        assert (started.action, has_reset) == (boot.RUN, False)
        assert flash.Chip.changes == []


def test_nothing_to_run_halts_with_nothing_mounted():
    _slots()
    _spoil(0)
    _spoil(1)
    started, has_reset = _start()
    assert (started.action, has_reset) == (boot.HALT, False)
    assert _mounted() == []
    assert flash.Chip.changes == []


def test_core_that_can_not_be_chosen_is_not_fallen_back_to_for_ever():
    _slots()
    _spoil(0)
    flash.Chip.bootable = False
    actions = []
    cause = machine.PWRON_RESET
    for _ in range(5):
        actions.append(_start(cause=cause)[0].action)
        cause = machine.WDT_RESET
    assert actions == [boot.FALL_BACK] * 3 + [boot.HALT] * 2
    assert flash.Chip.chosen == 0


def test_slot_that_crashes_on_and_on_is_slowed_down():
    for crashes, slept_s in ((2, 0), (3, 60)):
        _slots()
        _spoil(1)
        _crashed(crashes)
        started, _ = _start(cause=machine.WDT_RESET)
        assert started.action == boot.RUN
        assert boot.time.slept_s == slept_s
        assert started.wdt.fed >= slept_s


def test_layers_are_not_checked_again_after_a_meant_restart():
    _slots()
    _spoil(0)
    boot.Notes(Rtc().memory, 0).save(boot.Notes.RESTART, 0, "")
    kept = Rtc.content
    assert _start(cause=machine.HARD_RESET)[0].action == boot.RUN
    for cause, content in (
        (machine.WDT_RESET, kept),
        (machine.HARD_RESET, b""),
        (machine.PWRON_RESET, kept),
    ):
        _slots()
        _spoil(0)
        Rtc.content = content
        assert _start(cause=cause)[0].action == boot.FALL_BACK


def test_data_is_formatted_only_when_it_fails_twice():
    _slots()
    Vfs.good = False
    started, has_reset = _start()
    assert has_reset
    assert _next_notes() == (boot.Notes.DATA, "data does not mount")
    assert ("format",) not in events
    started, has_reset = _start(cause=machine.HARD_RESET)
    assert not has_reset
    assert events.index(("format",)) < events.index(("mount", "/data", False))
    assert started.data_lost


def test_data_that_mounts_the_second_time_is_kept():
    _slots()
    Vfs.good = False
    _start()
    Vfs.good = True
    started, has_reset = _start(cause=machine.HARD_RESET)
    assert not has_reset
    assert ("format",) not in events
    assert not started.data_lost


class Image:
    """A littlefs image of 1 KiB blocks in the making."""

    def __init__(self, blocks):
        self.bytes = bytearray(b"\xff" * (1024 * blocks))

    def readblocks(self, block, target, offset=0):
        start = block * 1024 + offset
        target[:] = self.bytes[start : start + len(target)]

    def writeblocks(self, block, source, offset=0):
        start = block * 1024 + offset
        self.bytes[start : start + len(source)] = source

    def ioctl(self, op, _block):
        return {4: len(self.bytes) // 1024, 5: 1024}.get(op, 0)


def test_layer_is_a_file_system_that_nobody_can_change():
    image = Image(9)
    vfs.VfsLfs2.mkfs(image)
    vfs.mount(vfs.VfsLfs2(image), "/made")
    text = os.urandom(3000)
    with open("/made/a.bin", "wb") as file:
        file.write(text)
    vfs.umount("/made")
    flash.put("store_1", 8192, image.bytes)
    device = boot.Layer(boot.Cache(), flash.Partition("store_1"), 8192, len(image.bytes))
    vfs.mount(vfs.VfsLfs2(device, readsize=64), "/app", readonly=True)
    with open("/app/a.bin", "rb") as file:
        assert file.read() == text
    try:
        open("/app/b.bin", "w")  # noqa: SIM115
        raise AssertionError("written")
    except OSError as error:
        assert error.errno == 30  # EROFS
    try:
        device.writeblocks(0, bytes(1024), 0)
        raise AssertionError("written")
    except OSError as error:
        assert error.errno == 30
