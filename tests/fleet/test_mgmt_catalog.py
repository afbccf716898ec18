"""What an operator publishes: types, modules, artifacts, sets, and how they are locked."""

from __future__ import annotations

import hashlib
from typing import Any

import httpx
import pytest
from fleet_world import PASSWORD, World

_ERROR = "hawkbit.server.error."


def _post(world: World, path: str, body: object) -> tuple[int, str | None]:
    answer = world.call("POST", path, json=body)
    code = answer.json().get("errorCode") if answer.status_code >= 400 and answer.content else None
    return answer.status_code, code.removeprefix(_ERROR) if code else None


@pytest.mark.parametrize(
    "auth", [None, ("admin", "wrong"), ("root", PASSWORD), ("admin", ""), ("", PASSWORD)]
)
def test_without_the_password_there_is_no_way_in(
    world: World, auth: tuple[str, str] | None
) -> None:
    for path in ("/userinfo", "/targets", "/softwaremodules/1/artifacts/1/download"):
        answer = httpx.get(world.base + path, auth=auth)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="hawkBit"'


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic /w==", "Bearer x", "Token x"])
def test_odd_credentials_are_refused(world: World, header: str) -> None:
    assert httpx.get(world.base + "/targets", headers={"authorization": header}).status_code == 401


def test_right_credentials_name_user_and_tenant(world: World) -> None:
    assert world.get("/userinfo") == {"tenant": "DEFAULT", "username": "admin"}


def test_a_fresh_server_has_hawkbits_types(world: World) -> None:
    modules = world.get("/softwaremoduletypes", q="key=in=(os,application)")["content"]
    assert {each["key"]: each["maxAssignments"] for each in modules} == {
        "os": 1,
        "application": 2147483647,
    }
    sets = world.get("/distributionsettypes", q="key=in=(os,app,os_app)")["content"]
    assert [each["key"] for each in sets] == ["os", "app", "os_app"]
    path = f"/distributionsettypes/{sets[2]['id']}"
    assert [each["key"] for each in world.get(path + "/mandatorymoduletypes")] == ["os"]
    assert [each["key"] for each in world.get(path + "/optionalmoduletypes")] == ["application"]


def test_types_are_unique_by_key_and_by_name(world: World) -> None:
    made = world.make("/softwaremoduletypes", key="fonts", name="Fonts", maxAssignments=2)
    assert world.get(f"/softwaremoduletypes/{made['id']}")["name"] == "Fonts"
    again = (409, "repo.entityAlreadyExists")
    assert _post(world, "/softwaremoduletypes", [{"key": "fonts", "name": "Other"}]) == again
    assert _post(world, "/softwaremoduletypes", [{"key": "other", "name": "Fonts"}]) == again
    assert _post(world, "/distributionsettypes", [{"key": "os", "name": "X"}]) == again
    missing = {"key": "x", "name": "X", "mandatorymodules": [{"id": 999_999}]}
    assert _post(world, "/distributionsettypes", missing) == (404, "repo.entityNotFound")


def test_modules_are_unique_by_type_name_and_version(world: World) -> None:
    entity = {"type": "application", "name": "unique", "version": "1"}
    made = world.make("/softwaremodules", **entity, vendor="V", description="D")
    assert (made["typeName"], made["locked"], made["complete"]) == ("Application", False, True)
    assert (made["vendor"], made["description"]) == ("V", "D")
    assert world.get(f"/softwaremodules/{made['id']}") == made

    assert _post(world, "/softwaremodules", [entity]) == (409, "repo.entityAlreadyExists")
    for other in ({"type": "os"}, {"name": "other"}, {"version": "2"}):
        assert _post(world, "/softwaremodules", [{**entity, **other}])[0] == 201


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"type": "nonsense"}, (404, "repo.entityNotFound")),
        ({"type": None}, (400, "repo.constraintViolation")),
        ({"name": ""}, (400, "repo.constraintViolation")),
        ({"name": "n" * 129}, (400, "repo.constraintViolation")),
        ({"version": "v" * 65}, (400, "repo.constraintViolation")),
        ({"name": "<b>"}, (400, "repo.constraintViolation")),
        ({"name": 5}, (400, "rest.body.notReadable")),
    ],
)
def test_a_module_that_cannot_be_is_refused(
    world: World, change: dict[str, Any], refused: tuple[int, str]
) -> None:
    entity = {"type": "application", "name": "bad", "version": "1", **change}
    assert _post(world, "/softwaremodules", [entity]) == refused
    assert world.get("/softwaremodules", q="name==bad")["total"] == 0


def test_of_a_list_all_are_made_or_none(world: World) -> None:
    good = {"type": "application", "name": "all-or-none", "version": "1"}
    assert _post(world, "/softwaremodules", [good, {**good, "type": "no"}])[0] == 404
    assert world.get("/softwaremodules", q="name==all-or-none")["total"] == 0


