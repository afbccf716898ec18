"""From a signed manifest to a release: form, board, age."""

import json
from binascii import unhexlify

import fakes_flash as flash
import fakes_slot
import shared_vectors
from fakes_agent import Agent

from ddi.errors import NonsenseError
from ota.errors import ReleaseError
from ota.offer import accept

CORE_HASH = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"


class Deployment:
    download, update = "attempt", "skip"

    def __init__(self, missing=None):
        self.missing = missing

    def artifact(self, part, file):
        assert part == "layer"
        if file == self.missing:
            raise NonsenseError
        return "http://s/" + file[:-4], 5


def _good():
    return unhexlify(next(shared_vectors.of("manifest.json"))["hex"])


def _agent(change=None, raw=None):
    """An agent that is offered the first shared manifest, after `change(fields)`."""
    if raw is None:
        raw = _good()
    if change:
        fields = json.loads(raw)
        change(fields)
        raw = json.dumps(fields).encode()
    agent = Agent(spool_bytes=64)
    agent.raw = raw
    # What runs: sequence 1, and a core that is not the offered one.
    fakes_slot.install(0, (), sequence=1, committed=0)
    flash.put("ota_0", 0, b"\xe9\x00" + bytes(21) + b"\x01" + bytes(8) + b"o" * 32)
    return agent


def _accepted(agent, missing=None):
    return accept(agent, Deployment(missing), agent.raw)


def _refused(agent):
    try:
        _accepted(agent)
    except ReleaseError:
        return
    raise AssertionError("it was accepted")


def test_release_is_accepted_with_where_to_fetch_it():
    agent = _agent()
    release = _accepted(agent)
    assert (release.version, release.sequence) == ("1.1.0", 2)
    assert [layer.href for layer in release.layers] == [
        "http://s/core",
        "http://s/app",
        "http://s/assets",
    ]
    assert (release.download, release.update) == ("attempt", "skip")
    assert flash.Chip.changes == []


def test_deployment_without_a_layer_is_nonsense():
    try:
        _accepted(_agent(), "app.bin")
    except NonsenseError:
        return
    raise AssertionError("it was accepted")


def test_release_for_another_board_is_refused():
    agent = _agent(lambda fields: fields.update(boards={"oled": [1]}))
    _refused(agent)
    agent = _agent(lambda fields: fields.update(boards={"bench": [2]}))
    _refused(agent)


def test_release_older_than_what_was_ever_committed_is_refused():
    agent = _agent()
    agent.record.put(top=3)
    _refused(agent)
    # The record is lost, and the headers tell.
    for slot in (0, 1):
        agent = _agent()
        fakes_slot.install(slot, (), sequence=3, committed=0)
        _refused(agent)


def test_power_cut_in_the_committed_word_leaves_it_committed():
    agent = _agent()
    fakes_slot.install(1, (), sequence=3, committed=0xFFFF0000)
    _refused(agent)


def test_slot_that_was_never_committed_does_not_make_others_old():
    agent = _agent()
    fakes_slot.install(1, (), sequence=3)
    assert _accepted(agent)


def test_release_that_runs_already_is_a_success():
    agent = _agent()
    fakes_slot.install(0, (), sequence=2, committed=0, manifest=_good())
    agent.boot.release.sequence = 2
    assert _accepted(agent) is None
    assert agent.record.get("result") == ["success", "1.1.0 runs already"]


def test_other_release_of_the_running_sequence_is_refused():
    agent = _agent(lambda fields: fields.update(version="1.1.1"))
    fakes_slot.install(0, (), sequence=2, committed=0, manifest=_good())
    agent.boot.release.sequence = 2
    _refused(agent)
    assert agent.record.get("result") is None


def test_bytecode_must_be_that_of_the_core_that_stays():
    def later(fields):
        fields["bytecode"] = 7

    # It brings its own core.
    assert _accepted(_agent(later))
    agent = _agent(later)
    flash.put("ota_0", 32, unhexlify(CORE_HASH))
    _refused(agent)
    agent = _agent()
    flash.put("ota_0", 32, unhexlify(CORE_HASH))
    assert _accepted(agent)
