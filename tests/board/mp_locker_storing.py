"""Self-storage: customers store and fetch, and make mistakes, and walk away."""

import time

from fake_people import Cabinet

from locker import codes, keeper
from locker.desk import Desk
from locker.ledger import FREE, STORED


async def _store(cabinet, code="4711", size=""):
    return await cabinet.comes(f"A{size}{code}#{code}#")


async def test_what_was_stored_is_fetched_with_door_and_code():
    cabinet = Cabinet()
    shown = await _store(cabinet)
    typed = ["code_set"] * 5 + ["code_again"] * 5
    assert shown == ["door_open"] + typed + ["door_put", "stored"], shown  # noqa: RUF005
    assert cabinet.last("stored") == (1,)
    cabinet.restart()
    assert cabinet.states() == [STORED, FREE, FREE, FREE]
    shown = await cabinet.comes("B1#4711#")
    assert shown[-3:] == ["door_open", "door_take", "fetched"]
    assert cabinet.opened == [1]
    cabinet.restart()
    assert cabinet.states() == [FREE] * 4
    assert cabinet.events() == ["stored", "fetched"]


async def test_code_is_masked_while_it_is_typed():
    cabinet = Cabinet()
    await _store(cabinet)
    for name in ("code_set", "code_again"):
        values = [values for each, values in cabinet.screens if each == name]
        assert values == [("",), ("*",), ("**",), ("***",), ("****",)]


async def test_each_customer_gets_a_door_of_ones_own():
    cabinet = Cabinet()
    for _ in range(4):
        await _store(cabinet)
    assert cabinet.opened == [1, 2, 3, 4]
    assert await cabinet.comes("A") == ["all_full"]


async def test_door_comes_in_the_size_that_was_asked_for():
    cabinet = Cabinet("SLSL")
    assert "size" in await _store(cabinet, size="2")
    assert cabinet.screens[0] == ("size", ("1:S 2:L",))
    assert cabinet.opened == [2]
    await _store(cabinet, size="2")
    await _store(cabinet)
    assert cabinet.opened == [2, 4, 1]


async def test_wrong_door_or_code_opens_nothing():
    cabinet = Cabinet()
    await _store(cabinet)
    opened = list(cabinet.opened)
    for keys in ("B1#4712#", "B2#4711#", "B3#1#"):
        shown = await cabinet.comes(keys)
        assert "wrong_code" in shown
        assert "door_open" not in shown
    assert cabinet.opened == opened
    assert cabinet.states()[0] == STORED


async def test_door_number_that_there_is_not_is_asked_again():
    cabinet = Cabinet()
    await _store(cabinet)
    assert "fetched" in await cabinet.comes("B0#5#128#1#4711#")


async def test_codes_that_differ_are_asked_again():
    cabinet = Cabinet()
    shown = await cabinet.comes("A1234#4321#1234#1234#")
    assert "codes_differ" in shown
    assert shown[-1] == "stored"
    assert "fetched" in await cabinet.comes("B1#1234#")


async def test_code_that_is_too_short_is_not_taken():
    cabinet = Cabinet()
    shown = await cabinet.comes("A123#")
    assert shown[-1] == "code_set"
    assert cabinet.last("code_short") == (4,)
    assert cabinet.states() == [FREE] * 4


async def test_star_clears_what_was_typed_and_then_goes_back():
    cabinet = Cabinet()
    shown = await cabinet.comes("A99*4711#4711#")
    assert shown[-1] == "stored"
    shown = await cabinet.comes("B*")
    assert shown == ["door_number"]


async def test_who_changes_ones_mind_gets_the_things_back():
    cabinet = Cabinet()
    cabinet.doors.door(1).left_open = True
    shown = await cabinet.comes("A12**")
    assert shown[-1] == "door_take"
    assert cabinet.opened == [1]
    assert cabinet.states() == [FREE] * 4


async def test_door_that_was_closed_already_opens_again_for_who_goes_back():
    cabinet = Cabinet()
    door = cabinet.doors.door(1)
    show = cabinet.show

    def close_at_code(name, *values, secret=False):
        show(name, *values, secret=secret)
        if name == "code_set":
            door.has_sensor_open = False

    cabinet.show = close_at_code
    assert (await cabinet.comes("A*"))[-2:] == ["door_open", "door_take"]
    assert cabinet.opened == [1, 1]


