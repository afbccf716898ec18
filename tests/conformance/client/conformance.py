"""The interface of the official TUF conformance suite (its CLIENT-CLI.md), around lib/tuf.

`about` is an addition: it prints on what the client runs.
"""

import asyncio
import gc
import sys
import time
from binascii import hexlify
from hashlib import sha256

import plainhttp
from folder import Folder

from tuf import client as tuf_client
from tuf.errors import MissingError, TufError
from tuf.hashes import checked
from tuf.names import target_path


def _arguments(argv):
    """Options (lists of values) and what is none."""
    options = {}
    others = []
    at = 0
    while at < len(argv):
        if argv[at].startswith("--"):
            options.setdefault(argv[at][2:], []).append(argv[at + 1])
            at += 1
        else:
            others.append(argv[at])
        at += 1
    return options, others


def _below(url, path):
    return url.rstrip("/") + "/" + path


def _client(options):
    (url,) = options["metadata-url"]
    (folder,) = options["metadata-dir"]

    async def fetch(path, view):
        pieces = plainhttp.pieces(_below(url, path), len(view))
        if pieces is None:
            return None
        length = 0
        for piece in pieces:
            view[length : length + len(piece)] = piece
            length += len(piece)
        return length

    buffer = bytearray(max(tuf_client.BOARD_LIMITS.values()) + 1)
    return tuf_client.Client(fetch, Folder(folder), buffer, {})


def _init(options, root):
    (folder,) = options["metadata-dir"]
    with open(root, "rb") as file:
        Folder(folder).write("root.json", file.read(tuf_client.BOARD_LIMITS["root"]))


def _refresh(options):
    asyncio.run(_client(options).refresh(int(time.time())))


async def _download(options):
    client = _client(options)
    await client.refresh(int(time.time()))
    (folder,) = options["target-dir"]
    (url,) = options["target-base-url"]
    for path in options["target-name"]:
        entry = await client.find(path)
        where = _below(url, target_path(path, entry, client.consistent_snapshot()))
        _fetch_target(Folder(folder), path, entry, where)


def _fetch_target(folder, path, entry, url):
    # A name for any path, "..", "x" * 1000 and the empty one included.
    name = str(hexlify(sha256(path).digest()), "ascii")
    if _is_there(folder, name, path, entry):
        return
    pieces = plainhttp.pieces(url, entry["length"] + 1)
    if pieces is None:
        raise MissingError(path + " is not in the repository")
    folder.write_pieces(name, checked(path, pieces, entry))


def _is_there(folder, name, path, entry):
    try:
        for _ in checked(path, folder.pieces(name), entry):
            pass
    except (OSError, TufError):
        return False
    return True


def _about():
    print(sys.implementation.name, gc.mem_free() + gc.mem_alloc(), tuf_client.__file__)


def main(argv):
    """0 if the command succeeded, else 1."""
    options, (command, *rest) = _arguments(argv)
    try:
        if command == "init":
            _init(options, *rest)
        elif command == "refresh":
            _refresh(options)
        elif command == "download":
            asyncio.run(_download(options))
        elif command == "about":
            _about()
        else:
            raise OSError("no such command")
    except (TufError, OSError) as error:
        print(command, type(error).__name__, error, sep=": ", file=sys.stderr)
        return 1
    return 0


sys.exit(main(sys.argv[1:]))
