"""What each step of the client workflow (section 5) demands of the file at hand.

Each function takes a file (metadata.Raw) and what is trusted already, and returns the file as
`Metadata`, or raises a TufError. Nothing here reads, writes or waits; the time is a parameter.
"""

from tuf.errors import ExpiredError, RollbackError
from tuf.hashes import check
from tuf.keys import check_signatures
from tuf.metadata import Metadata


class Verifier:
    """Checks signatures, but not again what was checked since power on.

    `memo` is a dict that outlives this module's stay in the heap. It keeps, for each role, the
    SHA-256 of the file and of the delegator's file whose keys verified it. That a signature is
    good depends on these two contents and on nothing else, so a file on the flash or in an
    answer with both hashes equal needs no second look; any other one gets it. The memo is gone
    with the power: then each stored file is verified again before it is used. It says nothing
    about expiry and versions, which are checked each time.
    """

    def __init__(self, memo, tick=None):
        self._memo = memo
        self._tick = tick

    def check(self, metadata, delegator, keys, role):
        """Raise SignatureError unless `delegator`'s `keys` for `role` signed `metadata`."""
        proof = metadata.digest + delegator.digest
        if self._memo.get(metadata.name) != proof:
            check_signatures(metadata, keys, role, self._tick)
            self._memo[metadata.name] = proof

    def check_top_level(self, metadata, root):
        """The same for a role that `root` names."""
        signed = root.signed
        self.check(metadata, root, signed["keys"], signed["roles"][metadata.name])


def stored_root(raw, verifier):
    """5.2: the root this board was given, or accepted later. It must be signed by its own keys."""
    root = Metadata("root", "root", raw)
    verifier.check_top_level(root, root)
    return root


def next_root(raw, trusted, verifier):
    """5.3.4 and 5.3.5: the successor of the root `trusted`."""
    root = Metadata("root", "root", raw)
    _check_version(root, trusted.version + 1)
    verifier.check_top_level(root, trusted)
    verifier.check_top_level(root, root)
    return root


def stored(name, raw, root, verifier):
    """A timestamp or snapshot from the flash, for comparison only: it may have expired."""
    metadata = Metadata(name, name, raw)
    verifier.check_top_level(metadata, root)
    return metadata


def next_timestamp(raw, root, trusted, verifier, now_s):
    """5.4.2 to 5.4.4. `trusted` is the timestamp so far or None; it is returned if still valid."""
    timestamp = Metadata("timestamp", "timestamp", raw)
    verifier.check_top_level(timestamp, root)
    listed = timestamp.listed("snapshot")
    if trusted:
        if timestamp.version <= trusted.version:
            # 5.4.3.1: an older one is refused, an equal one discarded, whatever else it says.
            _check_version(timestamp, trusted.version)
            timestamp = trusted
        elif listed["version"] < trusted.listed("snapshot")["version"]:
            raise RollbackError("timestamp: lists an older snapshot")
    check_not_expired(timestamp, now_s)
    return timestamp


def next_snapshot(raw, root, timestamp, trusted, verifier, now_s):
    """5.5.2 to 5.5.6. `trusted` is the snapshot so far or None."""
    listed = timestamp.listed("snapshot")
    check("snapshot", raw.view(), listed)
    snapshot = stored("snapshot", raw, root, verifier)
    _check_version(snapshot, listed["version"])
    if trusted:
        new = snapshot.signed["meta"]
        for path, entry in trusted.signed["meta"].items():
            if path not in new:
                raise RollbackError("snapshot: %s is gone" % path)
            if new[path]["version"] < entry["version"]:
                raise RollbackError("snapshot: lists an older %s" % path)
    check_not_expired(snapshot, now_s)
    return snapshot


def next_targets(name, raw, delegation, snapshot, verifier, now_s):
    """5.6.2 to 5.6.5, for top-level and delegated targets (5.6.7).

    `delegation` is the delegator's Metadata, its keys and its role for `name`.
    """
    listed = snapshot.listed(name)
    check(name, raw.view(), listed)
    targets = Metadata(name, "targets", raw)
    verifier.check(targets, *delegation)
    _check_version(targets, listed["version"])
    check_not_expired(targets, now_s)
    return targets


def check_not_expired(metadata, now_s):
    """5.3.10, 5.4.4, 5.5.6, 5.6.5: `expires` must lie after the start of the update."""
    if metadata.expires_s <= now_s:
        raise ExpiredError("%s: version %d has expired" % (metadata.name, metadata.version))


def _check_version(metadata, wanted):
    if metadata.version != wanted:
        raise RollbackError(
            "%s: version %d instead of %d" % (metadata.name, metadata.version, wanted)
        )
