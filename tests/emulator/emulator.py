"""An emulated ESP32 that runs a flash image with the official bootloader and MicroPython."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType

QEMU = "qemu-system-xtensa"
# The emulator's own network; the host's loopback is reached at this address.
HOST_ADDRESS = "192.168.4.2"
NETWORK = "PICSimLabWifi"


def is_there() -> bool:
    """Whether an emulator of this kind is on the PATH."""
    if not shutil.which(QEMU):
        return False
    argv = [QEMU, "-machine", "help"]
    machines = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    return "esp32-picsimlab" in machines


class Emulator:
    """One chip. `flash` is changed in place; leaving the `with` is a power cut."""

    def __init__(self, flash: Path) -> None:
        self._flash = flash
        self._process: subprocess.Popen[str] | None = None
        self._changed = threading.Condition()
        self._lines: list[str] = []

    def __enter__(self) -> Emulator:
        self.power_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut_power()

    def power_on(self) -> None:
        """Switch on, with a watchdog that bites."""
        self._process = subprocess.Popen(
            [
                *(QEMU, "-machine", "esp32-picsimlab", "-nographic", "-monitor", "none"),
                *("-drive", f"file={self._flash},if=mtd,format=raw"),
                *("-nic", "user,model=esp32_wifi,net=192.168.4.0/24"),
                *("-global", "driver=timer.esp32.timg,property=wdt_disable,value=false"),
                *("-serial", "stdio"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def cut_power(self) -> None:
        """Kill the chip where it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def lines(self) -> list[str]:
        """All that the console has said so far."""
        with self._changed:
            return list(self._lines)

    def wait_for(self, pattern: str, timeout: float, since: int = 0) -> int:
        """Wait for a line that matches, from line `since` on; the number of the line after it."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for number, line in enumerate(self._lines[since:], since):
                    if re.search(pattern, line):
                        return number + 1
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    last = "\n".join(self._lines[-40:])
                    raise TimeoutError(f"no line like {pattern!r} in {timeout} s; last:\n{last}")

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._changed:
                self._lines.append(line.strip())
                self._changed.notify_all()
            print(line.rstrip())
