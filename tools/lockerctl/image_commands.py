"""`lockerctl image`: build and show flash images."""

from __future__ import annotations

import os
from pathlib import Path

import click
from tuf.api.metadata import Root

from lockerctl.appimage import parse_image
from lockerctl.cas import pinned_cas
from lockerctl.codes import SALT_BYTES, staff_codes
from lockerctl.core import load_bootloader, read_file
from lockerctl.errors import UserError
from lockerctl.files import replacing
from lockerctl.identity import CA_FILE, ROOT_FILE, Identity, parse_settings, parse_wifi
from lockerctl.image import Board, build_flash
from lockerctl.keys.describe import root_lines
from lockerctl.keys.rules import TrustError, check_own_root, parse
from lockerctl.partition_table import TableError
from lockerctl.partitions import load_map
from lockerctl.paths import ROOT
from lockerctl.profiles import Profile, load_profile
from lockerctl.release import CORE
from lockerctl.release_dir import load_release
from lockerctl.show import describe_flash

_path = click.Path(path_type=Path)
# It holds the board's token.
_PRIVATE = 0o600


@click.command("build")
@click.option("--release", "folder", required=True, type=_path, help="Folder of the release.")
@click.option("--board-profile", required=True, help="Model of the board, or its profile's file.")
@click.option("--revision", type=int, help="Revision of the board; the profile's last by default.")
@click.option("--id", "board_id", required=True, help="The board's name at the server.")
@click.option(
    "--token", help="The board's token; --token-file keeps it out of the shell's history."
)
@click.option("--token-file", type=_path, help="File with the board's token.")
@click.option("--server", required=True, help="http(s)://HOST[:PORT] of the update server.")
@click.option("--tenant", default="DEFAULT", show_default=True, help="Tenant at the server.")
@click.option("--wifi", multiple=True, help="SSID or SSID:KEY; several are tried in turn.")
@click.option("--out", required=True, type=_path, help="The image file.")
@click.option("--flash", default="4MiB", show_default=True, help="Partition map: its size.")
@click.option(
    "--bootloader",
    "--core-bin",
    type=_path,
    help="Official MicroPython .bin, for its bootloader. Without one, only a virtual board runs.",
)
@click.option("--developer", is_flag=True, help="Developer mode: lockerctl deploy works.")
@click.option("--root", type=_path, help="Whom the board trusts: N.root.json of the repository.")
@click.option("--tuf-url", help="Where the TUF repository is: URL of the server and /tuf.")
@click.option("--ca", type=_path, help="PEM file of the CAs of the server's certificate: https.")
@click.option("--service-code-file", type=_path, help="File with the code of the service menu.")
@click.option("--courier-code-file", type=_path, help="File with the couriers' code.")
@click.option("--setting", "settings", multiple=True, help="NAME=VALUE, as healthy_s=3600.")
def build(
    folder: Path,
    board_profile: str,
    revision: int | None,
    board_id: str,
    token: str | None,
    token_file: Path | None,
    server: str,
    tenant: str,
    wifi: tuple[str, ...],
    out: Path,
    flash: str,
    bootloader: Path | None,
    developer: bool,
    root: Path | None,
    tuf_url: str | None,
    ca: Path | None,
    service_code_file: Path | None,
    courier_code_file: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Build the image of a board's whole flash, for esptool or the virtual board."""
    profile = load_profile(board_profile)
    identity = Identity(
        id=board_id,
        model=profile.model,
        revision=revision if revision is not None else profile.revisions[-1],
        token=_token(token, token_file),
        server=server.rstrip("/"),
        tenant=tenant,
        wifi=parse_wifi(wifi),
        developer=developer,
        tuf=tuf_url.rstrip("/") if tuf_url else None,
        settings=parse_settings(settings),
        codes=_codes(service_code_file, courier_code_file),
    )
    board = Board(
        load_release(folder),
        identity,
        {**_vfs_files(profile), **_trust(root, tuf_url), **_pinned(ca, server, tuf_url)},
        load_map(flash),
        load_bootloader(bootloader) if bootloader else None,
    )
    flash_image = build_flash(board)
    with replacing(out) as made:
        made.touch(_PRIVATE)
        made.write_bytes(flash_image)
    manifest = board.release.manifest
    click.echo(f"{out}: flash of {identity.id} with {manifest.product} {manifest.version}")
    for warning in profile.warnings:
        click.echo(f"warning: {warning}", err=True)
    _tell(board)


def _token(token: str | None, token_file: Path | None) -> str:
    if token is not None and token_file is None:
        return token
    if token_file is not None and token is None:
        return _line(token_file)
    raise UserError("give the board's token by either --token or --token-file")


def _codes(service: Path | None, courier: Path | None) -> dict[str, str] | None:
    """The codes in these files, as the board keeps them. Raises UserError."""
    codes = staff_codes(
        _line(service) if service else None,
        _line(courier) if courier else None,
        os.urandom(SALT_BYTES),
    )
    return codes or None


def _line(path: Path) -> str:
    return read_file(path).decode("utf-8", "replace").strip()


def _vfs_files(profile: Profile) -> dict[str, bytes]:
    return {
        "/boot.py": read_file(ROOT / "boot.py"),
        "/main.py": read_file(ROOT / "main.py"),
        "/profile.json": profile.data,
    }


def _pinned(ca: Path | None, *urls: str | None) -> dict[str, bytes]:
    """The CAs as a file, which a board needs to speak TLS. Raises UserError."""
    is_secure = any(url and url.startswith("https:") for url in urls)
    if is_secure and ca is None:
        raise UserError("a board that speaks https pins the CA of its server: --ca FILE")
    if ca is None:
        return {}
    if not is_secure:
        raise UserError(f"--ca {ca}: neither --server nor --tuf-url is an https URL")
    return {CA_FILE: pinned_cas(ca)}


def _trust(root: Path | None, tuf_url: str | None) -> dict[str, bytes]:
    """The first root as a file, if it is one that boards take. Raises UserError."""
    if root is None and tuf_url is None:
        return {}
    if root is None or tuf_url is None:
        raise UserError("--root and --tuf-url belong together: whom to trust, and where it says so")
    data = read_file(root)
    try:
        check_own_root(parse(data, Root))
    except TrustError as error:
        raise UserError(f"{root}: {error}") from error
    return {ROOT_FILE: data}


def _tell(board: Board) -> None:
    codes = board.identity.codes or {}
    if "service" not in codes:
        click.echo("note: no service code, so no service menu: --service-code-file", err=True)
    if "courier" not in codes and board.identity.settings.get("mode") == "delivery":
        click.echo("note: no courier code, so no parcels at first: --courier-code-file", err=True)
    if board.bootloader is None:
        click.echo("note: without a bootloader only the virtual board can run it", err=True)
    if parse_image(board.release.plain(CORE)).is_stand_in:
        click.echo(f"note: its {CORE} is a stand-in: only the virtual board can run it", err=True)
    if ROOT_FILE in board.files:
        click.echo("trusts:")
        for line in root_lines(board.files[ROOT_FILE]):
            click.echo(f"  {line}")
    else:
        click.echo("note: it trusts nobody, and takes no release: --root, --tuf-url", err=True)


@click.command("show")
@click.argument("file", type=_path)
def show(file: Path) -> None:
    """Tell what is in a flash image: partitions, slots, layers, files, whose board it is."""
    try:
        lines = list(describe_flash(read_file(file)))
    except TableError as error:
        raise UserError(f"{file}: no flash image, for at 0x8000 {error}") from error
    click.echo("\n".join(lines))
