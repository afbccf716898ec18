"""RSQL as conditions of SQL: what a query of the Mgmt API, a rollout or a filter matches."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, String, and_, func, not_, or_, type_coerce

from fleet.errors import RSQL_FIELD, RSQL_SYNTAX, RefusedError
from fleet.fields import Condition, Entity, T
from fleet.rsql import All, AnyOf, Comparison, Node, RsqlError, parse

_ORDERED: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
}


def conditions_of(entity: Entity[T], text: str | None) -> list[ColumnElement[bool]]:
    """What the rows fulfil that a query matches; nothing for none. Raises RefusedError (400)."""
    if not text:
        return []
    if "\0" in text:
        raise RefusedError(RSQL_SYNTAX, "Query: there is a NUL in it.")
    try:
        return [_condition(entity, parse(text))]
    except RsqlError as error:
        raise RefusedError(RSQL_SYNTAX, f"Query: {error}.") from None


def _condition(entity: Entity[T], node: Node) -> ColumnElement[bool]:
    if isinstance(node, All):
        return and_(*(_condition(entity, each) for each in node.parts))
    if isinstance(node, AnyOf):
        return or_(*(_condition(entity, each) for each in node.parts))
    return _comparison(entity, node)


def _comparison(entity: Entity[T], node: Comparison) -> ColumnElement[bool]:
    field = entity.find(node.field)
    if field is None:
        raise RefusedError(RSQL_FIELD, f"There is no field {node.field!r} to query.")
    if node.operator in _ORDERED:
        return field(_ordered(node))
    wanted = field(lambda column: or_(*(_equal(column, each, node) for each in node.values)))
    # What has no value, or no such row at all, is different from every value.
    return not_(wanted) if node.operator in ("!=", "out", "not") else wanted


def _ordered(node: Comparison) -> Condition:
    compare = _ORDERED[node.operator]

    def condition(column: Any) -> ColumnElement[bool]:
        if _kind(column) is str:
            return compare(func.lower(type_coerce(column, String)), node.values[0].lower())
        if _kind(column) is bool:
            raise RsqlError(f"{node.field} is true or false: nothing is less or more")
        return compare(column, _value(column, node.values[0]))

    return condition


def _equal(column: Any, text: str, node: Comparison) -> ColumnElement[bool]:
    if node.operator in ("is", "not") and text == "null":
        missing: ColumnElement[bool] = column.is_(None)
        return missing
    if _kind(column) is not str:
        return and_(column.is_not(None), column == _value(column, text))
    plain = func.lower(type_coerce(column, String))
    if not text:
        return or_(column.is_(None), plain == "")
    return and_(column.is_not(None), plain.like(_pattern(text.lower()), escape="\\"))


def _pattern(text: str) -> str:
    """A pattern for LIKE: `*` becomes a wildcard, `\\*` and all that LIKE minds is literal."""
    parts = text.replace("\\*", "\0").split("*")
    escaped = [
        part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "*")
        for part in parts
    ]
    return "%".join(escaped)


def _kind(column: Any) -> type:
    """The Python type of what a column holds; an enum counts as its text."""
    kind: type = column.type.python_type
    return str if issubclass(kind, Enum) else kind


def _value(column: Any, text: str) -> int | bool:
    """Raises RsqlError."""
    if _kind(column) is bool:
        if text.lower() not in ("true", "false"):
            raise RsqlError(f"{text!r} is neither true nor false")
        return text.lower() == "true"
    try:
        number = int(text)
    except ValueError:
        raise RsqlError(f"{text!r} is not a value of that field") from None
    bits = 63 if isinstance(column.type, BigInteger) else 31
    if abs(number) >= 1 << bits:
        raise RsqlError(f"{text!r} is too large for that field")
    return number
