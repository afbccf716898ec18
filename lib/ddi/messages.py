"""Rules of hawkBit's Direct Device Integration API, version 1: JSON in, values out, and back.

Source: Eclipse hawkBit, DDI API v1. Unknown members are ignored.
"""

from micropython import const

from ddi.errors import NonsenseError

_SLEEP_S = const(300)
_MAX_SLEEP_S = const(86_400)
_DETAILS = const(50)
_DETAIL_CHARS = const(500)
_RELATIONS = ("deploymentBase", "cancelAction", "confirmationBase", "installedBase", "configData")


def sleep_s(text):
    """Seconds of a polling time: `HH:MM:SS`, or ISO 8601 such as `PT24H` from a day on."""
    if not isinstance(text, str):
        return _SLEEP_S
    try:
        if text[:1] == "P":
            seconds = _iso_duration_s(text)
        else:
            hours, minutes, rest = text.split(":")
            seconds = int(hours) * 3600 + int(minutes) * 60 + int(rest)
    except ValueError:
        return _SLEEP_S
    return min(seconds, _MAX_SLEEP_S) if seconds > 0 else _SLEEP_S


def _iso_duration_s(text):
    total, number = 0, ""
    for char in text[1:]:
        if char.isdigit():
            number += char
        elif char == "T":
            number = ""
        else:
            total += int(number) * {"D": 86_400, "H": 3600, "M": 60, "S": 1}.get(char, 0)
            number = ""
    return total


def poll(answer):
    """`(sleep in seconds, {relation: href})` of a root poll's answer."""
    config = object_of(object_of(answer).get("config", {}))
    links = object_of(answer.get("_links", {}))
    hrefs = {}
    for relation in _RELATIONS:
        if relation in links:
            hrefs[relation] = text_of(object_of(links[relation]).get("href"))
    return sleep_s(object_of(config.get("polling", {})).get("sleep")), hrefs


def action_id(href):
    """The action's id in a deploymentBase or cancelAction href: its last path segment."""
    return href.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]


def feedback(action, execution, finished, details):
    """The body of a feedback. hawkBit refuses markup, and more than 50 details.

    Before 0.3.0 it also takes nothing (404) that does not name the action.
    """
    return {
        "id": action,
        "status": {
            "execution": execution,
            "result": {"finished": finished},
            "details": [plain(text) for text in details[:_DETAILS]],
        },
    }


def plain(text):
    """`text` as hawkBit takes it: printable ASCII without markup, bounded."""
    return "".join(c if " " <= c <= "~" and c not in "<>&" else "?" for c in text[:_DETAIL_CHARS])


def object_of(value):
    """`value`, if it is a JSON object; NonsenseError."""
    if not isinstance(value, dict):
        raise NonsenseError("an object is missing")
    return value


def text_of(value):
    """`value`, if it is a text; NonsenseError."""
    if not isinstance(value, str):
        raise NonsenseError("a text is missing")
    return value
