"""What pictures are made of: rectangles in a field of 1000 by 100. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.rollout_rules import Outcomes

WIDTH = 1000.0
HEIGHT = 100.0
_GAP = 6.0
_NARROWEST = 12.0
_LOWEST = 5.0
_COLOURS = 5


@dataclass(frozen=True)
class Rect:
    """`kind` names its colour (style.css), `text` says what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str = ""


@dataclass(frozen=True)
class Part:
    """A part of a whole, as a legend has it. `kind` names its colour."""

    text: str
    value: int
    kind: str


def outcome_parts(outcomes: Outcomes) -> list[Part]:
    """How boards stand, from the best to what has not begun."""
    return [
        Part("done", outcomes.finished, "good"),
        Part("under way", outcomes.running, "busy"),
        Part("failed", outcomes.error, "bad"),
        Part("canceled", outcomes.cancelled, "idle"),
        Part("not begun", outcomes.scheduled + outcomes.notstarted, "ground"),
    ]


def groups_picture(groups: Sequence[tuple[str, Outcomes]]) -> list[Rect]:
    """The groups of a rollout side by side, as wide as they have boards, filled from below."""
    room = WIDTH - _GAP * (len(groups) - 1)
    totals = [each.total for _, each in groups]
    widths = _shares(totals, sum(totals), room, min(_NARROWEST, room / max(len(groups), 1)))
    rects: list[Rect] = []
    left = 0.0
    for (name, outcomes), width in zip(groups, widths, strict=True):
        rects += _column(name, outcomes, left, width)
        left += width + _GAP
    return _rounded(rects)


def bar_picture(parts: Sequence[Part], whole: int = 0) -> list[Rect]:
    """Parts side by side, of their sum or of a larger `whole`."""
    total = max(sum(each.value for each in parts), whole, 1)
    left, rects = 0.0, []
    for each in parts:
        width = WIDTH * each.value / total
        if each.value:
            text = f"{each.value} {each.text}"
            rects.append(Rect(left, 0, width, HEIGHT, each.kind, text))
        left += width
    return _rounded(rects)


def share_parts(shares: Sequence[tuple[str, int]]) -> list[Part]:
    """The biggest shares in colours of their own, the rest as one."""
    ranked = sorted(shares, key=lambda each: -each[1])
    shown, rest = ranked[: _COLOURS - 1], ranked[_COLOURS - 1 :]
    parts = [Part(text, value, f"c{number}") for number, (text, value) in enumerate(shown, 1)]
    if len(rest) == 1:
        parts.append(Part(*rest[0], f"c{_COLOURS}"))
    elif rest:
        others = sum(value for _, value in rest)
        parts.append(Part(f"{len(rest)} others", others, f"c{_COLOURS}"))
    return parts


def _column(name: str, outcomes: Outcomes, left: float, width: float) -> list[Rect]:
    begun = [each for each in outcome_parts(outcomes)[:-1] if each.value]
    heights = _shares([each.value for each in begun], outcomes.total, HEIGHT, _LOWEST)
    rects, bottom = [Rect(left, 0, width, HEIGHT, "ground", name)], HEIGHT
    for part, height in zip(begun, heights, strict=True):
        bottom -= height
        text = f"{name}: {part.value} {part.text}"
        rects.append(Rect(left, bottom, width, height, part.kind, text))
    return rects


def _shares(values: Sequence[int], whole: int, room: float, least: float) -> list[float]:
    """What of `room` each value of the whole takes; none so little that it can't be seen."""
    plain = [room * each / (whole or 1) for each in values]
    raised = [max(each, least) for each in plain]
    over = sum(raised) - max(sum(plain), least * len(plain))
    spare = sum(each - least for each in raised) or 1.0
    return [each - over * (each - least) / spare for each in raised]


def _rounded(rects: Sequence[Rect]) -> list[Rect]:
    return [
        Rect(
            round(each.x, 2),
            round(each.y, 2),
            round(each.width, 2),
            round(each.height, 2),
            each.kind,
            each.text,
        )
        for each in rects
    ]
