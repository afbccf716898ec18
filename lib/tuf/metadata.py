"""Metadata of one role: parsed, its shape checked (section 4), its signatures not yet."""

from binascii import hexlify
from hashlib import sha256

from micropython import const

from tuf.canonical import Message
from tuf.errors import MetadataError, MissingError
from tuf.strictjson import loads

TOP_LEVEL = ("root", "timestamp", "snapshot", "targets")
# A small int on a chip. A new version every second would last for 34 years.
_MAX_VERSION = const(0x3FFFFFFF)


class Raw:
    """The bytes of one file: the first `length` of `buffer`, which the next file overwrites."""

    def __init__(self, buffer, length):
        self.buffer = buffer
        self.length = length

    def view(self):
        """The bytes, as a memoryview."""
        return memoryview(self.buffer)[: self.length]


class Metadata:
    """What one file says. `signed` is the parsed signed part, `signatures` maps key id to hex.

    `name` is the role, `kind` its type ("targets" for all delegated roles). `digest` is the
    SHA-256 of the file's bytes. Raises MetadataError.
    """

    def __init__(self, name, kind, raw):
        self.name = name
        self.digest = sha256(raw.view()).digest()
        try:
            outer = _expect(loads(raw.buffer, raw.length), dict, "file")
            self.signed = signed = field(outer, "signed", dict)
            self.signatures = _signatures(field(outer, "signatures", list))
            if signed.get("_type") != kind:
                raise MetadataError("not of type %s" % kind)
            # 4.3: any 1.x is a match, also the "1.0" of early repositories.
            if not field(signed, "spec_version", str).startswith("1."):
                raise MetadataError("unknown spec_version")
            self.version = _version(signed)
            self.expires_s = _seconds(field(signed, "expires", str))
            if kind == "root":
                _check_root(signed)
            elif kind == "targets":
                for entry in field(signed, "targets", dict).values():
                    field(entry, "length", int)
                    field(entry, "hashes", dict)
                    _check_length_and_hashes(entry)
            else:
                for entry in field(signed, "meta", dict).values():
                    _version(entry)
                    _check_length_and_hashes(entry)
        except MetadataError as error:
            raise MetadataError("%s: %s" % (name, error)) from None

    def message(self):
        """What the signatures cover."""
        return Message(self.signed)

    def listed(self, name):
        """The entry for role `name` in the "meta" of a timestamp or a snapshot (4.4, 4.6)."""
        entry = self.signed["meta"].get(name + ".json")
        if entry is None:
            raise MissingError("%s: does not list %s" % (self.name, name))
        return entry


def field(record, name, kind):
    """Field `name` of a parsed object, which must be of type `kind`."""
    return _expect(_expect(record, dict, name).get(name), kind, name)


def check_keys(keys):
    """4.3: a key id must be the hash of its key. So one id never stands for two keys."""
    for key_id, key in keys.items():
        field(key, "keytype", str)
        field(key, "scheme", str)
        field(key, "keyval", dict)
        if str(hexlify(Message(key).sha256()), "ascii") != key_id:
            raise MetadataError("key id %s is not its key's" % key_id)


def check_role(role):
    """Threshold and key ids of a role, in root or in a delegation (4.3, 4.5)."""
    if field(role, "threshold", int) < 1:
        raise MetadataError("threshold below 1")
    strings(role, "keyids")


def strings(record, name):
    """Field `name` of a parsed object, which must be a list of strings."""
    values = field(record, name, list)
    for value in values:
        _expect(value, str, name)
    return values


def _expect(value, kind, name):
    # In MicroPython, unlike CPython, a bool is no int.
    if not isinstance(value, kind):
        raise MetadataError("%s is missing or of the wrong type" % name)
    return value


def _signatures(entries):
    result = {}
    for entry in entries:
        key_id = field(entry, "keyid", str)
        if key_id in result:
            raise MetadataError("two signatures of one key id")  # 4.2.1
        result[key_id] = field(entry, "sig", str)
    return result


def _version(record):
    version = field(record, "version", int)
    if not 0 < version <= _MAX_VERSION:
        raise MetadataError("version out of range")
    return version


def _check_root(signed):
    _expect(signed.get("consistent_snapshot", False), bool, "consistent_snapshot")
    check_keys(field(signed, "keys", dict))
    roles = field(signed, "roles", dict)
    for name in TOP_LEVEL:
        check_role(field(roles, name, dict))


def _check_length_and_hashes(entry):
    if _expect(entry.get("length", 0), int, "length") < 0:
        raise MetadataError("length below 0")
    if "hashes" in entry:
        hashes = field(entry, "hashes", dict)
        if not hashes:
            raise MetadataError("no hashes")
        for digest in hashes.values():
            _expect(digest, str, "hashes")


def _seconds(text):
    """Seconds since 1970 of "YYYY-MM-DDTHH:MM:SSZ" (4.2.3). A 31st of April is the 1st of May."""
    try:
        parts = [int(part) for part in text[:10].split("-") + text[11:-1].split(":")]
        year, month, day, hour, minute, second = parts
        if "%04d-%02d-%02dT%02d:%02d:%02dZ" % tuple(parts) != text or min(parts) < 0:
            raise ValueError
    except ValueError:
        raise MetadataError("expires is no date-time") from None
    if not (0 < month < 13 and 0 < day < 32 and hour < 24 and minute < 60 and second < 60):
        raise MetadataError("expires is no date-time")
    # Years begin in March here, so that the leap day is the last of one.
    if month < 3:
        year -= 1
        month += 12
    days = 365 * year + year // 4 - year // 100 + year // 400
    days += (153 * month - 457) // 5 + day - 719469
    return ((days * 24 + hour) * 60 + minute) * 60 + second
