"""What a job makes sure of before it begins: loaded for that, and dropped."""

from ota import record
from ota.errors import ReleaseError

_FORGET = "settling the slots"
_CHOSEN = "choosing the running slot"


def is_done(kept, offered):
    """Whether the server has but lost the result of this action: it is to be told again.

    One that was restored from a backup, or replaced, may give the id of an action that is over to
    another one.
    """
    if kept.get("phase") != record.DONE:
        kept.put(offered=offered)
    elif kept.get("offered") == offered:
        kept.put(delivered=False)
        return True
    else:
        kept.put(offered=offered, phase=record.IDLE, trials=0, result=None)
    return False


async def settle(gate):
    """The bootloader must run what it was told to, or the next choice goes wrong."""
    agent = gate.agent
    if agent.slots.settled():
        return
    await gate.wait(agent.cabinet.idle_blocker)  # it takes resets
    if agent.boot.note == _FORGET:
        # It was no trial that failed: a core that was confirmed once has been damaged since.
        agent.slots.choose_running()
        agent.boot.restart(_CHOSEN)
    if agent.boot.note == _CHOSEN:
        raise ReleaseError("the bootloader does not give up the other slot")
    agent.boot.restart(_FORGET)  # the bootloader drops a trial
