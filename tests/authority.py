"""A CA for tests, and the certificates that it gives to servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from fleet.settings import Tls

_DAY = timedelta(days=1)


class Authority:
    """`pem` is its certificate."""

    def __init__(self, name: str = "CA of the tests") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        ca = x509.BasicConstraints(ca=True, path_length=None)
        self.pem = self._certify(self._name, self._key, ca, -30 * _DAY, 30 * _DAY)

    def server(
        self, folder: Path, *hosts: str, begins: timedelta = -_DAY, ends: timedelta = _DAY
    ) -> Tls:
        """Certificate and key of a server with these addresses, as files; times from now on."""
        key = ec.generate_private_key(ec.SECP256R1())
        # MicroPython asks for an address as for a name, browsers do not.
        names = [x509.DNSName(host) for host in hosts]
        addresses = [x509.IPAddress(ip_address(host)) for host in hosts if host[-1].isdigit()]
        alternatives = x509.SubjectAlternativeName([*names, *addresses])
        tls = Tls(folder / "server.pem", folder / "server.key")
        tls.certificate.write_bytes(
            self._certify(_named(hosts[0]), key, alternatives, begins, ends)
        )
        tls.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return tls

    def _certify(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
        begins: timedelta,
        ends: timedelta,
    ) -> bytes:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(extension, critical=False)
            .sign(self._key, SHA256())
            .public_bytes(Encoding.PEM)
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
