"""What a cabinet sees to once, at its start. Forgotten afterwards."""

from drivers.inputs import GpioInputs, input_pin


def keys(profile: dict) -> tuple:
    """Contacts of single keys, the keypad and the buzzer of a profile; None for what it has not."""
    contacts = GpioInputs([input_pin(key["pin"]) for key in profile.get("keys", ())])
    keypad = buzzer = None
    if "keypad" in profile:
        from drivers.keypad import Keypad

        keypad = Keypad(profile["keypad"])
    if "buzzer" in profile:
        from drivers.buzzer import Buzzer

        buzzer = Buzzer(profile["buzzer"])
    return contacts, keypad, buzzer


def recall(cabinet, lost: bool):
    """Tell a cabinet what is kept on `data`. `lost`: that has been emptied."""
    from locker import keeper

    try:
        kept = keeper.ledger_of(cabinet, lost)
        wrong = keeper.tries()
    except (OSError, ValueError) as error:
        print("locker:", error)
        cabinet.flaw = str(error)
        return
    for number in range(1, len(cabinet.doors) + 1):
        if kept.disabled(number):
            cabinet.doors.door(number).put_out_of_order("by service")
    cabinet.has_mail = kept.mail() is not None
    keeper.lock(cabinet, wrong)
