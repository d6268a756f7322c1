# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates with their keys: NITRO reference, sslcertkey. Keys with a pass phrase and PFX files are not supported."""

from __future__ import annotations

from simulator.types.common import SWITCHED, key, text
from simulator.types.model import Attribute, Type

OWN = "ns-server-certificate"  # the certificate of every new appliance
_OF_THE_CERTIFICATE = (
    *(
        "signaturealg",
        "serial",
        "issuer",
        "clientcertnotbefore",
        "clientcertnotafter",
        "subject",
        "publickey",
        "status",
    ),
)
TYPES: tuple[Type, ...] = (
    Type(
        "sslcertkey",
        "ssl certKey",
        "certkey",
        (
            key("certkey", high=63),
            text("cert", required=True, create_only=True, low=1, cli="cert"),
            text("key", create_only=True, low=1, cli="key"),
            text("inform", enum=("PEM", "DER"), default="PEM", create_only=True, cli="inform"),
            text("expirymonitor", enum=SWITCHED, default="ENABLED", can_unset=True, cli="expiryMonitor"),
            Attribute(
                "notificationperiod",
                kind="count",
                low=10,
                high=100,
                default=30,
                can_unset=True,
                cli="notificationPeriod",
            ),
            text("linkcertkeyname", read_only=True, refers=("sslcertkey",), refers_code=1540),
            *(text(name, read_only=True) for name in _OF_THE_CERTIFICATE),
            *(
                Attribute(name, kind="number", read_only=True)
                for name in ("publickeysize", "version", "daystoexpiration")
            ),
        ),
        missing=1540,
        in_use=1541,
        actions=("unset",),
        always=(OWN,),
    ),
)
