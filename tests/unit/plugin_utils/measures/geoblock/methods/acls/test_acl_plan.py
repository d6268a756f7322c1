# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ACLs of an appliance and their stages: copies that expire first, of IPv6 one range, and sets where the build knows them in ACLs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import ObjectId
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    DATASETS_IN_ACLS,
    RANGES_IN_DATASETS,
    ApplianceFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    parse_network,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.geoblock_variables import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.acl_plan import (
    AclPlan,
    before,
    current_effect,
    denying,
    document,
    mode_of,
    plan,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.data_set_forms import (
    data_set_forms,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import compiled_of, policy_of, source_of
from tests.unit.plugin_utils.measures.geoblock.methods.test_enforcing import FORMS, OWNER, TEMPLATES

SITE, SITE6 = "203.0.113.200", "2001:db8:ffff::1"
FIRST = 500
BOTH = (
    Vserver("lbvserver", "web", SITE, 443, "SSL", True),
    Vserver("lbvserver", "other port", SITE, 80, "HTTP", True),
    Vserver("vpnvserver", "gw6", SITE6, 443, "SSL", True),
    Vserver("lbvserver", "behind", "0.0.0.0", 0, "HTTP", True),
)
OLD = ApplianceFacts(RANGES_IN_DATASETS, BOTH, ())
NEW = replace(OLD, build=DATASETS_IN_ACLS)


def planned(folder: Path, facts: ApplianceFacts, *countries: str, effect: str = "block", first: int = FIRST) -> AclPlan:
    policy = policy_of(effect, *(countries or ("RU", "UA")))
    settings = Settings(
        policy=policy,
        source=source_of(folder / "world.csv"),
        cache=folder,
        accept=frozenset(),
        vservers=(("", "web"),),
        mode=Mode.ENFORCE,
        method="acls",
        answer="",
        priority=10,
        acl_priority=first,
        expires=300,
        many_acls=False,
        entries=1000,
    )
    forms = data_set_forms(TEMPLATES, OWNER)
    return plan(OWNER, settings, compiled_of(folder, policy), facts, FORMS, forms, current_effect(OWNER, facts))


def shown(objects: dict[ObjectId, object]) -> dict[str, list[str]]:
    """Return the names by type, without marks."""
    found: dict[str, list[str]] = {}
    for type_, key in objects:
        name = key[0].removeprefix("tq_geoblock__") if key else ""
        found.setdefault(type_, []).append(name[:-8] if name[-8:-6] == "__" else name)
    return found


def stages_of(wanted: Document) -> list[tuple[dict[str, list[str]], bool]]:
    return [(shown(dict(stage.objects)), stage.prove) for stage in wanted.stages]


def in_place(wanted: AclPlan) -> dict[str, list[dict[str, object]]]:
    """Return the rows that an appliance has after a plan."""
    return {
        type_: [{**wanted.attributes(acl)} for acl in wanted.acls if acl.type == type_] for type_ in ("nsacl", "nsacl6")
    }


RANGES = ["192.0.2.0-192.0.2.127", "203.0.113.0-203.0.113.127"]
RANGES6 = ["2001:db8:1::-2001:db8:2:ffff:ffff:ffff:ffff:ffff"]


def test_a_build_without_sets_in_acls_has_an_acl_of_each_range_and_address(tmp_path: Path) -> None:
    wanted = planned(tmp_path, OLD)
    assert shown(document(OWNER, wanted).objects) == {
        "nsacl": RANGES,
        "nsacl6": RANGES6,
        "nsacls": [""],
        "nsacls6": [""],
    }
    assert [acl.destination.value for acl in wanted.acls] == [SITE, SITE, SITE6]
    assert wanted.new == wanted.acls
    assert wanted.canary == wanted.acls[-1]
    assert wanted.copies == wanted.acls[:-1], "of IPv6 one range goes first, for good"


def test_a_build_that_knows_sets_in_acls_has_one_of_each_set_and_of_ipv6_of_each_range(tmp_path: Path) -> None:
    wanted = planned(tmp_path, NEW)
    assert shown(document(OWNER, wanted).objects) == {
        "policydataset": ["a_v4_1"],
        "policydataset_value_binding": ["a_v4_1"],
        "nsacl": ["a_v4_1"],
        "nsacl6": RANGES6,
        "nsacls": [""],
        "nsacls6": [""],
    }
    of_6 = planned(tmp_path, replace(NEW, vservers=BOTH[2:]))
    assert shown(document(OWNER, of_6).objects) == {"nsacl6": RANGES6, "nsacls6": [""]}
    of_4 = planned(tmp_path, replace(NEW, vservers=BOTH[:2]))
    assert [acl.type for acl in of_4.acls] == ["nsacl"]
    assert of_4.canary is None


def test_copies_expire_and_those_of_ipv6_come_once_one_range_locked_out_nobody(tmp_path: Path) -> None:
    wanted = planned(tmp_path, OLD, "RU", "NL")
    applied = {"nsacls": [""], "nsacls6": [""]}
    ranges6 = ["2001:db8:1::-2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:4::-2001:db8:4:ffff:ffff:ffff:ffff:ffff"]
    (first, is_first), (second, is_second) = stages_of(document(OWNER, wanted))
    assert (is_first, is_second) == (True, True)
    assert [name.partition("__")[0] for name in first["nsacl6"]] == [ranges6[0]] * 2
    assert all(name.endswith("__ttl") for name in first["nsacl"])
    assert {name: first[name] for name in applied} == applied
    assert [name.partition("__")[0] for name in second["nsacl6"]] == [ranges6[0], ranges6[0], ranges6[1]]
    (stage, then) = document(OWNER, wanted).stages
    canary = wanted.canary
    assert canary is not None
    assert stage.objects["nsacl6", (canary.name,)] == wanted.attributes(canary)
    assert stage.objects["nsacl6", (f"{canary.name}__ttl",)] is None, "the twin of a dead run goes"
    copies = [row for id_, row in then.objects.items() if id_[1] and id_[1][0].endswith("__ttl") and row]
    assert [row["ttl"] for row in copies] == [300] * 4


def test_what_is_there_keeps_its_number_and_has_no_copy(tmp_path: Path) -> None:
    first = planned(tmp_path, OLD)
    rows = in_place(first)
    theirs = {"aclname": "theirs", "priority": str(51000)}
    again = planned(tmp_path, replace(OLD, acls={**rows, "nsacl": [*rows["nsacl"], theirs]}))
    assert (again.new, again.copies, again.canary) == ((), (), None)
    assert stages_of(document(OWNER, again)) == []
    assert again.numbers == {acl.name: first.numbers[acl.name] for acl in first.acls}
    assert again.taken == {"nsacl": {51000}, "nsacl6": set()}
    more = planned(tmp_path, replace(OLD, acls=rows), "RU", "UA", "DE")
    assert shown({(acl.type, (acl.name,)): None for acl in more.new}) == {"nsacl": ["198.51.100.0-198.51.100.99"]}
    assert {more.numbers[name] for name in first.numbers if name in more.numbers} <= {*first.numbers.values()}


def test_numbers_of_others_are_not_used(tmp_path: Path) -> None:
    free = planned(tmp_path, OLD)
    number = min(free.numbers[acl.name] for acl in free.acls if acl.type == "nsacl")
    theirs = {"nsacl": [{"aclname": "theirs", "priority": number}], "nsacl6": [{"acl6name": "x", "priority": None}]}
    taken = planned(tmp_path, replace(OLD, acls=theirs))
    assert taken.taken == {"nsacl": {number}, "nsacl6": {0}}
    assert number not in [taken.numbers[acl.name] for acl in taken.acls if acl.type == "nsacl"]


def test_an_allowlist_begins_with_all_its_ranges_since_a_part_would_lock_out_the_others(tmp_path: Path) -> None:
    wanted = planned(tmp_path, OLD, effect="allow")
    assert wanted.canary is None
    assert wanted.copies == tuple(sorted(wanted.acls, key=lambda acl: acl.type))
    assert [denying(wanted, SITE), denying(wanted, SITE6)] == [
        [acl.name for acl in wanted.acls if acl.denies and acl.type == type_] for type_ in ("nsacl", "nsacl6")
    ]
    assert [len(denying(wanted, one)) for one in (SITE, SITE6)] == [1, 1]
    ((_objects, is_proven),) = stages_of(document(OWNER, wanted))
    assert is_proven
    rows = in_place(wanted)
    allowed = {type_: [row for row in found if "rest" in str([*row.values()])] for type_, found in rows.items()}
    missing = planned(tmp_path, replace(OLD, acls=allowed), effect="allow")
    assert missing.new == (), "ranges that are only let in deny nobody, and need no copies"


def test_entries_of_a_set_that_change_are_bridged_by_an_acl(tmp_path: Path) -> None:
    first = planned(tmp_path, NEW, "RU")
    held = {one.name: one.spans for one in first.sets.parts}
    there = replace(NEW, acls=in_place(first), sets=held)
    wanted = document(OWNER, planned(tmp_path, there, "RU", "UA"))
    bridge, content, *rest = stages_of(wanted)
    assert bridge[0]["policydataset"] == ["bridge_v4"]
    assert bridge[0]["nsacl"] == ["bridge_v4"]
    assert content[0] == {"policydataset_value_binding": ["a_v4_1"], "nsacls": [""], "nsacls6": [""]}
    assert [is_proven for _objects, is_proven in (bridge, content, *rest)][:2] == [False, False]
    (number,) = (row["priority"] for id_, row in wanted.stages[0].objects.items() if id_[0] == "nsacl" and row)
    assert number not in [row["priority"] for row in there.acls["nsacl"]]


def test_the_mode_is_enforce_where_all_acls_of_an_address_are_there(tmp_path: Path) -> None:
    wanted = planned(tmp_path, OLD)
    objects = dict(document(OWNER, wanted).objects)
    assert [mode_of(wanted, address, objects) for address in (SITE, SITE6, "203.0.113.9")] == [
        *(Mode.ENFORCE, Mode.ENFORCE),
        None,
    ]
    del objects["nsacl", (wanted.acls[0].name,)]
    assert [mode_of(wanted, address, objects) for address in (SITE, SITE6)] == [None, Mode.ENFORCE]


def test_what_is_in_place_is_read_back(tmp_path: Path) -> None:
    assert (before(OWNER, OLD), current_effect(OWNER, OLD)) == (None, "")
    wanted = planned(tmp_path, OLD, "RU", "NL")
    rows = in_place(wanted)
    copy = {"aclname": f"{wanted.acls[0].name}__ttl", "srcipval": "10.0.0.1", "priority": 1}
    theirs = {"aclname": "theirs", "srcipval": "10.0.0.2", "priority": 2}
    facts = replace(OLD, acls={**rows, "nsacl": [copy, theirs, *rows["nsacl"]]})
    assert before(OWNER, facts) == {version: wanted.compiled.spans[version] for version in (4, 6)}
    one = replace(OLD, acls={"nsacl6": rows["nsacl6"][:1], "nsacl": rows["nsacl"][:1]})
    assert before(OWNER, one) is None, "the range that comes first, of a run that died"
    assert (current_effect(OWNER, facts), current_effect(OWNER, one)) == ("block", "block")
    allowing = in_place(planned(tmp_path, OLD, effect="allow"))
    assert current_effect(OWNER, replace(OLD, acls=allowing)) == "allow"
    held = replace(OLD, sets={"tq_geoblock__a_v4_1": (parse_network("192.0.2.0/24")[1],)})
    assert before(OWNER, held) == {4: (parse_network("192.0.2.0/24")[1],)}


def test_without_room_for_copies_of_ipv4_nothing_is_planned_and_of_ipv6_no_copies(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInput, match=r"is left for tq_geoblock__\S+ between 100000 and 100000: begin the band lower"
    ):
        planned(tmp_path, OLD, first=100000)
    wanted = planned(tmp_path, replace(OLD, vservers=BOTH[2:]), "RU", "NL", first=81918)
    assert (len(wanted.acls), wanted.copies, wanted.canary) == (2, (), wanted.acls[0])
