"""From an offer to a release: the signed bytes, then form, board, age."""

import json
from binascii import hexlify, unhexlify
from hashlib import sha256

import fakes_flash as flash
import fakes_slot
import shared_vectors
from fakes_agent import Agent
from fakes_link import error_of

from ddi.errors import NonsenseError
from ota.errors import ReleaseError, UntrustedError
from ota.offer import accept

CORE_HASH = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d"


class Deployment:
    download, update = "attempt", "skip"

    def __init__(self, size):
        self.files = {("manifest", "manifest.json"): ("http://s/m", size)}
        for name in ("core", "app", "assets"):
            self.files["layer", name + ".bin"] = ("http://s/" + name, 5)


class Ddi:
    """Offers one manifest."""

    def __init__(self, agent, raw):
        self._spool, self._raw = agent.spool, raw
        self.answer = Deployment(len(raw))
        self.ranges = []

    async def get_range(self, href, start, length, etag):
        self.ranges.append((href, start, length, etag))
        raw = self._raw[start : start + length]

        class Http:
            parts = [raw, b""]  # noqa: RUF012

            async def piece(self, _most):
                return self.parts.pop(0)

        await self._spool.fill(Http())


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
    agent = Agent(spool_bytes=3584)
    agent.ddi = Ddi(agent, raw)
    digest = str(hexlify(sha256(raw).digest()), "ascii")
    agent.entry = {"length": len(raw), "hashes": {"sha256": digest}}
    # What runs: sequence 1, and a core that is not the offered one.
    fakes_slot.install(0, (), sequence=1, committed=0)
    flash.put("ota_0", 0, b"\xe9\x00" + bytes(21) + b"\x01" + bytes(8) + b"o" * 32)
    return agent


async def _accepted(agent):
    return await accept(agent, agent.ddi.answer, agent.entry)


async def test_release_is_accepted_with_where_to_fetch_it():
    agent = _agent()
    release = await _accepted(agent)
    assert (release.version, release.sequence) == ("1.1.0", 2)
    assert [layer.href for layer in release.layers] == [
        "http://s/core",
        "http://s/app",
        "http://s/assets",
    ]
    assert (release.download, release.update) == ("attempt", "skip")
    assert agent.ddi.ranges == [("http://s/m", 0, len(release.raw), None)]
    assert flash.Chip.changes == []


async def test_manifest_of_another_size_than_the_signed_one_is_not_fetched():
    for size in (0, -1, 100, 3585, None, "100", 1.5):
        agent = _agent()
        agent.ddi.answer.files["manifest", "manifest.json"] = "http://s/m", size
        await error_of(UntrustedError, _accepted(agent))
        assert agent.ddi.ranges == []


async def test_manifest_that_no_header_has_room_for_is_not_fetched():
    for length in (0, 3585):
        agent = _agent()
        agent.entry["length"] = length
        await error_of(ReleaseError, _accepted(agent))
        assert agent.ddi.ranges == []


async def test_manifest_with_other_bytes_than_the_signed_ones_is_refused():
    agent = _agent()
    agent.entry["hashes"] = {"sha256": "0" * 64}
    assert "hash" in str(await error_of(UntrustedError, _accepted(agent)))


async def test_deployment_without_an_artifact_is_nonsense():
    for missing in (("manifest", "manifest.json"), ("layer", "app.bin")):
        agent = _agent()
        del agent.ddi.answer.files[missing]
        await error_of(NonsenseError, _accepted(agent))


async def test_release_for_another_board_is_refused():
    agent = _agent(lambda fields: fields.update(boards={"oled": [1]}))
    await error_of(ReleaseError, _accepted(agent))
    agent = _agent(lambda fields: fields.update(boards={"bench": [2]}))
    await error_of(ReleaseError, _accepted(agent))


async def test_release_older_than_what_was_ever_committed_is_refused():
    agent = _agent()
    agent.record.put(top=3)
    await error_of(ReleaseError, _accepted(agent))
    # The record is lost, and the headers tell.
    for slot in (0, 1):
        agent = _agent()
        fakes_slot.install(slot, (), sequence=3, committed=0)
        await error_of(ReleaseError, _accepted(agent))


async def test_power_cut_in_the_committed_word_leaves_it_committed():
    agent = _agent()
    fakes_slot.install(1, (), sequence=3, committed=0xFFFF0000)
    await error_of(ReleaseError, _accepted(agent))


async def test_slot_that_was_never_committed_does_not_make_others_old():
    agent = _agent()
    fakes_slot.install(1, (), sequence=3)
    assert await _accepted(agent)


async def test_release_that_runs_already_is_a_success():
    agent = _agent()
    fakes_slot.install(0, (), sequence=2, committed=0, manifest=_good())
    agent.boot.release.sequence = 2
    assert await _accepted(agent) is None
    assert agent.record.get("result") == ["success", "1.1.0 runs already"]


async def test_other_release_of_the_running_sequence_is_refused():
    agent = _agent(lambda fields: fields.update(version="1.1.1"))
    fakes_slot.install(0, (), sequence=2, committed=0, manifest=_good())
    agent.boot.release.sequence = 2
    await error_of(ReleaseError, _accepted(agent))
    assert agent.record.get("result") is None


async def test_bytecode_must_be_that_of_the_core_that_stays():
    def later(fields):
        fields["bytecode"] = 7

    # It brings its own core.
    assert await _accepted(_agent(later))
    agent = _agent(later)
    flash.put("ota_0", 32, unhexlify(CORE_HASH))
    await error_of(ReleaseError, _accepted(agent))
    agent = _agent()
    flash.put("ota_0", 32, unhexlify(CORE_HASH))
    assert await _accepted(agent)
