"""Updates that go well."""

from __future__ import annotations

from cabinet import Cabinet, Fleet, MakeCabinet, Report

from lockerctl.blocks import BLOCK_SIZE as BLOCK
from lockerctl.release_dir import Release


def stored(release: Release, *layers: str) -> int:
    """Bytes of the manifest and of these layers' artifacts."""
    return len(release.data) + sum(len(release.artifacts[name]) for name in layers)


def changed(release: Release, held: Release, name: str) -> int:
    """Stored bytes of the blocks of a layer that differ from the same layer of another release."""
    layer = release.manifest.layer(name)
    assert layer is not None
    new, old = release.plain(name), held.plain(name)
    return sum(
        block.stored
        for number, block in enumerate(layer.blocks)
        if new[number * BLOCK : (number + 1) * BLOCK] != old[number * BLOCK : (number + 1) * BLOCK]
    )


def finish(cabinet: Cabinet, release: Release) -> Report:
    """Assign a release, and wait until it is committed."""
    return cabinet.ends(cabinet.assign(release), "finished")


def test_a_release_is_committed_in_the_other_slot(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-good")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.power_on()
    report = cabinet.ends(action, "finished")
    assert report.lines[-1] == "committed 1.1.0-good in slot 1"
    assert cabinet.board.running == "ota_1"
    assert cabinet.committed(0)
    assert cabinet.committed(1)
    assert cabinet.states() == ("VALID", "VALID")
    cabinet.until(lambda: cabinet.attributes().get("release") == "1.1.0-good", "reported")
    assert cabinet.attributes()["slot"] == "1"
    assert cabinet.attributes()["last_outcome"] == "success committed 1.1.0-good in slot 1"


def test_a_board_with_a_display_is_updated(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    """Its driver and its frame take their share of the heap."""
    release = fleet.release("1.4.0-oled", core="second")
    cabinet = make_cabinet(model="oled")
    cabinet.board.power_on()
    finish(cabinet, release)
    assert cabinet.committed(1)
    assert cabinet.said("MemoryError") == 0


def test_only_the_changed_layer_is_downloaded(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-thrifty")
    cabinet = make_cabinet()
    action = cabinet.assign(release)
    cabinet.board.power_on()
    report = cabinet.ends(action, "finished")
    assert cabinet.downloaded(release) == stored(release, "app")
    plan = [line for line in report.lines if line.startswith("plan ")]
    length = {layer.name: layer.length for layer in release.manifest.layers}
    assert plan == [
        f"plan core copy {length['core']} bytes",
        f"plan app fetch {len(release.artifacts['app'])} of {length['app']} bytes",
        f"plan assets copy {length['assets']} bytes",
    ]


def test_the_plan_is_told_before_the_first_byte_moves(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-planned")
    cabinet = make_cabinet(settings={"quiet_s": 60})
    action = cabinet.assign(release)
    cabinet.board.world.door(1).open(force=True)
    cabinet.board.power_on()
    cabinet.says("waiting: door 1 open")
    assert any(line.startswith("plan app fetch") for line in cabinet.report(action).lines)
    assert cabinet.downloaded(release) == len(release.data)


def test_the_next_update_goes_back_into_the_first_slot(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    second = fleet.release("1.1.0-of-two")
    third = fleet.release("1.2.0", sequence=3, previous=second)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    finish(cabinet, second)
    report = finish(cabinet, third)
    assert cabinet.board.running == "ota_0"
    # What slot 0 holds since production is neither copied nor downloaded, block by block. The
    # third app differs from that in five bytes alone, which are in littlefs' metadata.
    app = third.manifest.layer("app")
    assert app is not None
    fetched = changed(third, fleet.workshop.base, "app")
    assert 0 < fetched < len(third.artifacts["app"])
    assert cabinet.says("plan core keep")
    assert [line for line in report.lines if line.startswith("plan app")] == [
        f"plan app fetch {fetched} of {app.length} bytes"
    ]
    assert cabinet.downloaded(third) == len(third.data) + fetched


def test_a_new_core_is_downloaded_and_started(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.4.0-core", core="second")
    cabinet = make_cabinet()
    cabinet.board.power_on()
    finish(cabinet, release)
    assert cabinet.downloaded(release) == stored(release, "core", "app")
    assert cabinet.partition("ota_1").startswith(release.plain("core"))


def test_what_runs_already_is_a_success_at_once(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    base = fleet.publish(fleet.workshop.base)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    report = cabinet.ends(cabinet.assign(base), "finished")
    assert report.lines[-1] == "1.0.0 runs already"
    assert cabinet.board.causes == [1]


def test_blank_sectors_are_written_without_an_erase(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """Each erase wears the flash, and holds up the doors."""
    release = fleet.release("1.4.0-blank", core="second")
    cabinet = make_cabinet()
    cabinet.board.power_on()
    finish(cabinet, release)
    for layer in release.manifest.layers:
        part = "ota_1" if layer.partition == "ota" else "store_1"
        first = (cabinet.address(part) + layer.address) // 4096
        erases = cabinet.board.flash.erases[first : first + layer.length // 4096]
        assert sum(erases) == 0, layer.name


def test_sectors_that_hold_the_right_bytes_are_left_alone(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    """The first slot holds the older app; only sectors that differ are erased."""
    second = fleet.release("1.1.0-sector")
    third = fleet.release("1.2.0-sector", sequence=3, previous=second)
    cabinet = make_cabinet()
    cabinet.board.power_on()
    finish(cabinet, second)
    before, erases = cabinet.partition("store_0"), list(cabinet.board.flash.erases)
    finish(cabinet, third)
    after, first = cabinet.partition("store_0"), cabinet.address("store_0") // 4096
    for sector in range(1, len(after) // 4096):
        span = slice(sector * 4096, sector * 4096 + 4096)
        erased = cabinet.board.flash.erases[first + sector] - erases[first + sector]
        assert erased == (before[span] != after[span]), sector
