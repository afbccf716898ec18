"""Something comes in: a customer stores, a courier delivers."""

import os

from locker import codes, keeper, ledger
from locker.desk import AwayError, BackError


async def store(desk):
    """A free door opens, the customer sets a code, and closes it. AwayError, BackError."""
    number = await desk.open_free("size", always_ask=False)
    try:
        code = await desk.ask_new_code()
        digest = await desk.digest("%d:%s" % (number, code))
        desk.kept.put(number, ledger.STORED, digest, keeper.now())
        desk.note("stored", number)
        await desk.save()
    except BackError:
        if await _opens(desk, number):
            await desk.until_closed(number, "door_take")
        else:
            await _leave(desk, number)
        raise
    except (AwayError, MemoryError, OSError):
        await _leave(desk, number)
        raise
    if await desk.until_closed(number, "door_put") is not False:
        await desk.say("stored", number)


async def deliver(desk):
    """A courier brings parcels, one after the other. AwayError, BackError."""
    while True:
        number = await desk.open_free("courier", always_ask=True)
        if await desk.until_closed(number, "door_put") is False:
            await _leave(desk, number)
            await desk.say("not_closed", number)
        else:
            code = await _take_in(desk, number)
            await _hand_over(desk, number, code)


async def _take_in(desk, number):
    """The pickup code for the parcel behind this door."""
    try:
        code = codes.pickup_code(os.urandom(codes.PICKUP_BYTES))
        while await desk.who(code):
            code = codes.pickup_code(os.urandom(codes.PICKUP_BYTES))
        digest = await desk.digest(code)
        desk.kept.put(number, ledger.PARCEL, digest, keeper.now(), code.encode(), os.urandom(4))
        desk.note("parcel", number)
        await desk.save()
    except (MemoryError, OSError):
        await _leave(desk, number, ledger.LOST)
        raise
    desk.cabinet.has_mail = True
    return code


async def _hand_over(desk, number, code):
    """Show the pickup code, until the courier is done or has the parcel back. AwayError."""
    while True:
        key = await desk.read("pickup_code", number, code[:4] + " " + code[4:], secret=True)
        if key != "*":
            return
        if await _opens(desk, number):
            break
    desk.kept.put(number, ledger.FREE)
    desk.note("taken_back", number)
    await desk.save()
    await desk.until_closed(number, "door_take")


async def _opens(desk, number):
    """Whether a door is open, or opens: whoever put something in may take it out again."""
    return desk.doors.door(number).is_open() or await desk.open(number)


async def _leave(desk, number, state=ledger.FREE):
    """No code is for what may lie behind this door: whoever looks for lost things will ask."""
    desk.kept.put(number, state)
    desk.note("left", number)
    await desk.save()
