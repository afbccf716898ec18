"""ECDSA on P-256 with SHA-256: RFC 6979, and what a careless verifier gets wrong."""

from binascii import b2a_base64, hexlify, unhexlify

from tuf_crypto import Text, pem, verdict
from tuf_repo import der_signature

from tuf.p256 import _combine, verify

_HEAD = unhexlify("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# RFC 6979, A.2.5.
_POINT = (
    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
_R = 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
_S = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
_R_TEST = 0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367
_S_TEST = 0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083
# Of "sample", made for the purpose: public key, r, s.
_LARGE_X = (
    # The x of the point is r + n.
    "d3b20957fbbbc27acf48528c45b5d63ee7c911158e6a19980d15a784f413f06c"
    "8c68101ad9fc3ad21ecb952e4b7459b2fc90a906b8701823654f32a2616e9523",
    3,
    0x43A718774C572BD8A25ADBEB1BFCD5C0256AE11CECF9F9C3F925D0E52BEAF89,
)
_INFINITY = (
    # The sum of both terms is the point at infinity.
    "cf409235d634cf3c88e9c94cf0198820851c0a3cfc51178d19c5bd832eeed850"
    "a21c5f222b58e8217e9ca170fb16c4fdbb92d523bde9eef4831d4c5d808a8dbe",
    0x454349E422F05297191EAD13E21D3DB520E5ABEF52055E4964B82FB213F593A1,
    0x43A718774C572BD8A25ADBEB1BFCD5C0256AE11CECF9F9C3F925D0E52BEAF89,
)
_R_MULTIPLES = 0x3ED7A28EC648EDCE5D5B7E252F6B2AAFBB44835114A24B3CAA8F710F64993BC2
_MULTIPLES = (
    # The public key is the base point, its negative, its double and the negative of that.
    (
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        _R_MULTIPLES,
        0xC5794C30578A9F3EB758F242916CFD3F343AD442B897DA2024F43FA8ABACB365,
    ),
    (
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a",
        _R_MULTIPLES,
        0x8F7C914F58814497A4852D691DD738FEC142EB2D361B83E30E04777EB7CE666E,
    ),
    (
        "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
        "07775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1",
        _R_MULTIPLES,
        0x6077A9A1570F4C91C0C2D4AF4B37DF5F8F434B76A64A35FC368F3E5C276A4738,
    ),
    (
        "7cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc47669978"
        "f888aaee24712fc0d6c26539608bcf244582521ac3167dd661fb4862dd878c2e",
        _R_MULTIPLES,
        0xF47E33DE58FC97449B1B4AFC640C56DE663A73F948692806FC6978CB3C10D29B,
    ),
)


def _public(point, head=_HEAD):
    return pem(str(b2a_base64(head + unhexlify(point))[:-1], "ascii"))


def _good(signature, point=_POINT, data=b"sample"):
    return verdict(verify, _public(point), signature, data)


def test_signatures_of_rfc_6979_are_taken():
    assert _good(der_signature(_R, _S))
    assert _good(der_signature(_R_TEST, _S_TEST), data=b"test")
    key = verify(_public(_POINT), der_signature(_R, _S), Text(b"sample"), None)
    assert key == unhexlify(_POINT)


def test_signature_of_another_message_or_key_is_refused():
    assert not _good(der_signature(_R, _S), data=b"test")
    assert not _good(der_signature(_R, _S), point=_MULTIPLES[0][0])
    assert not _good(der_signature(_S, _R))


def test_mirrored_signature_is_as_good_as_the_other():
    assert _good(der_signature(_R, _N - _S))


def test_numbers_out_of_range_are_refused():
    for r, s in (
        (0, _S),
        (_R, 0),
        (0, 0),
        (1, 0),
        (_N, _S),
        (_R, _N),
        (_R + _N, _S),
        (_R, _S + _N),
        (_N - _R, _S),
        (1, 1),
        (_N - 1, _N - 1),
        (_P, _S),
        (_P - _N, _S),
        ((1 << 256) - 1, (1 << 256) - 1),
    ):
        assert not _good(der_signature(r, s)), (r, s)
    assert not _good(unhexlify("3006020181020181"))


def test_x_beyond_the_order_is_reduced():
    point, r, s = _LARGE_X
    assert _good(der_signature(r, s), point)
    assert not _good(der_signature(r + 1, s), point)


def test_point_at_infinity_is_no_signature():
    point, r, s = _INFINITY
    assert not _good(der_signature(r, s), point)


def test_additions_of_equal_and_opposite_points_are_right():
    for point, r, s in _MULTIPLES:
        assert _good(der_signature(r, s), point)
        assert not _good(der_signature(r, s ^ 1), point)


def test_signatures_that_are_no_strict_der_are_refused():
    good = der_signature(_R, _S)
    body = good[2:]
    r = body[: 2 + body[1]]
    s = body[len(r) :]
    assert good == b"\x30" + bytes((len(r + s),)) + r + s
    for signature in (
        b"",
        b"\x30",
        b"\x30\0",
        good[:-1],
        good + b"\0",
        b"\x31" + good[1:],
        b"\x30\x80" + body + b"\0\0",
        b"\x30\x81" + bytes((len(body),)) + body,
        b"\x30\x82\0" + bytes((len(body),)) + body,
        b"\x30\x84\0\0\0" + bytes((len(body),)) + body,
        b"\x30" + bytes((len(body) + 1,)) + body + b"\0",
        b"\x30" + bytes((len(body) + 3,)) + body + b"\x02\x01\1",
        b"\x30" + bytes((len(r),)) + r,
        b"\x30" + bytes((len(s) + 2,)) + b"\x02\0" + s,
        b"\x30" + bytes((len(body) + 1,)) + b"\x02" + bytes((r[1] + 1,)) + b"\0" + r[2:] + s,
        b"\x30" + bytes((len(body) - 1,)) + b"\x02" + bytes((r[1] - 1,)) + r[3:] + s,
        b"\x30" + bytes((len(body),)) + b"\x03" + r[1:] + s,
        _R.to_bytes(32, "big") + _S.to_bytes(32, "big"),
    ):
        assert not _good(signature), signature


def test_keys_not_on_the_curve_are_refused():
    x, y = _POINT[:64], _POINT[64:]
    p = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
    for point in (
        x + y[:-1] + "8",
        y + x,
        "0" * 128,
        p + y,
        x + p,
        x + "f" * 64,
        p[:-1] + "e" + "0" * 64,
    ):
        assert not _good(der_signature(_R, _S), point)


class _Digest:
    """A message whose hash is any number."""

    def __init__(self, number):
        self._number = number

    def sha256(self):
        return self._number.to_bytes(32, "big")


def _forged(point, u, v):
    """Whether a signature and a hash that were made to give u and v is taken.

    Without a message to the hash that is no forgery; the arithmetic holds for any point.
    """
    x, y = int(point[:64], 16), int(point[64:], 16)
    big_x, z = _combine(u, v, x % _P, y % _P, None)
    r = big_x * pow(z * z, _P - 2, _P) % _P % _N
    s = r * pow(v, _N - 2, _N) % _N
    digest = _Digest(u * s % _N)
    try:
        return verify(_public(point), der_signature(r, s), digest, None) is not None
    except ValueError:
        return False


def test_arithmetic_that_holds_off_the_curve_is_not_enough():
    assert _forged(_POINT, 7, 11)
    assert not _forged(_POINT[:-1] + "8", 7, 11)
    # 5 is the x of a point, and so is 5 + p, in more than 32 bytes' worth of names.
    y = pow(5 * 5 * 5 - 3 * 5 + _B, (_P + 1) // 4, _P)
    tail = hexlify(y.to_bytes(32, "big")).decode()
    assert _forged("00" * 31 + "05" + tail, 7, 11)
    assert not _forged(hexlify((_P + 5).to_bytes(32, "big")).decode() + tail, 7, 11)


def test_sum_of_two_equal_terms_is_a_doubling():
    base = _MULTIPLES[0][0]
    x, y = int(base[:64], 16), int(base[64:], 16)
    for k in (1, 5):
        once = _combine(2 * k, 0, x, y, None)
        twice = _combine(k, k, x, y, None)
        assert (once[0] * twice[1] * twice[1] - twice[0] * once[1] * once[1]) % _P == 0
        assert twice[1] % _P


def test_keys_in_other_forms_are_refused():
    good = der_signature(_R, _S)
    assert verdict(verify, _public(_POINT), good, b"sample")
    secp256k1 = unhexlify("3056301006072a8648ce3d020106052b8104000a03420004")
    compressed = unhexlify("3039301306072a8648ce3d020106082a8648ce3d03010703220002")
    hybrid = _HEAD[:-1] + b"\x06"
    for public in (
        "",
        "x",
        _public(_POINT + "00"),
        _public(_POINT[:-2]),
        _public(_POINT, secp256k1),
        _public(_POINT[:64], compressed),
        _public(_POINT, hybrid),
        _public(_POINT).replace("PUBLIC", "EC PUBLIC"),
        _public(_POINT).replace("\n", "\r\n"),
        _public(_POINT).replace("MFkw", "MF!kw"),
        _public(_POINT).replace("MFkw", " MFkw"),
        " " + _public(_POINT),
        _public(_POINT) + "x",
        _public(_POINT) * 2,
    ):
        assert not verdict(verify, public, good, b"sample"), public


def test_tick_is_called_every_few_bits():
    ticks = []
    verify(_public(_POINT), der_signature(_R, _S), Text(b"sample"), lambda: ticks.append(1))
    assert len(ticks) == 16
