"""Pickup codes on their way to the server."""

from fake_people import Cabinet

from locker import keeper, mail
from locker.ledger import FREE, PARCEL

CODE = b"d" * 16


class LinkError(Exception):
    """As the agent's."""


class Server:
    """Takes codes, unless it is `away`. `got` is what has arrived."""

    def __init__(self):
        self.got = []
        self.away = False

    async def post(self, value):
        self.got.append(value)
        if self.away:
            raise LinkError


def _cabinet(*doors):
    cabinet = Cabinet("SML")
    cabinet.has_mail = True
    for door in doors:
        digits = b"1234567%d" % door
        cabinet.keep(
            lambda kept, door=door, digits=digits: kept.put(
                door, PARCEL, CODE, 800_000_000, digits, b"ref%d" % door
            )
        )
    return cabinet


async def test_each_code_is_handed_over_once():
    cabinet, server = _cabinet(1, 3), Server()
    await mail.deliver(cabinet, server.post)
    assert server.got == [
        {"ref": "72656631", "door": 1, "size": "S", "code": "12345671", "at": 1_746_684_800},
        {"ref": "72656633", "door": 3, "size": "L", "code": "12345673", "at": 1_746_684_800},
    ]
    assert not cabinet.has_mail
    await mail.deliver(cabinet, server.post)
    assert len(server.got) == 2


async def test_code_that_was_handed_over_still_opens_its_door_but_is_nowhere_in_plain():
    cabinet = _cabinet(2)
    await mail.deliver(cabinet, Server().post)
    assert cabinet.kept().find(CODE) == 2
    assert b"12345672" not in cabinet.kept().raw


async def test_code_waits_for_a_server_that_is_away():
    cabinet, server = _cabinet(2), Server()
    server.away = True
    for _ in range(2):
        try:
            await mail.deliver(cabinet, server.post)
            raise AssertionError("delivered")
        except LinkError:
            assert cabinet.has_mail
    assert cabinet.kept().mail() is not None
    server.away = False
    await mail.deliver(cabinet, server.post)
    assert server.got[0] == server.got[1] == server.got[2]


async def test_time_is_unknown_when_the_clock_was_not_set():
    cabinet, server = _cabinet(), Server()
    cabinet.keep(lambda kept: kept.put(1, PARCEL, CODE, 0, b"12345671", b"ref1"))
    await mail.deliver(cabinet, server.post)
    assert server.got[0]["at"] is None


async def test_parcel_that_was_picked_up_meanwhile_stays_so():
    cabinet = _cabinet(1)

    async def slow(_value):
        cabinet.keep(lambda kept: kept.put(1, FREE))

    await mail.deliver(cabinet, slow)
    assert cabinet.states()[0] == FREE


async def test_what_a_session_changes_meanwhile_is_not_lost():
    cabinet = _cabinet(1)

    async def slow(_value):
        cabinet.ledger = keeper.ledger_of(cabinet)
        cabinet.ledger.put(2, PARCEL, CODE)

    await mail.deliver(cabinet, slow)
    assert cabinet.ledger.mail() is None
    keeper.save(cabinet.ledger)
    cabinet.ledger = None
    assert cabinet.states() == [PARCEL, PARCEL, FREE]
    assert cabinet.kept().mail() is None
