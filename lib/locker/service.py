"""The service menu: one entry at a time, `*` for the next, `#` to do it.

What needs the update agent is asked of `cabinet.agent` (docs/locker.md): see locker.errand.
"""

import asyncio

from locker import ledger
from locker.desk import BackError


async def run(desk, errand=None, answer=None):
    """Until service leaves: None. AwayError.

    Or until the update agent has something to do, for which the session must make room: the visit
    that follows, ("errand", place in the menu, what `ota.people` is asked, arguments). With all but
    the first of that, and the answer, it goes on.
    """
    if errand:
        at = errand[0]
        asked = await _unless_back(_go_on(desk, errand[1], answer))
    else:
        desk.note("service", 0)
        await desk.save()
        at, asked = 0, None
    while not asked:
        name, act = _MENU[at]
        desk.show("menu_" + name)
        key = await desk.key()
        if key == "*":
            at = (at + 1) % len(_MENU)
        elif key == "#" and act is None:
            return None
        elif key == "#":
            asked = await _unless_back(act(desk))
    return ("errand", at) + asked


async def _unless_back(step):
    """What a step asks of the agent, if anything: nothing when they go back."""
    try:
        return await step
    except BackError:
        return None


def _ask(desk, what):
    """BackError when nobody looks after updates and the network."""
    _agent(desk)
    desk.show("please_wait")
    return (what,)


async def _go_on(desk, what, answer):
    """With the answer of the agent, None: it had no memory for one."""
    if what == "networks":
        from locker import wifi

        name, key = await wifi.choose(desk, answer or ())
        desk.show("wifi_trying")
        return "try_wifi", name, key
    done, text = answer or (False, "failed")
    if what == "try_wifi":
        await desk.read("wifi_kept" if done else "wifi_lost")
    elif not done:
        await desk.read("result_failed", text)
    elif what == "confirm":
        await desk.read("result_ok")
    elif text is None:
        await desk.read("update_waits")
    elif text:
        await desk.read("update_offered", text)
    else:
        await desk.read("update_none")
    return None


async def _status(desk):
    doors = desk.doors
    taken = sum(desk.kept.state(n) != ledger.FREE for n in range(1, len(doors) + 1))
    await desk.read("status", len(doors), taken, doors.broken_count)


async def _events(desk):
    for kind, door, _ in desk.kept.events():
        desk.show("event_%s" % kind, door)
        if await desk.key() != "*":
            return


async def _versions(desk):
    await desk.read("versions", *_agent(desk).service("about"))


async def _update(desk):
    return _ask(desk, "check_now")


async def _confirm(desk):
    return _ask(desk, "confirm")


async def _selftest(desk):
    desk.show("please_wait")
    for name, check in desk.cabinet.checks():
        fault = check()
        if fault:
            print("self-test: %s: %s" % (name, fault))
            await desk.read("selftest_failed", name)
            return
        await asyncio.sleep_ms(0)
    await desk.read("selftest_ok")


async def _open(desk):
    number = await desk.ask_number()
    if await desk.open(number, anyway=True):
        desk.note("unlocked", number)
        await desk.save()
    if desk.kept.state(number) == ledger.FREE:
        return
    if await desk.read("free_door", number) == "#":
        desk.kept.put(number, ledger.FREE)
        desk.note("freed", number)
        await desk.save()
        desk.doors.door(number).retire_if_stuck()


async def _disable(desk):
    number = await desk.ask_number()
    disabled = not desk.kept.disabled(number)
    desk.kept.disable(number, disabled)
    desk.note("disabled" if disabled else "enabled", number)
    await desk.save()
    door = desk.doors.door(number)
    if disabled:
        door.put_out_of_order("by service")
    else:
        door.put_in_order()
    await desk.read("disabled" if disabled else "enabled", number)


async def _service_code(desk):
    await _new_code(desk, 0)


async def _courier_code(desk):
    await _new_code(desk, 1)


async def _new_code(desk, role):
    code = await desk.ask_new_code()
    if await desk.who(code):
        await desk.read("code_in_use")
        return
    desk.kept.set_staff(role, await desk.digest(code))
    await desk.save()
    await desk.read("result_ok")


async def _wifi(desk):
    return _ask(desk, "networks")


def _agent(desk):
    """Whoever looks after updates and the network. BackError when nobody does."""
    if desk.cabinet.agent is None:
        raise BackError
    return desk.cabinet.agent


_MENU = (
    ("status", _status),
    ("versions", _versions),
    ("update", _update),
    ("confirm", _confirm),
    ("selftest", _selftest),
    ("open", _open),
    ("disable", _disable),
    ("events", _events),
    ("service_code", _service_code),
    ("courier_code", _courier_code),
    ("wifi", _wifi),
    ("leave", None),
)
