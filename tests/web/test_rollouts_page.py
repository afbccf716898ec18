"""Rollouts on the page: made, started, watched."""

from __future__ import annotations

import re

import pytest
from seeded import Made
from sqlalchemy import select
from web_world import Person, Shop, plain

from fleet.errors import RefusedError
from fleet.page.pictures import HEIGHT, WIDTH, bar_picture, groups_picture, share_parts
from fleet.page.rollout_form import parse_sizes, query_for
from fleet.rollout_rules import Outcomes, RolloutStatus
from fleet.store.rollouts import Rollout


def _new(person: Person, made: Made, **fields: str) -> str:
    """Make a rollout; the address of its screen."""
    given = {"name": "spring", "release": str(made.set_id), "site": "", **fields}
    answer = person.send("/ui/new-rollout", "/ui/new-rollout", **given)
    assert answer.status_code == 200, plain(answer.text)
    assert "Nothing moves yet" in answer.text
    return answer.url.path


def _rollout(shop: Shop) -> Rollout:
    return shop.write(lambda session: session.scalars(select(Rollout)).one())


def test_a_rollout_is_made_started_and_stopped(
    shop: Shop, operator: Person, made: list[Made]
) -> None:
    path = _new(operator, made[2], groups="50", success="100", error="0")
    number = path.rpartition("/")[2]
    assert _rollout(shop).status is RolloutStatus.READY
    screen = operator.text(path)
    assert "ready to start" in screen
    assert "120 not begun" in screen
    # A new core: a small first group comes by itself.
    assert "1. first" in screen
    assert "goes on at 100 % done, stops above 0 % failed" in screen

    confirm = f"/ui/do/start-rollout?on=rollout:{number}&back={path}"
    assert "This touches 120 boards ." in operator.text(confirm)
    started = operator.send(confirm, "/ui/do/start-rollout")
    assert started.url.path == path
    assert _rollout(shop).status in (RolloutStatus.STARTING, RolloutStatus.RUNNING)
    assert "spring" in operator.text("/ui/")
    assert "spring" in operator.text("/ui/rollouts")

    stop = f"/ui/do/stop-rollout?on=rollout:{number}&back={path}"
    assert "Stopped: spring." in plain(operator.send(stop, "/ui/do/stop-rollout").text)
    assert _rollout(shop).status in (RolloutStatus.STOPPING, RolloutStatus.STOPPED)


def test_a_rollout_for_a_site_takes_its_boards_alone(
    shop: Shop, operator: Person, made: list[Made]
) -> None:
    _new(operator, made[1], site="Pool", groups="100")
    assert _rollout(shop).total == 24


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, "A rollout needs a name."),
        ({"release": "999"}, "Choose a release of boards."),
        ({"release": "x"}, "release must be a number."),
        ({"groups": "60 60"}, "100 % at most"),
        ({"groups": "many"}, "Sizes of groups are percents"),
        ({"success": "101"}, "A threshold is 0 to 100 %."),
        ({"site": "Nowhere"}, "No board matches"),
        ({"query": "nonsense=="}, "Query:"),
    ],
)
def test_a_rollout_that_makes_no_sense_is_asked_for_again(
    shop: Shop, operator: Person, made: list[Made], fields: dict[str, str], told: str
) -> None:
    given = {"name": "a <new> one", "release": str(made[2].set_id), "groups": "5", **fields}
    answer = operator.send("/ui/new-rollout", "/ui/new-rollout", **given)
    assert answer.status_code == 400
    assert told in plain(answer.text)
    assert "<new>" not in answer.text
    assert not shop.write(lambda session: session.scalars(select(Rollout)).all())


@pytest.mark.parametrize(
    ("text", "sizes"),
    [("5, 25", [5, 25, 70]), ("100%", [100]), ("", [100]), ("33.3;33.3", [33.3, 33.3, 33.4])],
)
def test_sizes_come_to_a_hundred(text: str, sizes: list[float]) -> None:
    assert parse_sizes(text) == sizes


@pytest.mark.parametrize("text", ["0", "-5", "101", "50,0,50", "1e2", "5 " * 60])
def test_odd_sizes_are_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        parse_sizes(text)


def test_a_site_is_no_query(operator: Person, made: list[Made]) -> None:
    odd = 'a";group==*'
    assert query_for({"oled": (1,)}, odd) == 'attribute.board=in=("oled");group=="a\\";group==\\*"'
    given = {"name": "n", "release": str(made[2].set_id), "site": odd, "groups": "100"}
    answer = operator.send("/ui/new-rollout", "/ui/new-rollout", **given)
    assert "No board matches" in plain(answer.text)


def test_the_picture_shows_each_group_and_how_its_boards_stand() -> None:
    groups = [
        ("first", Outcomes(finished=2)),
        ("second", Outcomes(finished=10, running=5, error=5)),
        ("third", Outcomes(scheduled=78)),
    ]
    rects = groups_picture(groups)
    grounds = [each for each in rects if each.kind == "ground"]
    assert [each.text for each in grounds] == ["first", "second", "third"]
    assert grounds[0].width < grounds[1].width < grounds[2].width
    assert grounds[-1].x + grounds[-1].width == pytest.approx(WIDTH, abs=0.1)
    second = {each.kind: each for each in rects if each.text.startswith("second:")}
    assert {kind: each.height for kind, each in second.items()} == {
        "good": 50,
        "busy": 25,
        "bad": 25,
    }
    assert second["good"].y + second["good"].height == HEIGHT
    assert not [each for each in rects if each.text.startswith("third:")]


def test_very_many_groups_still_fit() -> None:
    rects = groups_picture([(str(number), Outcomes(scheduled=1)) for number in range(100)])
    assert all(each.width > 0 for each in rects)
    assert rects[-1].x + rects[-1].width == pytest.approx(WIDTH, abs=0.5)


def test_what_many_boards_run_has_a_colour_of_its_own() -> None:
    shares = share_parts([(f"1.{number}.0", number) for number in range(1, 9)])
    assert [(each.text, each.value) for each in shares] == [
        ("1.8.0", 8),
        ("1.7.0", 7),
        ("1.6.0", 6),
        ("1.5.0", 5),
        ("4 others", 10),
    ]
    bars = bar_picture(shares)
    assert sum(each.width for each in bars) == pytest.approx(WIDTH, abs=0.1)
    assert len({each.kind for each in bars}) == 5


def test_the_picture_is_in_the_screen_for_eyes_and_ears(operator: Person, made: list[Made]) -> None:
    html = operator.read(_new(operator, made[2]))
    (svg,) = re.findall(r'<svg class="picture groups tall".*?</svg>', html, re.S)
    assert 'role="img"' in svg
    assert 'aria-label="Groups: 120 not begun"' in svg
    assert svg.count("<rect") >= 4
