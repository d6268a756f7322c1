# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reader of the instances of NetScaler Console, as its API answers or a person has exported them (JSON). Pure, but for the file.

Source: the vendor's reference of Console's NITRO API, resource ns: mgmt_ip_address, ip_address, hostname, display_name, version, instance_state,
ha_ip_address ("peer IP address"), ha_master_state (Primary, Secondary), partition_name, type, entity_tag (prop_key, prop_value). Open: how Console
lists a pair. Both forms are read: one row for each node with the address of the other one, and one row with "A-B" in its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..appliance.nitro.builds import Build
from ..appliance.nitro.json_body import BrokenBody, parse_body
from ..foundation.errors import InvalidInput
from .folding import NodeEntry, folded
from .listed_appliance import LONGEST_TEXT, ListedAppliance
from .problems import Problems
from .source_files import read_file

KEYS = ("ns", "managed_device")
"""The names under which an answer holds its rows."""
MOST_ROWS = 50_000
MOST_TAGS = 100
NOT_ADC = ("sdx", "sdwan", "agent")
"""What the type of an instance that is not an appliance contains."""
ADDRESSES = ("mgmt_ip_address", "ns_ip_address", "ip_address", "ipv4_address")
DEFAULT_PARTITIONS = ("", "default")


@dataclass(frozen=True)
class TagNames:
    """The tags whose values are the customer and the site."""

    customer: str = "customer"
    site: str = "site"


def read_console_file(path: Path, tags: TagNames) -> list[ListedAppliance]:
    """Return the appliances of an exported answer.

    :raises InvalidInput: with file and row
    """
    content = read_file(path)
    if content.lstrip()[:1] == b"[":  # the rows alone, as jq .ns gives them
        content = b'{"ns":' + content + b"}"
    return appliances_of(str(path), content, tags)


def appliances_of(where: str, content: bytes, tags: TagNames) -> list[ListedAppliance]:
    """Return the appliances of an answer.

    :param where: the file or the URL
    :raises InvalidInput: with the row
    """
    try:
        body = parse_body(content)
    except BrokenBody as error:
        raise InvalidInput(f"{where}: {error}") from error
    rows = next((body[key] for key in KEYS if isinstance(body.get(key), list)), None)
    if rows is None:
        raise InvalidInput(f"{where}: it has no list `ns`, so it is not the answer of GET /nitro/v1/config/ns")
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"{where}: it has more than {MOST_ROWS:,} rows")
    problems, found = Problems(), []
    for number, row in enumerate(rows, 1):
        place = f"{where}: row {number}"
        if not isinstance(row, Mapping):
            problems.add(place, "it is not an object")
        elif not any(word in _text(row, "type").lower() for word in NOT_ADC):
            entry = _node(place, row, tags)
            if entry.entry.nodes:
                found.append(entry)
            else:
                problems.add(place, f"it has no address ({', '.join(ADDRESSES)})")
    problems.raise_if_any()
    if not found:
        raise InvalidInput(f"{where}: there is no appliance in it")
    return folded(found)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value.strip()[:LONGEST_TEXT] if isinstance(value, str) else ""


def _node(where: str, row: Mapping[str, Any], tags: TagNames) -> NodeEntry:
    partition = _text(row, "partition_name")
    own = next((address for name in ADDRESSES for address in _addresses(_text(row, name), partition)), "")
    pair = next((both for name in ADDRESSES if len(both := _addresses(_text(row, name), partition)) == 2), ())
    peer = _text(row, "ha_ip_address")
    nodes = pair or ((own, peer) if own and peer and peer != own else (own,) if own else ())
    of_partition = partition.lower() not in DEFAULT_PARTITIONS
    state = _text(row, "ha_master_state").lower()
    found_tags = dict(_tags(row))
    named_tags = {name.lower(): value for name, value in found_tags.items()}
    name = _text(row, "hostname") or _text(row, "display_name")
    entry = ListedAppliance(
        where=where,
        name=name,
        nodes=nodes,
        customer=named_tags.get(tags.customer.lower(), ""),
        site=named_tags.get(tags.site.lower(), ""),
        build=_build(_text(row, "version")),
        state=_text(row, "instance_state"),
        partitions=(partition,) if of_partition else (),
        tags=found_tags,
    )
    return NodeEntry(entry, (10 * of_partition + (state == "secondary"), ""))


def _addresses(text: str, partition: str) -> tuple[str, ...]:
    """Return the addresses in a field: one; two for a pair that is written "A-B"; the one of the appliance for "A-partition"."""
    if partition and text.endswith(f"-{partition}"):
        text = text.removesuffix(f"-{partition}")
    parts = text.split("-")
    if len(parts) == 2 and all(part.strip()[:1].isdigit() or ":" in part for part in parts):
        return tuple(part.strip() for part in parts)
    return (text,) if text else ()


def _build(text: str) -> str:
    try:
        return str(Build.parse(text))
    except InvalidInput:
        return ""


def _tags(row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    found = row.get("entity_tag")
    for tag in (found if isinstance(found, list) else [])[:MOST_TAGS]:
        if isinstance(tag, Mapping) and _text(tag, "prop_key"):
            yield _text(tag, "prop_key"), _text(tag, "prop_value")
