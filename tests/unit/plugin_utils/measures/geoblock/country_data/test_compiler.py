# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From data and a policy to a set: exact, the same each time, made once, and never silently wrong."""

from __future__ import annotations

import ipaddress
import json
import multiprocessing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    Span,
    merge,
    span_text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
    earlier,
    load,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import sample
from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import (
    TODAY,
    WORLD,
    compiled_of,
    policy_of,
    source_of,
)


def shown(compiled: Compiled, version: int) -> list[str]:
    return [f"{span_text(version, (first, last))} {label}" for first, last, label in compiled.rows[version]]


def ranges(compiled: Compiled, version: int) -> list[str]:
    return [span_text(version, span) for span in compiled.spans[version]]


def test_countries_that_touch_are_one_range_and_keep_their_labels(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "UA", "RU"))
    assert shown(compiled, 4) == [
        "192.0.2.0-192.0.2.63 RU",
        "192.0.2.64-192.0.2.127 UA",
        "203.0.113.0-203.0.113.127 RU",
    ]
    assert ranges(compiled, 4) == ["192.0.2.0-192.0.2.127", "203.0.113.0-203.0.113.127"]
    assert ranges(compiled, 6) == ["2001:db8:1::-2001:db8:2:ffff:ffff:ffff:ffff:ffff"]
    address = int(ipaddress.ip_address("192.0.2.64"))
    assert compiled.label(4, address) == "UA"
    assert compiled.label(4, address + 64) is None
    assert compiled.provenance.date == "2026-10-28"


def test_own_lists_go_before_countries_and_exceptions_before_both(tmp_path: Path) -> None:
    policy = policy_of(
        "block",
        "RU",
        networks={"scanners": ["192.0.2.60-192.0.2.70", "198.51.100.7"]},
        exceptions=["192.0.2.8/29", "192.0.2.69", "2001:db8:1::/48"],
    )
    compiled = compiled_of(tmp_path, policy)
    assert shown(compiled, 4) == [
        "192.0.2.0-192.0.2.7 RU",
        "192.0.2.16-192.0.2.59 RU",
        "192.0.2.60-192.0.2.68 scanners",
        "192.0.2.70 scanners",
        "198.51.100.7 scanners",
        "203.0.113.0-203.0.113.127 RU",
    ]
    assert shown(compiled, 6) == []


def test_an_allowlist_is_what_is_allowed_never_its_inversion(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("allow", "NL", networks={"office": ["10.0.0.0/8"]}))
    assert ranges(compiled, 4) == ["10.0.0.0-10.255.255.255", "192.0.2.200-192.0.2.255"]


def test_a_family_that_is_left_out_is_empty(tmp_path: Path) -> None:
    assert shown(compiled_of(tmp_path, policy_of("block", "RU", families=["ipv4"])), 6) == []


