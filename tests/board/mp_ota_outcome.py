"""How a switch has ended, seen after a reset; errors and cancels, seen before one."""

from fakes_agent import Agent
from fakes_disk import Disk
from fakes_link import error_of

from ddi.errors import GoneError
from net.errors import LinkError
from ota.begin import after_reset
from ota.cancel import answer as answer_cancel
from ota.errors import CanceledError, ReleaseError, SupersededError
from ota.outcome import settle
from ota.precheck import is_done
from ota.reach import server_answers


class Ddi:
    """`polls`: errors that polls raise first; `refuses`: what a feedback raises."""

    def __init__(self, *polls):
        self.polls, self.refuses, self.told = list(polls), None, []

    async def poll(self):
        if self.polls:
            raise self.polls.pop(0)
        return 5, {}

    async def feedback(self, *args):
        if self.refuses:
            raise self.refuses
        self.told.append(args)


async def _returned(cause, note="", running=0, polls=(), **fields):
    """The record after a reset into slot `running`, when slot 1 was to be activated."""
    agent = Agent(running, spool_bytes=64)
    agent.ddi = Ddi(*polls)
    agent.boot.cause, agent.boot.note = cause, note
    record = {"phase": "activating", "slot": 1, "trials": 1, "version": "1.1.0"}
    record.update(fields)
    agent.record.put(**record)
    await after_reset(agent)
    return agent.record


async def test_trial_that_failed_a_check_counts_against_the_release():
    record = await _returned("failed", "check relays: relay 2 reads on", phase="trial")
    assert record.get("result") == ["failure", "reverted: failed: check relays: relay 2 reads on"]
    record = await _returned("power", phase="trial", why="check relays: relay 2 reads on")
    assert record.get("result") == ["failure", "reverted: check relays: relay 2 reads on"]


async def test_trial_that_the_watchdog_ended_counts_against_the_release():
    record = await _returned("watchdog", "check heap", phase="trial")
    assert record.get("result") == ["failure", "reverted: watchdog: check heap"]
    record = await _returned("panic", "")
    assert record.get("result") == ["failure", "reverted: panic"]


async def test_core_that_did_not_start_counts_against_the_release():
    record = await _returned("restart", "activating 1.1.0")
    assert record.get("result") == [
        "failure",
        "reverted: the bootloader did not start the new core",
    ]


async def test_power_cut_does_not_count_until_the_third_time():
    for trials, phase in ((1, "idle"), (2, "idle"), (3, "done")):
        record = await _returned("power", trials=trials)
        assert record.get("phase") == phase, trials
        assert record.get("trials") == trials
    assert record.get("result") == ["failure", "reverted: 3 trials: power was cut"]


async def test_trial_without_a_server_counts_when_the_old_slot_reaches_it():
    record = await _returned("failed", why="no server", polls=[LinkError("x"), LinkError("y")])
    assert record.get("result") == ["failure", "reverted: no server"]


async def test_network_that_was_away_for_both_slots_does_not_count_until_the_third_time():
    for trials, phase in ((1, "idle"), (3, "done")):
        away = [LinkError("x")] * 100
        record = await _returned("failed", why="no server", trials=trials, polls=away)
        assert record.get("phase") == phase, trials
    assert record.get("result") == ["failure", "reverted: 3 trials: no server"]


async def test_reason_of_one_trial_does_not_count_for_the_next():
    record = await _returned("failed", why="no server", polls=[LinkError("x")] * 100)
    assert (record.get("phase"), record.get("why")) == ("idle", None)


async def test_power_cut_behind_the_commit_is_a_success():
    record = await _returned("power", running=1, phase="trial")
    assert record.get("result") == ["success", "committed 1.1.0 in slot 1"]


async def test_reset_without_an_update_in_work_leaves_the_record_as_it_is():
    for phase in ("idle", "done", None):
        record = await _returned("watchdog", phase=phase)
        assert record.get("phase") == phase
        assert record.get("result") is None


async def test_highest_sequence_only_grows():
    for top, sequence, wanted in ((0, 4, 4), (7, 4, 7), (4, 7, 7)):
        agent = Agent(spool_bytes=64)
        agent.boot.release.sequence = sequence
        agent.record.put(top=top)
        await after_reset(agent)
        assert agent.record.get("top") == wanted


class Deliverer(Agent):
    delivered = 0

    async def deliver(self):
        self.delivered += 1


async def test_error_of_the_release_closes_the_action():
    agent = Deliverer()
    await settle(agent, ReleaseError("older"))
    assert agent.record.get("result") == ["failure", "ReleaseError: older"]
    assert agent.delivered == 1


async def test_error_of_the_board_is_told_and_leaves_the_action_open():
    agent = Deliverer()
    await settle(agent, MemoryError())
    assert agent.told[0][0] == "proceeding"
    assert agent.told[0][1][0].startswith("waiting: MemoryError")
    await settle(agent, SupersededError())
    assert (len(agent.told), agent.delivered, agent.record.fields) == (1, 0, {})


async def test_error_of_the_link_goes_on_to_who_waits_for_it():
    agent = Deliverer()
    await error_of(LinkError, settle(agent, LinkError("x")))
    assert (agent.told, agent.delivered) == ([], 0)


HREF = "http://s/DEFAULT/controller/v1/b/cancelAction/8"


async def test_cancel_of_the_action_in_work_is_accepted_and_ends_it():
    Disk()
    agent = Agent(spool_bytes=64)
    agent.ddi = Ddi()
    agent.record.put(action="8", phase="idle")
    await error_of(CanceledError, answer_cancel(agent, HREF))
    assert agent.ddi.told == [("8", "closed", "success", ["canceled"], "cancelAction")]
    assert agent.record.get("action") is None


async def test_cancel_of_another_action_is_accepted_and_disturbs_nothing():
    agent = Agent(spool_bytes=64)
    agent.ddi = Ddi()
    agent.record.put(action="9", phase="idle")
    await answer_cancel(agent, HREF)
    assert agent.ddi.told[0][0] == "8"
    assert agent.record.get("action") == "9"


async def test_cancel_that_the_server_has_forgotten_ends_the_action_all_the_same():
    Disk()
    agent = Agent(spool_bytes=64)
    agent.ddi = Ddi()
    agent.ddi.refuses = GoneError(404, "feedback")
    agent.record.put(action="8")
    await error_of(CanceledError, answer_cancel(agent, HREF))


def test_server_that_has_lost_the_result_of_an_action_is_told_it_again():
    kept = Agent(spool_bytes=64).record
    kept.put(action="7", phase="done", offered="1.1.0", result=["success"], delivered=True)
    assert is_done(kept, "1.1.0")
    assert (kept.get("delivered"), kept.get("result")) == (False, ["success"])


def test_action_that_has_the_id_of_an_old_one_is_not_answered_with_its_result():
    kept = Agent(spool_bytes=64).record
    kept.put(action="7", phase="done", offered="1.1.0", result=["success"], delivered=True)
    assert not is_done(kept, "1.2.0")
    assert (kept.get("phase"), kept.get("result")) == ("idle", None)
    assert kept.get("offered") == "1.2.0"


async def test_server_is_not_reached_when_there_is_no_memory_for_it():
    agent = Agent(spool_bytes=64)
    agent.ddi = Ddi(MemoryError("memory allocation failed"), OSError(5))
    assert not await server_answers(agent, "trial")
    assert not await server_answers(agent, "trial")
    assert await server_answers(agent, "trial")
