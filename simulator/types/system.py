# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The appliance itself: addresses, parameters, partitions, clock, administrators, features and modes."""

from __future__ import annotations

from simulator.types.common import BUILTIN, SWITCHED, YES_NO, key, setting, text, words
from simulator.types.model import Attribute, Binding, Type


def _at_addresses() -> tuple[Attribute, ...]:
    """The services at an address of the appliance (NITRO reference, nsip and nsip6)."""
    services = ("icmp", "vServer", "telnet", "ftp", "ssh", "snmp")
    return (
        *(text(name.lower(), enum=SWITCHED, default="ENABLED", can_unset=True, cli=name) for name in services),
        text("gui", enum=("ENABLED", "SECUREONLY", "DISABLED"), default="ENABLED", can_unset=True, cli="gui"),
        text("mgmtaccess", enum=SWITCHED, default="DISABLED", can_unset=True, cli="mgmtAccess"),
        text("restrictaccess", enum=SWITCHED, default="DISABLED", can_unset=True, cli="restrictAccess"),
        text("dynamicrouting", enum=SWITCHED, default="DISABLED", can_unset=True, cli="dynamicRouting"),
    )


def _l3_parameters() -> Type:
    """Only implicitACLAllow has an effect in the simulator (command reference, L3Param)."""
    switched = {
        "srcnat": "ENABLED",
        "overrideRnat": "DISABLED",
        "dropDFFlag": "DISABLED",
        "mipRoundRobin": "ENABLED",
        "externalLoopBack": "DISABLED",
        "tnlPmtuWoConn": "ENABLED",
        "usipServerStrayPkt": "DISABLED",
        "forwardICMPFragments": "DISABLED",
        "dropIPFragments": "DISABLED",
        "icmpErrGenerate": "ENABLED",
        "implicitACLAllow": "ENABLED",
        "dynamicRouting": "DISABLED",
        "ipv6DynamicRouting": "DISABLED",
    }
    counted = {"icmpGenRateThreshold": 100, "AclLogTime": 5000}
    return Type(
        "l3param",
        "L3Param",
        "",
        (
            *(setting(option, enum=SWITCHED, default=default) for option, default in switched.items()),
            *(setting(option, kind="count", low=0, default=default) for option, default in counted.items()),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    )


NETWORK: tuple[Type, ...] = (
    Type(
        "nshostname",
        "ns hostName",
        "",
        (text("hostname", high=255),),
        singleton=True,
        can_create=False,
        line=("hostname",),
    ),
    Type(
        "nsip",
        "ns ip",
        "ipaddress",
        (
            key("ipaddress", form="ipv4"),
            text("netmask", required=True, form="netmask"),
            text("type", enum=("SNIP", "VIP", "NSIP", "MIP", "GSLBsiteIP", "CLIP"), default="SNIP", cli="type"),
            text("arp", enum=SWITCHED, default="ENABLED", can_unset=True, cli="arp"),
            *_at_addresses(),
            Attribute("td", kind="count", default=0, create_only=True),
            text("state", enum=SWITCHED, default="ENABLED"),
            Attribute("flags", kind="count", read_only=True, default=8),
        ),
        line=("netmask",),
        actions=("enable", "disable", "unset"),
    ),
    Type(
        "nsip6",
        "ns ip6",
        "ipv6address",
        (
            key("ipv6address", form="ipv6 prefix"),
            text("scope", enum=("global", "link-local"), default="global", create_only=True, cli="scope"),
            text(
                "type",
                enum=("NSIP", "VIP", "SNIP", "GSLBsiteIP", "ADNSsvcIP", "RADIUSListenersvcIP", "CLIP"),
                default="SNIP",
                create_only=True,
                cli="type",
            ),
            Attribute("vlan", kind="count", low=0, high=4094, default=0, create_only=True, cli="vlan"),
            text("nd", enum=SWITCHED, default="ENABLED", can_unset=True, cli="nd"),
            *_at_addresses(),
            text("map", can_unset=True, cli="map"),
            Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
            text("state", enum=SWITCHED, default="ENABLED", can_unset=True, cli="state"),
        ),
        actions=("unset",),
    ),
    _l3_parameters(),
)
_READ_ONLY = r"(^man.*)|(^show\s+(?!system)(?!configstatus)(?!ns ns\.conf)(?!ns savedconfig)(?!ns runningConfig)(?!gslb runningConfig).*)|(^stat.*)"
# The built-in policies, as far as they are published: administration guide 9.3, read-only as in newer write-ups.
COMMAND_POLICIES: dict[str, dict[str, str]] = {
    name: {"policyname": name, "action": "ALLOW", "cmdspec": spec}
    for name, spec in {
        "read-only": _READ_ONLY,
        "operator": rf"{_READ_ONLY}|(^set.*-accessdown.*)|(^(enable|disable) (server|service).*)",
        "network": r"^(?!shell)\S+\s+(?!system)(?!ns ns\.conf)(?!ns runningConfig).*",
        "superuser": ".*",
    }.items()
}
SUPERUSER = "nsroot"
ADMINISTRATOR_BINDING = "systemuser_systemcmdpolicy_binding"
GROUP_BINDING, MEMBER_BINDING = "systemgroup_systemcmdpolicy_binding", "systemgroup_systemuser_binding"


def _command_policy_binding(parent: str, cli: str, parent_key: str) -> Binding:
    # A user's binding has no options in ns.conf, a group's has one (command reference, system user and system group).
    line, unit = (("policyname", "priority"), "") if parent == "systemuser" else ((), "priority")
    return Binding(
        f"{parent}_systemcmdpolicy_binding",
        cli,
        parent,
        parent_key,
        "systemcmdpolicy",
        "policyname",
        (
            key(parent_key),
            text("policyname", required=True, low=1, cli="policyName", unit=unit),
            Attribute("priority", kind="count", required=True, low=0, high=2147483647),
        ),
        line=line,
        unbind_args=("policyname",),
        link=True,
    )


BINDINGS: tuple[Binding, ...] = (
    _command_policy_binding("systemuser", "system user", "username"),
    _command_policy_binding("systemgroup", "system group", "groupname"),
    Binding(
        MEMBER_BINDING,
        "system group",
        "systemgroup",
        "groupname",
        "systemuser",
        "username",
        (key("groupname"), text("username", required=True, low=1, cli="userName")),
        unbind_args=("username",),
        link=True,
    ),
)
INTERFACES = ("CLI", "API")
_INTERFACES = Attribute(  # absent from the 12.x reference
    "allowedmanagementinterface",
    kind="list",
    enum=INTERFACES,
    can_unset=True,
    since=(13, 0),
    cli="allowedManagementInterface",
)
ADMINISTRATION: tuple[Type, ...] = (
    Type(
        "systemcmdpolicy",
        "system cmdPolicy",
        "policyname",
        (
            key("policyname", high=31),
            text("action", required=True, enum=("ALLOW", "DENY")),
            text("cmdspec", required=True, low=1, high=1499),
            BUILTIN,
        ),
        line=("action", "cmdspec"),
        missing=373,
        built_in=tuple(COMMAND_POLICIES),
        built_in_code=257,
    ),
    Type(
        "nspartition",
        "ns partition",
        "partitionname",
        (
            key("partitionname"),
            # Typed as in collection issue 310: only maxmemlimit is a number.
            Attribute("maxbandwidth", kind="count", low=0, default=10240, can_unset=True, cli="maxBandwidth"),
            Attribute("minbandwidth", kind="count", low=0, default=10240, can_unset=True, cli="minBandwidth"),
            Attribute("maxconn", kind="count", low=0, default=1024, can_unset=True, cli="maxConn"),
            Attribute("maxmemlimit", kind="number", low=0, default=10, can_unset=True, cli="maxMemLimit"),
            Attribute("partitionid", kind="count", read_only=True),
            text("partitiontype", read_only=True),
        ),
        missing=2755,
        duplicate=2753,
        actions=("unset",),
    ),
    Type(
        "ntpserver",
        "ntp server",
        "serverip",
        (
            key("serverip", form="host"),  # or the name, which GET shows as servername
            Attribute("minpoll", kind="count", low=4, high=17, can_unset=True, cli="minpoll"),
            Attribute("maxpoll", kind="count", low=4, high=17, can_unset=True, cli="maxpoll"),
            Attribute("autokey", kind="boolean", can_unset=True, cli="autokey"),
            Attribute("key", kind="count", low=1, high=65534, can_unset=True, cli="key"),
            text("preferredntpserver", enum=YES_NO, default="NO", can_unset=True, cli="preferredNtpServer"),
        ),
        actions=("unset",),
    ),
    Type(
        "systemuser",
        "system user",
        "username",
        (
            key("username"),
            text("password", secret=True, required=True, low=1, high=127),
            text("externalauth", enum=SWITCHED, default="ENABLED", can_unset=True, cli="externalAuth"),
            text("promptstring", can_unset=True, high=63, cli="promptString"),
            Attribute("timeout", kind="count", low=0, high=100000000, default=900, can_unset=True, cli="timeout"),
            Attribute("maxsession", kind="count", low=0, high=40, default=20, can_unset=True, cli="maxsession"),
            text("logging", enum=SWITCHED, default="DISABLED", can_unset=True, cli="logging"),
            _INTERFACES,
            Attribute("encrypted", kind="boolean", read_only=True),
            text("hashmethod", read_only=True),
        ),
        missing=2626,
        duplicate=273,
        line=("password",),
        actions=("unset",),
        always=(SUPERUSER,),
    ),
    Type(
        "systemgroup",
        "system group",
        "groupname",
        (
            key("groupname"),
            text("promptstring", can_unset=True, high=63, cli="promptString", stored_only=True),
            Attribute(
                "timeout",
                kind="count",
                low=0,
                high=100000000,
                default=900,
                can_unset=True,
                cli="timeout",
                stored_only=True,
            ),
            _INTERFACES,
        ),
        missing=372,
        actions=("unset",),
    ),
    # Behind the users: their idle times may be from before it was restricted.
    Type(
        "systemparameter",
        "system parameter",
        "",
        (
            text("basicauth", enum=SWITCHED, default="ENABLED", can_unset=True, cli="basicAuth"),
            text("restrictedtimeout", enum=SWITCHED, default="DISABLED", can_unset=True, cli="restrictedtimeout"),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)


# Spelled as in nsfeature; the fields of nsfeature and nslicense are the lower-case names (NITRO reference of both).
FEATURES: dict[str, str] = {
    name.upper(): name
    for name in words(
        "WL SP LB CS CR SC CMP PQ SSL GSLB HDOSP CF IC SSLVPN AAA OSPF RIP BGP REWRITE IPv6PT AppFw RESPONDER "
        "HTMLInjection push AppFlow CloudBridge ISIS CH AppQoE ContentAccelerator RISE feo LSN RDPProxy Rep URLFiltering "
        "VideoOptimization ForwardProxy SSLInterception AdaptiveTCP CQA CI Bot APIGateway"
    )
}
DEFAULT_MODES = ("FR", "L3", "Edge", "USNIP", "PMTUD")  # of an appliance without a configuration
MODES: dict[str, str] = {
    name.upper(): name
    for name in words(
        "FR L2 USIP CKA TCPB MBF Edge USNIP L3 PMTUD MediaClassification SRADV DRADV IRADV SRADV6 DRADV6 BridgeBPDUs ULFD"
    )
}
