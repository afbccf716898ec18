"""The CAs that a board pins: whose certificate its server must have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from lockerctl.core import read_file
from lockerctl.errors import UserError

# They are in a board's RAM while it talks.
_MOST_BYTES = 4096


def pinned_cas(path: Path) -> bytes:
    """The certificates in a PEM file, in DER, one behind the other. Raises UserError."""
    try:
        cas = x509.load_pem_x509_certificates(read_file(path))
    except ValueError as error:
        raise UserError(f"{path}: no certificate in PEM: {error}") from error
    for ca in cas:
        if not _is_ca(ca):
            raise UserError(
                f"{path}: {ca.subject.rfc4514_string()} is no CA: pin the one that signed it"
            )
    data = b"".join(ca.public_bytes(Encoding.DER) for ca in cas)
    if len(data) > _MOST_BYTES:
        raise UserError(f"{path}: {len(data)} bytes of certificates, a board takes {_MOST_BYTES}")
    return data


def ca_lines(data: bytes) -> Iterator[str]:
    """Whom a board pins, for people. ValueError: they are no certificates."""
    while data:
        size = 4 + int.from_bytes(data[2:4], "big")
        ca = x509.load_der_x509_certificate(data[:size])
        yield f"{ca.subject.rfc4514_string()}, until {ca.not_valid_after_utc:%Y-%m-%d}"
        data = data[size:]


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound:
        return False
    return basic.value.ca
