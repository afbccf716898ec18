"""kill -9: what was answered is there afterwards, and the server starts on what is left."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fleet_world import PASSWORD, feedback, wait_for

_LOCKERCTL = Path(sys.executable).with_name("lockerctl")
_AUTH = ("admin", PASSWORD)
_PATIENCE_S = 60.0


class Served:
    """`lockerctl fleet serve` in a process of its own."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [_LOCKERCTL, "fleet", "serve", "--port", "0", "--data", data],
            env={**os.environ, "FLEET_ADMIN_PASSWORD": PASSWORD, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        found = re.match(r"update server at (http://\S+), ", self.line)
        assert found is not None, self.line
        self.url = found[1]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_S)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "fleet"


@contextlib.contextmanager
def _served(data: Path, **environment: str) -> Iterator[Served]:
    served = Served(data, **environment)
    try:
        yield served
    finally:
        served.kill()


def _call(served: Served, method: str, path: str, **options: Any) -> httpx.Response:
    answer = httpx.request(method, served.url + "/rest/v1" + path, auth=_AUTH, **options)
    assert answer.is_success, answer.text
    return answer


def _prepare(served: Served) -> tuple[int, int]:
    """A board with an action, and a module to upload to: their ids."""
    module = _call(
        served,
        "POST",
        "/softwaremodules",
        json=[{"type": "application", "name": "a", "version": "1"}],
    ).json()[0]["id"]
    chosen = _call(
        served,
        "POST",
        "/distributionsets",
        json=[{"name": "s", "version": "1", "type": "app", "modules": [{"id": module}]}],
    ).json()[0]["id"]
    _call(served, "POST", "/targets", json=[{"controllerId": "b", "securityToken": "t"}])
    made = _call(served, "POST", "/targets/b/assignedDS", json={"id": chosen}).json()
    other = {"type": "application", "name": "b", "version": "1"}
    upload = _call(served, "POST", "/softwaremodules", json=[other]).json()[0]["id"]
    return made["assignedActions"][0]["id"], upload


class Writer:
    """Writes until the server is gone; `texts` and `files` are what it acknowledged."""

    def __init__(self, served: Served, action: int, module: int) -> None:
        self.texts: list[str] = []
        self.files: dict[str, bytes] = {}
        self._random = random.Random(served.url)
        self._base = f"{served.url}/DEFAULT/controller/v1/b/deploymentBase/{action}/feedback"
        self._upload = f"{served.url}/rest/v1/softwaremodules/{module}/artifacts"
        self._threads = [
            threading.Thread(target=self._reports),
            threading.Thread(target=self._data),
        ]
        for each in self._threads:
            each.start()

    def wait(self, texts: int, files: int) -> None:
        """Until so many were acknowledged."""
        give_up = time.monotonic() + _PATIENCE_S
        while len(self.texts) < texts or len(self.files) < files:
            assert time.monotonic() < give_up, "the server takes nothing"
            time.sleep(0.003)

    def join(self) -> None:
        for each in self._threads:
            each.join()

    def _reports(self) -> None:
        with contextlib.suppress(httpx.HTTPError), httpx.Client() as http:
            while True:
                text = f"{self._random.random()}"
                http.post(
                    self._base,
                    json=feedback("proceeding", details=[text]),
                    headers={"authorization": "TargetToken t"},
                ).raise_for_status()
                self.texts.append(text)

    def _data(self) -> None:
        with contextlib.suppress(httpx.HTTPError), httpx.Client(auth=_AUTH) as http:
            for number in range(40):
                data = self._random.randbytes(200_000)
                name = f"{number}-{self._random.random()}.bin"
                http.post(self._upload, files={"file": (name, data)}).raise_for_status()
                self.files[name] = data


def test_what_was_acknowledged_survives_being_killed(data: Path, database_url: str) -> None:
    made: tuple[int, int] | None = None
    texts: list[str] = []
    files: dict[str, bytes] = {}
    for reports, files_sent in ((8, 2), (13, 3)):
        with _served(data, FLEET_DATABASE=database_url) as served:
            made = made or _prepare(served)
            action, module = made
            writer = Writer(served, action, module)
            writer.wait(reports, files_sent)
            served.kill()
            writer.join()
            texts += writer.texts
            files.update(writer.files)

    with _served(data, FLEET_DATABASE=database_url) as served:
        path = f"/targets/b/actions/{action}/status"
        history = _call(served, "GET", path, params={"limit": 500}).json()["content"]
        kept = {text for entry in history for text in entry["messages"]}
        listed = _call(served, "GET", f"/softwaremodules/{module}/artifacts").json()
        found = {each["providedFilename"]: each for each in listed}
        for name, content in files.items():
            got = httpx.get(found[name]["_links"]["download"]["href"], auth=_AUTH).content
            assert got == content
        for each in listed:
            digest = each["hashes"]["sha256"]
            stored = data / "artifacts" / digest[:2] / digest
            assert hashlib.sha256(stored.read_bytes()).hexdigest() == digest
        assert served.stop() == 0

    assert len(texts) > 20
    assert len(files) > 3
    assert set(texts) <= kept
    assert list((data / "artifacts" / "incoming").iterdir()) == []


