"""`lockerctl release`: build releases."""

from __future__ import annotations

import re
from pathlib import Path

import click

from lockerctl.core import load_core
from lockerctl.errors import UserError
from lockerctl.layers import app_files, asset_files
from lockerctl.manifest import Layer
from lockerctl.manifest_rules import MAX_SEQUENCE
from lockerctl.partitions import load_map
from lockerctl.paths import ASSETS, LIB
from lockerctl.profiles import all_boards
from lockerctl.release import CORE, Recipe, build_release
from lockerctl.release_dir import Release, load_release, save_release
from lockerctl.tables import text_table

_TIGHT = 64 * 1024

_folder = click.Path(path_type=Path)


@click.command("build")
@click.option("--version", required=True, help="Semantic version of the release.")
@click.option("--core", required=True, help="MicroPython .bin for ESP32, or stand-in[:NAME].")
@click.option("--out", required=True, type=_folder, help="Folder of the release, new.")
@click.option("--lib", default=LIB, type=_folder, help="The board's code.")
@click.option("--assets", default=ASSETS, type=_folder, help="Texts, fonts, pictures.")
@click.option("--previous", type=_folder, help="The release before: addresses, sequence.")
@click.option("--board", "boards", multiple=True, help="MODEL:REVISION; all profiles by default.")
@click.option(
    "--sequence", type=click.IntRange(1, MAX_SEQUENCE), help="One more than the previous."
)
@click.option("--partitions", default="4MiB", show_default=True, help="The smallest map it is for.")
def build(
    version: str,
    core: str,
    out: Path,
    lib: Path,
    assets: Path,
    previous: Path | None,
    boards: tuple[str, ...],
    sequence: int | None,
    partitions: str,
) -> None:
    """Build a release into a folder of its own."""
    before = load_release(previous) if previous else None
    recipe = Recipe(
        version=version,
        core=load_core(core),
        stored={"app": app_files(lib), "assets": asset_files(assets)},
        boards=_parse_boards(boards) if boards else all_boards(),
        partitions=load_map(partitions),
        previous=before,
        sequence=sequence,
    )
    release = build_release(recipe)
    new = save_release(release, out)
    click.echo(_summary(release, before))
    click.echo(f"{out}: {'written' if new else 'is there already, byte for byte'}")
    _warn(recipe)


def _parse_boards(arguments: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    boards: dict[str, tuple[int, ...]] = {}
    for argument in arguments:
        match = re.fullmatch(r"([a-z0-9][a-z0-9_.-]{0,31}):(\d+)", argument)
        if match is None:
            raise UserError(f"--board {argument}: must be MODEL:REVISION, as bench:1")
        boards[match[1]] = (*boards.get(match[1], ()), int(match[2]))
    return boards


def _summary(release: Release, before: Release | None) -> str:
    manifest = release.manifest
    boards = ", ".join(f"{model} {list(revs)}" for model, revs in manifest.boards.items())
    rows = [
        (
            layer.name,
            layer.version,
            layer.length,
            layer.stored,
            layer.address,
            layer.capacity,
            _change(layer, before.manifest.layer(layer.name) if before else None),
        )
        for layer in manifest.layers
    ]
    head = ("layer", "version", "length", "stored", "address", "capacity", "")
    title = f"{manifest.product} {manifest.version}, sequence {manifest.sequence}, for {boards}"
    return f"{title}\n{text_table(head, rows)}"


def _change(layer: Layer, before: Layer | None) -> str:
    if before is None:
        return "new"
    changed = "unchanged" if layer.sha256 == before.sha256 else "changed"
    moved = (layer.address, layer.capacity) != (before.address, before.capacity)
    return f"{changed}, laid out anew" if moved else changed


def _warn(recipe: Recipe) -> None:
    left = recipe.partitions["ota_0"].size - len(recipe.core.data)
    if left < _TIGHT:
        click.echo(f"warning: the {CORE} leaves only {left} bytes of its slot to grow", err=True)
    if recipe.core.image.is_stand_in:
        click.echo(f"note: the {CORE} is a stand-in: only a virtual board can run it", err=True)
