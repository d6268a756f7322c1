# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of the NITRO types that Tourniquet manages. Pure.

For each type: its key, its attributes (kind, default, what can be changed or unset, spelling in ns.conf), what it refers
to, and how it is read. The order of the table is the order of creation; removal goes the other way.
Sources: NITRO reference 12.0/12.1, the vendor's resource map (ansible-collection-netscaleradc, 14.1) for keys and
create-only attributes, and the command reference 12.0 for the ns.conf forms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from . import dataset_entries

Value = str | int | bool
Attributes = dict[str, Value]
"""The canonical attributes of one object: NITRO's names, plain values, without defaults."""

Key = tuple[str, ...]
ObjectId = tuple[str, Key]
"""A type and the values of its key, such as ("responderpolicy", ("tq_cve_2019_19781",))."""


@dataclass(frozen=True)
class Attribute:
    """One attribute of a type.

    :ivar kind: text and number compare exactly, enum without regard to case (NITRO may answer it in another case); a
        goto is a word in any case, or a number or expression that compares exactly; a list is a set of choices, whose
        value is the text of their names in the order of the table, with blanks between them
    :ivar default: the value on the appliance where the attribute is not given
    :ivar create_only: an update cannot change it
    :ivar can_unset: listed for ?action=unset
    :ivar cli: its option in ns.conf, or "" for a positional argument
    :ivar echoed: the appliance has it in its answers, so it can be compared
    :ivar assigned: the appliance chooses the value where the desired state has none; any value is then correct
    """

    kind: Literal["text", "number", "enum", "boolean", "goto", "list"] = "text"
    default: Value | None = None
    mandatory: bool = False
    create_only: bool = False
    can_unset: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    cli: str = ""
    echoed: bool = True
    assigned: bool = False


@dataclass(frozen=True)
class ResourceType:
    """One NITRO type.

    :ivar noun: its name in ns.conf ("responder policy")
    :ivar refers: by attribute, the type of the object that it names
    :ivar bound: True for a binding: it is bound and unbound, and no attribute can be updated
    :ivar parent: the attribute in the path of the request (bindings of virtual servers and sets); "" for a global binding
    :ivar scope: for a global binding the attribute by which it must be read, or it reads as empty (issue 378)
    :ivar holds: for data sets: the one attribute that has all entries of a set as text (see :mod:`dataset_entries`)
    :ivar only_set: settings of the appliance, or of objects of others: they are set and unset, not added or removed
    :ivar of: for settings of objects of others, the NITRO type of these objects; "" where it is the name
    :ivar commits: the type whose edits it applies; its one attribute is true when they are applied
    :ivar only_logs: its attributes decide what is logged, and each request is answered as before
    """

    name: str
    noun: str
    key: tuple[str, ...]
    attributes: Mapping[str, Attribute]
    refers: Mapping[str, str] = field(default_factory=dict)
    bound: bool = False
    parent: str = ""
    scope: str = ""
    feature: str = ""
    holds: str = ""
    only_set: bool = False
    of: str = ""
    commits: str = ""
    only_logs: bool = False

    @property
    def nitro_type(self) -> str:
        """The type in NITRO."""
        return self.of or self.name

    @property
    def is_singleton(self) -> bool:
        """True if an appliance has at most one such object, which has no name."""
        return not self.key

    @cached_property
    def always_shown(self) -> tuple[str, ...]:
        """The attributes that every object of an appliance has; none of a singleton, which may be unset, and no entries: a set may be empty."""
        shown = (
            name
            for name, attribute in self.attributes.items()
            if attribute.mandatory and attribute.echoed and name != self.holds
        )
        return tuple(dict.fromkeys([*self.key, *shown])) if self.key else ()

    @property
    def has_comment(self) -> bool:
        return "comment" in self.attributes and not self.bound

    @property
    def policy_attribute(self) -> str:
        """The attribute of a binding that names the bound policy."""
        return next((name for name, type_ in self.refers.items() if type_ in POLICY_TYPES), "") if self.bound else ""

    @property
    def policy_type(self) -> str:
        """The type of the policy that a binding binds; "" where it binds none."""
        return self.refers[self.policy_attribute] if self.policy_attribute else ""

    def same(self, one: Attributes | None, other: Attributes | None) -> bool:
        """True if two canonical objects are equal in the attributes that the appliance shows and that we set."""
        if self.holds:  # an empty set equals an absent one
            return (one or {}).get(self.holds) == (other or {}).get(self.holds)
        if one is None or other is None:
            return one is other
        hidden = {
            name
            for name, attribute in self.attributes.items()
            if not attribute.echoed or (attribute.assigned and (name in one) != (name in other))
        }
        return {k: v for k, v in one.items() if k not in hidden} == {k: v for k, v in other.items() if k not in hidden}

    def is_between(self, now: Attributes | None, states: Iterable[Attributes | None]) -> bool:
        """True if a set has only entries that are in one of these states: it is the result of a bulk request that was carried out in part."""
        known = {entry for state in states for entry in dataset_entries.split((state or {}).get(self.holds))}
        return bool(self.holds) and known.issuperset(dataset_entries.split((now or {}).get(self.holds)))

    def key_of(self, attributes: Mapping[str, Any]) -> Key:
        return tuple(str(attributes[name]) for name in self.key)

    def canonical(self, row: Mapping[str, Any]) -> Attributes:
        """Return a row of NITRO, or attributes of a desired state, in the form in which they are compared.

        Keys are matched without regard to case (the pattern binding answers `String`), number strings become numbers,
        enumerations take the case of the table, what equals the default or is not in the table is left out.
        """
        lowered = {str(key).lower(): value for key, value in row.items()}
        result: Attributes = {}
        for name, attribute in self.attributes.items():
            value = lowered.get(name.lower())
            if value is None and name in self.key:
                value = attribute.default
            if value is None or (value == "" and name not in self.key):
                continue
            value = canonical_value(attribute, value)
            if value != attribute.default or name in self.key:
                result[name] = value
        return result


