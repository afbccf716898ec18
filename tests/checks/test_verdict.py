"""How a check ends: lines on stderr and a failure, or one line that all is well."""

from __future__ import annotations

import pytest

from checks.typechecker import MypyError
from checks.verdict import verdict
from lockerctl.errors import UserError


def test_what_a_check_finds_is_told_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict("stones", lambda: ["a stone", "another"]) == 1
    assert capsys.readouterr() == ("", "a stone\nanother\n")


def test_check_that_finds_nothing_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict("stones", list) == 0
    assert capsys.readouterr() == ("stones: no mistakes\n", "")


@pytest.mark.parametrize("error", [UserError("no stones here"), MypyError("no stones here")])
def test_check_that_cannot_be_made_fails(
    capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    def check() -> list[str]:
        raise error

    assert verdict("stones", check) == 1
    assert capsys.readouterr() == ("", "no stones here\n")
