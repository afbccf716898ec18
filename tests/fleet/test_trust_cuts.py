"""A server that is cut off at any write of a publication: clients never see half of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fleet_releases import release
from trust_world import RELEASE, PythonClient, Shop, static_files

from fleet.trust.bundle import bundle_of, parse_bundle
from fleet.trust.publisher import Publisher
from fleet.trust.settings import TrustSettings
from lockerctl.keys import actions
from lockerctl.keys.offers import sign_release
from lockerctl.keys.repository import Repository

SECOND = release("1.1.0", 2, b"core", b"better")


class PowerCutError(Exception):
    """Nothing more is written."""


class Cut:
    """Lets so many writes and removals happen; a half-written file stays behind the last one."""

    def __init__(self, patch: pytest.MonkeyPatch, left: int) -> None:
        self.left = left
        self._write, self._remove = Repository.write, Repository.remove
        patch.setattr(Repository, "write", lambda *args: self._do(self._write, *args))
        patch.setattr(Repository, "remove", lambda *args: self._do(self._remove, *args))

    def _do(self, operation: Callable[..., None], folder: Repository, *args: object) -> None:
        if self.left == 0:
            name = Path(str(args[0])).name
            (folder.path / f".{name}.new").write_bytes(b'{"half": ')
            raise PowerCutError
        self.left -= 1
        operation(folder, *args)


def publisher_of(shop: Shop) -> Publisher:
    made = Publisher(TrustSettings(shop.repository, shop.online))
    made.open()
    return made


def all_at_once(shop: Shop) -> None:
    """A new release, new targets keys, new online keys."""
    sign_release(shop.ceremony, SECOND)
    actions.rotate(shop.ceremony, "targets")
    actions.replace_online(shop.ceremony)
    # As docs/keys.md has it: the old keys go when the new root is published.
    shutil.copytree(shop.ceremony.online.path, shop.online, dirs_exist_ok=True)


def keys_lost(shop: Shop) -> None:
    """The same after a fire: the old targets key and the old online keys are gone."""
    sign_release(shop.ceremony, SECOND)
    for path in [
        *shop.ceremony.keys.path.glob("targets-1.*"),
        *shop.ceremony.online.path.iterdir(),
    ]:
        path.unlink()
    actions.rotate(shop.ceremony, "targets")
    actions.replace_online(shop.ceremony)
    shop.take_online_keys()


def new_release(shop: Shop) -> None:
    sign_release(shop.ceremony, SECOND)


CHANGES = {"a release": new_release, "everything": all_at_once}


@pytest.mark.parametrize("name", CHANGES)
def test_a_publication_cut_anywhere_is_there_whole_or_not_at_all(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    publisher = publisher_of(shop)
    first = bundle_of(shop.ceremony.repository, shop.ceremony.trusted())
    publisher.take(parse_bundle({"files": first}))
    CHANGES[name](shop)
    files = parse_bundle({"files": bundle_of(shop.ceremony.repository, shop.ceremony.trusted())})
    shutil.copytree(shop.repository, tmp_path / "before")
    outcomes = []
    for cut in range(20):
        shutil.rmtree(shop.repository)
        shutil.copytree(tmp_path / "before", shop.repository)
        client = PythonClient(tmp_path / f"client-{cut}", shop)
        with static_files(tmp_path) as url:
            assert _fetch(shop, client, url)[0] == RELEASE.data
        publisher = publisher_of(shop)
        with monkeypatch.context() as patched:
            power = Cut(patched, cut)
            try:
                publisher.take(files)
            except PowerCutError:
                pass
            else:
                break
            assert power.left == 0
        # A web server of somebody else shows the folder as it is now.
        with static_files(tmp_path) as url:
            seen = _fetch(shop, client, url)
        assert seen[0] == RELEASE.data, cut
        publisher_of(shop)
        with static_files(tmp_path) as url:
            assert _fetch(shop, client, url)[0] == RELEASE.data, cut
            outcomes.append(_fetch(shop, client, url)[1] == SECOND.data)
    assert len(outcomes) >= (4 if name == "a release" else 6)
    assert outcomes == sorted(outcomes)
    assert {False, True} == set(outcomes)
    publisher_of(shop).take(files)
    with static_files(tmp_path) as url:
        assert _fetch(shop, client, url) == (RELEASE.data, SECOND.data)


@pytest.mark.parametrize("cut", range(6))
def test_a_publication_of_new_keys_alone_is_finished_by_doing_it_again(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    publisher = publisher_of(shop)
    first = bundle_of(shop.ceremony.repository, shop.ceremony.trusted())
    publisher.take(parse_bundle({"files": first}))
    client = PythonClient(tmp_path / "client", shop)
    with static_files(tmp_path) as url:
        assert _fetch(shop, client, url)[0] == RELEASE.data
    keys_lost(shop)
    files = parse_bundle({"files": bundle_of(shop.ceremony.repository, shop.ceremony.trusted())})
    publisher = publisher_of(shop)
    with static_files(tmp_path) as url:
        assert _fetch(shop, client, url)[0] == RELEASE.data
    with monkeypatch.context() as patched:
        Cut(patched, cut)
        with pytest.raises(PowerCutError):
            publisher.take(files)
    again = publisher_of(shop)
    again.take(files)
    with static_files(tmp_path) as url:
        assert _fetch(shop, client, url) == (RELEASE.data, SECOND.data)


def _fetch(shop: Shop, client: PythonClient, url: str) -> tuple[bytes | None, bytes | None]:
    """Both releases' manifests, as far as they are on offer."""
    base = f"{url}/{shop.folder.name}"
    return client.fetch(base), client.fetch(base, "locker/1.1.0/manifest.json")
