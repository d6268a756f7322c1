# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of addresses: merged to the minimum, and never with an address more or less."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

import netaddr
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    Span,
    count,
    intersect,
    merge,
    parse_network,
    parse_prefix,
    span_text,
    subtract,
)
from hypothesis import given
from hypothesis import strategies as st

SMALL = 60
spans_in_any_order = st.lists(
    st.tuples(st.integers(0, SMALL), st.integers(0, SMALL)).map(lambda pair: (min(pair), max(pair))), max_size=12
)


def naive(spans: list[Span]) -> set[int]:
    return {address for first, last in spans for address in range(first, last + 1)}


@given(spans_in_any_order)
def test_merging_keeps_the_addresses_in_the_fewest_spans(spans: list[Span]) -> None:
    merged = merge(spans)
    assert naive(list(merged)) == naive(spans)
    assert count(merged) == len(naive(spans))
    assert all(high + 1 < low for (_, high), (low, _) in pairwise(merged))


@given(spans_in_any_order.flatmap(lambda spans: st.tuples(st.just(spans), st.permutations(spans))))
def test_the_order_does_not_matter(two: tuple[list[Span], list[Span]]) -> None:
    assert merge(two[0]) == merge(two[1])


@given(spans_in_any_order, spans_in_any_order)
def test_differences_and_intersections_are_those_of_sets(one: list[Span], other: list[Span]) -> None:
    left, right = merge(one), merge(other)
    assert naive(list(subtract(left, right))) == naive(one) - naive(other)
    assert naive(list(intersect(left, right))) == naive(one) & naive(other)
    assert subtract(left, right) == merge(subtract(left, right))


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 3000)), max_size=30))
def test_netaddr_merges_the_same(rows: list[tuple[int, int]]) -> None:
    spans = [(first, min(first + size, 2**32 - 1)) for first, size in rows]
    ranges = netaddr.IPSet([netaddr.IPRange(first, last) for first, last in spans]).iter_ipranges()
    assert merge(spans) == tuple((found.first, found.last) for found in ranges)


def test_labels_stay_with_their_parts() -> None:
    assert subtract([(0, 9, "RU"), (10, 19, "UA")], [(5, 12)]) == ((0, 4, "RU"), (13, 19, "UA"))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.0/30", "192.0.2.0-192.0.2.3"),
        ("192.0.2.3 - 192.0.2.9", "192.0.2.3-192.0.2.9"),
        ("2001:db8::/126", "2001:db8::-2001:db8::3"),
        ("0.0.0.0/0", "0.0.0.0-255.255.255.255"),
    ],
)
def test_networks_as_people_write_them(entry: str, expected: str) -> None:
    version, span = parse_network(entry)
    assert span_text(version, span) == expected


@pytest.mark.parametrize(
    "entry", ["", "192.0.2", "192.0.2.256", "192.0.2.0/33", "192.0.2.9-192.0.2.3", "192.0.2.1-2001:db8::1", "RU", "1"]
)
def test_what_is_no_network_is_told(entry: str) -> None:
    with pytest.raises(ValueError, match="is no address, network or range"):
        parse_network(entry)


def test_host_bits_are_told_with_the_network_that_may_be_meant() -> None:
    with pytest.raises(ValueError, match=r"host bits set: write 192\.0\.2\.0/24"):
        parse_network("192.0.2.5/24")


@given(st.ip_addresses(v=6), st.integers(0, 128))
def test_prefixes_are_read_as_the_standard_library_reads_them(address: ipaddress.IPv6Address, length: int) -> None:
    network = ipaddress.ip_network((address, length), strict=False)
    assert parse_prefix(str(network)) == (6, int(network.network_address), int(network.broadcast_address))


@pytest.mark.parametrize("network", ["192.0.2.1/24", "192.0.2.0/33", "192.0.2.0", "192.0.2.0/-1", "2001:db8::/129"])
def test_wrong_prefixes_are_refused(network: str) -> None:
    with pytest.raises(ValueError, match=r"[0-9]"):
        parse_prefix(network)
