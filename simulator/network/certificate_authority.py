# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The simulator's certificate authority and the certificates of all addresses, made at start."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


class Authority:
    """Signs certificates into a directory. All appliances share one private key."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._ca_key = ec.generate_private_key(ec.SECP256R1())
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Tourniquet simulator CA")
        self._ca = (
            self._builder(name, name, self._ca_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._ca_key.public_key()), critical=False)
            .sign(self._ca_key, hashes.SHA256())
        )
        self.ca_file = directory / "ca.pem"
        self.ca_file.write_bytes(self._ca.public_bytes(serialization.Encoding.PEM))
        self._key_file = directory / "key.pem"
        self._key_file.touch(mode=0o600)
        self._key_file.write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        self._made: dict[tuple[str, str, str], tuple[ssl.SSLContext, str]] = {}

    def context(self, address: str, kind: str, tls_maximum: str) -> tuple[ssl.SSLContext, str]:
        """Return a server context for an address, and the SHA-256 of its certificate.

        kind: signed or self_signed; another_self_signed or wrong_name for a certificate that a client must not accept.
        """
        wanted = (address, kind, tls_maximum)
        if wanted not in self._made:
            certificate = self._certificate(address, kind)
            path = self.directory / f"{address.replace(':', '_')}-{kind}.pem"
            path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            with warnings.catch_warnings():  # old appliances speak these versions only
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = _VERSIONS[tls_maximum]
            if tls_maximum in ("1.0", "1.1"):
                context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 speaks TLS 1.0 at security level 0 only
            else:
                context.set_ciphers("DEFAULT:@SECLEVEL=1")
            # No tickets: sessionTicket is DISABLED by default (CTX219927), and then none are sent (NITRO reference, sslprofile).
            context.options |= ssl.OP_NO_TICKET
            context.num_tickets = 0
            # The curves of an appliance are P_256, P_384 and P_521 (product page on TLS 1.3). Python can set one curve; every client of
            # TLS 1.3 has this one (RFC 8446 9.1). The default of OpenSSL costs both sides more CPU.
            context.set_ecdh_curve("prime256v1")
            context.load_cert_chain(path, self._key_file)
            digest = hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()
            self._made[wanted] = context, digest
        return self._made[wanted]

    def _certificate(self, address: str, kind: str) -> x509.Certificate:
        if kind.endswith("self_signed"):
            return self._self_signed()
        if kind == "wrong_name":
            return self._signed("elsewhere.example", x509.DNSName("elsewhere.example"))
        return self._signed(address, x509.IPAddress(ipaddress.ip_address(address)))

    def _signed(self, name: str, alternative: x509.GeneralName) -> x509.Certificate:
        return (
            self._builder(_name(name), self._ca.subject, self._key.public_key())
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._ca_key.public_key()), critical=False
            )
            .sign(self._ca_key, hashes.SHA256())
        )

    def _self_signed(self) -> x509.Certificate:
        # The certificate that an appliance makes itself: no usable name, no alternative names.
        name = _name("default OULBGR")
        return self._builder(name, name, self._key.public_key()).sign(self._key, hashes.SHA256())

    @staticmethod
    def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
