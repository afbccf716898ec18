"""Something comes in: a customer stores, a courier delivers."""

import os

from locker import codes, keeper, ledger
from locker.desk import AwayError, BackError


async def store(desk):
    """A free door opens, the customer sets a code, and closes it. AwayError, BackError."""
    number = await desk.open_free("size", always_ask=False)
    try:
        code = await desk.ask_new_code()
    except BackError:
        await _give_back(desk, number)
        raise
    except AwayError:  # whoever looks for lost things will ask
        desk.note("left", number)
        await desk.save()
        raise
    digest = await desk.digest("%d:%s" % (number, code))
    desk.kept.put(number, ledger.STORED, digest, keeper.now())
    desk.note("stored", number)
    await desk.save()
    if await desk.until_closed(number, "door_put") is not False:
        await desk.say("stored", number)


async def deliver(desk):
    """A courier brings parcels, one after the other. AwayError, BackError."""
    while True:
        number = await desk.open_free("courier", always_ask=True)
        if await desk.until_closed(number, "door_put"):
            await _take_in(desk, number)


async def _take_in(desk, number):
    """Make a pickup code for the parcel behind this door, and show it. AwayError."""
    code = codes.pickup_code(os.urandom(codes.PICKUP_BYTES))
    while await desk.who(code):
        code = codes.pickup_code(os.urandom(codes.PICKUP_BYTES))
    digest = await desk.digest(code)
    desk.kept.put(number, ledger.PARCEL, digest, keeper.now(), code.encode(), os.urandom(4))
    desk.note("parcel", number)
    await desk.save()
    desk.cabinet.has_mail = True
    desk.drop_keys()
    desk.show("pickup_code", number, code[:4] + " " + code[4:], secret=True)
    if await desk.key() == "*":
        desk.kept.put(number, ledger.FREE)
        desk.note("taken_back", number)
        await desk.save()
        await _give_back(desk, number)


async def _give_back(desk, number):
    """Nothing is stored: whoever put something in may take it out again."""
    if desk.doors.door(number).is_open() or await desk.open(number):
        await desk.until_closed(number, "door_take")
