"""Publishing into the repository: everything or nothing, and one line that says why."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from fleet_releases import release
from fleet_world import PASSWORD, World
from trust_world import RELEASE, PythonClient, Shop, ceremony_in, contents, timestamp_of
from tuf.api.metadata import Delegations, Metadata, Targets

from fleet.server import FleetServer
from fleet.trust.bundle import bundle_of
from lockerctl.errors import UserError
from lockerctl.keys import actions
from lockerctl.keys.offers import sign_release, withdraw_release

Files = dict[str, str]


@pytest.fixture
def server(shop: Shop) -> Iterator[FleetServer]:
    """A server that offers 1.0.0."""
    with shop.serving(look_s=0.05) as server:
        shop.publish(server)
        yield server


def bundle(shop: Shop) -> Files:
    return bundle_of(shop.ceremony.repository, shop.ceremony.trusted())


def send(server: FleetServer, body: object, password: str = PASSWORD) -> httpx.Response:
    return httpx.post(server.url + "/tuf", json=body, auth=("admin", password))


def refused(server: FleetServer, files: object) -> str:
    """The line by which files are refused; nothing may have changed."""
    trust = server.settings.trust
    assert trust
    before = contents(trust.repository)
    answer = send(server, {"files": files})
    assert answer.status_code == 400, answer.text
    assert contents(trust.repository) == before
    message: str = answer.json()["message"]
    assert "\n" not in message
    return message


def test_publishing_again_changes_nothing(shop: Shop, server: FleetServer) -> None:
    before = contents(shop.repository)
    answer = send(server, {"files": bundle(shop)})
    assert answer.json() == {"root": 1, "targets": 2}
    assert contents(shop.repository) == before


def test_only_operators_publish(shop: Shop, server: FleetServer) -> None:
    actions.renew(shop.ceremony, "targets")
    for answer in (
        send(server, {"files": bundle(shop)}, password="guessed"),
        httpx.post(server.url + "/tuf", json={"files": bundle(shop)}),
    ):
        assert answer.status_code == 401
    assert timestamp_of(server).snapshot_meta.version
    assert httpx.get(server.url + "/tuf/3.targets.json").status_code == 404


def test_targets_that_the_targets_key_has_not_signed_are_refused(
    shop: Shop, server: FleetServer, tmp_path: Path
) -> None:
    stranger = ceremony_in(tmp_path / "stranger")
    sign_release(stranger, release("6.6.6", 66, b"core", b"evil"))
    actions.renew(stranger, "targets")
    forged = {
        name: text
        for name, text in bundle_of(stranger.repository, stranger.trusted()).items()
        if not name.endswith("root.json")
    }
    line = refused(server, {**bundle(shop), **forged})
    assert line == (
        "3.targets.json: targets 3: 0 of 1 good signatures by the keys that root 1 names"
    )


def test_the_servers_own_keys_sign_no_targets(shop: Shop, server: FleetServer) -> None:
    targets = shop.ceremony.trusted().targets
    targets.signed.version = 3
    for key in shop.ceremony.online.held():
        targets.sign(shop.ceremony.online.signer(key), append=True)
    files = {"3.targets.json": targets.to_bytes().decode()}
    assert "0 of 1 good signatures" in refused(server, files)


def test_a_root_that_the_old_keys_have_not_signed_is_refused(
    server: FleetServer, tmp_path: Path
) -> None:
    stranger = ceremony_in(tmp_path / "stranger")
    actions.renew(stranger, "root")
    forged = (stranger.repository.read("2.root.json") or b"").decode()
    assert "2.root.json: root 2: 0 of 2 good signatures by the keys that root 1 names" in refused(
        server, {"2.root.json": forged}
    )
    other = (stranger.repository.read("1.root.json") or b"").decode()
    assert "root 1 is published already, and says something else" in refused(
        server, {"1.root.json": other}
    )


def test_a_gap_between_roots_is_refused(shop: Shop, server: FleetServer) -> None:
    actions.renew(shop.ceremony, "root")
    actions.renew(shop.ceremony, "root")
    files = bundle(shop)
    del files["2.root.json"]
    assert refused(server, files) == "root 3: root 2 must come next"


def test_older_targets_are_not_published_again(shop: Shop, server: FleetServer) -> None:
    old = bundle(shop)
    actions.renew(shop.ceremony, "targets")
    shop.publish(server)
    assert send(server, {"files": old}).json() == {"root": 1, "targets": 3}
    shop.ceremony.repository.remove("3.targets.json")
    withdraw_release(shop.ceremony, "1.0.0")
    assert refused(server, bundle(shop)) == (
        "targets 3 is published already, and says something else"
    )


def test_targets_that_a_new_root_does_not_trust_are_refused(
    shop: Shop, server: FleetServer
) -> None:
    actions.rotate(shop.ceremony, "targets")
    files = bundle(shop)
    del files["3.targets.json"]
    assert "2.targets.json: targets 2: 0 of 1 good signatures by the keys that root 2" in refused(
        server, files
    )


def test_a_root_with_online_keys_that_the_server_lacks_is_refused(
    shop: Shop, server: FleetServer
) -> None:
    actions.replace_online(shop.ceremony)
    line = refused(server, bundle(shop))
    assert line.startswith("root 2 trusts other snapshot keys than those in ")
    assert line.endswith("put the ones there that were made with it")
    shop.take_online_keys()
    shop.publish(server)
    assert httpx.get(server.url + "/tuf/2.root.json").status_code == 200


def test_expired_metadata_is_refused(shop: Shop, server: FleetServer) -> None:
    targets = shop.ceremony.trusted().targets
    targets.signed.version = 3
    targets.signed.expires = datetime(2020, 1, 1, tzinfo=UTC)
    (key,) = [key for key in shop.ceremony.keys.held() if key.name == "targets-1"]
    targets.sign(shop.ceremony.keys.signer(key))
    files = {"3.targets.json": targets.to_bytes().decode()}
    assert refused(server, files) == "targets 3: expired on 2020-01-01 00:00 UTC"


def test_a_manifest_that_is_missing_or_another_is_refused(shop: Shop, server: FleetServer) -> None:
    sign_release(shop.ceremony, release("1.1.0", 2, b"core", b"new"))
    good = bundle(shop)
    (name,) = [name for name in good if name.startswith("targets/locker/1.1.0/")]
    files = dict(good)
    del files[name]
    assert "locker/1.1.0/manifest.json: the file is missing" in refused(server, files)
    files[name] = good[name].replace("locker", "hacker")
    assert "the file is not the one that was signed" in refused(server, files)
    assert send(server, {"files": good}).json() == {"root": 1, "targets": 3}


def test_files_that_are_not_on_offer_are_refused(server: FleetServer) -> None:
    name = f"targets/locker/9.9.9/{'0' * 64}.manifest.json"
    assert refused(server, {name: "x"}) == f"{name}: it is not on offer"


def test_names_that_operators_have_no_business_with_are_refused(server: FleetServer) -> None:
    for name in (
        "timestamp.json",
        "7.snapshot.json",
        "root.json",
        "../fleet.sqlite",
        "targets/../../fleet.sqlite",
        f"targets/../{'0' * 64}.json",
        f"/targets/{'0' * 64}.json",
        f"targets/.hidden/{'0' * 64}.json",
        "targets/manifest.json",
        "0.root.json",
        "",
        "x" * 4000,
    ):
        assert "no file that operators publish" in refused(server, {name: "{}"}), name


def test_bodies_of_another_shape_are_refused(server: FleetServer) -> None:
    bodies: list[object] = [[], {}, {"files": []}, {"files": {"1.root.json": 7}}, 7]
    for body in bodies:
        answer = send(server, body)
        assert answer.status_code == 400, body
        assert len(answer.json()["message"]) > 0


def test_odd_bytes_are_refused(server: FleetServer) -> None:
    for text in ("", "[" * 5000, "\0" * 6000):
        assert "3.targets.json: this is no targets" in refused(server, {"3.targets.json": text})
    lone = b'{"files": {"3.targets.json": "\\ud800"}}'
    headers = {"content-type": "application/json"}
    auth = ("admin", PASSWORD)
    answer = httpx.post(server.url + "/tuf", content=lone, headers=headers, auth=auth)
    assert answer.status_code == 400
    too_long = {"files": {"3.targets.json": "x" * (5 << 20)}}
    assert send(server, too_long).status_code == 413
    answer = httpx.post(server.url + "/tuf", content=b"{", auth=auth)
    assert answer.status_code == 415


def test_a_server_without_a_repository_says_so(shop: Shop, world: World) -> None:
    with pytest.raises(UserError, match="offers no TUF repository: start it with --online-keys"):
        shop.publish(world.server)
    assert world.http.get(world.server.url + "/tuf/timestamp.json").status_code == 404


def test_an_empty_repository_waits_for_its_first_root(shop: Shop) -> None:
    with shop.serving(look_s=0.02) as server:
        assert httpx.get(server.url + "/tuf/timestamp.json").status_code == 404
        assert "targets 2 are published" in shop.publish(server)
        assert timestamp_of(server).snapshot_meta.version


def test_nothing_else_is_served(shop: Shop, server: FleetServer) -> None:
    (shop.repository / ".timestamp.json.new").write_text("half of it")
    assert (shop.online / "timestamp-1.pem").is_file()
    for path in (
        "2.root.json",
        "0.root.json",
        "root.json",
        "",
        ".timestamp.json.new",
        "targets",
        "targets/",
        "targets/locker/1.0.0/manifest.json",
        "%2e%2e/online/timestamp-1.pem",
        "../online/timestamp-1.pem",
        "targets/%2e%2e/%2e%2e/online/timestamp-1.pem",
        "..%2fonline%2ftimestamp-1.pem",
        "timestamp.json/",
        "%00",
    ):
        url = httpx.URL(server.url).copy_with(raw_path=f"/tuf/{path}".encode())
        assert httpx.get(url).status_code in (400, 404), path


def test_what_never_changes_may_be_cached_and_the_rest_not(server: FleetServer) -> None:
    def caching(name: str) -> str:
        return httpx.get(f"{server.url}/tuf/{name}").headers["cache-control"]

    version = timestamp_of(server).snapshot_meta.version
    for name in ("1.root.json", "2.targets.json", f"{version}.snapshot.json"):
        assert "immutable" in caching(name)
    for name in ("timestamp.json", "2.root.json"):
        assert caching(name) == "no-cache"


def test_a_disk_that_fails_is_told_and_clients_keep_what_they_had(
    shop: Shop, server: FleetServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = PythonClient(tmp_path / "client", shop)
    assert client.fetch(server.url) == RELEASE.data
    actions.rotate(shop.ceremony, "targets")
    files = bundle(shop)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        answer = send(server, {"files": files})
        assert answer.status_code == 400
        assert answer.json()["message"].endswith("cannot write it: No space left on device")
        assert client.fetch(server.url) == RELEASE.data
    shop.publish(server)
    assert client.fetch(server.url) == RELEASE.data


def test_the_same_root_signed_by_others_is_the_same(shop: Shop, server: FleetServer) -> None:
    actions.renew(shop.ceremony, "root")
    shop.publish(server)
    before = contents(shop.repository)
    again = shop.ceremony.trusted().root
    held = {key.name: key for key in shop.ceremony.keys.held()}
    again.signatures.clear()
    for name in ("root-2", "root-3"):
        again.sign(shop.ceremony.keys.signer(held[name]), append=True)
    answer = send(server, {"files": {"2.root.json": again.to_bytes().decode()}})
    assert answer.json() == {"root": 2, "targets": 2}
    assert contents(shop.repository) == before


def test_delegations_are_refused(shop: Shop, server: FleetServer) -> None:
    old: Metadata[Targets] = shop.ceremony.trusted().targets
    old.signed.version = 3
    old.signed.delegations = Delegations({}, {})
    (key,) = [key for key in shop.ceremony.keys.held() if key.name == "targets-1"]
    old.sign(shop.ceremony.keys.signer(key))
    files = {"3.targets.json": old.to_bytes().decode()}
    assert "targets 3: it delegates, which is not supported here" in refused(server, files)