# -- what must not pass silently ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("world", "countries", "more", "problem"),
    [
        (WORLD, ["FR"], {}, "FR has no row in geoblock_source world"),
        (WORLD.split("2001:")[0], ["RU"], {}, "has no IPv6 row at all: add the IPv6 file"),
        (WORLD, ["DE"], {"policy": "allow"}, "nothing is left of IPv6 for DE: all clients would be blocked"),
        (WORLD, ["RU"], {"exceptions": ["0.0.0.0/0", "::/0"]}, "nothing is left of IPv4 for RU: no client would be"),
        (WORLD + "10.1.0.0,10.2.0.0,RU\n", ["RU"], {}, r"world.csv line 11 gives private addresses to RU \(10.1.0.0"),
        (WORLD + "fe80::,fe80::1,RU\n", ["RU"], {}, r"line 11 gives private addresses to RU"),
        (WORLD + "192.0.2.60,192.0.2.60,DE\n", ["RU"], {}, r"line 2 \(192.0.2.0.* RU\) and .* line 11 \(192.0.2.60 DE"),
        (WORLD + "192.0.2.60,192.0.2.60,RU\n192.0.2.0,192.0.2.1,DE\n", ["RU"], {}, "contradicts itself"),
        (WORLD, ["RU"], {"networks": {"bad": ["10.0.0.0/8"]}}, r"geoblock_networks\[bad\] blocks private"),
    ],
)
def test_what_cannot_be_meant_is_an_error(
    tmp_path: Path, world: str, countries: list[str], more: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        compiled_of(tmp_path, policy_of(more.pop("policy", "block"), *countries, **more), world)
    assert not list(tmp_path.glob("cache/compiled-*"))


def test_a_country_without_one_family_is_told(tmp_path: Path) -> None:
    assert compiled_of(tmp_path, policy_of("block", "DE")).remarks == ("DE has no IPv6 range in this data",)


def test_contradictions_elsewhere_in_the_data_are_no_concern_of_ours(tmp_path: Path) -> None:
    world = WORLD + "198.51.100.0,198.51.100.255,NL\n192.0.2.0,192.0.2.255,ZZ\n"
    assert len(shown(compiled_of(tmp_path, policy_of("block", "RU"), world), 4)) == 2


def test_with_consent_what_overlaps_is_in_both_countries(tmp_path: Path) -> None:
    world = WORLD + "192.0.2.60,192.0.2.70,DE\n"
    accept = frozenset({"overlapping"})
    both = compiled_of(tmp_path, policy_of("block", "RU", "DE"), world, accept)
    assert shown(both, 4)[:2] == ["192.0.2.0-192.0.2.63 RU", "192.0.2.64-192.0.2.70 DE"]
    only = compiled_of(tmp_path, policy_of("block", "DE"), world, accept)
    assert "192.0.2.60-192.0.2.70 DE" in shown(only, 4)
    assert only.remarks[0].startswith("rows of two countries overlap 2 times, first ")


def test_with_consent_private_addresses_are_left_out(tmp_path: Path) -> None:
    world = WORLD + "9.255.255.0,10.2.0.0,RU\n"
    compiled = compiled_of(tmp_path, policy_of("block", "RU"), world, frozenset({"private"}))
    assert "9.255.255.0-9.255.255.255 RU" in shown(compiled, 4)
    assert (
        "10.0.0.0-10.2.0.0): left out" in compiled.remarks[0]
        or "9.255.255.0-10.2.0.0): left out" in compiled.remarks[0]
    )


def test_unsorted_and_repeated_rows_give_the_same_set(tmp_path: Path) -> None:
    lines = WORLD.splitlines()
    mixed = "\n".join([lines[0], *reversed(lines[1:]), lines[2], lines[4]]) + "\n"
    policy = policy_of("block", "RU", "UA", "NL")
    one, other = compiled_of(tmp_path, policy), compiled_of(tmp_path, policy, mixed)
    assert one.rows == other.rows
    assert one.digest != other.digest


# -- age and size ------------------------------------------------------------------------------------------------------


def test_stale_data_needs_consent(tmp_path: Path) -> None:
    policy = policy_of("block", "RU")
    with pytest.raises(InvalidInput, match=r"of 2026-10-28, 29 days old; .* allows 28.*add stale to geoblock_accept"):
        compiled_of(tmp_path, policy, max_age_days=28)
    assert compiled_of(tmp_path, policy, accept=frozenset({"stale"}), max_age_days=28) == compiled_of(tmp_path, policy)


def test_data_that_became_stale_is_refused_though_it_is_compiled(tmp_path: Path) -> None:
    compiled_of(tmp_path, policy_of("block", "RU"))
    with pytest.raises(InvalidInput, match="29 days old"):
        compiled_of(tmp_path, policy_of("block", "RU"), max_age_days=1)


def test_shrunken_data_needs_consent(tmp_path: Path) -> None:
    policy = policy_of("block", "RU")
    compiled_of(tmp_path, policy)
    less = WORLD.replace("192.0.2.200,192.0.2.255,NL\n", "")
    with pytest.raises(InvalidInput, match=r"world has shrunk: 5 rows of IPv4, and 6 the last time.*add shrunken"):
        compiled_of(tmp_path, policy, less)
    with pytest.raises(InvalidInput, match="has shrunk"):  # the next worker too
        compiled_of(tmp_path, policy, less)
    compiled_of(tmp_path, policy, less, frozenset({"shrunken"}))
    compiled_of(tmp_path, policy_of("block", "UA"), less)  # what was accepted is the measure from then on


def test_data_that_is_too_small_at_the_first_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"9 rows, and geoblock_source\.minimum_rows is 10"):
        compiled_of(tmp_path, policy_of("block", "RU"), minimum_rows=10)


