"""Strict JSON in, canonical JSON out."""

from hashlib import sha256

from tuf_repo import refused

from tuf.canonical import Message, feed
from tuf.errors import MetadataError
from tuf.strictjson import loads


def _parsed(text):
    data = text if isinstance(text, bytes) else text.encode()
    # As in a buffer: what an earlier, longer file left lies behind the end.
    return loads(bytearray(data + b'e"}]1 '), len(data))


def _canonical(text):
    pieces = []
    feed(_parsed(text), pieces.append)
    return "".join(pieces)


def test_values_of_all_kinds_are_read():
    assert _parsed('{"a":[1,-2,0,true,false,null,"x",{}],"b":[]}') == {
        "a": [1, -2, 0, True, False, None, "x", {}],
        "b": [],
    }
    assert _parsed(" \r\n\t[ 1 , 2 ] \n") == [1, 2]
    assert _parsed('"plain"') == "plain"
    assert _parsed("9999999999999999999") == 9999999999999999999


def test_escapes_are_read():
    assert _parsed(r'"\"\\\/\b\f\n\r\t\u0041\u00e9"') == '"\\/\b\f\n\r\tA\xe9'
    assert _parsed(r'"\ud83d\ude00"') == "\U0001f600"
    assert _parsed('"\U0001f600 \xe9"') == "\U0001f600 \xe9"
    assert _parsed(r'"\\"') == "\\"
    assert _parsed(r'["\\","\""]') == ["\\", '"']


def test_what_is_no_json_is_refused():
    for text in (
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1:2]",
        "[1}",
        '{"a"}',
        '{"a" 1}',
        '{"a":}',
        '{"a":1,}',
        '{"a":1 "b":2}',
        '{"a":1,,"b":2}',
        "{1:2}",
        "{a:1}",
        "tru",
        "True",
        "nul",
        "NaN",
        "'a'",
        '"a',
        '"a\\',
        '"\\x"',
        '"\\u12"',
        '"\\u12g4"',
        '"\\u+123"',
        "01",
        "-",
        "+1",
        "-01",
        "1 2",
        "[1]]",
        "{} {}",
        "// x\n1",
        "\ufeff{}",
        b"[1]\0",
        b"\0[1]",
        b'"\xff"',
        b'"\xe9"',
    ):
        refused(MetadataError, _parsed, text)


def test_what_readers_take_differently_is_refused():
    for text in (
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        "1.0",
        "1e3",
        "[1E3]",
        "10000000000000000000",
        r'"\ud83d"',
        r'"\ud83dx"',
        r'"\ud83d\u0041"',
        r'"\ude00"',
    ):
        refused(MetadataError, _parsed, text)


def test_truncated_text_is_refused_at_every_byte():
    text = b'{"a":["\\u0041\\n",-12,true,{"b":null}]}'
    for length in range(len(text)):
        refused(MetadataError, loads, bytearray(text), length)
    assert loads(bytearray(text), len(text)) == {"a": ["A\n", -12, True, {"b": None}]}


def test_depth_is_bounded():
    assert _parsed("[" * 12 + "]" * 12)
    for head, tail in (("[", "]"), ('{"a":', "}")):
        refused(MetadataError, _parsed, head * 13 + "1" + tail * 13)
        refused(MetadataError, _parsed, head * 1600)


def test_canonical_form_is_the_one_of_olpc():
    for text, wanted in (
        ('{ "b" : 2, "a" : [ 1, -3 ], "": {} }', '{"":{},"a":[1,-3],"b":2}'),
        ('[true,false,null,0,-0,"",[],{}]', '[true,false,null,0,0,"",[],{}]'),
        # Nothing but quotes and backslashes is escaped.
        (r'"\"\\\/\n\u0000"', '"\\"\\\\/\n\0"'),
        (r'{"\"":"\\"}', '{"\\"":"\\\\"}'),
    ):
        assert _canonical(text) == wanted, text


def test_keys_are_sorted_by_code_point():
    text = r'{"\ud83d\ude00":1,"\uffff":2,"z":3,"\u00e9":4,"Z":5,"aa":6,"a":7,"_":8}'
    wanted = '{"Z":5,"_":8,"a":7,"aa":6,"z":3,"\xe9":4,"\uffff":2,"\U0001f600":1}'
    assert _canonical(text) == wanted


def test_digest_is_that_of_the_canonical_utf8():
    value = _parsed('{"b":"\xe9\U0001f600","a":[1]}')
    wanted = sha256('{"a":[1],"b":"\xe9\U0001f600"}'.encode()).digest()
    assert Message(value).sha256() == wanted
