"""Where the page is, and how its addresses are made. No I/O."""

from __future__ import annotations

from urllib.parse import quote, urlencode

UI = "/ui"
STATIC = UI + "/static"
SIGN_IN = UI + "/sign-in"


def url_of(path: str, *parts: object, **query: object) -> str:
    """`path` and further parts below it, with a query; what is None or empty stays out."""
    address = "/".join([UI + path, *(quote(str(part), safe="") for part in parts)])
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{address}?{urlencode(given)}" if given else address


def own_address(address: str | None) -> str:
    """The address if it is one of the page's own, else its first screen.

    What a form says where to go next must lead nowhere else.
    """
    given = address or ""
    inside = given == UI or given.startswith((UI + "/", UI + "?"))
    plain = all(" " < each < "\x7f" and each != "\\" for each in given)
    return given if inside and plain else UI + "/"