def test_a_changed_file_is_not_what_its_checksum_says(tmp_path: Path) -> None:
    (tmp_path / "world.csv").write_text(WORLD)
    source = source_of(tmp_path / "world.csv")
    wrong = type(source)(
        **{**vars(source), "files": (type(source.files[0])(tmp_path / "world.csv", "", "0" * 64, ""),)}
    )
    with pytest.raises(InvalidInput, match=r"world.csv has the SHA-256 [0-9a-f]{64}, and 0{64} is expected"):
        compile_policy(policy_of("block", "RU"), wrong, tmp_path / "cache", accept=frozenset(), today=TODAY)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"absent.csv can't be read \(No such file.*correct its path"):
        compile_policy(
            policy_of("block", "RU"), source_of(tmp_path / "absent.csv"), tmp_path, accept=frozenset(), today=TODAY
        )


# -- once for the fleet ------------------------------------------------------------------------------------------------


def test_it_is_compiled_once_and_read_back_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of("block", "RU", networks={"bad": ["198.51.100.1"]}, exceptions=["192.0.2.1"])
    made = compiled_of(tmp_path, policy)
    monkeypatch.setattr(
        "ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler.select",
        None,
    )
    assert compiled_of(tmp_path, policy) == made
    assert load(next((tmp_path / "cache").glob("compiled-*"))) == made


def test_the_set_of_an_appliance_is_found_by_the_start_of_its_digest(tmp_path: Path) -> None:
    made = compiled_of(tmp_path, policy_of("block", "RU"))
    compiled_of(tmp_path, policy_of("block", "UA"))
    assert earlier(tmp_path / "cache", made.digest[:12]) == made
    assert earlier(tmp_path / "cache", "0" * 12) is None
    assert earlier(tmp_path / "cache", "*") is None


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"form": 0}', '{"form": 1}'])
def test_a_damaged_file_of_the_cache_is_made_anew(tmp_path: Path, content: str) -> None:
    made = compiled_of(tmp_path, policy_of("block", "RU"))
    (path,) = (tmp_path / "cache").glob("compiled-*")
    path.write_text(content)
    assert compiled_of(tmp_path, policy_of("block", "RU")) == made
    assert json.loads(path.read_text())["digest"] == made.digest


def _worker(folder: Path, found: Any) -> None:
    source = source_of(folder / "world.csv")
    policy = policy_of("block", "RU", "UA")
    found.put(compile_policy(policy, source, folder / "cache", accept=frozenset(), today=TODAY).digest)


def test_workers_at_the_same_time_make_one_set(tmp_path: Path) -> None:
    (tmp_path / "world.csv").write_text(WORLD)
    context = multiprocessing.get_context("fork")
    found = context.Queue()
    workers = [context.Process(target=_worker, args=(tmp_path, found)) for _ in range(4)]
    for worker in workers:
        worker.start()
    digests = {found.get(timeout=30) for _ in workers}
    for worker in workers:
        worker.join(30)
    assert len(digests) == 1
    assert [path.name for path in (tmp_path / "cache").glob("compiled-*")] == [f"compiled-{digests.pop()}.json"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(InvalidInput, match=r"geoblock_cache .*cache can't be written to"):
        compiled_of(tmp_path, policy_of("block", "RU"))


# -- any data ----------------------------------------------------------------------------------------------------------

START = int(ipaddress.ip_address("198.51.100.0"))
rows_of_three = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 9), st.sampled_from(["RU", "UA", "NL"])), min_size=1, max_size=12
)


@settings(max_examples=sample.examples(60))
@given(rows_of_three, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5)), max_size=3))
def test_membership_is_that_of_the_rows_less_the_exceptions(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, str]], holes: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    numbers = {"RU": set[int](), "UA": set[int](), "NL": set[int]()}
    for first, size, code in rows:
        numbers[code] |= set(range(first, first + size + 1))
    excepted = {number for first, size in holes for number in range(first, first + size + 1)}
    expected = (numbers["RU"] | numbers["UA"]) - excepted
    world = "".join(f"{START + first},{START + first + size},{code}\n" for first, size, code in rows)
    world += f"{START + 100},{START + 101},RU\n{START + 103},{START + 103},UA\n"  # so that neither is empty
    policy = policy_of(
        "block",
        "RU",
        "UA",
        families=["ipv4"],
        exceptions=[span_text(4, (START + first, START + first + size)) for first, size in holes],
    )
    compiled = compiled_of(folder, policy, world, frozenset({"overlapping"}), max_age_days=9999)
    assert {number for number in range(60) if compiled.label(4, START + number)} == expected
    spans: list[Span] = [(first, last) for first, last, _label in compiled.rows[4]]
    assert compiled.spans[4] == merge(spans)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
