"""Signing in, staying in, and getting out."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update
from web_world import PASSWORD, Form, Shop

from fleet.context import now_ms
from fleet.people import sessions
from fleet.people.models import SignIn
from fleet.people.roles import Role


def test_nobody_gets_in_without_signing_in(fleet: Shop) -> None:
    stranger = fleet.browser()
    for path in ("/ui/", "/ui/boards", "/ui/people", "/ui/no-such-screen"):
        answer = stranger.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/ui/sign-in?next=%2Fui%2F")
        assert not answer.text
    assert stranger.get("/").headers["location"] == "/ui/"


def test_the_right_password_leads_to_where_one_wanted_to_go(fleet: Shop) -> None:
    person = fleet.browser()
    wanted = person.get("/ui/boards?state=error").headers["location"]
    following = Form(person.read(wanted), "/ui/sign-in").fields["next"]
    answer = person.sign_in("viewer", PASSWORD, next=following)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/boards?state=error")
    assert "viewer" in person.text("/ui/")


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.test/", "//evil.test", "/ui\\evil", "/uix", "", "/rest/v1", "/ui/\r\nx: y"],
)
def test_signing_in_leads_nowhere_else(fleet: Shop, elsewhere: str) -> None:
    answer = fleet.browser().sign_in("viewer", PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/ui/"


@pytest.mark.parametrize(
    ("name", "password"), [("viewer", "wrong"), ("viewer", ""), ("nobody", PASSWORD), ("", "")]
)
def test_wrong_passwords_and_wrong_names_look_the_same(
    fleet: Shop, name: str, password: str
) -> None:
    answer = fleet.browser().sign_in(name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert "fleet_session" not in answer.headers.get("set-cookie", "")


def test_a_session_is_in_a_cookie_that_no_script_and_no_other_site_gets(shop: Shop) -> None:
    answer = shop.browser().sign_in("viewer", PASSWORD)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("fleet_session=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/ui"):
        assert part in cookie
    token = cookie.partition("=")[2].partition(".")[0]
    kept = shop.write(lambda session: session.scalars(select(SignIn.token_hash)).all())
    assert len(kept) == 1
    assert token not in kept


def test_over_https_the_cookie_stays_there(fleet: Shop) -> None:
    person = fleet.browser()
    # As a proxy in front of us, on the same machine, says it.
    person.http.headers["x-forwarded-proto"] = "https"
    assert "Secure" in person.sign_in("viewer", PASSWORD).headers["set-cookie"]


def test_who_signs_out_is_out_for_the_server_too(fleet: Shop) -> None:
    person = fleet.signed_in("viewer")
    stolen = dict(person.http.cookies)
    person.send("/ui/", "/ui/sign-out")
    thief = fleet.browser()
    thief.http.cookies.update(stolen)
    assert thief.get("/ui/").status_code == 303


@pytest.mark.parametrize("change", ["x", ".", "A.B"])
def test_a_cookie_that_we_have_not_signed_is_worth_nothing(fleet: Shop, change: str) -> None:
    person = fleet.signed_in("viewer")
    (cookie,) = [value for name, value in person.http.cookies.items() if name == "fleet_session"]
    forger = fleet.browser()
    forger.http.cookies.set("fleet_session", cookie[:-1] + change)
    assert forger.get("/ui/").status_code == 303


@pytest.mark.parametrize(
    ("idle_ms", "age_ms"),
    [(sessions.IDLE_MS + 60_000, sessions.IDLE_MS + 60_000), (1000, sessions.LIFE_MS + 60_000)],
)
def test_a_session_ends_by_itself(shop: Shop, idle_ms: int, age_ms: int) -> None:
    person = shop.signed_in("viewer")
    now = now_ms()
    aged = update(SignIn).values(seen_ms=now - idle_ms, created_ms=now - age_ms)
    shop.write(lambda session: session.execute(aged))
    assert person.get("/ui/").status_code == 303
    # The next person to sign in sweeps it out.
    shop.signed_in("operator")
    kept = shop.write(lambda session: session.scalars(select(SignIn.token_hash)).all())
    assert len(kept) == 1


def test_a_session_in_use_goes_on(shop: Shop) -> None:
    person = shop.signed_in("viewer")
    before = now_ms() - sessions.IDLE_MS + 60_000
    shop.write(lambda session: session.execute(update(SignIn).values(seen_ms=before)))
    assert person.get("/ui/").status_code == 200
    (seen,) = shop.write(lambda session: session.scalars(select(SignIn.seen_ms)).all())
    assert seen > before


def test_a_sign_in_form_from_elsewhere_is_refused(fleet: Shop) -> None:
    person = fleet.browser()
    given = {"name": "viewer", "password": PASSWORD}
    answer = person.http.post("/ui/sign-in", data=given, follow_redirects=False)
    assert answer.status_code == 403
    other = Form(fleet.browser().read("/ui/sign-in"), "/ui/sign-in").fields
    answer = person.http.post("/ui/sign-in", data={**other, **given}, follow_redirects=False)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_what_another_site_sends_is_refused(fleet: Shop, headers: dict[str, str]) -> None:
    person = fleet.signed_in("admin")
    form = Form(person.read("/ui/"), "/ui/sign-out").fields
    answer = person.http.post("/ui/sign-out", data=form, headers=headers)
    assert answer.status_code == 403
    assert person.get("/ui/").status_code == 200


@pytest.mark.parametrize("token", ["", "x", None])
def test_a_form_without_its_token_is_refused(fleet: Shop, token: str | None) -> None:
    person = fleet.signed_in("admin")
    form = {"form_token": token} if token is not None else {"something": "else"}
    assert person.http.post("/ui/sign-out", data=form).status_code == 403
    assert person.get("/ui/").status_code == 200


def test_the_token_of_another_session_is_refused(fleet: Shop) -> None:
    person, other = fleet.signed_in("admin"), fleet.signed_in("admin")
    form = Form(other.read("/ui/"), "/ui/sign-out").fields
    assert person.http.post("/ui/sign-out", data=form).status_code == 403


def test_the_admin_of_the_environment_can_sign_in(shop: Shop) -> None:
    shop.fleet.accounts._admin = "from the environment"
    person = shop.browser()
    assert person.sign_in("admin", PASSWORD).status_code == 401
    assert person.sign_in("admin", "from the environment").status_code == 303
    assert "admin" in person.text("/ui/")


def test_a_server_that_nobody_can_use_says_what_to_do(shop: Shop) -> None:
    assert "lockerctl fleet people add" not in shop.browser().text("/ui/sign-in")
    for role in Role:
        shop.remove(str(role))
    assert "lockerctl fleet people add" in shop.browser().text("/ui/sign-in")


def test_every_answer_forbids_foreign_scripts_and_frames(fleet: Shop) -> None:
    person = fleet.signed_in("viewer")
    for path in ("/ui/", "/ui/sign-in", "/ui/no-such-screen", "/ui/people"):
        headers = person.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_a_form_that_is_too_large_or_none_is_refused(fleet: Shop) -> None:
    person = fleet.signed_in("viewer")
    form = Form(person.read("/ui/"), "/ui/sign-out").fields
    large = person.http.post("/ui/sign-out", data={**form, "x": "y" * 70_000})
    assert large.status_code == 413
    assert person.http.post("/ui/sign-out", json=form).status_code == 415
    many = {**form, **{f"field{number}": "1" for number in range(200)}}
    assert person.http.post("/ui/sign-out", data=many).status_code == 400
    assert person.get("/ui/").status_code == 200


def test_style_and_script_are_kept_by_browsers_until_they_change(fleet: Shop) -> None:
    stranger = fleet.browser()
    found = re.findall(r'(?:href|src)="(/ui/static/[^"]+)"', stranger.read("/ui/sign-in"))
    assert [path.rpartition("/")[2] for path in found] == ["icon.svg", "style.css", "page.js"]
    for path in found:
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert stranger.get("/ui/static/0/places.py").status_code == 404
