"""What clients make of the repository, over HTTP, whatever happens to its keys."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fleet_releases import release
from trust_world import (
    CLIENTS,
    MANIFEST,
    PASSPHRASE,
    RELEASE,
    BoardClient,
    Client,
    PythonClient,
    Shop,
    static_files,
)
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Timestamp

from lockerctl.keys import actions
from lockerctl.keys.ceremony import Ceremony, Terms
from lockerctl.keys.folder import HeldKey, KeyFolder
from lockerctl.keys.offers import sign_release, withdraw_release
from lockerctl.keys.passphrases import Passphrases
from lockerctl.keys.request import load_request, save_request

KINDS = pytest.mark.parametrize("kind", CLIENTS)


def root_keys(shop: Shop) -> list[HeldKey]:
    """The root keys at hand that are trusted now."""
    trusted = shop.ceremony.trusted().root.signed.roles["root"].keyids
    return [key for key in shop.ceremony.keys.held() if key.id in trusted]


def by_two_people(shop: Shop) -> None:
    """New targets keys, signed here and, later, by somebody who has taken root keys home."""
    away = shop.folder / "away"
    (away / "keys").mkdir(parents=True)
    for key in root_keys(shop)[1:]:
        for path in (key.path, key.path.with_suffix(".pub")):
            shutil.move(path, away / "keys")
    request = shop.folder / "request.json"
    actions.rotate(shop.ceremony, "targets", terms=Terms(request=request))
    change = load_request(request)
    assert change.missing()
    Ceremony(away, Passphrases(PASSPHRASE)).sign(change)
    assert not change.missing()
    save_request(change, request)
    shop.ceremony.put(load_request(request))


def replace_online(shop: Shop) -> None:
    actions.replace_online(shop.ceremony)
    shop.take_online_keys()


CHANGES: dict[str, Callable[[Shop], object]] = {
    "root rotated": lambda shop: actions.rotate(shop.ceremony, "root"),
    "one root key rotated": lambda shop: actions.rotate(
        shop.ceremony, "root", [root_keys(shop)[0].id]
    ),
    "targets rotated": lambda shop: actions.rotate(shop.ceremony, "targets"),
    "root signer added": lambda shop: actions.add_signer(shop.ceremony, "root"),
    "root signer removed": lambda shop: actions.remove_signer(
        shop.ceremony, "root", root_keys(shop)[0].id
    ),
    "targets signer added": lambda shop: actions.add_signer(shop.ceremony, "targets", None, 2),
    "online keys replaced": replace_online,
    "root renewed": lambda shop: actions.renew(shop.ceremony, "root"),
    "targets renewed": lambda shop: actions.renew(shop.ceremony, "targets"),
    "signed by two people": by_two_people,
}


@KINDS
def test_every_change_of_keys_is_followed_by_old_clients_and_new_ones(
    shop: Shop, tmp_path: Path, kind: type[Client]
) -> None:
    old = kind(tmp_path / "old", shop)
    with shop.serving() as server:
        shop.publish(server)
        assert old.fetch(server.url) == RELEASE.data
        for number, change in enumerate(CHANGES.values()):
            change(shop)
            shop.publish(server)
            assert old.fetch(server.url) == RELEASE.data, number
        assert kind(tmp_path / "new", shop).fetch(server.url) == RELEASE.data
        late = kind(tmp_path / "late", shop)
    with shop.serving() as server:
        assert late.fetch(server.url) == RELEASE.data


@KINDS
def test_a_release_is_on_offer_when_it_is_published_and_until_it_is_withdrawn(
    shop: Shop, tmp_path: Path, kind: type[Client]
) -> None:
    client = kind(tmp_path / "client", shop)
    second = release("1.1.0", 2, b"core", b"better")
    path = "locker/1.1.0/manifest.json"
    with shop.serving() as server:
        shop.publish(server)
        sign_release(shop.ceremony, second)
        assert client.fetch(server.url, path) is None
        shop.publish(server)
        assert client.fetch(server.url, path) == second.data
        withdraw_release(shop.ceremony, "1.0.0")
        shop.publish(server)
        assert client.fetch(server.url, MANIFEST) is None
        assert client.fetch(server.url, path) == second.data


@KINDS
def test_after_the_theft_of_a_server_new_keys_bring_boards_back(
    shop: Shop, tmp_path: Path, kind: type[Client]
) -> None:
    client = kind(tmp_path / "client", shop)
    with shop.serving() as server:
        shop.publish(server)
        assert client.fetch(server.url) == RELEASE.data
    # The thief, who has the server's keys, lets no later timestamp count.
    path = shop.repository / "timestamp.json"
    stolen = Metadata[Timestamp].from_bytes(path.read_bytes())
    stolen.signed.version = 0x3FFFFFFF
    keys = KeyFolder(shop.online, None)
    for key in keys.held():
        if key.name.startswith("timestamp"):
            stolen.sign(keys.signer(key))
    path.write_bytes(stolen.to_bytes())
    with shop.serving() as server:
        assert client.fetch(server.url) == RELEASE.data
    shutil.rmtree(shop.folder)
    shop.take_online_keys()
    with shop.serving() as server:
        shop.publish(server)
        with pytest.raises(RepositoryError):
            client.fetch(server.url)
        replace_online(shop)
        shop.publish(server)
        assert client.fetch(server.url) == RELEASE.data


def test_a_client_in_the_very_moment_of_new_keys_is_not_turned_away(
    shop: Shop, tmp_path: Path
) -> None:
    """It has found no root 2, and sees the new timestamp next."""
    client = PythonClient(tmp_path / "client", shop)
    with shop.serving() as server:
        shop.publish(server)
        actions.rotate(shop.ceremony, "targets")
        actions.replace_online(shop.ceremony)
        # The old keys stay until the new root is published.
        shutil.copytree(shop.ceremony.online.path, shop.online, dirs_exist_ok=True)
        shop.publish(server)
    for version in (2, 3):
        (shop.repository / f"{version}.root.json").unlink()
    with static_files(shop.folder) as url:
        assert client.fetch(url) == RELEASE.data


def test_a_board_reads_all_files_with_its_limits_and_its_heap(shop: Shop, tmp_path: Path) -> None:
    client = BoardClient(tmp_path / "client", shop)
    for number in range(1, 8):
        sign_release(shop.ceremony, release(f"1.{number}.0", number + 1, b"core", b"app"))
    with shop.serving() as server:
        shop.publish(server)
        assert client.fetch(server.url, "locker/1.7.0/manifest.json") is not None
