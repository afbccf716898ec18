"""The record that keeps an update's state, settings, and the table of errors."""

import json
import os

from fakes_disk import Disk

from ddi.errors import GoneError, NonsenseError
from net.errors import LinkError, StatusError
from ota import errors, settings
from ota.errors import EXPECTED, CanceledError, SupersededError
from ota.outcome import verdict
from ota.record import Record

PATH = "/data/ota.json"


def _put(text):
    with open(PATH, "w") as file:
        file.write(text)


def _stored():
    with open(PATH) as file:
        return json.load(file)


def test_board_that_was_never_updated_has_an_empty_record():
    Disk()
    assert Record().get("phase") is None
    assert Record().get("top", 0) == 0
    assert os.listdir("/data") == []


def test_fields_survive_a_reset():
    disk = Disk()
    record = Record()
    record.put(phase="activating", slot=1)
    record.put(trials=2)
    assert _stored() == {"phase": "activating", "slot": 1, "trials": 2}
    disk.mount()
    again = Record()
    assert (again.get("phase"), again.get("slot"), again.get("trials")) == ("activating", 1, 2)


def test_fields_of_a_newer_release_are_kept():
    Disk()
    _put('{"phase": "done", "delta": {"base": [1, 2]}, "result": ["success", "x"]}')
    record = Record()
    record.put(phase="idle", result=None)
    wanted = {"phase": "idle", "delta": {"base": [1, 2]}, "result": None}
    assert _stored() == wanted
    assert Record().get("delta") == {"base": [1, 2]}


def test_nothing_is_written_when_nothing_changes():
    disk = Disk()
    record = Record()
    record.put(phase="done", result=["success", "x"], delivered=False, top=3)
    before = disk.save()
    record.put(phase="done")
    record.put(result=["success", "x"], delivered=False, top=3)
    record.put(why=None)  # as good as not there
    assert disk.save() == before
    record.put(phase="done", top=4)
    assert disk.save() != before
    assert _stored()["top"] == 4


def test_change_that_could_not_be_written_is_written_when_it_is_put_again():
    Disk()
    record = Record()
    record.put(phase="idle")
    with open("/data/full", "wb") as file:
        for _ in range(27):
            file.write(bytes(512))
    try:
        record.put(result=["x" * 1500])
        raise AssertionError("written")
    except OSError as error:
        assert error.errno == 28
    assert record.get("result") is None
    assert _stored() == {"phase": "idle"}
    os.remove("/data/full")
    record.put(result=["x" * 1500])
    assert _stored()["result"] == ["x" * 1500]


def test_record_that_is_damaged_is_as_good_as_none():
    Disk()
    for text in ("", "{", "[1]", "5", "nonsense", '{"phase": ', '{"a": "' + "x" * 2048 + '"}'):
        _put(text)
        record = Record()
        assert record.get("phase") is None, text
        record.put(phase="idle")
        assert _stored() == {"phase": "idle"}


def test_settings_are_the_boards_own_or_preset():
    for board, wanted in (
        ({}, 3600),
        ({"settings": {}}, 3600),
        ({"settings": {"quiet_s": 5}}, 3600),
        ({"settings": {"healthy_s": 5}}, 5),
        ({"settings": {"healthy_s": 0}}, 0),
    ):
        assert settings.get(board, "healthy_s") == wanted
    try:
        raise AssertionError(settings.get({"settings": {"helthy_s": 5}}, "helthy_s"))
    except KeyError:
        pass


def test_errors_of_a_release_end_the_action_and_those_of_the_link_do_not():
    for error, wanted in (
        (errors.ReleaseError("x"), (True, True)),
        (errors.UntrustedError("x"), (True, True)),
        (errors.DamagedError("x"), (True, True)),
        (errors.FlashError("x"), (True, True)),
        (OSError(28), (True, True)),
        (MemoryError(), (False, True)),
        (LinkError("x"), (False, False)),
        (StatusError(500, "x"), (False, False)),
        (NonsenseError("x"), (False, False)),
        (GoneError(410, "x"), (False, False)),
        (SupersededError(), (False, False)),
    ):
        assert isinstance(error, EXPECTED), error
        assert verdict(error) == wanted, error


def test_bugs_and_cancels_are_not_settled_as_errors():
    for error in (CanceledError(), ValueError("x"), KeyError("x"), RuntimeError("x")):
        assert not isinstance(error, EXPECTED), error
