# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""netscaler-certbot-hook uploads a certificate, its key and its chain, makes and links the pairs, and renews them later."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from simulator import Simulator

pytestmark = pytest.mark.only_in_all

NOW = datetime(2026, 11, 25, tzinfo=UTC)  # the fleet's
KEY = rsa.generate_private_key(65537, 2048)
Hook = Callable[..., subprocess.CompletedProcess[str]]


def certificate(common: str, serial: int, issuer: str = "Example CA") -> bytes:
    subject, issued_by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (common, issuer))
    builder = x509.CertificateBuilder(issued_by, subject, KEY.public_key(), serial)
    return (
        builder.not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=90))
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


@pytest.fixture
def hook(programs: Path, simulator: Simulator, tmp_path: Path) -> Hook:
    place = simulator.ready["appliances"]["pair"]["nodes"][0]
    settings = {
        "NS_URL": f"https://{place['address']}:{place['port']}",
        "NS_LOGIN": "nsroot",
        "NS_PASSWORD": "nsroot",
        "REQUESTS_CA_BUNDLE": simulator.ready["ca_file"],
    }
    (tmp_path / "key").write_bytes(KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    seconds: set[int] = set()
    (tmp_path / "chain").write_bytes(certificate("Example CA", 1))

    def run(serial: int, common: str = "www.example.com", *more: str) -> subprocess.CompletedProcess[str]:
        while int(time.time()) in seconds:  # the second is part of its file names
            time.sleep(0.05)
        (tmp_path / "cert").write_bytes(certificate(common, serial))
        files = [
            *("--cert", tmp_path / "cert", "--privkey", tmp_path / "key", "--chain-cert", tmp_path / "chain"),
            *("--name", "www", *more),
        ]
        done = subprocess.run(
            [programs / "python", "-m", "netscaler_certbot_hook", *files],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        seconds.add(int(time.time()))
        return done

    return run


def test_a_certificate_and_its_renewals(hook: Hook, simulator: Simulator, nitro: Any) -> None:
    def installed() -> dict[str, Any]:
        return dict(nitro("pair", "GET", "config/sslcertkey/www")["sslcertkey"][0])

    first = hook(0xA1)
    assert first.returncode == 0, first.stdout + first.stderr
    row = installed()
    assert (row["serial"], row["linkcertkeyname"], row["daystoexpiration"]) == ("A1", "Example CA", 89)
    assert not simulator.appliance("pair").state()["nodes"][0]["configchanged"], "it has saved"
    again = hook(0xA1)
    assert (again.returncode, again.stdout.count("nothing to do")) == (0, 2)
    simulator.clear_requests()
    renewed = hook(0xA2)
    assert renewed.returncode == 0, renewed.stdout + renewed.stderr
    assert (installed()["serial"], installed()["linkcertkeyname"]) == ("A2", "Example CA")
    assert [entry["errorcode"] for entry in simulator.requests() if entry["errorcode"]] == [273], "the link was there"
    other = hook(0xA3, "www.example.org")
    assert (other.returncode, "599" in other.stdout + other.stderr) == (1, True), "another domain (3585)"
    assert hook(0xA4, "www.example.org", "--no-domain-check").returncode == 0
    assert installed()["subject"] == " CN=www.example.org"
