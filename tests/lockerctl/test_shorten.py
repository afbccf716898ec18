"""Private names become short in their file; all that others may see stays."""

from __future__ import annotations

import pytest

from lockerctl.paths import LIB
from lockerctl.shorten import shorten


def shortened(text: str, **others: str) -> str:
    """One file of several."""
    return shorten({"one.py": text, **{f"{name}.py": other for name, other in others.items()}})[
        "one.py"
    ]


def test_private_names_become_their_initials() -> None:
    source = "def _report_attributes(_first_one):\n    return _first_one\n_report_attributes(1)\n"
    assert shortened(source) == "def _ra(_fo):\n    return _fo\n_ra(1)\n"


def test_two_names_with_the_same_initials_stay_two() -> None:
    source = "class A:\n    def _f(self):\n        self._file = self._fill = self._f\n"
    new = shortened(source)
    assert "self._f2 = self._f3 = self._f\n" in new
    assert "def _f(self)" in new


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint(sys.implementation._mpy)\n",  # looked up, not ours
        "public = other.public_name\n",
        "def __init__(self):\n    pass\n",
        "for _ in range(3):\n    pass\n",
        "_named = 1\nprint(globals()['_named'])\n",
    ],
)
def test_name_that_somebody_else_may_know_stays(source: str) -> None:
    assert shortened(source) == source


@pytest.mark.parametrize(
    "other",
    ["x._shared()\n", "from one import _shared\n", "getattr(x, '_shared')\n", "a.b._shared = 1\n"],
)
def test_name_that_another_file_looks_up_stays(other: str) -> None:
    source = "def _shared():\n    pass\n"
    assert shortened(source, two=other) == source
    assert shortened(source, two="x.shared()\n") == "def _s():\n    pass\n"


def test_name_that_two_files_have_for_themselves_becomes_short_in_both() -> None:
    source = "class A:\n    def _step(self):\n        self._step()\n"
    new = source.replace("_step", "_s")
    assert shortened(source, two=source) == new


def test_short_name_that_is_taken_is_left_alone() -> None:
    assert shortened("_size = 1\n", two="_s = 2\n") == "_s2 = 1\n"


def test_classes_that_inherit_from_another_file_keep_their_names() -> None:
    base = "class Base:\n    _secret = 1\n"
    child = "from two import Base\nclass Child(Base):\n    _hidden = 2\n"
    assert shortened(child, two=base) == child
    assert shortened(base, two=child) == base


def test_what_does_not_compile_is_left_to_the_compiler() -> None:
    assert shortened("_name = 1\ndef broken(:\n") == "_name = 1\ndef broken(:\n"


def test_lines_of_the_project_stay_where_they_are() -> None:
    sources = {str(path): path.read_text() for path in LIB.rglob("*.py")}
    new = shorten(sources)
    assert new != sources
    for name, text in sources.items():
        assert text.count("\n") == new[name].count("\n")
