"""What a deployment changes: a table of what is where, and the room on `data`."""

from __future__ import annotations

import hashlib

import pytest

from lockerctl.deploy_plan import Found, Plan, make_plan
from lockerctl.errors import UserError

A, B = b"a" * 1000, b"b" * 1000
LOCAL = {"ota/agent.mpy": A, "ota/job.mpy": A, "single.mpy": A}


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def found(
    developer: dict[str, bytes], app: dict[str, bytes], *, others: int = 0, blocks: int = 32
) -> Found:
    sizes = {f"dev/{path}": len(data) for path, data in developer.items()}
    sizes["log.txt"] = others
    return Found(hashes(developer), hashes(app), sizes, 4096, blocks)


OTA = {path: data for path, data in LOCAL.items() if path.startswith("ota/")}


@pytest.mark.parametrize(
    ("developer", "app", "remove", "copy"),
    [
        ({}, {}, (), ("ota", "single.mpy")),
        ({}, LOCAL, (), ()),
        (LOCAL, {}, (), ()),
        # Equal in both: the copy is not needed.
        (LOCAL, LOCAL, ("ota", "single.mpy"), ()),
        # One file of a package differs: all of it is copied.
        ({}, {**LOCAL, "ota/job.mpy": B}, (), ("ota",)),
        ({**OTA, "ota/job.mpy": B}, {}, (), ("ota", "single.mpy")),
        # A file too many is a difference too, in the layer and on `data`.
        ({}, {**LOCAL, "ota/old.mpy": B}, (), ("ota",)),
        ({**OTA, "ota/old.mpy": B}, {**OTA, "ota/old.mpy": B}, (), ("ota", "single.mpy")),
        # What `lib` does not have any more goes, except from the layer.
        ({"gone/x.mpy": A, "left.py": A}, {**LOCAL, "gone/x.mpy": A}, ("gone", "left.py"), ()),
        # An empty folder would hide the package of the layer.
        ({"ota/": b""}, LOCAL, ("ota",), ()),
    ],
)
def test_units_are_copied_and_removed_as_the_table_says(
    developer: dict[str, bytes],
    app: dict[str, bytes],
    remove: tuple[str, ...],
    copy: tuple[str, ...],
) -> None:
    assert make_plan(LOCAL, found(developer, app)) == Plan(remove, copy)


def test_room_is_reckoned_in_blocks_with_folders_and_spare() -> None:
    # Root, dev, ota: two blocks each; three files: one each; four stay free.
    make_plan(LOCAL, found({}, {}, blocks=13))
    with pytest.raises(UserError, match="3000 bytes do not fit, 4096 bytes are missing: "):
        make_plan(LOCAL, found({}, {}, blocks=12))


def test_room_is_less_what_the_application_has_written() -> None:
    make_plan(LOCAL, found({}, {}, others=8000, blocks=15))
    with pytest.raises(UserError, match="4096 bytes are missing"):
        make_plan(LOCAL, found({}, {}, others=8200, blocks=15))


def test_room_of_what_is_replaced_counts_as_free() -> None:
    old = {"ota/agent.mpy": B * 20, "single.mpy": B * 20}
    assert make_plan(LOCAL, found(old, {}, blocks=13)).copy == ("ota", "single.mpy")


def test_full_data_does_not_matter_when_nothing_is_copied() -> None:
    assert make_plan(LOCAL, found({}, LOCAL, others=200_000, blocks=13)) == Plan((), ())
