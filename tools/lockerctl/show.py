"""Tells what is in a flash image: `lockerctl image show`."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lockerctl.appimage import AppImage, ImageError, parse_image
from lockerctl.cas import ca_lines
from lockerctl.header import PLACES, Entry, Header, HeaderError, is_set, parse_header
from lockerctl.identity import CA_FILE, ROOT_FILE
from lockerctl.image import NO_BOOTLOADER
from lockerctl.keys.describe import root_lines
from lockerctl.littlefs_image import LAYER_BLOCK, PARTITION_BLOCK, DamagedError, read_image
from lockerctl.manifest import Manifest, ManifestError, parse_manifest
from lockerctl.partition_table import (
    APP,
    BOOTLOADER_OFFSET,
    SECTOR,
    TABLE_OFFSET,
    TABLE_SIZE,
    Partition,
    parse_table,
)
from lockerctl.tables import text_table
from virtualboard import bootloader, otadata
from virtualboard.errors import VirtualBoardError
from virtualboard.flash import Flash
from virtualboard.partition_table import read_table


def describe_flash(flash: bytes) -> Iterator[str]:
    """All there is to say about a flash image, line by line. Raises TableError if it has none."""
    partitions = parse_table(flash[TABLE_OFFSET : TABLE_OFFSET + TABLE_SIZE])
    content = {p.name: flash[p.offset : p.end] for p in partitions}
    yield f"flash of {len(flash)} bytes"
    yield from _loud(content)
    yield from _bootloader(flash)
    yield from _partitions(partitions)
    yield from _otadata(flash, partitions)
    for index in range(sum(partition.type == APP for partition in partitions)):
        yield from _slot(index, content)
    yield from _identity(content)
    yield from _trust(content)
    for name in ("vfs", "data"):
        yield from _files(f"files on {name}", content.get(name, b""), PARTITION_BLOCK)


def _loud(content: dict[str, bytes]) -> Iterator[str]:
    board = _board(content)
    if board.get("developer"):
        yield "DEVELOPER MODE: the board runs what lies on /data/dev, with a long watchdog"
    for name, data in content.items():
        image = _image(data)
        if isinstance(image, AppImage) and image.is_stand_in:
            yield f"STAND-IN CORE in {name}: only the virtual board can run it"


def _bootloader(flash: bytes) -> Iterator[str]:
    start = flash[BOOTLOADER_OFFSET:TABLE_OFFSET]
    if start.startswith(NO_BOOTLOADER):
        yield "NO BOOTLOADER: only the virtual board can run it"
        return
    image = _image(start)
    whole = f"whole, {image.length} bytes" if isinstance(image, AppImage) else image
    yield f"bootloader: {whole}"


def _partitions(partitions: list[Partition]) -> Iterator[str]:
    rows = [(p.name, p.type_name, f"{p.offset:#08x}", f"{p.size:#08x}") for p in partitions]
    yield f"\n{text_table(('partition', 'type', 'offset', 'size'), rows)}"


def _otadata(flash: bytes, partitions: list[Partition]) -> Iterator[str]:
    """The two entries, and what the virtual board's bootloader makes of them."""
    yield ""
    for partition in filter(lambda partition: partition.is_otadata, partitions):
        for index in range(2):
            raw = flash[partition.offset + index * SECTOR :]
            yield f"otadata entry {index}: {bootloader.describe(otadata.unpack(raw))}"
    yield "at the next boot:"
    yield from (f"  {line}" for line in _next_boot(flash))


def _next_boot(flash: bytes) -> list[str]:
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "flash.bin"
        path.write_bytes(flash)
        try:
            chip = Flash(path)
            bootloader.boot(chip, read_table(chip), lines.append)
            chip.close()
        except (VirtualBoardError, bootloader.NoBootableImageError) as error:
            lines.append(str(error))
    return lines


def _slot(index: int, content: dict[str, bytes]) -> Iterator[str]:
    core, store = (content.get(f"{kind}_{index}", b"") for kind in ("ota", "store"))
    image = _image(core)
    yield f"\nslot {index}"
    if isinstance(image, AppImage):
        about = ", ".join(filter(None, (image.project, image.version, image.idf_version)))
        yield f"  app image: whole, {image.length} bytes, {about}"
        yield f"  app image's SHA-256: {image.sha256.hex()}"
    else:
        yield f"  app image: {image}"
    try:
        header = parse_header(store[:SECTOR].ljust(SECTOR, b"\xff"))
    except HeaderError as error:
        blank = not store[:SECTOR].strip(b"\xff")
        yield "  header: blank" if blank else f"  header: damaged ({error})"
        return
    yield from _release(header, {"ota": core, "store": store})


