# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS settings for connections to an appliance: verified by default, by a CA or a pin; old versions only where they are configured."""

from __future__ import annotations

import functools
import hashlib
import ssl
from pathlib import Path

from ...foundation.errors import InvalidInput
from ...foundation.file_stamp import Stamp, stamp

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
P_256 = "prime256v1"
"""The curve that every implementation of TLS 1.3 has (RFC 8446 9.1), and an appliance by default (product page on TLS 1.3).

OpenSSL's first ClientHello carries keys for curves that an appliance does not have, so the appliance asks for a second one
(HelloRetryRequest): a round trip, and a third of our CPU for a handshake. Python before 3.15 can offer one curve or all, so this constant
is for probes, which carry no secret; a session offers all curves.
"""


def client_context(*, ca_file: str | None, verify: bool, minimum_tls: str, curve: str | None = None) -> ssl.SSLContext:
    """Return the TLS settings of a connection. They are cached until the CA file changes, because reading it takes milliseconds.

    :param verify: check chain, name and date; False where a pin is checked instead, or nothing
    :param minimum_tls: 1.0, 1.1, 1.2 or 1.3
    :param curve: the only curve to offer; None for all that OpenSSL offers
    :raises InvalidInput: where the CA file cannot be used
    """
    read = () if ca_file is None else stamp(Path(ca_file))
    return _context(ca_file, read, verify=verify, minimum_tls=minimum_tls, curve=curve)


@functools.lru_cache(maxsize=64)
def _context(
    ca_file: str | None, _stamp: Stamp, *, verify: bool, minimum_tls: str, curve: str | None
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if minimum_tls in ("1.0", "1.1"):
        # OpenSSL 3 offers these versions at its security level 0 only.
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = _VERSIONS[minimum_tls]
    if curve is not None:
        context.set_ecdh_curve(curve)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_file is None:
        context.load_default_certs()
    else:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise InvalidInput(
                f"netscaler_ca_file {ca_file} cannot be read as PEM certificates ({error}). Name a file with the CA's certificate."
            ) from error
    return context


def fingerprint(certificate: bytes) -> str:
    """Return the SHA-256 of a certificate in DER form, as lower-case hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()
