"""Chips of a cabinet that fail while a release is on trial: the old one is back, and says why."""

from __future__ import annotations

from collections.abc import Callable

from cabinet import Fleet, MakeCabinet

from virtualboard.world import World

# What breaks, or is repaired, and what the server is told. More of them are in test_hardware.py.
_FAULTS: tuple[tuple[Callable[[World, bool], object], str], ...] = (
    (
        lambda world, broken: setattr(world.expander(2), "is_foreign", broken),
        "expanders: expander 0x21: register 0x02 is 0xff, not 0x00",
    ),
    (
        lambda world, broken: setattr(world.display, "is_dead", broken),
        "display: display does not answer: [Errno 19] ENODEV",
    ),
)


def test_chip_that_fails_in_the_trial_reverts_the_update_by_its_name(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-chips")
    cabinet = make_cabinet(model="cabinet16")
    world = cabinet.board.world
    waiting = [break_it for break_it, _ in _FAULTS]
    cabinet.after_switch(lambda: waiting.pop(0)(world, True))
    cabinet.board.power_on()
    for repair, why in _FAULTS:
        report = cabinet.ends(cabinet.assign(release), "error")
        assert report.lines[-1] == f"reverted: check {why}"
        assert cabinet.board.running == "ota_0"
        repair(world, False)
