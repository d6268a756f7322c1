# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Protocols of virtual servers and services, and which of them fit together."""

from __future__ import annotations

# A policy about HTTP can be bound to these (error list 3119; HTTP_QUIC is newer than the list).
HTTP_VSERVERS = ("HTTP", "SSL", "HTTP_QUIC")
# Any other responder policy to these too (error list 3861). The second line has protocols with global bind points of their own.
RESPONDER_VSERVERS = (
    *HTTP_VSERVERS,
    *(
        "TCP",
        "SSL_BRIDGE",
        "FTP",
        "DNS_TCP",
        "RTSP",
        "SSL_TCP",
        "NNTP",
        "MSSQL",
        "MYSQL",
        "ORACLE",
        "DIAMETER",
        "RADIUS",
        "ANY",
    ),
    *("DNS", "SIP_UDP", "SIP_TCP", "SIP_SSL", "SSL_DIAMETER", "MQTT", "MQTT_TLS"),
)
# The protocol inside: the connection to a client and the one to a service may differ in TLS (product docs, SSL offloading).
_INSIDE = {
    "SSL": "HTTP",
    "HTTP_QUIC": "HTTP",
    "SSL_TCP": "TCP",
    "SSL_DIAMETER": "DIAMETER",
    "SSL_FIX": "FIX",
    "SIP_SSL": "SIP_TCP",
    "USER_SSL_TCP": "USER_TCP",
    "MQTT_TLS": "MQTT",
}


_UDP = frozenset(
    (
        "UDP",
        "DNS",
        "DTLS",
        "SIP_UDP",
        "RADIUS",
        "RADIUSLISTENER",
        "TFTP",
        "SNMP",
        "SYSLOGUDP",
        "DHCPRA",
        "QUIC",
        "QUIC_BRIDGE",
        "HTTP_QUIC",
        "GRE",
    )
)


def transport(protocol: str) -> str:
    """Return ANY, or the transport of a protocol: two virtual servers at one address and port differ in it."""
    return "ANY" if protocol == "ANY" else "UDP" if protocol.upper() in _UDP else "TCP"


def fits(vserver: str, service: str) -> bool:
    """True if a service of a protocol can be bound to a virtual server of a protocol."""
    return vserver == "ANY" or _INSIDE.get(vserver, vserver) == _INSIDE.get(service, service)
