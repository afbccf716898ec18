"""Codes: stretching, pickup codes, the time to wait after wrong tries."""

import json
import os
from binascii import hexlify, unhexlify

from locker import codes


def _digest(salt, text):
    return list(codes.stretch(salt, text))[-1]


def test_digests_are_those_of_the_host():
    with open(os.getenv("VECTORS") + "/codes.json") as file:
        vectors = json.load(file)
    for salt, text, digest in vectors:
        assert hexlify(_digest(unhexlify(salt), text)).decode() == digest, text
    assert len(vectors) >= 3


def test_stretching_comes_in_slices():
    slices = [each is None for each in codes.stretch(bytes(16), "123456")]
    assert slices == [True] * 32 + [False]


def test_digest_depends_on_every_part():
    digests = {
        _digest(salt, text)
        for salt in (bytes(16), b"s" * 16)
        for text in ("123456", "123457", "12345", "1:23456", "11:23456")
    }
    assert len(digests) == 10


def test_pickup_codes_are_uniform_and_without_look_alikes():
    counts = {}
    for byte in range(256):
        for digit in codes.pickup_code(bytes((byte,))):
            counts[digit] = counts.get(digit, 0) + 1
    assert sorted(counts) == list("12345679")
    assert set(counts.values()) == {32}
    assert len(codes.pickup_code(os.urandom(codes.PICKUP_BYTES))) == 8


def test_waiting_grows_with_each_wrong_try_and_ends_at_an_hour():
    waits = [codes.wait_s(wrong, 60) for wrong in range(14)]
    assert waits == [0, 0, 0, 5, 15, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert codes.wait_s(10_000, 60) == 3600
    assert codes.wait_s(5, 1) == 1
