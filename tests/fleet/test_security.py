"""What is kept sealed, who may see what, TLS, floods; nothing answers to strangers."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import stat
import time
from pathlib import Path

import httpx
import pytest
from fleet_world import PASSWORD, World
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.routing import Route
from test_policies import call

from authority import Authority
from fleet.app import build_app
from fleet.flood import READS, WRITES, Flood
from fleet.people import changes
from fleet.people.hashing import make_hash
from fleet.people.roles import Role
from fleet.sealing import Seal, SealError, load_seal
from fleet.server import FleetServer, StartError
from fleet.settings import Settings, Tls
from fleet.store.database import Database

_PATIENCE_S = 20.0
_TOKEN = "a-token-that-nobody-may-read"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def _add_board(data: Path) -> None:
    with FleetServer(data, admin=PASSWORD) as server, World(server) as world:
        world.board(controllerId="b", securityToken=_TOKEN)
        world.call("PUT", "/system/configs/authentication.gatewaytoken.key", json={"value": _TOKEN})


def _on_disk(data: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data.glob("fleet.sqlite*"))


def test_a_copy_of_the_database_gives_no_token_away(data: Path) -> None:
    _add_board(data)
    assert _TOKEN.encode() not in _on_disk(data)
    assert stat.S_IMODE((data / "tokens.key").stat().st_mode) == 0o600
    with FleetServer(data, admin=PASSWORD) as server, World(server) as world:
        headers = {"authorization": f"TargetToken {_TOKEN}"}
        root = f"{server.url}/DEFAULT/controller/v1/b"
        assert httpx.get(root, headers=headers).status_code == 200
        gateway = {"authorization": f"GatewayToken {_TOKEN}"}
        assert httpx.get(root, headers=gateway).status_code == 200
        assert world.get("/targets/b")["securityToken"] == _TOKEN


def test_tokens_that_an_older_program_kept_in_clear_are_sealed_at_the_start(data: Path) -> None:
    _add_board(data)
    database = Database(Settings(data).database)
    database.write_now(
        lambda session: session.execute(text(f"UPDATE target SET sealed_token = '{_TOKEN}'"))
    )
    database.close()
    assert _TOKEN.encode() in _on_disk(data)
    with FleetServer(data, admin=PASSWORD) as server, World(server) as world:
        assert world.get("/targets/b")["securityToken"] == _TOKEN
    assert _TOKEN.encode() not in _on_disk(data)


def test_without_the_right_key_the_server_does_not_start(data: Path) -> None:
    _add_board(data)
    key = data / "tokens.key"
    kept = key.read_text()
    key.unlink()
    with pytest.raises(SealError, match="missing: put the key of the boards' tokens back"):
        FleetServer(data)
    key.write_text("x\n")
    with pytest.raises(SealError, match=r"tokens.key"):
        FleetServer(data)
    key.write_text("A" * 43 + "=\n")
    with pytest.raises(SealError, match="is not the key of this database's tokens"):
        FleetServer(data)
    key.write_text(kept)
    FleetServer(data).stop()


def test_the_key_is_on_the_disk_before_what_it_seals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    sync = os.fsync

    def fsync(handle: int) -> None:
        name = Path(os.readlink(f"/proc/self/fd/{handle}")).name
        synced.append((name, (tmp_path / "tokens.key").exists()))
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    load_seal(tmp_path / "tokens.key", new=True)
    assert synced == [("tokens.key.new", False), (tmp_path.name, True)]


def test_what_is_sealed_cannot_be_moved_to_another_board() -> None:
    seal = Seal(bytes(32), Path("key"))
    kept = seal.seal("token", "board-1")
    assert seal.open(kept, "board-1") == "token"
    assert seal.seal("token", "board-1") != kept
    found = [
        seal.matches(kept, given, about)
        for given in ("token", "tokem", "")
        for about in ("board-1", "board-2")
    ]
    assert found == [True, False, False, False, False, False]
    with pytest.raises(SealError):
        seal.open(kept, "board-2")


@pytest.fixture(scope="module")
def people(world: World) -> dict[Role, tuple[str, str]]:
    """Somebody of each role, as name and password."""
    made = {role: (f"a-{role}", "a good password") for role in Role}
    hashed = make_hash("a good password")

    def add(session: Session) -> None:
        for role, (name, _) in made.items():
            changes.add_person(session, name, hashed, role, "tests", 1)

    world.server.fleet.database.write_now(add)
    return made


def test_tokens_are_for_admins(world: World, people: dict[Role, tuple[str, str]]) -> None:
    board = world.board()
    own, rest = f"{world.server.url}/fleet/v1", world.base
    seen = {}
    for role, auth in people.items():
        target = world.http.get(f"{rest}/targets/{board.id}", auth=auth).json()
        tokens = world.http.get(f"{own}/tokens", auth=auth).status_code
        codes = world.http.get(f"{own}/boards/{board.id}/pickups", auth=auth).status_code
        seen[role] = ("securityToken" in target, tokens, codes)
    assert seen == {
        Role.VIEWER: (False, 403, 403),
        Role.OPERATOR: (False, 403, 200),
        Role.ADMIN: (True, 200, 200),
    }
    exported = world.http.get(f"{own}/tokens", auth=people[Role.ADMIN]).json()
    assert exported[board.id] == board.token
    made = world.http.post(
        f"{rest}/targets", json=[{"controllerId": "made-here"}], auth=people[Role.OPERATOR]
    )
    assert len(made.json()[0]["securityToken"]) == 32  # production needs it
    given = {"securityToken": "one that the operator knows"}
    path = f"{rest}/targets/{board.id}"
    for role, status in ((Role.OPERATOR, 403), (Role.ADMIN, 200)):
        answer = world.http.put(path, json={"name": "n", **given}, auth=people[role])
        assert answer.status_code == status, answer.text
        renamed = world.http.put(path, json={"name": "m"}, auth=people[role])
        assert renamed.status_code == 200
    newest = call(world, "GET", "/audit", params={"q": "what=='export tokens'"}).json()
    assert newest["content"][0]["who"] == people[Role.ADMIN][0]


def test_who_is_told_tokens_is_written_down(
    world: World, people: dict[Role, tuple[str, str]]
) -> None:
    board = world.board()
    set_id = world.set().id
    paths = ("/targets", f"/targets/{board.id}", f"/distributionsets/{set_id}/assignedTargets")
    query = {"q": "what=='read tokens'"}
    before = call(world, "GET", "/audit", params=query).json()["total"]
    for auth in people.values():
        for path in paths:
            assert world.http.get(world.base + path, auth=auth).status_code == 200
    found = call(world, "GET", "/audit", params=query).json()
    assert found["total"] == before + len(paths)
    newest = found["content"][: len(paths)]
    assert [each["subject"] for each in newest[::-1]] == list(paths)
    assert {each["who"] for each in newest} == {people[Role.ADMIN][0]}


def test_nothing_but_health_and_signed_metadata_answers_to_strangers(world: World) -> None:
    for route in build_app(world.server.fleet).routes:
        assert isinstance(route, Route), route
        if route.path.startswith(("/ui", "/tuf/")) or route.path in ("/", "/health"):
            continue
        path = route.path
        for name, convertor in route.param_convertors.items():
            path = path.replace(f"{{{name}:{_kind(convertor)}}}", "1").replace(f"{{{name}}}", "1")
        for method in route.methods or ():
            answer = world.http.request(method, world.server.url + path)
            assert answer.status_code == 401, (method, path)


def test_health_says_nothing_else(world: World) -> None:
    answer = world.http.get(world.server.url + "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_who_asks_too_often_is_put_off_for_a_second() -> None:
    flood = Flood()
    address = "93.184.216.34"
    reads = [flood.is_too_much(address, reads=True, now_s=1) for _ in range(READS + 1)]
    writes = [flood.is_too_much(address, reads=False, now_s=2) for _ in range(WRITES + 1)]
    for found in (reads, writes):
        assert found == [False] * (len(found) - 1) + [True]
    assert not flood.is_too_much(address, reads=True, now_s=3)
    mapped = [flood.is_too_much(f"::ffff:{address}", reads=True, now_s=1) for _ in range(READS + 1)]
    assert mapped[-1]
    for private in ("127.0.0.1", "::ffff:10.1.2.3", "10.1.2.3", "192.168.4.2", "::1", ""):
        assert not any(flood.is_too_much(private, reads=True, now_s=1) for _ in range(READS + 1))


def test_boards_and_people_are_served_over_tls(data: Path, tmp_path: Path) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "127.0.0.1")
    with FleetServer(data, admin=PASSWORD, settings=Settings(data, tls=tls)) as server:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context(cadata=authority.pem.decode())
        with httpx.Client(verify=trusting, auth=("admin", PASSWORD)) as http:
            made = http.post(f"{server.url}/rest/v1/targets", json=[{"controllerId": "b"}])
            token = made.json()[0]["securityToken"]
        root = f"{server.url}/DEFAULT/controller/v1/b"
        headers = {"authorization": f"TargetToken {token}"}
        answer = httpx.get(root, headers=headers, verify=trusting)
        assert answer.json()["_links"]["configData"]["href"] == root + "/configData"
        with pytest.raises(httpx.HTTPError):
            httpx.get(root.replace("https", "http"))


@pytest.mark.parametrize("secure", [False, True])
def test_a_head_without_an_end_is_cut_off(data: Path, tmp_path: Path, secure: bool) -> None:
    authority = Authority()
    tls = authority.server(tmp_path, "127.0.0.1") if secure else None
    trusting = ssl.create_default_context(cadata=authority.pem.decode())
    with FleetServer(data, settings=Settings(data, tls=tls)) as server:

        def is_cut_off(head: bytes) -> bool:
            """Whether the server takes this, but not more and more of it."""
            give_up = time.monotonic() + _PATIENCE_S
            with socket.create_connection(("127.0.0.1", server.port), _PATIENCE_S) as plain:
                wire = trusting.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain
                with wire, contextlib.suppress(OSError):
                    wire.sendall(head)
                    while time.monotonic() < give_up:
                        wire.sendall(b"x" * 16384)
                    return False
            return True

        def answer(head: bytes) -> bytes:
            with socket.create_connection(("127.0.0.1", server.port), _PATIENCE_S) as plain:
                wire = trusting.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain
                with wire:
                    wire.sendall(head)
                    return wire.recv(100)

        assert answer(b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000).startswith(b"HTTP/1.1 431 ")
        assert is_cut_off(b"GET /health HTTP/1.1\r\nhost: a\r\nx: ")
        assert is_cut_off(b"GET /")
        chunked = b"POST /tuf HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
        assert is_cut_off(chunked + b"0\r\nx: ")
        with httpx.Client(verify=trusting) as http:
            long = {"x": "y" * 60_000}
            assert http.get(server.url + "/health", headers=long).status_code == 200
            for _ in range(3):
                assert http.get(server.url + "/health").status_code == 200
                large = http.post(server.url + "/tuf", content=b"z" * 300_000)
                assert large.status_code == 401


def test_a_certificate_that_cannot_be_used_is_told_in_one_line(data: Path, tmp_path: Path) -> None:
    tls = Authority().server(tmp_path, "127.0.0.1")
    for wrong in (Tls(tmp_path / "none", tls.key), Tls(tls.key, tls.key)):
        with pytest.raises(StartError, match="TLS with ") as told:
            FleetServer(data, settings=Settings(data, tls=wrong))
        assert "\n" not in str(told.value)


def _kind(convertor: object) -> str:
    return {"IdConvertor": "id", "PathConvertor": "path", "NameConvertor": "str"}[
        type(convertor).__name__
    ]