async def test_who_walks_away_without_a_code_leaves_a_free_door_and_a_note():
    for keys in ("A", "A12", "A1234#", "A1234#12"):
        cabinet = Cabinet()
        await cabinet.comes(keys)
        assert cabinet.states() == [FREE] * 4
        assert cabinet.events()[-1] == "left"


async def test_who_walks_away_from_things_that_can_not_be_given_back_leaves_a_note():
    cabinet = Cabinet()
    door = cabinet.doors.door(1)
    door.quick, door.when_unlocked = True, lambda: setattr(door, "jammed", True)
    assert (await cabinet.comes("A*"))[-1] == "door_stuck"
    assert cabinet.events() == ["left"]


async def test_memory_that_runs_out_behind_an_open_door_leaves_a_note():
    cabinet = Cabinet()

    async def starve(_desk, _text):
        raise MemoryError("memory allocation failed")

    digest, Desk.digest = Desk.digest, starve
    shown = await _store(cabinet)
    Desk.digest = digest
    assert shown[-1] == "result_failed"
    assert cabinet.states() == [FREE] * 4
    assert cabinet.events() == ["left"]


async def test_things_that_can_not_be_kept_leave_a_note_as_soon_as_that_can():
    cabinet = Cabinet()
    saves, save = [], keeper.save

    def fail_twice(kept):
        saves.append(1)
        if len(saves) < 3:
            raise OSError(5)
        save(kept)

    assert cabinet.states() == [FREE] * 4
    keeper.save = fail_twice
    shown = await _store(cabinet)
    keeper.save = save
    assert shown[-1] == "result_failed"
    assert cabinet.states() == [FREE] * 4
    assert cabinet.events()[-1] == "left"


async def test_who_walks_away_with_the_door_open_has_stored_all_the_same():
    cabinet = Cabinet()
    cabinet.doors.door(1).left_open = True
    shown = await _store(cabinet)
    assert shown[-1] == "door_put"
    cabinet.restart()
    assert cabinet.states()[0] == STORED


async def test_open_door_is_given_to_nobody():
    cabinet = Cabinet()
    cabinet.doors.door(1).has_sensor_open = cabinet.doors.door(1).left_open = True
    await _store(cabinet)
    assert cabinet.opened == [2]


async def test_door_out_of_order_is_given_to_nobody():
    cabinet = Cabinet("MM")
    cabinet.doors.door(1).put_out_of_order("hinge")
    await _store(cabinet)
    assert cabinet.opened == [2]
    assert await cabinet.comes("A") == ["all_full"]


async def test_door_put_out_of_use_in_the_ledger_is_given_to_nobody():
    cabinet = Cabinet("MM")
    cabinet.keep(lambda kept: kept.disable(1, True))
    await _store(cabinet)
    assert cabinet.opened == [2]


async def test_stuck_door_is_told_and_another_one_opens():
    cabinet = Cabinet()
    cabinet.doors.door(1).jammed = True
    shown = await _store(cabinet)
    assert "door_stuck" in shown
    assert cabinet.last("stored") == (2,)
    await _store(cabinet)
    assert cabinet.opened == [1, 2, 3]
    cabinet.doors.door(1).jammed = False
    await _store(cabinet)
    await _store(cabinet)
    assert cabinet.opened == [1, 2, 3, 4, 1]
    assert not cabinet.stuck


async def test_key_that_is_pressed_while_a_stuck_door_is_tried_does_not_hide_that_it_is():
    cabinet = Cabinet()
    await _store(cabinet)
    door = cabinet.doors.door(1)
    door.jammed, door.when_unlocked = True, lambda: cabinet.press("A")
    await cabinet.comes("B1#4711#", early=True)
    assert cabinet.typed == ""


async def test_key_that_is_pressed_while_the_door_is_left_open_opens_nothing():
    cabinet = Cabinet()
    await _store(cabinet)
    door, show = cabinet.doors.door(1), cabinet.show
    door.left_open = True

    def press_at_take(name, *values, secret=False):
        show(name, *values, secret=secret)
        if name == "door_take" and cabinet.opened == [1, 1]:
            cabinet.press("#")

    cabinet.show = press_at_take
    await cabinet.comes("B1#4711#")
    assert cabinet.opened == [1, 1]


async def test_stuck_door_keeps_what_was_stored_in_it():
    cabinet = Cabinet()
    await _store(cabinet)
    cabinet.doors.door(1).jammed = True
    shown = await cabinet.comes("B1#4711#")
    assert shown[-1] == "door_stuck"
    assert cabinet.states()[0] == STORED
    cabinet.doors.door(1).jammed = False
    assert "fetched" in await cabinet.comes("B1#4711#")


