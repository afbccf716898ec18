"""littlefs images: built from files, read back, the same bytes for the same files.

MicroPython mounts an image only if block size and count are exactly the device's.
"""

from __future__ import annotations

from collections.abc import Mapping

from littlefs import LittleFS, LittleFSError, lfs

LAYER_BLOCK = 1024
PARTITION_BLOCK = 4096
_EMPTY_BLOCKS = 2
_NO_SPACE = int(LittleFSError.Error.LFS_ERR_NOSPC)
# Also what opening a file says when there is no room for its name.
_NAME_TOO_LONG = int(LittleFSError.Error.LFS_ERR_NAMETOOLONG)
_LONGEST_NAME = 255


class NoRoomError(Exception):
    """The files do not fit into so many blocks."""


class DamagedError(Exception):
    """The bytes are no littlefs image that a board would mount."""


def build_image(files: Mapping[str, bytes], block_size: int, block_count: int) -> bytes:
    """An image of exactly `block_count` blocks with `files`: absolute path to content.

    Directories are made for their files. Raises NoRoomError.
    """
    return bytes(_filled(files, block_size, block_count).context.buffer)


def _filled(files: Mapping[str, bytes], block_size: int, block_count: int) -> LittleFS:
    filesystem = LittleFS(
        mount=False, block_size=block_size, block_count=block_count, cache_size=block_size
    )
    try:
        filesystem.format()
        filesystem.mount()
        for path in sorted(files):
            filesystem.makedirs(path.rpartition("/")[0], exist_ok=True)
            _write(filesystem, path, files[path])
    except LittleFSError as error:
        too_long = any(len(name.encode()) > _LONGEST_NAME for name in "/".join(files).split("/"))
        if error.code not in (_NO_SPACE, _NAME_TOO_LONG) or too_long:
            raise
        raise NoRoomError(f"{block_count} blocks of {block_size} bytes are too few") from error
    return filesystem


def _write(filesystem: LittleFS, path: str, data: bytes) -> None:
    """Write a new file. Raises LittleFSError."""
    # A small file is written when it is closed. If that fails, littlefs-python's file objects
    # close it once more, at which littlefs aborts the process.
    handle = lfs.file_open(filesystem.fs, path, "wb")
    try:
        lfs.file_write(filesystem.fs, handle, data)
    finally:
        lfs.file_close(filesystem.fs, handle)


def build_smallest(files: Mapping[str, bytes]) -> bytes:
    """The smallest image of `LAYER_BLOCK` blocks that holds the files."""
    content = sum(len(data) for data in files.values())
    roomy = _EMPTY_BLOCKS + content // LAYER_BLOCK
    while True:
        try:
            count = _filled(files, LAYER_BLOCK, roomy).used_block_count
            return build_image(files, LAYER_BLOCK, count)
        except NoRoomError:
            roomy *= 2


def read_image(image: bytes, block_size: int) -> dict[str, bytes]:
    """The files in an image, sorted by path. Raises DamagedError."""
    if not image or len(image) % block_size:
        raise DamagedError(f"{len(image)} bytes are not a multiple of {block_size}")
    filesystem = LittleFS(mount=False, block_size=block_size, block_count=len(image) // block_size)
    filesystem.context.buffer[:] = image
    files = {}
    try:
        filesystem.mount()
        for directory, _, names in filesystem.walk("/"):
            for name in names:
                path = f"{directory.rstrip('/')}/{name}"
                with filesystem.open(path, "rb") as file:
                    files[path] = file.read()
    except LittleFSError as error:
        raise DamagedError(f"it is no whole littlefs: {error}") from error
    return dict(sorted(files.items()))
