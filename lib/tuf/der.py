"""The little of PEM (RFC 7468) and DER (X.690) that keys and signatures use; nothing odd passes.

All functions raise ValueError.
"""

from binascii import a2b_base64, b2a_base64

from micropython import const

_BEGIN = "-----BEGIN PUBLIC KEY-----\n"
_END = "-----END PUBLIC KEY-----"
_INTEGER = const(0x02)


def from_pem(text):
    """The bytes of a PEM public key (SubjectPublicKeyInfo)."""
    text = text.rstrip("\n")
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        raise ValueError
    body = text[len(_BEGIN) : -len(_END)].replace("\n", "")
    data = a2b_base64(body)
    # a2b_base64 passes over what is no base64; one text only stands for one key.
    if b2a_base64(data) != body.encode() + b"\n":
        raise ValueError
    return data


def content(data, tag):
    """The content of `data`, which must be one element of type `tag` and nothing else."""
    inner, rest = split(data, tag)
    if rest:
        raise ValueError
    return inner


def split(data, tag):
    """Content of the element of type `tag` at the start of `data`, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise ValueError
    length = data[1]
    start = 2
    if length > 0x7F:
        start += length - 0x80
        length = int.from_bytes(data[2:start], "big")
        # The shortest form only; two bytes of length are enough for any key here.
        if length < 0x80 or start > 4 or not data[2]:
            raise ValueError
    end = start + length
    if len(data) < end:
        raise ValueError
    return data[start:end], data[end:]


def two_integers(data):
    """The two positive INTEGERs that `data`, the content of a sequence, is made of."""
    first, rest = split(data, _INTEGER)
    return _positive(first), _positive(content(rest, _INTEGER))


def _positive(data):
    # Minimal: a zero byte leads only where the next would make the number negative.
    if not data or data[0] > 0x7F or (data[0] == 0 and (len(data) == 1 or data[1] < 0x80)):
        raise ValueError
    return int.from_bytes(data, "big")
