"""Releases for stories: small cores, the real `lib/`, and copies of it with a fault built in."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from lockerctl.appimage import parse_image
from lockerctl.core import Core
from lockerctl.layers import app_files, asset_files
from lockerctl.partitions import load_map
from lockerctl.paths import ASSETS, LIB
from lockerctl.profiles import all_boards
from lockerctl.release import Recipe, build_release
from lockerctl.release_dir import Release
from lockerctl.stand_in import stand_in

CORE_BYTES = 48 * 1024
Patches = Mapping[str, tuple[str, str]]  # path in lib → what is replaced, by what
BOARDS = all_boards()


class Workshop:
    """Builds releases. `base` has sequence 1 and is what a board leaves production with."""

    def __init__(self) -> None:
        self._map = load_map("4MiB")
        self._lib = {str(path.relative_to(LIB)): path.read_text() for path in LIB.rglob("*.py")}
        self._app = app_files(LIB)
        self._assets = asset_files(ASSETS)
        self.base = self.build("1.0.0", sequence=1)

    def build(
        self,
        version: str,
        patches: Patches | None = None,
        *,
        core: str = "first",
        sequence: int = 2,
        boards: Mapping[str, tuple[int, ...]] | None = None,
        previous: Release | None = None,
        mark: bool = True,
    ) -> Release:
        """A release whose app layer is `lib/` with these patches.

        `mark`: also with a module of its own, so that its app differs from every other's.
        """
        app = {**self._app, **self._patched(patches or {})}
        if mark:
            app["/mark.txt"] = version.encode()
        data = stand_in(core, CORE_BYTES)
        return build_release(
            Recipe(
                version=version,
                core=Core(data, parse_image(data)),
                stored={"app": app, "assets": self._assets},
                boards=boards or BOARDS,
                partitions=self._map,
                previous=previous or (self.base if sequence > 1 else None),
                sequence=sequence,
            )
        )

    def _patched(self, patches: Patches) -> dict[str, bytes]:
        if not patches:
            return {}
        with tempfile.TemporaryDirectory() as name:
            for path, (old, new) in patches.items():
                source = self._lib[path]
                assert source.count(old) == 1, f"{path}: {old!r} is there {source.count(old)} times"
                target = Path(name) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(source.replace(old, new))
            return app_files(Path(name))
