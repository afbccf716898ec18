"""A session: who is there, and what do they want?"""

from locker.desk import COURIER, SERVICE, AwayError, BackError, Desk


async def run(cabinet):
    """One session, from the key that was pressed to the last screen."""
    try:
        desk = Desk(cabinet)
    except (OSError, ValueError) as error:
        print("session:", error)
        cabinet.flaw = str(error)
        return
    try:
        if cabinet.setting("mode", "storage") == "delivery":
            await _delivery(desk)
        else:
            await _storage(desk)
    except (AwayError, BackError):
        return
    except OSError as error:  # the flash, or the file system of `data`
        print("session:", error)
        await desk.say("result_failed", error)
    except MemoryError as error:
        print("session:", error)
        await desk.say("result_failed", "")
    finally:
        cabinet.ledger = None


async def _storage(desk):
    key = await desk.key()
    if key in "A1":
        from locker import storing

        await storing.store(desk)
    elif key in "B2":
        from locker import handing

        await handing.fetch(desk)
    elif key == "#":
        await _serve(desk, await desk.prove(desk.who))


async def _delivery(desk):
    key = await desk.key()
    await _serve(desk, await desk.prove(desk.who, key if key.isdigit() else ""))


async def _serve(desk, who):
    if who == SERVICE:
        from locker import service

        await service.run(desk)
    elif who == COURIER:
        from locker import storing

        await storing.deliver(desk)
    else:
        from locker import handing

        await handing.hand_out(desk, who, "picked_up")
