"""The story: each release, what is new in it, and how it must end."""

from __future__ import annotations

from dataclasses import dataclass

COMMITTED = "committed"
REVERTED = "reverted"
FIRST = "1.0.0"


@dataclass(frozen=True)
class Edit:
    """One change in the board's code: `old`, which is there exactly once, becomes `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Chapter:
    """One release and its expected end.

    `reason`: words of what the server is told last. `fetches`: the one layer that the board has to
    download; `whole`: every block of it, and not only those that differ from what lies in its other
    slot. `has_cuts`: the link and the power are cut meanwhile. `dies_by`: reset cause on the way.
    """

    version: str
    title: str
    edits: tuple[Edit, ...]
    outcome: str
    reason: tuple[str, ...]
    fetches: str = "app"
    whole: bool = False
    core: str = "stand-in"
    has_cuts: bool = False
    dies_by: str | None = None


WELCOME = Edit("locker/cabinet.py", 'show("idle")', 'show("Welcome")')
RELAY_LEFT_ON = Edit(
    "drivers/relay.py",
    "        self._pin = Pin(pin)\n",
    "        self._pin = Pin(pin)\n"
    "        if pin == 17:\n"
    "            self.off = lambda: self._pin.init(Pin.OUT, value=on)\n",
)
HANG = Edit(
    "locker/cabinet.py",
    "                self._scan(now_ms)\n",
    "                self._scan(now_ms)\n"
    "                while not self._upgrading:\n"
    "                    pass\n",
)

CHAPTERS = (
    Chapter(
        "1.1.0",
        "another text on the screen; link and power are cut while it is downloaded",
        (WELCOME,),
        COMMITTED,
        ("committed 1.1.0",),
        whole=True,
        has_cuts=True,
    ),
    Chapter(
        "1.2.0",
        "leaves the relay of door 2 on: the self-test must see it",
        (WELCOME, RELAY_LEFT_ON),
        REVERTED,
        ("check relays", "relay 2 reads on"),
    ),
    Chapter(
        "1.3.0",
        "hangs as soon as it serves: the watchdog must bite, 15 s later",
        (WELCOME, HANG),
        REVERTED,
        ("watchdog",),
        dies_by="WATCHDOG",
    ),
    Chapter(
        "1.4.0",
        "a new core under the application of 1.1.0",
        (WELCOME,),
        COMMITTED,
        ("committed 1.4.0",),
        fetches="core",
        whole=True,
        core="stand-in:next",
    ),
)
