"""RSQL (FIQL), the query language of the Mgmt API's lists: text to a tree. No I/O.

`;` or `and` binds tighter than `,` or `or`. Facts: mgmt.md 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MAX_DEPTH = 50

_OPERATORS = {
    "==": "==",
    "=eq=": "==",
    "=is=": "is",
    "!=": "!=",
    "=ne=": "!=",
    "=not=": "not",
    "=lt=": "<",
    "<": "<",
    "=le=": "<=",
    "<=": "<=",
    "=gt=": ">",
    ">": ">",
    "=ge=": ">=",
    ">=": ">=",
    "=in=": "in",
    "=out=": "out",
}

_WANTED = {"word": "a name or value", "operator": "an operator"}

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<operator>=[a-z]+=|==|!=|<=|>=|<|>)
      | (?P<mark>[();,])
      | (?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<word>[^\s"'();,=!<>~]+)
    )""",
    re.VERBOSE,
)


class RsqlError(Exception):
    """The text is not RSQL; says where."""


@dataclass(frozen=True)
class Comparison:
    """One field against its values. In a value `*` is a wildcard unless a backslash precedes it."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class All:
    """Every part must hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class AnyOf:
    """One part must hold."""

    parts: tuple[Node, ...]


Node = Comparison | All | AnyOf


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Node:
    """The tree of a query. Raises RsqlError."""
    parser = _Parser(list(_tokens(text)))
    node = parser.alternatives(0)
    parser.expect_end()
    return node


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise RsqlError(f"cannot read the query at character {at + 1}")
        yield _Token(match.lastgroup, match.group(match.lastgroup), match.start(match.lastgroup))
        at = match.end()
    yield _Token("end", "", len(text))


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def alternatives(self, depth: int) -> Node:
        parts = [self._conjunction(depth)]
        while self._take("mark", ",") or self._take("word", "or"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def expect_end(self) -> None:
        if self._token.kind != "end":
            raise self._error("the end")

    def _conjunction(self, depth: int) -> Node:
        parts = [self._term(depth)]
        while self._take("mark", ";") or self._take("word", "and"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _term(self, depth: int) -> Node:
        if not self._take("mark", "("):
            return self._comparison()
        if depth >= _MAX_DEPTH:
            raise RsqlError("too many parentheses")
        node = self.alternatives(depth + 1)
        self._expect("mark", ")")
        return node

    def _comparison(self) -> Comparison:
        field = self._expect("word").text
        operator = self._expect("operator")
        if operator.text not in _OPERATORS:
            raise RsqlError(f"unknown operator {operator.text} at character {operator.at + 1}")
        name = _OPERATORS[operator.text]
        values = self._list() if name in ("in", "out") else (self._value(),)
        return Comparison(field.lower(), name, values)

    def _list(self) -> tuple[str, ...]:
        self._expect("mark", "(")
        values = [self._value()]
        while self._take("mark", ","):
            values.append(self._value())
        self._expect("mark", ")")
        return tuple(values)

    def _value(self) -> str:
        token = self._token
        if token.kind == "quoted":
            self._next += 1
            # A backslash stays before what is special in a value, and goes before the rest.
            return re.sub(r"\\([^*\\])", r"\1", token.text[1:-1])
        return self._expect("word").text

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, kind: str, text: str) -> bool:
        if self._token.kind == kind and self._token.text.lower() == text:
            self._next += 1
            return True
        return False

    def _expect(self, kind: str, text: str | None = None) -> _Token:
        token = self._token
        if token.kind != kind or text not in (None, token.text):
            raise self._error(text or _WANTED[kind])
        self._next += 1
        return token

    def _error(self, wanted: str) -> RsqlError:
        return RsqlError(f"expected {wanted} at character {self._token.at + 1}")
