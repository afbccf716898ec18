"""Ed25519 (RFC 8032) and SHA-512 (FIPS 180-4)."""

from binascii import hexlify, unhexlify

from tuf_crypto import Text, verdict
from tuf_repo import refused

from tuf.ed25519 import _decode, verify
from tuf.sha512 import sha512

_P = (1 << 255) - 19
_L = (1 << 252) + 27742317777372353535851937790883648493
# RFC 8032, 7.1: public key, message, signature.
_TEST_1 = (
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
    "46bd25bf5f0595bbe24655141438e7a100b",
)
_TEST_2 = (
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
    "d8c387b2eaeb4302aeeb00d291612bb0c00",
)
_TEST_3 = (
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
    "6594a7c15e9716ed28dc027beceea1ec40a",
)
# The encodings of the eight points whose order divides eight.
_SMALL = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
)


def _good(public, message, signature):
    return verdict(verify, public, unhexlify(signature), unhexlify(message))


def _little(number):
    return str(hexlify(number.to_bytes(32, "little")), "ascii")


def test_signatures_of_rfc_8032_are_taken():
    for case in (_TEST_1, _TEST_2, _TEST_3):
        assert _good(*case)
    public, _, signature = _TEST_1
    assert verify(public, unhexlify(signature), Text(b""), None) == unhexlify(public)


def test_changed_signatures_messages_and_keys_are_refused():
    public, message, signature = _TEST_3
    assert not _good(public, message + "00", signature)
    assert not _good(_TEST_2[0], message, signature)
    for at in range(0, 128, 16):
        digit = "%x" % (int(signature[at], 16) ^ 1)
        assert not _good(public, message, signature[:at] + digit + signature[at + 1 :])


def test_other_lengths_are_refused():
    public, message, signature = _TEST_3
    for bad in ("", signature[:-2], signature + "00", signature[:64]):
        assert not _good(public, message, bad)
    for bad in ("", public[:-2], public + "00", public[:-1], "x" + public[1:]):
        assert not _good(bad, message, signature)


def test_s_beyond_the_order_is_refused():
    public, message, signature = _TEST_3
    s = int.from_bytes(unhexlify(signature[64:]), "little")
    for multiple in (1, 2, 8):
        assert not _good(public, message, signature[:64] + _little(s + multiple * _L))


def test_keys_and_points_of_small_order_are_refused():
    # With such a key, R = [S]B is good for about every message.
    zero = _little(0)
    for point in _SMALL:
        for message in ("", "00", "01", "02"):
            assert not _good(point, message, _SMALL[0] + zero)
            assert not _good(point, message, point + zero)
        assert not _good(_TEST_1[0], "", point + _TEST_1[2][64:])


def test_equation_that_holds_with_a_point_of_small_order_is_not_enough():
    # The key is the neutral element, R the base point and S one: good for any message.
    base = "58" + "66" * 31
    assert not _good(_SMALL[0], "00", base + _little(1))
    # An honest key, and R the neutral element: S is the private scalar times the hash of "r".
    public = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    s = "ea0d43c997e0c30cb0136b68f05b071a61fe25df71a70cb9ee0b617f006c4108"
    assert not _good(public, "72", _SMALL[0] + s)


def test_encodings_that_are_not_canonical_are_refused():
    # 3 is the y of a point, but plus p it would be another name of the same key; -0; no x for 2.
    _decode(unhexlify(_little(3)))
    for number in (_P + 3, _P + 1, _P, 1 | 1 << 255, (_P - 1) | 1 << 255, 2):
        refused(ValueError, _decode, unhexlify(_little(number)))
        assert not _good(_little(number), "", _TEST_1[2])
        assert not _good(_TEST_1[0], "", _little(number) + _TEST_1[2][64:])


def test_tick_is_called_while_hashing_and_multiplying():
    ticks = []
    public, _, signature = _TEST_1
    verify(public, unhexlify(signature), Text(b""), lambda: ticks.append(1))
    assert len(ticks) > 30


def test_sha512_gives_the_digests_of_the_standard():
    for data, digest in (
        (
            b"",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
            "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        ),
        (
            b"abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        (
            b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
            b"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
            "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
        ),
    ):
        assert str(hexlify(sha512(data).digest()), "ascii") == digest


def test_sha512_takes_pieces_of_any_size_and_kind():
    data = bytes(range(256)) + b"x" * 144
    for length in (111, 112, 127, 128, 129, 239, 240, 400):
        whole = sha512(data[:length]).digest()
        for size in (1, 7, 128, 200):
            hasher = sha512()
            for at in range(0, length, size):
                hasher.update(memoryview(data)[at : min(at + size, length)])
            assert hasher.digest() == whole
    hasher = sha512()
    hasher.update("\xe9")
    assert hasher.digest() == sha512("\xe9".encode()).digest()
