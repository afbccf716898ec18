"""Somebody with keys, a server that offers what they sign, and clients that trust root 1."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from fleet_releases import release
from fleet_world import PASSWORD
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Timestamp
from tuf.ngclient import Updater, Urllib3Fetcher

from fleet.client import FleetClient
from fleet.server import FleetServer
from fleet.settings import Settings
from fleet.trust.commands import publish_trust
from fleet.trust.settings import TrustSettings
from lockerctl.keys.ceremony import Ceremony, Plan, begin
from lockerctl.keys.offers import sign_release, target_path
from lockerctl.keys.passphrases import Passphrases
from lockerctl.release_dir import Release

PASSPHRASE = "correct horse"
MANIFEST = target_path("locker", "1.0.0")
RELEASE = release("1.0.0", 1, b"core", b"app")
# Each of its own would read all certificates of the system first.
_FETCHER = Urllib3Fetcher()
_BOARD = Path(__file__).parents[1] / "conformance" / "tuf_client"


def ceremony_in(folder: Path, **keys: int) -> Ceremony:
    """A first ceremony; `keys`: how many for root and targets."""
    return begin(folder, Plan(keys={"root": 1, "targets": 1, **keys}), Passphrases(PASSPHRASE))


class Shop:
    """A ceremony, and a server of its own with its own copy of the online keys."""

    def __init__(self, folder: Path, ceremony: Ceremony) -> None:
        self.folder = folder
        self.ceremony = ceremony
        self.first_root = ceremony.repository.read("1.root.json") or b""
        self.online = folder / "online"
        self.repository = folder / "tuf"
        self.take_online_keys()

    def take_online_keys(self) -> None:
        """Bring the ceremony's online keys to the server, and leave none of the old ones."""
        shutil.rmtree(self.online, ignore_errors=True)
        shutil.copytree(self.ceremony.online.path, self.online)

    @contextmanager
    def serving(self, **trust: float) -> Iterator[FleetServer]:
        settings = TrustSettings(self.repository, self.online, **trust)
        data = self.folder / "fleet"
        with FleetServer(data, admin=PASSWORD, settings=Settings(data, trust=settings)) as server:
            yield server

    def publish(self, server: FleetServer) -> str:
        """What `lockerctl key publish` does. Raises UserError."""
        with FleetClient(server.url, "admin", PASSWORD) as client:
            return publish_trust(client, self.ceremony.repository.path)

    def offer(self, made: Release = RELEASE) -> None:
        """What `lockerctl release sign` does."""
        sign_release(self.ceremony, made)


class PythonClient:
    """python-tuf's client, with a memory."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self._folder = folder
        self._root = shop.first_root
        folder.mkdir(parents=True)

    def fetch(self, url: str, path: str = MANIFEST) -> bytes | None:
        """A target of the repository, None if it is not on offer. Raises RepositoryError."""
        folder = str(self._folder)
        updater = Updater(folder, f"{url}/tuf", folder, f"{url}/tuf/targets", bootstrap=self._root)
        found = updater.get_targetinfo(path)
        return Path(updater.download_target(found)).read_bytes() if found else None


class BoardClient:
    """lib/tuf under MicroPython, with a memory."""

    def __init__(self, folder: Path, shop: Shop) -> None:
        self._metadata, self._targets = folder / "metadata", folder / "targets"
        for each in (self._metadata, self._targets):
            each.mkdir(parents=True)
        (folder / "first").write_bytes(shop.first_root)
        assert self._run("init", str(folder / "first")) == 0

    def fetch(self, url: str, path: str = MANIFEST) -> bytes | None:
        """The same. Raises RepositoryError."""
        where = ("--metadata-url", f"{url}/tuf/")
        if self._run(*where, "refresh"):
            raise RepositoryError("refused")
        for old in self._targets.iterdir():
            old.unlink()
        options = ("--target-dir", str(self._targets), "--target-base-url", f"{url}/tuf/targets/")
        if self._run(*where, *options, "--target-name", path, "download"):
            return None
        (file,) = self._targets.iterdir()
        return file.read_bytes()

    def _run(self, *args: str) -> int:
        command: list[str | Path] = [_BOARD, "--metadata-dir", self._metadata, *args]
        return subprocess.run(command, env=os.environ, capture_output=True, check=False).returncode


Client = PythonClient | BoardClient
CLIENTS = (PythonClient, BoardClient)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def static_files(folder: Path) -> Iterator[str]:
    """The URL of a plain web server over a folder."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def timestamp_of(server: FleetServer) -> Timestamp:
    """What the server says now."""
    answer = httpx.get(server.url + "/tuf/timestamp.json")
    assert answer.status_code == 200
    return Metadata[Timestamp].from_bytes(answer.content).signed


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
