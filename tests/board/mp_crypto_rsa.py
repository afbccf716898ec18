"""RSASSA-PSS with SHA-256: RFC 8017, and signatures that are almost good."""

from binascii import b2a_base64, unhexlify
from hashlib import sha256

from tuf_crypto import Text, pem, verdict

from tuf.rsa import verify

# A key of 2048 bits, and its signatures over "sample": SHA-256, MGF1 with SHA-256.
_SPKI = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnaoklhhc+Btq4+usXzgjfL6mw+sr9b9s0Bc060CTR1QE"
    "RJhe2kpgUeSYU0GUvtyg0992Cgoc3eu00AHI7Ml7mHfsNFF54Ue3HpLYC/+UyGhBL69SORhrrC+sQvYfp3saPxH2"
    "t2gqxN3UwVoqPFBHOKJsKebcyJiGI24rP6SVxIbCsCktV92TDZ2Jz5NjoXYip0iVwn0p/JABrel6xRowFcaBLkbY"
    "Ku0EvTeQGUKZgc7IUHrqrRa5Wab/CcyMEuhRwNJPf1GbuxHuCZPvg7SWIUaUQwDrNs43wPcYbpGDXoj2qNb1kEPJ"
    "j1AZ5f5WwusSDrp+T6zoI1xwyVR/dyUl/wIDAQAB"
)
_SALT_32 = (
    "0d7ead9dc230ccccebcd181cecdec9289da2dff9ee8498c16ad924614ab1a5a3663c490f990e77eec07e5f5b"
    "f709030d4a5ec9f267ce1f077b555049e79a69371e358e45bed32ea846fb98179c09c6ca006fcf99af502502"
    "9ed457b19288561ad2c71b5f219579b1c37b329cb0ada2f787600387ce1561d1e0db93f71bae9288d5807f0a"
    "941dee5b5856fe4178dfd45afee48e1594565f523fa350463141d87efcabac61edc3e90acfa1dda7da801b3e"
    "c0852f40cf5df86492383994102f1c5c4cb42d9df99eb88b9e4a4114ccf6b1105ecb17bf5318221bc0ebd12f"
    "16b43c491933b1f1ce4055477af14c26f4326742b78a8fa696c508f7124dcf0b7f10ae78"
)
# The same, but a salt of another length, ...
_SALT_0 = (
    "112004082a9a6f0911dab9172d37e2effdf8a63f798a2e185fbc1e760f698129e3707e24831f82276cccde64"
    "b8216c50bedd5e113be6e1dde34c9c7de6d78bedce4de816bad068c9116e817f1aff240814f81da4f34c26db"
    "85b2461e18abb5b59e16fc04e46b20825761b344f78f0ea4cf048f5b04c38d79acc9bbddcbcedbcd0d65f3ca"
    "cb7806ce090187e026610131a746fbc9fedb0f111fc764433bc92a0821fdeca6356a34c579414dec36988ea5"
    "d895d4b7ac8b8e30782cb013c21ea3e6de44a4b26421a46f343c6d35bff2299f90b4a51f337111f3fda965b5"
    "451c2c95c15020f8ffa5b68cbfd40f0a8d300c8d50b86d8a407c52512b2dcc638c2ecf38"
)
_SALT_20 = (
    "7523221d69e69bb0ac0b29ee316a34aedfce5f409d9dc0502dbd2a152854a0983cbf52f68f94a004f61d3e02"
    "4c0e0eb37544e85f59824af8ac2a00cb19fc30d7755ad1c4a841a9bd23d17aa6e3173fe054f2a5e9e35a7406"
    "32bb77a9cf810e367e1db427cc5b5ffba12502e49fe43e8a7c5efb1597492a79a39add0c56ac49a2b09540a7"
    "7f3e4384bf02be22a65f651504625eca13f8587de051210bfb1d8558a472fc343bea19d1d633f376cc43cc5c"
    "0221b76721321e92db4b6a8d07b763daafe945cc5856756a8f2d42eeeeeac0023e4fab149124c6a0e938c738"
    "b236862892c2850e9adf3c5907b939d60c6532be71540247ad53471f1000669795a5c86c"
)
_SALT_222 = (
    "97958b4f6864b91fdc7a06ad0e88b8adce0f258fba9767e798389e1e22c8b46614a80907772bb043d0616453"
    "1ed52dcfd99284935a78cbc800e0401a4cc9970f61b22ad9508233312414bd2d6b6684b7d3da9fdd7e469bd0"
    "1d800c28452a1bc1eb8693fb1504b106c26947b47fd199ec637286559d536f7f2439b1b9d5afe36fb9fb68f7"
    "1c4262335ac91afc86d2a5c919e349a40a0143f04f8c53860ccbd83a48f97ac443a53a2fae3bba858c3da769"
    "86f5f8b4f5db8fa687209dc1b3cdb64ceeaf0b4cb5e3a643ab868bd417629b715b26e5012a2c50f72ff4af52"
    "f23ce99b3e1bd1a5d8c2be3e50aa74793e0a291196d4772140af02e695aa0eaaec71e80a"
)
# ... MGF1 with SHA-1, ...
_MGF_SHA1 = (
    "86cb6cc9c364b5616074a8d7a4278f20f1d24d515781feb1c0fbd544cee523f1d424b5334da4a814d59f1966"
    "6bcc025bb32330f636a24db3ec0b02bab6583cf0a66092ab61ae159d801f88cdf8c7ae432d4a0adbbf4cf525"
    "2de488146aa94340793892ebf5b6f03d783b1b32c4e1edae2189e1f1af9e4f86563bc3f89089b04b6379e275"
    "cdeec13462c8f4bf6c4926ee5847b43dafdad7306b2bd6531e3f366c085e5d2a17416b12c872864e276c9c66"
    "dd25e195ec4c66331c92a4f43a08f54193deb723154d82a99f543ea0657402aae5959468aa3b27e6052e7285"
    "9de179f1ce57cd20feb4e24a066d87d7de7b619db49fc240cc975536c6a922f1499b6565"
)
# ... and PKCS #1 v1.5.
_PKCS1 = (
    "243de435a6c388272f0cc8ce7d53960353c4ba0fef982a4ff7203fb354f472d704923d2b8de65ad37111b21f"
    "70aed6637c51cf8812c3cf24c17232f768fc8a9206ae967743bb6dc0d608aab3a958d5e1b5e4b8ca04806f10"
    "22b75330d045a9e548c79d5e5bb305405b05b473553b1246cc38f0593a037465868b5324cc8a3e1a5415e42c"
    "09f57b98b32049991a324e0385d07a02eaf0ee886200e9e540aaa96233a21e71281a8955505f93dcd19a187e"
    "e44a0b7a938e043f543d7a3f216880ab86b1d4ace0d043500a9e6759b626f8aa16428fe0702faf128901f29e"
    "ce6a8b1fb379be02efc68127619734a5edc58f8ac48ef7d59eba7f2951dd53086ddbdcb3"
)


