"""Small files that survive power cuts, and the log."""

import os

from fakes_disk import Disk, PowerCutError

from store import files
from store.log import log

PATH = "/data/x.json"


def _put(path, data):
    with open(path, "wb") as file:
        file.write(data)


def _refused(kind, function, *args):
    try:
        function(*args)
    except kind as error:
        return error
    raise AssertionError("no error")


def test_what_was_written_is_read():
    Disk()
    assert files.read(PATH, 100) is None
    files.replace(PATH, b"first")
    assert files.read(PATH, 100) == b"first"
    files.replace(PATH, b"second, longer")
    assert files.read(PATH, 100) == b"second, longer"
    files.replace(PATH, b"3")
    assert files.read(PATH, 100) == b"3"
    assert os.listdir("/data") == ["x.json"]


def test_file_may_be_as_long_as_its_limit_and_no_longer():
    Disk()
    files.replace(PATH, b"12345")
    assert files.read(PATH, 5) == b"12345"
    _refused(ValueError, files.read, PATH, 4)


def test_trouble_other_than_no_file_is_not_hidden():
    Disk()
    os.mkdir(PATH)
    assert _refused(OSError, files.read, PATH, 100).errno == 21  # EISDIR
    assert _refused(OSError, files.read_json, PATH, 100).errno == 21


def test_left_over_of_an_earlier_cut_is_overwritten():
    Disk()
    files.replace(PATH, b"old")
    _put(PATH + ".new", b"half of something much longer")
    assert files.read(PATH, 100) == b"old"
    files.replace(PATH, b"new")
    assert files.read(PATH, 100) == b"new"
    assert os.listdir("/data") == ["x.json"]


def test_no_room_leaves_the_old_content():
    Disk()
    files.replace(PATH, b"old")
    assert _refused(OSError, files.replace, PATH, b"x" * 20000).errno == 28  # ENOSPC
    assert files.read(PATH, 100) == b"old"
    files.replace(PATH, b"new")
    assert files.read(PATH, 100) == b"new"


def test_power_cut_at_any_operation_leaves_the_old_content_or_the_new():
    old, new = b"old " * 50, b"new! " * 150
    disk = Disk()
    files.replace(PATH, old)
    before, seen = disk.save(), []
    for done in (0, 5, 10):
        for cut_at in range(100):
            disk.restore(before)
            disk.cut(cut_at, done)
            try:
                files.replace(PATH, new)
                break
            except PowerCutError:
                disk.mount()
            found = files.read(PATH, 1000)
            assert found in (old, new), (done, cut_at, found)
            seen.append(found == new)
            files.replace(PATH, b"after")
            assert files.read(PATH, 1000) == b"after"
        assert 5 < cut_at < 100, cut_at
        assert files.read(PATH, 1000) == new
    assert True in seen
    assert False in seen


def test_power_cut_while_a_file_is_rewritten_in_place_loses_it():
    # Shows that the cuts above bite.
    disk = Disk()
    _put(PATH, b"old")
    before, lost = disk.save(), 0
    for cut_at in range(5):
        disk.restore(before)
        disk.cut(cut_at, 0)
        try:
            os.remove(PATH)
            _put(PATH, b"new! " * 150)
        except PowerCutError:
            disk.mount()
        lost += files.read(PATH, 1000) is None
    assert lost


def test_objects_come_back_from_json():
    Disk()
    assert files.read_json(PATH, 100) is None
    files.replace_json(PATH, {"a": [1, None, "x"]})
    assert files.read_json(PATH, 100) == {"a": [1, None, "x"]}


def test_what_is_no_object_counts_as_no_file():
    Disk()
    for data in (
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"a": 1',
        b'{"a": 1} x',
        b"[1]",
        b"5",
        b"null",
    ):
        _put(PATH, data)
        assert files.read_json(PATH, 100) is None, data
    files.replace_json(PATH, {"a": "x" * 100})
    assert files.read_json(PATH, 100) is None


def test_log_keeps_the_last_lines_in_two_files():
    Disk()
    for number in range(200):
        log(f"line {number:03} " + "x" * 40)
    lines = []
    for name in ("log.txt.old", "log.txt"):
        with open("/data/" + name) as file:
            for line in file:
                lines.append(line.split()[2])
        assert os.stat("/data/" + name)[6] < 4096 + 100
    assert lines[-1] == "199"
    assert lines == [f"{number:03}" for number in range(200 - len(lines), 200)]
    assert len(lines) > 60


def test_log_without_a_place_to_keep_it_still_prints():
    log("nothing is mounted")
