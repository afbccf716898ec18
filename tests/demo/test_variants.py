"""The changed code of the demonstration's releases."""

from pathlib import Path

import pytest

from demo.chapters import CHAPTERS, Chapter, Edit
from demo.errors import DemoError
from demo.variants import edited, write_code
from lockerctl.layers import app_files
from lockerctl.paths import LIB

EDIT = Edit("part.py", "value=1", "value=2")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.version)
def test_each_release_can_be_made_of_the_code_as_it_is(chapter: Chapter, tmp_path: Path) -> None:
    code = write_code(LIB, chapter.edits, tmp_path / "code")
    for edit in chapter.edits:
        assert (code / edit.path).read_text() != (LIB / edit.path).read_text()
    changed = {f"/{edit.path[:-3]}.mpy" for edit in chapter.edits}
    before, after = app_files(LIB), app_files(code)
    differ = {name for name in before if before[name] != after.get(name)}
    # New names are also where all names are.
    assert {name for name in differ if not name.endswith("/interned.mpy")} == changed
    assert before.keys() == after.keys()


def test_an_edit_whose_place_is_gone_is_refused() -> None:
    with pytest.raises(DemoError, match=r"lib/part.py: has 'value=1' 0 times"):
        edited("value=3\n", EDIT)


def test_an_edit_with_two_places_is_refused() -> None:
    with pytest.raises(DemoError, match="2 times"):
        edited("value=1\nvalue=1\n", EDIT)


def test_an_edit_changes_its_place_alone() -> None:
    assert edited("a value=1 b\nc\n", EDIT) == "a value=2 b\nc\n"
