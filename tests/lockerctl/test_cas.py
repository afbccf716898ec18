"""The CAs that production pins on a board."""

from __future__ import annotations

from pathlib import Path

import pytest
from tooling import image_options, refusal, run

from authority import Authority
from lockerctl.cas import pinned_cas


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(b"A text before.\n" + Authority("One").pem + Authority("Two").pem)
    return path


def secure(release: Path, out: Path) -> list[object]:
    return [*image_options(release, out), "--server", "https://10.0.0.2:8080"]


def test_image_of_a_board_that_speaks_tls_says_whom_it_pins(
    first_release: Path, tmp_path: Path, pem: Path
) -> None:
    out = tmp_path / "board.bin"
    run("image", "build", *secure(first_release, out), "--ca", pem)
    shown = run("image", "show", out)
    assert "speaks TLS to servers of" in shown
    assert "CN=One, until 20" in shown
    assert "CN=Two, until 20" in shown


def test_https_without_a_ca_is_refused(first_release: Path, tmp_path: Path) -> None:
    line = refusal("image", "build", *secure(first_release, tmp_path / "board.bin"))
    assert "--ca FILE" in line


def test_ca_that_nobody_needs_is_refused(first_release: Path, tmp_path: Path, pem: Path) -> None:
    options = image_options(first_release, tmp_path / "board.bin")
    assert "neither --server nor --tuf-url" in refusal("image", "build", *options, "--ca", pem)


def test_certificate_that_is_no_ca_is_refused(first_release: Path, tmp_path: Path) -> None:
    tls = Authority().server(tmp_path, "10.0.0.2")
    options = secure(first_release, tmp_path / "board.bin")
    line = refusal("image", "build", *options, "--ca", tls.certificate)
    assert "CN=10.0.0.2 is no CA" in line


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"])
def test_file_without_a_certificate_is_refused(
    first_release: Path, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(text)
    options = secure(first_release, tmp_path / "board.bin")
    assert f"{path}: no certificate in PEM" in refusal("image", "build", *options, "--ca", path)


def test_certificates_begin_so_that_a_board_can_tell_them_apart(pem: Path) -> None:
    data, sizes = pinned_cas(pem), []
    while data:
        assert data[:2] == b"\x30\x82"
        sizes.append(4 + int.from_bytes(data[2:4], "big"))
        data = data[sizes[-1] :]
    assert len(sizes) == 2
