"""The boot.py and main.py of 1.0.0 stay on their boards for ever: today's `lib/` runs on them."""

from __future__ import annotations

from cabinet import Fleet, MakeCabinet

from lockerctl.paths import ROOT

FIRST = {
    f"/{name}": (ROOT / "tests/first_release" / name).read_bytes()
    for name in ("boot.py", "main.py")
}


def test_first_boot_py_boots_the_software_of_today(fleet: Fleet, make_cabinet: MakeCabinet) -> None:
    release = fleet.release("1.1.0-on-first-boot")
    cabinet = make_cabinet(files=FIRST)
    action = cabinet.assign(release)
    cabinet.board.power_on()
    cabinet.ends(action, "finished")
    assert cabinet.board.running == "ota_1"
    assert cabinet.committed(1)


def test_first_boot_py_goes_back_when_the_software_of_today_fails(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    bad = fleet.release(
        "1.1.0-fails-on-first-boot",
        {"locker/health.py": ("def checks(", "def not_the_checks(")},
    )
    cabinet = make_cabinet(files=FIRST)
    action = cabinet.assign(bad)
    cabinet.board.power_on()
    report = cabinet.ends(action, "error")
    assert cabinet.board.running == "ota_0"
    assert "reverted" in report.lines[-1]
