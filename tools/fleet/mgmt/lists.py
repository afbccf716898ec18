"""Lists of the Mgmt API: `offset`, `limit`, `sort`, `q`, and hawkBit's envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from fleet.errors import SORT_DIRECTION, SORT_FIELD, SORT_SYNTAX, RefusedError
from fleet.fields import Entity, T
from fleet.mgmt.operators import Operator
from fleet.queries import conditions_of
from fleet.web import json_response, query_int

_LIMIT = 50
_MAX_LIMIT = 500
_MAX_OFFSET = 1 << 31


async def list_response(
    request: Request,
    operator: Operator,
    entity: Entity[T],
    shape: Callable[[Session, T], dict[str, Any]],
    *only: ColumnElement[bool],
) -> Response:
    """One page of an entity's rows that match `only` and the query. Raises RefusedError (400)."""
    conditions = [*only, *conditions_of(entity, request.query_params.get("q"))]
    order = _order(entity, request.query_params.get("sort"))
    offset = min(max(query_int(request, "offset", 0), 0), _MAX_OFFSET)
    limit = query_int(request, "limit", _LIMIT)
    limit = min(limit, _MAX_LIMIT) if limit > 0 else _LIMIT
    rows = select(entity.model).where(*conditions)

    def answer(session: Session) -> dict[str, Any]:
        total = session.scalar(select(func.count()).select_from(entity.model).where(*conditions))
        page = session.scalars(rows.order_by(*order).offset(offset).limit(limit)).unique().all()
        return {
            "content": [shape(session, each) for each in page],
            "total": total,
            "size": len(page),
        }

    return json_response(request, await operator.fleet.database.read(answer))


def _order(entity: Entity[T], sort: str | None) -> list[Any]:
    order: list[Any] = []
    for part in (sort or "").split(",") if sort else []:
        name, colon, direction = part.strip().partition(":")
        if not colon or not name:
            raise RefusedError(SORT_SYNTAX, f"{part!r} is not of the form field:ASC or field:DESC.")
        column = entity.columns.get(name.lower())
        if column is None:
            raise RefusedError(SORT_FIELD, f"There is no field {name!r} to sort by.")
        if direction.lower() not in ("asc", "desc"):
            raise RefusedError(SORT_DIRECTION, f"{direction!r} is neither ASC nor DESC.")
        order.append(column.asc() if direction.lower() == "asc" else column.desc())
    # Without it, rows that are equal so far could be on two pages or on none.
    return [*order, entity.order]
