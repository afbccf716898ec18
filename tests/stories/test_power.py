"""The power goes at any flash operation: at every one in `make power`, else at some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from cabinet import Fleet, MakeCabinet, factory_flash
from sweep import Cut, FallBack, Findings, Revert, Story, Update, every, some, twice
from test_recovery import CRASHES_LATER
from test_reverted import RELAY_ON
from workshop import Patches

from lockerctl.release_dir import Release

FEW = 4
# When the table is there already, and the layers are on their way: operations of an update.
EARLY = (70, 85, 100)
Extent = Callable[[Iterable[Cut]], list[Cut]]
EXTENTS: list[object] = [
    pytest.param(lambda cuts: some(cuts, FEW), id="some"),
    pytest.param(list, id="all", marks=pytest.mark.power_full),
]
extents = pytest.mark.parametrize("extent", EXTENTS)
PHASES = {
    "first boot",
    "slot 0 runs, the other is empty",
    "slot 0 runs, the other is whole",
    "slot 1 chosen",
    "slot 1 on trial",
    "slot 1 valid, not committed",
    "slot 1 runs, the other is whole",
}
# The table that makes a slot one, written before its layers.
HEADER_FIRST: Patches = {
    "ota/fetch.py": (
        "        table = self._begin()\n",
        "        table = self._begin()\n        agent.slots.finish(table)\n",
    )
}


@pytest.fixture(scope="module")
def new_flash(fleet: Fleet) -> bytes:
    """As from production: slot 1 is blank."""
    return factory_flash(fleet, "nobody", fleet.workshop.base)


@pytest.fixture(scope="module")
def second(fleet: Fleet) -> Release:
    return fleet.release("1.1.0-power")


def flash_after(cabinet_of: MakeCabinet, release: Release) -> bytes:
    """The flash of a board that was updated once."""
    cabinet = cabinet_of()
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    cabinet.polls(2)
    cabinet.board.power_off()
    path: Path = cabinet.board.flash.path
    return path.read_bytes()


def sweep(story: Story, wanted: list[Cut]) -> Findings:
    """Make these cuts; none may go wrong."""
    found = story.sweep(wanted)
    print(f"{story.operations} operations, {len(wanted)} cuts: {dict(found.phases)}")
    assert not found.failures, "\n\n".join(
        [f"{len(found.failures)} of {len(wanted)} cuts:", *found.failures[:5]]
    )
    made = sum(found.phases.values())
    assert made + found.missed == len(wanted)
    # The number of log and record writes differs a little from run to run.
    assert found.missed <= len(wanted) // 10 + 2
    return found


@extents
def test_a_first_update_survives_every_cut(
    fleet: Fleet, new_flash: bytes, second: Release, extent: Extent
) -> None:
    story = Update(fleet, new_flash, second, fleet.workshop.base)
    wanted = extent(every(story.length()))
    found = sweep(story, wanted)
    assert set(found.phases) >= PHASES or len(wanted) < 2 * story.operations


@extents
def test_a_second_update_survives_every_cut(
    fleet: Fleet, make_cabinet: MakeCabinet, second: Release, extent: Extent
) -> None:
    """Back into slot 0, which holds an older committed release until then."""
    third = fleet.release("1.2.0-power", sequence=3, previous=second)
    start = flash_after(make_cabinet, second)
    story = Update(fleet, start, third, second, fleet.workshop.base, to=0)
    sweep(story, extent(every(story.length())))


@extents
def test_an_update_survives_two_cuts(
    fleet: Fleet, new_flash: bytes, second: Release, extent: Extent
) -> None:
    story = Update(fleet, new_flash, second, fleet.workshop.base)
    sweep(story, extent(twice(story.length())))


@extents
def test_a_revert_survives_every_cut(fleet: Fleet, new_flash: bytes, extent: Extent) -> None:
    bad = fleet.release("1.2.0-power-relay", RELAY_ON)
    story = Revert(fleet, new_flash, bad, fleet.workshop.base)
    sweep(story, extent(every(story.length())))


@extents
def test_a_fall_back_survives_every_cut(
    fleet: Fleet, make_cabinet: MakeCabinet, extent: Extent
) -> None:
    worn = fleet.release("1.1.0-power-worn", CRASHES_LATER)
    story = FallBack(fleet, flash_after(make_cabinet, worn), worn, fleet.workshop.base)
    sweep(story, extent(every(story.length())))


def test_a_table_that_is_written_first_is_found_out(fleet: Fleet) -> None:
    """The sweep bites."""
    base = fleet.workshop.build("1.0.0-header-first", HEADER_FIRST, sequence=1)
    release = fleet.release("1.1.0-header-first", HEADER_FIRST, previous=base)
    story = Update(fleet, factory_flash(fleet, "nobody", base), release, base)
    found = story.sweep(Cut(operation, torn=False) for operation in EARLY)
    assert any("of slot 1 is not whole" in failure for failure in found.failures)
