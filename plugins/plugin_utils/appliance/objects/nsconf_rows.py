# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of ns.conf as rows of NITRO types: what the preconditions of the catalogue ask for. Pure.

Sources: command reference 12.0 and 13.1 (synopsis of each command), NITRO reference (names and defaults of attributes). ns.conf leaves an attribute out
that has its default, so the default is added where a precondition depends on it. The first line of a file that a release writes is
``#NS13.0 Build 47.22``: that is the release that saved it, which need not be the one that runs. Where a part of a file was lost or could not be read,
what is in it counts, and nothing counts as absent: neither an object nor an attribute.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .nsconf_reader import MOST_OPENED, OPENER, Word, words
from .nsconf_text import configuration_text

Row = Mapping[str, str]
LONGEST_LINE = 64 * 1024
"""Characters. The longest expression of a policy has 8,191, and a certificate is not in ns.conf."""
MOST_ROWS = 200_000
"""Of all types of one file; an appliance has some thousands."""
_VSERVER = ("name", "servicetype", "ipv46", "port")


class RowType(NamedTuple):
    """How the rows of a NITRO type stand in ns.conf.

    :ivar noun: the words after the verb
    :ivar places: the attributes of the arguments without an option, in their order; the first one is the key
    :ivar defaults: by attribute, the value that ns.conf leaves out
    :ivar verbs: the commands that make or change a row
    """

    noun: str
    places: tuple[str, ...]
    defaults: Mapping[str, str] = {}
    verbs: tuple[str, ...] = ("add", "set")


_NAMED = ("name",)
ROW_TYPES: dict[str, RowType] = {
    "nsip": RowType("ns ip", ("ipaddress", "netmask"), {"type": "SNIP", "mgmtaccess": "DISABLED"}),
    "nsip6": RowType("ns ip6", ("ipv6address",), {"type": "SNIP", "mgmtaccess": "DISABLED"}),
    "hanode": RowType("ha node", ("id", "ipaddress")),
    "nspartition": RowType("ns partition", ("partitionname",)),
    "nstcpparam": RowType("ns tcpparam", (), {"enhancedisngeneration": "DISABLED"}, ("set",)),
    "nsvariable": RowType("ns variable", _NAMED),
    # -dtls is on unless it is switched off (community write-up of CTX697096, 2026-09-30)
    "vpnvserver": RowType("vpn vserver", _VSERVER, {"dtls": "ON"}),
    "authenticationvserver": RowType("authentication vserver", _VSERVER),
    "lbvserver": RowType("lb vserver", _VSERVER),
    "csvserver": RowType("cs vserver", _VSERVER),
    "crvserver": RowType("cr vserver", _VSERVER),
    "gslbvserver": RowType("gslb vserver", ("name", "servicetype")),
    "gslbsite": RowType("gslb site", ("sitename", "sitetype", "siteipaddress")),
    "authenticationsamlaction": RowType("authentication samlaction", _NAMED),
    "authenticationsamlidpprofile": RowType("authentication samlidpprofile", _NAMED),
    "rdpserverprofile": RowType("rdp serverprofile", _NAMED),
    "rdpclientprofile": RowType("rdp clientprofile", _NAMED),
    "vpnpcoipvserverprofile": RowType("vpn pcoipvserverprofile", _NAMED),
    "server": RowType("server", ("name", "address")),
    "service": RowType("service", ("name", "servername", "servicetype", "port")),
    "servicegroup": RowType("servicegroup", ("servicegroupname", "servicetype")),
    "servicegroup_servicegroupmember_binding": RowType(
        "servicegroup", ("servicegroupname", "servername", "port"), verbs=("bind",)
    ),
    "lbvserver_service_binding": RowType("lb vserver", ("name", "servicename"), verbs=("bind",)),
    "lsngroup": RowType("lsn group", ("groupname",), {"ftp": "ENABLED", "pptp": "DISABLED", "sipalg": "DISABLED"}),
    "aaakcdaccount": RowType("aaa kcdaccount", ("kcdaccount",)),
    "dnsparameter": RowType("dns parameter", (), {"recursion": "DISABLED"}, ("set",)),
    "lbmonitor": RowType("lb monitor", ("monitorname", "type")),
    "nshttpprofile": RowType("ns httpprofile", _NAMED, {"http2": "DISABLED"}),
    "nstcpprofile": RowType("ns tcpprofile", _NAMED, {"timestamp": "DISABLED"}),
    "lsnrtspalgprofile": RowType("lsn rtspalgprofile", ("rtspalgprofilename",)),
    "lsnsipalgprofile": RowType("lsn sipalgprofile", ("sipalgprofilename",)),
    "nat64": RowType("nat64", _NAMED),
    "dnspolicy64": RowType("dns policy64", _NAMED),
    "responderpolicy": RowType("responder policy", ("name", "rule", "action")),
    "responderaction": RowType("responder action", ("name", "type", "target")),
    "rewritepolicy": RowType("rewrite policy", ("name", "rule", "action")),
    "cspolicy": RowType("cs policy", ("policyname",)),
    "policyexpression": RowType("policy expression", ("name", "value")),
    "authorizationpolicy": RowType("authorization policy", ("name", "rule", "action")),
    "appfwpolicy": RowType("appfw policy", ("name", "rule", "profilename")),
}
SINGLETONS = frozenset(name for name, type_ in ROW_TYPES.items() if not type_.places)
_BY_COMMAND: dict[tuple[str, str], list[str]] = {}
for _name, _type in ROW_TYPES.items():
    for _verb in _type.verbs:
        _BY_COMMAND.setdefault((_verb, _type.noun), []).append(_name)


