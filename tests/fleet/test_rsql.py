"""The query language: what a text means, and where a wrong one is wrong."""

from __future__ import annotations

import pytest

from fleet.rsql import All, AnyOf, Comparison, Node, RsqlError, parse


def _is(field: str, *values: str, operator: str = "==") -> Comparison:
    return Comparison(field, operator, values)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("name==a", _is("name", "a")),
        ("NAME == a", _is("name", "a")),
        ("name=='a b'", _is("name", "a b")),
        ('name=="a;b,c)"', _is("name", "a;b,c)")),
        (r'name=="say \"a\""', _is("name", 'say "a"')),
        (r'name=="\*"', _is("name", r"\*")),
        ("name==''", _is("name", "")),
        ("version==1.1.0+1a2b3c4d", _is("version", "1.1.0+1a2b3c4d")),
        ("id!=5", _is("id", "5", operator="!=")),
        ("id<5", _is("id", "5", operator="<")),
        ("id=le=5", _is("id", "5", operator="<=")),
        ("id>=5", _is("id", "5", operator=">=")),
        ("id=gt=5", _is("id", "5", operator=">")),
        ("name=is=null", _is("name", "null", operator="is")),
        ("name=ne=a", _is("name", "a", operator="!=")),
        ("name=in=(a,'b c', d)", _is("name", "a", "b c", "d", operator="in")),
        ("name=out=(a)", _is("name", "a", operator="out")),
        ("attribute.layer.app==x*", _is("attribute.layer.app", "x*")),
        ("a==1;b==2", All((_is("a", "1"), _is("b", "2")))),
        ("a==1 and b==2 AND c==3", All((_is("a", "1"), _is("b", "2"), _is("c", "3")))),
        ("a==1,b==2", AnyOf((_is("a", "1"), _is("b", "2")))),
        (
            "a==1 or b==2 and c==3",
            AnyOf((_is("a", "1"), All((_is("b", "2"), _is("c", "3"))))),
        ),
        (
            "(a==1 or b==2);c==3",
            All((AnyOf((_is("a", "1"), _is("b", "2"))), _is("c", "3"))),
        ),
        ("android==1", _is("android", "1")),
        ("((a==1))", _is("a", "1")),
    ],
)
def test_a_query_means_what_it_says(text: str, node: Node) -> None:
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected a name or value at character 1"),
        ("name", "expected an operator at character 5"),
        ("name==", "expected a name or value at character 7"),
        ("==a", "expected a name or value at character 1"),
        ("name=like=a", "unknown operator =like= at character 5"),
        ("name==a b", "expected the end at character 9"),
        ("name==a;", "expected a name or value at character 9"),
        ("(name==a", "expected \\) at character 9"),
        ("name==a)", "expected the end at character 8"),
        ("name=in=a", "expected \\( at character 9"),
        ("name=in=()", "expected a name or value at character 10"),
        ("name=='a", "cannot read the query at character 7"),
        ("name~a", "cannot read the query at character 5"),
        ("(" * 60 + "a==1" + ")" * 60, "too many parentheses"),
    ],
)
def test_what_is_no_query_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(RsqlError, match=complaint):
        parse(text)
