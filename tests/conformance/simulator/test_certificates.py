# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates and keys from files of the appliance: made, changed, linked, removed. NITRO reference, sslcertkey; error list."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

NOW = datetime(2020, 1, 15, tzinfo=UTC)  # the fleet's


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def pair(common: str, issuer: str = "", days: int = 90, serial: int = 0xABC) -> tuple[bytes, bytes]:
    """Return a certificate and its key in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name(issuer or common))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days, hours=12))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def files(box: Any) -> Any:
    """Put a file into /nsconfig/ssl."""

    def put(filename: str, content: bytes) -> None:
        row = {"filename": filename, "filelocation": "/nsconfig/ssl", "filecontent": base64.b64encode(content).decode()}
        assert box.post("systemfile", row).status == 201

    for common in ("web", "ca"):
        certificate, key = pair(common, "ca")
        put(f"{common}.crt", certificate)
        put(f"{common}.key", key)
    return put


WEB = {"certkey": "web", "cert": "web.crt", "key": "/nsconfig/ssl/web.key"}


@pytest.mark.fact("certificate-life", "no-such-certificate")
def test_create_and_delete_a_certificate(box: Any, files: Any) -> None:
    assert (box.get("sslcertkey/web").status, box.get("sslcertkey/web").code) == (404, 1540)
    assert box.post("sslcertkey", WEB).status == 201
    (row,) = box.rows("sslcertkey/web")
    assert (row["subject"], row["issuer"], row["serial"]) == (" C=NL,CN=web", " C=NL,CN=ca", "ABC")
    assert (row["status"], row["daystoexpiration"], row["clientcertnotafter"]) == (
        "Valid",
        90,
        "Apr 14 12:00:00 2020 GMT",
    )
    assert (row["publickey"], row["publickeysize"], row["signaturealg"]) == ("id-ecPublicKey", 256, "ecdsa-with-SHA256")
    assert not any(key.startswith("_") for key in row)
    assert [row["certkey"] for row in box.rows("sslcertkey")] == ["ns-server-certificate", "web"]
    assert box.put("sslcertkey", {"certkey": "web", "notificationperiod": 60}).status == 200
    assert box.rows("sslcertkey/web")[0]["notificationperiod"] == "60"
    assert box.put("sslcertkey", {"certkey": "web", "notificationperiod": 9}).code == 1109
    assert box.delete("systemfile/web.crt?args=filelocation:%2Fnsconfig%2Fssl").status == 200
    assert box.rows("sslcertkey/web")[0]["serial"] == "ABC", "it is loaded, the file may go"
    assert box.delete("sslcertkey/web").status == 200
    assert box.delete("sslcertkey/web").code == 1540


@pytest.mark.fact("duplicate-certificate", "certificate-files")
def test_what_is_refused(box: Any, files: Any) -> None:
    """A trace has the 116 bytes for a certificate that exists under another name (collection issue 402)."""
    files("text", b"nonsense")
    assert box.post("sslcertkey", {"certkey": "web", "cert": "no"}).code == 1647
    assert box.post("sslcertkey", {"certkey": "web", "cert": "text"}).code == 1536
    assert box.post("sslcertkey", {**WEB, "key": "text"}).code == 1537
    assert box.post("sslcertkey", {**WEB, "key": "ca.key"}).code == 1538
    assert box.post("sslcertkey", {"certkey": "web"}).code == 1095
    assert box.post("sslcertkey", {**WEB, "certkey": "CER_wc.tnt11"}).status == 201
    answer = box.post("sslcertkey", WEB)
    assert (answer.status, answer.code, len(answer.body)) == (409, 273, 116)
    assert answer.json["message"] == "Resource already exists [certkeyName Contents, CER_wc.tnt11]"
    assert box.post("sslcertkey", {**WEB, "certkey": "ns-server-certificate"}).code == 273


@pytest.mark.fact("certificate-links")
def test_links(box: Any, files: Any) -> None:
    box.post("sslcertkey", [WEB, {"certkey": "ca", "cert": "ca.crt"}])
    for other, code in (("no", 1540), ("ca", 0), ("ca", 273)):
        answer = box.post("sslcertkey", {"certkey": "web", "linkcertkeyname": other}, "?action=link")
        assert answer.code == code
    assert box.post("sslcertkey", {"certkey": "ca", "linkcertkeyname": "ca"}, "?action=link").code == 1543
    assert box.post("sslcertkey", {"certkey": "ca", "linkcertkeyname": "web"}, "?action=link").code == 1548
    assert box.rows("sslcertkey/web")[0]["linkcertkeyname"] == "ca"
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"].split("\n")
    assert "add ssl certKey web -cert web.crt -key /nsconfig/ssl/web.key" in text
    assert "link ssl certKey web ca" in text
    assert box.delete("sslcertkey/ca").code == 1541
    assert box.post("sslcertkey", {"certkey": "web"}, "?action=unlink").status == 200
    assert box.post("sslcertkey", {"certkey": "web"}, "?action=unlink").code == 1545
    assert box.delete("sslcertkey/ca").status == 200


@pytest.mark.fact("certificate-update")
def test_other_files(box: Any, files: Any) -> None:
    """update: the same domain, or nodomaincheck (3585); a link to another issuer is broken, with a warning (1587)."""
    box.post("sslcertkey", [WEB, {"certkey": "ca", "cert": "ca.crt"}])
    box.post("sslcertkey", {"certkey": "web", "linkcertkeyname": "ca"}, "?action=link")
    for filename, made in (("next", pair("web", "ca", serial=0xDEF)), ("else", pair("other", "ca2"))):
        files(f"{filename}.crt", made[0])
        files(f"{filename}.key", made[1])
    change = {"certkey": "web", "cert": "next.crt", "key": "next.key"}
    assert box.post("sslcertkey", change, "?action=update").status == 200
    row = box.rows("sslcertkey/web")[0]
    assert (row["serial"], row["cert"], row["linkcertkeyname"]) == ("DEF", "next.crt", "ca")
    change = {"certkey": "web", "cert": "else.crt", "key": "else.key"}
    assert box.post("sslcertkey", change, "?action=update").code == 3585
    assert box.rows("sslcertkey/web")[0]["serial"] == "DEF"
    answer = box.post("sslcertkey", {**change, "nodomaincheck": True}, "?action=update&warning=yes")
    assert (answer.status, answer.code) == (209, 1587)
    assert "linkcertkeyname" not in box.rows("sslcertkey/web")[0]
    assert box.post("sslcertkey", {**change, "certkey": "no"}, "?action=update").code == 1540


@pytest.mark.fact("certificate-life")
def test_certificates_after_a_boot_and_a_failover(lab: Any) -> None:
    box = lab.box("pair")
    certificate, key = pair("web")
    for filename, content in (("web.crt", certificate), ("web.key", key)):
        row = {"filename": filename, "filelocation": "/nsconfig/ssl", "filecontent": base64.b64encode(content).decode()}
        assert box.post("systemfile", row).status == 201
    assert box.post("sslcertkey", WEB).status == 201
    assert lab.box("pair", 1).rows("sslcertkey/web")[0]["subject"] == " C=NL,CN=web"
    box.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("pair").reboot()
    assert lab.box("pair").rows("sslcertkey/web")[0]["serial"] == "ABC"
