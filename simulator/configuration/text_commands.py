# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documented commands of an ns.conf without a table of the simulator: kept as text, so that the appliance prints them again.

They have no effect and no NITRO objects. Nouns: the groups and the pages of the command reference, and newer groups of the NITRO reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from simulator.configuration.command_line import Word
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Row

TABLE = "_text"


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_VERBS = frozenset({"add", "set", "bind", "link", "enable", "disable"})
# The first word of a noun of two words or more.
_GROUPS = _words(
    "aaa adm analytics api app appflow appfw appqoe audit authentication authorization autoscale bot ca cache callhome cloud cluster cmp "
    "contentinspection cr cs db dns dos feo filter gslb ha htmlinjection ica ipsec ipsecalg lb lldp lsn ns ntp pcp policy pq protocol qos "
    "quicbridge rdp reputation responder rewrite rise router sc smpp snmp spillover ssl stream subscriber system tm transform tunnel "
    "urlfiltering user utility videooptimization vpn wf wi"
)
# Nouns of one word: the groups network and basic.
_NOUNS = _words(
    "appalgparam arp arpparam bridge bridgegroup bridgetable channel ci extendedmemoryparam fis forwardingsession inat inatparam interface "
    "interfacepair ip6tunnel ip6tunnelparam ipset iptunnel iptunnelparam ipv6 l2param l3param l4param lacp linkset location locationfile "
    "locationfile6 locationparameter mapbmr mapdmr mapdomain nat64 nat64param nd6 nd6ravariables netbridge netprofile onlinkipv6prefix ptp "
    "radiusnode rnat rnat6 rnatglobal rnatip rnatparam route route6 rsskeytype server service servicegroup tunnelip tunnelip6 vlan vpath "
    "vpathparam vrid vrid6 vridparam vxlan vxlanvlanmap"
)
_FIRST = "set ns config "  # stands in front of everything else in exported files
_NETWORK = re.compile(
    r"(?:set|add|bind) (?:ns config|interface|channel|vlan|vxlan|lacp|rsskeytype|nd6RAvariables|dns) ", re.IGNORECASE
)
_SECRET = re.compile(r"(?:passw(?:or)?d|secret|radkey|passplain)$")
_INTERNAL = re.compile(r"ns[a-z0-9_-]|(?:ldns-dns|sta|stasecure)$", re.IGNORECASE)
_CLI = frozenset(type_.cli.lower() for type_ in TYPES.values())


def is_documented(command: list[Word]) -> bool:
    """True for a command of the reference, whether the simulator has a table for it or not."""
    words = [word.text.lower() for word in command[:2]]
    return len(command) > 2 and words[0] in _VERBS and (words[1] in _NOUNS or words[1] in _GROUPS)


def is_built_in(name: str) -> bool:
    """True for the name of an object that comes with an appliance, such as the service nshttpd-gui-127.0.0.1-80."""
    return bool(_INTERNAL.match(name))


def is_built_in_policy(name: str) -> bool:
    """True for the policy of parameters, such as SETSYSLOGPARAMS_ADV_POL."""
    return bool(re.fullmatch(r"SET[A-Z]+PARAMS_(?:ADV_)?POL", name))


def keep(configuration: Rows, line: str, command: list[Word]) -> None:
    """Keep a command. A secret in clear is masked, as nowhere else in the simulator's texts there is one."""
    row: Row = {"line": _masked(line.strip(), command), "name": _named(command)}
    if command[0].text.lower() != "add":
        row["owner"] = next(iter(_owners(command)), None)
    number = max((int(key[0]) for key in configuration.table(TABLE)), default=0) + 1
    configuration.put(TABLE, (f"{number:06d}",), row)


def names_of_kept(configuration: Rows) -> frozenset[str]:
    """Return the names of the objects that kept commands add, such as policies of other features."""
    return frozenset(
        row["name"] for row in configuration.table(TABLE).values() if row["line"][:4].lower() == "add " and row["name"]
    )


def lines(configuration: Rows, *, first: bool) -> list[str]:
    """Return the kept commands: those that stand in front of all others, or the rest."""
    return [row["line"] for row in configuration.table(TABLE).values() if row["line"].startswith(_FIRST) is first]


def forget(configuration: Rows, noun: str, name: str) -> None:
    """Forget the commands that set or bind an object that is deleted."""
    for key, row in list(configuration.table(TABLE).items()):
        if row.get("owner") == (noun.lower(), name):
            configuration.drop(TABLE, key)


def is_network(row: Row) -> bool:
    """True for a network setting, which a clear keeps."""
    return bool(_NETWORK.match(row["line"]))


def _masked(line: str, command: list[Word]) -> str:
    if any(word.option == "encrypted" for word in command):
        return line
    for option, value in pairwise(command):
        if _SECRET.search(option.option) and not value.option:
            line = line.replace(value.text, "********")
    return line


def _named(command: list[Word]) -> str:
    place = 2 if command[1].text.lower() in _NOUNS else 3
    return command[place].text if len(command) > place and not command[place].option else ""


def _owners(command: list[Word]) -> Iterable[tuple[str, str]]:
    """Yield the noun and the name of the object that a command is about, if the simulator has its type."""
    for length in (3, 2, 1):
        noun = " ".join(word.text for word in command[1 : 1 + length]).lower()
        if noun in _CLI and len(command) > 1 + length:
            yield noun, command[1 + length].text
