"""Hands pickup codes to the server: until it has one, the ledger keeps it in plain text."""

from binascii import hexlify

from micropython import const

from locker import keeper

_1970_TO_2000_S = const(946_684_800)


async def deliver(cabinet, post):
    """Hand over what the server does not know yet.

    `await post(value)` sends one as docs/locker.md says; it raises when the server can't be used
    now, and returns when it has taken the code or does not want any: it stays with the courier.
    """
    while True:
        waiting = keeper.ledger_of(cabinet).mail()
        if waiting is None:
            cabinet.has_mail = False
            return
        door, since, code, ref = waiting
        await post(
            {
                "ref": hexlify(ref).decode(),
                "door": door,
                "size": cabinet.doors.door(door).size,
                "code": code.decode(),
                "at": since + _1970_TO_2000_S if since else None,
            }
        )
        await cabinet.coil_off()
        kept = keeper.ledger_of(cabinet)  # a session may have changed it meanwhile
        if kept.mail() == waiting:
            kept.forget_code(door)
            keeper.save(kept)
