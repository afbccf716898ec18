"""What the tests of signature schemes share."""

from hashlib import sha256


class Text:
    """A message as it is, where lib/tuf has canonical JSON."""

    def __init__(self, data):
        self._data = data

    def sha256(self):
        return sha256(self._data).digest()

    def feed(self, write):
        write(self._data)


def pem(base64):
    """A PEM public key with lines of 64."""
    lines = [base64[at : at + 64] for at in range(0, len(base64), 64)]
    return "-----BEGIN PUBLIC KEY-----\n" + "\n".join(lines) + "\n-----END PUBLIC KEY-----\n"


def verdict(verify, public, signature, data):
    """Whether a scheme's `verify` takes a signature; malformed ones count as bad, as in keys.py."""
    try:
        return verify(public, signature, Text(data), None) is not None
    except ValueError:
        return False
