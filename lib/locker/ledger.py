"""The ledger: what each door holds, the salt of the codes and the last events, as bytes in RAM.

docs/locker.md has the layout. A later release may lengthen its parts: their sizes stand in front,
and bytes that are not known here stay as they are. A door whose entry is damaged is LOST: nobody
gets it until service has looked into it.
"""

import struct
from binascii import crc32

from micropython import const

FREE = 0
STORED = 1  # by a customer, who has set a code
PARCEL = 2  # from a courier; a pickup code opens it
LOST = 3  # nobody knows

# Their numbers stay what they are; a new one comes last.
# fmt: off
KINDS = (
    "stored", "fetched", "parcel", "picked_up", "taken_back", "left", "wrong_code", "locked_out",
    "service", "unlocked", "freed", "disabled", "enabled", "not_opened", "forced_open", "left_open",
    "data_lost",
)
# fmt: on

_MAGIC = b"LKLG"
_VERSION = const(1)
_HEADER = "<4sBBBBHHI16s16s16s"  # and a CRC-32, as behind each entry of a door
_HEADER_SIZE = const(68)
_DOOR = "<BBHI16s8s4s"
_DOOR_SIZE = const(40)
_EVENT = "<IBBH"
_EVENT_SIZE = const(8)
_EVENTS = const(128)
_COUNT_AT = const(12)
_CODES_AT = const(32)
_DISABLED = const(1)


def blank(doors, salt, state):
    """The bytes of a new ledger: `salt` is 16 bytes, all doors are in `state`."""
    raw = bytearray(_HEADER_SIZE + doors * _DOOR_SIZE + _EVENTS * _EVENT_SIZE)
    sizes = (_HEADER_SIZE, _DOOR_SIZE, _EVENT_SIZE, doors, _EVENTS)
    struct.pack_into(_HEADER, raw, 0, _MAGIC, _VERSION, *sizes, 0, salt, b"", b"")
    _seal(raw, 0, _HEADER_SIZE)
    ledger = Ledger(raw, doors)
    for door in range(1, doors + 1):
        ledger.put(door, state)
    return raw


def damaged(raw):
    """Whether these bytes are no ledger, or one that has suffered at its head."""
    return (
        len(raw) < _HEADER_SIZE
        or not _HEADER_SIZE <= raw[5] <= len(raw)
        or not _sealed(raw, 0, raw[5])
    )


class Ledger:
    """`raw` is the whole of it, to be kept. Doors are numbered from 1; a digest has 16 bytes.

    ValueError when it is of an unknown version, or of another cabinet.
    """

    def __init__(self, raw, doors):
        self.raw = raw
        self._start, self._door, self._event, count, self._events = struct.unpack_from(
            "<BBBHH", raw, 5
        )
        self._end = self._start + count * self._door
        if raw[:5] != _MAGIC + bytes((_VERSION,)):
            raise ValueError("ledger of an unknown version")
        if count != doors or len(raw) != self._end + self._events * self._event:
            raise ValueError("ledger of %d doors" % count)
        self.salt = bytes(raw[16:32])

    def state(self, door):
        """FREE, STORED, PARCEL or LOST."""
        at = self._at(door)
        return self.raw[at] if _sealed(self.raw, at, self._door) else LOST

    def find(self, digest):
        """The door with a parcel for this pickup code, or 0."""
        for door in self._doors():
            if self.holds(door, PARCEL, digest):
                return door
        return 0

    def holds(self, door, state, digest):
        """Whether the door is in this state, and this its code."""
        at = self._at(door)
        return self.state(door) == state and self.raw[at + 8 : at + 24] == digest

    def put(self, door, state, digest=b"", since=0, code=b"", ref=b""):
        """What a door holds from now on; `code` and `ref` are for the server, until it has them."""
        at = self._at(door)
        flags = self.raw[at + 1]
        struct.pack_into(_DOOR, self.raw, at, state, flags, 0, since, digest, code, ref)
        _seal(self.raw, at, self._door)

    def disabled(self, door):
        """Whether service has put the door out of order."""
        return bool(self.raw[self._at(door) + 1] & _DISABLED)

    def disable(self, door, disabled):
        """Put a door out of order, or back."""
        at = self._at(door)
        self.raw[at] = self.state(door)  # one that is lost stays so when it is whole again
        self.raw[at + 1] = self.raw[at + 1] & ~_DISABLED | disabled
        _seal(self.raw, at, self._door)

    def mail(self):
        """(door, since, code, ref) of a parcel that the server does not know yet, or None."""
        for door in self._doors():
            _, _, _, since, _, code, ref = struct.unpack_from(_DOOR, self.raw, self._at(door))
            if code[0] and self.state(door) == PARCEL:
                return door, since, code, ref
        return None

    def forget_code(self, door):
        """The server has the code of this parcel, or wants none."""
        at = self._at(door)
        self.raw[at + 24 : at + 32] = bytes(8)
        _seal(self.raw, at, self._door)

    def staff(self, role):
        """The digest set on the spot for role 0 (service) or 1 (courier), or None."""
        at = _CODES_AT + 16 * role
        digest = bytes(self.raw[at : at + 16])
        return digest if any(digest) else None

    def set_staff(self, role, digest):
        """Another code for role 0 or 1."""
        at = _CODES_AT + 16 * role
        self.raw[at : at + 16] = digest
        _seal(self.raw, 0, self._start)

    def note(self, kind, door, now):
        """Add an event: one of KINDS."""
        count = struct.unpack_from("<I", self.raw, _COUNT_AT)[0]
        at = self._end + count % self._events * self._event
        struct.pack_into(_EVENT, self.raw, at, now, KINDS.index(kind), door, 0)
        struct.pack_into("<I", self.raw, _COUNT_AT, count + 1)
        _seal(self.raw, 0, self._start)

    def events(self):
        """(kind, door, time) of the last events, the newest first; None for an unknown kind."""
        count = struct.unpack_from("<I", self.raw, _COUNT_AT)[0]
        for number in range(count - 1, max(-1, count - 1 - self._events), -1):
            at = self._end + number % self._events * self._event
            now, kind, door, _ = struct.unpack_from(_EVENT, self.raw, at)
            yield KINDS[kind] if kind < len(KINDS) else None, door, now

    def _doors(self):
        return range(1, (self._end - self._start) // self._door + 1)

    def _at(self, door):
        return self._start + (door - 1) * self._door


def _sealed(raw, at, size):
    found = struct.unpack_from("<I", raw, at + size - 4)[0]
    return crc32(memoryview(raw)[at : at + size - 4]) == found


def _seal(raw, at, size):
    struct.pack_into("<I", raw, at + size - 4, crc32(memoryview(raw)[at : at + size - 4]))
