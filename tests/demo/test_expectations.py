"""What the demonstration demands of each release: every demand can fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demo.chapters import CHAPTERS, Chapter
from demo.expectations import disappointments
from demo.observed import Cut, Flash, Observed, Quiet, Runs, Sizes, Step
from demo.report import Row

UPDATED, BROKEN, HANGING, NEW_CORE = CHAPTERS
SIZES = Sizes(1600, {"core": [9000, 9000], "app": [6000, 5000, 4000, 3000], "assets": [200]})
IN_SLOT_0, IN_SLOT_1 = Runs("1.0.0", "0"), Runs("1.1.0", "1")


def plan(**steps: tuple[str, int]) -> dict[str, Step]:
    return {name: Step(*step) for name, step in steps.items()}


LINK = Cut("link", 1, 4, 12000, 1600 + 11000)
POWER = Cut("power", 2, 4, 7000, 1600 + 11000 + 5000)
updated = Observed(
    row=Row("1.1.0", "committed", "committed 1.1.0 in slot 1", 17600 + 1600 + 7000, 6.0),
    sizes=SIZES,
    plans=(
        plan(core=("copy", 16000), app=("fetch", 18000), assets=("copy", 200)),
        plan(core=("keep", 16000), app=("fetch", 7000), assets=("copy", 200)),
    ),
    before=IN_SLOT_0,
    after=IN_SLOT_1,
    flash=Flash("1", "1.1.0"),
    causes=("POWER_ON", "HARD"),
    trials=1,
    relays_on=(),
    cuts=(LINK, POWER),
)
broken = Observed(
    row=Row("1.2.0", "reverted", "check relays: relay 2 reads on", 1600 + 9000, 3.0),
    sizes=SIZES,
    plans=(plan(core=("keep", 16000), app=("fetch", 9000), assets=("keep", 200)),),
    before=IN_SLOT_1,
    after=IN_SLOT_1,
    flash=Flash("1", "1.1.0"),
    causes=("HARD", "HARD"),
    trials=1,
    relays_on=(),
    quiet=Quiet(3, 0, 0),
)
hanging = replace(
    broken,
    row=Row("1.3.0", "reverted", "watchdog: trial", 1600 + 9000, 17.0),
    causes=("HARD", "WATCHDOG"),
)
new_core = replace(
    broken,
    row=Row("1.4.0", "committed", "committed 1.4.0 in slot 0", 1600 + 18000, 4.0),
    plans=(plan(core=("fetch", 18000), app=("copy", 100), assets=("keep", 200)),),
    after=Runs("1.4.0", "0"),
    flash=Flash("0", "1.4.0"),
    causes=("HARD",),
    quiet=None,
)


GOOD = {UPDATED: updated, BROKEN: broken, HANGING: hanging, NEW_CORE: new_core}


def complaint(chapter: Chapter, **spoilt: object) -> str:
    """The one thing that is wrong when this much of a good course is spoilt."""
    (line,) = disappointments(chapter, replace(GOOD[chapter], **spoilt))  # type: ignore[arg-type]
    return line.removeprefix(f"{chapter.version}: ")


def row(chapter: Chapter, **spoilt: object) -> Row:
    return replace(GOOD[chapter].row, **spoilt)  # type: ignore[arg-type]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.version)
def test_the_story_as_it_must_go_disappoints_nobody(chapter: Chapter) -> None:
    assert disappointments(chapter, GOOD[chapter]) == []


def test_another_outcome_is_noticed() -> None:
    wrong = complaint(UPDATED, row=row(UPDATED, outcome="error"))
    assert wrong == "the server knows it as 'error' (committed 1.1.0 in slot 1), not 'committed'"


def test_another_reason_is_noticed() -> None:
    told = "check relays: relay 3 reads on"
    wrong = complaint(BROKEN, row=row(BROKEN, reason=told))
    assert wrong == f"the server was told {told!r}, and not 'relay 2 reads on'"


def test_a_board_that_says_it_runs_another_release_is_noticed() -> None:
    wrong = complaint(UPDATED, after=IN_SLOT_0)
    assert wrong == "the board says it runs 1.0.0 in slot 0, not 1.1.0 in slot 1"


def test_a_board_that_only_says_it_runs_the_release_is_noticed() -> None:
    wrong = disappointments(UPDATED, replace(updated, flash=Flash("0", "1.0.0")))
    assert wrong == [
        "1.1.0: the bootloader started slot 0, not 1",
        "1.1.0: the running slot's header commits 1.0.0, not 1.1.0",
    ]


def test_a_slot_that_was_never_committed_is_noticed() -> None:
    wrong = complaint(BROKEN, flash=Flash("1", ""))
    assert wrong == "the running slot's header commits nothing, not 1.1.0"


def test_a_board_without_a_plan_is_noticed() -> None:
    assert complaint(BROKEN, plans=()) == "the board never told its plan"


def test_a_plan_without_a_layer_is_noticed() -> None:
    short = (plan(core=("keep", 16000), app=("fetch", 9000)),)
    assert complaint(BROKEN, plans=short) == "layer assets is not in the plan"


def test_fetching_what_has_not_changed_is_noticed() -> None:
    greedy = (plan(core=("keep", 16000), app=("fetch", 9000), assets=("fetch", 200)),)
    wrong = complaint(BROKEN, plans=greedy)
    assert wrong == "layer assets has not changed, and 200 bytes of it are fetched"


def test_a_new_core_that_is_not_fetched_whole_is_noticed() -> None:
    partial = (plan(core=("fetch", 9000), app=("copy", 100), assets=("keep", 200)),)
    wrong = complaint(NEW_CORE, plans=partial, row=row(NEW_CORE, bytes_downloaded=1600 + 9000))
    assert wrong == "layer core is 18000 bytes as stored, and 9000 are planned"


def test_a_changed_layer_that_is_kept_is_noticed() -> None:
    lazy = (plan(core=("keep", 16000), app=("keep", 9000), assets=("keep", 200)),)
    assert complaint(BROKEN, plans=lazy) == "layer app has changed, and the plan is to keep it"


@pytest.mark.parametrize("difference", [-1, 1])
def test_one_byte_more_or_less_than_planned_is_noticed(difference: int) -> None:
    wrong = complaint(BROKEN, row=row(BROKEN, bytes_downloaded=1600 + 9000 + difference))
    assert wrong == f"{10600 + difference} bytes left the server, 10600 wanted"


def test_a_second_plan_may_be_fetched_too() -> None:
    plans = (*broken.plans, plan(app=("fetch", 5000)))
    seen = replace(broken, plans=plans, row=row(BROKEN, bytes_downloaded=1600 + 9000 + 5000))
    assert disappointments(BROKEN, seen) == []


def test_more_than_a_block_for_each_cut_is_noticed() -> None:
    sent = 1600 + 18000 + 1600 + 2 * 6000 + 1
    cuts = (LINK, replace(POWER, sent_bytes=sent - 1600 - 7000))
    wrong = complaint(UPDATED, cuts=cuts, row=row(UPDATED, bytes_downloaded=sent))
    assert wrong == f"{sent} bytes left the server, 19600 to 33200 wanted"


def test_a_second_trial_is_noticed() -> None:
    assert complaint(BROKEN, trials=2) == "it was booted on trial 2 times, not once"


def test_a_hang_that_the_watchdog_did_not_end_is_noticed() -> None:
    wrong = complaint(HANGING, causes=("HARD", "HARD"))
    assert wrong == "no reset by WATCHDOG, only by HARD, HARD"


def test_cuts_that_were_not_made_are_noticed() -> None:
    wrong = disappointments(UPDATED, replace(updated, cuts=(POWER,)))
    assert wrong[0] == "1.1.0: the cuts were ('power',), not ('link', 'power')"


@pytest.mark.parametrize("there", [0, 4])
def test_a_cut_before_or_after_the_download_is_noticed(there: int) -> None:
    wrong = complaint(UPDATED, cuts=(replace(LINK, there=there), POWER))
    assert wrong == f"the link was cut with {there} of 4 blocks in the flash"


def test_planning_what_is_in_the_flash_already_is_noticed() -> None:
    again = (updated.plans[0], plan(app=("fetch", 12000)))
    wrong = complaint(UPDATED, plans=again)
    assert wrong.startswith("after the power cut 7000 bytes were missing, the plan was Step(")


def test_a_board_that_never_planned_again_is_noticed() -> None:
    wrong = complaint(UPDATED, plans=updated.plans[:1])
    assert wrong == "after the power cut 7000 bytes were missing, the plan was None"


def test_fetching_what_is_in_the_flash_already_is_noticed() -> None:
    sent = updated.row.bytes_downloaded + 5000
    wrong = complaint(UPDATED, row=row(UPDATED, bytes_downloaded=sent))
    assert wrong == "after the power cut 13600 bytes left the server, 8600 were wanted"


def test_a_power_cut_after_which_nobody_switched_it_on_is_noticed() -> None:
    wrong = complaint(UPDATED, causes=("HARD",))
    assert wrong == "the board was not started by a power switch"


def test_a_relay_that_stays_on_is_noticed() -> None:
    assert complaint(BROKEN, relays_on=(2,)) == "the relay of door 2 is on at the end"


@pytest.mark.parametrize("quiet", [None, Quiet(2, 0, 0)])
def test_not_looking_long_enough_is_noticed(quiet: Quiet | None) -> None:
    wrong = complaint(BROKEN, quiet=quiet)
    assert wrong == "nobody looked whether the board tries it again"


@pytest.mark.parametrize("quiet", [Quiet(3, 1600, 0), Quiet(3, 0, 1)])
def test_another_try_is_noticed(quiet: Quiet) -> None:
    assert complaint(BROKEN, quiet=quiet).startswith("in 3 polls after its end the board fetched")
