"""Publishing: what is uploaded, that it can be repeated, and what is refused."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fleet_releases import release
from fleet_world import PASSWORD, Board, World, wait_for
from rollout_world import reports

from fleet import releases
from fleet.client import FleetClient
from fleet.publish import Progress, Published, find_release, publish_release
from fleet.server import FleetServer
from lockerctl.errors import UserError
from lockerctl.release_dir import Release

_CORE = random.Random(1).randbytes(60_000)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    """A server of its own: these tests count what is on it."""
    with FleetServer(tmp_path / "fleet", admin=PASSWORD) as server, World(server) as made:
        yield made


@pytest.fixture
def client(fresh: World) -> Iterator[FleetClient]:
    with FleetClient(fresh.server.url, "admin", PASSWORD) as client:
        yield client


def _publish(client: FleetClient, made: Release) -> Published:
    return publish_release(client, made, Progress())


def _names(world: World) -> list[tuple[str, str, str]]:
    modules = world.get("/softwaremodules", limit=500)["content"]
    return sorted((each["type"], each["name"], each["version"]) for each in modules)


def test_a_release_becomes_a_set_of_its_manifest_and_its_layers(
    fresh: World, client: FleetClient
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")

    published = _publish(client, made)

    assert published.new
    stored = sum(map(len, made.artifacts.values())) + len(made.data)
    assert published.uploaded_bytes == stored
    found = fresh.get(f"/distributionsets/{published.set_id}")
    assert (found["name"], found["version"], found["type"]) == ("locker", "1.0.0", "locker_release")
    assert found["complete"] is True
    layers = [("layer", each.name, each.version) for each in made.manifest.layers]
    assert _names(fresh) == sorted([*layers, ("manifest", "locker", "1.0.0")])


def test_a_board_gets_the_manifest_the_layers_and_the_hints(
    fresh: World, client: FleetClient
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    published = _publish(client, made)
    fresh.make("/targets", controllerId="cabinet", securityToken="t")
    board = Board("cabinet", "t", f"{fresh.server.url}/DEFAULT/controller/v1/cabinet", fresh.http)

    action = client.assign("cabinet", published.set_id)
    assert action is not None

    files = board.files(action)
    assert board.follow(files["manifest.json"]).content == made.data
    assert board.follow(files["core.bin"]).content == made.artifacts["core"]
    chunks = board.get(f"/deploymentBase/{action}").json()["deployment"]["chunks"]
    (manifest,) = [each for each in chunks if each["part"] == "manifest"]
    hints = {each["key"]: json.loads(each["value"]) for each in manifest["metadata"]}
    app = made.manifest.layers[1]
    assert hints["release"] == {"version": "1.0.0", "sequence": 1}
    assert hints["layer.app"] == {"version": app.version, "length": 1024, "address": 4096}
    assert set(hints) == {"release", "layer.app", "layer.core"}


def test_publishing_again_uploads_nothing(client: FleetClient) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    first = _publish(client, made)
    again = _publish(client, made)
    assert (again.set_id, again.new, again.uploaded_bytes) == (first.set_id, False, 0)


def test_an_unchanged_layer_is_shared_with_the_release_before(
    fresh: World, client: FleetClient
) -> None:
    _publish(client, release("1.0.0", 1, _CORE, b"application"))
    second = release("1.1.0", 2, _CORE, b"application, better", brought="1.0.0")

    published = _publish(client, second)

    assert published.uploaded_bytes == len(second.data) + len(second.artifacts["app"])
    cores = fresh.get("/softwaremodules", q="name==core;type==layer")["content"]
    assert len(cores) == 1
    assert cores[0]["id"] in client.set_modules(published.set_id)


def test_the_same_version_with_other_bytes_is_refused_before_anything_changes(
    fresh: World, client: FleetClient
) -> None:
    _publish(client, release("1.0.0", 1, _CORE, b"application"))
    before = _names(fresh)

    with pytest.raises(UserError, match=r"1\.0\.0 is on the server already, with other bytes"):
        _publish(client, release("1.0.0", 1, _CORE, b"another application"))

    assert _names(fresh) == before


def test_a_layer_that_is_stored_otherwise_there_is_refused(
    fresh: World, client: FleetClient
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    core = made.manifest.layers[0]
    for key in ("layer", "manifest"):
        fresh.make("/softwaremoduletypes", key=key, name=key)
    module = fresh.module("layer", name="core", version=core.version)
    fresh.upload(module, "core.bin", b"compressed by another program")

    with pytest.raises(UserError, match=rf"layer core 1\.0\.0\+{core.sha256[:8]} .* --previous"):
        _publish(client, made)

    assert _names(fresh) == [("layer", "core", core.version)]


@pytest.mark.parametrize("stop_after", range(6))
def test_a_publication_that_was_cut_off_is_finished_by_doing_it_again(
    client: FleetClient, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    steps = 0

    def cut(client: FleetClient, method: str, path: str, **options: object) -> httpx.Response:
        nonlocal steps
        if method == "POST":
            steps += 1
            if steps > stop_after * 2:
                raise UserError("the link is down")
        return request(client, method, path, **options)

    request = FleetClient._request
    with monkeypatch.context() as patched:
        patched.setattr(FleetClient, "_request", cut)
        with pytest.raises(UserError, match="the link is down"):
            _publish(client, made)

    published = _publish(client, made)

    assert len(client.set_modules(published.set_id)) == 3
    assert _publish(client, made).uploaded_bytes == 0


def test_a_release_whose_bytes_were_lost_is_brought_back_by_publishing_it_again(
    fresh: World, client: FleetClient
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    set_id = _publish(client, made).set_id
    fresh.make("/targets", controllerId="cabinet", securityToken="t")
    board = Board("cabinet", "t", f"{fresh.server.url}/DEFAULT/controller/v1/cabinet", fresh.http)
    action = client.assign("cabinet", set_id)
    assert action is not None
    core = board.files(action)["core.bin"]
    _lose_artifacts(fresh)
    assert board.follow(core).status_code == 410

    published = _publish(client, made)

    assert (published.set_id, published.new) == (set_id, False)
    assert published.uploaded_bytes == sum(map(len, made.artifacts.values())) + len(made.data)
    assert board.follow(core).content == made.artifacts["core"]
    assert _publish(client, made).uploaded_bytes == 0


def test_other_bytes_do_not_take_the_place_of_those_that_were_lost(
    fresh: World, client: FleetClient
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    set_id = _publish(client, made).set_id
    module = min(client.set_modules(set_id))
    _lose_artifacts(fresh)

    with pytest.raises(UserError, match=r"1\.0\.0 is on the server already, with other bytes"):
        _publish(client, release("1.0.0", 1, _CORE, b"another application"))
    assert fresh.upload(module, "manifest.json", b"{}").status_code == 409
    client.create_target("cabinet")
    client.assign("cabinet", set_id)
    assert fresh.upload(module, "manifest.json", b"{}").status_code == 423

    answer = fresh.upload(module, "manifest.json", made.data)
    assert (answer.status_code, "lost" in answer.json()) == (201, False)
    assert fresh.upload(module, "manifest.json", made.data).status_code == 423


def test_a_channel_goes_on_when_its_lost_release_is_back(fresh: World, client: FleetClient) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    board = fresh.board(group="hall")
    own = fresh.server.url + "/fleet/v1"
    for path, body in (
        ("/channels/stable", {"set": _publish(client, made).set_id}),
        ("/follows/site:hall", {"channel": "stable"}),
    ):
        fresh.http.put(own + path, json=body, auth=fresh.auth).raise_for_status()
    _lose_artifacts(fresh)
    # What was read of it before the loss would still be remembered.
    releases._read.cache_clear()
    reports(board, "0.9.0")
    _wait_verdict(fresh, board, "empty_channel")

    _publish(client, made)

    _wait_verdict(fresh, board, "offered")


def _lose_artifacts(world: World) -> None:
    shutil.rmtree(world.server.settings.data / "artifacts")


def _wait_verdict(world: World, board: Board, verdict: str) -> None:
    url = f"{world.server.url}/fleet/v1/boards/{board.id}"
    wait_for(
        lambda: world.http.get(url, auth=world.auth).json()["verdict"] == verdict,
        f"{board.id} is not {verdict}",
    )


def test_a_set_of_that_version_with_other_modules_is_refused(
    fresh: World, client: FleetClient
) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    published = _publish(client, made)
    module = fresh.module("layer")
    path = f"/distributionsets/{published.set_id}/assignedSM"
    fresh.call("POST", path, json=[{"id": module}])

    with pytest.raises(UserError, match="with other layers"):
        _publish(client, made)


def test_progress_tells_what_is_sent_and_what_is_there(client: FleetClient) -> None:
    made = release("1.0.0", 1, _CORE, b"application")
    _publish(client, made)
    second = release("1.1.0", 2, _CORE, b"better", brought="1.0.0")
    known, begun, sent = [], [], [0]
    progress = Progress(
        known=lambda file: known.append(file.filename),
        begin=lambda file: begun.append(file.filename),
        sent=sent.append,
    )

    published = publish_release(client, second, progress)

    assert (known, begun) == (["core.bin"], ["manifest.json", "app.bin"])
    assert sum(sent) == published.uploaded_bytes


def test_a_release_that_is_not_there_is_not_found(client: FleetClient) -> None:
    assert find_release(client, "locker", "9.9.9") is None
