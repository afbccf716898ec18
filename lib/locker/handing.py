"""Something goes out: a customer comes back with door number and code, or with a pickup code."""

from locker import ledger


async def fetch(desk):
    """Ask for door and code, and hand out what is stored. AwayError, BackError."""
    number = await desk.ask_number()

    async def fits(code):
        digest = await desk.digest("%d:%s" % (number, code))
        return number if desk.kept.holds(number, ledger.STORED, digest) else 0

    await desk.prove(fits)
    await hand_out(desk, number, "fetched")


async def hand_out(desk, number, kind):
    """Open a door; it is free when it has been closed again. `kind` of event. AwayError."""
    while await desk.open(number):
        # A door whose sensor has died meanwhile stays taken: its code opens it again.
        if await desk.until_closed(number, "door_take") is None:
            return
        if desk.kept.state(number) != ledger.FREE:
            desk.kept.put(number, ledger.FREE)
            desk.note(kind, number)
            await desk.save()
        if await desk.say("fetched") != "#":
            return
        await desk.key()
