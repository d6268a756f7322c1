# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the appliance knows of each NITRO type: one declarative table.

Keys, create-only attributes, defaults and enumerations: NITRO 12.x reference pages, and for newer attributes the resource
map of the vendor's Ansible collection. JSON typing: reference type Double arrives as a string, Integer as a number
(collection issues 377 and 553). A new type is one more entry here; only what no table can say gets code (oddities.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .errors import NitroError

Row = dict[str, Any]
YES_NO = ("YES", "NO")
SWITCHED = ("ENABLED", "DISABLED")
_LEVELS = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG")
BUILT_IN_ACTIONS = ("NOOP", "RESET", "DROP")


@dataclass(frozen=True)
class Attribute:
    """One attribute: how it is typed in JSON, what it takes, and how it is written in ns.conf."""

    name: str
    kind: str = (
        "text"  # text | number (a JSON number) | count (a number that arrives as a JSON string) | boolean | list
    )
    required: bool = False
    create_only: bool = False
    can_unset: bool = False
    read_only: bool = False
    secret: bool = False
    default: Any = None
    enum: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None  # of a number: its largest value; of a text: its greatest length
    refers: tuple[str, ...] = ()  # types of which this names an object
    refers_code: int = 258  # the error when there is no such object
    built_in: tuple[str, ...] = ()  # names that need no object
    expression: str = ""  # "boolean" or "text": what the expression must yield
    cli: str = ""  # the option's name in ns.conf; positional arguments are listed in Type.line
    operand: tuple[str, str] = ("", "")  # of a truth that ns.conf writes with an operator and a value: these attributes
    since: tuple[int, ...] = ()  # the first build that has it

    def coerce(self, value: Any) -> Any:
        """The value as the appliance keeps it, or the argument parser's complaint."""
        if self.kind == "list":
            items = value if isinstance(value, list) else str(value).replace(",", " ").split()
            return [str(item) for item in items]
        if isinstance(value, dict | list) or value is None:
            raise NitroError(1234, self.name)
        if self.kind == "boolean":
            word = str(value).lower()
            if word in ("true", "yes", "1"):
                return True
            if word in ("false", "no", "0"):
                return False
            raise NitroError(1097, self.name, value)
        if self.kind in ("number", "count"):
            return self._number(value)
        text = ("true" if value else "false") if isinstance(value, bool) else str(value)
        if self.enum:
            found = next((word for word in self.enum if word.lower() == text.lower()), None)
            if found is None:
                raise NitroError(1097, self.name, text)
            return found
        if self.high is not None and len(text) > self.high:
            raise NitroError(3919 if self.expression else 1106, *(() if self.expression else (self.name, self.high)))
        if self.low is not None and len(text) < self.low:
            raise NitroError(1107, self.name, self.low)
        return text

    def _number(self, value: Any) -> int:
        text = str(value)
        if (
            isinstance(value, bool | float)
            or not text.lstrip("-").isascii()
            or not text.lstrip("-").isdigit()
            or len(text) > 20
        ):
            raise NitroError(1074, self.name, value)
        number = int(text)
        if self.high is not None and number > self.high:
            raise NitroError(1108, self.name, self.high)
        if self.low is not None and number < self.low:
            raise NitroError(1109, self.name, self.low)
        return number

    def show(self, value: Any) -> Any:
        """The value as NITRO's JSON has it."""
        return str(value) if self.kind == "count" else value


@dataclass(frozen=True)
class Type:
    """One type of object."""

    name: str
    cli: str  # the noun in ns.conf
    key: str
    attributes: tuple[Attribute, ...]
    line: tuple[str, ...] = ()  # positional arguments of `add` behind the key
    feature: str = ""  # nsfeature that gives it an effect
    missing: int = 258
    duplicate: int = 273
    duplicate_about: tuple[str, ...] = ()
    in_use: int = 1070  # the code when something still names it
    actions: tuple[str, ...] = ()
    can_create: bool = True
    can_update: bool = True
    singleton: bool = False
    printed: bool = True  # whether ns.conf has it
    folded: bool = False  # names are the same in any case
    named_in_expressions: bool = False  # rules may name it: removal is refused with 2853
    built_in: tuple[str, ...] = ()
    by_name: dict[str, Attribute] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {attribute.name: attribute for attribute in self.attributes})

    def fold(self, name: str) -> str:
        return name.lower() if self.folded else name


