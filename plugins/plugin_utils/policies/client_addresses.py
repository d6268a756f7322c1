# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The addresses of clients that decide what rules on addresses do: where a rule on networks and sets changes, it does so at the end of one of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import islice

from ..appliance.objects import dataset_entries
from ..appliance.objects.resource_types import Attributes, ObjectId

OF_NOBODY = ("198.51.100.10", "192.0.2.1", "203.0.113.1", "2001:db8::1", "3fff::1")
"""Addresses for documentation (RFC 5737, RFC 3849, RFC 9637): no client has one, so a list of clients names them by mistake only."""
MOST_SPANS = 200
"""So many networks and entries of rules are compared with those of ours."""
MOST_ADDRESSES = 4_000
"""So many addresses are tried."""
_SET = "policydataset_value_binding"
_ADDRESS = re.compile(r"(?<![\w.:])[0-9a-fA-F:.]*[:.][0-9a-fA-F:.]+(?:/\d+)?")
_NAMED = re.compile(r'"([^"]+)"')
Objects = Mapping[ObjectId, Attributes]
Address = IPv4Address | IPv6Address
Span = tuple[Address, Address]


def strangers(rules: Iterable[str], objects: Objects) -> tuple[str, ...]:
    """Return addresses of clients, some of which rules may be for: those of nobody, and of each set that they name the first one."""
    texts = list(rules)
    version = 6 if any("CLIENT.IPV6." in text for text in texts) else 4
    first = [str(span[0]) for name in _sets(texts) for span in _entries(objects, name)[:1]]
    return tuple(one for one in dict.fromkeys([*OF_NOBODY, *first]) if ip_address(one).version == version)


def deciding_addresses(rules: Iterable[str], others: Iterable[str], objects: Objects) -> tuple[str, ...]:
    """Return the ends of the networks and sets that rules name, and those of other rules that are inside, with the addresses beside them: where both are
    true of an address at all, they are of one of these. None are returned where there are too many.
    """
    spans = list(islice(_spans(rules, objects), MOST_SPANS + 1))
    if len(spans) > MOST_SPANS:
        return ()
    inside = [
        end
        for first, last in _spans(others, objects)
        for end in (_beside(first, -1), _beside(last, 1), first, last)
        if any(low.version == end.version and low <= end <= high for low, high in spans)  # type: ignore[operator] # of one version
    ]
    ends = (str(end) for span in spans for end in span)
    found = tuple(dict.fromkeys([*ends, *map(str, inside)]))
    return found if len(found) <= MOST_ADDRESSES else ()


def _spans(rules: Iterable[str], objects: Objects) -> Iterator[Span]:
    texts = list(rules)
    for text in texts:
        for found in _ADDRESS.findall(text):
            try:
                network = ip_network(found, strict=False)
            except ValueError:
                continue
            yield network[0], network[-1]
    for name in _sets(texts):
        yield from _entries(objects, name)


def _sets(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for text in texts for name in _NAMED.findall(text)))


def _entries(objects: Objects, name: str) -> list[Span]:
    found: list[Span] = []
    for entry in dataset_entries.split(objects.get((_SET, (name,)), {}).get("values")):
        first, _dash, last = entry.partition("-")
        try:
            found.append((ip_address(first), ip_address(last or first)))
        except ValueError:
            continue
    return found


def _beside(address: Address, step: int) -> Address:
    """Return the next address; the same one where there is none."""
    try:
        return address + step
    except ValueError:
        return address
