"""People: names, passwords, roles, and how often one may be wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from web_world import PASSWORD, Shop

from fleet.people.accounts import Accounts, TooManyGuessesError
from fleet.people.guesses import Allowance, Guesses
from fleet.people.roles import Role
from fleet.store.database import Database
from lockerctl.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`lockerctl fleet people`; `typed` is its standard input."""

    def invoke(*words: str, typed: str = "") -> Result:
        arguments = ["fleet", "people", *words, "--data", str(tmp_path / "fleet")]
        return CliRunner().invoke(main, arguments, input=typed)

    return invoke


def _refused(result: Result) -> str:
    """The one line of a user's mistake."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line


def _status(shop: Shop, name: str, password: str, method: str = "GET") -> int:
    body = [{"controllerId": f"{name}-board"}] if method == "POST" else None
    client = shop.browser().http
    return client.request(method, "/rest/v1/targets", json=body, auth=(name, password)).status_code


def test_people_come_and_go(run: Run) -> None:
    assert run("add", "kim", "--role", "admin", typed=PASSWORD + "\n").exit_code == 0
    assert run("add", "lee", typed=PASSWORD + "\n").exit_code == 0
    listed = run("list").stdout
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [
        ["kim", "admin"],
        ["lee", "viewer"],
    ]
    assert run("role", "lee", "operator").exit_code == 0
    assert "operator" in run("list").stdout
    assert run("remove", "lee").exit_code == 0
    assert "lee" not in run("list").stdout


@pytest.mark.parametrize(
    ("words", "typed", "told"),
    [
        (["add", "Kim"], PASSWORD, "a name has 1 to 64 characters"),
        (["add", "kim/lee"], PASSWORD, "a name has 1 to 64 characters"),
        (["add", "kim"], "short", "at least 10 characters"),
        (["add", "kim"], "", "at least 10 characters"),
        (["add", "kim"], "aaaaaaaaaaaa", "guessed at once"),
        (["add", "kimberly-k"], "Kimberly-K", "guessed at once"),
        (["add", "kim"], "a" * 300 + "bcd", "at most 256 characters"),
        (["remove", "kim"], "", "there is nobody called kim"),
        (["password", "kim"], PASSWORD, "there is nobody called kim"),
        (["role", "kim", "admin"], "", "there is nobody called kim"),
        (["list"], "", "there is nobody yet"),
    ],
)
def test_mistakes_with_people_are_told_in_one_line(
    run: Run, words: list[str], typed: str, told: str
) -> None:
    assert told in _refused(run(*words, typed=typed + "\n"))


def test_a_name_is_there_once_and_the_last_admin_stays(run: Run) -> None:
    run("add", "kim", "--role", "admin", typed=PASSWORD + "\n")
    assert "there is a kim already" in _refused(run("add", "kim", typed=PASSWORD + "\n"))
    assert "kim is the last admin" in _refused(run("remove", "kim"))
    assert "kim is the last admin" in _refused(run("role", "kim", "viewer"))
    run("add", "lee", "--role", "admin", typed=PASSWORD + "\n")
    assert run("remove", "kim").exit_code == 0


def test_people_are_added_to_the_database_that_the_environment_names(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_DATABASE", f"sqlite:///{tmp_path / 'another.sqlite'}")
    assert run("add", "kim", typed=PASSWORD + "\n").exit_code == 0
    assert "kim" in run("list").stdout
    assert not (tmp_path / "fleet").exists()
    monkeypatch.delenv("FLEET_DATABASE")
    assert "there is nobody yet" in _refused(run("list"))


def test_a_made_up_password_is_printed_and_nothing_else(shop: Shop) -> None:
    where = ["--data", str(shop.server.settings.data)]
    made = CliRunner().invoke(main, ["fleet", "people", "add", "kim", "--make-up", *where])
    (password,) = made.stdout.splitlines()
    assert len(password) >= 16
    assert _status(shop, "kim", password) == 200


def test_a_new_password_ends_what_the_old_one_began(shop: Shop) -> None:
    person = shop.signed_in("operator")
    assert _status(shop, "operator", PASSWORD) == 200
    words = ["fleet", "people", "password", "operator", "--data", str(shop.server.settings.data)]
    assert CliRunner().invoke(main, words, input="another good one\n").exit_code == 0
    assert person.get("/ui/").status_code == 303
    assert _status(shop, "operator", PASSWORD) == 401
    assert _status(shop, "operator", "another good one") == 200


def test_who_is_removed_is_out_at_once(shop: Shop) -> None:
    person = shop.signed_in("viewer")
    assert _status(shop, "viewer", PASSWORD) == 200
    words = ["fleet", "people", "remove", "viewer", "--data", str(shop.server.settings.data)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert person.get("/ui/").status_code == 303
    assert _status(shop, "viewer", PASSWORD) == 401


@pytest.mark.parametrize(("role", "change"), [("viewer", 403), ("operator", 201), ("admin", 201)])
def test_the_mgmt_api_keeps_to_roles(shop: Shop, role: str, change: int) -> None:
    assert _status(shop, role, PASSWORD) == 200
    assert _status(shop, role, PASSWORD, "POST") == change


def test_roles_include_the_lower_ones() -> None:
    assert [[high.may(low) for low in Role] for high in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


def test_guessing_is_stopped_on_the_page_and_in_the_api_alike(shop: Shop) -> None:
    person = shop.browser()
    answers = [person.sign_in("admin", f"guess number {number}") for number in range(5)]
    assert [each.status_code for each in answers] == [401] * 5
    assert [_status(shop, "admin", f"guess {number}") for number in range(5)] == [401] * 5
    assert _status(shop, "admin", PASSWORD) == 429
    late = person.sign_in("admin", PASSWORD)
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0
    assert "Too many wrong passwords" in late.text
    # Another person is not kept out by that.
    assert person.sign_in("viewer", PASSWORD).status_code == 303


def test_who_has_just_been_right_is_not_kept_out_by_a_guesser(shop: Shop) -> None:
    assert _status(shop, "admin", PASSWORD) == 200
    for number in range(12):
        _status(shop, "admin", f"guess {number}")
    assert _status(shop, "admin", "one more guess") == 429
    assert _status(shop, "admin", PASSWORD) == 200


def test_one_address_guesses_at_all_names_together(shop: Shop) -> None:
    answers = [_status(shop, f"name-{number}", "a wrong password") for number in range(31)]
    assert answers == [401] * 30 + [429]


def test_a_guesser_over_ipv4_leaves_the_others_of_a_socket_for_both_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fleet.sqlite'}")
    accounts = Accounts(database, PASSWORD, lambda: 0)

    async def guess() -> None:
        for number in range(30):
            await accounts.prove(f"name-{number}", "a wrong password", "::ffff:192.0.2.1")
        for same in ("::ffff:192.0.2.1", "192.0.2.1"):
            with pytest.raises(TooManyGuessesError):
                await accounts.prove("admin", PASSWORD, same)
        assert await accounts.prove("admin", PASSWORD, "::ffff:192.0.2.2")

    with ThreadPoolExecutor() as pool:  # a browser's loop may run in this thread
        pool.submit(asyncio.run, guess()).result()
    accounts.close()
    database.close()


def test_a_guess_comes_back_every_while() -> None:
    guesses = Guesses(Allowance(burst=2, refill_ms=1000))
    for _ in range(2):
        assert guesses.wait_ms("a", 0) == 0
        guesses.count("a", 0)
    assert guesses.wait_ms("a", 0) == 1000
    assert guesses.wait_ms("a", 400) == 600
    assert guesses.wait_ms("a", 1000) == 0
    assert guesses.wait_ms("b", 0) == 0
    guesses.refund("a")
    assert guesses.wait_ms("a", 0) == 0


def test_only_so_many_guessers_are_remembered() -> None:
    guesses = Guesses(Allowance(burst=1, refill_ms=1000), most_keys=2)
    for name in ("a", "b", "c"):
        guesses.count(name, 0)
    assert [guesses.wait_ms(name, 0) for name in ("a", "b", "c")] == [0, 1000, 1000]