def test_what_is_no_list_is_refused(world: World) -> None:
    bodies: list[object] = ["text", 5, ["text"], [[]], [None]]
    for body in bodies:
        assert _post(world, "/softwaremodules", body) == (400, "rest.body.notReadable")
    answer = world.call("POST", "/targets", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 415


def test_a_module_without_its_artifacts_is_not_complete(world: World) -> None:
    world.make("/softwaremoduletypes", key="needy", name="Needy", minArtifacts=1)
    module = world.module("needy")
    assert world.get(f"/softwaremodules/{module}")["complete"] is False
    world.upload(module, "a.bin", b"a")
    assert world.get(f"/softwaremodules/{module}")["complete"] is True


def test_metadata_is_added_changed_and_listed(world: World) -> None:
    module = world.module()
    path = f"/softwaremodules/{module}/metadata"
    entries = [{"key": "b", "value": "2", "targetVisible": True}, {"key": "a", "value": "1"}]
    assert _post(world, path, entries) == (201, None)
    assert _post(world, path, entries[:1]) == (409, "repo.entityAlreadyExists")
    assert world.call("PUT", path + "/a", json={"value": "3"}).status_code == 204
    assert world.get(path)["content"] == [
        {"key": "a", "value": "3", "targetVisible": False},
        {"key": "b", "value": "2", "targetVisible": True},
    ]
    assert world.get(path + "/b")["value"] == "2"
    assert world.call("GET", path + "/c").status_code == 404
    assert _post(world, path, [{"key": "k", "value": "v" * 4001}])[0] == 400


def test_a_hundred_metadata_entries_are_enough(world: World) -> None:
    path = f"/softwaremodules/{world.module()}/metadata"
    assert _post(world, path, [{"key": str(i), "value": "v"} for i in range(100)])[0] == 201
    assert _post(world, path, [{"key": "more"}]) == (429, "quota.tooManyEntries")


def test_an_upload_is_stored_and_described(world: World) -> None:
    module, data = world.module(), b"some bytes" * 1000
    hashes = {
        "md5": hashlib.md5(data).hexdigest(),
        "sha1": hashlib.sha1(data).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    claims = {f"{name}sum": value.upper() for name, value in hashes.items()}

    answer = world.upload(module, "layer.bin", data, **claims)

    assert answer.status_code == 201
    made = answer.json()
    assert (made["providedFilename"], made["size"]) == ("layer.bin", len(data))
    assert made["hashes"] == hashes
    assert world.get(f"/softwaremodules/{module}/artifacts") == [made]
    path = f"/softwaremodules/{module}/artifacts/{made['id']}"
    assert world.get(path) == made
    download = world.call("GET", path + "/download", headers={"range": "bytes=5-9"})
    assert (download.status_code, download.content) == (206, data[5:10])
    assert world.call("GET", f"/softwaremodules/1/artifacts/{made['id']}").status_code == 404


def test_name_and_hashes_may_come_as_fields_of_the_form(world: World) -> None:
    module = world.module()
    path = f"/softwaremodules/{module}/artifacts"
    wrong = {"filename": "real.bin", "sha256sum": "0" * 64}
    right = {"filename": "real.bin", "sha256sum": hashlib.sha256(b"x").hexdigest()}
    files = {"file": ("given.bin", b"x")}
    assert world.call("POST", path, files=files, data=wrong).status_code == 400
    answer = world.call("POST", path, files=files, data=right)
    assert (answer.status_code, answer.json()["providedFilename"]) == (201, "real.bin")


@pytest.mark.parametrize("name", ["md5", "sha1", "sha256"])
def test_an_upload_with_another_hash_is_refused(world: World, name: str) -> None:
    module = world.module()
    answer = world.upload(module, "a.bin", b"data", **{name + "sum": "0" * 32})
    assert answer.status_code == 400
    assert answer.json()["errorCode"] == f"{_ERROR}artifact.uploadFailed.checksum.{name}.match"
    assert world.get(f"/softwaremodules/{module}/artifacts") == []


def test_uploads_that_cannot_be_are_refused(world: World) -> None:
    module = world.module()
    assert world.upload(module, "a.bin", b"").status_code == 400
    for name in ("a<b>.bin", "a/b.bin", "a;b.bin", "caf\u00e9.bin", "a\\b", "n" * 257):
        assert world.upload(module, name, b"x").status_code == 400, name
    assert world.upload(999_999, "a.bin", b"x").status_code == 404
    assert world.upload(module, "a.bin", b"x").status_code == 201
    assert world.upload(module, "a.bin", b"y").status_code == 409
    path = f"/softwaremodules/{module}/artifacts"
    assert world.call("POST", path, files={"other": ("a.bin", b"x")}).status_code == 400
    assert world.call("POST", path, json={}).status_code == 415
    form = {"content-type": "multipart/form-data; boundary=b"}
    for body in (b"", b"nonsense", b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\ncut"):
        assert world.call("POST", path, content=body, headers=form).status_code == 400, body


def test_a_file_above_the_limit_is_refused_and_leaves_nothing(world: World) -> None:
    module = world.module()
    limit = world.server.settings.artifact_bytes
    assert world.upload(module, "a.bin", b"x" * (limit + 1)).status_code == 429
    assert world.upload(module, "a.bin", b"x" * limit).status_code == 201
    path = f"/softwaremodules/{module}/artifacts"
    assert world.call("POST", path, files={"file": ("b", b"x" * (2 * limit))}).status_code == 429
    assert list((world.server.settings.data / "artifacts" / "incoming").iterdir()) == []


def test_equal_bytes_lie_on_the_disk_once(world: World) -> None:
    data = b"shared by two modules"
    digest = hashlib.sha256(data).hexdigest()
    for _ in range(2):
        assert world.upload(world.module(), "a.bin", data).status_code == 201
    stored = world.server.settings.data / "artifacts" / digest[:2] / digest
    assert stored.read_bytes() == data


def test_a_set_holds_its_modules(world: World) -> None:
    chosen = world.set(app=b"a", assets=b"b")
    found = world.get(f"/distributionsets/{chosen.id}")
    assert (found["type"], found["typeName"]) == ("app", "App(s) only")
    assert (found["complete"], found["valid"], found["locked"]) == (True, True, False)
    assert [each["id"] for each in found["modules"]] == list(chosen.modules.values())
    listed = world.get(f"/distributionsets/{chosen.id}/assignedSM")
    assert [each["id"] for each in listed["content"]] == list(chosen.modules.values())


def test_sets_are_unique_by_name_version_and_type(world: World) -> None:
    entity = {"name": "unique", "version": "1", "type": "app"}
    world.make("/distributionsets", **entity)
    assert _post(world, "/distributionsets", [entity]) == (409, "repo.entityAlreadyExists")
    assert _post(world, "/distributionsets", [{**entity, "type": "os"}])[0] == 201
    assert _post(world, "/distributionsets", [{**entity, "type": "no"}])[0] == 404


def test_without_a_type_a_set_is_of_the_default_one(world: World) -> None:
    made = world.make("/distributionsets", name="typeless", version="1")
    assert (made["type"], made["complete"]) == ("os_app", False)


def test_a_set_takes_only_modules_that_its_type_allows(world: World) -> None:
    modules = [{"id": world.module("os")}]
    entity = {"name": "wrong-module", "version": "1", "type": "app", "modules": modules}
    refused = (400, "distributionset.modules.unsupported")
    assert _post(world, "/distributionsets", [entity]) == refused
    two = [{"id": world.module("os")}, {"id": world.module("os")}]
    many = {"name": "two-systems", "version": "1", "type": "os", "modules": two}
    assert _post(world, "/distributionsets", [many]) == (429, "quota.tooManyEntries")
    gone = {"name": "no-module", "version": "1", "type": "app", "modules": [{"id": 999_999}]}
    assert _post(world, "/distributionsets", [gone]) == (404, "repo.entityNotFound")


def test_a_set_can_be_filled_later(world: World) -> None:
    made = world.make("/distributionsets", name="later", version="1", type="app")
    path = f"/distributionsets/{made['id']}"
    assert world.get(path)["complete"] is False
    modules = [{"id": world.module()}]
    assert world.call("POST", path + "/assignedSM", json=modules).status_code == 204
    assert world.get(path)["complete"] is True


def test_sets_have_metadata_of_their_own(world: World) -> None:
    path = f"/distributionsets/{world.set().id}/metadata"
    assert _post(world, path, [{"key": "k", "value": "v"}]) == (201, None)
    assert _post(world, path, [{"key": "k", "value": "w"}]) == (409, "repo.entityAlreadyExists")
    assert world.get(path)["content"] == [{"key": "k", "value": "v"}]


def test_what_was_assigned_can_no_longer_be_changed(world: World) -> None:
    chosen = world.set()
    module = chosen.modules["app"]
    world.assign(world.board(), chosen)

    assert world.get(f"/distributionsets/{chosen.id}")["locked"] is True
    assert world.get(f"/softwaremodules/{module}")["locked"] is True
    answer = world.upload(module, "more.bin", b"x")
    assert (answer.status_code, answer.json()["errorCode"]) == (423, _ERROR + "locked")
    path = f"/distributionsets/{chosen.id}/assignedSM"
    assert _post(world, path, [{"id": world.module()}]) == (423, "locked")
