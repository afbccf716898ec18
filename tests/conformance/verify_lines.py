"""MicroPython: says of each line of a file (scheme, key, message, signature) whether it is good."""

import json
import sys
from binascii import unhexlify
from hashlib import sha256


class _Text:
    """A message as it is, where lib/tuf has canonical JSON."""

    def __init__(self, data):
        self._data = data

    def sha256(self):
        return sha256(self._data).digest()

    def feed(self, write):
        write(self._data)


def _is_good(scheme, public, message, signature):
    verify = getattr(__import__("tuf." + scheme), scheme).verify
    try:
        return verify(public, unhexlify(signature), _Text(unhexlify(message)), None) is not None
    except ValueError:
        return False


with open(sys.argv[1]) as lines:
    for line in lines:
        print(_is_good(*json.loads(line)))
