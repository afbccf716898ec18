"""The release manifest: the shared vectors, this board's partitions, bytes that make no sense."""

import json
from binascii import hexlify, unhexlify

import shared_vectors

from ota.errors import ReleaseError
from ota.manifest import Manifest

OTA, STORE = 0x1A0000, 0x40000
# What a refusal's text has in it, when that is not the field's name.
SAID = {
    "json": ("does not parse", "not format 1"),
    "size": ("longer than",),
    "address": ("address", "overlaps", "not one core"),
    "capacity": ("does not fit",),
    "length": ("length", "does not fit: 0 bytes"),
    "blocks": ("block",),
    "layers": ("layer", "not one core", "bad name"),
}


def _refusal(raw, ota=OTA, store=STORE):
    """The text of the ReleaseError, or None."""
    try:
        Manifest(raw, ota, store)
    except ReleaseError as error:
        return str(error)
    return None


def _good(number=0):
    """A good manifest's bytes."""
    for vector in shared_vectors.of("manifest.json"):
        if not number:
            return unhexlify(vector["hex"])
        number -= 1
    return None


def _spoilt(change):
    """The good manifest after `change(fields)`."""
    fields = json.loads(_good())
    change(fields)
    return json.dumps(fields).encode()


def _is_as_told(release, fields):
    for name in ("version", "sequence"):
        assert getattr(release, name) == fields[name]
    assert len(release.layers) == len(fields["layers"])
    for layer, told in zip(release.layers, fields["layers"]):  # noqa: B905
        assert (layer.name, layer.address, layer.length) == (
            told["name"],
            told["address"],
            told["length"],
        )
        assert layer.core == (told["partition"] == "ota")
        assert hexlify(layer.digest).decode() == told["sha256"]


def test_good_manifests_of_the_shared_vectors_are_read():
    count = 0
    for vector in shared_vectors.of("manifest.json"):
        if vector["ok"]:
            raw = unhexlify(vector["hex"])
            manifest = Manifest(raw, OTA, STORE)
            assert manifest.release.raw == raw
            _is_as_told(manifest.release, vector["fields"])
            image = vector["fields"]["layers"][0]["image_sha256"]
            assert hexlify(manifest.image_digest).decode() == image
            count += 1
    assert count >= 5


def test_bad_manifests_of_the_shared_vectors_are_refused_for_what_is_wrong():
    count = 0
    for vector in shared_vectors.of("manifest.json"):
        if vector["ok"] or vector.get("host_only"):
            continue
        text = _refusal(unhexlify(vector["hex"]))
        assert text, vector["name"]
        word = vector["refusal"]
        assert any(part in text for part in SAID.get(word, (word,))), (vector["name"], word, text)
        count += 1
    assert count >= 50


def test_what_only_the_host_minds_is_no_crash_on_a_board():
    count = 0
    for vector in shared_vectors.of("manifest.json"):
        if vector.get("host_only"):
            _refusal(unhexlify(vector["hex"]))
            count += 1
    assert count >= 8


def test_blocks_are_read_as_written():
    core, app, assets = Manifest(_good(), OTA, STORE).release.layers
    crc = 0x1234ABCD
    assert list(core.blocks()) == [
        (0, 0, 900, crc, 16384),
        (1, 900, 900, crc, 16384),
        (2, 1800, 900, crc, 40000 - 32768),
    ]
    assert list(app.blocks()) == [(0, 0, 900, crc, 16384), (1, 900, 900, crc, 4096)]
    assert list(assets.blocks()) == [(0, 0, 900, crc, 2048)]


def test_layers_must_fit_this_boards_partitions():
    raw = _good()
    # The core has 40000 bytes; the last layer in the store ends at 28672 + 2048.
    assert _refusal(raw, 40000, 30720) is None
    assert "core does not fit" in _refusal(raw, 39999, STORE)
    assert "assets does not fit" in _refusal(raw, OTA, 30719)
    assert "app does not fit" in _refusal(raw, OTA, 4096)


def test_layers_must_not_share_a_sector():
    def move(address):
        return _spoilt(lambda fields: fields["layers"][2].update(address=address))

    # The app lies from 4096 to 24576.
    assert _refusal(move(24576)) is None
    assert "overlaps" in _refusal(move(20480))
    assert "overlaps" in _refusal(move(4096))
    raw = _spoilt(lambda fields: fields["layers"][1].update(length=19456))
    fields = json.loads(raw)
    # It ends in the middle of the sector at 20480 now, which is erased as a whole.
    fields["layers"][2]["address"] = 20480
    assert "overlaps" in _refusal(json.dumps(fields).encode())


def test_layers_may_come_in_any_order():
    assert _refusal(_spoilt(lambda fields: fields["layers"].reverse())) is None


def _check(wanted, check, *args):
    try:
        check(*args)
        refused = False
    except ReleaseError:
        refused = True
    assert refused != wanted, args


def test_release_is_for_the_boards_and_revisions_it_names():
    manifest = Manifest(_good(), OTA, STORE)
    for model, revision, wanted in (
        ("bench", 1, True),
        ("oled", 1, True),
        ("oled", 2, True),
        ("bench", 2, False),
        ("bench", "1", False),
        ("Bench", 1, False),
        ("", 1, False),
    ):
        _check(wanted, manifest.check_board, model, revision)


def test_release_of_another_product_is_refused():
    manifest = Manifest(_spoilt(lambda fields: fields.update(product="kiosk")), OTA, STORE)
    _check(False, manifest.check_board, "bench", 1)


def test_boards_of_another_shape_are_for_nobody():
    for revisions in (None, 1, "1", {"1": 1}, [], ["1"], [[1]]):
        raw = _spoilt(lambda fields, it=revisions: fields.update(boards={"bench": it}))
        _check(False, Manifest(raw, OTA, STORE).check_board, "bench", 1)


def test_bytecode_must_be_the_cores():
    manifest = Manifest(_good(), OTA, STORE)
    for own, wanted in ((6, True), (5, False), (7, False)):
        _check(wanted, manifest.check_bytecode, own)


def test_older_release_is_refused_and_the_same_is_not():
    manifest = Manifest(_good(), OTA, STORE)
    for highest, wanted in ((0, True), (1, True), (2, True), (3, False), (0xFFFFFFFE, False)):
        _check(wanted, manifest.check_sequence, highest)


def test_manifest_cut_at_any_byte_is_refused():
    raw = _good()
    for end in range(len(raw)):
        assert _refusal(raw[:end]), end


def test_manifest_with_any_byte_replaced_is_refused_or_read():
    raw, refused = bytearray(_good()), 0
    for at in range(len(raw)):
        old = raw[at]
        for byte in (0x00, 0x22, 0x2D, 0x39, 0x80, old ^ 1):
            raw[at] = byte
            refused += _refusal(raw) is not None
        raw[at] = old
    assert refused > 3 * len(raw)
