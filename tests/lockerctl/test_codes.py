"""Codes of service and couriers, as production gives them to a board."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tooling import image_options, refusal, run

from lockerctl.codes import staff_codes, stretch
from lockerctl.errors import UserError
from lockerctl.littlefs_image import PARTITION_BLOCK, read_image
from lockerctl.partitions import load_map
from unixport import ROOT

_SALT = bytes(range(16))


def test_digests_are_those_of_the_shared_vectors() -> None:
    vectors = json.loads((ROOT / "tests" / "vectors" / "codes.json").read_text())
    for salt, text, digest in vectors:
        assert stretch(bytes.fromhex(salt), text).hex() == digest
    assert len(vectors) >= 3


def test_codes_are_kept_salted_and_nowhere_in_plain() -> None:
    codes = staff_codes("90090017", "550055", _SALT)
    assert set(codes) == {"salt", "service", "courier"}
    assert codes["salt"] == _SALT.hex()
    assert codes["service"] == stretch(_SALT, "90090017").hex()
    assert "90090017" not in json.dumps(codes)


def test_only_the_codes_that_are_given_are_there() -> None:
    assert staff_codes(None, None, _SALT) == {}
    assert set(staff_codes("90090017", None, _SALT)) == {"salt", "service"}


@pytest.mark.parametrize(
    "code", ["", "12345", "123456789", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", "123456\n"]
)
def test_code_that_nobody_can_type_or_anybody_can_guess_is_refused(code: str) -> None:
    with pytest.raises(UserError, match="the courier code must be 6 to 8 digits"):
        staff_codes(None, code, _SALT)


def test_one_code_for_both_is_refused() -> None:
    with pytest.raises(UserError, match="must differ"):
        staff_codes("123456", "123456", _SALT)


def board_json(image: Path) -> dict[str, object]:
    partition = load_map("4MiB")["vfs"]
    files = read_image(image.read_bytes()[partition.offset : partition.end], PARTITION_BLOCK)
    board: dict[str, object] = json.loads(files["/board.json"])
    return board


def test_image_has_the_codes_that_lie_in_files(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "service").write_text("90090017\n")
    (tmp_path / "courier").write_text("550055")
    out = tmp_path / "board.bin"
    options = image_options(first_release, out)
    options += ["--service-code-file", tmp_path / "service"]
    options += ["--courier-code-file", tmp_path / "courier"]
    shown = run("image", "build", *options)
    codes = board_json(out)["codes"]
    assert isinstance(codes, dict)
    salt = bytes.fromhex(codes["salt"])
    assert len(salt) == 16
    assert codes["service"] == stretch(salt, "90090017").hex()
    assert codes["courier"] == stretch(salt, "550055").hex()
    assert "90090017" not in shown
    described = run("image", "show", out)
    assert "  codes: courier, service\n" in described
    assert codes["salt"] not in described
    assert codes["service"] not in described


def test_two_boards_have_two_salts(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "service").write_text("90090017")
    salts = set()
    for name in ("one.bin", "two.bin"):
        options = image_options(first_release, tmp_path / name)
        run("image", "build", *options, "--service-code-file", tmp_path / "service")
        codes = board_json(tmp_path / name)["codes"]
        assert isinstance(codes, dict)
        salts.add(codes["salt"])
    assert len(salts) == 2


def test_board_without_codes_is_told_of(first_release: Path, tmp_path: Path) -> None:
    out = tmp_path / "board.bin"
    options = (*image_options(first_release, out), "--setting", "mode=delivery")
    shown = run("image", "build", *options)
    assert "codes" not in board_json(out)
    assert "no service code, so no service menu: --service-code-file" in shown
    assert "no courier code, so no parcels at first: --courier-code-file" in shown


def test_file_without_a_code_is_refused(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "service").write_text("secret")
    options = image_options(first_release, tmp_path / "board.bin")
    told = refusal("image", "build", *options, "--service-code-file", tmp_path / "service")
    assert told == "lockerctl: the service code must be 6 to 8 digits"
