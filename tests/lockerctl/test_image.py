"""`lockerctl image build`: every byte of a board's flash."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest
from tooling import contents, image_options, invoke, refusal, release_inputs, run

from lockerctl.appimage import parse_image
from lockerctl.header import parse_header
from lockerctl.littlefs_image import PARTITION_BLOCK, read_image
from lockerctl.partition_table import pack_table
from lockerctl.partitions import load_map
from lockerctl.paths import BOARDS, ROOT
from lockerctl.release_dir import load_release
from lockerctl.stand_in import stand_in

MIB = 1024 * 1024
BLANK = b"\xff"


@pytest.fixture
def flash(first_release: Path, tmp_path: Path) -> bytes:
    out = tmp_path / "board.bin"
    run("image", "build", *image_options(first_release, out))
    return out.read_bytes()


def part(flash: bytes, name: str) -> bytes:
    partition = load_map("4MiB")[name]
    return flash[partition.offset : partition.end]


def is_blank(data: bytes) -> bool:
    return data == BLANK * len(data)


def test_image_has_the_flash_size_and_the_table_at_its_place(flash: bytes) -> None:
    assert len(flash) == 4 * MIB
    assert is_blank(flash[:0x1000])
    table = pack_table(load_map("4MiB"))
    assert flash[0x8000:0x9000] == table + BLANK * (0x1000 - len(table))


def test_slot_0_holds_the_release_and_is_committed(flash: bytes, first_release: Path) -> None:
    release = load_release(first_release)
    core = release.plain("core")
    assert part(flash, "ota_0") == core + BLANK * (0x1A0000 - len(core))
    store = part(flash, "store_0")
    header = parse_header(store[:4096])
    assert (header.sequence, header.committed, header.failed) == (1, 0, 0xFFFFFFFF)
    assert header.manifest == (first_release / "manifest.json").read_bytes()
    assert [entry.name for entry in header.entries] == ["core", "app", "assets"]
    for entry in header.entries[1:]:
        data = store[entry.address : entry.address + entry.length]
        assert data == release.plain(entry.name)
        assert hashlib.sha256(data).digest() == entry.sha256


def test_nothing_else_is_written(flash: bytes) -> None:
    for name in ("nvs", "otadata", "phy_init", "ota_1", "store_1"):
        assert is_blank(part(flash, name)), name


def test_vfs_holds_the_boot_files_byte_for_byte(flash: bytes) -> None:
    files = read_image(part(flash, "vfs"), PARTITION_BLOCK)
    assert set(files) == {"/boot.py", "/main.py", "/profile.json", "/board.json"}
    assert files["/boot.py"] == (ROOT / "boot.py").read_bytes()
    assert files["/main.py"] == (ROOT / "main.py").read_bytes()
    assert files["/profile.json"] == (BOARDS / "bench.json").read_bytes()


def test_board_json_says_who_the_board_is(first_release: Path, tmp_path: Path) -> None:
    out = tmp_path / "board.bin"
    options = ("--setting", "healthy_s=60", "--setting", "note=hall")
    run("image", "build", *image_options(first_release, out), *options)
    board = json.loads(read_image(part(out.read_bytes(), "vfs"), PARTITION_BLOCK)["/board.json"])
    assert board == {
        "id": "cabinet-0001",
        "model": "bench",
        "revision": 1,
        "token": "s3cret-t0ken",
        "server": "http://10.0.0.2:8080",
        "tenant": "DEFAULT",
        "wifi": [{"ssid": "Hall", "key": "hall-passw0rd"}, {"ssid": "Guests", "key": ""}],
        "developer": False,
        "settings": {"healthy_s": 60, "note": "hall"},
    }


def test_data_is_formatted_and_says_that_the_board_is_new(flash: bytes) -> None:
    assert read_image(part(flash, "data"), PARTITION_BLOCK) == {"/new": b""}


def test_same_inputs_give_the_same_bytes(flash: bytes, first_release: Path, tmp_path: Path) -> None:
    out = tmp_path / "again" / "board.bin"
    run("image", "build", *image_options(first_release, out))
    assert out.read_bytes() == flash


def test_token_comes_from_a_file_and_is_never_shown(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-a-file\n")
    options = image_options(first_release, tmp_path / "board.bin")
    at = options.index("--token")
    options[at : at + 2] = ["--token-file", tmp_path / "token"]
    shown = run("image", "build", *options)
    flash = (tmp_path / "board.bin").read_bytes()
    assert b'"token":"from-a-file"' in read_image(part(flash, "vfs"), 4096)["/board.json"]
    assert "from-a-file" not in shown


def test_token_file_that_holds_no_token_is_refused(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"\xff\xfe\x00")
    options = image_options(first_release, tmp_path / "board.bin")
    at = options.index("--token")
    options[at : at + 2] = ["--token-file", tmp_path / "token"]
    assert "the token must be 1 to 128 visible ASCII" in refusal("image", "build", *options)


def test_only_its_owner_can_read_the_file_with_the_token(flash: bytes, tmp_path: Path) -> None:
    assert len(flash) > 0
    assert stat.S_IMODE((tmp_path / "board.bin").stat().st_mode) == 0o600


def test_image_without_bootloader_and_core_says_what_can_run_it(
    first_release: Path, tmp_path: Path
) -> None:
    shown = run("image", "build", *image_options(first_release, tmp_path / "board.bin"))
    assert "without a bootloader only the virtual board can run it" in shown
    assert "its core is a stand-in: only the virtual board can run it" in shown


def test_bigger_flash_is_built_for_its_own_map(first_release: Path, tmp_path: Path) -> None:
    out = tmp_path / "board.bin"
    run("image", "build", *image_options(first_release, out), "--flash", "8MiB")
    flash = out.read_bytes()
    assert len(flash) == 8 * MIB
    store = load_map("8MiB")["store_0"].offset
    assert parse_header(flash[store : store + 4096]).committed == 0


def test_official_core_and_bootloader_fill_an_image(
    official: Path, sources: Path, tmp_path: Path
) -> None:
    release, out = tmp_path / "1.0.0", tmp_path / "board.bin"
    inputs = release_inputs(sources, official)
    run("release", "build", "--version", "1.0.0", "--out", release, *inputs)
    shown = run("image", "build", *image_options(release, out), "--bootloader", official)
    assert "virtual board" not in shown
    flash = out.read_bytes()
    assert flash[0x1000:0x8000] == official.read_bytes()[:0x7000]
    assert part(flash, "ota_0").startswith(official.read_bytes()[0xF000:])


def test_bootloader_learns_the_size_of_the_flash(
    official: Path, first_release: Path, tmp_path: Path
) -> None:
    out = tmp_path / "board.bin"
    options = ("--flash", "16MiB", "--bootloader", official)
    run("image", "build", *image_options(first_release, out), *options)
    bootloader = out.read_bytes()[0x1000:0x8000]
    assert bootloader[3] >> 4 == 4
    assert parse_image(bootloader).length == parse_image(official.read_bytes()).length


# What a user can get wrong. The image that is there stays as it is.


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--revision", "9"], "release 1.0.0 is not for bench revision 9"),
        (["--board-profile", "nobody"], "nobody.json: there is no such board profile; there are"),
        (["--id", "a/b"], "--id 'a/b': 1 to 64 letters"),
        (["--tenant", ""], "--tenant '': 1 to 64 letters"),
        (["--token", "two words"], "the token must be 1 to 128 visible ASCII characters"),
        (["--token-file", "/dev/null"], "by either --token or --token-file"),
        (["--server", "10.0.0.2:8080"], "must be http(s)://HOST"),
        (["--server", "http://"], "must be http(s)://HOST"),
        (["--server", "http://host:port"], "must be http(s)://HOST"),
        (["--wifi", "x" * 33], "the name of a network has 1 to 32 bytes"),
        (["--wifi", "Hall:short"], "the key of a network has 8 to 63 characters"),
        (["--setting", "healthy_s"], "must be NAME=VALUE"),
        (["--flash", "2MiB"], "2MiB.csv: cannot read the partition map"),
        (["--bootloader", "/nowhere"], "/nowhere: cannot read it"),
        (["--release", "/nowhere"], "/nowhere/manifest.json: cannot read it"),
    ],
)
def test_wrong_option_is_refused(
    first_release: Path, tmp_path: Path, options: list[str], problem: str
) -> None:
    out = tmp_path / "board.bin"
    out.write_bytes(b"the old image")
    before = contents(tmp_path)
    line = refusal("image", "build", *image_options(first_release, out), *options)
    assert problem in line
    assert "two words" not in line
    assert contents(tmp_path) == before


def test_key_of_a_network_is_not_shown_when_it_is_refused(
    first_release: Path, tmp_path: Path
) -> None:
    options = image_options(first_release, tmp_path / "board.bin")
    assert "pa55" not in refusal("image", "build", *options, "--wifi", "Hall:pa55")


def test_release_that_does_not_fit_the_flash_is_refused(sources: Path, tmp_path: Path) -> None:
    core, release = tmp_path / "core.bin", tmp_path / "1.0.0"
    core.write_bytes(stand_in("big", 1_800_000))
    inputs = (*release_inputs(sources, core), "--partitions", "8MiB")
    run("release", "build", "--version", "1.0.0", "--out", release, *inputs)
    line = refusal("image", "build", *image_options(release, tmp_path / "board.bin"))
    missing = core.stat().st_size - 0x1A0000
    assert line == f"lockerctl: layer core does not fit this flash: {missing} bytes are missing"
    assert not (tmp_path / "board.bin").exists()


def test_files_that_do_not_fit_vfs_are_refused_with_their_sizes(
    first_release: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "bench.json"
    profile.write_text((BOARDS / "bench.json").read_text() + " " * 60_000)
    options = image_options(first_release, tmp_path / "board.bin")
    line = refusal("image", "build", *options, "--board-profile", profile)
    assert "vfs holds 65536 bytes, these files do not fit: " in line
    assert f"/boot.py {(ROOT / 'boot.py').stat().st_size}" in line


def test_damaged_release_is_refused(first_release: Path, tmp_path: Path) -> None:
    app = first_release / "app.bin"
    whole = app.read_bytes()
    app.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    line = refusal("image", "build", *image_options(first_release, tmp_path / "board.bin"))
    assert f"{first_release}: app: block" in line


def test_place_that_cannot_be_written_is_refused(first_release: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("precious")
    before = contents(tmp_path)
    line = refusal("image", "build", *image_options(first_release, tmp_path / "file" / "x.bin"))
    assert "x.bin: cannot write it: " in line
    assert contents(tmp_path) == before


def test_missing_option_is_named_with_the_usage() -> None:
    result = invoke("image", "build", "--out", "x.bin")
    assert result.exit_code == 2
    assert "Missing option" in result.stderr
