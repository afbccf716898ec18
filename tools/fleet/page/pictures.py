"""What pictures are made of: rectangles in a field of 1000 by 100. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.rollout_rules import Outcomes

WIDTH = 1000.0
HEIGHT = 100.0
_GAP = 6.0
_LEAST = 12.0
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
    widths = _widths([each.total for _, each in groups])
    rects: list[Rect] = []
    left = 0.0
    for (name, outcomes), width in zip(groups, widths, strict=True):
        rects.append(Rect(left, 0, width, HEIGHT, "ground", name))
        bottom = HEIGHT
        for part in outcome_parts(outcomes)[:-1]:
            height = HEIGHT * part.value / (outcomes.total or 1)
            bottom -= height
            if part.value:
                text = f"{name}: {part.value} {part.text}"
                rects.append(Rect(left, bottom, width, height, part.kind, text))
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


def _widths(totals: Sequence[int]) -> list[float]:
    """Shares of the field without its gaps; none so small that it can't be seen."""
    room = WIDTH - _GAP * (len(totals) - 1)
    least = min(_LEAST, room / max(len(totals), 1))
    whole = sum(totals) or 1
    spare = room - least * len(totals)
    return [least + spare * each / whole for each in totals]


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