def canonical_value(attribute: Attribute, value: Any) -> Value:
    """Return a value in its canonical form; a value that cannot be converted is unchanged, and so not equal to a valid one."""
    if attribute.kind == "list":
        return _chosen(attribute, value)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else " ".join(str(item) for item in value)
    if attribute.kind == "number":
        return int(value) if isinstance(value, int) or str(value).isdecimal() else str(value)
    if attribute.kind == "boolean":
        return value if isinstance(value, bool) else str(value).upper() in ("TRUE", "YES")
    text = str(value)
    if attribute.kind == "goto":
        return text.upper() if text.upper() in GOTO_WORDS else text
    if attribute.kind == "enum":
        return next((choice for choice in attribute.choices if choice.upper() == text.upper()), text)
    return text


def _chosen(attribute: Attribute, value: Any) -> str:
    """Return the choices of a list as one text. A list of all that ALL stands for is ALL; what is no choice comes last."""
    given = {str(one).upper(): str(one) for one in (value if isinstance(value, list) else str(value).split(" "))}
    named = [choice for choice in attribute.choices if choice.upper() in given]
    known = {choice.upper() for choice in attribute.choices}
    others = sorted(text for upper, text in given.items() if upper not in known)
    if ALL in attribute.choices and not others and {*attribute.choices} - {ALL, NONE} <= {*named}:
        return ALL
    return " ".join([*named, *others])


def sent_value(attribute: Attribute, value: Value) -> Value | list[str]:
    """Return a canonical value as NITRO takes it: a list as a list."""
    return str(value).split(" ") if attribute.kind == "list" else value


