"""The demonstration's report, for people and for programs."""

import json
import re

from demo.report import Row, report, table

ROWS = [
    Row("1.1.0", "committed", "committed 1.1.0 in slot 1", 58933, 5.94),
    Row("1.2.0", "reverted", "check relays: relay 2 reads on", 9952, 12.0),
]


def test_the_report_has_exactly_the_five_fields_of_each_release() -> None:
    assert json.loads(report(ROWS)) == [
        {
            "release": "1.1.0",
            "outcome": "committed",
            "reason": "committed 1.1.0 in slot 1",
            "bytes_downloaded": 58933,
            "seconds": 5.94,
        },
        {
            "release": "1.2.0",
            "outcome": "reverted",
            "reason": "check relays: relay 2 reads on",
            "bytes_downloaded": 9952,
            "seconds": 12.0,
        },
    ]


def test_a_report_before_the_first_end_is_an_empty_list() -> None:
    assert json.loads(report([])) == []


def test_the_table_shows_each_release_in_a_line() -> None:
    head, first, second = table(ROWS).splitlines()
    assert head.split() == ["release", "outcome", "reason", "bytes", "downloaded", "seconds"]
    assert re.fullmatch(r"1\.1\.0 +committed +committed 1\.1\.0 in slot 1 +58933 +5\.9", first)
    assert re.fullmatch(r"1\.2\.0 +reverted +check relays: relay 2 reads on +9952 +12\.0", second)
