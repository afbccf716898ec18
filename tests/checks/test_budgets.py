"""Every budget can be exceeded, and is told by its name then."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from checks.budgets import exceeded
from checks.moments import MOMENTS, PACKAGES, package_budgets


def fill(path: Path, size: int) -> None:
    """Append so many bytes of code to a module, roughly."""
    seed = random.Random(size)
    lines = (f"x{seed.getrandbits(64):016x} = {seed.getrandbits(20)}\n" for _ in range(size // 25))
    path.write_text((path.read_text() if path.exists() else "") + "".join(lines))


def test_the_project_keeps_its_budgets(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exceeded(tree) == []
    out = capsys.readouterr().out
    for name in ("bytecode of ota", "loaded together: fetching", "layer app", "vfs", "manifest"):
        assert name in out


@pytest.mark.parametrize("package", PACKAGES)
def test_package_of_one_byte_too_much_is_over_its_budget(package: str) -> None:
    sizes = {f"{package}.one": PACKAGES[package] - 1, f"{package}.two": 1}
    (within,) = package_budgets(sizes)
    (over,) = package_budgets({**sizes, f"{package}.three": 1})
    assert (within.margin, over.margin) == (0, -1)


def test_package_that_has_grown_too_large_is_told(tree: Path) -> None:
    fill(tree / "lib/net/more.py", 20_000)
    code, names = exceeded(tree)
    assert code.startswith("bytecode of net: ")
    assert " bytes over its budget of " in code
    assert names.startswith("names taken at the start: ")
    assert " names over its budget of " in names


def test_package_without_a_budget_is_told(tree: Path) -> None:
    (tree / "lib/toys").mkdir()
    (tree / "lib/toys/yoyo.py").write_text("x = 1\n")
    assert exceeded(tree) == ["lib/toys has no budget yet: see PACKAGES in checks/moments.py"]


def test_what_is_always_loaded_counts_at_every_moment(tree: Path) -> None:
    fill(tree / "lib/store/log.py", 30_000)
    told = {line.partition(": ")[2].partition(": ")[0] for line in exceeded(tree)}
    assert set(MOMENTS) <= told


def test_boot_counts_at_every_moment(tree: Path) -> None:
    fill(tree / "boot.py", 30_000)
    told = {line.partition(": ")[2].partition(": ")[0] for line in exceeded(tree)}
    assert set(MOMENTS) <= told


def test_class_that_boot_deletes_does_not_count(tree: Path) -> None:
    """Its bytecode is given back before the application is loaded."""
    boot = tree / "boot.py"
    more = "".join(f"\n    def more_{n}(self):\n        return {n}\n" for n in range(100))
    assert boot.read_text().count("class Start:\n") == 1
    boot.write_text(boot.read_text().replace("class Start:\n", f"class Start:{more}", 1))
    assert exceeded(tree) == []
    assert boot.read_text().count("    del Start, ") == 1
    boot.write_text(boot.read_text().replace("    del Start, ", "    del "))
    assert any("loaded together: fetching" in line for line in exceeded(tree))


@pytest.mark.parametrize(
    ("module", "moment"),
    [
        ("ota.report", "idle"),
        ("ota.offer", "planning"),
        ("ota.header", "fetching"),
        ("ota.switch", "switching"),
        ("locker.health", "checking"),
        ("ota.returned", "returned"),
    ],
)
def test_module_of_one_moment_counts_at_that_moment(tree: Path, module: str, moment: str) -> None:
    fill(tree / "lib" / f"{module.replace('.', '/')}.py", 30_000)
    lines = exceeded(tree)
    assert any(line.startswith(f"loaded together: {moment}: ") for line in lines)
    assert not all(any(f": {moment}: " in line for line in lines) for moment in MOMENTS)


def test_import_at_the_top_of_a_module_counts_with_it(tree: Path) -> None:
    fill(tree / "lib/store/more.py", 14_000)
    log = tree / "lib/store/log.py"
    log.write_text(log.read_text() + "from store import more\n")
    assert any(line.startswith("loaded together: idle: ") for line in exceeded(tree))


def test_module_that_no_moment_names_is_told(tree: Path) -> None:
    (tree / "lib/ota/later.py").write_text("x = 1\n")
    agent = tree / "lib/ota/agent.py"
    agent.write_text(agent.read_text() + "def later():\n    return load('ota.later')\n")
    assert "ota.later is loaded at no moment" in exceeded(tree)[0]


def test_module_of_a_moment_that_is_gone_is_told(tree: Path) -> None:
    (tree / "lib/ota/switch.py").unlink()
    assert exceeded(tree)[0].startswith("lib has no ota.switch: ")


def test_layers_that_do_not_fit_the_smallest_store_are_told(tree: Path) -> None:
    (tree / "assets/film.bin").write_bytes(os.urandom(200_000))
    lines = exceeded(tree)
    assert [line.partition(":")[0] for line in lines] == ["layer app", "layer assets"]


def test_slot_that_the_official_core_does_not_fit_is_told(tree: Path) -> None:
    path = tree / "firmware/partitions/4MiB.csv"
    path.write_text(path.read_text().replace("0x1a0000\n", "0x190000\n"))
    assert exceeded(tree)[0].startswith("core (official v1.26.1): 34576 bytes over")


def test_files_that_do_not_fit_vfs_are_told(tree: Path) -> None:
    (tree / "main.py").write_text((tree / "main.py").read_text() + "# more\n" * 5000)
    assert exceeded(tree)[0].startswith("vfs, all files: ")


def test_manifest_that_does_not_fit_a_header_is_told(tree: Path) -> None:
    boards = tree / "firmware/boards"
    profile = json.loads((boards / "bench.json").read_text())
    for number in range(80):
        model = f"board-{number:02}"
        (boards / f"{model}.json").write_text(json.dumps({**profile, "model": model}))
    assert exceeded(tree)[0].endswith("a slot's header holds 3584")


def test_code_that_does_not_compile_is_told_in_one_line(tree: Path) -> None:
    (tree / "lib/net/http.py").write_text("def broken(:\n")
    assert len(exceeded(tree)) == 1
