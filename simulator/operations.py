# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The operations that the simulator knows for each NITRO type and how far each type goes, read from the tables of types and from the handlers.

The table stands in docs/reference/simulator.md; ``python -m simulator.operations`` prints it.
"""

from __future__ import annotations

from simulator.nitro import handlers, statistics
from simulator.nitro.where_used import POLICY_BIND_POINTS
from simulator.types import BINDINGS, TYPES, Type

# Handled before any type is looked up.
_OUTSIDE = {"login": ("login",), "logout": ("logout",), "macroapi": ("add", "update", "remove")}
_NAMED = {"update": "change"}  # an action of its own, not the update that PUT is; the reference calls it change
_METHODS = {("POST", ""): "add", ("PUT", ""): "update", ("DELETE", ""): "delete"}
_BINDING_METHODS = {("POST", ""): "bind", ("PUT", ""): "bind", ("DELETE", ""): "unbind"}


def operations() -> dict[str, tuple[str, ...]]:
    """Return the operations of each type, types in alphabetical order."""
    found: dict[str, set[str]] = {name: set(known) for name, known in _OUTSIDE.items()}
    for name, type_ in TYPES.items():
        found.setdefault(name, set()).update(_of_objects(type_))
    for name, binding in BINDINGS.items():
        found.setdefault(name, set()).update(("get", "bind", "unbind"))
        found.setdefault(f"{binding.parent or name.split('_')[0]}_binding", set()).add("get")
    for kind, places in POLICY_BIND_POINTS.items():
        for name in (f"{kind}_binding", *(f"{kind}_{place}_binding" for place in places)):
            found.setdefault(name, set()).add("get")
    for name in handlers.READS:
        found.setdefault(name, set()).add("get")
    for name, method, action in handlers.WRITES:
        if action != "*":  # a handler that refuses every call
            known = (_BINDING_METHODS if name.endswith("_binding") else _METHODS).get(
                (method, action), _NAMED.get(action, action)
            )
            alone = name not in TYPES and not name.endswith("_binding") and name not in handlers.READS
            found.setdefault(name, set()).add(name if alone and (method, action) == ("POST", "") else known)
    for name in statistics.names():
        found.setdefault(name, set()).add("stat")
    return {name: tuple(sorted(found[name], key=_place)) for name in sorted(found, key=str.lower) if found[name]}


def _of_objects(type_: Type) -> set[str]:
    known = {"get", *type_.actions}
    known |= {"add", "delete"} if type_.can_create else set()
    return known | ({"update"} if type_.can_update else set())


_FIRST = ("get", "stat", "add", "update", "delete", "bind", "unbind", "unset", "rename", "enable", "disable")


def _place(operation: str) -> tuple[int, str]:
    return (_FIRST.index(operation) if operation in _FIRST else len(_FIRST), operation)


# Configuration that is checked and printed, and changes nothing else: what nodes, traffic and logs do does not depend on it.
STORED_ONLY = frozenset(
    {
        *("authenticationepaaction", "authenticationldapaction", "authenticationradiusaction"),
        *("authenticationpolicy", "authenticationpolicylabel"),
        "authenticationpolicylabel_authenticationpolicy_binding",
        "authenticationvserver_authenticationpolicy_binding",
        *("vpnsessionaction", "vpnsessionpolicy"),
        *(f"{place}_vpnsessionpolicy_binding" for place in ("aaagroup", "aaauser", "vpnglobal", "vpnvserver")),
        *("vpnglobal_staserver_binding", "vpnvserver_staserver_binding"),
        *(
            "aaakcdaccount",
            "auditnslogparams",
            "authenticationsamlaction",
            "authenticationsamlidpprofile",
            "dnsparameter",
            "dnspolicy64",
            "lsngroup",
            "nat64",
            "sslvserver",
            "dnsnameserver",
            "nsip",
            "nsip6",
            "ntpserver",
            "rnat",
            "rnat_nsip_binding",
            "route",
        ),
    }
)


def depth(name: str, listed: tuple[str, ...]) -> str:
    """Return how far a type goes, with the numbers of the attributes that are stored and have no effect."""
    entry = TYPES.get(name) or BINDINGS.get(name)
    if name in STORED_ONLY:
        return "stored only"
    if listed == ("stat",):
        return "statistics"
    if listed == ("get",) or (listed == ("get", "stat") and entry is None):
        return "to be read"
    more = sum(one.stored_only and not one.read_only for one in entry.attributes) if entry else 0
    return f"behaviour; {more} attributes stored only" if more else "behaviour"


def operation_table() -> str:
    """Return the table of docs/reference/simulator.md with its totals in front."""
    known = operations()
    pairs = sum(map(len, known.values()))
    lines = [
        f"{len(known)} types, {pairs} pairs of a type and an operation.",
        "",
        "| type | operations | how far |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {', '.join(listed)} | {depth(name, listed)} |" for name, listed in known.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(operation_table(), end="")
