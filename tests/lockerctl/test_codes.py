"""Codes of service and couriers, as production gives them to a board."""

from __future__ import annotations

import json

import pytest

from lockerctl.codes import staff_codes, stretch
from lockerctl.errors import UserError
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