def _release(header: Header, places: dict[str, bytes]) -> Iterator[str]:
    manifest = _manifest(header)
    title = f"{manifest.product} {manifest.version}" if isinstance(manifest, Manifest) else manifest
    yield f"  header: {title}, sequence {header.sequence}"
    yield f"  committed: {_word(header.committed)}, failed: {_word(header.failed)}"
    rows = []
    for entry in header.entries:
        layer = manifest.layer(entry.name) if isinstance(manifest, Manifest) else None
        version = layer.version if layer else "?"
        holds = "holds" if _holds(entry, places) else "BROKEN"
        rows.append((entry.name, version, PLACES[entry.place], entry.address, entry.length, holds))
    head = ("layer", "version", "in", "address", "length", "SHA-256")
    yield from (f"  {line}" for line in text_table(head, rows).splitlines())
    for entry in header.entries:
        if PLACES[entry.place] == "store":
            yield from _files(f"  files in /{entry.name}", _bytes_of(entry, places), LAYER_BLOCK)


def _manifest(header: Header) -> Manifest | str:
    try:
        return parse_manifest(header.manifest)
    except ManifestError as error:
        return f"no manifest that can be read ({error})"


def _bytes_of(entry: Entry, places: dict[str, bytes]) -> bytes:
    return places[PLACES[entry.place]][entry.address : entry.address + entry.length]


def _holds(entry: Entry, places: dict[str, bytes]) -> bool:
    return hashlib.sha256(_bytes_of(entry, places)).digest() == entry.sha256


def _word(word: int) -> str:
    if not is_set(word):
        return "no"
    return "yes" if word == 0 else f"yes, half programmed ({word:#010x})"


def _image(data: bytes) -> AppImage | str:
    if not data.strip(b"\xff"):
        return "blank"
    try:
        return parse_image(data)
    except ImageError as error:
        return str(error)


def _board(content: dict[str, bytes]) -> dict[str, object]:
    try:
        board = json.loads(_vfs(content).get("/board.json", b""))
    except ValueError:
        return {}
    return board if isinstance(board, dict) else {}


def _vfs(content: dict[str, bytes]) -> dict[str, bytes]:
    try:
        return read_image(content.get("vfs", b""), PARTITION_BLOCK)
    except DamagedError:
        return {}


def _trust(content: dict[str, bytes]) -> Iterator[str]:
    """Whom the board trusts from production on; newer roots are on `data`."""
    files = _vfs(content)
    root, cas = files.get(ROOT_FILE), files.get(CA_FILE)
    yield "\ntrusts" if root else "\ntrusts: nobody"
    yield from (f"  {line}" for line in (root_lines(root) if root else ()))
    if cas:
        yield "\nspeaks TLS to servers of"
        yield from (f"  {line}" for line in ca_lines(cas))


def _identity(content: dict[str, bytes]) -> Iterator[str]:
    """Who the board is, without its secrets."""
    board = _board(content)
    yield "\nidentity" if board else "\nidentity: none"
    for name, value in sorted(board.items()):
        yield f"  {name}: {_public(name, value)}"


def _public(name: str, value: object) -> str:
    if name == "token":
        return "set" if value else "MISSING"
    if name == "codes" and isinstance(value, dict):
        return ", ".join(sorted(value.keys() - {"salt"}))
    if name == "wifi" and isinstance(value, list):
        keys = ((net.get("ssid"), "with key" if net.get("key") else "open") for net in value)
        return ", ".join(f"{ssid} ({key})" for ssid, key in keys) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def _files(title: str, image: bytes, block_size: int) -> Iterator[str]:
    indent = title[: len(title) - len(title.lstrip())]
    try:
        files = read_image(image, block_size)
    except DamagedError as error:
        yield f"{title}: BROKEN: {error}"
        return
    yield f"{title}: {len(files)}"
    rows = [(len(data), path) for path, data in files.items()]
    width = max((len(str(size)) for size, _ in rows), default=0)
    yield from (f"{indent}  {size:{width}}  {path}" for size, path in rows)
