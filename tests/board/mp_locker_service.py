"""The service menu, and what it asks of the update agent."""

from binascii import hexlify

from fake_people import Cabinet

from locker import codes
from locker.ledger import FREE, LOST, STORED

SALT = b"s" * 16
# Of the menu, in its order.
# fmt: off
ENTRIES = [
    "status", "versions", "update", "confirm", "selftest", "open", "disable", "events",
    "service_code", "courier_code", "wifi", "leave",
]
# fmt: on


class Agent:
    """Answers what it is told to. `asked` is what was asked of it.

    `meanwhile` is called while somebody waits for an answer.
    """

    def __init__(self, answer=(True, ""), meanwhile=lambda: None):
        self.answer = answer
        self.meanwhile = meanwhile
        self.asked = []

    def service(self, what, *args):
        return ("1.2.0", 1) if what == "about" else self._answer(what, args)

    async def _answer(self, what, args):
        self.meanwhile()
        if what == "networks":
            return ["first", "a-network-with-a-long-name"]
        self.asked.append(args or what)
        return self.answer


def _cabinet(sizes="MMMM"):
    digest = hexlify(list(codes.stretch(SALT, "900900"))[-1]).decode()
    cabinet = Cabinet(sizes, {"salt": hexlify(SALT).decode(), "service": digest})
    cabinet.agent = Agent()
    return cabinet


async def _do(cabinet, entry, keys=""):
    """The screens from this entry of the menu on, until service leaves by the last one."""
    steps = ENTRIES.index(entry)
    shown = await cabinet.comes("#900900#" + "*" * steps + "#" + keys, more=True)
    start = shown.index("menu_" + entry)
    del cabinet.screens[: start + 1]
    return shown[start + 1 :]


async def test_menu_has_every_entry_and_an_end():
    cabinet = _cabinet()
    shown = await cabinet.comes("#900900#" + "*" * 11 + "#")
    assert [name[5:] for name in shown if name.startswith("menu_")] == ENTRIES
    assert cabinet.events() == ["service"]


async def test_after_the_last_entry_comes_the_first():
    cabinet = _cabinet()
    shown = await cabinet.comes("#900900#" + "*" * 12)
    assert shown[-1] == "menu_status"


async def test_status_counts_the_doors():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(2, STORED, b"x" * 16))
    cabinet.doors.door(4).put_out_of_order("hinge")
    await _do(cabinet, "status", "#")
    assert cabinet.last("status") == (4, 1, 1)


async def test_versions_are_those_of_the_agent():
    cabinet = _cabinet()
    await _do(cabinet, "versions", "#")
    assert cabinet.last("versions") == ("1.2.0", 1)


async def test_update_is_looked_for():
    for answer, screen in (
        ((True, ""), ("update_none", ())),
        ((True, None), ("update_waits", ())),
        ((True, "1.3.0"), ("update_offered", ("1.3.0",))),
        ((False, "no WiFi"), ("result_failed", ("no WiFi",))),
    ):
        cabinet = _cabinet()
        cabinet.agent.answer = answer
        assert (await _do(cabinet, "update", "#"))[0] == "please_wait"
        assert cabinet.screens[1] == screen
        assert cabinet.agent.asked == ["check_now"]


async def test_update_is_confirmed():
    cabinet = _cabinet()
    assert (await _do(cabinet, "confirm", "#"))[:2] == ["please_wait", "result_ok"]
    cabinet.agent = Agent((False, "nothing waits"))
    await _do(cabinet, "confirm", "#")
    assert cabinet.last("result_failed") == ("nothing waits",)


async def test_cabinet_without_an_agent_goes_back_to_the_menu():
    for entry in ("versions", "update", "confirm", "wifi"):
        cabinet = _cabinet()
        cabinet.agent = None
        assert (await _do(cabinet, entry))[-1] == "menu_" + entry


async def test_selftest_names_the_check_that_fails():
    cabinet = _cabinet()
    cabinet.checks = lambda: [("profile", lambda: None), ("relays", lambda: "relay 2 reads on")]
    await _do(cabinet, "selftest", "#")
    assert cabinet.last("selftest_failed") == ("relays",)
    cabinet.checks = lambda: [("profile", lambda: None)]
    assert "selftest_ok" in await _do(cabinet, "selftest", "#")


async def test_service_opens_a_door_and_frees_it_if_asked():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(3, STORED, b"x" * 16))
    await _do(cabinet, "open", "3#*")
    assert cabinet.opened == [3]
    assert cabinet.states()[2] == STORED
    await _do(cabinet, "open", "3##")
    cabinet.restart()
    assert cabinet.states()[2] == FREE
    assert cabinet.events()[-2:] == ["unlocked", "freed"]


async def test_key_that_is_pressed_while_a_door_opens_frees_nothing():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(3, STORED, b"x" * 16))
    cabinet.doors.door(3).when_unlocked = lambda: cabinet.press("#")
    assert (await _do(cabinet, "open", "3#"))[-1] == "free_door"
    assert cabinet.states()[2] == STORED


