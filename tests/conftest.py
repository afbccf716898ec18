"""Collects the board's own tests (`tests/board/mp_*.py`) and runs each under MicroPython."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from unixport import (
    ROOT,
    compile_file,
    compile_tree,
    fresh_directory,
    heap_for,
    run_micropython,
    test_functions,
)

_BOARD_TESTS = Path(__file__).parent / "board"
_STORIES = Path(__file__).parent / "stories"
# pytest-xdist's workers must not compile into one another's folder.
_BUILD = ROOT / "build" / "board-tests" / os.environ.get("PYTEST_XDIST_WORKER", "main")


class BoardTestError(Exception):
    """A board test ended with another exit status than 0."""


class BoardTest(pytest.Item):
    """One function of a board test module, in a MicroPython process of its own."""

    def runtest(self) -> None:
        bytecode = _compiled()
        work = fresh_directory(_BUILD / "work")
        result = run_micropython(
            ["-m", "runner", self.path.stem, self.name],
            path=[bytecode / "tests", bytecode / "lib"],
            heap=heap_for(self.path),
            env={"TEST_DIR": str(work), "VECTORS": str(ROOT / "tests" / "vectors")},
            cwd=work,
        )
        # MicroPython prints the exception of an asyncio task that nobody awaited, and goes on.
        if result.returncode != 0 or "Task exception wasn't retrieved" in result.stdout:
            raise BoardTestError(f"exit status {result.returncode}\n{result.stdout}")

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: object = None,  # noqa: ARG002 - pytest's argument
    ) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"board: {self.name}"


class BoardTestFile(pytest.File):
    """A board test module."""

    def collect(self) -> Iterator[BoardTest]:
        for name in test_functions(self.path):
            yield BoardTest.from_parent(self, name=name)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have each worker begin with a part of the stories: they are long, and mostly wait.

    Each worker gets its share of the list in one piece, and gives of its end to those who are done.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    stories = [item for item in items if item.path.parent == _STORIES]
    others = [item for item in items if item.path.parent != _STORIES]
    modules = list(dict.fromkeys(item.path for item in stories))
    share = -(-len(others) // workers)
    items.clear()
    for worker in range(workers):
        own = set(modules[worker::workers])
        items += [item for item in stories if item.path in own]
        items += others[worker * share : (worker + 1) * share]


_compiled_once: list[Path] = []


def _compiled() -> Path:
    if not _compiled_once:
        target = fresh_directory(_BUILD / "bytecode")
        _compiled_once.append(target)  # what does not compile is told once
        compile_tree(ROOT / "lib", target / "lib", optimise=2)
        # They lie on a board as source, which the board compiles with its asserts.
        for name in ("boot", "main"):
            compile_file(ROOT / f"{name}.py", target / "lib" / f"{name}.mpy", 0, f"{name}.py")
        compile_tree(_BOARD_TESTS, target / "tests", optimise=0)
    return _compiled_once[0]


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    collectors = yield
    if file_path.parent == _BOARD_TESTS and file_path.match("mp_*.py"):
        # Alone: pytest takes any file that is named on its command line for a Python module.
        return [BoardTestFile.from_parent(parent, path=file_path)]
    return collectors
