# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The execution nodes of the inventory, with strict types, and the appliances that each one works on. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from ...foundation.errors import InvalidInput
from .receptor_route import EXAMPLE as RECEPTOR_EXAMPLE
from .receptor_route import ReceptorRoute, read_receptor_route

VARIABLE = "tourniquet_execution_nodes"
EXAMPLE = "[{name: amsterdam, command: [ssh, amsterdam, ansible-runner, worker], groups: [site_amsterdam]}]"
STATE = "/var/lib/tourniquet"
MOST_NODES = 100
MOST_KEEPALIVE = 600
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_KEYS = ("name", "command", "receptor", "ping", "cancel", "groups", "state", "keepalive", "takes_over")
_RECEPTORCTL = "receptorctl"


@dataclass(frozen=True)
class ExecutionNode:
    """A machine that works on slices.

    :ivar command: the program and its arguments that takes the stream of ``ansible-runner transmit`` and returns that of ``ansible-runner worker``; empty
        where it is reached by Receptor
    :ivar groups: the groups of the inventory whose appliances it works on; empty for those that no other node names
    :ivar keepalive: seconds between two signs of life of its worker (``--keepalive-seconds``); 0 where the inventory does not say it
    :ivar state: the directory on that machine for records, locks and the key, which must exist there
    :ivar receptor: the way to it over a Receptor mesh; None where it has a command
    :ivar ping: of a node with a command, the words of a program that ends with 0 where the node answers; empty for none
    :ivar cancel: of a node with a command, the words of a program that ends with 0 only when a job begins nothing there any more; empty for none
    :ivar takes_over: the names of the nodes whose credentials it has too: it works on their slices when it has no more of its own
    """

    name: str
    command: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    state: str = STATE
    keepalive: int = 0
    receptor: ReceptorRoute | None = None
    ping: tuple[str, ...] = ()
    cancel: tuple[str, ...] = ()
    takes_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slice:
    """Appliances that one job works on."""

    node: ExecutionNode
    hosts: tuple[str, ...]


