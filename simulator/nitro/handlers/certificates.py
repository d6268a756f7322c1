# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""sslcertkey: the built-in certificate, updates of files, links. NITRO reference."""

from __future__ import annotations

from typing import Any

from simulator.configuration import certificate_pairs
from simulator.nitro import generic_reads
from simulator.nitro.call import Call
from simulator.nitro.handlers.registry import reads, writes
from simulator.types import TYPES, Row
from simulator.types.certificates import OWN
from simulator.types.errors import NitroError

_OWN_ROW = {
    "certkey": OWN,
    "cert": "ns-server.cert",
    "key": "ns-server.key",
    "inform": "PEM",
    "signaturealg": "sha256WithRSAEncryption",
    "subject": " C=US,ST=California,L=San Jose,O=Citrix ANG,OU=NS Internal,CN=default SIMULATOR",
    "issuer": " C=US,ST=California,L=San Jose,O=Citrix ANG,OU=NS Internal,CN=default SIMULATOR",
    "serial": "01",
    "publickey": "rsaEncryption",
    "publickeysize": 2048,
    "version": 3,
    "status": "Valid",
    "daystoexpiration": 3650,
    "expirymonitor": "ENABLED",
    "notificationperiod": "30",
}


@reads("sslcertkey")
def _pairs(call: Call) -> Any:
    if call.name == OWN:
        return [_OWN_ROW]
    rows = generic_reads.read(call)
    return rows if call.name else [_OWN_ROW, *rows]


@writes("sslcertkey", "POST", "update")
def _change(call: Call, row: Row) -> None:
    known = TYPES["sslcertkey"].by_name
    payload = {}
    for name, value in row.items():
        if name not in ("certkey", "cert", "key", "inform", "nodomaincheck"):
            raise NitroError(call.appliance.switches["unknown_attribute_code"])
        payload[name] = known[name].coerce(value) if name in known else str(value).lower() == "true"
    if "certkey" not in payload:
        raise NitroError(1095, "certkey")

    def change(configuration: Any) -> None:
        if certificate_pairs.change(configuration, payload, call.appliance) and configuration is call.node.running:
            call.warnings.append(NitroError(1587))

    call.appliance.change(call.node, change, call.warnings)


@writes("sslcertkey", "POST", "link")
def _link(call: Call, row: Row) -> None:
    name, other = _named(row, "certkey"), _named(row, "linkcertkeyname")
    call.appliance.change(
        call.node,
        lambda configuration: certificate_pairs.link(configuration, name, other, call.appliance),
        call.warnings,
    )


@writes("sslcertkey", "POST", "unlink")
def _unlink(call: Call, row: Row) -> None:
    name = _named(row, "certkey")
    call.appliance.change(
        call.node, lambda configuration: certificate_pairs.unlink(configuration, name, call.appliance), call.warnings
    )


def _named(row: Row, attribute: str) -> str:
    if not isinstance(row.get(attribute), str) or not row[attribute]:
        raise NitroError(1095, attribute)
    return str(row[attribute])
