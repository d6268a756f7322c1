# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The whole world, as Debian's tor-geoipdb has it: exact at full scale. `make geoipdb` brings the data; without it these fail."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from socket import AF_INET6, inet_pton

import netaddr
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import LARGEST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    count,
    text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.countries import (
    COUNTRIES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.lockout_check import (
    Protected,
    hits,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.acl import (
    Destination,
    range_acls,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.acl_forms import (
    acl_forms,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.data_sets import (
    ENTRY_LIMIT,
    parts,
    refresh,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location.location_file import (
    FORMATS,
    location_file,
    location_file_form,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.templates import Templates

from simulator.configuration.location_files import parse
from tests import sample
from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import TODAY, policy_of, source_of

FOLDER = Path(__file__).resolve().parents[2] / ".cache/geoipdb"
OWNER = Owner("geoblock", 1)


@cache
def raw() -> dict[int, list[tuple[int, int, str]]]:
    """The rows as they stand in the files, read by the simplest code that does."""
    if not (FOLDER / "geoip").exists():
        pytest.fail("the country data is missing: run `make geoipdb` first (`make test` does)", pytrace=False)
    found: dict[int, list[tuple[int, int, str]]] = {4: [], 6: []}
    for line in (FOLDER / "geoip").read_text().splitlines():
        if not line.startswith("#"):
            first, last, code = line.split(",")
            found[4].append((int(first), int(last), code))
    for line in (FOLDER / "geoip6").read_text().splitlines():
        if not line.startswith("#"):
            first, last, code = line.split(",")
            low, high = (int.from_bytes(inet_pton(AF_INET6, address)) for address in (first, last))
            found[6].append((low, high, code))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=sample.COUNTRY_SAMPLE, ids=" ".join)
def compiled(request: pytest.FixtureRequest, folder: Path) -> Compiled:
    return compile_world(folder, *request.param)


def compile_world(folder: Path, effect: str, *countries: str) -> Compiled:
    assert raw()
    source = source_of(FOLDER / "geoip", FOLDER / "geoip6", minimum_rows=500_000)
    return compile_policy(policy_of(effect, *countries), source, folder, accept=frozenset({"stale"}), today=TODAY)


def sample(rows: list[tuple[int, int, str]], bits: int) -> Iterator[int]:
    """Addresses anywhere, and just within and beyond rows."""
    chosen = random.Random(1)
    for _ in range(1500):
        yield chosen.getrandbits(bits)
        first, last, _code = chosen.choice(rows)
        yield from (first, last, max(first - 1, 0), min(last + 1, (1 << bits) - 1))


def test_addresses_are_those_of_the_data(compiled: Compiled) -> None:
    for version, bits in ((4, 32), (6, 128)):
        rows = raw()[version]
        wanted = compiled.policy.countries
        assert count(compiled.spans[version]) == sum(last - first + 1 for first, last, code in rows if code in wanted)
        for address in sample(rows, bits):
            place = bisect_right(rows, (address, 1 << 128, "")) - 1
            code = rows[place][2] if place >= 0 and address <= rows[place][1] else None
            assert compiled.label(version, address) == (code if code in wanted else None)
            shut_out = (code in wanted) != compiled.allows
            assert bool(hits(compiled, [Protected(text(version, address), "one")])) == shut_out


def test_ranges_are_the_fewest(compiled: Compiled) -> None:
    for version in (4, 6):
        spans = compiled.spans[version]
        assert len(spans) > 1000
        assert all(one[1] + 1 < other[0] for one, other in pairwise(spans))


@pytest.mark.only_in_all
def test_netaddr_gives_the_same_ranges(folder: Path) -> None:
    compiled = compile_world(folder, "block", "CN")
    for version in (4, 6):
        rows = [
            netaddr.IPRange(text(version, low), text(version, high))
            for low, high, code in raw()[version]
            if code == "CN"
        ]
        merged = netaddr.IPSet(rows).iter_ipranges()
        assert compiled.spans[version] == tuple((found.first, found.last) for found in merged)


def test_each_control_node_makes_the_same_set(folder: Path, tmp_path: Path) -> None:
    assert compile_world(folder, "block", "RU", "UA") == compile_world(tmp_path, "block", "UA", "RU")


@pytest.mark.only_in_all
def test_every_country_can_be_asked_for_and_none_holds_private_addresses(tmp_path: Path) -> None:
    there = [code for code in sorted(COUNTRIES) if code in {row[2] for row in raw()[4]}]
    assert len(there) > 230
    world = compile_world(tmp_path, "allow", *there)
    assert {label for _first, _last, label in world.rows[4]} == set(there)


def test_the_appliance_loads_the_location_files(folder: Path) -> None:
    compiled = compile_world(folder, "block", "RU", "UA")
    for version in (4, 6):
        content = location_file(compiled, version, location_file_form(Templates(1))).encode()
        assert len(content) < LARGEST
        found = parse(content, FORMATS[version], version)
        assert (found.errors, len(found.starts)) == (0, len(compiled.rows[version]))


def test_data_sets_stay_within_the_limit_and_a_refresh_is_small(folder: Path, tmp_path: Path) -> None:
    compiled = compile_world(folder, "block", "RU", "UA")
    (tmp_path / "geoip").write_text(
        "".join(
            f"{first + 256 * (number % 100 == 7)},{last},{code}\n"
            for number, (first, last, code) in enumerate(raw()[4])
            if number % 100 or code not in {"RU", "UA"}
            if number % 100 != 7 or last - first > 256
        )
    )
    source = source_of(tmp_path / "geoip", FOLDER / "geoip6")
    later = compile_policy(compiled.policy, source, tmp_path / "cache", accept=frozenset({"stale"}), today=TODAY)
    old = parts(OWNER, compiled, 4, generation="a")
    new = parts(OWNER, later, 4, generation="a", now=len(old))
    assert max(len(part.spans) for part in (*old, *new)) <= ENTRY_LIMIT
    assert len(old) == len(new)
    steps = refresh({part.name: part.spans for part in old}, new)
    before, after = set(compiled.spans[4]), set(later.spans[4])
    assert sum(len(step.remove) for step in steps) == len(before - after) > 50
    assert sum(len(step.add) for step in steps) == len(after - before) > 50


def test_every_acl_has_its_own_name(folder: Path) -> None:
    compiled = compile_world(folder, "block", "RU", "UA")
    vips = [Destination.of("203.0.113.200"), Destination.of("2001:db8::1")]
    acls = range_acls(OWNER, compiled, vips, acl_forms(Templates(1), OWNER))
    assert len({acl.name for acl in acls}) == len(acls) == sum(len(compiled.spans[version]) for version in (4, 6))
