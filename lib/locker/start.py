"""What a cabinet sees to once, at its start. Forgotten afterwards."""

import time

from drivers.inputs import GpioInputs, input_pin
from locker.doors import Doors
from locker.screen import Screen


def parts(cabinet, profile: dict) -> tuple:
    """Doors, screen, contacts of single keys, keypad if there is one, and who is there: None."""
    now_ms = time.ticks_ms()
    doors = Doors(profile, cabinet.heard, now_ms)
    screen = Screen(profile, cabinet.setting("language", "en"))
    contacts = GpioInputs([input_pin(key["pin"]) for key in profile.get("keys", ())])
    contacts.poll(now_ms)
    if "keypad" not in profile:
        return doors, screen, contacts, None, None
    from drivers.keypad import Keypad

    __import__("asyncio.event")  # what stays is loaded before what goes

    return doors, screen, contacts, Keypad(profile["keypad"]), None


def recall(cabinet):
    """Tell a cabinet what is kept on `data`."""
    from locker import codes, keeper

    try:
        kept = keeper.ledger_of(cabinet)
        wrong = keeper.tries()
    except (OSError, ValueError) as error:
        print("locker:", error)
        cabinet.flaw = str(error)
        return
    for number in range(1, len(cabinet.doors) + 1):
        if kept.disabled(number):
            cabinet.doors.door(number).put_out_of_order("by service")
    cabinet.has_mail = kept.mail() is not None
    codes.lock(cabinet, wrong)
