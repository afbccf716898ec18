import time
from pathlib import Path

import pytest

from virtualboard.errors import PowerCutError, VirtualBoardError
from virtualboard.flash import SECTOR_BYTES, Flash


def make(path: Path, fill: bytes = b"\x00") -> Flash:
    path.write_bytes(fill * (1 << 20))
    return Flash(path)


def test_erasing_sets_one_sector_and_no_other_byte(tmp_path: Path) -> None:
    flash = make(tmp_path / "f")
    flash.erase_sector(0x3000)
    assert flash.read(0x3000, SECTOR_BYTES) == b"\xff" * SECTOR_BYTES
    assert flash.read(0x2FFF, 1) + flash.read(0x4000, 1) == b"\x00\x00"


def test_programming_clears_bits_and_never_sets_one(tmp_path: Path) -> None:
    flash = make(tmp_path / "f", b"\xff")
    flash.program(10, b"\xf0\x0f")
    flash.program(10, b"\x33\x33")
    assert flash.read(9, 4) == b"\xff\x30\x03\xff"


def test_bytes_are_in_the_file_and_stay_there(tmp_path: Path) -> None:
    flash = make(tmp_path / "f", b"\xff")
    flash.program(0x5000, b"abc")
    flash.close()
    assert (tmp_path / "f").read_bytes()[0x5000:0x5003] == b"abc"


def test_an_operation_is_an_erase_or_what_is_programmed_in_one_sector(tmp_path: Path) -> None:
    flash = make(tmp_path / "f", b"\xff")
    flash.erase_sector(0)
    flash.program(0, b"x" * SECTOR_BYTES)
    assert flash.operations == 2
    flash.program(SECTOR_BYTES - 1, b"xx")
    assert flash.operations == 4
    assert flash.erases[:2] == [1, 0]


def test_power_goes_before_the_operation(tmp_path: Path) -> None:
    flash = make(tmp_path / "f")
    flash.cut_power_at(2)
    flash.erase_sector(0)
    with pytest.raises(PowerCutError):
        flash.erase_sector(SECTOR_BYTES)
    assert flash.read(SECTOR_BYTES, 1) == b"\x00"
    flash.erase_sector(SECTOR_BYTES)
    assert flash.read(SECTOR_BYTES, 1) == b"\xff"


def test_a_torn_erase_leaves_a_sector_that_is_neither_old_nor_empty(tmp_path: Path) -> None:
    kinds = set()
    for operation in range(1, 21):
        flash = make(tmp_path / "f")
        for _ in range(operation - 1):
            flash.erase_sector(0x8000)
        flash.cut_power_at(operation, torn=True)
        with pytest.raises(PowerCutError):
            flash.erase_sector(0)
        sector = flash.read(0, SECTOR_BYTES)
        assert sector != b"\xff" * SECTOR_BYTES
        kinds.add(sector)
        flash.close()
    assert len(kinds) > 5


def test_a_torn_program_leaves_a_beginning_of_the_data(tmp_path: Path) -> None:
    data = bytes(range(1, 201))
    lengths = set()
    for operation in range(1, 21):
        flash = make(tmp_path / "f", b"\xff")
        for _ in range(operation - 1):
            flash.erase_sector(0x8000)
        flash.cut_power_at(operation, torn=True)
        with pytest.raises(PowerCutError):
            flash.program(0, data)
        written = flash.read(0, len(data)).rstrip(b"\xff")
        assert len(written) < len(data) or written != data
        assert data.startswith(written[:-1])
        lengths.add(len(written))
        flash.close()
    assert len(lengths) > 5


def test_a_torn_operation_is_the_same_each_time(tmp_path: Path) -> None:
    seen = set()
    for _ in range(2):
        flash = make(tmp_path / "f")
        flash.cut_power_at(1, torn=True)
        with pytest.raises(PowerCutError):
            flash.erase_sector(0)
        seen.add(flash.read(0, SECTOR_BYTES))
        flash.close()
    assert len(seen) == 1


def test_a_cut_in_the_past_is_refused(tmp_path: Path) -> None:
    flash = make(tmp_path / "f")
    flash.erase_sector(0)
    with pytest.raises(ValueError, match="is over"):
        flash.cut_power_at(1)


@pytest.mark.parametrize(("address", "length"), [(-1, 1), ((1 << 20) - 1, 2), (1 << 20, 1)])
def test_nothing_is_read_outside_the_chip(tmp_path: Path, address: int, length: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        make(tmp_path / "f").read(address, length)


def test_operations_can_take_as_long_as_on_a_chip(tmp_path: Path) -> None:
    flash = make(tmp_path / "f")
    started = time.monotonic()
    flash.erase_sector(0)
    quick = time.monotonic() - started
    flash.slowness = 1.0
    started = time.monotonic()
    flash.erase_sector(0)
    flash.program(0, bytes(SECTOR_BYTES))
    assert time.monotonic() - started > max(quick, 0.05)


def test_a_file_that_is_no_flash_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"x" * 1000)
    with pytest.raises(VirtualBoardError, match="1000 bytes is not the size of a flash chip"):
        Flash(tmp_path / "f")
    with pytest.raises(VirtualBoardError, match="No such file"):
        Flash(tmp_path / "g")


def test_two_boards_on_one_file_are_refused(tmp_path: Path) -> None:
    flash = make(tmp_path / "f")
    with pytest.raises(VirtualBoardError, match="another virtual board"):
        Flash(tmp_path / "f")
    flash.close()
    Flash(tmp_path / "f").close()
