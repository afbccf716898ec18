"""A TUF repository, a store, and the client between them, for the tests of lib/tuf.

The keys are for tests alone: they sign with the nonce 1, which costs nothing and gives the key
away. lib/tuf cannot tell, as such a signature is as good as any.
"""

import asyncio
import gc
import json
import os
from binascii import hexlify, unhexlify
from hashlib import sha256

from tuf_crypto import pem

from tuf.canonical import Message
from tuf.client import BOARD_LIMITS, Client

NOW_S = 1800000000
NOW = "2027-01-15T08:00:00Z"
LATER = "2027-01-15T08:00:01Z"
NEVER = "2040-01-01T00:00:00Z"

# As on a board: one for all, made at the start.
BUFFER = bytearray(max(BOARD_LIMITS.values()) + 1)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_BASE_X = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
_HEAD = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
# Public keys of the private keys SHA-256("locker test key 0"), ("locker test key 1"), ...
_PUBLIC = (
    "n9m+xJ2oxs3nJKcA2BqZow2wFXBMucfxoEvq4Ew7s6lOcij1uPXKDzUhjM2xigNnNMJg1Jw586CfwyTfJcnQmw==",
    "GOUqvawURqmnHa1o4UEYocuHq286GnIvBBHGMF18RiKI13rjSwKSiO2mgWGKT+A5SyXo6zHF+nNrguFNiaF40Q==",
    "0ThXiYAo64hqA4UCF0LDV8WiQxy2hwa1Uj5zqoVkJpB7PejuqnbN7gM9fCnnucNq8YLA3SjMiofS/sR46lwfLQ==",
    "oCAOoyOWrbsq5uk4swdQB1tVhohnuNRL1VTwcMcOXogsInnG+KRidF/Mr6DCPlaYF0uZQqrlyk/reH0ExbGn1w==",
    "iq0qcRNO60vslZQRkCxa46ctshh1P9NG8Ja62jvRxbFVkoJXYhq1AiAj+qaBFTwCBVxPKviz4rvJoz0Ms95o5g==",
    "fTzqo1LwIWmajxhoh2AkvzY70/B6joCZuTIJjcsmdVl4A57OXXgwBtMJD/ytyg8F3Q8MFJFQ+cRQq64MyRMH/A==",
    "xzgTdkD5BImCxe1Y0MPWE3P+qkphxL+pM28ZAkn3NMnJk5s550PDU0Ympzk4kAoIigimAaWQhxd/3n8j2H+NmQ==",
    "iLVTc7otv6fXK2snxEo0IpOY2ZGRXH+WgCf3HGEunffZZ/MAPqLkru5SDcQ9eQ6N/au5yidcU7YIUstuBi3LoQ==",
)


class Key:
    """A key pair. `extra` are fields that a key may have beside those of the specification."""

    def __init__(self, number, **extra):
        body = _HEAD + _PUBLIC[number]
        self.public = {
            "keytype": "ecdsa",
            "scheme": "ecdsa-sha2-nistp256",
            "keyval": {"public": pem(body)},
        }
        self.public.update(extra)
        self.id = key_id(self.public)
        self._secret = int.from_bytes(sha256(b"locker test key %d" % number).digest(), "big")

    def sign(self, signed):
        """An entry of "signatures" for `signed`."""
        digest = int.from_bytes(Message(signed).sha256(), "big")
        r = _BASE_X % _ORDER
        s = (digest + r * self._secret) % _ORDER
        return {"keyid": self.id, "sig": str(hexlify(der_signature(r, s)), "ascii")}


def key_id(public):
    """The id that a key has to have (4.2.1)."""
    return str(hexlify(Message(public).sha256()), "ascii")


def der_signature(r, s):
    """SEQUENCE of two INTEGERs, as ECDSA signatures are written."""
    body = b"".join(b"\x02" + bytes((len(n),)) + n for n in (_integer(r), _integer(s)))
    return b"\x30" + bytes((len(body),)) + body


