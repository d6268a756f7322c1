# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS settings: verified by default, old versions only where configured."""

from __future__ import annotations

import hashlib
import ssl
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.tls import (
    client_context,
    fingerprint,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.unit.plugin_utils.scripted_server import Certificates


def test_chain_and_name_are_verified() -> None:
    context = client_context(ca_file=None, verify=True, minimum_tls="1.2")
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_only_the_named_ca_is_trusted(certificates: Certificates) -> None:
    context = client_context(ca_file=certificates.ca_file, verify=True, minimum_tls="1.2")
    assert [dict(part[0] for part in ca["subject"]) for ca in context.get_ca_certs()] == [{"commonName": "test CA"}]


def test_verification_is_off_only_where_asked_for() -> None:
    context = client_context(ca_file=None, verify=False, minimum_tls="1.2")
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0", ssl.TLSVersion.TLSv1),
        ("1.1", ssl.TLSVersion.TLSv1_1),
        ("1.2", ssl.TLSVersion.TLSv1_2),
        ("1.3", ssl.TLSVersion.TLSv1_3),
    ],
)
@pytest.mark.filterwarnings(r"ignore:ssl\.TLSVersion:DeprecationWarning")
def test_the_lowest_version(text: str, version: ssl.TLSVersion) -> None:
    context = client_context(ca_file=None, verify=True, minimum_tls=text)
    assert context.minimum_version is version
    assert (context.security_level == 0) is (text in ("1.0", "1.1"))


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InvalidInput, match="netscaler_ca_file") as raised:
        client_context(ca_file=str(path), verify=True, minimum_tls="1.2")
    assert str(path) in str(raised.value)


def test_settings_are_made_once() -> None:
    first = client_context(ca_file=None, verify=True, minimum_tls="1.2")
    assert client_context(ca_file=None, verify=True, minimum_tls="1.2") is first


def test_a_fingerprint_is_the_sha_256_of_the_certificate(certificates: Certificates) -> None:
    der = ssl.PEM_cert_to_DER_cert((certificates.folder / "good.pem").read_text())
    assert fingerprint(der) == certificates.pins["good"] == hashlib.sha256(der).hexdigest()
