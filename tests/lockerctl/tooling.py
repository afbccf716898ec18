"""How the tests of the tools run `lockerctl`, and look at what it left behind."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from esptool.bin_image import (  # type: ignore[import-untyped]
    ELFSection,
    ESP32FirmwareImage,
)

from lockerctl.appimage import DESCRIPTOR, DESCRIPTOR_MAGIC
from lockerctl.cli import main


def invoke(*args: object) -> Result:
    """Run `lockerctl ARGS…`. What is not a user's mistake is raised."""
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def run(*args: object) -> str:
    """Run `lockerctl ARGS…`, which must work. Returns what it prints."""
    result = invoke(*args)
    assert result.exit_code == 0, result.output
    return result.output


def refusal(*args: object) -> str:
    """Run `lockerctl ARGS…`, which must be refused with one line. Returns the line."""
    result = invoke(*args)
    assert result.exit_code == 1, result.output
    assert result.stdout == "", result.output
    first, _, rest = result.stderr.partition("\n")
    assert first.startswith("lockerctl: ")
    assert rest == "", rest
    return first


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder: to see that nothing was lost, changed or left over."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def release_inputs(sources: Path, core: object) -> list[object]:
    """The options of `release build` for a core and a folder with `lib` and `assets`."""
    return ["--core", core, "--lib", sources / "lib", "--assets", sources / "assets"]


def image_options(release: Path, out: Path) -> list[object]:
    """The options of `image build` for a bench board."""
    return [
        *("--release", release, "--out", out, "--board-profile", "bench"),
        *("--id", "cabinet-0001", "--token", "s3cret-t0ken", "--server", "http://10.0.0.2:8080"),
        *("--wifi", "Hall:hall-passw0rd", "--wifi", "Guests"),
    ]


def ram_image(size: int, *, is_app: bool) -> bytes:
    """An image for ESP32 that lies in RAM, as bootloaders do."""
    image = ESP32FirmwareImage()
    image.flash_size_freq = 0x20
    start = DESCRIPTOR.pack(DESCRIPTOR_MAGIC, b"", b"", b"v5.4.2") if is_app else b""
    image.segments.append(
        ELFSection(b".iram", 0x40080000, start + bytes(range(256)) * (size // 256), 0)
    )
    made = image.save(None)
    assert isinstance(made, bytes)
    return made
