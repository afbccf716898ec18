"""A board speaks TLS to the server whose CA production has pinned, and to no other one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from cabinet import HOST, Cabinet, Fleet, factory_flash

from authority import Authority
from lockerctl.cas import pinned_cas
from lockerctl.identity import CA_FILE

_BOARD = "cabinet-tls"
_HERE = "127.0.0.1"
MakeTlsCabinet = Callable[[Fleet, bytes], Cabinet]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def folder(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the operator's tools find the CA, too."""
    ca = tmp_path / "ca.pem"
    ca.write_bytes(authority.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca))
    return tmp_path


@pytest.fixture
def make(folder: Path) -> Iterator[MakeTlsCabinet]:
    """`make(fleet, pinned)`: a board that was made for this server and these CAs."""
    with ExitStack() as opened:

        def board(fleet: Fleet, pinned: bytes) -> Cabinet:
            flash = folder / "board.bin"
            ca = folder / "pinned.pem"
            ca.write_bytes(pinned)
            files = {CA_FILE: pinned_cas(ca)}
            flash.write_bytes(factory_flash(fleet, _BOARD, fleet.workshop.base, files=files))
            return opened.enter_context(Cabinet(fleet, _BOARD, flash))

        yield board


def test_update_over_tls_is_committed(
    folder: Path, authority: Authority, make: MakeTlsCabinet
) -> None:
    with Fleet(folder / "fleet", tls=authority.server(folder, HOST, _HERE)) as fleet:
        fleet.add_board(_BOARD)
        release = fleet.release("1.1.0-tls")
        cabinet = make(fleet, authority.pem)
        cabinet.board.power_on()
        cabinet.ends(cabinet.assign(release), "finished")
        assert cabinet.board.running == "ota_1"
        assert cabinet.committed(1)


@pytest.mark.parametrize(
    ("host", "begins", "ends", "pinned", "why"),
    [
        pytest.param(HOST, -9, -1, None, "expired", id="expired"),
        pytest.param(HOST, 1, 9, None, "starts in the future", id="not valid yet"),
        pytest.param("another.test", -1, 9, None, "Common Name", id="of another host"),
        pytest.param(
            HOST, -1, 9, Authority("else").pem, "not correctly signed", id="of another CA"
        ),
    ],
)
def test_server_whose_certificate_is_not_good_learns_nothing(
    folder: Path,
    authority: Authority,
    make: MakeTlsCabinet,
    host: str,
    begins: int,
    ends: int,
    pinned: bytes | None,
    why: str,
) -> None:
    days = {"begins": timedelta(days=begins), "ends": timedelta(days=ends)}
    with Fleet(folder / "fleet", tls=authority.server(folder, host, **days)) as fleet:
        cabinet = make(fleet, pinned or authority.pem)
        cabinet.board.power_on()
        cabinet.says(f"agent: LinkError: link: .*{why}")
        assert cabinet.board.causes == [1]
