"""Lengths and hashes that trusted metadata gives for a file."""

from binascii import hexlify
from hashlib import sha256

from tuf.errors import MismatchError


def check(name, data, entry):
    """Raise MismatchError unless `data` is the file that `entry` describes (see `checked`)."""
    for _ in checked(name, (data,), entry):
        pass


def checked(name, pieces, entry):
    """Hand on the pieces of a file, and raise MismatchError if it is not the one in `entry`.

    That is known at the end; a file that is too long is not handed on further than it should be.
    `entry` may have a "length" and "hashes" (algorithm: hex digest). Each hash that is known here
    must be right, and one at least must be known: so a repository can add a new algorithm beside
    the old one.
    """
    hashes = entry.get("hashes", {})
    hashers: list = []
    for algorithm in hashes:
        if algorithm == "sha256":
            hashers.append((algorithm, sha256()))
        elif algorithm == "sha512":
            from tuf.sha512 import sha512

            hashers.append((algorithm, sha512()))
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > entry.get("length", length):
            break
        for _, hasher in hashers:
            hasher.update(piece)
        yield piece
    if length != entry.get("length", length):
        raise MismatchError("%s: wrong length" % name)
    if hashes and not hashers:
        raise MismatchError("%s: no hash of a known kind" % name)
    for algorithm, hasher in hashers:
        if str(hexlify(hasher.digest()), "ascii") != hashes[algorithm]:
            raise MismatchError("%s: wrong hash" % name)
