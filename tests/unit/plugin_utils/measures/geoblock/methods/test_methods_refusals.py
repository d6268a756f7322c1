# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ACLs for whose copies there is no room, and data sets with nothing in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.acl import (
    PRIORITIES,
    Acl,
    range_acls,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.acl_plan import (
    _numbers,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.data_set_forms import (
    data_set_forms,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.data_sets import (
    dataset_rules,
    parts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.refresh import (
    plan_sets,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import compiled_of, policy_of
from tests.unit.plugin_utils.measures.geoblock.methods.test_enforcing import FORMS, OWNER, TEMPLATES, VIP4, VIP6

NOTHING: dict[str, dict[str, int]] = {"nsacl": {}, "nsacl6": {}}
FREE: dict[str, set[int]] = {"nsacl": set(), "nsacl6": set()}


def acls_of(folder: Path, type_name: str) -> list[Acl]:
    compiled = compiled_of(folder, policy_of("block", "RU", "UA"))
    return [acl for acl in range_acls(OWNER, compiled, [VIP4, VIP6], FORMS) if acl.type == type_name]


def band(count: int, type_name: str) -> int:
    """Return the first priority of a band whose upper half, that of the DENYs, has so many numbers."""
    return PRIORITIES[type_name] + 2 - 2 * count


def test_without_room_for_copies_that_expire_nothing_is_planned(tmp_path: Path) -> None:
    acls = acls_of(tmp_path, "nsacl")
    assert len(acls) > 1
    numbers, copied = _numbers(acls, acls, None, NOTHING, FREE, band(2 * len(acls), "nsacl"))
    assert (len(numbers), list(copied)) == (2 * len(acls), acls)
    with pytest.raises(InvalidInput, match=r"no free priority is left for \S+__ttl between .*: begin the band lower$"):
        _numbers(acls, acls, None, NOTHING, FREE, band(2 * len(acls) - 1, "nsacl"))


def test_of_ipv6_one_range_comes_first_where_there_is_no_room_for_copies(tmp_path: Path) -> None:
    acls = acls_of(tmp_path, "nsacl6")
    numbers, copied = _numbers(acls, acls, acls[0], NOTHING, FREE, band(len(acls), "nsacl6"))
    assert (sorted(numbers), copied) == (sorted(acl.name for acl in acls), ())


def test_a_data_set_with_nothing_in_it_is_neither_made_nor_asked(tmp_path: Path) -> None:
    """The number of sets stays while it is not far too large, and all entries may fall into one of them."""
    compiled = compiled_of(tmp_path, policy_of("block", networks={"bad": ["192.0.2.1"]}, families=["ipv4"]))
    old = compiled_of(
        tmp_path, policy_of("block", networks={"bad": ["192.0.2.1", "192.0.2.9", "192.0.2.17"]}, families=["ipv4"])
    )
    there = {part.name: part.spans for part in parts(OWNER, old, 4, generation="a", limit=3)}
    assert len(there) == 2
    laid_out = parts(OWNER, compiled, 4, generation="a", limit=3, now=2)
    assert sorted(len(part.spans) for part in laid_out) == [0, 1]
    sets = plan_sets(OWNER, compiled, there, (4,), limit=3, forms=data_set_forms(TEMPLATES, OWNER), effect="block")
    assert [len(part.spans) for part in sets.parts] == [1]
    name = sets.parts[0].name
    assert set(sets.objects()) == {("policydataset", (name,)), ("policydataset_value_binding", (name,))}
    assert dataset_rules(compiled, laid_out) == (f'CLIENT.IP.SRC.EQUALS_ANY("{name}")',)
