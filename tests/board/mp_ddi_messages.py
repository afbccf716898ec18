"""DDI messages: what a board makes of a server's answers, and what it says itself."""

import json

from ddi.deployment import Deployment
from ddi.errors import NonsenseError
from ddi.messages import action_id, feedback, plain, poll, sleep_s


def _refused(rule, value):
    try:
        rule(value)
    except NonsenseError:
        return
    raise AssertionError(value)


def test_polling_times_are_understood():
    for text, seconds in (
        ("00:05:00", 300),
        ("00:00:01", 1),
        ("01:02:03", 3723),
        ("23:59:59", 86399),
        ("PT24H", 86400),
        ("P1D", 86400),
        ("PT1H30M", 5400),
        ("PT90S", 90),
    ):
        assert sleep_s(text) == seconds, text


def test_polling_time_is_a_day_at_most():
    for text in ("P2D", "P1DT1S", "PT100H", "99:00:00", "999999999999:00:00", "PT9999999999999H"):
        assert sleep_s(text) == 86400, text


def test_polling_time_that_makes_no_sense_is_five_minutes():
    for text in (
        None,
        5,
        True,
        {},
        "",
        "5",
        "05:00",
        "00:00:05:00",
        "a:b:c",
        "::",
        "P",
        "PT",
        "PT24",
        "PH",
        "P1W",
        "PX",
        "00:00:00",
        "-01:00:00",
    ):
        assert sleep_s(text) == 300, text


def test_poll_gives_the_known_links():
    answer = {
        "config": {"polling": {"sleep": "00:00:30"}, "more": 1},
        "_links": {
            "deploymentBase": {"href": "http://s/deploymentBase/8?c=1", "more": 1},
            "configData": {"href": "http://s/configData"},
            "unknown": 5,
        },
    }
    assert poll(answer) == (
        30,
        {
            "deploymentBase": "http://s/deploymentBase/8?c=1",
            "configData": "http://s/configData",
        },
    )


def test_poll_that_says_nothing_is_taken():
    assert poll({}) == (300, {})
    assert poll({"config": {}, "_links": {}}) == (300, {})


def test_poll_of_another_shape_is_refused():
    for answer in (
        None,
        [],
        "text",
        5,
        {"config": []},
        {"config": None},
        {"config": {"polling": "00:05:00"}},
        {"_links": []},
        {"_links": {"deploymentBase": "http://s/"}},
        {"_links": {"deploymentBase": {}}},
        {"_links": {"cancelAction": {"href": 5}}},
    ):
        _refused(poll, answer)


def test_action_id_is_the_last_step_of_the_path():
    for href in (
        "http://s/DEFAULT/controller/v1/b/deploymentBase/18",
        "http://s/DEFAULT/controller/v1/b/deploymentBase/18?c=-2129030598",
        "http://s/deploymentBase/18/?c=a/b",
    ):
        assert action_id(href) == "18", href


def test_feedback_is_as_the_api_takes_it():
    assert feedback("8", "closed", "success", ["one", "two"]) == {
        "id": "8",
        "status": {
            "execution": "closed",
            "result": {"finished": "success"},
            "details": ["one", "two"],
        },
    }


def test_feedback_has_no_markup_and_only_printable_ascii():
    for text, sent in (
        ("<b>bold</b>", "?b?bold?/b?"),
        ("a & b", "a ? b"),
        ("line\nend\t\0\x7f", "line?end???"),
        ("gr\u00fc\u00df \u2603", "gr?? ?"),
        ("plain ~!'\"{}", "plain ~!'\"{}"),
    ):
        assert plain(text) == sent
        assert feedback("8", "proceeding", "none", [text])["status"]["details"] == [sent]


def test_feedback_has_fifty_details_of_bounded_length_at_most():
    details = feedback("8", "proceeding", "none", ["x" * 2000] * 51)["status"]["details"]
    assert len(details) == 50
    # The server cuts at 512, and counts each part as a detail.
    assert all(len(detail) == 500 for detail in details)


def _artifact(name, **links):
    return {
        "filename": name,
        "size": 5,
        "hashes": {"sha1": "x"},
        "_links": {kind.replace("_", "-"): {"href": href} for kind, href in links.items()},
    }


def _answer(**fields):
    deployment = {
        "download": "attempt",
        "update": "skip",
        "maintenanceWindow": "unavailable",
        "chunks": [
            {
                "part": "manifest",
                "version": "1.1.0",
                "name": "locker",
                "artifacts": [_artifact("manifest.json", download_http="http://s/m", md5sum="x")],
            },
            {
                "part": "layer",
                "artifacts": [
                    _artifact("app.bin", download="https://s/a", download_http="http://s/a"),
                    _artifact("core.bin", download_http="http://s/c"),
                ],
            },
            {"part": "layer"},
        ],
    }
    deployment.update(fields)
    return {"id": "8", "deployment": deployment, "actionHistory": {"status": "RUNNING"}}


def test_deployment_says_what_to_fetch_and_where():
    deployment = Deployment(_answer())
    assert (deployment.id, deployment.download, deployment.update) == ("8", "attempt", "skip")
    assert deployment.files == {
        ("manifest", "manifest.json"): ("http://s/m", 5),
        ("layer", "app.bin"): ("https://s/a", 5),
        ("layer", "core.bin"): ("http://s/c", 5),
    }


def test_deployment_that_does_not_say_how_is_forced():
    deployment = Deployment({"id": "8", "deployment": {"chunks": []}})
    assert (deployment.download, deployment.update) == ("forced", "forced")
    assert deployment.files == {}


def _each_part_spoilt(value):
    """`value` with one part after the other replaced by what it must not be, whatever it was."""
    if not isinstance(value, (dict, list)):
        return
    for key in value if isinstance(value, dict) else range(len(value)):
        good = value[key]
        for bad in (None, 5, "text", [], {}, [5], {"a": 5}):
            value[key] = bad
            yield key, bad
        value[key] = good
        yield from _each_part_spoilt(good)


def test_deployment_with_any_part_of_another_kind_is_refused_or_read():
    answer, refused, read = _answer(), 0, 0
    for key, bad in _each_part_spoilt(answer):
        try:
            deployment = Deployment(json.loads(json.dumps(answer)))
            assert all(isinstance(href, str) for href, _ in deployment.files.values()), (key, bad)
            read += 1
        except NonsenseError:
            refused += 1
    assert refused > 80, refused
    assert read > 40, read


def test_deployment_without_its_parts_is_refused():
    for answer in (
        None,
        [],
        {},
        {"id": "8"},
        {"id": 8, "deployment": {"chunks": []}},
        {"deployment": {"chunks": []}},
        {"id": "8", "deployment": {}},
        _answer(chunks=None),
        _answer(chunks=[{"artifacts": []}]),
        _answer(chunks=[{"part": "layer", "artifacts": [_artifact("app.bin")]}]),
        _answer(download=None),
    ):
        _refused(Deployment, answer)
