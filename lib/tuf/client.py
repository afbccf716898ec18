"""The client workflow of the specification (section 5): what comes next, and what is stored.

Each accepted file is written before the next is asked for, in one step that a power cut can only
do or not do. Whatever was written last, the next refresh goes on from there.
"""

from micropython import const

from tuf import rules
from tuf.errors import MismatchError, MissingError, NoTargetError, TufError
from tuf.metadata import Raw

# Longest file of each role in bytes, for a board (DESIGN.md 7).
BOARD_LIMITS = {"root": 8192, "timestamp": 2048, "snapshot": 4096, "targets": 8192}
# 5.3.3 and 5.6.7.1. A board that missed more roots goes on with the next refresh.
_MAX_ROOTS = const(32)
_MAX_ROLES = const(8)


class Client:
    """Keeps trusted metadata, and tells what it says of a target.

    `buffer` is a bytearray longer than the longest limit. It holds one file at a time, and
    nothing between two calls: whoever needs it then may have it.

    `fetch(path, view)` is a coroutine function. It reads the file at `path` (quoted) below the
    metadata's URL into the memoryview `view`, no further than to its end, and gives the number of
    bytes, or None if the repository has no such file (404 or 403). What it raises passes through.

    `store` keeps files: `read(name, view)` is like fetch, but gives None for a file longer than
    `view`, too; `write(name, view)` replaces a file as a whole or not at all; `remove(name)` may
    find nothing. The trusted root is `root.json`. Should that be gone or damaged,
    `first_root`, which production wrote, is where trust begins again: as after the loss of
    the whole store, keys that were replaced since are trusted until the newer roots are fetched.

    `memo` is a dict that the caller keeps from one refresh to the next (see rules.Verifier).
    `tick()` is called every few milliseconds of long work. `limits` are bytes for each role;
    `max_roles` is how many delegated roles one search may visit.
    """

    def __init__(
        self, fetch, store, buffer, memo, tick=None, limits=BOARD_LIMITS, max_roles=_MAX_ROLES
    ):
        self._fetch = fetch
        self._store = store
        self._buffer = buffer
        self._verifier = rules.Verifier(memo, tick)
        self._limits = limits
        self._max_roles = max_roles

    async def refresh(self, now_s):
        """Bring the top-level roles up to date. `now_s`: seconds since 1970, at the start (5.1).

        Raises a TufError for whatever is wrong with the repository.
        """
        await self.update_root()
        await self.update_listed(now_s)

    async def update_root(self):
        """The first half of a refresh, which needs no time: `root` is the newest (5.3)."""
        try:
            root = self._stored_root("root.json")
        except TufError:
            root = self._stored_root("first_root")
        for _ in range(_MAX_ROOTS):
            try:
                raw = await self._download("%d.root.json" % (root.version + 1), "root")
            except MissingError:
                break  # 5.3.3: this root is the latest
            root = rules.next_root(raw, root, self._verifier)
            self._store.write("root.json", raw.view())
        self.root = root

    async def update_listed(self, now_s):
        """The second half: what `root` trusts, if it has not expired itself (5.3.10)."""
        self._now_s = now_s
        self.targets = None
        root = self.root
        rules.check_not_expired(root, now_s)
        old_timestamp, old_snapshot = self._stored_pair(root)
        timestamp = await self._update_timestamp(root, old_timestamp)
        self._snapshot = await self._update(
            "snapshot",
            "snapshot.json",
            timestamp.listed("snapshot"),
            lambda raw: rules.next_snapshot(
                raw, root, timestamp, old_snapshot, self._verifier, now_s
            ),
        )
        signed = root.signed
        self.targets = await self.update_targets(
            "targets", "targets.json", (root, signed["keys"], signed["roles"]["targets"])
        )

    async def find(self, path):
        """What trusted metadata says of target `path` (5.6.7): "length", "hashes", "custom".

        Call it after a refresh. Raises NoTargetError, or another TufError.
        """
        entry = self.targets.signed["targets"].get(path)
        if entry is None and "delegations" in self.targets.signed:
            from tuf.search import search

            entry = await search(self, path, self._max_roles)
        if entry is None:
            raise NoTargetError("no trusted role lists %s" % path)
        return entry

    def consistent_snapshot(self):
        """Whether each version of a file has a name of its own in the repository (6.2)."""
        return self.root.signed.get("consistent_snapshot", False)

    async def update_targets(self, name, file, delegation):
        """5.6.1 to 5.6.6 for targets role `name`; `delegation` as for rules.next_targets."""
        return await self._update(
            "targets",
            file,
            self._snapshot.listed(name),
            lambda raw: rules.next_targets(
                name, raw, delegation, self._snapshot, self._verifier, self._now_s
            ),
        )

    def _stored_root(self, file):
        raw = self._read(file, "root")
        if raw is None:
            raise MissingError("root: no %s on this board" % file)
        return rules.stored_root(raw, self._verifier)

    def _stored_pair(self, root):
        """The stored timestamp and snapshot; neither counts if one is not signed by root's keys.

        That is 5.3.11, for keys that were rotated, but it needs no memory of the root before, so
        a power cut does not lose it. The timestamp goes first: it alone holds nobody back.
        """
        pair = []
        try:
            for name in ("timestamp", "snapshot"):
                raw = self._read(name + ".json", name)
                pair.append(raw and rules.stored(name, raw, root, self._verifier))
        except TufError:
            self._store.remove("timestamp.json")
            self._store.remove("snapshot.json")
            return None, None
        return pair

    async def _update_timestamp(self, root, trusted):
        raw = await self._download("timestamp.json", "timestamp")
        timestamp = rules.next_timestamp(raw, root, trusted, self._verifier, self._now_s)
        if timestamp is not trusted:
            self._store.write("timestamp.json", raw.view())
        return timestamp

    async def _update(self, kind, file, listed, accept):
        """The stored `file` if it is the one that is `listed`, or else a new one.

        `accept(raw)` decides that: it returns the Metadata or raises a TufError.
        """
        raw = self._read(file, kind)
        if raw:
            try:
                return accept(raw)
            except TufError:
                pass
        path = "%d.%s" % (listed["version"], file) if self.consistent_snapshot() else file
        raw = await self._download(path, kind, listed.get("length"))
        metadata = accept(raw)
        self._store.write(file, raw.view())
        return metadata

    def _read(self, file, kind):
        length = self._store.read(file, memoryview(self._buffer)[: self._limits[kind]])
        return None if length is None else Raw(self._buffer, length)

    async def _download(self, path, kind, listed_bytes=None):
        limit = self._limits[kind]
        if listed_bytes is not None and listed_bytes < limit:
            limit = listed_bytes
        length = await self._fetch(path, memoryview(self._buffer)[: limit + 1])
        if length is None:
            raise MissingError("%s is not in the repository" % path)
        if length > limit:
            raise MismatchError("%s: longer than %d bytes" % (path, limit))
        return Raw(self._buffer, length)
