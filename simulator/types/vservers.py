# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Virtual servers, and the servers, services and ticket authorities behind them."""

from __future__ import annotations

from simulator.types.common import COMMENT, SWITCHED, YES_NO, key, text
from simulator.types.http_profiles import STRICT, profile_name
from simulator.types.model import Attribute, Binding, Type

_VSERVER_STATES = (
    text("curstate", read_only=True, default="UP"),
    text("ip", read_only=True),
)

# A state is given at the creation, then changed by enable and disable (NITRO reference, update of each type).
_STATE = text("state", enum=SWITCHED, default="ENABLED", create_only=True, cli="state")

# What the state of a service depends on (NITRO reference, service and servicegroup).
_HEALTH = (
    text("healthmonitor", enum=YES_NO, default="YES", can_unset=True, cli="healthMonitor"),
    Attribute("monthreshold", kind="count", low=0, high=65535, default=0, can_unset=True, cli="monThreshold"),
)

# NITRO reference, servicetype of csvserver, lbvserver and service.
_SWITCHED_PROTOCOLS = (
    *(
        "HTTP",
        "SSL",
        "TCP",
        "FTP",
        "RTSP",
        "SSL_TCP",
        "UDP",
        "DNS",
        "SIP_UDP",
        "SIP_TCP",
        "SIP_SSL",
        "ANY",
        "RADIUS",
        "RDP",
        "MYSQL",
    ),
    *(
        "MSSQL",
        "DIAMETER",
        "SSL_DIAMETER",
        "DNS_TCP",
        "ORACLE",
        "SMPP",
        "PROXY",
        "MONGO",
        "MONGO_TLS",
        "MQTT",
        "MQTT_TLS",
        "HTTP_QUIC",
    ),
)
_PROTOCOLS = (
    *_SWITCHED_PROTOCOLS,
    *(
        "SSL_BRIDGE",
        "DTLS",
        "NNTP",
        "DHCPRA",
        "PUSH",
        "SSL_PUSH",
        "TFTP",
        "SYSLOGTCP",
        "SYSLOGUDP",
        "FIX",
        "SSL_FIX",
        "USER_TCP",
    ),
    *("USER_SSL_TCP", "QUIC", "IPFIX", "LOGSTREAM", "LOGSTREAM_SSL", "QUIC_BRIDGE"),
)
_SERVICE_PROTOCOLS = (*_PROTOCOLS, "RPCSVR", "ADNS", "ADNS_TCP", "SNMP", "RADIUSListener", "PPTP", "GRE")
# The header with the client's address; in ns.conf its name follows the switch.
_CLIENT_IP = (
    text("cip", enum=SWITCHED, default="DISABLED", can_unset=True, cli="cip", unit="cipheader", stored_only=True),
    text("cipheader", low=1, can_unset=True, cli="cipHeader", stored_only=True),
)

# Load balancing method and persistence (NITRO reference, lbvserver): only configuration, there is one back end.
_METHODS = (
    *(
        "LEASTCONNECTION",
        "ROUNDROBIN",
        "LEASTRESPONSETIME",
        "URLHASH",
        "DOMAINHASH",
        "DESTINATIONIPHASH",
        "SOURCEIPHASH",
    ),
    *(
        "SRCIPDESTIPHASH",
        "LEASTBANDWIDTH",
        "LEASTPACKETS",
        "TOKEN",
        "SRCIPSRCPORTHASH",
        "LRTM",
        "CALLIDHASH",
        "CUSTOMLOAD",
    ),
    *("LEASTREQUEST", "AUDITTOKENHASH", "STATICPROXIMITY"),
)
_PERSISTENCE = (
    *(
        "NONE",
        "SOURCEIP",
        "COOKIEINSERT",
        "SSLSESSION",
        "RULE",
        "URLPASSIVE",
        "CUSTOMSERVERID",
        "DESTIP",
        "SRCIPDESTIP",
    ),
    *("CALLID", "RTSPSID", "DIAMETER", "FIXSESSION"),
)


def _vserver(
    name: str, cli: str, feature: str, protocols: tuple[str, ...], *more: Attribute, positional: bool = True
) -> Type:
    return Type(
        name,
        cli,
        "name",
        (
            key("name"),
            text("servicetype", required=True, create_only=True, enum=protocols),
            # Defaults of a vserver without an address (NITRO reference; provider's acceptance tests).
            text("ipv46", form="ip", default="0.0.0.0", cli="IPAddress"),  # noqa: S104
            Attribute("port", kind="number", create_only=True, low=0, high=65535, default=0),
            Attribute("range", kind="count", create_only=True, low=1, default=1, cli="range"),
            Attribute("td", kind="count", create_only=True, low=0, high=4094, default=0, cli="td"),
            _STATE,
            *more,
            COMMENT,
            *_VSERVER_STATES,
        ),
        line=("servicetype", "ipv46", "port"),
        feature=feature,
        actions=("enable", "disable", "rename", "unset"),
        named_in_expressions=True,
        in_use=1070,
        # As the target of content switching (error list).
        in_use_by=(("csaction", 1371), ("csvserver_cspolicy_binding", 1409), ("csvserver_lbvserver_binding", 1409)),
    )


def _link(parent: str, cli: str, parent_key: str, child: str, child_key: str) -> Binding:
    return Binding(
        f"{parent}_{child}_binding",
        cli,
        parent,
        parent_key,
        child,
        child_key,
        (
            key(parent_key),
            text(child_key, required=True, low=1),
            Attribute("weight", kind="count", low=1, high=100, default=1, cli="weight"),
        ),
        line=(child_key,),
        unbind_args=(child_key,),
        link=True,
    )


