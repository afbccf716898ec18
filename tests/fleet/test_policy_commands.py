"""`lockerctl fleet pause`, `channel`, `rollout` and so on as people type them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fleet_world import PASSWORD, World, wait_for
from rollout_world import publish, reports, site_of

from fleet import own_client
from lockerctl.cli import main

Run = Callable[..., str]


def _invoke(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["fleet", *map(str, arguments)])


@pytest.fixture
def run(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`lockerctl fleet`: what it prints."""
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n")
    monkeypatch.setenv("LOCKERCTL_FLEET", world.server.url)
    monkeypatch.setenv("LOCKERCTL_FLEET_PASSWORD_FILE", str(secret))

    def call(*arguments: object) -> str:
        result = _invoke(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    return call


def _refused(*arguments: object) -> str:
    """The one line of a user's mistake."""
    result = _invoke(*arguments)
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line.removeprefix("lockerctl: ")


def test_boards_are_paused_held_checked_and_tried_again(world: World, run: Run) -> None:
    site, (board, _) = site_of(world, 2)
    assert run("pause", f"site:{site}", "--reason", "fair") == f"site:{site}: paused (2 boards)\n"
    assert "fair" in run("policies")
    assert f"paused: site:{site}" in run("why", board.id)
    assert run("resume", f"site:{site}") == f"site:{site}: may go on (2 boards)\n"
    assert f"site:{site} is not paused" in _refused("resume", f"site:{site}")
    assert run("hold", board.id) == f"{board.id}: held (1 board)\n"
    assert board.id in run("policies")
    assert run("unhold", board.id) == f"{board.id}: held no more (1 board)\n"
    assert "asked at the next poll" in run("check", board.id)
    assert "tried once more (0 boards)" in run("retry", board.id)
    assert "Target nobody does not exist" in _refused("pause", "nobody")
    lines = run("audit", "--limit", 5).splitlines()
    assert any("hold" in line and board.id in line for line in lines)


def test_windows_are_set_and_taken_away(world: World, run: Run) -> None:
    board = world.board()
    times = ("--schedule", "0 0 * * * ?", "--duration", "01:00:01", "--zone", "Europe/Berlin")
    assert run("window", "set", board.id, *times) == f"{board.id}: has that window (1 board)\n"
    assert "0 0 * * * ? 01:00:01 Europe/Berlin, open now" in run("why", board.id)
    assert "open now" in run("policies")
    assert "no window of its own" in run("window", "clear", board.id)
    assert "no time zone 'Nowhere'" in _refused("window", "set", board.id, *times[:-1], "Nowhere")


def test_a_channel_is_followed_and_moved(world: World, run: Run) -> None:
    site, boards = site_of(world, 2)
    name = f"c-{site}"
    for each in boards:
        reports(each, "1.0.0")
    publish(world, "40.1.0")
    assert run("channel", "add", name) == f"channel {name} is there\n"
    assert run("follow", f"site:{site}", name) == f"site:{site}: follows {name} (2 boards)\n"
    moved = run("channel", "move", name, "40.1.0", "--stage", 50)
    assert moved == f"channel {name} names 40.1.0: rollout '{name} 40.1.0' is starting\n"
    assert f"{name} 40.1.0" in run("channel", "list")
    wait_for(lambda: any("deploymentBase" in each.links() for each in boards), "nothing offered")
    assert "is followed" in _refused("channel", "remove", name)
    assert "follows nothing of its own (2 boards)" in run("unfollow", f"site:{site}")
    assert run("channel", "remove", name) == f"channel {name} is gone\n"
    assert "release 9.9.9 is not on" in _refused("channel", "move", name, "9.9.9")


def test_a_rollout_is_made_watched_and_ended(world: World, run: Run) -> None:
    site, boards = site_of(world, 4)
    publish(world, "41.1.0")
    name = f"r-{site}"
    made = run(
        *("rollout", "create", name, "41.1.0", "--query", f"group=={site}"),
        *("--groups", 2, "--first", 25, "--error", 0),
    )
    assert made == f"rollout {name} of 41.1.0 to 4 boards: ready\n"
    assert run("rollout", "start", name).startswith(f"{name}: ")
    wait_for(lambda: "deploymentBase" in boards[0].links(), "nothing is offered")
    head, columns, *rows = run("rollout", "show", name).splitlines()
    assert head == f"{name}: running"
    assert columns.split()[:2] == ["group", "state"]
    assert [row.split()[:3] for row in rows] == [
        ["first", "running", "1"],
        ["group-1", "scheduled", "1"],
        ["group-2", "scheduled", "2"],
    ]
    action = int(boards[0].links()["deploymentBase"].partition("?")[0].rpartition("/")[2])
    boards[0].report(action, "closed", "failure")
    wait_for(lambda: "paused (first: 1 of 1 failed" in run("rollout", "show", name), "goes on")
    assert run("rollout", "resume", name) == f"{name}: running\n"
    assert run("rollout", "next", name) == f"{name}: running\n"
    assert run("rollout", "pause", name) == f"{name}: paused\n"
    assert run("rollout", "stop", name) in (f"{name}: stopping\n", f"{name}: stopped\n")
    assert name in run("rollout", "list")
    assert "it cannot be started" in _refused("rollout", "start", name)
    assert "there is no rollout nothing" in _refused("rollout", "show", "nothing")


def test_a_plain_hawkbit_cannot_do_what_is_ours(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("policies")
    monkeypatch.setattr(own_client, "_BASE", "/nothing/there")
    for arguments, instead in (
        (("pause", "all"), "pause its rollout"),
        (("hold", "x"), "leave the board out"),
        (("check", "x"), "request its attributes"),
        (("retry", "x"), "assign the release once more"),
        (("window", "clear", "x"), "a maintenance window of its own"),
        (("channel", "list"), "target filter"),
        (("follow", "x", "stable"), "target filter"),
        (("why", "x"), "actions there"),
        (("site", "Pool", "x"), "target group"),
        (("audit",), "own log"),
    ):
        line = _refused(*arguments)
        assert "is a plain hawkBit, which can't do that" in line
        assert instead in line


def test_a_board_is_added_at_a_site_and_put_at_another(world: World, run: Run) -> None:
    run("add-board", "hall-7", "--site", "Hall")
    board = world.board()
    assert world.get("/targets/hall-7")["group"] == "Hall"
    assert run("site", "Pool", "hall-7", board.id) == f"hall-7, {board.id}: at Pool now\n"
    assert run("pause", "site:Pool") == "site:Pool: paused (2 boards)\n"
    assert "paused: site:Pool" in run("why", board.id)
    assert run("site", "", "hall-7") == "hall-7: at no site now\n"
    assert "paused" not in run("why", "hall-7")
    run("resume", "site:Pool")
    assert "Target nobody does not exist" in _refused("site", "Pool", "nobody")


def test_boards_take_their_sites_to_another_server(world: World, run: Run, tmp_path: Path) -> None:
    site, (board,) = site_of(world, 1)
    alone = world.board()
    path = tmp_path / "boards.csv"
    lines = run("tokens").splitlines()
    assert f"{board.id},{board.token},{site}" in lines
    assert f"{alone.id},{alone.token}," in lines

    moved = [f"{board.id}-new,{board.token},{site}", f"{alone.id}-new,{alone.token},"]
    path.write_text("\n".join(moved))
    assert run("add-boards", path) == "2 boards added, 0 were there\n"

    assert world.get(f"/targets/{board.id}-new")["group"] == site
    assert world.get(f"/targets/{alone.id}-new").get("group") is None


def test_tokens_go_to_another_server(world: World, run: Run, tmp_path: Path) -> None:
    board = world.board(controllerId='odd, "name"')
    path = tmp_path / "boards.csv"
    path.write_text(run("tokens"))
    assert path.read_text().count("\n") == world.get("/targets", limit=1)["total"]
    assert "0 boards added" in run("add-boards", path)
    path.write_text(f'"odd, ""name""-2",{board.token}\n')
    assert run("add-boards", path) == "1 boards added, 0 were there\n"
    assert world.get('/targets/odd, "name"-2')["securityToken"] == board.token
    path.write_text("one-column\n")
    assert f"{path}:1: expected BOARD,TOKEN" in _refused("add-boards", path)
