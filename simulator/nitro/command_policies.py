# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Authorisation: command policies are regular expressions over the command line that corresponds to a NITRO call (administration guide 9.3;
the 403 of the ruby gem netscaler quotes such a line).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.bounded_search import bounded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.results import Halt

from simulator.configuration.administrators import bound_policies
from simulator.configuration.command_line import token
from simulator.configuration.configuration import Configuration
from simulator.configuration.servers import BY_ADDRESS
from simulator.nitro.call import Call
from simulator.types import BINDINGS, TYPES, Row, Type
from simulator.types.errors import NitroError
from simulator.types.system import COMMAND_POLICIES, SUPERUSER

_FREE = ("login", "logout")  # need no policy (inferred)
_METHODS = {"GET": ("show", "show"), "POST": ("add", "bind"), "PUT": ("set", "bind"), "DELETE": ("rm", "unbind")}
# For types without a table entry: the positional arguments (command reference), and the groups that begin their nouns.
_PLACES = {
    "systemfile": ["filename"],
    "nsfeature": ["feature"],
    "nsmode": ["mode"],
    "nsconfig": ["level"],
    "systembackup": ["filename"],
}
_GROUPS = (
    "ns",
    "ha",
    "system",
    "policy",
    "aaa",
    "ntp",
    "ssl",
    "protocol",
    "gslb",
    "cr",
    "vpn",
    "responder",
    "rewrite",
    "appfw",
    "lb",
    "cs",
    "rdp",
    "audit",
    "denylist",
)


def authorise(call: Call, row: Row) -> None:
    """Apply the caller's policies by priority: the first match decides, no match is a refusal. Raises 371, 2138."""
    user = call.session.user if call.session else ""
    if user and call.target.type not in _FREE:
        check_line(call.node.whole.running, user, lambda: command(call, row))


def check_line(running: Configuration, user: str, make_line: Callable[[], str]) -> None:
    """Apply the policies of a user to a command line, which is made only if it is needed. Raises 371, 2138.

    A policy whose regular expression takes too long is a refusal.
    """
    if user == SUPERUSER:
        return
    bound = bound_policies(running, user)
    if not bound:
        raise NitroError(371)
    line = make_line()
    for other in bound:
        name = other["policyname"]
        policy = running.find(TYPES["systemcmdpolicy"], name) or COMMAND_POLICIES[name]
        try:
            applies = bounded(re.compile(policy["cmdspec"], re.IGNORECASE)).search(line) is not None
        except Halt:  # nobody knows whether it matches
            break
        if applies:
            if policy["action"] == "ALLOW":
                return
            break
    raise NitroError(2138, line)


_WITHOUT_NOUN = ("reboot",)
"""The types whose command is one word (command reference, basic: reboot [-warm])."""


def command(call: Call, row: Row) -> str:
    """Return the command line of a call: verb, noun, positional arguments, options."""
    name = call.target.type
    entry = TYPES.get(name) or BINDINGS.get(name)
    plain = _METHODS.get(call.method, ("show", "show"))[name in BINDINGS]
    verb = "stat" if call.target.kind == "stat" else call.action.lower() or plain
    given = {str(key).lower(): value for key, value in {**call.args, **row}.items()}
    if name in BY_ADDRESS and "ip" in given:
        given["servername"] = given.pop("ip")  # one argument of the command
    options: dict[str, str] = {}
    if entry is None:
        places = _PLACES.get(name, ["name"])
    else:
        key = entry.key if isinstance(entry, Type) else entry.parent_key
        places = [place.lower() for place in (key, *entry.line) if place] or ["name"]
        options = {attribute.name.lower(): attribute.cli for attribute in entry.attributes if attribute.cli}
    if call.name:
        given.setdefault(places[0], call.name)
    words = [name] if name in _WITHOUT_NOUN else [verb, entry.cli if entry else _noun(name)]
    words += [token(given.pop(place)) for place in places if place in given]
    for option, value in given.items():
        words += [f"-{options.get(option, option)}", token(value)]
    return " ".join(words)


def _noun(name: str) -> str:
    """Return the noun of a type; a list of bindings has that of its parent."""
    owner = name.partition("_")[0]
    if owner in TYPES:
        return TYPES[owner].cli
    group = next((group for group in _GROUPS if owner.startswith(group) and owner != group), "")
    return f"{group} {owner[len(group) :]}" if group else owner