_HELD = """
    SELECT pid, (classid::bigint << 32) | objid::bigint
    FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND granted
"""


def _claim(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Whose it is, and its key."""
    ((pid, key),) = connection.execute(_HELD).fetchall()
    return pid, key


def _end(connection: psycopg.Connection[Any], pid: int) -> None:
    """As a restart of the database would."""
    connection.execute("SELECT pg_terminate_backend(%s)", (pid,))


def test_a_server_whose_claim_the_database_forgot_claims_it_again(
    data: Path, postgres_url: str
) -> None:
    with (
        _served(data, FLEET_DATABASE=postgres_url) as served,
        psycopg.connect(postgres_url, autocommit=True) as connection,
    ):
        before = _claim(connection)
        _end(connection, before[0])

        def held() -> bool:
            return connection.execute(_HELD).fetchall() not in ([], [before])

        wait_for(held, "it is not claimed again")
        assert httpx.get(served.url + "/health").status_code == 200
        assert served.stop() == 0


def test_a_server_whose_database_another_one_took_ends_and_says_so(
    data: Path, postgres_url: str
) -> None:
    with (
        _served(data, FLEET_DATABASE=postgres_url) as served,
        psycopg.connect(postgres_url, autocommit=True) as connection,
        psycopg.connect(postgres_url, autocommit=True) as other,
        ThreadPoolExecutor() as pool,
    ):
        pid, key = _claim(connection)
        taken = pool.submit(other.execute, "SELECT pg_advisory_lock(%s)", (key,))
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = %s"
        wait_for(
            lambda: bool(connection.execute(waiting, (other.info.backend_pid,)).fetchall()),
            "nobody waits for the claim",
        )
        _end(connection, pid)
        taken.result(_PATIENCE_S)
        assert served.process.wait(_PATIENCE_S) == 1
        assert served.process.stdout is not None
        assert "another server is running on it" in served.process.stdout.read()


def test_the_last_contact_outlives_an_orderly_end(data: Path) -> None:
    with _served(data) as served:
        _prepare(served)
        root = f"{served.url}/DEFAULT/controller/v1/b"
        assert httpx.get(root, headers={"authorization": "TargetToken t"}).status_code == 200
        before = _call(served, "GET", "/targets/b").json()["lastControllerRequestAt"]
        assert served.stop() == 0
    with _served(data) as served:
        assert _call(served, "GET", "/targets/b").json()["lastControllerRequestAt"] == before


def test_a_server_that_nobody_can_use_says_how_to_make_the_first_admin(data: Path) -> None:
    served = Served(data, FLEET_ADMIN_PASSWORD="")
    assert served.process.stdout is not None
    told = served.process.stdout.readline()
    added = ["fleet", "people", "add", "kim", "--role", "admin", "--data", str(data)]
    assert f"`lockerctl fleet people add NAME --role admin --data {data}`" in told
    subprocess.run([_LOCKERCTL, *added], input="a good password\n", text=True, check=True)
    for password, status in (("a good password", 200), ("a wrong password", 401), ("", 401)):
        answer = httpx.get(served.url + "/rest/v1/userinfo", auth=("kim", password))
        assert answer.status_code == status
    assert served.stop() == 0
    again = Served(data, FLEET_ADMIN_PASSWORD="")
    assert again.stop() == 0
    assert again.process.stdout is not None
    assert not again.process.stdout.read()


def test_tokens_and_passwords_are_never_written_out(data: Path) -> None:
    served = Served(data)
    _prepare(served)
    root = f"{served.url}/DEFAULT/controller/v1/b"
    for token in ("t0p-secret", "t"):
        httpx.get(root, headers={"authorization": f"TargetToken {token}"})
    httpx.get(served.url + "/rest/v1/targets", auth=("admin", "wr0ng-password"))
    httpx.request("NONSENSE", root, headers={"authorization": "TargetToken t0p-secret"})
    assert served.stop() == 0
    assert served.process.stdout is not None
    written = served.line + served.process.stdout.read()
    assert not any(each in written for each in ("t0p-secret", PASSWORD, "wr0ng-password"))
    assert "Traceback" not in written
