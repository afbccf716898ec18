"""One look at what is signed (lib/tuf): it ends with an answer, or with the next file to fetch.

Loaded with all of lib/tuf for the look alone, while no connection holds memory.
"""

import errno
import json
import os
from binascii import crc32

from ota.errors import LapsedError, SpoiltError, UntrustedError
from store import files
from tuf.client import Client
from tuf.errors import (
    ExpiredError,
    MetadataError,
    MismatchError,
    MissingError,
    SignatureError,
    TufError,
)

_FOLDER = "/data/trust"


class WantedError(Exception):
    """`path`, of which `size` bytes at most are worth reading, has to be fetched first."""

    def __init__(self, path, size):
        self.path, self.size = path, size


async def look(agent, target, told_s, answers):
    """Find out what trusted metadata says of `target`; how many bytes of JSON the spool holds then.

    They are `[entry, time, null]`, or `[null, null, wanted]`: a file to fetch and how much of it at
    most. `answers`: path -> bytes, or None for a file that the repository has not; what was taken
    over lies on `data` for the next look. `told_s`: the time as the server tells it; `time`: as it
    was proven now, for the record.
    LapsedError: expired, or not whole at the moment. SpoiltError, UntrustedError: nobody
    vouches for the target, or the repository is not what it should be.
    """

    async def fetch(path, view):
        if path not in answers:
            raise WantedError(path, len(view))
        answer = answers[path]
        if answer is None:
            return None
        view[: len(answer)] = answer
        return len(answer)

    client = Client(fetch, _Store(), agent.spool.memory, agent.memo, agent.alive)
    try:
        await client.update_root()
        time = _proving(told_s, client.root, agent.record.get("time"))
        await client.update_listed(time[0])
        found = (await client.find(target), time, None)
    except WantedError as wanted:
        found = (None, None, (wanted.path, wanted.size))
    except (ExpiredError, MissingError) as error:
        raise LapsedError(str(error)) from None
    except (MetadataError, MismatchError, SignatureError) as error:
        raise SpoiltError(str(error)) from None
    except TufError as error:
        raise UntrustedError(str(error)) from None
    text = json.dumps(found).encode()
    agent.spool.memory[: len(text)] = text
    return len(text)


def _proving(told_s, root, proven):
    """The time to go by, and a checksum of the keys that can prove it: `[seconds, checksum]`.

    It never goes back behind the time that was `proven` by the same online keys. By other ones:
    who had those may be the thief because of whom they were replaced.
    """
    roles = root.signed["roles"]
    ids = sorted(roles["timestamp"]["keyids"]) + sorted(roles["snapshot"]["keyids"])
    keys = crc32("".join(ids).encode())
    return [max(told_s, proven[0]) if proven and proven[1] == keys else told_s, keys]


class _Store:
    """Trusted metadata on `data`; the first root lies where production put it."""

    def read(self, name, view):
        try:
            with open(_path(name), "rb") as file:
                length = file.readinto(view)
                return None if file.read(1) else length
        except OSError:
            return None  # or unreadable: what is missing is fetched anew

    def write(self, name, view):
        try:
            os.mkdir(_FOLDER)
        except OSError as error:
            if error.errno != errno.EEXIST:
                raise
        files.replace(_path(name), view)

    def remove(self, name):
        try:
            os.remove(_path(name))
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise


def _path(name):
    return "/root.json" if name == "first_root" else "%s/%s" % (_FOLDER, name)