async def test_key_that_is_pressed_while_one_waits_dismisses_no_result():
    for entry, keys, result in (
        ("update", "", "update_none"),
        ("confirm", "", "result_ok"),
        ("wifi", "", "wifi_pick"),
        ("wifi", "#2#", "wifi_kept"),
    ):
        cabinet = _cabinet()
        cabinet.agent.meanwhile = lambda cabinet=cabinet: cabinet.press("#")
        assert (await _do(cabinet, entry, keys))[-1] == result
    cabinet = _cabinet()
    cabinet.checks = lambda: [("profile", lambda: cabinet.press("#"))]
    assert (await _do(cabinet, "selftest"))[-1] == "selftest_ok"


async def test_service_frees_a_door_that_does_not_open():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(3, STORED, b"x" * 16))
    cabinet.doors.door(3).jammed = True
    shown = await _do(cabinet, "open", "3#" + "#" + "#")  # the second one ends "stuck"
    assert shown.index("door_stuck") < shown.index("free_door")
    assert cabinet.states()[2] == FREE
    assert cabinet.events()[-2:] == ["service", "freed"]


async def test_door_that_never_opened_is_out_of_order_once_service_has_freed_it():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(3, STORED, b"x" * 16))
    door = cabinet.doors.door(3)
    door.jammed, door.misses = True, 2
    await _do(cabinet, "open", "3#" + "#" + "*")
    assert door.out_of_order is None, "its customer may come again"
    await _do(cabinet, "open", "3#" + "#" + "#")
    assert door.out_of_order


async def test_door_that_service_opened_is_noted_even_if_they_walk_away():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(3, STORED, b"x" * 16))
    assert (await _do(cabinet, "open", "3#"))[-1] == "free_door"
    assert cabinet.events()[-1] == "unlocked"


async def test_service_frees_a_door_of_which_nobody_knows():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.put(1, LOST))
    assert "all_full" not in await _do(cabinet, "open", "1##")
    assert cabinet.states()[0] == FREE


async def test_service_opens_a_door_that_is_out_of_order():
    cabinet = _cabinet()
    cabinet.doors.door(2).put_out_of_order("hinge")
    await _do(cabinet, "open", "2#")
    assert cabinet.opened == [2]
    assert cabinet.doors.door(2).out_of_order == "hinge"
    assert cabinet.events()[-1] == "unlocked"


async def test_door_is_put_out_of_use_and_back_over_resets():
    cabinet = _cabinet("MM")
    await _do(cabinet, "disable", "1##")
    assert cabinet.last("disabled") == (1,)
    assert cabinet.doors.door(1).out_of_order == "by service"
    cabinet.restart()
    assert cabinet.kept().disabled(1)
    cabinet.agent = Agent()
    await _do(cabinet, "disable", "1##")
    assert cabinet.last("enabled") == (1,)
    assert cabinet.doors.door(1).out_of_order is None
    cabinet.restart()
    assert not cabinet.kept().disabled(1)


async def test_events_are_shown_the_newest_first():
    cabinet = _cabinet()
    cabinet.keep(lambda kept: kept.note("stored", 3, 0))
    cabinet.keep(lambda kept: kept.note("forced_open", 4, 0))
    shown = await _do(cabinet, "events", "**#")
    assert shown[:3] == ["event_service", "event_forced_open", "event_stored"]
    assert cabinet.screens[1] == ("event_forced_open", (4,))


async def test_code_of_staff_that_is_in_use_is_not_taken():
    cabinet = _cabinet()
    assert "code_in_use" in await _do(cabinet, "courier_code", "900900#900900##")
    assert "result_ok" in await _do(cabinet, "courier_code", "55555#55555##")
    assert "code_in_use" in await _do(cabinet, "service_code", "55555#55555##")


async def test_wifi_is_picked_and_its_key_typed_as_on_old_telephones():
    cabinet = _cabinet()
    # A long press apart from its neighbour of the same key: D.
    shown = await _do(cabinet, "wifi", "*#" + "2" + "2D2" + "A3A" + "0" * 2 + "9*" + "1111#" + "#")
    assert shown[:3] == ["please_wait", "wifi_pick", "wifi_pick"]
    assert cabinet.screens[1:3] == [("wifi_pick", ("first",)), ("wifi_pick", ("a-network-with-a",))]
    assert cabinet.agent.asked == [("a-network-with-a-long-name", "baD0_")]
    assert "wifi_kept" in shown
    assert [name for name, _ in cabinet.secrets if name != "wifi_key"] == []


async def test_letter_that_a_full_name_has_no_room_for_changes_nothing():
    cabinet = _cabinet()
    await _do(cabinet, "wifi", "**" + "2D" * 32 + "33" + "#" + "##")
    assert cabinet.agent.asked == [("a" * 32, "")]


async def test_last_letter_of_a_full_name_goes_on_through_those_of_its_key():
    cabinet = _cabinet()
    await _do(cabinet, "wifi", "**" + "2D" * 31 + "333" + "#" + "##")
    assert cabinet.agent.asked == [("a" * 31 + "f", "")]


async def test_wifi_without_the_server_is_not_kept():
    cabinet = _cabinet()
    cabinet.agent.answer = (False, "no server")
    assert "wifi_lost" in await _do(cabinet, "wifi", "#2##")


async def test_name_of_a_hidden_wifi_is_typed():
    cabinet = _cabinet()
    await _do(cabinet, "wifi", "**" + "4#" + "##")
    assert cabinet.agent.asked == [("g", "")]
