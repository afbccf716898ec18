"""What operators do: every deed says first how many boards it touches."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from seeded import Made
from sqlalchemy import select
from web_world import Form, Person, Shop, plain

from fleet.actions import Status, TargetState
from fleet.scopes import Scope
from fleet.store.boards import Action, Target
from fleet.store.policies import AuditEntry

_POOL = [f"cabinet-{number:04}" for number in range(3, 121, 5)]


@pytest.fixture(scope="module")
def asker(fleet: Shop) -> Person:
    """An operator on the server of those tests that change nothing."""
    return fleet.signed_in("operator")


def _page(verb: str, on: str) -> str:
    return f"/ui/do/{verb}?on={quote(on)}"


def _do(person: Person, verb: str, on: str, **fields: str) -> str:
    """Confirm a deed; what the next screen tells."""
    answer = person.send(_page(verb, on), f"/ui/do/{verb}", **fields)
    assert answer.status_code == 200, plain(answer.text)
    found = re.search(r'<p class="told" role="status">(.*?)</p>', answer.text)
    assert found is not None, plain(answer.text)
    return plain(found[1])


def _board(shop: Shop, name: str) -> Target:
    wanted = select(Target).where(Target.controller_id == name)
    return shop.write(lambda session: session.scalars(wanted).one())


@pytest.mark.parametrize(
    ("verb", "on", "touches"),
    [
        ("pause", "all", "120 boards"),
        ("pause", "site:Pool", "24 boards"),
        ("pause", "board:cabinet-0001", "1 board"),
        ("retry", "all", "2 boards"),
        ("retry", "site:Pool", "0 boards"),
        ("hold", "all", "120 boards"),
        ("unhold", "all", "0 boards"),
        ("check", "site:Pool", "24 boards"),
        ("window", "all", "120 boards"),
    ],
)
def test_it_is_said_how_many_boards_are_touched(
    asker: Person, verb: str, on: str, touches: str
) -> None:
    assert f"This touches {touches} ." in asker.text(_page(verb, on))


def test_a_site_is_paused_and_goes_on(shop: Shop, operator: Person) -> None:
    told = _do(operator, "pause", "site:Pool", reason="the <b>pool</b> is closed")
    assert told == "Paused: 24 boards."
    rules = shop.fleet.steering.rules
    assert rules.pause_of("cabinet-0003", "Pool") is not None
    assert rules.pause_of("cabinet-0004", "University") is None
    screen = operator.read("/ui/boards/cabinet-0003")
    assert "with its site, by operator" in plain(screen)
    assert "the &lt;b&gt;pool&lt;/b&gt; is closed" in screen
    assert "Pool is paused by operator" in operator.text("/ui/")
    assert "Paused" in operator.text("/ui/steering")

    assert _do(operator, "resume", "site:Pool") == "The pause has ended: 24 boards."
    assert shop.fleet.steering.rules.pause_of("cabinet-0003", "Pool") is None


def test_held_boards_stay_where_they_are(shop: Shop, operator: Person) -> None:
    assert _do(operator, "hold", "site:Pool") == "Held: 24 boards."
    assert _board(shop, "cabinet-0003").held
    held = re.findall(
        r'<th scope="row"><a href="/ui/boards/([^"]+)"', operator.read("/ui/boards?state=held")
    )
    assert held == _POOL
    assert _do(operator, "unhold", "board:cabinet-0003") == "Held no more: 1 board."
    assert not _board(shop, "cabinet-0003").held


def test_a_window_is_set_and_shown(shop: Shop, operator: Person) -> None:
    fields = {"schedule": "0 0 2 ? * *", "duration": "03:00:00", "zone": "Europe/Berlin"}
    assert _do(operator, "window", "site:Pool", **fields) == "The window holds: 24 boards."
    window = shop.fleet.steering.rules.windows[Scope.site("Pool")]
    assert str(window) == "0 0 2 ? * * for 03:00:00 Europe/Berlin"
    assert "0 0 2 ? * * for 03:00:00 Europe/Berlin" in operator.text("/ui/boards/cabinet-0003")
    assert 'value="Europe/Berlin"' in operator.read(_page("window", "site:Pool"))
    _do(operator, "no-window", "site:Pool")
    assert not shop.fleet.steering.rules.windows


def test_a_window_that_makes_no_sense_is_asked_for_again(asker: Person) -> None:
    page = _page("window", "all")
    fields = {"schedule": "at <noon>", "duration": "03:00:00", "zone": "Europe/Berlin"}
    answer = asker.send(page, "/ui/do/window", **fields)
    assert answer.status_code == 409
    assert "There is no such window" in plain(answer.text)
    assert 'value="at &lt;noon&gt;"' in answer.text


def test_a_window_that_never_opens_is_asked_for_again(asker: Person, fleet: Shop) -> None:
    fields = {"schedule": "0 0 2 1 1 ? 2020", "duration": "03:00:00", "zone": "Europe/Berlin"}
    answer = asker.send(_page("window", "all"), "/ui/do/window", **fields)
    assert answer.status_code == 409
    assert "That window will never open." in plain(answer.text)
    assert not fleet.fleet.steering.rules.windows


def test_failed_boards_are_given_it_once_more(shop: Shop, operator: Person) -> None:
    assert _do(operator, "retry", "all") == "Tried again: 2 boards."
    assert _board(shop, "cabinet-0002").state is TargetState.PENDING


def test_a_board_is_given_a_release(shop: Shop, operator: Person, made: list[Made]) -> None:
    on = "board:cabinet-0004"
    told = _do(operator, "assign", on, release=str(made[2].set_id))
    assert told == "cabinet-0004 is given 1.2.0."
    assert _board(shop, "cabinet-0004").assigned_set_id == made[2].set_id
    again = operator.send(_page("assign", on), "/ui/do/assign", release=str(made[2].set_id))
    assert "is given 1.2.0 already" in plain(again.text)


def test_a_board_is_put_at_another_site(shop: Shop, operator: Person) -> None:
    on = "board:cabinet-0004"
    _do(operator, "pause", "site:Pool", reason="closed")
    assert "Site…" in operator.text("/ui/boards/cabinet-0004")
    assert 'value="University"' in operator.read(_page("site", on))
    assert _do(operator, "site", on, site=" Pool ") == "cabinet-0004 is at Pool now."
    assert _board(shop, "cabinet-0004").group == "Pool"
    assert "with its site, by operator" in operator.text("/ui/boards/cabinet-0004")
    assert f"operator site {on} Pool" in operator.text("/ui/log")
    refused = operator.send(_page("site", on), "/ui/do/site", site="<Pool>")
    assert refused.status_code == 409
    assert _do(operator, "site", on, site="") == "cabinet-0004 is at no site now."
    assert _board(shop, "cabinet-0004").group is None


def test_an_update_is_canceled_and_then_ended_without_the_board(
    shop: Shop, operator: Person
) -> None:
    board = _board(shop, "cabinet-0001")
    wanted = select(Action).where(Action.target_id == board.id, Action.active)
    action = shop.write(lambda session: session.scalars(wanted).one())
    assert "Cancel this update" in operator.text("/ui/boards/cabinet-0001")
    _do(operator, "cancel", f"action:{action.id}")
    assert "asked to give up" in operator.text("/ui/boards/cabinet-0001")
    _do(operator, "quit", f"action:{action.id}")
    ended = shop.write(lambda session: session.get_one(Action, action.id))
    assert (ended.active, ended.status) == (False, Status.CANCELED)


def test_more_boards_than_were_confirmed_are_asked_about_again(
    shop: Shop, operator: Person
) -> None:
    html = operator.read(_page("pause", "site:Pool"))
    form = Form(html, "/ui/do/pause").fields
    newcomer = Target(controller_id="newcomer", name="n", group="Pool", security_token="t")
    shop.write(lambda session: session.add(newcomer))
    answer = operator.http.post("/ui/do/pause", data=form)
    assert answer.status_code == 409
    assert "By now it touches more boards" in plain(answer.text)
    assert "This touches 25 boards ." in plain(answer.text)
    assert not shop.fleet.steering.rules.pauses
    again = operator.http.post("/ui/do/pause", data=Form(answer.text, "/ui/do/pause").fields)
    assert "Paused: 25 boards." in plain(again.text)


def test_everything_that_is_done_is_in_the_log(shop: Shop, operator: Person) -> None:
    _do(operator, "pause", "site:Pool", reason="closed")
    newest = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)
    entry = shop.write(lambda session: session.scalars(newest).one())
    assert (entry.who, entry.what, entry.subject) == ("operator", "pause", "site:Pool")
    text = operator.text("/ui/log")
    assert "operator pause site:Pool closed" in text
    only = operator.text("/ui/log?subject=site:Pool")
    assert "operator pause site:Pool closed" in only
    assert "person:" not in only


@pytest.mark.parametrize("verb", ["pause", "assign", "retry", "start-rollout", "new"])
def test_a_viewer_does_nothing(fleet: Shop, asker: Person, verb: str) -> None:
    viewer = fleet.signed_in("viewer")
    on = "board:cabinet-0004" if verb == "assign" else "all"
    path = "/ui/new-rollout" if verb == "new" else _page(verb, on)
    assert viewer.get(path).status_code == 403
    form = {**Form(viewer.read("/ui/"), "/ui/sign-out").fields, "on": on, "touches": "99"}
    answer = viewer.http.post(path.partition("?")[0], data=form)
    assert answer.status_code == 403
    assert "takes the role operator" in plain(answer.text)
    assert not fleet.fleet.steering.rules.pauses
    assert "Steer it" not in viewer.text("/ui/boards/cabinet-0004")
    assert "Steer it" in asker.text("/ui/boards/cabinet-0004")


@pytest.mark.parametrize(
    ("verb", "on", "status"),
    [
        ("pause", "site:Nowhere", 404),
        ("pause", "board:nobody", 404),
        ("pause", "everything", 400),
        ("pause", "", 400),
        ("assign", "all", 400),
        ("cancel", "action:999", 404),
        ("cancel", "action:", 404),
        ("cancel", "action:9999999999999999999999", 404),
        ("start-rollout", "rollout:1", 404),
        ("explode", "all", 404),
    ],
)
def test_what_is_not_there_is_told(asker: Person, verb: str, on: str, status: int) -> None:
    answer = asker.get(_page(verb, on))
    assert answer.status_code == status
    assert "That was not done" in plain(answer.text)


@pytest.mark.parametrize("back", ["https://evil.test", "//evil.test/ui/", "javascript:alert(1)"])
def test_one_is_led_back_to_the_page_only(asker: Person, back: str) -> None:
    answer = asker.send(_page("check", "all"), "/ui/do/check", back=back)
    assert answer.url.path == "/ui/"
    assert f'href="{back}"' not in asker.read(_page("check", "all") + "&back=" + quote(back))
