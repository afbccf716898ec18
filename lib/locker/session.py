"""A session: who is there, and what do they want?"""

from locker import handing, storing
from locker.desk import COURIER, SERVICE, AwayError, BackError, Desk


async def run(cabinet, errand=None, answer=None):
    """One session, from the key that was pressed to the last screen.

    Returns None, or the visit that follows: the errand that service sends the update agent on. With
    that and its `answer` service goes on.
    """
    desk = _desk(cabinet)
    try:
        if desk:
            return await _serve(desk, errand, answer)
    except (AwayError, BackError):
        pass
    except (OSError, MemoryError) as error:  # OSError: the flash, or the file system of `data`
        print("session:", error)
        await desk.say("result_failed", "")
    finally:
        cabinet.ledger = None
    return None


def _desk(cabinet):
    """None when there is no ledger to be had. MemoryError."""
    try:
        desk = Desk(cabinet)
        cabinet.flaw = None
        return desk
    except (OSError, ValueError) as error:
        print("session:", error)
        cabinet.flaw = str(error)
        return None


async def _serve(desk, errand, answer):
    if errand:
        return await _service(desk, errand, answer)
    key = await desk.key()
    if desk.cabinet.setting("mode", "storage") == "delivery":
        return await _admit(desk, key if key.isdigit() else "")
    if key in "A1":
        await storing.store(desk)
    elif key in "B2":
        await handing.fetch(desk)
    elif key == "#":
        return await _admit(desk, "")
    return None


async def _admit(desk, text):
    """Whoever has a code. Its first digits may be typed already."""
    who = await desk.prove(desk.who, text)
    if who == SERVICE:
        return await _service(desk)
    if who == COURIER:
        await storing.deliver(desk)
    else:
        await handing.hand_out(desk, who, "picked_up")
    return None


def _service(*args):
    from locker import service

    return service.run(*args)