def _sta_binding(parent: str, cli: str, parent_key: str) -> Binding:
    """The binding of a secure ticket authority to a Gateway, by its URL (Terraform provider, metadata of both bindings)."""
    return Binding(
        f"{parent or 'vpnglobal'}_staserver_binding",
        cli,
        parent,
        parent_key,
        "",
        "staserver",
        (
            *((key(parent_key),) if parent else ()),
            text("staserver", required=True, low=1, high=127, cli="staServer"),
            text("staaddresstype", enum=("IPV4", "IPV6"), default="IPV4", cli="staAddressType"),
        ),
        unbind_args=("staserver",),
        link=True,
    )


TYPES: tuple[Type, ...] = (
    _vserver(
        "lbvserver",
        "lb vserver",
        "LB",
        _PROTOCOLS,
        text(
            "lbmethod",
            enum=_METHODS,
            default="LEASTCONNECTION",
            can_unset=True,
            cli="lbMethod",
        ),
        text("persistencetype", enum=_PERSISTENCE, default="NONE", can_unset=True, cli="persistenceType"),
        Attribute("timeout", kind="number", low=0, high=1440, default=2, can_unset=True, cli="timeout"),
        profile_name(),
        text("effectivestate", read_only=True, default="UP"),
        Attribute("totalservices", kind="count", read_only=True, default=1),
        Attribute("activeservices", kind="count", read_only=True, default=1),
    ),
    Type(
        "server",
        "server",
        "name",
        (
            key("name"),
            text("ipaddress", low=1, high=255, form="ip"),
            text("domain", low=1, high=255, form="domain", create_only=True),
            Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
            _STATE,
            COMMENT,
        ),
        line=("ipaddress",),
        instead=("ipaddress", "domain"),
        actions=("enable", "disable", "rename", "unset"),
    ),
    Type(
        "service",
        "service",
        "name",
        (
            key("name"),
            text("servername", required=True, create_only=True, refers=("server",), refers_code=351),
            text("servicetype", required=True, create_only=True, enum=_SERVICE_PROTOCOLS),
            Attribute("port", kind="number", required=True, create_only=True, low=0, high=65535),
            # In each line of exported files.
            text(
                "gslb", create_only=True, enum=("NONE", "REMOTE", "LOCAL"), default="NONE", cli="gslb", stored_only=True
            ),
            *_CLIENT_IP,
            _STATE,
            COMMENT,
            *_HEALTH,
            profile_name(),
            text("svrstate", read_only=True),
        ),
        line=("servername", "servicetype", "port"),
        missing=344,
        actions=("enable", "disable", "rename", "unset"),
    ),
    Type(
        "servicegroup",
        "serviceGroup",
        "servicegroupname",
        (
            key("servicegroupname"),
            text("servicetype", required=True, create_only=True, enum=_SERVICE_PROTOCOLS),
            *_CLIENT_IP,
            _STATE,
            COMMENT,
            *_HEALTH,
            profile_name(),
            text("monstate", read_only=True, default="ENABLED"),
            text("servicegroupeffectivestate", read_only=True),
        ),
        line=("servicetype",),
        actions=("enable", "disable", "rename", "unset"),
    ),
    _vserver(
        "csvserver",
        "cs vserver",
        "CS",
        _SWITCHED_PROTOCOLS,
        # By default the state does not depend on the targets (command reference, cs vserver).
        profile_name(),
        text("stateupdate", enum=SWITCHED, default="DISABLED", can_unset=True, cli="stateupdate"),
    ),
    _vserver(
        "vpnvserver",
        "vpn vserver",
        "SSLVPN",
        ("SSL", "DTLS"),
        profile_name(STRICT),
        Attribute("maxaaausers", kind="count", low=0, can_unset=True, cli="maxAAAUsers"),
        text("icaonly", enum=("ON", "OFF"), default="OFF", can_unset=True, cli="icaOnly"),
        # OFF in the references of 11.1 and 12.0, ON in the provider's schema and the notes on CVE-2026-88772.
        text("dtls", enum=("ON", "OFF"), default="ON", earlier_default=((13, 0), "OFF"), can_unset=True, cli="dtls"),
        Attribute("curaaausers", kind="count", read_only=True, default=0),
        Attribute("curtotalusers", kind="count", read_only=True, default=0),
    ),
    _vserver(
        "authenticationvserver",
        "authentication vserver",
        "AAA",
        ("SSL",),
        Attribute("curaaausers", kind="count", read_only=True, default=0),
    ),
)
BINDINGS: tuple[Binding, ...] = (
    _link("lbvserver", "lb vserver", "name", "service", "servicename"),
    _link("lbvserver", "lb vserver", "name", "servicegroup", "servicegroupname"),
    Binding(
        "servicegroup_servicegroupmember_binding",
        "serviceGroup",
        "servicegroup",
        "servicegroupname",
        "server",
        "servername",
        (
            key("servicegroupname"),
            text("servername", required=True, low=1),
            Attribute("port", kind="number", required=True, low=1, high=65535),
            Attribute("weight", kind="count", low=1, high=100, default=1, cli="weight"),
            text("state", enum=SWITCHED, default="ENABLED", cli="state"),
        ),
        line=("servername", "port"),
        unbind_args=("servername", "port"),
        link=True,
        missing_child=351,  # Terraform provider issue 35
    ),
    _sta_binding("vpnvserver", "vpn vserver", "name"),
    _sta_binding("", "vpn global", ""),
)
VSERVER_TYPES = ("lbvserver", "csvserver", "vpnvserver", "authenticationvserver")
