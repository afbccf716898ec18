"""What years of customers do to the flash: erases of the sectors of `data`, by the day."""

from __future__ import annotations

from pathlib import Path

from bare import running
from cabinet import Fleet

from lockerctl.partitions import load_map
from lockerctl.profiles import load_profile

# A busy day of 48 doors: each is stored into and fetched from twice, and some codes are wrong.
_STORED = 96
_WRONG = 20
_CYCLES = 100_000  # erases that a sector bears (facts of NOR flash)
_YEARS = 10
_SECTOR = 4096

_PROGRAM = f"""
from locker import keeper, ledger

class Cabinet:
    ledger = None
    doors = range(48)

kept = keeper.ledger_of(Cabinet)
def act(number, state, kind):
    kept.put(number, state, bytes(16), number)
    kept.note(kind, number, number)
    keeper.save(kept)
    boot.wdt.feed()

for n in range({_STORED}):
    door = n % 48 + 1
    act(door, ledger.STORED, "stored")
    keeper.set_tries(1)
    keeper.set_tries(0)
    act(door, ledger.FREE, "fetched")
for n in range({_WRONG}):
    keeper.set_tries(n % 3 + 1)
keeper.set_tries(0)
print("the end")
"""


def test_data_bears_ten_years_of_busy_days(fleet: Fleet, tmp_path: Path) -> None:
    part = load_map("4MiB")["data"]
    profile = load_profile("cabinet48").document
    with running(fleet, tmp_path / "flash.bin", profile, _PROGRAM) as board:
        board.console.wait_for("the end", timeout=60)
        erased = board.flash.erases[part.offset // _SECTOR : part.end // _SECTOR]
    worst = max(erased)
    days = _CYCLES / worst
    print(f"{sum(erased)} erases a day, {worst} of one sector: {days / 365:.0f} years")
    assert 2 * _STORED <= sum(erased) < 4 * _STORED
    assert days > _YEARS * 365