@dataclass(frozen=True)
class ConfigurationFile:
    """One ns.conf.

    :ivar build: of the release that saved it, such as ``13.0 47.22``; "" where the file does not say
    :ivar address: the NSIP; "" in the file of an admin partition
    :ivar host_name: the name that the node has; "" where it has none
    :ivar unreadable: by NITRO type, why its rows are not known
    :ivar bound: the names of the policies that are bound somewhere
    :ivar commands: how many lines are commands
    :ivar incomplete: why an object or an attribute that is not in it may have been in the file; "" where it is whole
    """

    build: str = ""
    address: str = ""
    host_name: str = ""
    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    commands: int = 0
    incomplete: str = ""

    def why_unknown(self, nitro_type: str) -> str:
        """Return why there may be more rows of a type, or more attributes of them; "" where these are all."""
        if nitro_type not in ROW_TYPES and nitro_type != "nsfeature":
            return f"{nitro_type} is not read from ns.conf"
        return self.incomplete or self.unreadable.get(nitro_type, "")


@dataclass
class _Reading:
    """What was found so far: by type and key, the attributes of a row."""

    rows: dict[str, dict[tuple[str, ...], dict[str, str]]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    features: list[str] = field(default_factory=list)
    bound: set[str] = field(default_factory=set)
    address: str = ""
    host_name: str = ""
    number: int = 0


def read_rows(text: str) -> ConfigurationFile:
    """Return the rows of the types of :data:`ROW_TYPES`. What cannot be read makes the other rows of its type unknown, and their defaults."""
    source, found = configuration_text(text), _Reading()
    for line in source.commands:
        _take_line(found, line)
    _resolve_servers(found)
    incomplete = source.why_incomplete
    if found.number > MOST_ROWS:
        incomplete = f"it has more than {MOST_ROWS:,} objects"
    rows = {name: _with_defaults(found, name, incomplete) for name in (*found.rows, *SINGLETONS - found.rows.keys())}
    if found.address:
        rows["nsip"] = ({"ipaddress": found.address, "type": "NSIP", "mgmtaccess": "ENABLED"}, *rows.get("nsip", ()))
    rows["nsfeature"] = (dict.fromkeys(map(str.lower, found.features), "true") | {"feature": " ".join(found.features)},)
    return ConfigurationFile(
        build=source.build,
        address=found.address,
        host_name=found.host_name,
        rows=rows,
        unreadable=found.unreadable,
        bound=frozenset(found.bound),
        commands=len(source.commands),
        incomplete=incomplete,
    )


def _with_defaults(found: _Reading, name: str, incomplete: str) -> tuple[Row, ...]:
    """Return the rows of a type with the defaults that ns.conf leaves out; without them where a lost line may have set an attribute."""
    own = tuple(found.rows.get(name, {}).values())
    if incomplete or name in found.unreadable:
        return own
    return tuple({**ROW_TYPES[name].defaults, **row} for row in own or (({},) if name in SINGLETONS else ()))


def _take_line(found: _Reading, line: str) -> None:
    head = line[:200].lower().split(None, 3)
    if len(head) < 2 or found.number > MOST_ROWS:
        return
    two = (head[0], " ".join(head[1:3]))
    names = _BY_COMMAND.get(two) or _BY_COMMAND.get((head[0], head[1]), [])
    special = two in (("set", "ns config"), ("set", "ns hostname"), ("enable", "ns feature"))
    policy = head[0] == "bind" and (two[1] == "responder global" or "-policy" in line.lower())
    if not names and not special and not policy:
        return
    if len(line) > LONGEST_LINE or len(OPENER.findall(line)) > MOST_OPENED:
        found.unreadable |= dict.fromkeys(names, "a line of it in ns.conf is too long or has too many quotes")
        return
    arguments = words(line)[1 + len(ROW_TYPES[names[0]].noun.split() if names else head[1:3]) :]
    if policy:
        _take_bound(found, words(line))
    if special:
        _take_special(found, two[1], arguments)
    for name in names:
        _take_row(found, name, arguments)


def _take_bound(found: _Reading, line: list[Word]) -> None:
    """Take the name of the policy that a line binds: ``bind responder global p ...``, ``bind vpn vserver v -policy p ...``."""
    if len(found.bound) > MOST_ROWS:
        return
    if len(line) > 3 and line[1].text.lower() == "responder":
        found.bound.add(line[3].text)
    found.bound |= {name.text for word, name in itertools.pairwise(line) if word.option in ("-policy", "-policyname")}


def _take_special(found: _Reading, noun: str, arguments: list[Word]) -> None:
    if noun == "ns feature":
        found.features += [word.text.upper() for word in arguments]
    elif noun == "ns hostname" and arguments:
        found.host_name = arguments[0].text
    elif noun == "ns config":
        found.address = _attributes((), arguments).get("ipaddress", "") or found.address


def _take_row(found: _Reading, name: str, arguments: list[Word]) -> None:
    type_ = ROW_TYPES[name]
    row = _attributes(type_.places, arguments)
    bound = type_.verbs == ("bind",)
    if bound and not all(place in row for place in type_.places[:2]):
        return  # another kind of binding, such as that of a policy
    if type_.places and type_.places[0] not in row:
        found.unreadable[name] = "a line of it in ns.conf names no object"
        return
    key = tuple(row.get(place, "").lower() for place in (type_.places if bound else type_.places[:1]))
    rows = found.rows.setdefault(name, {})
    if key not in rows:
        found.number += 1
        rows[key] = {}
    rows[key] |= row


def _attributes(places: Iterable[str], arguments: Iterable[Word]) -> dict[str, str]:
    """Return the arguments of a command as attributes, in lower case; an option without a value has the value ""."""
    row: dict[str, str] = {}
    waiting, free = list(arguments), list(places)
    waiting.reverse()
    free.reverse()
    while waiting:
        word = waiting.pop()
        if word.option:
            row[word.option[1:]] = waiting.pop().text if waiting and not waiting[-1].option else ""
        elif free:
            row[free.pop()] = word.text
    return row


def _resolve_servers(found: _Reading) -> None:
    """Give a server its address or its domain, and a service or a member the address of its server, as NITRO shows them."""
    addresses = {}
    for key, row in found.rows.get("server", {}).items():
        address = row.pop("address", "")
        row["ipaddress" if is_address(address) else "domain"] = address
        addresses[key[0]] = row.get("ipaddress", "")
    for name, attribute in (("service", "ipaddress"), ("servicegroup_servicegroupmember_binding", "ip")):
        for row in found.rows.get(name, {}).values():
            server = row.get("servername", "")
            address = addresses.get(server.lower(), server if is_address(server) else "")
            if address:
                row[attribute] = address


def is_address(text: str) -> bool:
    """True if a text is an IPv4 or an IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def partitions_of(file: ConfigurationFile) -> Iterator[str]:
    """Yield the names of the admin partitions that a file makes."""
    for row in file.rows.get("nspartition", ()):
        yield row["partitionname"]