@dataclass(frozen=True)
class Binding:
    """One kind of binding: of a policy to a bind point, or of a value to a set."""

    name: str
    cli: str
    parent: str  # "" for global
    parent_key: str
    child: str  # the type that is bound, "" where a plain value is
    child_key: str
    attributes: tuple[Attribute, ...]
    point: str = ""  # the attribute that names the bind point
    point_default: str = ""
    hidden: tuple[str, ...] = ()  # attributes that GET doesn't echo unless a switch says so
    line: tuple[str, ...] = ()
    unbind_args: tuple[str, ...] = ()
    link: bool = False  # of an object that is no policy: a service to a vserver
    by_name: dict[str, Attribute] = field(init=False, compare=False)

    @property
    def invoked(self) -> str:
        """The attribute that names what is invoked: at policy labels labelname is the label itself."""
        return "invoke_labelname" if "invoke_labelname" in self.by_name else "labelname"

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {attribute.name: attribute for attribute in self.attributes})


def _text(name: str, **more: Any) -> Attribute:
    return Attribute(name, **more)


def _key(name: str, high: int = 127) -> Attribute:
    return Attribute(name, required=True, create_only=True, low=1, high=high)


def _hits() -> tuple[Attribute, ...]:
    return tuple(Attribute(name, kind="count", read_only=True, default=0) for name in ("hits", "undefhits"))


COMMENT = _text("comment", can_unset=True, high=255, cli="comment")
BYPASS = _text("bypasssafetycheck", enum=YES_NO, default="NO", cli="bypassSafetyCheck")
BUILTIN = Attribute("builtin", kind="list", read_only=True)
_GOTO = _text("gotopriorityexpression", default="END", cli="gotoPriorityExpression")
_INVOKE = (
    Attribute("invoke", kind="boolean", default=False, cli="invoke"),
    _text("labeltype", cli="labelType"),
    _text("labelname", cli="labelName"),
)
_PRIORITY = Attribute("priority", kind="count", low=1, high=2147483647, cli="priority")
_GLOBAL_FAMILIES = (
    "",
    "OTHERTCP_",
    "SIPUDP_",
    "SIPTCP_",
    "MSSQL_",
    "MYSQL_",
    "NAT_",
    "DIAMETER_",
    "RADIUS_",
    "DNS_",
    "MQTT_",
    "HTTPQUIC_",
)
GLOBAL_POINTS = (
    *(f"{family}REQ_{place}" for family in _GLOBAL_FAMILIES for place in ("OVERRIDE", "DEFAULT")),
    "OVERRIDE",
    "DEFAULT",
)
_VSERVER_STATES = (
    _text("curstate", read_only=True, default="UP"),
    _text("ip", read_only=True),
)


def _vserver(
    name: str, cli: str, feature: str, protocols: tuple[str, ...], *more: Attribute, positional: bool = True
) -> Type:
    return Type(
        name,
        cli,
        "name",
        (
            _key("name"),
            _text("servicetype", required=True, create_only=True, enum=protocols),
            # One that has no address of its own shows these (NITRO reference; provider's acceptance tests).
            _text("ipv46", default="0.0.0.0", cli="IPAddress"),  # noqa: S104
            Attribute("port", kind="number", create_only=True, low=0, high=65535, default=0),
            Attribute("range", kind="count", create_only=True, low=1, default=1, cli="range"),
            Attribute("td", kind="count", create_only=True, low=0, high=4094, default=0, cli="td"),
            _text("state", enum=SWITCHED, default="ENABLED", cli="state"),
            *more,
            COMMENT,
            *_VSERVER_STATES,
        ),
        line=("servicetype", "ipv46", "port"),
        feature=feature,
        actions=("enable", "disable", "rename", "unset"),
        named_in_expressions=True,
        in_use=1070,
    )


def _vserver_binding(
    vserver: str, cli: str, child_key: str, points: tuple[str, ...], hidden: tuple[str, ...] = (), *more: Attribute
) -> Binding:
    return Binding(
        f"{vserver}_responderpolicy_binding",
        cli,
        vserver,
        "name",
        "responderpolicy",
        child_key,
        (
            _key("name"),
            _text(child_key, required=True, cli=child_key.replace("policyname", "policyName")),
            _PRIORITY,
            _GOTO,
            _text("bindpoint", enum=points, cli="type"),
            *_INVOKE,
            *more,
        ),
        point="bindpoint",
        point_default="REQUEST",
        hidden=hidden,
        unbind_args=(child_key, "bindpoint", "priority", "secondary", "groupextraction"),
    )


_PROTOCOLS = ("HTTP", "SSL", "TCP", "UDP", "SSL_TCP", "SSL_BRIDGE", "DNS", "ANY")
_GATEWAY_POINTS = ("REQUEST", "RESPONSE", "ICA_REQUEST", "OTHERTCP_REQUEST", "AAA_REQUEST", "AAA_RESPONSE")
_GATEWAY_MORE = (
    Attribute("secondary", kind="boolean", cli="secondary"),
    Attribute("groupextraction", kind="boolean", cli="groupExtraction"),
)