def read_execution_nodes(value: Any, without: Collection[str] = ()) -> tuple[ExecutionNode, ...]:
    """Return the execution nodes.

    :param value: of the variable ``tourniquet_execution_nodes``
    :param without: the names of nodes that are left out
    :raises InvalidInput: naming the node and the fix
    """
    if not isinstance(value, list) or not value or len(value) > MOST_NODES:
        raise _wrong(f"must be a list of 1 to {MOST_NODES} machines")
    nodes = tuple(map(_node, value))
    names = [node.name for node in nodes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _wrong(f"names {', '.join(twice)} twice")
    for node in nodes:
        strange = sorted(name for name in node.takes_over if name == node.name or name not in names)
        if strange:
            raise _wrong(f"{node.name}: takes_over names {', '.join(strange)}: it must name other nodes of the list")
    unknown = sorted(set(without) - set(names))
    if unknown:
        raise InvalidInput(f"without_nodes names {', '.join(unknown)}; the execution nodes are {', '.join(names)}")
    left = tuple(node for node in nodes if node.name not in without)
    if not left:
        raise InvalidInput("without_nodes leaves no execution node: name fewer, or use the playbook of the verb itself")
    return left


def assign(
    hosts: Iterable[str], nodes: Sequence[ExecutionNode], groups: Mapping[str, Collection[str]]
) -> dict[str, ExecutionNode]:
    """Return the node of each appliance: of the nodes that may work on it the first by a hash of both names (rendezvous hashing).

    So neither other appliances, a limit nor an order decides where an appliance goes. A node that is gone moves its own appliances alone, and a new one
    takes only those that it gets: a node needs no credentials but those of its own appliances.

    An appliance goes to a node that names one of its groups; else to one without groups.

    :param groups: by name, the appliances of each group
    :raises InvalidInput: where a group does not exist, or no node may work on an appliance
    """
    missing = sorted({name for node in nodes for name in node.groups} - groups.keys())
    if missing:
        raise _wrong(f"has the groups {', '.join(missing)}, which the inventory does not have")
    return {host: _first(host, _possible(host, nodes, groups)) for host in hosts}


def _possible(
    host: str, nodes: Sequence[ExecutionNode], groups: Mapping[str, Collection[str]]
) -> Sequence[ExecutionNode]:
    near = [node for node in nodes if any(host in groups[name] for name in node.groups)]
    possible = near or [node for node in nodes if not node.groups]
    if not possible:
        raise InvalidInput(
            f"{host}: no execution node works on it: each names groups, and it is in none of them. Add one of its groups to a node of {VARIABLE}, or "
            "a node without groups."
        )
    return possible


def _first(host: str, nodes: Sequence[ExecutionNode]) -> ExecutionNode:
    # Not hash(): it has another seed in each process.
    return max(nodes, key=lambda node: sha256(f"{host}\0{node.name}".encode()).digest())


def slices_of(hosts: Iterable[str], assignment: Mapping[str, ExecutionNode], most: int) -> list[Slice]:
    """Return the slices of some appliances, of equal size for each node.

    :param most: the largest number of appliances of a slice
    """
    by_node: dict[ExecutionNode, list[str]] = {}
    for host in hosts:
        by_node.setdefault(assignment[host], []).append(host)
    return [
        Slice(node, tuple(own[begin : begin + size]))
        for node, own in by_node.items()
        for size in [-(-len(own) // -(-len(own) // most))]
        for begin in range(0, len(own), size)
    ]


def _node(value: Any) -> ExecutionNode:
    if not isinstance(value, Mapping):
        raise _wrong("must be a list of mappings")
    name = value.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _wrong(f"has the name {name!r}: write a-z, 0-9 and -")
    unknown = sorted(str(key) for key in value.keys() - set(_KEYS))
    if unknown:
        raise _wrong(f"{name}: has {', '.join(unknown)}; it may have {', '.join(_KEYS)}")
    groups, state = value.get("groups", []), value.get("state", STATE)
    if not _is_texts(groups):
        raise _wrong(f"{name}: groups must be a list of names of groups")
    if not isinstance(state, str) or not state.startswith("/") or not state.isprintable():
        raise _wrong(f"{name}: state must be an absolute path on that machine")
    keepalive = value.get("keepalive", 0)
    if not isinstance(keepalive, int) or isinstance(keepalive, bool) or not 0 <= keepalive <= MOST_KEEPALIVE:
        raise _wrong(f"{name}: keepalive must be a whole number of seconds, at most {MOST_KEEPALIVE}")
    command, receptor = _way(name, value)
    ping, cancel = (_words(name, key, value, required=False) for key in ("ping", "cancel"))
    if receptor and (ping or cancel):
        raise _wrong(f"{name}: ping and cancel go with a command; a node with receptor has both")
    takes_over = value.get("takes_over", [])
    if not _is_texts(takes_over):
        raise _wrong(f"{name}: takes_over must be a list of names of other nodes")
    return ExecutionNode(name, command, tuple(groups), state, keepalive, receptor, ping, cancel, tuple(takes_over))


def _way(name: str, value: Mapping[Any, Any]) -> tuple[tuple[str, ...], ReceptorRoute | None]:
    """Return how a node is reached: by a command or by Receptor."""
    if "receptor" not in value:
        command = _words(name, "command", value, required=True)
        if any(word.rpartition("/")[2] == _RECEPTORCTL for word in command):
            raise _wrong(
                f"{name}: command starts {_RECEPTORCTL}, which leaves a job with the Receptor of the controller when it is given up, and a node that "
                f"returns carries it out. Write {RECEPTOR_EXAMPLE} instead of command"
            )
        return command, None
    if "command" in value:
        raise _wrong(f"{name}: has command and receptor; write one of them")
    try:
        return (), read_receptor_route(name, value["receptor"])
    except InvalidInput as error:
        raise _wrong(f"{name}: {error}. Write {RECEPTOR_EXAMPLE}") from None


def _words(name: str, key: str, value: Mapping[Any, Any], *, required: bool) -> tuple[str, ...]:
    words = value.get(key, [])
    if not _is_texts(words) or (required and not words):
        raise _wrong(f"{name}: {key} must be a list of words: a program and its arguments")
    return tuple(words)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item and item.isprintable() for item in value)


def _wrong(problem: str) -> InvalidInput:
    return InvalidInput(f"{VARIABLE} {problem}. Write {VARIABLE}: {EXAMPLE}")
