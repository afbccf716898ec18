"""People on the page: admins manage them, everybody their own password."""

from __future__ import annotations

import pytest
from web_world import PASSWORD, Person, Shop, plain

_NEW = "an entirely new one"


def _change(person: Person, **fields: str) -> tuple[int, str]:
    answer = person.send("/ui/people", "/ui/people", **fields)
    return answer.status_code, plain(answer.text)


def test_an_admin_adds_somebody_who_then_signs_in(shop: Shop) -> None:
    admin = shop.signed_in("admin")
    status, text = _change(admin, what="add", name="Kim", role="operator", password=_NEW)
    assert status == 200
    assert "kim can sign in as operator." in text
    kim = shop.browser()
    assert kim.sign_in("kim", _NEW).status_code == 303
    assert "New rollout" in kim.text("/ui/rollouts")
    assert "add person:kim operator" in admin.text("/ui/log")


def test_a_role_holds_from_the_next_request_on(shop: Shop) -> None:
    admin, operator = shop.signed_in("admin"), shop.signed_in("operator")
    assert operator.get("/ui/new-rollout").status_code == 200
    assert "operator is viewer." in _change(admin, what="role", name="operator", role="viewer")[1]
    assert operator.get("/ui/new-rollout").status_code == 403


def test_who_is_removed_is_signed_out(shop: Shop) -> None:
    admin, viewer = shop.signed_in("admin"), shop.signed_in("viewer")
    assert "viewer is out." in _change(admin, what="remove", name="viewer")[1]
    assert viewer.get("/ui/").status_code == 303
    assert viewer.sign_in("viewer", PASSWORD).status_code == 401


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"what": "add", "name": "viewer", "role": "viewer"}, 400, "There is a viewer already."),
        ({"what": "add", "name": "<b>", "role": "viewer"}, 400, "A name has 1 to 64"),
        ({"what": "add", "name": "kim", "role": "king"}, 400, "There is no such role."),
        ({"what": "add", "name": "kim", "role": "admin", "password": "x"}, 400, "at least 10"),
        ({"what": "remove", "name": "admin"}, 400, "Admin is the last admin"),
        ({"what": "role", "name": "admin", "role": "viewer"}, 400, "Admin is the last admin"),
        ({"what": "remove", "name": "nobody"}, 400, "There is nobody called nobody."),
        ({"what": "crown", "name": "admin"}, 400, "There is nothing like that to do."),
    ],
)
def test_mistakes_with_people_are_told(
    shop: Shop, fields: dict[str, str], status: int, told: str
) -> None:
    found, text = _change(shop.signed_in("admin"), **{"password": _NEW, **fields})
    assert (found, told in text) == (status, True), text


@pytest.mark.parametrize("name", ["viewer", "operator"])
def test_people_are_for_admins(shop: Shop, name: str) -> None:
    person = shop.signed_in(name)
    assert person.get("/ui/people").status_code == 403
    assert ">People<" not in person.read("/ui/")
    form = {"what": "role", "name": name, "role": "admin"}
    answer = person.http.post("/ui/people", data=form)
    assert answer.status_code == 403


def test_ones_own_password_is_changed_and_other_sessions_end(shop: Shop) -> None:
    here, elsewhere = shop.signed_in("viewer"), shop.signed_in("viewer")
    answer = here.send("/ui/me", "/ui/me", what="password", old=PASSWORD, password=_NEW)
    assert "You have another password" in plain(answer.text)
    assert here.get("/ui/").status_code == 200
    assert elsewhere.get("/ui/").status_code == 303
    assert elsewhere.sign_in("viewer", PASSWORD).status_code == 401
    assert elsewhere.sign_in("viewer", _NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("wrong", _NEW, "The old password is wrong."), (PASSWORD, "short", "at least 10")],
)
def test_a_password_is_changed_by_its_owner_alone(
    shop: Shop, old: str, new: str, told: str
) -> None:
    person = shop.signed_in("viewer")
    answer = person.send("/ui/me", "/ui/me", what="password", old=old, password=new)
    assert answer.status_code == 400
    assert told in plain(answer.text)
    assert shop.browser().sign_in("viewer", PASSWORD).status_code == 303


def test_one_signs_out_everywhere_else(shop: Shop) -> None:
    here, elsewhere = shop.signed_in("viewer"), shop.signed_in("viewer")
    form = {"what": "sign-out"}
    here.send("/ui/me", "/ui/me", **form)
    assert here.get("/ui/").status_code == 200
    assert elsewhere.get("/ui/").status_code == 303


def test_the_environments_admin_has_no_password_to_change(shop: Shop) -> None:
    shop.fleet.accounts._admin = "from the environment"
    person = shop.browser()
    person.sign_in("admin", "from the environment")
    assert "FLEET_ADMIN_PASSWORD" in person.text("/ui/me")
