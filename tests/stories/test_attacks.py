"""A hostile server, or link, that has nobody's keys: it spoils, withholds, mixes old with new."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

from cabinet import Fleet, MakeCabinet
from rogue import Spoil
from securesystemslib.signer import CryptoSigner
from siege import Siege
from test_rogue import endless
from thief import TIMESTAMP, Thief, usurped
from tuf.api.metadata import Metadata, Root

from lockerctl.blocks import BLOCK_SIZE, pack_layer

_ENDLESS = endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 512)
_NOT_LISTED = "UntrustedError: no trusted role lists locker/%s/manifest.json"
_OTHER = "wrong |longer than "  # signatures differ in length
MANIFEST = r"GET .*/manifest\.json$"
# A multiple of the polynomial of CRC-32: whatever it is added to keeps its CRC.
_SAME_CRC = (0xEDB88320 << 1 | 1).to_bytes(5, "little")


def flip(at: int) -> Spoil:
    """The honest answer, with one bit of its body changed."""

    def changed(honest: bytes) -> tuple[bytes]:
        new = bytearray(honest)
        new[honest.index(b"\r\n\r\n") + 4 + at] ^= 1
        return (bytes(new),)

    return changed


class Old:
    """The repository as it is at some time: what a board would keep of it."""

    def __init__(self, thief: Thief) -> None:
        self.files = {
            TIMESTAMP: thief.honest(TIMESTAMP),
            "snapshot.json": thief.honest_snapshot()[0],
            "targets.json": thief.honest_targets()[0],
        }


Attack = Callable[[Thief, Old], bytes | Spoil]
STRANGER = CryptoSigner.generate_ecdsa()


def by_a_stranger(thief: Thief, _old: Old) -> bytes:
    new = thief.honest_timestamp()
    new.version += 1
    return thief.sign(new, [STRANGER])


def root_by_a_stranger(thief: Thief, _old: Old) -> bytes:
    root = Metadata[Root].from_bytes(thief.honest("1.root.json")).signed
    return thief.sign(usurped(root, STRANGER), [STRANGER])


# In the order in which a board, that knows the old ones, asks for them. None has news for it but
# those that are honest.
ATTACKS: tuple[tuple[str, Attack, str], ...] = (
    ("root", root_by_a_stranger, "root: 0 of 1 signatures are good"),
    ("root", lambda thief, _: thief.honest("1.root.json"), "root: version 1 instead of 2"),
    ("root", lambda *_: b"[" * 8192, "root: "),
    ("root", lambda *_: _ENDLESS, "2.root.json: longer than 8192 bytes"),
    ("timestamp", by_a_stranger, "timestamp: 0 of 1 signatures are good"),
    ("timestamp", lambda *_: flip(60), "timestamp: "),
    ("timestamp", lambda *_: _ENDLESS, "timestamp.json: longer than 2048 bytes"),
    ("snapshot", lambda _, old: old.files["snapshot.json"], _OTHER),
    ("snapshot", lambda *_: _ENDLESS, "snapshot.json: longer than "),
    ("timestamp", lambda _, old: old.files[TIMESTAMP], "timestamp: version "),
    ("targets", lambda _, old: old.files["targets.json"], _OTHER),
    ("targets", lambda *_: _ENDLESS, "targets.json: longer than "),
)


def file_name(thief: Thief, role: str) -> str:
    """The name under which a board asks for the newest file of a role."""
    if role == "root":
        return "2.root.json"
    snapshot = thief.honest_timestamp().snapshot_meta.version
    if role == "snapshot":
        return f"{snapshot}.snapshot.json"
    version = thief.honest_snapshot()[1].meta["targets.json"].version
    return {"timestamp": TIMESTAMP, "targets": f"{version}.targets.json"}[role]


def test_spoilt_frozen_and_mixed_metadata_is_refused(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    listed = fleet.release("1.1.0-besieged", sequence=2)
    with Thief(fleet) as thief:
        siege = Siege(make_cabinet(), thief)
        unsigned = fleet.workshop.build("6.6.6-unsigned", sequence=666)
        told = siege.refusal(lambda: siege.offer_unsigned(unsigned))
        assert told == _NOT_LISTED % "6.6.6-unsigned"
        old = Old(thief)
        assert siege.trusted() == old.files
        newest = fleet.release("1.2.0-besieged", sequence=3)
        siege.lures = itertools.cycle((newest, listed))
        thief.files[TIMESTAMP] = old.files[TIMESTAMP]
        assert siege.refusal() == _NOT_LISTED % "1.2.0-besieged"
        assert siege.trusted() == old.files
        for role, attack, line in ATTACKS:
            print(f"--- {line}")
            thief.files = {file_name(thief, role): attack(thief, old)}
            told = siege.refusal()
            assert re.match(f"UntrustedError: .*({line})", told), told
            new = Old(thief).files
            for name, data in siege.trusted().items():
                assert data in (old.files[name], new[name]), name
        thief.behave()
        thief.spoil(MANIFEST, flip(40))
        assert siege.refusal() == "UntrustedError: manifest: wrong hash"
        thief.spoil(MANIFEST, _ENDLESS)
        action = siege.offer()
        siege.cabinet.until(lambda: thief.served > 2, "asked again")
        siege.survive(action)
        assert siege.trusted() == Old(thief).files
        report = siege.cabinet.ends(siege.offer(), "error")
        assert report.lines[-1] == "ReleaseError: older: sequence 2, 3 was here"
        assert siege.cabinet.board.running == "ota_1"


def forged_block(plain: bytes) -> tuple[bytes, bytes]:
    """A block as it is stored, and another one that is as long and has the same CRC-32."""
    (honest,), stored = pack_layer(plain)
    for at in range(len(plain) - len(_SAME_CRC)):
        changed = bytearray(plain)
        for index, bits in enumerate(_SAME_CRC):
            changed[at + index] ^= bits
        (forged,), packed = pack_layer(bytes(changed))
        if forged == honest:
            return stored, packed
    raise AssertionError("each one packs to another length")


def test_a_layer_with_other_bytes_and_the_same_crc_is_refused(
    fleet: Fleet, make_cabinet: MakeCabinet
) -> None:
    release = fleet.release("1.1.0-forged")
    honest = fleet.release("1.2.0-forged", sequence=3)
    stored, forged = forged_block(release.plain("app")[:BLOCK_SIZE])
    with Thief(fleet) as thief:
        siege = Siege(make_cabinet(), thief, release, honest)
        thief.spoil(r"GET .*/app\.bin$", lambda answer: (answer.replace(stored, forged),))
        report = siege.cabinet.ends(siege.offer(), "error")
        assert report.lines[-1] == "DamagedError: app has a wrong SHA-256"
        assert siege.cabinet.header(1) is None
        assert siege.cabinet.board.causes == [1]
        siege.survive()
