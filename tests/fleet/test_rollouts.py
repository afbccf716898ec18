"""A release on its way to many boards: groups, thresholds, and an operator who steers."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from fleet_world import World, wait_for
from rollout_world import Tour, publish, reports, roll, site_of
from test_policies import call

_numbers = itertools.count(4)
_ERROR = "hawkbit.server.error."


def _threshold(percent: int) -> dict[str, str]:
    return {"condition": "THRESHOLD", "expression": str(percent)}


def _refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["errorCode"].removeprefix(_ERROR)


def test_group_after_group_until_all_boards_have_it(world: World) -> None:
    tour = roll(world, 4, amountGroups=2)
    assert (tour.status, tour.states()) == ("ready", ["ready", "ready"])
    assert tour.counts() == {"notstarted": 4}
    assert tour.busy() == []

    assert tour.tell("start") == 204
    tour.wait("running", "scheduled")
    wait_for(lambda: len(tour.busy()) == 2, "the first group is not offered the release")
    assert tour.busy() == tour.boards[:2]
    assert tour.counts() == {"running": 2, "scheduled": 2}

    tour.end(tour.boards[:1])
    tour.wait("running", "running")  # half of them is enough
    wait_for(lambda: len(tour.busy()) == 3, "the second group is not offered the release")

    tour.end(tour.boards[1:])
    tour.wait_status("finished")
    assert (tour.states(), tour.counts()) == (["finished", "finished"], {"finished": 4})
    assert [world.state(each) for each in tour.boards] == ["in_sync"] * 4


def test_too_many_failures_stop_it_before_the_next_group(world: World) -> None:
    tour = roll(world, 4, amountGroups=2, errorCondition=_threshold(0))
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 2, "the first group is not offered the release")

    tour.end(tour.boards[:1], "failure")

    tour.wait_status("paused")
    assert tour.states() == ["error", "scheduled"]
    assert "1 of 2 failed" in tour.body()["statusReason"]
    assert tour.busy() == [tour.boards[1]]  # who has begun goes on

    assert tour.tell("resume") == 204
    tour.wait("error", "running")
    wait_for(lambda: len(tour.busy()) == 3, "the second group is not offered the release")
    tour.end(tour.boards[1:])
    tour.wait_status("finished")
    assert tour.counts() == {"finished": 3, "error": 1}


def test_an_operator_pauses_and_goes_on(world: World) -> None:
    tour = roll(world, 2, amountGroups=2)
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the first group is not offered the release")
    assert tour.tell("pause") == 204
    tour.end(tour.boards[:1])
    time.sleep(0.3)
    assert (tour.status, tour.states()) == ("paused", ["running", "scheduled"])

    assert tour.tell("resume") == 204
    tour.wait("finished", "running")


def test_a_group_may_end_in_a_pause(world: World) -> None:
    success = {"successAction": {"action": "PAUSE", "expression": ""}}
    tour = roll(world, 2, amountGroups=2, **success)
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the first group is not offered the release")
    tour.end(tour.boards[:1])
    tour.wait_status("paused")
    assert tour.busy() == []
    tour.tell("resume")
    wait_for(lambda: len(tour.busy()) == 1, "the second group is not offered the release")


def test_a_stopped_rollout_reaches_nobody_any_more(world: World) -> None:
    tour = roll(world, 2, amountGroups=2)
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the first group is not offered the release")
    assert tour.tell("stop") == 204
    tour.wait_status("stopped")
    first, second = (each.links() for each in tour.boards)
    assert "cancelAction" in first
    assert not {"cancelAction", "deploymentBase"} & set(second)
    for command in ("start", "pause", "resume", "stop", "triggerNextGroup", "approve"):
        assert tour.tell(command) == 400


def test_the_next_group_can_be_triggered_by_hand(world: World) -> None:
    tour = roll(world, 2, amountGroups=2)
    tour.tell("start")
    tour.wait("running", "scheduled")
    assert tour.tell("triggerNextGroup") == 204
    tour.wait("running", "running")
    assert tour.tell("triggerNextGroup") == 400


def test_with_approval_nothing_starts_before_it(world: World) -> None:
    key = "/system/configs/rollout.approval.enabled"
    assert world.call("PUT", key, json={"value": True}).status_code == 204
    try:
        denied, tour = roll(world, 1), roll(world, 1)
    finally:
        world.call("DELETE", key)
    assert tour.status == "waiting_for_approval"
    assert tour.tell("start") == 400
    assert denied.tell("deny", remark="not today") == 204
    assert (denied.status, denied.body()["approvalRemark"]) == ("approval_denied", "not today")
    assert tour.tell("approve", remark="fine") == 204
    assert (tour.status, tour.body()["approveDecidedBy"]) == ("ready", "admin")
    assert tour.tell("start") == 204
    wait_for(lambda: len(tour.busy()) == 1, "the board is not offered the release")


def test_a_rollout_starts_itself_when_its_time_has_come(world: World) -> None:
    tour = roll(world, 1, startAt=int(time.time() * 1000) + 300)
    assert tour.status == "ready"
    tour.wait_status("running")
    later = roll(world, 1, startAt=int(time.time() * 1000) + 3_600_000)
    assert later.status == "ready"


def test_groups_are_what_an_operator_says(world: World) -> None:
    site, boards = site_of(world, 10)
    special = boards[7]
    special.send("/configData", {"data": {"floor": "2"}}, "PUT")
    body = {
        "name": f"own-{site}",
        "distributionSetId": world.set().id,
        "targetFilterQuery": f"group=={site}",
        "successCondition": _threshold(80),
        "groups": [
            {"name": "floor 2", "targetFilterQuery": "attribute.floor==2"},
            {"name": "some", "targetPercentage": 30, "errorCondition": _threshold(5)},
            {"name": "rest", "successCondition": {}},
        ],
    }
    made = world.call("POST", "/rollouts", json=body).json()
    tour = Tour(world, made["id"], boards)
    assert [each["totalTargets"] for each in tour.groups()] == [1, 3, 6]
    assert [each["successCondition"]["expression"] for each in tour.groups()] == ["80", "80", "100"]
    assert [each["errorCondition"]["expression"] for each in tour.groups()] == ["50", "5", "50"]
    path = f"/rollouts/{tour.id}/deploygroups/{tour.groups()[0]['id']}"
    assert world.get(path)["name"] == "floor 2"
    (member,) = world.get(path + "/targets")["content"]
    assert member["controllerId"] == special.id


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"targetFilterQuery": "group==nowhere"}, (400, "repo.constraintViolation")),
        ({"targetFilterQuery": "group="}, (400, "rest.param.rsqlParamSyntax")),
        ({"targetFilterQuery": "colour==red"}, (400, "rest.param.rsqlInvalidField")),
        ({"targetFilterQuery": ""}, (400, "repo.constraintViolation")),
        ({"name": None}, (400, "repo.constraintViolation")),
        ({"distributionSetId": 999_999}, (404, "repo.entityNotFound")),
        ({"amountGroups": 0}, (400, "repo.constraintViolation")),
        ({"amountGroups": 501}, (429, "quota.tooManyEntries")),
        ({"amountGroups": 1, "groups": [{"name": "a"}]}, (400, "repo.constraintViolation")),
        ({"groups": []}, (400, "repo.constraintViolation")),
        ({"groups": [{"name": "a", "targetPercentage": 50}]}, (400, "repo.constraintViolation")),
        ({"groups": [{"name": "a", "targetPercentage": 0}]}, (400, "repo.constraintViolation")),
        ({"groups": [{"name": "a", "targetPercentage": 101}]}, (400, "repo.constraintViolation")),
        ({"successAction": {"action": "DANCE"}}, (400, "rest.body.notReadable")),
        ({"errorCondition": _threshold(101)}, (400, "repo.constraintViolation")),
        ({"type": "hard"}, (400, "rest.body.notReadable")),
        ({"dynamic": True}, (400, "repo.constraintViolation")),
    ],
)
def test_a_rollout_that_cannot_be_is_refused(
    world: World, change: dict[str, object], refused: tuple[int, str]
) -> None:
    site, _ = site_of(world, 3)
    body = {
        "name": f"bad-{site}",
        "distributionSetId": world.set().id,
        "targetFilterQuery": f"group=={site}",
        **change,
    }
    assert _refused(world.call("POST", "/rollouts", json=body)) == refused
    assert world.get("/rollouts", q=f"name==bad-{site}")["total"] == 0


def test_two_rollouts_have_two_names(world: World) -> None:
    tour = roll(world, 1)
    body = {
        "name": tour.body()["name"],
        "distributionSetId": world.set().id,
        "targetFilterQuery": "controllerid==*",
    }
    answer = world.call("POST", "/rollouts", json=body)
    assert _refused(answer) == (409, "repo.entityAlreadyExists")
    renamed = world.call("PUT", f"/rollouts/{tour.id}", json={"name": f"{body['name']}-old"})
    assert renamed.json()["name"].endswith("-old")


def test_a_later_assignment_takes_a_board_out_of_what_has_not_begun(world: World) -> None:
    tour = roll(world, 2, amountGroups=2)
    tour.tell("start")
    tour.wait("running", "scheduled")
    wait_for(lambda: len(tour.busy()) == 1, "the first group is not offered the release")
    world.assign(tour.boards[1], world.set())
    assert tour.counts() == {"running": 1, "cancelled": 1}


def test_boards_that_have_the_set_already_are_done_at_once(world: World) -> None:
    chosen = world.set()
    site, boards = site_of(world, 2)
    boards[0].report(world.assign(boards[0], chosen), "closed", "success")
    body = {
        "name": f"again-{site}",
        "distributionSetId": chosen.id,
        "targetFilterQuery": f"group=={site}",
    }
    tour = Tour(world, world.call("POST", "/rollouts", json=body).json()["id"], boards)
    tour.tell("start")
    wait_for(lambda: tour.counts() == {"finished": 1, "running": 1}, "one has it already")
    assert tour.busy() == boards[1:]


def test_only_what_failed_is_tried_again(world: World) -> None:
    tour = roll(world, 3, errorCondition=_threshold(100))
    assert tour.tell("retry") == 400
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 3, "the boards are not offered the release")
    tour.end(tour.boards[:1], "failure")
    tour.end(tour.boards[1:])
    tour.wait_status("finished")

    answer = world.call("POST", f"/rollouts/{tour.id}/retry")

    assert answer.status_code == 201
    again = Tour(world, answer.json()["id"], tour.boards)
    assert again.body()["totalTargets"] == 1
    again.tell("start")
    wait_for(lambda: again.busy() == tour.boards[:1], "the failed board is not offered it again")


def test_a_deleted_rollout_is_gone(world: World) -> None:
    tour, begun = roll(world, 1), roll(world, 1)
    assert world.call("DELETE", f"/rollouts/{tour.id}").status_code == 204
    assert world.call("GET", f"/rollouts/{tour.id}").status_code == 404
    begun.tell("start")
    wait_for(lambda: len(begun.busy()) == 1, "the board is not offered the release")
    assert world.call("DELETE", f"/rollouts/{begun.id}").status_code == 204
    assert begun.busy() == []
    assert world.get("/rollouts", q=f"id=in=({tour.id},{begun.id})")["total"] == 0


def test_an_action_tells_which_rollout_it_is_of(world: World) -> None:
    tour = roll(world, 1)
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the board is not offered the release")
    (action,) = world.get("/actions", q=f"rollout.id=={tour.id}")["content"]
    assert (action["rollout"], action["rolloutName"]) == (tour.id, tour.body()["name"])
    assert action["_links"]["rollout"]["href"] == f"{world.base}/rollouts/{tour.id}"
    member = world.get("/actions", q=f"rollout.name=='{tour.body()['name']}'")
    assert member["total"] == 1


def test_a_new_core_goes_to_a_small_first_group(world: World) -> None:
    set_id = publish(world, "7.1.0", core=b"a new core")
    site, boards = site_of(world, 5)
    for each in boards:
        reports(each, "7.0.0", **{"layer.core": "7.0.0+00000000"})
    boards[3].get()  # heard of last
    body = {
        "name": f"core-{site}",
        "distributionSetId": set_id,
        "targetFilterQuery": f"group=={site}",
    }
    tour = Tour(world, world.call("POST", "/rollouts", json=body).json()["id"], boards)

    first, rest = tour.groups()

    assert (first["name"], first["totalTargets"], rest["totalTargets"]) == ("first", 1, 4)
    assert first["successCondition"]["expression"] == "100"
    assert first["errorCondition"]["expression"] == "0"
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered the release")
    tour.end(tour.busy(), "failure")
    tour.wait_status("paused")
    assert tour.states() == ["error", "scheduled"]


def test_a_core_that_all_boards_run_already_needs_no_first_group(world: World) -> None:
    core = b"a core that is known"
    set_id = publish(world, "7.3.0", core=core, brought="7.2.0")
    version = world.get(f"/distributionsets/{set_id}")["modules"]
    (known,) = [each["version"] for each in version if each["name"] == "core"]
    site, boards = site_of(world, 3)
    for each in boards:
        reports(each, "7.2.0", **{"layer.core": known})
    body = {
        "name": f"same-{site}",
        "distributionSetId": set_id,
        "targetFilterQuery": f"group=={site}",
    }
    made = world.call("POST", "/rollouts", json=body).json()
    assert made["totalGroups"] == 1


def _core_tour(world: World, count: int, given: int = 0, **more: Any) -> Tour:
    """A rollout of a release with a core that none of so many boards runs.

    The last `given` ones are being given it by hand.
    """
    version = f"7.{next(_numbers)}.0"
    set_id = publish(world, version, core=version.encode())
    site, boards = site_of(world, count)
    for each in boards:
        reports(each, "7.0.0", **{"layer.core": "7.0.0+00000000"})
    for each in boards[count - given :]:
        world.call("POST", f"/targets/{each.id}/assignedDS", json={"id": set_id})
    body = {
        "name": f"core-{site}",
        "distributionSetId": set_id,
        "targetFilterQuery": f"group=={site}",
        **more,
    }
    answer = world.call("POST", "/rollouts", json=body)
    assert answer.status_code == 201, answer.text
    return Tour(world, int(answer.json()["id"]), boards)


def test_an_empty_first_group_is_no_small_one(world: World) -> None:
    groups = [{"name": "none", "targetPercentage": 1}, {"name": "all", "targetPercentage": 100}]
    tour = _core_tour(world, 40, groups=groups)
    assert [each["totalTargets"] for each in tour.groups()] == [1, 0, 39]


def test_all_of_an_operators_own_small_first_group_must_succeed(world: World) -> None:
    groups = [{"name": "mine", "targetPercentage": 25}, {"name": "all", "targetPercentage": 100}]
    lax: dict[str, Any] = {"successCondition": _threshold(0), "errorCondition": _threshold(100)}
    tour = _core_tour(world, 4, groups=groups, **lax)
    mine, others = tour.groups()
    assert (mine["name"], mine["totalTargets"], others["totalTargets"]) == ("mine", 1, 3)
    assert [mine[f"{each}Condition"]["expression"] for each in ("success", "error")] == ["100", "0"]
    assert others["successCondition"]["expression"] == "0"


@pytest.mark.parametrize("event", ["canceled", "held", "deleted"])
def test_a_new_core_goes_no_further_without_a_success(world: World, event: str) -> None:
    tour = _core_tour(world, 3)
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the first board is not offered the release")
    (first,) = tour.busy()
    if event == "deleted":
        world.call("DELETE", f"/targets/{first.id}")
        tour.boards.remove(first)
    else:
        (action,) = world.get(f"/targets/{first.id}/actions")["content"]
        if event == "canceled":
            world.cancel(first, action["id"])
        else:
            call(world, "PUT", f"/holds/board:{first.id}")
        first.report_cancel(action["id"], "closed", "success")

    tour.wait_status("paused")

    assert tour.body()["statusReason"] == "first: 0 of 1 succeeded, all must"
    assert tour.busy() == []
    tour.tell("resume")
    wait_for(lambda: len(tour.busy()) == 2, "an operator can't let it go on")


def test_a_deleted_board_keeps_no_rollout_open(world: World) -> None:
    tour = roll(world, 2, amountGroups=2)
    tour.tell("start")
    wait_for(lambda: len(tour.busy()) == 1, "the first group is not offered the release")
    world.call("DELETE", f"/targets/{tour.boards.pop(0).id}")
    wait_for(lambda: len(tour.busy()) == 1, "the second group is not offered the release")
    tour.end(tour.boards)
    tour.wait_status("finished")
    assert tour.counts() == {"finished": 1}


def test_a_board_that_is_being_given_a_new_core_by_hand_has_not_proved_it(world: World) -> None:
    groups = [
        {"name": "mine", "targetPercentage": 50, "targetFilterQuery": "updatestatus==pending"},
        {"name": "all", "targetPercentage": 100},
    ]
    own = _core_tour(world, 3, given=1, groups=groups)
    own.tell("start")
    own.wait_status("paused")
    assert own.body()["statusReason"] == "mine: 0 of 1 succeeded, all must"
    assert own.busy() == own.boards[2:]

    usual = _core_tour(world, 3, given=1)
    usual.tell("start")
    wait_for(lambda: len(usual.busy()) == 2, "the first group is not offered the release")
    usual.end([each for each in usual.busy() if each is not usual.boards[2]])
    wait_for(lambda: len(usual.busy()) == 2, "the others are not offered the release")