POLICY_TYPES = ("responderpolicy", "appfwpolicy")
"""The types of policies that bindings of the table bind."""
ALL, NONE = "ALL", "NONE"
"""Choices of a list that stand for all others, and for none of them."""
GOTO_WORDS = ("END", "NEXT", "USE_INVOCATION_RESULT")
_YES_NO = ("YES", "NO")
_LOG_LEVELS = ("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFORMATIONAL", "DEBUG")
_COMMENT = Attribute(can_unset=True, cli="-comment", maximum=255)
_PRIORITY = Attribute(kind="number", mandatory=True, minimum=1, maximum=2147483647, cli="-priority")
GLOBAL_TYPES = (
    "REQ_OVERRIDE", "REQ_DEFAULT", "OVERRIDE", "DEFAULT", "OTHERTCP_REQ_OVERRIDE", "OTHERTCP_REQ_DEFAULT",
    "SIPUDP_REQ_OVERRIDE", "SIPUDP_REQ_DEFAULT", "SIPTCP_REQ_OVERRIDE", "SIPTCP_REQ_DEFAULT", "DNS_REQ_OVERRIDE",
    "DNS_REQ_DEFAULT", "HTTPQUIC_REQ_OVERRIDE", "HTTPQUIC_REQ_DEFAULT",
)  # fmt: skip
HTTP_GLOBAL_TYPES = ("REQ_OVERRIDE", "REQ_DEFAULT")
_INVOKE = {
    "invoke": Attribute(kind="boolean", default=False),
    "labeltype": Attribute(cli="-invoke"),
    "labelname": Attribute(),
}


def settings_of(type_name: str) -> str:
    """Return the name in the table of the settings of objects of others.

    :param type_name: the NITRO type of these objects. It has a name of its own, since steps of lockdowns switch objects of the same type
    """
    return f"{type_name}_settings"


def _location_file(name: str, noun: str, formats: tuple[str, ...]) -> ResourceType:
    return ResourceType(
        name=name,
        noun=noun,
        key=(),
        attributes={
            "Locationfile": Attribute(mandatory=True),
            "format": Attribute(kind="enum", default=formats[0], choices=formats, cli="-format"),
        },
    )


def _acl(name: str, noun: str, key: str, action: str, version: str, highest: int) -> ResourceType:
    """An extended ACL. Action, ttl and data sets are create-only (vendor's resource map); nsacl6 has no data sets.

    The table has only the attributes of our ACLs, so of an ACL of others only the priority can be used.
    """
    sides: dict[str, Attribute] = {}
    for side in ("src", "dest"):
        selector = f"{side}ip{version}"
        # Answers show the value, and not that there is one (trace of nsacl, NITRO guide).
        sides[selector] = Attribute(kind="boolean", default=False, echoed=False, cli=f"-{side}IP{version}")
        sides[f"{side}ipop"] = Attribute(choices=("=", "!="))
        sides[f"{selector}val"] = Attribute()
        if not version:
            sides[f"{selector}dataset"] = Attribute(create_only=True, cli=f"-{side}IPDataset")
    return ResourceType(
        name=name,
        noun=noun,
        key=(key,),
        refers={} if version else {"srcipdataset": "policydataset", "destipdataset": "policydataset"},
        attributes={
            key: Attribute(mandatory=True),
            action: Attribute(kind="enum", mandatory=True, create_only=True, choices=("BRIDGE", "DENY", "ALLOW")),
            **sides,
            # It may count down in the answers, as that of simple ACLs does.
            "ttl": Attribute(kind="number", minimum=4, maximum=2147483647, create_only=True, echoed=False, cli="-TTL"),
            "priority": Attribute(kind="number", mandatory=True, minimum=1, maximum=highest, cli="-priority"),
            "state": Attribute(kind="enum", default="ENABLED", choices=("ENABLED", "DISABLED"), cli="-state"),
            "logstate": Attribute(
                kind="enum", default="DISABLED", choices=("ENABLED", "DISABLED"), can_unset=True, cli="-logstate"
            ),
            "ratelimit": Attribute(
                kind="number", default=100, minimum=1, maximum=10000, can_unset=True, cli="-ratelimit"
            ),
        },
    )


def _commit(name: str, noun: str, commits: str) -> ResourceType:
    """Return the type that applies all edits of these ACLs, those of others included (command reference, ns acls)."""
    return ResourceType(
        name=name, noun=noun, key=(), commits=commits, attributes={"applied": Attribute(kind="boolean", mandatory=True)}
    )


def _check(option: str, *choices: str) -> Attribute:
    """Return the actions of one check of a profile of the application firewall (command reference, appfw profile).

    :param choices: where they are others than those of most checks
    """
    of_most = ("none", "block", "learn", "log", "stats")
    return Attribute(kind="list", choices=choices or of_most, can_unset=True, cli=option)