def _good(signature, public=None, data=b"sample"):
    return verdict(verify, public or pem(_SPKI), signature, data)


def test_good_signature_is_taken_and_names_the_modulus():
    modulus = verify(pem(_SPKI), unhexlify(_SALT_32), Text(b"sample"), None)
    assert len(modulus) == 256
    assert modulus[0] >= 0x80


def test_signature_of_another_message_is_refused():
    assert not _good(unhexlify(_SALT_32), data=b"Sample")


def test_signatures_with_other_parameters_are_refused():
    for signature in (_SALT_0, _SALT_20, _SALT_222, _MGF_SHA1, _PKCS1):
        assert not _good(unhexlify(signature))


def test_every_changed_byte_is_noticed():
    for at in range(0, 256, 17):
        signature = bytearray(unhexlify(_SALT_32))
        signature[at] ^= 0x40
        assert not _good(signature)


def test_signatures_of_odd_lengths_and_values_are_refused():
    good = unhexlify(_SALT_32)
    modulus = verify(pem(_SPKI), good, Text(b"sample"), None)
    number = int.from_bytes(good, "big")
    n = int.from_bytes(modulus, "big")
    for signature in (
        b"",
        good[1:],
        good[:-1],
        b"\0" + good,
        good + b"\0",
        bytes(256),
        (1).to_bytes(256, "big"),
        (n - 1).to_bytes(256, "big"),
        modulus,
        b"\xff" * 256,
        (number + n).to_bytes(256, "big"),
        (n - number).to_bytes(256, "big"),
    ):
        assert not _good(signature)


def test_tick_is_called():
    ticks = []
    verify(pem(_SPKI), unhexlify(_SALT_32), Text(b"sample"), lambda: ticks.append(1))
    assert ticks


def _der(tag, data):
    size = len(data)
    head = bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + head + data


def _key(n, e, algorithm=b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", unused=b"\0"):
    integers = b""
    for number in (n, e):
        data = number.to_bytes(520, "big").lstrip(b"\0")
        integers += _der(2, b"\0" + data if data[0] > 0x7F else data)
    spki = _der(0x30, _der(0x30, algorithm) + _der(3, unused + _der(0x30, integers)))
    return pem(str(b2a_base64(spki)[:-1], "ascii"))


def test_only_keys_of_sane_sizes_are_used():
    good = unhexlify(_SALT_32)
    n = int.from_bytes(verify(pem(_SPKI), good, Text(b"sample"), None), "big")
    assert _key(n, 65537) == pem(_SPKI)
    assert _good(good, _key(n, 65537))
    for e in (1, 3, 17, 65535, 65536, 1 << 32, (1 << 32) + 15):
        assert not _good(good, _key(n, e))
    for modulus in (n - 1, n >> 1 | 1, (1 << 1023) + 1, (1 << 4096) + 1, n << 512 | 1):
        assert not _good(good, _key(modulus, 65537))


def test_trivial_exponent_does_not_make_a_forgery():
    # With e = 1 the signature is the encoded message itself: anybody could write it.
    n = (1 << 2048) - 1
    hashed = sha256(bytes(8) + Text(b"sample").sha256() + bytes(32)).digest()
    block = bytearray(bytes(190) + b"\1" + bytes(32))
    for at in range(len(block)):
        block[at] ^= sha256(hashed + (at // 32).to_bytes(4, "big")).digest()[at % 32]
    block[0] &= 0x7F
    assert not _good(bytes(block) + hashed + b"\xbc", _key(n, 1))


def test_malformed_keys_are_refused():
    good = unhexlify(_SALT_32)
    n = int.from_bytes(verify(pem(_SPKI), good, Text(b"sample"), None), "big")
    for public in (
        _key(n, 65537, algorithm=b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
        _key(n, 65537, algorithm=b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00"),
        _key(n, 65537, unused=b"\1"),
        _key(n, 65537, unused=b""),
        pem(_SPKI).replace("MIIB", "MIIC"),
        pem(_SPKI[:-4]),
        pem(_SPKI + "AAAA"),
    ):
        assert not _good(good, public)