def _selector(name: str, cli: str, dataset: str = "") -> tuple[Attribute, ...]:
    """A truth, an operator and a value; data sets are in the vendor's SDK from 13.0-82.41 on, and in IPv4 only."""
    operator = f"{name.replace('v6', '')}op"
    own: tuple[Attribute, ...] = (
        Attribute(name, kind="boolean", can_unset=True, cli=cli, operand=(operator, f"{name}val")),
        _text(operator, enum=("=", "!=", "EQ", "NEQ")),
        _text(f"{name}val", high=255),
    )
    if dataset:
        named = _text(
            f"{name}dataset",
            create_only=True,
            refers=("policydataset",),
            refers_code=2823,
            since=(13, 0, 82, 41),
            cli=dataset,
        )
        own += (named,)
    return own


def _acl_conditions(highest: int, since: tuple[int, ...] = ()) -> tuple[Attribute, ...]:
    return (
        Attribute("ttl", kind="count", low=1, high=2147483647, create_only=True, cli="TTL"),
        _text("srcmac", can_unset=True, cli="srcMac"),
        _text("srcmacmask", can_unset=True, cli="srcMacMask"),
        _text("protocol", can_unset=True, low=1, cli="protocol"),
        Attribute("protocolnumber", kind="count", low=1, high=255, cli="protocolNumber"),
        Attribute("vlan", kind="count", low=1, high=4094, can_unset=True, cli="vlan"),
        Attribute("vxlan", kind="count", low=1, high=16777215, can_unset=True, cli="vxlan"),
        Attribute("established", kind="boolean", can_unset=True, cli="established"),
        Attribute("icmptype", kind="count", low=0, high=65536, can_unset=True, cli="icmpType"),
        Attribute("icmpcode", kind="count", low=0, high=65536, can_unset=True, cli="icmpCode"),
        Attribute("priority", kind="count", low=1, high=highest, cli="priority"),
        _text("state", enum=SWITCHED, default="ENABLED", cli="state"),
        _text("logstate", enum=SWITCHED, default="DISABLED", can_unset=True, since=since, cli="logstate"),
        Attribute(
            "ratelimit", kind="count", low=1, high=10000, default=100, can_unset=True, since=since, cli="ratelimit"
        ),
        Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
    )


def _acl_states() -> tuple[Attribute, ...]:
    return (
        Attribute("hits", kind="count", read_only=True, default=0),
        _text("kernelstate", read_only=True, cli="kernelstate"),
    )


def _location_file(name: str, cli: str, formats: str) -> Type:
    known = tuple(formats.split())
    return Type(
        name,
        cli,
        "",
        (
            _text("Locationfile", required=True, low=1, high=255),
            _text("format", enum=known, default=known[0], cli="format"),
        ),
        line=("Locationfile",),
        singleton=True,
        can_update=False,
        actions=("Import",),
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
            _key(parent_key),
            _text(child_key, required=True, low=1),
            Attribute("weight", kind="count", low=1, high=100, default=1, cli="weight"),
        ),
        line=(child_key,),
        unbind_args=(child_key,),
        link=True,
    )


def _simple_acl(name: str, cli: str, address: str, option: str) -> Type:
    return Type(
        name,
        cli,
        "aclname",
        (
            _key("aclname"),
            _text("aclaction", required=True, enum=("DENY",)),
            _text(address, required=True, create_only=True, cli=option),
            Attribute("destport", kind="number", low=1, high=65535, create_only=True, cli="destPort"),
            _text("protocol", enum=("TCP", "UDP"), create_only=True, cli="protocol"),
            Attribute("ttl", kind="count", low=4, high=2147483647, create_only=True, cli="TTL"),
            Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
            Attribute("hits", kind="count", read_only=True, default=0),
        ),
        line=("aclaction", address),
        duplicate=467 if name.endswith("6") else 440,
        actions=("clear", "flush"),
        can_update=False,
    )


