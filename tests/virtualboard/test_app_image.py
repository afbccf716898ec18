import hashlib
from collections.abc import Callable

import pytest
from handmade import FLASH_BYTES, PART, SMALL, Segment, app_image

from virtualboard.app_image import ImageError, verify
from virtualboard.flash import Flash
from virtualboard.partition_table import Partition

MakeFlash = Callable[..., Flash]
SLOT = Partition(*PART["ota_0"], "ota_0", 0)
DROM = 0x3F400000


def check(make_flash: MakeFlash, image: bytes, slot: Partition = SLOT) -> int:
    flash = bytearray(b"\xff" * FLASH_BYTES)
    flash[slot.address : slot.address + len(image)] = image
    return verify(make_flash(flash), slot)


def refused(make_flash: MakeFlash, image: bytes, why: str) -> None:
    with pytest.raises(ImageError, match=why):
        check(make_flash, image)


def test_a_sound_image_is_taken_with_its_length(make_flash: MakeFlash) -> None:
    image = app_image()
    assert check(make_flash, image) == len(image)
    assert len(image) % 16 == 0


def test_bytes_behind_the_image_do_not_count(make_flash: MakeFlash) -> None:
    image = app_image()
    assert check(make_flash, image + b"whatever") == len(image)


def test_an_image_without_hash_is_taken(make_flash: MakeFlash) -> None:
    image = app_image(with_hash=False)
    assert check(make_flash, image) == len(image)


def test_mapped_segments_sit_at_their_place_in_a_page(make_flash: MakeFlash) -> None:
    data = bytes(100)
    assert check(make_flash, app_image((Segment(DROM + 0x20, data),))) > 0
    refused(make_flash, app_image((Segment(DROM + 0x24, data),)), "does not match")


def test_a_line_that_is_full_gets_another_for_the_checksum(make_flash: MakeFlash) -> None:
    image = app_image((Segment(0x3FFB0000, bytes(16)),))
    assert len(image) == 24 + 8 + 16 + 16 + 32
    assert check(make_flash, image) == len(image)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({0: 0xE8}, "invalid magic byte"),
        ({1: 17}, "segment count 17 exceeds 16"),
        ({12: 9}, "for chip 9"),
        ({40: 0xAA}, "checksum failed"),
    ],
)
def test_a_changed_byte_is_noticed(make_flash: MakeFlash, change: dict[int, int], why: str) -> None:
    image = bytearray(app_image())
    for offset, value in change.items():
        image[offset] = value
    refused(make_flash, bytes(image), why)


def test_two_flips_that_cancel_in_the_checksum_are_noticed_by_the_hash(
    make_flash: MakeFlash,
) -> None:
    image = bytearray(app_image())
    image[40] ^= 0x10
    image[44] ^= 0x10
    refused(make_flash, bytes(image), "image hash failed")


def test_a_flipped_pad_byte_or_hash_byte_is_noticed(make_flash: MakeFlash) -> None:
    pad = bytearray(app_image((Segment(0x3FFB0000, bytes(20)),)))
    pad[24 + 8 + 20] ^= 1
    refused(make_flash, bytes(pad), "image hash failed")
    last = bytearray(app_image())
    last[-1] ^= 1
    refused(make_flash, bytes(last), "image hash failed")


def test_an_erased_slot_holds_no_image(make_flash: MakeFlash) -> None:
    refused(make_flash, b"", "invalid magic byte")


def test_an_image_for_newer_or_older_chips_is_refused(make_flash: MakeFlash) -> None:
    refused(make_flash, app_image(min_revision=400), "chip revisions 400")
    refused(make_flash, app_image(max_revision=199), "to 199")
    assert check(make_flash, app_image(max_revision=0)) > 0
    assert check(make_flash, app_image(max_revision=65535)) > 0


@pytest.mark.parametrize(
    ("segment", "why"),
    [
        (Segment(0x3FFB0000, b"abc"), "invalid length 0x3"),
        (Segment(0x20000000, b"abcd"), "bad load address"),
        (Segment(0x3FFFFFFC, b"abcdefgh"), "bad load address"),
        (Segment(0x400C1FFC, b"abcdefgh"), "bad load address"),
    ],
)
def test_a_segment_that_can_not_be_loaded_is_refused(
    make_flash: MakeFlash, segment: Segment, why: str
) -> None:
    refused(make_flash, app_image((segment,)), why)


def test_a_padding_segment_is_loaded_nowhere(make_flash: MakeFlash) -> None:
    assert check(make_flash, app_image((Segment(0, b"abcd"), *SMALL))) > 0


def test_a_segment_longer_than_the_slot_is_refused(make_flash: MakeFlash) -> None:
    image = bytearray(app_image((Segment(0, bytes(64)),)))
    image[28:32] = (0x200000).to_bytes(4, "little")
    refused(make_flash, bytes(image), "segment 0 does not fit")


def test_an_image_must_fit_with_checksum_and_hash(make_flash: MakeFlash) -> None:
    image = app_image()
    for short in (len(image) - 1, len(image) - 40):
        with pytest.raises(ImageError, match="does not fit"):
            check(make_flash, image, Partition(0, 0x10, 0x10000, short, "ota_0", 0))


def test_sixteen_segments_are_taken(make_flash: MakeFlash) -> None:
    image = app_image(tuple(Segment(0x3FFB0000 + 4 * i, bytes((i,) * 4)) for i in range(16)))
    assert check(make_flash, image) == len(image)


def test_the_hash_is_that_of_everything_before_it(make_flash: MakeFlash) -> None:
    image = app_image()
    assert hashlib.sha256(image[:-32]).digest() == image[-32:]
    wrong_order = hashlib.sha256(image[24:-32]).digest()
    refused(make_flash, image[:-32] + wrong_order, "image hash failed")