def _integer(number):
    data = number.to_bytes(33, "big")
    while len(data) > 1 and data[0] == 0 and data[1] < 0x80:
        data = data[1:]
    return data


class Files:
    """Files by name, like a dict of bytes, but on the host: the heap is for the client."""

    _folders = 0

    def __init__(self, other=None):
        Files._folders += 1
        self.folder = f"{os.getenv('TEST_DIR')}/{Files._folders}/"
        os.mkdir(self.folder[:-1])
        for name in other.names() if other else ():
            self.copy(name, other)

    def copy(self, name, other, as_name=None):
        """Take a file of another's, piece by piece."""
        with self.open(as_name or name, "wb") as copy:
            for piece in other.pieces(name):
                copy.write(piece)

    def pieces(self, name):
        """What a file holds."""
        piece = memoryview(bytearray(256))
        with self.open(name) as file:
            while length := file.readinto(piece):
                yield piece[:length]

    def names(self):
        return os.listdir(self.folder)

    def open(self, name, mode="rb"):
        return open(self.folder + name, mode)

    def read_into(self, name, view):
        """As many bytes as there are and fit in; None if there is no such file."""
        if name not in self:
            return None
        with self.open(name) as file:
            return file.readinto(view)

    def length(self, name):
        return os.stat(self.folder + name)[6] if name in self else 0

    def __contains__(self, name):
        return name in self.names()

    def __getitem__(self, name):
        data = bytearray(self.length(name))
        self.read_into(name, data)
        return data

    def __setitem__(self, name, data):
        with self.open(name, "wb") as file:
            file.write(data)

    def __delitem__(self, name):
        os.remove(self.folder + name)


class Repo:
    """A repository, and what an attacker who holds some of its keys could make of it.

    `signed[role]` is what the next `publish(role)` signs with the keys in `signers[role]`;
    `files` is what the server has. Version 1 of all four roles is published from the start.
    """

    def __init__(self, consistent=True):
        gc.collect()  # the repository before
        self.files = Files()
        self.requests = []
        self.signers = {}
        self.signed = {
            "root": _blank("root", keys={}, roles={}, consistent_snapshot=consistent),
            "timestamp": _blank("timestamp", meta={}),
            "snapshot": _blank("snapshot", meta={}),
            "targets": _blank("targets", targets={}),
        }
        self.trust("root", [Key(0)])
        self.trust("timestamp", [Key(1)])
        self.trust("snapshot", [Key(2)])
        self.trust("targets", [Key(3)])
        self.publish("root", "targets", "snapshot", "timestamp")

    def trust(self, role, keys, threshold=1):
        """Make root say that `keys` sign for `role`, and sign with all of them."""
        root = self.signed["root"]
        known = root["keys"]
        known.update({key.id: key.public for key in keys})
        root["roles"][role] = {"keyids": [key.id for key in keys], "threshold": threshold}
        used = set()
        for record in root["roles"].values():
            used.update(record["keyids"])
        root["keys"] = {name: known[name] for name in used}
        self.signers[role] = keys

    def delegate(self, delegator, name, keys, threshold=1, **record):
        """Add a delegation, and the delegated role if it is new. `record`: paths, terminating."""
        delegations = self.signed[delegator].setdefault("delegations", {"keys": {}, "roles": []})
        delegations["keys"].update({key.id: key.public for key in keys})
        record.update(name=name, keyids=[key.id for key in keys], threshold=threshold)
        delegations["roles"].append(record)
        if name not in self.signed:
            self.signed[name] = _blank("targets", targets={})
            self.signers[name] = keys

    def add(self, role, path, data):
        """List a target."""
        entry = {"length": len(data), "hashes": {"sha256": hex_sha256(data)}}
        self.signed[role]["targets"][path] = entry

    def publish(self, *roles):
        """The next version of each role, and what lists it (which is not published by that)."""
        for role in roles:
            signed = self.signed[role]
            signed["version"] += 1
            self.put(role, signed)

    def put(self, role, signed, signers=None):
        """Sign `signed` and put it where a client looks for it."""
        signatures = [key.sign(signed) for key in signers or self.signers[role]]
        with self.files.open(self.path(role, signed["version"]), "w") as file:
            json.dump({"signatures": signatures, "signed": signed}, file)
        self._list(role, signed["version"])

    def put_bytes(self, role, version, data):
        """The same for a file as it is."""
        self.files[self.path(role, version)] = data
        self._list(role, version)

    def _list(self, role, version):
        """Give the length and the hash of a file in what lists it."""
        lister = {"root": None, "timestamp": None, "snapshot": "timestamp"}.get(role, "snapshot")
        if lister:
            name = self.path(role, version)
            digest = sha256()
            for piece in self.files.pieces(name):
                digest.update(piece)
            self.signed[lister]["meta"][role + ".json"] = {
                "version": version,
                "length": self.files.length(name),
                "hashes": {"sha256": str(hexlify(digest.digest()), "ascii")},
            }

    def path(self, role, version):
        """Where the file lies."""
        numbered = role == "root" or self.signed["root"]["consistent_snapshot"]
        return f"{version}.{role}.json" if numbered and role != "timestamp" else role + ".json"

    async def fetch(self, path, view):
        """The server, as tuf.client.Client asks for it."""
        self.requests.append(path)
        return self.files.read_into(path, view)