# The order is that of ns.conf: what is named comes before what names it.
TYPES: dict[str, Type] = {
    entry.name: entry
    for entry in (
        Type(
            "nshostname",
            "ns hostName",
            "",
            (_text("hostname", high=255),),
            singleton=True,
            can_create=False,
            line=("hostname",),
        ),
        Type(
            "nsip",
            "ns ip",
            "ipaddress",
            (
                _key("ipaddress"),
                _text("netmask", required=True),
                _text("type", enum=("SNIP", "VIP", "NSIP", "MIP", "CLIP"), default="SNIP", cli="type"),
                _text("mgmtaccess", enum=SWITCHED, default="DISABLED", cli="mgmtAccess"),
                Attribute("td", kind="count", default=0, create_only=True),
                _text("state", enum=SWITCHED, default="ENABLED"),
                Attribute("flags", kind="count", read_only=True, default=8),
            ),
            line=("netmask",),
            actions=("enable", "disable", "unset"),
        ),
        Type(
            "auditsyslogparams",
            "audit syslogParams",
            "",
            (
                _text("serverip", cli="serverIP"),
                Attribute("serverport", kind="number", low=1, high=65535, cli="serverPort"),
                Attribute("loglevel", kind="list", can_unset=True, cli="logLevel", default=_LEVELS[:-1]),
                _text(
                    "dateformat",
                    enum=("MMDDYYYY", "DDMMYYYY", "YYYYMMDD"),
                    default="MMDDYYYY",
                    can_unset=True,
                    cli="dateFormat",
                ),
                _text(
                    "logfacility",
                    enum=tuple(f"LOCAL{n}" for n in range(8)),
                    default="LOCAL0",
                    can_unset=True,
                    cli="logFacility",
                ),
                _text("timezone", enum=("GMT_TIME", "LOCAL_TIME"), default="GMT_TIME", can_unset=True, cli="timeZone"),
                # Log actions write only where this is YES (CTX267679 follow-ups, product docs on audit message actions).
                _text("userdefinedauditlog", enum=YES_NO, default="NO", can_unset=True, cli="userDefinedAuditlog"),
                _text("acl", enum=SWITCHED, default="DISABLED", can_unset=True, cli="acl"),
            ),
            singleton=True,
            can_create=False,
            actions=("unset",),
        ),
        Type(
            "auditnslogparams",
            "audit nslogParams",
            "",
            (
                _text("serverip", cli="serverIP"),
                Attribute("serverport", kind="number", low=1, high=65535, cli="serverPort"),
                _text("userdefinedauditlog", enum=YES_NO, default="NO", can_unset=True, cli="userDefinedAuditlog"),
            ),
            singleton=True,
            can_create=False,
            actions=("unset",),
        ),
        Type(
            "policypatset",
            "policy patset",
            "name",
            (
                _key("name"),
                COMMENT,
                _text(
                    "patsetfile", create_only=True, since=(13, 0), cli="patsetFile"
                ),  # absent from the 12.x reference
                _text(
                    "dynamic", enum=YES_NO, can_unset=True, since=(14, 1, 12), cli="dynamic"
                ),  # product docs, data sets
                BUILTIN,
            ),
            missing=2823,
            duplicate=2854,
            in_use=2853,
            actions=("unset",),
            folded=True,
            named_in_expressions=True,
            built_in=("ns_videoopt_clients", "ns_aaa_activesync_useragents"),
        ),
        Type(
            "policystringmap",
            "policy stringmap",
            "name",
            (_key("name"), COMMENT),
            missing=2823,  # inferred from its siblings
            duplicate=2854,
            in_use=2853,
            actions=("unset",),
            folded=True,
            named_in_expressions=True,
        ),
        Type(
            "policydataset",
            "policy dataset",
            "name",
            (
                _key("name"),
                _text(
                    "type", required=True, create_only=True, enum=("ipv4", "number", "ipv6", "ulong", "double", "mac")
                ),
                _text("comment", create_only=True, high=255, cli="comment"),
                _text(
                    "patsetfile", create_only=True, since=(13, 0), cli="patsetFile"
                ),  # absent from the 12.x reference
                _text(
                    "dynamic", enum=YES_NO, can_unset=True, since=(14, 1, 12), cli="dynamic"
                ),  # product docs, data sets
            ),
            line=("type",),
            missing=2823,
            duplicate=2854,
            in_use=2853,
            actions=("unset",),
            folded=True,
            named_in_expressions=True,
        ),
        Type(
            "nsacl",
            "ns acl",
            "aclname",
            (
                _key("aclname"),
                _text("aclaction", required=True, enum=("BRIDGE", "DENY", "ALLOW")),
                *_selector("srcip", "srcIP", dataset="srcIPDataset"),
                *_selector("srcport", "srcPort", dataset="srcPortDataset"),
                *_selector("destip", "destIP", dataset="destIPDataset"),
                *_selector("destport", "destPort", dataset="destPortDataset"),
                *_acl_conditions(100000),
                _text("Interface", can_unset=True, cli="interface"),
                _text("type", enum=("CLASSIC", "DFD"), create_only=True, since=(13, 0), cli="type"),
                _text("dfdhash", can_unset=True, since=(13, 0), cli="dfdhash"),
                _text("stateful", enum=YES_NO, can_unset=True, since=(13, 1), cli="stateful"),
                *_acl_states(),
            ),
            line=("aclaction",),
            actions=("enable", "disable", "rename", "unset"),
        ),
        Type(
            "nsacl6",
            "ns acl6",
            "acl6name",
            (
                _key("acl6name"),
                _text("acl6action", required=True, create_only=True, enum=("BRIDGE", "DENY", "ALLOW")),
                *_selector("srcipv6", "srcIPv6"),
                *_selector("srcport", "srcPort"),
                *_selector("destipv6", "destIPv6"),
                *_selector("destport", "destPort"),
                *_acl_conditions(81920, since=(13, 0)),
                _text("Interface", can_unset=True, cli="interface"),
                _text("type", enum=("CLASSIC", "DFD"), create_only=True, since=(13, 0), cli="type"),
                *_acl_states(),
            ),
            line=("acl6action",),
            actions=("enable", "disable", "rename", "unset"),
        ),
        _simple_acl("nssimpleacl", "ns simpleacl", "srcip", "srcIP"),
        _simple_acl("nssimpleacl6", "ns simpleacl6", "srcipv6", "srcIPv6"),
        Type(
            "location",
            "location",
            "ipfrom",
            (
                _key("ipfrom"),
                _text("ipto", required=True, low=1),
                _text("preferredlocation", required=True, low=1),
                Attribute("longitude", kind="number", low=-180, high=180, cli="longitude"),
                Attribute("latitude", kind="number", low=-90, high=90, cli="latitude"),
                *(_text(f"q{number}label", read_only=True) for number in range(1, 7)),
            ),
            line=("ipto", "preferredlocation"),
            duplicate=3013,
            can_update=False,
        ),
        _location_file(
            "locationfile",
            "locationFile",
            "netscaler ip-country ip-country-isp ip-country-region-city ip-country-region-city-isp geoip-country "
            "geoip-region geoip-city geoip-country-org geoip-country-isp geoip-city-isp-org",
        ),
        _location_file("locationfile6", "locationFile6", "netscaler6 geoip-country6"),
        Type(
            "locationparameter",
            "locationParameter",
            "",
            (
                _text("context", enum=("geographic", "custom"), default="geographic", can_unset=True, cli="context"),
                *(_text(f"q{number}label", low=1, high=255, can_unset=True) for number in range(1, 7)),
                # Needed for wildcards since this build (field write-up of 2018); NO is the default (NITRO metadata).
                _text(
                    "matchwildcardtoany",
                    enum=("YES", "NO", "Expression"),
                    default="NO",
                    can_unset=True,
                    since=(11, 1, 53, 11),
                    cli="matchWildcardtoany",
                ),
            ),
            singleton=True,
            can_create=False,
            actions=("unset",),
        ),
        Type(
            "policyexpression",
            "policy expression",
            "name",
            (
                _key("name"),
                _text("value", required=True, high=8191, expression="any"),
                _text("comment", can_unset=True, high=255, cli="comment"),
                _text("clientsecuritymessage", can_unset=True, high=127, cli="clientSecurityMessage"),
                _text("type1", read_only=True, default="ADVANCED"),
                Attribute("hits", kind="count", read_only=True, default=0),
                Attribute("pihits", kind="count", read_only=True, default=0),
                BUILTIN,
            ),
            line=("value",),
            missing=258,
            duplicate=2854,
            in_use=2853,
            actions=("unset",),
            folded=True,
            named_in_expressions=True,
        ),
        Type(
            "auditmessageaction",
            "audit messageaction",
            "name",
            (
                _key("name"),
                _text("loglevel", required=True, enum=_LEVELS),
                _text("stringbuilderexpr", required=True, high=8191, expression="text"),
                _text("logtonewnslog", enum=YES_NO, can_unset=True, cli="logtoNewnslog"),
                _text("bypasssafetycheck", enum=YES_NO, default="NO", can_unset=True, cli="bypassSafetyCheck"),
                _text("loglevel1", read_only=True),
                *_hits(),
                Attribute("referencecount", kind="count", read_only=True),
            ),
            line=("loglevel", "stringbuilderexpr"),
            in_use=1070,
            actions=("unset",),
        ),
        Type(
            "auditsyslogaction",
            "audit syslogAction",
            "name",
            (
                _key("name"),
                _text("serverip", required=True, low=1),
                Attribute(
                    "serverport", kind="number", low=1, high=65535, default=514, can_unset=True, cli="serverPort"
                ),
                Attribute("loglevel", kind="list", required=True, cli="logLevel"),
                _text(
                    "logfacility",
                    enum=tuple(f"LOCAL{n}" for n in range(8)),
                    default="LOCAL0",
                    can_unset=True,
                    cli="logFacility",
                ),
                _text("transport", enum=("TCP", "UDP"), create_only=True, cli="transport"),
                _text("userdefinedauditlog", enum=YES_NO, default="NO", can_unset=True, cli="userDefinedAuditlog"),
            ),
            line=("serverip",),
            actions=("unset",),
        ),
        Type(
            "auditsyslogpolicy",
            "audit syslogPolicy",
            "name",
            (
                _key("name"),
                _text("rule", required=True, high=8191, expression="boolean"),
                _text("action", required=True, refers=("auditsyslogaction",)),
            ),
            line=("rule", "action"),
            missing=2054,
            duplicate=3094,
            in_use=810,
        ),
        Type(
            "responderaction",
            "responder action",
            "name",
            (
                _key("name"),
                _text(
                    "type",
                    required=True,
                    create_only=True,
                    enum=(
                        "noop",
                        "respondwith",
                        "redirect",
                        "respondwithhtmlpage",
                        "sqlresponse_ok",
                        "sqlresponse_error",
                    ),
                ),
                _text("target", high=8191, expression="text"),
                _text("htmlpage", cli="htmlpage"),
                BYPASS,
                Attribute(
                    "responsestatuscode", kind="number", low=100, high=599, can_unset=True, cli="responseStatusCode"
                ),
                _text("reasonphrase", high=8191, can_unset=True, expression="text", cli="reasonPhrase"),
                COMMENT,
                Attribute("headers", kind="list", can_unset=True, since=(14, 1), cli="headers"),  # provider issue 1184
                *_hits(),
                Attribute("referencecount", kind="count", read_only=True),
                BUILTIN,
            ),
            line=("type", "target"),
            feature="RESPONDER",
            missing=538,
            duplicate=273,
            duplicate_about=("name",),
            in_use=832,
            actions=("rename", "unset"),
            built_in=BUILT_IN_ACTIONS,
        ),
        Type(
            "responderpolicy",
            "responder policy",
            "name",
            (
                _key("name"),
                _text("rule", required=True, high=8191, expression="boolean"),
                _text(
                    "action", required=True, refers=("responderaction",), refers_code=2824, built_in=BUILT_IN_ACTIONS
                ),
                _text(
                    "undefaction",
                    can_unset=True,
                    refers=("responderaction",),
                    refers_code=2818,
                    built_in=BUILT_IN_ACTIONS,
                ),
                COMMENT,
                _text("logaction", can_unset=True, refers=("auditmessageaction",), refers_code=2818, cli="logAction"),
                _text("appflowaction", can_unset=True, cli="appflowAction"),
                *_hits(),
                BUILTIN,
            ),
            line=("rule", "action", "undefaction"),
            feature="RESPONDER",
            missing=2054,
            duplicate=3094,
            in_use=810,
            actions=("rename", "unset"),
        ),
        Type(
            "responderpolicylabel",
            "responder policylabel",
            "labelname",
            (
                _key("labelname"),
                _text(
                    "policylabeltype",
                    create_only=True,
                    default="HTTP",
                    cli="policylabeltype",
                    enum=(
                        "HTTP",
                        "OTHERTCP",
                        "SIP_UDP",
                        "SIP_TCP",
                        "MYSQL",
                        "MSSQL",
                        "ORACLE",
                        "NAT",
                        "DIAMETER",
                        "RADIUS",
                        "DNS",
                        "HTTP_QUIC",
                    ),
                ),
                _text("comment", create_only=True, high=255, cli="comment"),
                Attribute("numpol", kind="number", read_only=True),
                Attribute("hits", kind="count", read_only=True, default=0),
            ),
            feature="RESPONDER",
            missing=3087,
            duplicate=273,
            in_use=1070,
            actions=("rename",),
            can_update=False,
        ),
        Type(
            "responderparam",
            "responder param",
            "",
            (
                _text("undefaction", enum=BUILT_IN_ACTIONS, default="NOOP", can_unset=True, cli="undefAction"),
                Attribute("timeout", kind="count", low=1, high=5000, default=3900, can_unset=True, cli="timeout"),
            ),
            singleton=True,
            can_create=False,
            actions=("unset",),
        ),
        _vserver(
            "lbvserver",
            "lb vserver",
            "LB",
            _PROTOCOLS,
            _text(
                "lbmethod",
                enum=("LEASTCONNECTION", "ROUNDROBIN", "LEASTRESPONSETIME", "SOURCEIPHASH"),
                default="LEASTCONNECTION",
                can_unset=True,
                cli="lbMethod",
            ),
            _text("effectivestate", read_only=True, default="UP"),
            Attribute("totalservices", kind="count", read_only=True, default=1),
            Attribute("activeservices", kind="count", read_only=True, default=1),
        ),
        Type(
            "server",
            "server",
            "name",
            (
                _key("name"),
                _text("ipaddress", low=1, high=255),
                Attribute("td", kind="count", low=0, high=4094, default=0, create_only=True, cli="td"),
                _text("state", enum=SWITCHED, default="ENABLED", cli="state"),
                COMMENT,
            ),
            line=("ipaddress",),
            actions=("enable", "disable", "rename", "unset"),
        ),
        Type(
            "service",
            "service",
            "name",
            (
                _key("name"),
                _text("servername", required=True, create_only=True, refers=("server",), refers_code=351),
                _text("servicetype", required=True, create_only=True, enum=_PROTOCOLS),
                Attribute("port", kind="number", required=True, create_only=True, low=0, high=65535),
                _text("state", enum=SWITCHED, cli="state"),
                COMMENT,
                _text("svrstate", read_only=True),
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
                _key("servicegroupname"),
                _text("servicetype", required=True, create_only=True, enum=_PROTOCOLS),
                _text("state", enum=SWITCHED, default="ENABLED", cli="state"),
                COMMENT,
                _text("servicegroupeffectivestate", read_only=True),
            ),
            line=("servicetype",),
            actions=("enable", "disable", "rename", "unset"),
        ),
        _vserver("csvserver", "cs vserver", "CS", ("HTTP", "SSL", "TCP", "UDP", "SSL_TCP", "DNS", "ANY")),
        _vserver(
            "vpnvserver",
            "vpn vserver",
            "SSLVPN",
            ("SSL", "DTLS"),
            Attribute("maxaaausers", kind="count", low=0, can_unset=True, cli="maxAAAUsers"),
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
        Type(
            "nspartition",
            "ns partition",
            "partitionname",
            (
                _key("partitionname"),
                # Typed as in collection issue 310: maxmemlimit is the number among them.
                Attribute("maxbandwidth", kind="count", low=0, default=10240, can_unset=True, cli="maxBandwidth"),
                Attribute("minbandwidth", kind="count", low=0, default=10240, can_unset=True, cli="minBandwidth"),
                Attribute("maxconn", kind="count", low=0, default=1024, can_unset=True, cli="maxConn"),
                Attribute("maxmemlimit", kind="number", low=0, default=10, can_unset=True, cli="maxMemLimit"),
                Attribute("partitionid", kind="count", read_only=True),
                _text("partitiontype", read_only=True),
            ),
            missing=2755,
            duplicate=2753,
            actions=("unset",),
        ),
        Type(
            "systemuser",
            "system user",
            "username",
            (
                _key("username"),
                _text("password", secret=True, required=True, low=1, high=127),
                _text("externalauth", enum=SWITCHED, default="ENABLED", can_unset=True, cli="externalAuth"),
                _text("promptstring", can_unset=True, high=63, cli="promptString"),
                Attribute("timeout", kind="count", low=0, high=100000000, default=900, can_unset=True, cli="timeout"),
                Attribute("maxsession", kind="count", low=1, high=40, default=20, can_unset=True, cli="maxsession"),
                _text("logging", enum=SWITCHED, default="DISABLED", can_unset=True, cli="logging"),
                Attribute("encrypted", kind="boolean", read_only=True),
                _text("hashmethod", read_only=True),
            ),
            missing=2626,
            duplicate=273,
            actions=("unset",),
            printed=False,  # ns.conf holds hashes of passwords, which nobody gets from here
        ),
    )
}

BINDINGS: dict[str, Binding] = {
    entry.name: entry
    for entry in (
        Binding(
            "policypatset_pattern_binding",
            "policy patset",
            "policypatset",
            "name",
            "",
            "String",
            (
                _key("name"),
                _text("String", required=True, low=1, high=255),
                Attribute("index", kind="count", low=1, high=4294967290, cli="index"),
                _text("charset", enum=("ASCII", "UTF_8"), cli="charset"),
                _text("comment", high=255, cli="comment"),
            ),
            line=("String",),
            unbind_args=("String",),
        ),
        Binding(
            "policystringmap_pattern_binding",
            "policy stringmap",
            "policystringmap",
            "name",
            "",
            "key",
            (
                _key("name"),
                _text("key", required=True, low=1, high=255),
                _text("value", required=True, low=1, high=255),
                _text("comment", high=255, cli="comment"),
            ),
            line=("key", "value"),
            unbind_args=("key",),
        ),
        Binding(
            "policydataset_value_binding",
            "policy dataset",
            "policydataset",
            "name",
            "",
            "value",
            (
                _key("name"),
                _text("value", required=True, low=1, high=255),
                _text("endrange", since=(13, 0), cli="endRange"),  # absent from the 12.x reference
                Attribute("index", kind="count", low=1, high=4294967290, cli="index"),
                _text("comment", high=255, cli="comment"),
            ),
            line=("value",),
            unbind_args=("value", "endrange"),
        ),
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
                _key("servicegroupname"),
                _text("servername", required=True, low=1),
                Attribute("port", kind="number", required=True, low=1, high=65535),
                Attribute("weight", kind="count", low=1, high=100, default=1, cli="weight"),
                _text("state", enum=SWITCHED, default="ENABLED", cli="state"),
            ),
            line=("servername", "port"),
            unbind_args=("servername", "port"),
            link=True,
        ),
        Binding(
            "auditsyslogglobal_auditsyslogpolicy_binding",
            "audit syslogGlobal",
            "",
            "",
            "auditsyslogpolicy",
            "policyname",
            (_text("policyname", required=True, cli="policyName"), _PRIORITY, _GOTO),
            unbind_args=("policyname", "priority"),
        ),
        Binding(
            "responderpolicylabel_responderpolicy_binding",
            "responder policylabel",
            "responderpolicylabel",
            "labelname",
            "responderpolicy",
            "policyname",
            (
                _key("labelname"),
                _text("policyname", required=True),
                _PRIORITY,
                _GOTO,
                _INVOKE[0],
                _INVOKE[1],
                _text("invoke_labelname", cli="labelName"),
            ),
            line=("policyname", "priority", "gotopriorityexpression"),
            unbind_args=("policyname", "priority"),
        ),
        _vserver_binding(
            "lbvserver",
            "lb vserver",
            "policyname",
            ("REQUEST", "RESPONSE", "MQTT_JUMBO_REQ"),
            (),
            Attribute("order", kind="count", since=(14, 1), cli="order"),
        ),
        _vserver_binding(
            "csvserver",
            "cs vserver",
            "policyname",
            ("REQUEST", "RESPONSE", "ICA_REQUEST", "OTHERTCP_REQUEST"),
            (),
            _text("targetlbvserver", refers=("lbvserver",), cli="targetLBVserver"),
        ),
        _vserver_binding(
            "vpnvserver",
            "vpn vserver",
            "policy",
            _GATEWAY_POINTS,
            ("gotopriorityexpression", "secondary", "groupextraction"),
            *_GATEWAY_MORE,
        ),
        _vserver_binding(
            "authenticationvserver",
            "authentication vserver",
            "policy",
            _GATEWAY_POINTS,
            ("gotopriorityexpression", "secondary", "groupextraction"),
            *_GATEWAY_MORE,
        ),
        Binding(
            "responderglobal_responderpolicy_binding",
            "responder global",
            "",
            "",
            "responderpolicy",
            "policyname",
            (
                _text("policyname", required=True),
                _PRIORITY,
                _GOTO,
                _text("type", enum=GLOBAL_POINTS, cli="type"),
                *_INVOKE,
                _text("globalbindtype", enum=("SYSTEM_GLOBAL", "VPN_GLOBAL", "RNAT_GLOBAL"), default="SYSTEM_GLOBAL"),
            ),
            # Without a type the policy lands at REQ_DEFAULT (Terraform provider, global binding resource).
            point="type",
            point_default="REQ_DEFAULT",
            line=("policyname", "priority", "gotopriorityexpression"),
            unbind_args=("policyname", "type", "priority"),
        ),
    )
}

ENTRIES: tuple[Type | Binding, ...] = (*TYPES.values(), *BINDINGS.values())
VSERVER_TYPES = ("lbvserver", "csvserver", "vpnvserver", "authenticationvserver")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Spelled as nsfeature lists them; the fields of nsfeature and nslicense are the lower-case names (NITRO reference of both).
FEATURES: dict[str, str] = {
    name.upper(): name
    for name in _words(
        "WL SP LB CS CR SC CMP PQ SSL GSLB HDOSP CF IC SSLVPN AAA OSPF RIP BGP REWRITE IPv6PT AppFw RESPONDER "
        "HTMLInjection push AppFlow CloudBridge ISIS CH AppQoE ContentAccelerator RISE feo LSN RDPProxy Rep URLFiltering "
        "VideoOptimization ForwardProxy SSLInterception AdaptiveTCP CQA CI Bot APIGateway"
    )
}
MODES: dict[str, str] = {
    name.upper(): name
    for name in _words(
        "FR L2 USIP CKA TCPB MBF Edge USNIP L3 PMTUD MediaClassification SRADV DRADV IRADV SRADV6 DRADV6 BridgeBPDUs ULFD"
    )
}
