"""Releases on the page: layers and sizes, and what boards would download."""

from __future__ import annotations

import re

import pytest
from seeded import Made
from sqlalchemy import select
from web_world import Person, Shop, plain

from fleet.page.transfer import transfer
from fleet.releases import LayerFacts, ReleaseFacts
from fleet.store.policies import Channel


@pytest.fixture(scope="module")
def viewer(fleet: Shop) -> Person:
    return fleet.signed_in("viewer")


def _facts(**layers: tuple[str, int]) -> ReleaseFacts:
    found = tuple(
        LayerFacts(name, version, stored * 2, stored, name == "core")
        for name, (version, stored) in layers.items()
    )
    return ReleaseFacts("2.0.0", 2, {"bench": (1,)}, found)


def _rows(html: str) -> list[str]:
    """The rows of the table of transfers, as text."""
    table = html[html.index("transfer-title") :]
    return [plain(row) for row in re.findall(r"<tr>\s*<th scope=\"row\">.*?</tr>", table, re.S)]


def test_only_what_differs_is_downloaded() -> None:
    old = _facts(core=("1.0.0+aa", 900), app=("1.0.0+bb", 50), assets=("1.0.0+cc", 20))
    new = _facts(core=("1.0.0+aa", 900), app=("2.0.0+dd", 60), assets=("1.0.0+cc", 20))
    found = transfer("1.0.0", 7, old, new)
    assert {each.name: each.needed for each in found.layers} == {"core": 0, "app": 60, "assets": 0}
    assert (found.needed, found.known) == (60, True)
    assert transfer("2.0.0", 7, new, new).needed == 0


def test_of_an_unknown_version_nothing_is_taken_for_equal() -> None:
    new = _facts(core=("2.0.0+aa", 900), app=("2.0.0+dd", 60))
    found = transfer("0.9.0", 1, None, new)
    assert (found.needed, found.known) == (960, False)


def test_a_release_tells_its_layers_and_what_it_would_transfer(
    viewer: Person, made: list[Made]
) -> None:
    html = viewer.read(f"/ui/releases/{made[2].set_id}")
    for layer in made[2].release.manifest.layers:
        assert f"{layer.name} {layer.version}" in plain(html)
    rows = _rows(html)
    assert sorted(row.split()[0] for row in rows) == ["1.0.0", "1.1.0"]
    stored = {each.name: each.stored for each in made[2].release.manifest.layers}
    for row in rows:
        assert "equal" in row
        assert f"{stored['core']} core {stored['app']} app" in row
    # Between these two only the application differs.
    (row,) = [row for row in _rows(viewer.read(f"/ui/releases/{made[1].set_id}")) if "1.0.0" in row]
    assert row.count("equal") == 2


def test_versions_that_nobody_published_are_told_as_such(shop: Shop, made: list[Made]) -> None:
    board = "UPDATE target SET release = '0.9.0' WHERE controller_id = 'cabinet-0009'"
    shop.write(lambda session: session.connection().exec_driver_sql(board))
    text = shop.signed_in("viewer").text(f"/ui/releases/{made[2].set_id}")
    assert "0.9.0 not published here: at most 1" in text


def test_releases_are_listed_with_who_runs_them(viewer: Person) -> None:
    text = viewer.text("/ui/releases")
    assert text.index("locker 1.2.0") < text.index("locker 1.1.0") < text.index("locker 1.0.0")
    assert "core, app, assets" in text


@pytest.mark.parametrize("path", ["/ui/releases/99", "/ui/rollouts/99", "/ui/boards/nobody"])
def test_what_is_not_there_is_not_shown(viewer: Person, path: str) -> None:
    answer = viewer.get(path)
    assert answer.status_code == 404
    assert "There is no" in plain(answer.text) or "does not exist" in plain(answer.text)


def test_a_release_is_put_on_a_channel_that_moves_and_ends(
    shop: Shop, operator: Person, made: list[Made]
) -> None:
    first, second = made[1].set_id, made[2].set_id
    begin = f"/ui/do/begin-channel?on=release:{first}"
    told = plain(operator.send(begin, "/ui/do/begin-channel", name="stable").text)
    assert "Channel stable names 1.1.0." in told
    again = operator.send(begin, "/ui/do/begin-channel", name="stable")
    assert "Channel stable exists." in plain(again.text)
    odd = operator.send(begin, "/ui/do/begin-channel", name="<odd>")
    assert "A channel's name has" in plain(odd.text)

    follow = "/ui/do/follow?on=site:Pool"
    operator.send(follow, "/ui/do/follow", channel="stable")
    assert "follows none" not in operator.text("/ui/boards/cabinet-0003")

    move = f"/ui/do/move-channel?on=channel:stable:{second}"
    assert "Move stable to it" in operator.text(f"/ui/releases/{second}")
    assert "This touches 24 boards ." in operator.text(move)
    moved = plain(operator.send(move, "/ui/do/move-channel").text)
    assert "Channel stable names 1.2.0. Rollout stable 1.2.0 brings its boards there." in moved
    channel = shop.write(lambda session: session.scalars(select(Channel)).one())
    assert channel.set_id == second

    end = "/ui/do/end-channel?on=channel:stable"
    followed = operator.send(end, "/ui/do/end-channel")
    assert "is followed" in plain(followed.text)
    operator.send(follow, "/ui/do/follow", channel="")
    assert "Channel stable is gone." in plain(operator.send(end, "/ui/do/end-channel").text)
