"""A released hawkBit update server, brought by Maven and run beside the tests.

HAWKBIT_JAR names the jar of another one that starts by itself, to test against that instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import httpx

from bench.servers import free_port
from lockerctl.paths import ROOT

USER = PASSWORD = "admin"
_BUILD = ROOT / "build" / "hawkbit"
_POM = Path(__file__).parent / "server" / "pom.xml"
_JAR = os.environ.get("HAWKBIT_JAR", "")
_BRING_S = 1200
_START_S = 300.0
_STOP_S = 20
_JVM = (
    *("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    # What hawkBit 0.3 makes at run time needs them since Java 16.
    *("--add-opens", "java.base/java.lang=ALL-UNNAMED"),
)
# Later ones let that person in by themselves.
_FOR_0_3 = {
    "spring.main.allow-bean-definition-overriding": "true",
    "spring.security.user.name": USER,
    "spring.security.user.password": "{noop}" + PASSWORD,
}
# Nothing that a test would have to wait for.
_OPTIONS = {
    "server.address": "127.0.0.1",
    "hawkbit.dmf.rabbitmq.enabled": "false",
    "hawkbit.controller.minPollingTime": "00:00:01",
    "hawkbit.controller.pollingTime": "00:00:01",
    "hawkbit.rollout.scheduler.fixedDelay": "500",
    "logging.level.root": "WARN",
}
_SETTINGS = ("authentication.targettoken.enabled",)


class HawkbitError(Exception):
    """The server can't be brought or does not start; the text says what it said."""


def missing() -> str | None:
    """Why there can be no hawkBit here, or None."""
    programs = ("java",) if _JAR else ("java", "mvn")
    absent = [name for name in programs if shutil.which(name) is None]
    return f"no {' and no '.join(absent)} on the PATH" if absent else None


class HawkbitServer:
    """One hawkBit with an empty database in memory, inside a `with`."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._log = folder / "hawkbit.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> HawkbitServer:
        started = self._program()
        options = {
            **({} if _JAR else _FOR_0_3),
            **_OPTIONS,
            "server.port": str(self.port),
            "org.eclipse.hawkbit.repository.file.path": str(self._folder / "artifacts"),
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["java", *_JVM, *started, *arguments], cwd=self._folder, stdout=log, stderr=log
            )
        try:
            self._wait()
            for key in _SETTINGS:
                self._set(key, True)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop()

    def _program(self) -> list[str]:
        if _JAR:
            return ["-jar", str(Path(_JAR).absolute())]
        return ["-cp", _bring(), "locker.Hawkbit"]

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise HawkbitError(f"it does not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.5)

    def _answers(self) -> bool:
        try:
            path = "/rest/v1/softwaremoduletypes"
            found = httpx.get(self.url + path, auth=(USER, PASSWORD), timeout=30)
        except httpx.HTTPError:
            return False
        return found.is_success

    def _set(self, key: str, value: object) -> None:
        url = f"{self.url}/rest/v1/system/configs/{key}"
        httpx.put(url, json={"value": value}, auth=(USER, PASSWORD)).raise_for_status()

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _bring() -> str:
    """The class path of hawkBit, and of the class that starts it. Raises HawkbitError."""
    result = subprocess.run(
        ["mvn", "-q", "-B", "-f", str(_POM), f"-Dbuilt={_BUILD}", "compile"],
        capture_output=True,
        text=True,
        timeout=_BRING_S,
        check=False,
    )
    if result.returncode != 0:
        raise HawkbitError(f"Maven does not bring it:\n{result.stdout[-4000:]}")
    return f"{_BUILD / 'classes'}:{(_BUILD / 'classpath').read_text().strip()}"
