"""What a job may do when: the link, the server's offer, and the cabinet."""

from fakes_agent import Agent
from fakes_layers import release
from fakes_link import error_of

from ddi.errors import NonsenseError
from net.errors import LinkError, StatusError
from ota.errors import CanceledError, DamagedError, SupersededError, VisitError
from ota.gate import Gate

HREF = "http://s/deploymentBase/8?c=1"


class Deployment:
    def __init__(self, download, update):
        self.download, self.update = download, update


class Ddi:
    """`answers`: what each question for the deployment gives."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def deployment(self, href):
        self.asked.append(href)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _gate(due=False, polls=(HREF,)):
    agent = Agent(spool_bytes=64)
    agent.due, agent.polls = due, list(polls)
    return Gate(agent, HREF, release()), agent


class Step:
    """A step over the link that raises these errors first."""

    def __init__(self, *errors):
        self.errors, self.calls = list(errors), []

    async def run(self, *args):
        self.calls.append(args)
        if self.errors:
            raise self.errors.pop(0)
        return "done"


async def test_step_gives_what_it_gives():
    gate, agent = _gate()
    step = Step()
    assert await gate.insist(step.run, 1, 2) == "done"
    assert step.calls == [(1, 2)]
    assert agent.events == ["online", "link holds"]


async def test_step_is_done_again_until_the_link_holds():
    gate, agent = _gate()
    step = Step(LinkError("a"), LinkError("b"))
    assert await gate.insist(step.run, 1) == "done"
    assert step.calls == [(1,)] * 3
    assert [event for event in agent.events if event == 5] == [5, 5]
    assert agent.told == []


async def test_servers_own_faults_are_told_to_it():
    gate, agent = _gate()
    await gate.insist(Step(StatusError(500, "artifact"), NonsenseError("wrong range")).run)
    assert agent.told == [
        ("proceeding", ["waiting: artifact: status 500"]),
        ("proceeding", ["waiting: wrong range"]),
    ]


async def test_release_that_is_no_longer_offered_is_given_up_between_two_tries():
    for href in (None, "http://s/deploymentBase/9?c=1"):
        gate, _ = _gate(due=True, polls=(href,))
        step = Step(LinkError("a"), LinkError("b"))
        await error_of(SupersededError, gate.insist(step.run))
        assert len(step.calls) == 1


async def test_cancel_ends_the_waiting():
    gate, _ = _gate(due=True, polls=(CanceledError(),))
    await error_of(CanceledError, gate.wait(lambda: "door 1 is open"))


async def test_other_errors_of_a_step_go_through():
    gate, _ = _gate()
    await error_of(DamagedError, gate.insist(Step(DamagedError("x")).run))


async def test_poll_that_fails_is_tried_again():
    gate, agent = _gate(due=True, polls=(LinkError("a"), StatusError(503, "poll"), HREF))
    await gate.wait(lambda: None)
    assert agent.events.count("poll") == 3
    assert agent.events.count(5) == 2


async def test_no_poll_before_it_is_due():
    gate, agent = _gate()
    await gate.wait(lambda: None)
    assert "poll" not in agent.events


async def test_waiting_is_told_once_and_ends_with_its_reason():
    gate, agent = _gate(due=True)
    reasons = ["door 1 is open", "door 1 is open", "key pressed 3 s ago", None]
    await gate.wait(lambda: reasons.pop(0))
    assert reasons == []
    assert agent.told == [("scheduled", ["waiting: door 1 is open"])]
    assert agent.events.count(1) == 3
    assert agent.events.count("poll") == 4


async def test_visitor_ends_the_job_that_waits():
    gate, agent = _gate()
    agent.visited = True
    agent.cabinet.blockers = ["session"]
    await error_of(VisitError, gate.wait(gate.fetch_blocker))
    assert agent.told == []


async def test_release_is_asked_about_before_anybody_is_waited_for():
    gate, _ = _gate(due=True, polls=(None,))
    await error_of(SupersededError, gate.wait(lambda: None))


async def test_link_that_has_changed_is_read_anew():
    new = "http://s/deploymentBase/8?c=2"
    gate, agent = _gate(due=True, polls=(new,))
    agent.ddi = Ddi(Deployment("forced", "skip"))
    for _ in range(3):
        await gate.wait(lambda: None)
    assert agent.ddi.asked == [new]
    assert (gate.release.download, gate.release.update) == ("forced", "skip")
    assert gate.fetch_blocker() is None
    assert gate.switch_blocker() == "the server wants no switch now"


async def test_link_that_could_not_be_read_is_read_again():
    new = "http://s/deploymentBase/8?c=2"
    gate, agent = _gate(due=True, polls=(new,))
    agent.ddi = Ddi(LinkError("a"), Deployment("skip", "forced"))
    await gate.wait(lambda: None)
    assert agent.ddi.asked == [new, new]
    assert gate.release.download == "skip"


async def test_cabinet_that_is_not_idle_blocks_fetching_and_switching():
    gate, agent = _gate()
    agent.cabinet.blockers = ["session", "unlocking"]
    assert gate.fetch_blocker() == "session"
    assert gate.switch_blocker() == "unlocking"
    assert gate.fetch_blocker() is None
    assert gate.switch_blocker() is None


async def test_server_may_want_no_download_or_no_switch():
    gate, _ = _gate()
    for download, update, blocked in (
        ("skip", "forced", (True, False)),
        ("forced", "skip", (False, True)),
        ("attempt", "attempt", (False, False)),
    ):
        gate.release.download, gate.release.update = download, update
        assert (bool(gate.fetch_blocker()), bool(gate.switch_blocker())) == blocked


async def test_young_slot_keeps_its_way_back():
    gate, agent = _gate()
    assert gate.young() is None
    agent.is_healthy = False
    assert gate.young() == "slot 0 runs for less than 3600 s"
