"""What was seen of one release, at the server, at the board's flash and on its pins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from demo.chapters import COMMITTED, REVERTED
from demo.report import Row

_STEP = re.compile(r"plan (\w+) (fetch|copy|keep) (\d+)(?: of \d+)? bytes")
_REVERTED = "reverted: "
_COMMITTED = "committed "


@dataclass(frozen=True)
class Step:
    """How the board gets a layer: `fetch`, `copy` or `keep`, and how many bytes that moves."""

    verb: str
    count: int


Plan = Mapping[str, Step]


@dataclass(frozen=True)
class Runs:
    """What a board says that it runs."""

    release: str
    slot: str


@dataclass(frozen=True)
class Flash:
    """What the running slot is by the flash: `release` is "" unless its header is committed."""

    slot: str
    release: str


@dataclass(frozen=True)
class Cut:
    """A cut in the middle of a download.

    `there` of `blocks` were in the flash, `missing_bytes` were still to come as they are stored,
    and the server had sent `sent_bytes` by then.
    """

    what: str
    there: int
    blocks: int
    missing_bytes: int
    sent_bytes: int


@dataclass(frozen=True)
class Quiet:
    """What followed the end: polls, and what came with them."""

    polls: int
    sent_bytes: int
    boots: int


@dataclass(frozen=True)
class Sizes:
    """A release as it is stored: its manifest, and each block of each layer, in bytes."""

    manifest: int
    blocks: Mapping[str, Sequence[int]]

    def layer(self, name: str) -> int:
        return sum(self.blocks[name])

    def largest_block(self, name: str) -> int:
        return max(self.blocks[name])


@dataclass(frozen=True)
class Observed:
    """One release from its assignment on. `causes`: of the resets; `trials`: of its boots."""

    row: Row
    sizes: Sizes
    plans: tuple[Plan, ...]
    before: Runs
    after: Runs
    flash: Flash
    causes: tuple[str, ...]
    trials: int
    relays_on: tuple[int, ...]
    cuts: tuple[Cut, ...] = ()
    quiet: Quiet | None = None


def parse_plan(details: Iterable[str]) -> Plan:
    """A plan from what the board told the server; empty if that was something else."""
    found = (_STEP.fullmatch(detail) for detail in details)
    return {step[1]: Step(step[2], int(step[3])) for step in found if step}


def verdict(status: str, message: str) -> tuple[str, str]:
    """Outcome and reason, from a closed action's status and the board's last words."""
    if status == "finished" and message.startswith(_COMMITTED):
        return COMMITTED, message
    if status == "error" and message.startswith(_REVERTED):
        return REVERTED, message.removeprefix(_REVERTED)
    return status, message