def _vserver_binding(kind: str, policy: str, bindpoints: tuple[str, ...]) -> ResourceType:
    return ResourceType(
        name=f"{kind}_responderpolicy_binding",
        noun=f"{kind.removesuffix('vserver')} vserver",
        key=("name", policy, "bindpoint"),
        bound=True,
        parent="name",
        feature="RESPONDER",
        refers={"name": kind, policy: "responderpolicy"},
        attributes={
            "name": Attribute(mandatory=True),
            policy: Attribute(mandatory=True, cli="-policy" if policy == "policy" else "-policyName"),
            "priority": _PRIORITY,
            # A Gateway hides the goto of a binding in its state flag (terraform-provider-citrixadc test notes).
            "gotopriorityexpression": Attribute(
                default="END", cli="-gotoPriorityExpression", echoed=kind != "vpnvserver"
            ),
            "bindpoint": Attribute(kind="enum", default="REQUEST", choices=bindpoints, cli="-type"),
            **_INVOKE,
        },
    )


TYPES: Mapping[str, ResourceType] = {
    type_.name: type_
    for type_ in (
        ResourceType(
            name="policypatset",
            noun="policy patset",
            key=("name",),
            attributes={
                "name": Attribute(mandatory=True),
                "comment": Attribute(create_only=True, cli="-comment", maximum=255),
            },
        ),
        ResourceType(
            name="policypatset_pattern_binding",
            noun="policy patset",
            key=("name", "String"),
            bound=True,
            parent="name",
            refers={"name": "policypatset"},
            attributes={
                "name": Attribute(mandatory=True),
                "String": Attribute(mandatory=True),
                "index": Attribute(kind="number", minimum=1, maximum=4294967290, cli="-index", assigned=True),
                "charset": Attribute(kind="enum", choices=("ASCII", "UTF_8"), default="ASCII", cli="-charset"),
            },
        ),
        ResourceType(
            name="policydataset",
            noun="policy dataset",
            key=("name",),
            attributes={
                "name": Attribute(mandatory=True),
                "type": Attribute(
                    kind="enum",
                    mandatory=True,
                    create_only=True,
                    choices=("ipv4", "number", "ipv6", "ulong", "double", "mac"),
                ),
                "comment": Attribute(create_only=True, cli="-comment", maximum=255),
            },
        ),
        ResourceType(
            name="policydataset_value_binding",
            noun="policy dataset",
            key=("name",),
            bound=True,
            parent="name",
            refers={"name": "policydataset"},
            holds="values",
            attributes={"name": Attribute(mandatory=True), "values": Attribute(mandatory=True)},
        ),
        ResourceType(
            name="policyexpression",
            noun="policy expression",
            key=("name",),
            attributes={
                "name": Attribute(mandatory=True),
                "value": Attribute(mandatory=True),
                "comment": _COMMENT,
            },
        ),
        ResourceType(
            name="locationparameter",
            noun="locationParameter",
            key=(),
            only_set=True,
            attributes={
                "matchwildcardtoany": Attribute(
                    kind="enum",
                    choices=("YES", "NO", "Expression"),
                    default="NO",
                    can_unset=True,
                    cli="-matchWildcardtoany",
                )
            },
        ),
        # No defaults: releases differ in them (dtls), and an undo restores the value that was read.
        ResourceType(
            name="nstcpparam",
            noun="ns tcpParam",
            key=(),
            only_set=True,
            attributes={
                "enhancedisngeneration": Attribute(
                    kind="enum", choices=("ENABLED", "DISABLED"), can_unset=True, cli="-enhancedISNgeneration"
                )
            },
        ),
        ResourceType(
            name=settings_of("vpnvserver"),
            of="vpnvserver",
            noun="vpn vserver",
            key=("name",),
            only_set=True,
            attributes={
                "name": Attribute(mandatory=True),
                "dtls": Attribute(kind="enum", choices=("ON", "OFF"), can_unset=True, cli="-dtls"),
            },
        ),
        _location_file(
            "locationfile",
            "locationFile",
            (
                *("netscaler", "ip-country", "ip-country-isp", "ip-country-region-city", "ip-country-region-city-isp"),
                *("geoip-country", "geoip-region", "geoip-city", "geoip-country-org", "geoip-country-isp"),
                "geoip-city-isp-org",
            ),
        ),
        _location_file("locationfile6", "locationFile6", ("netscaler6", "geoip-country6")),
        ResourceType(
            name="auditsyslogparams",
            noun="audit syslogParams",
            key=(),
            only_set=True,
            only_logs=True,
            # Log actions write only if this is YES (NITRO reference, auditmessageaction).
            attributes={
                "userdefinedauditlog": Attribute(
                    kind="enum", choices=_YES_NO, default="NO", can_unset=True, cli="-userDefinedAuditlog"
                )
            },
        ),
        # No defaults: none is documented, and an undo restores what was read. Choices: NITRO reference of auditsyslogaction, 13.1.
        ResourceType(
            name=settings_of("auditsyslogaction"),
            of="auditsyslogaction",
            noun="audit syslogAction",
            key=("name",),
            only_set=True,
            attributes={
                "name": Attribute(mandatory=True),
                "managementlog": Attribute(
                    kind="list", choices=(ALL, "SHELL", "ACCESS", "NSMGMT", NONE), can_unset=True, cli="-managementlog"
                ),
                "mgmtloglevel": Attribute(
                    kind="list", choices=(ALL, *_LOG_LEVELS, NONE), can_unset=True, cli="-mgmtloglevel"
                ),
            },
        ),
        ResourceType(
            name="auditmessageaction",
            noun="audit messageaction",
            key=("name",),
            attributes={
                "name": Attribute(mandatory=True),
                "loglevel": Attribute(
                    kind="enum",
                    mandatory=True,
                    choices=_LOG_LEVELS,
                ),
                "stringbuilderexpr": Attribute(mandatory=True),
                "logtonewnslog": Attribute(
                    kind="enum", choices=_YES_NO, default="NO", can_unset=True, cli="-logtoNewnslog"
                ),
                "bypasssafetycheck": Attribute(
                    kind="enum", choices=_YES_NO, default="NO", can_unset=True, cli="-bypassSafetyCheck"
                ),
            },
        ),
        ResourceType(
            name="responderaction",
            noun="responder action",
            key=("name",),
            feature="RESPONDER",
            attributes={
                "name": Attribute(mandatory=True),
                "type": Attribute(
                    kind="enum",
                    mandatory=True,
                    create_only=True,
                    choices=(
                        "noop",
                        "respondwith",
                        "redirect",
                        "respondwithhtmlpage",
                        "sqlresponse_ok",
                        "sqlresponse_error",
                    ),
                ),
                "target": Attribute(),
                "htmlpage": Attribute(),
                "bypasssafetycheck": Attribute(kind="enum", choices=_YES_NO, default="NO", cli="-bypassSafetyCheck"),
                "responsestatuscode": Attribute(
                    kind="number", minimum=100, maximum=599, can_unset=True, cli="-responseStatusCode"
                ),
                "reasonphrase": Attribute(can_unset=True, cli="-reasonPhrase"),
                "comment": _COMMENT,
            },
        ),
        ResourceType(
            name="responderpolicy",
            noun="responder policy",
            key=("name",),
            feature="RESPONDER",
            refers={"action": "responderaction", "logaction": "auditmessageaction"},
            attributes={
                "name": Attribute(mandatory=True),
                "rule": Attribute(mandatory=True),
                "action": Attribute(mandatory=True),
                "undefaction": Attribute(can_unset=True),
                "comment": _COMMENT,
                "logaction": Attribute(can_unset=True, cli="-logAction"),
                "appflowaction": Attribute(can_unset=True, cli="-appflowAction"),
            },
        ),
        ResourceType(
            name="responderglobal_responderpolicy_binding",
            noun="responder global",
            key=("policyname", "type"),
            bound=True,
            scope="type",
            feature="RESPONDER",
            refers={"policyname": "responderpolicy"},
            attributes={
                "policyname": Attribute(mandatory=True),
                "priority": Attribute(kind="number", mandatory=True, minimum=1, maximum=2147483647),
                "gotopriorityexpression": Attribute(kind="goto", default="END"),
                # Without a type the binding lands at REQ_DEFAULT, so a document must say where it belongs.
                "type": Attribute(kind="enum", mandatory=True, choices=GLOBAL_TYPES, cli="-type"),
                **_INVOKE,
            },
        ),
        _vserver_binding("lbvserver", "policyname", ("REQUEST",)),
        _vserver_binding("csvserver", "policyname", ("REQUEST", "ICA_REQUEST", "OTHERTCP_REQUEST")),
        _vserver_binding("vpnvserver", "policy", ("REQUEST", "AAA_REQUEST", "ICA_REQUEST", "OTHERTCP_REQUEST")),
        _vserver_binding("authenticationvserver", "policy", ("REQUEST", "AAA_REQUEST")),
        # No defaults of the checks: which of them a new profile has, depends on its disposition (command reference, appfw profile).
        ResourceType(
            name="appfwprofile",
            noun="appfw profile",
            key=("name",),
            feature="APPFW",
            attributes={
                "name": Attribute(mandatory=True, maximum=31),
                "starturlaction": _check("-startURLAction"),
                "denyurlaction": _check("-denyURLAction"),
                "crosssitescriptingaction": _check("-crossSiteScriptingAction"),
                "sqlinjectionaction": _check("-SQLInjectionAction"),
                "fieldformataction": _check("-fieldFormatAction"),
                "bufferoverflowaction": _check("-bufferOverflowAction", "none", "block", "log", "stats"),
                "contenttypeaction": _check("-contentTypeAction"),
                "multipleheaderaction": _check("-multipleHeaderAction", "none", "block", "keepLast", "log"),
                "comment": _COMMENT,
            },
        ),
        ResourceType(
            name="appfwprofile_denyurl_binding",
            noun="appfw profile",
            key=("name", "denyurl"),
            bound=True,
            parent="name",
            feature="APPFW",
            refers={"name": "appfwprofile"},
            attributes={"name": Attribute(mandatory=True), "denyurl": Attribute(mandatory=True, cli="-denyURL")},
        ),
        ResourceType(
            name="appfwpolicy",
            noun="appfw policy",
            key=("name",),
            feature="APPFW",
            refers={"profilename": "appfwprofile"},
            attributes={
                "name": Attribute(mandatory=True),
                "rule": Attribute(mandatory=True),
                "profilename": Attribute(mandatory=True),
                "comment": _COMMENT,
            },
        ),
        ResourceType(
            name="appfwglobal_appfwpolicy_binding",
            noun="appfw global",
            key=("policyname", "type"),
            bound=True,
            scope="type",
            feature="APPFW",
            refers={"policyname": "appfwpolicy"},
            attributes={
                "policyname": Attribute(mandatory=True),
                "priority": Attribute(kind="number", mandatory=True, minimum=1, maximum=2147483647),
                "gotopriorityexpression": Attribute(kind="goto", default="END"),
                "type": Attribute(kind="enum", mandatory=True, choices=HTTP_GLOBAL_TYPES, cli="-type"),
                **_INVOKE,
            },
        ),
        # Last of all: what they let through is decided by what stands above, and they are the first to go.
        _acl("nsacl", "ns acl", "aclname", "aclaction", "", 100000),
        _acl("nsacl6", "ns acl6", "acl6name", "acl6action", "v6", 81920),
        _commit("nsacls", "ns acls", "nsacl"),
        _commit("nsacls6", "ns acls6", "nsacl6"),
    )
}

COMMITS: Mapping[str, str] = {type_.commits: type_.name for type_ in TYPES.values() if type_.commits}
"""By type of ACL, the type that applies its edits."""
BUILT_IN_ACTIONS = frozenset({"NOOP", "RESET", "DROP"})
ORDER = {name: position for position, name in enumerate(TYPES)}


def bind_point(object_id: ObjectId, attributes: Attributes) -> tuple[str, ...]:
    """Return the bind point of a binding: priorities are unique there, and policies are evaluated in their order."""
    type_ = TYPES[object_id[0]]
    place = (type_.scope, type_.parent, "bindpoint")
    return (
        type_.name,
        *(str(attributes.get(name, _default(type_, name))) for name in place if name in type_.attributes),
    )


def _default(type_: ResourceType, name: str) -> object:
    return type_.attributes[name].default or ""
