"""What the demonstration reads out of what boards tell the server."""

from demo.camera import phase_of
from demo.observed import Step, parse_plan, verdict


def test_a_plan_is_read_layer_by_layer() -> None:
    told = [
        "plan core keep 1600096 bytes",
        "plan app fetch 15846 of 103424 bytes",
        "plan assets copy 4096 bytes",
    ]
    assert parse_plan(told) == {
        "core": Step("keep", 1600096),
        "app": Step("fetch", 15846),
        "assets": Step("copy", 4096),
    }


def test_other_words_are_no_plan() -> None:
    assert parse_plan(["fetched 10 %"]) == {}


def test_a_commit_is_a_finished_action_with_the_boards_word_for_it() -> None:
    told = "committed 1.1.0 in slot 1"
    assert verdict("finished", told) == ("committed", told)


def test_a_revert_is_a_failed_action_and_its_reason_is_the_check() -> None:
    told = "reverted: check relays: relay 2 reads on"
    assert verdict("error", told) == ("reverted", "check relays: relay 2 reads on")


def test_a_failure_before_the_switch_is_no_revert() -> None:
    told = "DamagedError: app has a wrong SHA-256"
    assert verdict("error", told) == ("error", told)


def test_a_success_that_committed_nothing_is_no_commit() -> None:
    assert verdict("finished", "1.1.0 runs already") == ("finished", "1.1.0 runs already")


def test_the_console_tells_what_the_board_does() -> None:
    lines = {
        "boot: slot 1 on trial, sequence 2, cause restart, crashes 0: run": "trial",
        "boot: slot 0, sequence 1, cause power, crashes 0: run": "running",
        "agent: activating 1.1.0 in slot 1": "activating",
        "[power off]": "off",
        "boot: reset: activating 1.1.0": None,
    }
    assert {line: phase_of(line) for line in lines} == lines
