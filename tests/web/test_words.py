"""The rules behind the screens' words: progress, sizes, times, addresses, marks."""

from __future__ import annotations

import pytest

from fleet.actions import Status, TargetState
from fleet.page.formats import ago, count, size, span
from fleet.page.marks import action_mark, group_mark, line_mark, rollout_mark, state_mark
from fleet.page.places import own_address, url_of
from fleet.page.progress import Line, PlanStep, Progress, plan, progress
from fleet.page.templates import _ENVIRONMENT
from fleet.rollout_rules import GroupStatus, RolloutStatus

_ASSIGNED = Line(Status.RUNNING, ["Update Server: Assigned by ada."])
_RETRIEVED = Line(Status.RETRIEVED, ["Update Server: The board has retrieved the deployment."])
_PLAN = Line(
    Status.RUNNING,
    ["plan core copy 1600000 bytes", "plan app fetch 100 of 200 bytes", "plan assets keep 5 bytes"],
)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([_ASSIGNED], Progress("has not asked yet")),
        ([_ASSIGNED, _RETRIEVED], Progress("has the order")),
        ([_ASSIGNED, _RETRIEVED, _PLAN], Progress("prepares", 0)),
        ([_PLAN, Line(Status.RUNNING, ["fetched 30 %"])], Progress("downloads", 30)),
        ([_PLAN, Line(Status.RUNNING, ["fetched 999 %"])], Progress("downloads", 100)),
        (
            [
                _PLAN,
                Line(Status.RUNNING, ["fetched 30 %"]),
                Line(Status.RUNNING, ["waiting: door 2"]),
            ],
            Progress("downloads", 30, "door 2"),
        ),
        (
            [
                Line(Status.RUNNING, ["waiting: a"]),
                Line(Status.RUNNING, ["activating 1.2.0 in slot 1"]),
            ],
            Progress("starts it on trial", 100),
        ),
        ([_PLAN, Line(Status.RUNNING, ["fetched many %", "odd"])], Progress("prepares", 0)),
    ],
)
def test_progress_is_what_the_board_said_last(lines: list[Line], told: Progress) -> None:
    assert progress(Status.RETRIEVED, lines[::-1]) == told


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status.CANCELING, "asked to give up"),
        (Status.WAIT_FOR_CONFIRMATION, "waits for somebody at the cabinet to agree"),
        (Status.SCHEDULED, "its group has not begun"),
    ],
)
def test_what_holds_an_update_up_is_told(status: Status, text: str) -> None:
    assert progress(status, [_PLAN]).text == text


def test_the_newest_plan_counts() -> None:
    later = Line(Status.RUNNING, ["plan app fetch 7 of 200 bytes"])
    assert plan([later, _PLAN]) == [PlanStep("app", "fetch", 7)]
    assert [each.how for each in plan([_ASSIGNED, _PLAN])] == ["copy", "fetch", "keep"]
    assert plan([_ASSIGNED]) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (61_234, "61.2 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_672_976, "1.7 MB"),
        (10**13, "10000 GB"),
    ],
)
def test_sizes_are_told_in_three_figures(value: int, told: str) -> None:
    assert size(value) == told


@pytest.mark.parametrize(
    ("passed_ms", "told"),
    [
        (-5000, "just now"),
        (0, "just now"),
        (59_999, "59 s ago"),
        (60_000, "1 min ago"),
        (7_199_000, "1 h ago"),
        (10 * 86_400_000, "10 d ago"),
    ],
)
def test_times_are_told_in_their_largest_unit(passed_ms: int, told: str) -> None:
    assert ago(1_000_000_000, 1_000_000_000 + passed_ms) == told
    assert ago(None, 5) == "never"


def test_lengths_and_counts() -> None:
    assert (span(0), span(3_600_000)) == ("0 s", "1 h")
    assert (count(1, "board"), count(0, "board"), count(12_345, "board")) == (
        "1 board",
        "0 boards",
        "12,345 boards",
    )


def test_addresses_hold_whatever_a_name_is() -> None:
    assert url_of("/boards", "a/b?c#d&e") == "/ui/boards/a%2Fb%3Fc%23d%26e"
    assert url_of("/boards", q='"<>', state=None, site="") == "/ui/boards?q=%22%3C%3E"
    assert own_address("/ui/boards?q=1") == "/ui/boards?q=1"


def test_every_state_has_a_word() -> None:
    for state in TargetState:
        assert state_mark(state).word
    for status in Status:
        assert action_mark(status, active=False).word
        line_mark(status)
    for each in RolloutStatus:
        assert rollout_mark(each, stopped_by_failures=False).word
    for group in GroupStatus:
        assert group_mark(group).word


def test_every_template_can_be_read() -> None:
    names = _ENVIRONMENT.list_templates(extensions=["html"])
    assert len(names) > 10
    for name in names:
        _ENVIRONMENT.get_template(name)
