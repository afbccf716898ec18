"""`lockerctl fleet` and `lockerctl release publish` as people type them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fleet_releases import folder, release
from fleet_world import PASSWORD, World, feedback

from fleet.server import FleetServer, StartError
from lockerctl.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`lockerctl` with the server and the password in the environment."""
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    monkeypatch.setenv("LOCKERCTL_FLEET", world.server.url)
    monkeypatch.setenv("LOCKERCTL_FLEET_PASSWORD_FILE", str(secret))
    monkeypatch.delenv("LOCKERCTL_FLEET_PASSWORD", raising=False)
    return lambda *arguments: CliRunner().invoke(main, [str(each) for each in arguments])


def _refused(result: Result) -> str:
    """The one line of a user's mistake."""
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("lockerctl: ")
    return line.removeprefix("lockerctl: ")


def test_a_release_goes_its_whole_way(world: World, run: Run, tmp_path: Path) -> None:
    path = folder(release("3.0.0", 30, b"core", b"application"), tmp_path)

    published = run("release", "publish", path)
    assert published.exit_code == 0, published.output
    assert published.stdout.startswith("release 3.0.0 published, ")
    assert "app.bin 3.0.0+" in published.stderr
    assert run("release", "publish", path).stdout == "release 3.0.0 is on the server already\n"

    token = run("fleet", "add-board", "hall-1").stdout.strip()
    assert len(token) == 32
    assert run("fleet", "assign", "hall-1", "3.0.0").stdout.startswith("hall-1 is assigned 3.0.0 (")
    again = run("release", "assign", "hall-1", "3.0.0").stdout
    assert again == "hall-1 is assigned 3.0.0 already\n"

    root = f"{world.server.url}/DEFAULT/controller/v1/hall-1"
    headers = {"authorization": f"TargetToken {token}"}
    link = world.http.get(root, headers=headers).json()["_links"]["deploymentBase"]["href"]
    data = {"data": {"release": "2.9.0", "slot": "1"}}
    world.http.put(root + "/configData", json=data, headers=headers)
    report = feedback("proceeding", details=["plan app fetch 61234 of 81920 bytes"])
    world.http.post(link.partition("?")[0] + "/feedback", json=report, headers=headers)

    head, row = run("fleet", "status", "hall-1").stdout.splitlines()
    assert head.split()[0] == "board"
    for text in ("pending", "2.9.0", "3.0.0 running", "plan app fetch 61234 of", "s ago"):
        assert text in row
    assert token not in row


def test_status_shows_no_more_boards_than_asked_for(world: World, run: Run) -> None:
    names = sorted(world.board().id for _ in range(3))
    *rows, more = run("fleet", "status", *names, "--limit", 2).stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["board", *names[:2]]
    assert more == "and more than these 2: name boards, or raise --limit"
    assert "there are no such boards" in _refused(run("fleet", "status", "nobody"))


def test_an_update_under_way_can_be_cancelled(world: World, run: Run) -> None:
    board, chosen = world.board(), world.set()
    world.assign(board, chosen)
    asked = f"{board.id}: asked to give up locker:{chosen.version}\n"
    assert run("fleet", "cancel", board.id).stdout == asked
    assert "cannot be canceled" in _refused(run("fleet", "cancel", board.id))
    assert "ended locker" in run("fleet", "cancel", board.id, "--force").stdout
    assert "has no update under way" in _refused(run("fleet", "cancel", board.id))


def test_mistakes_are_told_in_one_line(run: Run, tmp_path: Path) -> None:
    assert "release 9.9.9 is not on" in _refused(run("fleet", "assign", "nobody", "9.9.9"))
    assert "Target nobody does not exist" in _refused(run("fleet", "cancel", "nobody"))
    run("fleet", "add-board", "twice")
    assert "Target twice exists" in _refused(run("fleet", "add-board", "twice"))
    missing = tmp_path / "missing"
    assert str(missing) in _refused(run("release", "publish", missing))
    odd = ["fleet", "status", "--password-file", missing]
    assert f"password file {missing}: No such file" in _refused(run(*odd))


def test_the_same_version_with_other_bytes_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    first = folder(release("3.1.0", 31, b"core", b"application"), tmp_path / "a")
    second = folder(release("3.1.0", 31, b"core", b"another"), tmp_path / "b")
    assert run("release", "publish", first).exit_code == 0
    line = _refused(run("release", "publish", second))
    assert line == (
        "release 3.1.0 is on the server already, with other bytes: give this one a new version"
    )


def test_without_a_password_it_is_said_where_to_put_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCKERCTL_FLEET_PASSWORD_FILE")
    assert "set LOCKERCTL_FLEET_PASSWORD" in _refused(run("fleet", "status"))
    monkeypatch.setenv("LOCKERCTL_FLEET_PASSWORD", PASSWORD)
    assert run("fleet", "status", "--limit", "1").exit_code == 0


def test_a_server_that_cannot_start_says_why(world: World, run: Run, tmp_path: Path) -> None:
    data, port = tmp_path / "data", world.server.port
    assert f"cannot listen on 127.0.0.1:{port}" in _refused(
        run("fleet", "serve", "--data", data, "--port", port)
    )
    serve = ["fleet", "serve", "--port", 0, "--data", data]
    assert "--poll: '5 minutes'" in _refused(run(*serve, "--poll", "5 minutes"))
    assert "database URL: " in _refused(run(*serve, "--database", "nonsense"))
    line = _refused(run(*serve, "--database", "sqlite:////no/such/folder/x.sqlite"))
    assert line.startswith("database sqlite:////no/such/folder/x.sqlite: ")
    taken = tmp_path / "file"
    taken.write_text("")
    assert str(taken) in _refused(run("fleet", "serve", "--port", 0, "--data", taken))


def test_two_servers_on_one_directory_are_refused(world: World) -> None:
    with pytest.raises(StartError, match="another server is running"):
        FleetServer(world.server.settings.data)
