# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The pattern of a name matches the host of that name and no other, by Ansible's own matching."""

from __future__ import annotations

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.host_patterns import exact_pattern
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