class PowerCutError(Exception):
    """The board is off."""


class Store:
    """Files that survive. `cut_at` counts down the writes and removals until the power is cut."""

    def __init__(self, repo=None):
        self.files = Files()
        self.changes = []
        self.cut_at = None
        if repo:
            self.files.copy("1.root.json", repo.files, "root.json")

    def read(self, name, view):
        if self.files.length(name) > len(view):
            return None
        return self.files.read_into(name, view)

    def write(self, name, view):
        self._change(name)
        self.files[name] = view

    def remove(self, name):
        self._change(name)
        if name in self.files:
            del self.files[name]

    def _change(self, name):
        if self.cut_at is not None:
            if self.cut_at == 0:
                raise PowerCutError
            self.cut_at -= 1
        self.changes.append(name)

    def version(self, role):
        """Version of the stored file, None if there is none."""
        if role + ".json" not in self.files:
            return None
        with self.files.open(role + ".json") as file:
            return json.load(file)["signed"]["version"]


def client_of(repo, store, memo=None, **options):
    """A client with a board's limits."""
    return Client(repo.fetch, store, BUFFER, {} if memo is None else memo, **options)


def refresh(repo, store, now_s=NOW_S, memo=None, **options):
    """Refresh with a new client, as after power on unless `memo` is given, and return it."""
    client = client_of(repo, store, memo, **options)
    gc.collect()  # what publishing has left, in pieces
    asyncio.run(client.refresh(now_s))
    return client


def find(client, path):
    """What `client` trusts of a target."""
    return asyncio.run(client.find(path))


def refused(kind, function, *args, **options):
    """The error, which must be of exactly this kind, that a call raises."""
    try:
        function(*args, **options)
    except kind as error:
        assert type(error) is kind, repr(error)
        return error
    raise AssertionError("it was accepted")


def hex_sha256(data):
    return str(hexlify(sha256(data).digest()), "ascii")


def spoilt(data):
    """Metadata with the first signature's last bit flipped."""
    outer = json.loads(data)
    entry = outer["signatures"][0]
    signature = bytearray(unhexlify(entry["sig"]))
    signature[-1] ^= 1
    entry["sig"] = str(hexlify(signature), "ascii")
    return json.dumps(outer).encode()


def _blank(kind, **fields):
    fields.update(_type=kind, spec_version="1.0.34", version=0, expires=NEVER)
    return fields
