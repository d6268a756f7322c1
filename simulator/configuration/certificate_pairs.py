# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The content of certificate and key files, and the links between certificates: NITRO reference, sslcertkey; error list, SSL."""

from __future__ import annotations

import posixpath
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Row
from simulator.types.errors import NitroError

NAME = "sslcertkey"
_DIRECTORY = "/nsconfig/ssl"  # the default directory
_SHORT = {
    NameOID.COUNTRY_NAME: "C",
    NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.LOCALITY_NAME: "L",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COMMON_NAME: "CN",
}

_SIGNATURES = {
    SignatureAlgorithmOID.RSA_WITH_SHA1: "sha1WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA256: "sha256WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "sha384WithRSAEncryption",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "sha512WithRSAEncryption",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ecdsa-with-SHA256",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "ecdsa-with-SHA384",
    SignatureAlgorithmOID.ECDSA_WITH_SHA512: "ecdsa-with-SHA512",
}


def details(row: Row, env: Environment) -> Row:
    """Return the content of a certificate. Raises 1647 for a missing file, 1536 to 1538 for an invalid or wrong one."""
    certificate = _certificate(_content(row["cert"], env), row.get("inform", "PEM"))
    public, algorithm = certificate.public_key(), certificate.signature_algorithm_oid
    if "key" in row and _private_key(_content(row["key"], env), row.get("inform", "PEM")).public_key() != public:
        raise NitroError(1538)
    return {
        "signaturealg": _SIGNATURES.get(algorithm, algorithm.dotted_string),
        "serial": f"{certificate.serial_number:X}",
        "issuer": _distinguished(certificate.issuer),
        "clientcertnotbefore": _date(certificate.not_valid_before_utc),
        "clientcertnotafter": _date(certificate.not_valid_after_utc),
        "subject": _distinguished(certificate.subject),
        "publickey": "rsaEncryption" if isinstance(public, rsa.RSAPublicKey) else "id-ecPublicKey",
        "publickeysize": public.key_size if isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else 0,
        "version": certificate.version.value + 1,
        "_fingerprint": certificate.fingerprint(SHA256()).hex(),
        "_from": certificate.not_valid_before_utc.timestamp(),
        "_to": certificate.not_valid_after_utc.timestamp(),
        "_domain": next(
            (str(name.value) for name in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)), ""
        ),
    }


def _content(path: str, env: Environment) -> bytes:
    content = env.file(posixpath.normpath(posixpath.join(_DIRECTORY, path)))
    if content is None:
        raise NitroError(1647)
    return content


def _certificate(content: bytes, form: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(content) if form == "DER" else x509.load_pem_x509_certificate(content)
    except ValueError:
        raise NitroError(1536) from None


def _private_key(content: bytes, form: str) -> Any:
    try:
        return load_der_private_key(content, None) if form == "DER" else load_pem_private_key(content, None)
    except (ValueError, TypeError):  # no key, or one with a pass phrase
        raise NitroError(1537) from None


def _distinguished(name: x509.Name) -> str:
    """Return ` C=US,O=Example,CN=x`, with the leading blank of real answers (trace in check_netscaler's tests of sslcert)."""
    return " " + ",".join(f"{_SHORT.get(part.oid, part.oid.dotted_string)}={part.value!s}" for part in name)


def _date(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%b} {moment.day:2d} {moment:%H:%M:%S %Y} GMT"


def shown(row: Row, now: float) -> Row:
    """Return the content with what depends on the date: status and days to expiration."""
    known = row["_details"]
    status = "Not yet valid" if now < known["_from"] else "Expired" if now > known["_to"] else "Valid"
    return {**known, "status": status, "daystoexpiration": max(0, int((known["_to"] - now) // 86400))}


# Links


def link(configuration: Rows, name: str, other: str, env: Environment) -> None:
    """Link a certificate to that of its issuer. Raises 1540, 1543, 1548."""
    type_ = TYPES[NAME]
    row, issuer = configuration.need(type_, name, env), configuration.need(type_, other, env)
    if name == other:
        raise NitroError(1543)
    if row.get("linkcertkeyname") is not None:
        raise NitroError(273, "linkcertKeyName", other)  # no source names this code
    if row["_details"]["issuer"] != issuer["_details"]["subject"]:
        raise NitroError(1548)
    configuration.put(NAME, (name,), {**row, "linkcertkeyname": other})


def unlink(configuration: Rows, name: str, env: Environment) -> None:
    """Remove the link of a certificate. Raises 1540 and 1545."""
    row = configuration.need(TYPES[NAME], name, env)
    if "linkcertkeyname" not in row:
        raise NitroError(1545)
    configuration.put(NAME, (name,), {key: value for key, value in row.items() if key != "linkcertkeyname"})


def change(configuration: Rows, payload: Row, env: Environment) -> bool:
    """Use other files (`update ssl certKey`). Return True if a link was broken. Raises 3585 for a certificate of another domain."""
    name = payload["certkey"]
    old = configuration.need(TYPES[NAME], name, env)
    row = {**old, **{key: value for key, value in payload.items() if key != "nodomaincheck"}}
    row["_details"] = details(row, env)
    if not payload.get("nodomaincheck") and row["_details"]["_domain"] != old["_details"]["_domain"]:
        raise NitroError(3585)
    configuration.put(NAME, (name,), row)
    broken = False
    for other in list(configuration.table(NAME).values()):
        issuer = configuration.find(TYPES[NAME], other.get("linkcertkeyname", ""))
        if issuer is not None and issuer["_details"]["subject"] != other["_details"]["issuer"]:
            unlink(configuration, other["certkey"], env)
            broken = True
    return broken
