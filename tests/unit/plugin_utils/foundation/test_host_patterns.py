# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pattern of a name matches the host of that name and no other, by Ansible's own matching."""

from __future__ import annotations

from random import Random

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.host_patterns import (
    exact_limit,
    exact_pattern,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.played_together import played_together

NAMES = (
    *("gw", "gw-a", "gw-A", "gw_a", "10.1.0.11", "gw.example.org", "7"),
    *("gw a", " gw", "gw ", "gw:a", "gw:22", "::1", "!gw", "&gw", "gw,a", "gw*", "gw?", "gw[1]", "gw[1:3]", "[", "]"),
    *("~gw", "~gw.*", "@gw", "-gw", "..", "/", "gw\\", "gw$", "^gw", "(gw", "gw|a", "Müller & Söhne GW", "東京", "🩹"),
)


def inventory(*names: str) -> InventoryManager:
    found = InventoryManager(DataLoader(), parse=False)
    found.add_group("netscalers")
    found.add_group("gw_group")
    for name in names:
        found.add_host(name, "netscalers")
    return found


@played_together("name", NAMES)
def test_it_matches_that_host_alone(name: str) -> None:
    assert [host.name for host in inventory(*NAMES).get_hosts([exact_pattern(name)])] == [name]


def test_many_keep_their_order() -> None:
    wanted = list(reversed(NAMES))
    assert [host.name for host in inventory(*NAMES).get_hosts([exact_pattern(name) for name in wanted])] == wanted


def test_a_plain_name_is_its_own_pattern() -> None:
    assert exact_pattern("gw-a.example.org") == "gw-a.example.org"


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_so_does_any_name_that_can_be_shown(names: list[str]) -> None:
    everything = inventory(*names)
    for name in set(names) - set(everything.groups):
        assert [host.name for host in everything.get_hosts([exact_pattern(name)])] == [name]


def _hosts(pattern: str, names: list[str]) -> set[str]:
    """Return the hosts that Ansible finds."""
    inventory = InventoryManager(loader=DataLoader(), sources=[])
    for name in names:
        inventory._inventory.add_host(name)
    return {host.name for host in inventory.get_hosts(pattern)}


@pytest.mark.parametrize(
    ("chosen", "limit"),
    [
        (["gw-b", "gw-a"], "gw-a,gw-b"),
        ([f"gw-{n:02}" for n in range(1, 14)], ",".join(f"gw-{n:02}" for n in range(1, 14))),
        ([f"gw-{n:03}" for n in range(1, 201)], r"~gw-(0(0[1-9]|[1-9][0-9])|1[0-9][0-9]|200)\Z"),
        (["Miller & Sons, GW"], r"~Miller\x20\x26\x20Sons\x2c\x20GW\Z"),
        (["gw", "gw-1", "gw-2 x"], r"~gw(-(1|2\x20x))?\Z"),
        (["!gw-b", "~.*", "gw-[ab]", "a:b"], ""),
        (["x" * 201], None),
        ([""], None),
        ([], None),
    ],
)
def test_a_limit_is_exactly_the_hosts_that_it_was_made_for(chosen: list[str], limit: str | None) -> None:
    """Folded names such as ``gw-[001-200]`` are short and no pattern of Ansible; a list of 200 names is one that nobody reads."""
    found = exact_limit(chosen)
    if limit is None:
        assert found == ""
        return
    assert found == (limit or found)
    others = ["gw-c", "gw-000", "gw-201", "gw-0011", "xgw-001", "Miller", "Sons", "gw-3", "gw-2", "b", "a"]
    assert _hosts(found, [*chosen, *(name for name in others if name not in chosen)]) == {*chosen}
    assert len(found) < 120


def test_any_set_of_names_has_a_limit_of_its_own() -> None:
    random = Random(37)
    for _ in range(60):
        names = {"".join(random.choices("ab01-. ,:[]", k=random.randint(1, 5))).strip() or "z" for _ in range(40)}
        names = {name for name in names if name not in ("all", "ungrouped")}
        chosen = set(random.sample(sorted(names), 15))
        assert _hosts(exact_limit(chosen), sorted(names)) == chosen
