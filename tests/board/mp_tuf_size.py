"""What of lib/tuf an update loads, and how much that is."""

import asyncio
import os
import sys

from tuf_repo import BUFFER, NOW_S, Key, Repo, Store, find, refresh, refused

from tuf.errors import MissingError

_BUDGET_BYTES = 12 * 1024


def _loaded():
    """The modules of lib/tuf that are loaded."""
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "tuf"}


def test_ordinary_refresh_loads_no_more_than_its_budget_of_bytecode():
    repo = Repo()
    repo.add("targets", "manifest", b"data")
    repo.publish("targets", "snapshot", "timestamp")
    find(refresh(repo, Store(repo)), "manifest")
    sizes = {name: os.stat(module.__file__)[6] for name, module in _loaded().items()}
    assert sum(sizes.values()) <= _BUDGET_BYTES, sizes


def test_what_is_seldom_met_is_not_loaded_before():
    repo = Repo()
    refresh(repo, Store(repo))
    for name in ("rsa", "ed25519", "sha512", "search", "delegations", "succinct", "names"):
        assert "tuf." + name not in _loaded()
    repo.delegate("targets", "A", [Key(4)], paths=["*"])
    repo.add("A", "x", b"1")
    repo.publish("A", "targets", "snapshot", "timestamp")
    find(refresh(repo, Store(repo)), "x")
    assert "tuf.search" in _loaded()
    assert "tuf.succinct" not in _loaded()


def test_the_rest_can_be_dropped_and_loaded_again_while_errors_keep_their_class():
    repo = Repo()
    store = Store(repo)
    memo = {}
    first = refresh(repo, store, memo=memo)
    for name in _loaded():
        if name != "tuf.errors":
            del sys.modules[name]
    again = __import__("tuf.client").client.Client(repo.fetch, store, BUFFER, memo)
    assert type(again) is not type(first)
    del repo.files["timestamp.json"]
    refused(MissingError, asyncio.run, again.refresh(NOW_S))
