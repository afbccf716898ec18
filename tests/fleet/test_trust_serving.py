"""`lockerctl fleet serve` with a repository, and the commands that bring things there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from fleet_releases import folder, release
from fleet_world import PASSWORD
from trust_world import MANIFEST, PASSPHRASE, RELEASE, PythonClient, Shop, contents, timestamp_of

from fleet.server import FleetServer
from lockerctl.cli import main
from lockerctl.errors import UserError
from lockerctl.keys import actions
from lockerctl.keys.keyfiles import dump_plain, parse_private
from lockerctl.keys.repository import Repository
from lockerctl.keys.trusted import load_trusted

Run = Callable[..., Result]


@pytest.fixture
def server(shop: Shop) -> Iterator[FleetServer]:
    with shop.serving(look_s=0.02) as server:
        yield server


@pytest.fixture
def run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`lockerctl` for whoever has the ceremony folder."""
    monkeypatch.setenv("LOCKERCTL_KEYS", str(shop.ceremony.path))
    monkeypatch.setenv("LOCKERCTL_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("LOCKERCTL_FLEET_PASSWORD", PASSWORD)
    monkeypatch.delenv("LOCKERCTL_FLEET_PASSWORD_FILE", raising=False)
    return lambda *arguments: CliRunner().invoke(main, [str(each) for each in arguments])


def refused(result: Result) -> str:
    assert result.exit_code == 1, result.output
    (line,) = result.stderr.splitlines()
    return line.removeprefix("lockerctl: ")


def test_a_release_goes_from_signing_to_the_board(
    shop: Shop, server: FleetServer, run: Run, tmp_path: Path
) -> None:
    second = folder(release("1.1.0", 2, b"core", b"better"), tmp_path)
    there = ("--fleet", server.url)
    line = refused(run("release", "publish", second, *there))
    assert line == "release 1.1.0 is not signed: lockerctl release sign comes first"
    assert run("release", "sign", second).exit_code == 0
    result = run("release", "publish", second, *there)
    assert "root 1 and targets 3 are published" in result.stderr
    assert result.stdout.startswith("release 1.1.0 published, ")
    client = PythonClient(tmp_path / "client", shop)
    expected = (second / "manifest.json").read_bytes()
    assert client.fetch(server.url, "locker/1.1.0/manifest.json") == expected
    assert run("release", "withdraw", "1.1.0").exit_code == 0
    assert run("key", "publish", *there).stdout == "root 1 and targets 4 are published\n"
    assert client.fetch(server.url, "locker/1.1.0/manifest.json") is None


def test_a_release_that_was_signed_with_other_bytes_is_not_published(
    server: FleetServer, run: Run, tmp_path: Path
) -> None:
    other = folder(release("1.0.0", 1, b"core", b"other"), tmp_path)
    line = refused(run("release", "publish", other, "--fleet", server.url))
    assert line == "release 1.0.0 was signed with other bytes: give it a new version"


def test_a_refusal_of_the_server_is_one_line(shop: Shop, server: FleetServer, run: Run) -> None:
    actions.replace_online(shop.ceremony)
    line = refused(run("key", "publish", "--fleet", server.url))
    assert line.startswith(f"{server.url}: root 2 trusts other snapshot keys than those in ")


def test_somebody_else_gets_a_verified_copy_and_signs_from_there(
    shop: Shop, server: FleetServer, run: Run, tmp_path: Path
) -> None:
    shop.publish(server)
    actions.renew(shop.ceremony, "root")
    shop.publish(server)
    other = tmp_path / "other"
    fetch = ("key", "fetch", "--keys", other, "--fleet", server.url)
    assert "is empty: give --root" in refused(run(*fetch))
    root = shop.ceremony.repository.path / "1.root.json"
    shown = run(*fetch, "--root", root).stdout
    assert f"{other}/repository/2.root.json: new" in shown
    copy = load_trusted(Repository(other / "repository"))
    assert copy == shop.ceremony.trusted()
    assert run(*fetch).stdout == "nothing new\n"
    # With the targets key there, too, the copy is as good as the first one.
    (other / "keys").mkdir()
    for path in shop.ceremony.keys.path.glob("targets-1.*"):
        shutil.copy(path, other / "keys")
    assert run("key", "renew", "targets", "--keys", other).exit_code == 0
    assert "has targets 3, which" in refused(run(*fetch))
    publish = ("key", "publish", "--keys", other, "--fleet", server.url)
    assert run(*publish).stdout == "root 2 and targets 3 are published\n"
    assert "3.targets.json: new" in run("key", "fetch", "--fleet", server.url).stdout
    assert load_trusted(shop.ceremony.repository).targets.signed.version == 3


def test_a_copy_takes_nothing_from_a_server_that_is_not_to_be_trusted(shop: Shop, run: Run) -> None:
    with shop.serving(look_s=600) as server:
        shop.publish(server)
        actions.renew(shop.ceremony, "targets")
        before = contents(shop.ceremony.path)
        path = shop.repository / "timestamp.json"
        path.write_bytes(path.read_bytes().replace(b'"1.0.31"', b'"1.0.99"'))
        line = refused(run("key", "fetch", "--fleet", server.url))
    assert line.startswith(f"{server.url}/tuf: not to be trusted: ")
    line = refused(run("key", "fetch", "--fleet", server.url))
    assert line.startswith(f"{server.url}/tuf: cannot fetch the repository: ")
    assert contents(shop.ceremony.path) == before


def test_without_a_folder_it_is_said_which_option_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCKERCTL_KEYS")
    assert refused(run("key", "publish")) == "which repository? Give --keys FOLDER, or --repository"


# What keeps a server from starting: one line each.


def _start(shop: Shop) -> str:
    with pytest.raises(UserError) as refusal, shop.serving():
        pass
    return str(refusal.value)


def test_a_server_without_its_keys_does_not_start(shop: Shop) -> None:
    shutil.rmtree(shop.online)
    assert _start(shop).startswith(f"{shop.online}: no keys here: ")


def test_keys_that_others_can_read_are_refused(shop: Shop) -> None:
    path = shop.online / "timestamp-1.pem"
    path.chmod(0o640)
    assert _start(shop) == f"{path}: others can read it: chmod 600 {path}"


def test_an_encrypted_key_is_refused(shop: Shop) -> None:
    for suffix in (".pem", ".pub"):
        shutil.copy(shop.ceremony.keys.path / f"root-1{suffix}", shop.online)
    assert _start(shop) == f"{shop.online / 'root-1.pem'}: must hold a plain private key, in PEM"


def test_an_offline_key_must_not_be_on_a_server(shop: Shop) -> None:
    actions.add_signer(shop.ceremony, "root")
    with shop.serving() as server:
        shop.publish(server)
    made = [key for key in shop.ceremony.keys.held() if key.name == "root-4"]
    private = parse_private(made[0].path.read_bytes(), PASSPHRASE)
    (shop.online / "root-4.pem").write_bytes(dump_plain(private))
    (shop.online / "root-4.pem").chmod(0o600)
    shutil.copy(made[0].path.with_suffix(".pub"), shop.online)
    assert _start(shop) == f"{shop.online} holds root key {made[0].id}: it must not be on a server"


def test_a_server_whose_new_keys_no_root_trusts_yet_waits_for_that_root(
    shop: Shop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = PythonClient(tmp_path / "client", shop)
    with shop.serving() as server:
        shop.publish(server)
    actions.replace_online(shop.ceremony)
    shop.take_online_keys()
    for path in shop.online.glob("*-1.*"):
        path.unlink()
    with shop.serving(look_s=0.02) as server:
        assert "trust: root 1 trusts other snapshot keys than those in " in caplog.text
        assert client.fetch(server.url) == RELEASE.data
        shop.publish(server)
        assert client.fetch(server.url) == RELEASE.data
        assert httpx.get(server.url + "/tuf/2.root.json").status_code == 200


def test_a_damaged_repository_is_named(shop: Shop) -> None:
    with shop.serving() as server:
        shop.publish(server)
    (shop.repository / "1.root.json").write_text("{}")
    assert _start(shop) == "1.root.json: this is no root metadata"


def test_a_repository_needs_keys(run: Run, tmp_path: Path) -> None:
    serve = ("fleet", "serve", "--port", 0, "--data", tmp_path / "data", "--repository", tmp_path)
    assert "--repository needs --online-keys" in refused(run(*serve))


# The real process.


class Served:
    """`lockerctl fleet serve` in a process of its own."""

    def __init__(self, data: Path, online: Path) -> None:
        command = Path(sys.executable).with_name("lockerctl")
        self.process = subprocess.Popen(
            [command, "fleet", "serve", "--port", "0", "--data", data, "--online-keys", online],
            env={**os.environ, "FLEET_ADMIN_PASSWORD": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.match(r"update server at (http://\S+), ", self.line)
        assert found, self.line
        self.url = found[1]

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.wait()


def test_a_server_that_was_killed_goes_on_where_it_was(
    shop: Shop, run: Run, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    client = PythonClient(tmp_path / "client", shop)
    for _ in range(2):
        with Served(data, shop.online) as served:
            assert run("key", "publish", "--fleet", served.url).exit_code == 0
            assert client.fetch(served.url) == RELEASE.data
    with Served(data, shop.online) as served:
        assert client.fetch(served.url, MANIFEST) == RELEASE.data
    assert (data / "tuf" / "2.targets.json").is_file()


def test_secrets_are_never_written_out(shop: Shop, run: Run, tmp_path: Path) -> None:
    with Served(tmp_path / "data", shop.online) as served:
        assert run("key", "publish", "--fleet", served.url).exit_code == 0
        actions.replace_online(shop.ceremony)
        assert run("key", "publish", "--fleet", served.url).exit_code == 1
        httpx.post(served.url + "/tuf", content=b"{", auth=("admin", PASSWORD))
        damaged = shop.online / "new"
        damaged.touch(0o600)
        damaged.write_text("-----BEGIN PRIVATE KEY-----\nsecret\n")
        damaged.rename(shop.online / "timestamp-1.pem")
        assert served.process.stdout is not None
        written = served.line
        for line in served.process.stdout:
            written += line
            if "is damaged" in line:
                break
        served.process.terminate()
        written += served.process.stdout.read()
    assert "timestamp-1.pem: is damaged" in written
    assert "Traceback" not in written
    assert not any(each in written for each in (PASSWORD, PASSPHRASE, "PRIVATE KEY", "secret\n"))


def test_metadata_is_served_while_nobody_publishes(shop: Shop, server: FleetServer) -> None:
    shop.publish(server)
    before = timestamp_of(server)
    time.sleep(0.2)
    assert timestamp_of(server) == before
