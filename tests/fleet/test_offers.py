"""Which release a board is offered by itself: versions, hardware, and what went before."""

from __future__ import annotations

from itertools import pairwise

import pytest

from fleet.offers import Past, Running, Verdict, Wanted, judge
from fleet.versions import rank

_WANTED = Wanted("stable", "1.10.0", 20, {"bench": (1, 2)})
_RUNNING = Running("bench", 1, "1.9.0", 19)


def test_versions_are_ordered_as_semantic_versioning_has_it() -> None:
    ordered = [
        *("0.9.0", "0.10.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta"),
        *("1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.9.0", "1.10.0", "2.0.0-0"),
        "2.0.0",
    ]
    for older, newer in pairwise(map(rank, ordered)):
        assert older is not None
        assert newer is not None
        assert older < newer
    assert rank("1.0.0+build") == rank("1.0.0")


@pytest.mark.parametrize("text", [None, "", "1", "1.0", "01.0.0", "1.0.0-", "v1.0.0", "1.0.0 "])
def test_what_is_no_version_has_no_rank(text: str | None) -> None:
    assert rank(text) is None


@pytest.mark.parametrize(
    ("running", "past", "verdict", "told"),
    [
        (_RUNNING, Past(), Verdict.OFFERED, "is offered 1.10.0"),
        (Running("bench", 1, "1.10.0-rc.1", 19), Past(), Verdict.OFFERED, "1.10.0"),
        (Running("bench", 1, "1.9.0", None), Past(), Verdict.OFFERED, "1.10.0"),
        (Running("bench", 2, "1.10.0", 20), Past(), Verdict.CURRENT, "runs 1.10.0"),
        (Running("bench", 1, "1.11.0", 21), Past(), Verdict.NEWER, "1.11.0, which is newer"),
        (Running(None, 1, "1.9.0", 19), Past(), Verdict.NOT_REPORTED, "what hardware"),
        (Running("bench", None, "1.9.0", 19), Past(), Verdict.NOT_REPORTED, "what hardware"),
        (Running("bench", 1, None, 19), Past(), Verdict.NOT_REPORTED, "which release"),
        (Running("bench", 1, "new", 19), Past(), Verdict.NOT_REPORTED, "which release"),
        (Running("oled", 1, "1.9.0", 19), Past(), Verdict.INCOMPATIBLE, "oled revision 1"),
        (Running("bench", 3, "1.9.0", 19), Past(), Verdict.INCOMPATIBLE, "bench revision 3"),
        (Running("bench", 1, "1.9.0", 20), Past(), Verdict.INCOMPATIBLE, "it is at 20"),
        (_RUNNING, Past(held=True, tried="x"), Verdict.HELD, "held"),
        (_RUNNING, Past(busy="locker:1.8.0"), Verdict.BUSY, "locker:1.8.0"),
        (_RUNNING, Past(tried="reverted: it hung"), Verdict.TRIED, "reverted: it hung"),
        (_RUNNING, Past(fell_from="1.10.0"), Verdict.TRIED, "fell back from 1.10.0"),
        (_RUNNING, Past(fell_from="1.9.5"), Verdict.OFFERED, "1.10.0"),
    ],
)
def test_a_board_is_offered_only_what_suits_it(
    running: Running, past: Past, verdict: Verdict, told: str
) -> None:
    found = judge(running, _WANTED, past)
    assert (found.verdict, told in found.text) == (verdict, True), found


def test_a_release_without_a_semantic_version_is_offered_to_nobody() -> None:
    found = judge(_RUNNING, Wanted("stable", "summer", 20, {"bench": (1,)}), Past())
    assert found.verdict is Verdict.INCOMPATIBLE
