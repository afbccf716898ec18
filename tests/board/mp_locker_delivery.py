"""Delivery: couriers bring parcels, customers come with the pickup code."""

from binascii import hexlify

from fake_people import Cabinet

from locker import codes, keeper
from locker.ledger import FREE, LOST, PARCEL

SALT = b"s" * 16


def _digest(text):
    return hexlify(list(codes.stretch(SALT, text))[-1]).decode()


def _cabinet(sizes="MMMM", **settings):
    given = {
        "salt": hexlify(SALT).decode(),
        "service": _digest("900900"),
        "courier": _digest("5555"),
    }
    return Cabinet(sizes, given, mode="delivery", **settings)


def _pickup(cabinet):
    """The code that was shown last, and its door."""
    door, code = cabinet.last("pickup_code")
    return code.replace(" ", ""), door


async def test_parcel_is_picked_up_with_the_code_that_was_shown():
    cabinet = _cabinet()
    shown = await cabinet.comes("5555#1#*")
    assert shown[-4:] == ["door_open", "door_put", "pickup_code", "courier"]
    code, door = _pickup(cabinet)
    assert door == 1
    assert len(code) == 8
    assert set(code) <= set("12345679")
    cabinet.restart()
    assert cabinet.states()[:1] == [PARCEL]
    shown = await cabinet.comes(code + "#")
    assert shown[-3:] == ["door_open", "door_take", "fetched"]
    assert cabinet.opened == [1]
    assert cabinet.states()[0] == FREE
    assert cabinet.events()[-1] == "picked_up"
    assert "wrong_code" in await cabinet.comes(code + "#")


async def test_first_key_is_the_first_digit():
    cabinet = _cabinet()
    await cabinet.comes("5")
    assert cabinet.screens[0] == ("code", ("*",))


async def test_pickup_code_is_shown_as_a_secret_and_kept_as_a_digest():
    cabinet = _cabinet()
    await cabinet.comes("5555#1")
    code, _ = _pickup(cabinet)
    assert cabinet.secrets == [("pickup_code", (1, code[:4] + " " + code[4:]))]
    assert code.encode() in cabinet.kept().raw
    cabinet.keep(lambda kept: kept.forget_code(1))
    assert code.encode() not in cabinet.kept().raw


async def test_courier_brings_one_parcel_after_the_other():
    cabinet = _cabinet("SMM")
    shown = await cabinet.comes("5555#2#2#1#")
    assert shown.count("pickup_code") == 3
    assert shown[-1] == "all_full"
    assert cabinet.opened == [2, 3, 1]
    assert cabinet.states() == [PARCEL] * 3
    assert len({values for name, values in cabinet.secrets}) == 3


async def test_courier_may_take_the_parcel_back():
    cabinet = _cabinet()
    await cabinet.comes("5555#1**")
    assert cabinet.opened[:2] == [1, 1]
    assert cabinet.states()[0] == FREE
    assert cabinet.kept().mail() is None
    assert cabinet.events()[-1] == "taken_back"


async def test_courier_who_leaves_the_door_open_has_brought_nothing():
    cabinet = _cabinet()
    cabinet.doors.door(1).left_open = True
    shown = await cabinet.comes("5555#1")
    assert shown[-3:] == ["door_put", "not_closed", "courier"]
    assert cabinet.last("not_closed") == (1,)
    assert cabinet.states()[0] == FREE
    assert cabinet.events()[-1] == "left"


async def test_parcel_behind_an_expander_that_falls_silent_has_its_code():
    cabinet = _cabinet()
    cabinet.silence(1, at="door_put")
    shown = await cabinet.comes("5555#1#1")
    assert shown[-1] == "pickup_code"
    assert cabinet.states()[0] == PARCEL


async def test_parcel_that_can_not_be_taken_back_keeps_its_code():
    cabinet = _cabinet()
    door = cabinet.doors.door(1)
    door.when_unlocked = lambda: setattr(door, "jammed", True)
    shown = await cabinet.comes("5555#1*")
    assert shown[-4:] == ["pickup_code", "door_open", "door_stuck", "pickup_code"], shown
    code, _ = _pickup(cabinet)
    assert cabinet.states()[0] == PARCEL
    door.jammed, door.when_unlocked = False, lambda: None
    assert "fetched" in await cabinet.comes(code + "#")


async def test_door_with_a_parcel_that_got_no_code_is_given_to_nobody():
    cabinet = _cabinet()

    def starve(_random):
        raise MemoryError("memory allocation failed")

    real, codes.pickup_code = codes.pickup_code, starve
    shown = await cabinet.comes("5555#1")
    codes.pickup_code = real
    assert shown[-1] == "result_failed"
    assert cabinet.states()[0] == LOST
    assert cabinet.events()[-1] == "left"


async def test_parcel_that_can_not_be_kept_at_once_is_kept_a_moment_later():
    cabinet = _cabinet()
    save = keeper.save

    def fail_once(_kept):
        keeper.save = save
        raise MemoryError("memory allocation failed")

    assert cabinet.states()[0] == FREE
    cabinet.doors.door(1).when_unlocked = lambda: setattr(keeper, "save", fail_once)
    await cabinet.comes("5555#1")
    code, _ = _pickup(cabinet)
    assert "fetched" in await cabinet.comes(code + "#")


async def test_courier_who_walks_away_from_the_code_has_brought_the_parcel():
    cabinet = _cabinet()
    await cabinet.comes("5555#1")
    code, _ = _pickup(cabinet)
    cabinet.restart()
    assert cabinet.kept().mail()[2] == code.encode()
    assert "fetched" in await cabinet.comes(code + "#")


async def test_key_that_is_pressed_while_the_code_is_made_does_not_dismiss_it():
    for key in "#*":
        cabinet = _cabinet()
        save = keeper.save

        def press_and_save(kept, key=key, save=save, cabinet=cabinet):
            if cabinet.screens[-1:] == [("door_put", (1,))]:
                cabinet.press(key)
            save(kept)

        keeper.save = press_and_save
        shown = await cabinet.comes("5555#1")
        keeper.save = save
        assert shown[-1] == "pickup_code"
        assert PARCEL in cabinet.states()


async def test_wrong_code_opens_nothing():
    cabinet = _cabinet()
    await cabinet.comes("5555#1")
    shown = await cabinet.comes("5556#12345679#")
    assert shown.count("wrong_code") == 2
    assert keeper.tries() == 2


async def test_pickup_code_that_is_in_use_is_not_made_again():
    cabinet = _cabinet()
    made = ["11111111", "22222222"]
    real, codes.pickup_code = codes.pickup_code, lambda _random: made[0]
    await cabinet.comes("5555#1")
    calls = []

    def twice_the_same(_random):
        calls.append(1)
        return made[len(calls) > 2]

    codes.pickup_code = twice_the_same
    await cabinet.comes("5555#1")
    codes.pickup_code = real
    assert _pickup(cabinet) == ("22222222", 2)


async def test_cabinet_without_codes_of_staff_knows_no_staff():
    cabinet = Cabinet(mode="delivery")
    assert "wrong_code" in await cabinet.comes("5555#")
    assert "wrong_code" in await cabinet.comes("900900#")


async def test_code_set_on_the_spot_counts_instead_of_the_first_one():
    cabinet = _cabinet()
    shown = await cabinet.comes("900900#" + "*" * 9 + "#7777#7777##" + "**" + "#", more=True)
    assert "result_ok" in shown
    cabinet.restart()
    assert "wrong_code" in await cabinet.comes("5555#")
    assert "pickup_code" in await cabinet.comes("7777#1")
