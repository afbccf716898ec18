"""Small files that survive power cuts: a file holds its old content or its new one, never less.

littlefs replaces a file in one step when another is renamed onto it, so a new content is written
beside the old and moved over it. A left-over `.new` is worth nothing and is overwritten.
"""

import json
import os


def read(path, limit):
    """The bytes of a file, or None when there is none. ValueError when over `limit` bytes."""
    try:
        size = os.stat(path)[6]
    except OSError as error:
        if error.errno == 2:  # ENOENT
            return None
        raise
    if size > limit:
        raise ValueError("%s is larger than %d bytes" % (path, limit))
    with open(path, "rb") as file:
        return file.read(size)


def replace(path, data):
    """Give a file a new content, or leave the old one. OSError 28 when there is no room."""
    new = path + ".new"
    with open(new, "wb") as file:
        file.write(data)
    os.rename(new, path)


def read_json(path, limit):
    """The object in a JSON file, or None when there is no file or no object in it."""
    try:
        data = read(path, limit)
        value = None if data is None else json.loads(data)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def replace_json(path, value):
    """`replace` with `value` as JSON."""
    replace(path, json.dumps(value))