async def test_free_door_that_is_never_seen_to_open_is_given_to_nobody_any_more():
    cabinet = Cabinet("M")
    cabinet.doors.door(1).jammed = True
    for _ in range(2):
        assert (await cabinet.comes("A"))[:1] == ["door_open"]
    assert await cabinet.comes("A") == ["all_full"]


async def test_door_that_is_not_seen_to_open_is_tried_for_its_owner_as_often_as_they_ask():
    cabinet = Cabinet()
    await _store(cabinet)
    cabinet.doors.door(1).jammed = True
    for _ in range(5):
        assert (await cabinet.comes("B1#4711#"))[-1] == "door_stuck"
    assert cabinet.opened == [1] * 6


async def test_door_can_be_opened_again_right_after_fetching():
    cabinet = Cabinet()
    await _store(cabinet)
    shown = await cabinet.comes("B1#4711##")
    assert shown.count("fetched") == 2
    assert cabinet.opened == [1, 1, 1]
    assert cabinet.events() == ["stored", "fetched"]


async def test_door_that_is_left_open_after_fetching_is_free_once_closed():
    cabinet = Cabinet()
    await _store(cabinet)
    door = cabinet.doors.door(1)
    door.left_open = True
    await cabinet.comes("B1#4711#")
    assert cabinet.states()[0] == FREE
    await _store(cabinet)
    assert cabinet.opened[-1] == 2
    door.left_open = door.has_sensor_open = False
    await _store(cabinet)
    assert cabinet.opened[-1] == 1


async def test_expander_that_dies_while_things_are_taken_out_leaves_the_code_valid():
    cabinet = Cabinet()
    await _store(cabinet)
    door = cabinet.doors.door(1)
    cabinet.silence(1, at="door_take")
    await cabinet.comes("B1#4711#")
    assert cabinet.states()[0] == STORED
    assert door.silent
    door.silent, door.out_of_order, door.has_sensor_open = False, None, False
    assert "fetched" in await cabinet.comes("B1#4711#")


async def test_wrong_tries_slow_down_and_lock_out():
    cabinet = Cabinet()
    await _store(cabinet)
    waits, lock = [], codes.lock
    codes.lock = lambda _cabinet, wrong: waits.append(codes.wait_s(wrong, 60))
    shown = await cabinet.comes("B1#1#2#3#4#5#6#")
    codes.lock = lock
    left = [values for name, values in cabinet.screens if name == "wrong_code"]
    assert left == [(4,), (3,), (2,), (1,)]
    assert waits == [0, 0, 5, 15, 60, 120]
    assert shown[-1] == "code"
    assert cabinet.events()[-2:] == ["wrong_code", "locked_out"]
    assert keeper.tries() == 6


async def test_nobody_is_asked_for_a_code_while_locked_out():
    cabinet = Cabinet()
    await _store(cabinet)
    codes.lock(cabinet, 5)
    shown = await cabinet.comes("B1#4711#", locked=True)
    assert shown[-1] == "locked_out"
    assert cabinet.last("locked_out") == (1,)
    assert cabinet.opened == [1]


async def test_short_wait_is_waited_for():
    cabinet = Cabinet()
    await _store(cabinet)
    cabinet.locked_until_ms = time.ticks_add(time.ticks_ms(), 300)
    shown = await cabinet.comes("B1#4711#")
    assert shown.index("wait") < shown.index("code")
    assert shown[-1] == "fetched"


async def test_right_code_makes_up_for_half_of_the_wrong_ones():
    cabinet = Cabinet()
    await _store(cabinet)
    keeper.set_tries(4)
    await cabinet.comes("B1#4711#")
    assert keeper.tries() == 2


async def test_try_counts_before_it_is_judged():
    cabinet = Cabinet()
    await _store(cabinet)

    async def cut(_text):
        raise OSError("power")

    digest, Desk.digest = Desk.digest, lambda _self, text: cut(text)
    await cabinet.comes("B1#4711#")
    Desk.digest = digest
    assert keeper.tries() == 1


async def test_storing_that_can_not_be_kept_is_not_confirmed():
    cabinet = Cabinet()

    assert cabinet.states() == [FREE] * 4

    def full(_ledger):
        raise OSError(28)

    save, keeper.save = keeper.save, full
    shown = await _store(cabinet)
    keeper.save = save
    assert shown[-1] == "result_failed"
    cabinet.restart()
    assert cabinet.states() == [FREE] * 4
