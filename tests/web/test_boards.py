"""The list of boards: found by name and state, a screenful at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from web_world import Person, Shop, plain

from fleet.context import now_ms
from fleet.store.boards import Target

_BOARDS = 120


@pytest.fixture(scope="module")
def viewer(fleet: Shop) -> Person:
    return fleet.signed_in("viewer")


def _names(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/ui/boards/([^"]+)"', html)


def _pages(person: Person, path: str) -> Iterator[list[str]]:
    """Every page from that one on, as one goes on from page to page."""
    while path:
        html = person.read(path)
        yield _names(html)
        found = re.search(r'rel="next" href="([^"]+)"', html)
        path = found[1].replace("&amp;", "&") if found else ""


def test_all_boards_are_there_once_page_by_page(viewer: Person) -> None:
    pages = list(_pages(viewer, "/ui/boards"))
    assert [len(each) for each in pages] == [50, 50, 20]
    names = [name for page in pages for name in page]
    assert names == [f"cabinet-{number:04}" for number in range(1, _BOARDS + 1)]


def test_one_can_go_back(viewer: Person) -> None:
    html = viewer.read("/ui/boards?after=cabinet-0100")
    back = re.search(r'rel="prev" href="([^"]+)"', html)
    assert back is not None
    assert _names(viewer.read(back[1]))[0] == "cabinet-0051"
    first = viewer.read("/ui/boards?before=cabinet-0051")
    assert _names(first)[0] == "cabinet-0001"
    assert 'rel="prev"' not in first


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=cabinet-011", [f"cabinet-{number:04}" for number in range(110, 120)]),
        ("q=CABINET-0007", ["cabinet-0007"]),
        ("q=%25", []),
        ("q=cabinet_0007", []),
        ("q=%5C", []),
        ("state=failed", ["cabinet-0002", "cabinet-0007"]),
        ("state=updating", ["cabinet-0001"]),
        ("release=1.2.0", ["cabinet-0003"]),
        ("q=cabinet-000&site=Pool", ["cabinet-0003", "cabinet-0008"]),
        ("state=failed&site=Pool", []),
        ("state=held", []),
    ],
)
def test_boards_are_found(viewer: Person, query: str, found: list[str]) -> None:
    html = viewer.read(f"/ui/boards?{query}")
    assert _names(html) == found
    assert ("No board is like that." in html) == (not found)


@pytest.mark.parametrize("query", ["state=nonsense", "after=%00", "q=%F0%9F%94%92", "before=%FF"])
def test_odd_questions_are_answered(viewer: Person, query: str) -> None:
    assert viewer.get(f"/ui/boards?{query}").status_code == 200


def test_an_update_under_way_tells_how_far_it_is(viewer: Person) -> None:
    html = viewer.read("/ui/boards?state=updating")
    assert "1.2.0: downloads 40 %" in plain(html)
    assert '<progress max="100" value="40"' in html


def test_boards_that_are_silent_are_overdue(fleet: Shop, viewer: Person) -> None:
    overdue = _names(viewer.read("/ui/boards?state=overdue"))
    late = now_ms() - 2 * fleet.server.settings.poll_s * 1000  # its patience is as long

    silent = select(Target.controller_id).where(Target.last_contact_ms < late)
    assert overdue == sorted(fleet.write(lambda session: session.scalars(silent).all()))
    assert overdue
    assert plain(viewer.read("/ui/boards?state=overdue")).count(" overdue 1.") == len(overdue)


def test_names_are_text_and_never_markup(fleet: Shop, viewer: Person) -> None:
    odd = "<script>alert(1)</script>&\"'"

    board = Target(controller_id='x"><i>', name=odd, group=odd, security_token="t", release=odd)
    fleet.write(lambda session: session.add(board))
    html = viewer.read("/ui/boards?q=alert")
    assert "<script>alert" not in html
    assert "<i>" not in html
    assert "<script>alert(1)</script>" in plain(html)
    assert viewer.get("/ui/boards?q=" + odd).status_code == 200
