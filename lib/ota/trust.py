"""What a board believes: metadata that the owner of the keys signed, and nobody's word.

Neither the code that verifies it nor a TLS connection fits the heap beside the other: so what is
signed is looked at (ota.proof), the file that is missing is fetched, and so on until all is there.

The time decides only whether metadata has expired. It is the Date of the server's last answer, but
never earlier than the newest time at which all metadata was found good. Whoever controls that
header (or the link, without TLS) can still
- turn the clock back, as far as to that time: metadata that expired after it goes on being
  believed, so a board can be kept on what was on offer then. Versions never go back, whatever the
  clock says.
- turn it forward: all seems expired, and the board stays as it is until the header is right
  again. What is remembered can't run away: it is bounded by the expiry of what was signed. Whoever
  has the online keys too signs what lasts until targets expire, and can have it remembered that it
  is almost then: so a time counts only as long as the keys that proved it.
"""

import asyncio
import json

from micropython import const

from net.date import seconds
from net.errors import StatusError
from ota.errors import LapsedError, ReleaseError, SpoiltError, UntrustedError
from ota.layout import MANIFEST_BYTES
from store.modules import drop, keep, load

_HOUR_S = const(3600)
_LOOKS = const(64)  # a board that missed more roots goes on at the next poll


async def manifest(agent, deployment):
    """The bytes of the manifest that a Deployment names, as they were signed. See `listed`.

    What was spoilt is asked for again, as often as a block: a bit that flips on the way ends no
    action. ReleaseError: no header has room for it. NonsenseError: the deployment has none.
    """
    told_s = seconds(agent.http.date)
    left = agent.setting("tries")
    while True:
        try:
            return await _manifest(agent, deployment, told_s)
        except SpoiltError as error:
            print("trust:", error)
            left -= 1
            if left <= 0:
                raise UntrustedError(str(error)) from None


async def _manifest(agent, deployment, told_s):
    entry = await listed(agent, "%s/%s/manifest.json" % deployment.release, told_s)
    href, size = deployment.artifact("manifest", "manifest.json")
    length = entry["length"]
    if not 0 < length <= MANIFEST_BYTES:
        raise ReleaseError("manifest: %d bytes" % length)
    if size != length:
        raise UntrustedError("manifest: %s bytes, %d are signed" % (size, length))
    await agent.ddi.get_range(href, 0, length, None)
    agent.http.close()
    raw = agent.spool.bytes()
    try:
        load("tuf.hashes").check("manifest", raw, entry)
    except load("tuf.errors").MismatchError as error:
        raise SpoiltError(str(error)) from None
    return raw


async def listed(agent, target, told_s):
    """What trusted metadata says of `target`: a dict with "length" and "hashes".

    `told_s` is the time as the server tells it, None: it does not. LapsedError, SpoiltError,
    UntrustedError: see ota.proof. LinkError.
    """
    if "tuf" not in agent.boot.board:
        raise UntrustedError("this board was made to trust nobody")
    if told_s is None:
        raise LapsedError("the server tells no time")
    answers = {}
    for _ in range(_LOOKS):
        agent.hang_up()
        await agent.give_way()  # nothing on the stack holds that code then
        size = await load("ota.proof").look(agent, target, told_s, answers)
        entry, time, wanted = await _settled(agent, size)
        if wanted is None:
            _remember(agent.record, time)
            return entry
        # All but the timestamp was taken over to `data`.
        for path in [each for each in answers if answers[each] and each != "timestamp.json"]:
            del answers[path]
        answers[wanted[0]] = await _fetch(agent, *wanted)
    raise LapsedError("%d files of the repository were not the last" % _LOOKS)


async def _settled(agent, size):
    """What a look has left in the spool, once its code is gone and the heap is what it was.

    A chip's heap grows for a look by memory that the network needs. It gives that back when nothing
    lies there any more: so what is kept is made anew, and whatever the stack holds has to go.
    """
    await asyncio.sleep_ms(0)
    keep("tuf")
    agent.memo = {name: bytes(bytearray(proof)) for name, proof in agent.memo.items()}
    await agent.stand_by()
    drop("ota", "proof")
    return json.loads(memoryview(agent.spool.memory)[:size])


def _remember(record, time):
    """All that is in use is good at this `time`. An hour's steps spare the flash."""
    before = record.get("time")
    if not before or before[1] != time[1] or time[0] >= before[0] + _HOUR_S:
        record.put(time=time)


async def _fetch(agent, path, size):
    """The file at `path` below the repository's URL, `size` bytes at most; None: it has none."""
    http = agent.http
    status, _ = await http.request("GET", "%s/%s" % (agent.boot.board["tuf"], path))
    if status in (403, 404):
        return None
    if status != 200:
        raise StatusError(status, "repository")
    view = memoryview(agent.spool.memory)[:size]
    length = 0
    while length < size:
        part = await http.piece(size - length)
        if not part:
            break
        view[length : length + len(part)] = part
        length += len(part)
    http.close()  # a copy has room then
    return bytes(view[:length])
