"""What a person types to make a rollout, as the rollout that it means. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fleet.errors import CONSTRAINT, RefusedError
from fleet.page.forms import Form
from fleet.rollout_plans import GroupPlan, RolloutPlan

NAME = 128
_QUERY = 1024
_SIZE = re.compile(r"\d{1,3}(?:\.\d{1,2})?")
_MOST_GROUPS = 50


def plan_of(form: Form, boards: Mapping[str, tuple[int, ...]]) -> RolloutPlan:
    """The rollout; `boards`: models that may run the release. Raises RefusedError (400)."""
    name = form.text("name")[:NAME]
    if not name:
        raise RefusedError(CONSTRAINT, "A rollout needs a name.")
    sizes = parse_sizes(form.text("groups"))
    done, failed = (_percent(form, each) for each in ("success", "error"))
    return RolloutPlan(
        name=name,
        set_id=form.number("release", 0),
        query=form.text("query")[:_QUERY] or query_for(boards, form.text("site")),
        groups=tuple(
            GroupPlan(f"group {number}", size, success_percent=done, error_percent=failed)
            for number, size in enumerate(sizes, 1)
        ),
        description=form.text("description")[:512] or None,
    )


def parse_sizes(text: str) -> list[float]:
    """`5, 25` as 5.0, 25.0 and what is left of 100. Raises RefusedError (400)."""
    words = text.replace("%", " ").replace(";", " ").replace(",", " ").split()
    if len(words) > _MOST_GROUPS or not all(_SIZE.fullmatch(each) for each in words):
        raise RefusedError(CONSTRAINT, "Sizes of groups are percents, such as 5, 25, 70.")
    sizes = [float(each) for each in words]
    left = round(100.0 - sum(sizes), 2)
    if left < 0 or not all(sizes):
        raise RefusedError(CONSTRAINT, "Sizes of groups are above 0, and come to 100 % at most.")
    return [*sizes, left] if left else sizes


def query_for(boards: Mapping[str, tuple[int, ...]], site: str) -> str:
    """RSQL for the boards of these models, at a site if one is named."""
    models = f"attribute.board=in=({','.join(_quoted(boards))})"
    if not site:
        return models
    (quoted,) = _quoted([site])
    return f"{models};group=={quoted}"


def _quoted(texts: Iterable[str]) -> Iterable[str]:
    return ['"' + re.sub(r'(["*])', r"\\\1", each) + '"' for each in texts]


def _percent(form: Form, name: str) -> int:
    number = form.number(name, 50)
    if number > 100:
        raise RefusedError(CONSTRAINT, "A threshold is 0 to 100 %.")
    return number
