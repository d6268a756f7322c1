# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What geoblocking costs in requests and payload, by way: counted on the simulator for a set as large as RU and UA, computed for others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.batches import batches
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geo.compiled import Compiled, Provenance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geo.policy import Policy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock import by_acls, by_datasets
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.look import Look
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.measure import Found, load_geoblock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.protected import READ, Protection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.inspection import _plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.plan import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.vservers import Vserver

from simulator import Simulator
from tests.engine.geoblock_stage import TODAY, GeoblockStage, many
from tests.engine.test_geoblock_acls import FLEET
from tests.engine.whitelist_stage import Played

RU_AND_UA = 12_874  # ranges, IPFire of October 2026
# Ranges of IPv4 as the same data has them. The limits are the for RU and UA, and what follows from chunks of 1,000 else.
SETS = {"RU": 10_296, "RU and UA": RU_AND_UA, "CN": 4_913, "only NL, BE, DE": 45_114}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator(FLEET) as running:
        yield running


def requests(played: Played) -> int:
    return sum(entry["side"] == "nitro" for entry in played.requests)


# The most requests of a first run by what they are for. 20, 40 and 40 are the limits of what is sent, "writes" and "files"; not of all.
WAYS = ("location", "datasets", "acls")
FIRST = {
    "session": (10, 10, 13),
    "lock and record": (10, 10, 10),
    "who must get through": (9, 9, 9),
    "what is there": (33, 36, 32),
    "files": (4, 1, 1),
    "writes": (8, 23, 23),
}
SECOND = 46  # reads of a second run


def purposes(played: Played) -> Counter[str]:
    """What the requests of a run were for; a file is put there and read back."""
    found = Counter(_purpose(entry) for entry in played.requests if entry["side"] == "nitro")
    found["lock and record"] -= found["files put"]
    found["files"] += 2 * found.pop("files put", 0)
    return found


def _purpose(entry: dict[str, Any]) -> str:
    target = entry["target"].removeprefix("/nitro/v1/config/")
    type_name = target.partition("?")[0].partition("/")[0]
    if type_name == "systemfile" and "locdb" in target:
        return "files put" if "/" in target.partition("?")[0] else "files"
    if type_name == "systemfile" and "rc.netscaler" not in target:
        return "lock and record"
    if type_name in {each for each, _attribute, _what in READ}:
        return "who must get through"
    if (
        type_name in ("login", "logout", "nsversion", "nspartition", "nsconfig", "systemfile")
        and "action" not in target
    ):
        return "session"
    return "what is there" if entry["method"] == "GET" else "writes"


@pytest.mark.parametrize(("way", "most", "refreshed"), [("location", 20, 10), ("datasets", 40, 20), ("acls", 40, 22)])
def test_ru_and_ua_on_one_appliance(simulator: Simulator, tmp_path: Path, way: str, most: int, refreshed: int) -> None:
    """The first time, a second run that only reads, 200 changed ranges, and taking it off."""
    simulator.reset()
    stage = GeoblockStage(simulator, tmp_path / "records", "box", way=way, countries=["RU"], networks={})
    stage.data(*many(RU_AND_UA))
    first = stage.play("apply")
    assert first.result.failed == ""
    counted = purposes(first)
    assert counted["files"] + counted["writes"] <= most
    assert {name: number for name, number in counted.items() if number > FIRST[name][WAYS.index(way)]} == {}
    assert requests(first) == counted.total()
    again = stage.play("apply")
    assert (again.writes, again.result.changed) == ([], False)
    assert requests(again) <= SECOND
    # 100 ranges end one address earlier, 100 go and 100 others come.
    stage.data(*many(RU_AND_UA - 200), *many(100, size=1, first=RU_AND_UA - 200), *many(100, first=RU_AND_UA + 100))
    refresh = stage.play("apply")
    assert refresh.result.failed == ""
    assert len(refresh.writes) <= refreshed, refresh.writes
    off = stage.take_off()
    assert len(off.writes) <= 12, off.writes
    print(
        f"{way}: {requests(first)} requests, {dict(counted)}; again {requests(again)} reads; "
        f"refresh {requests(refresh)} requests, {len(refresh.writes)} writes; off {len(off.writes)} writes"
    )


def compiled_of(ranges: int, effect: str) -> Compiled:
    rows = tuple((step, step, "RU") for step in range(3_000_000_000, 3_000_000_000 + 2 * ranges, 2))
    return Compiled(Policy(effect, ("RU",), families=(4,)), Provenance("", "", "", {}), "0" * 64, {4: rows, 6: ()})


@pytest.mark.parametrize("way", ["location", "datasets", "acls"])
@pytest.mark.parametrize("name", SETS)
def test_requests_and_payload_of_a_set(name: str, way: str, tmp_path: Path) -> None:
    """From nothing to what shall be, without the requests that every run makes."""
    ranges, owner = SETS[name], Owner("geoblock", 1)
    compiled = compiled_of(ranges, "allow" if name.startswith("only") else "block")
    asked = {
        "policy": compiled.policy.effect,
        "countries": ["RU"],
        "families": ["ipv4"],
        "way": way,
        "mode": "enforce",
        "vservers": ["site"],
        "cache": str(tmp_path),
        "source": {"name": "test", "licence": "none", "files": [{"path": "none"}]},
    }
    measure = load_geoblock(asked, "box", TODAY)
    settings = measure.settings
    assert settings is not None
    look = Look(Build((13, 1), (53, 24)), (Vserver("lbvserver", "site", "192.0.2.10", 80, "HTTP", True),), ())
    sets = by_datasets.plan_sets(owner, compiled, {}, (4,), limit=5000) if way == "datasets" else None
    acls = by_acls.plan(owner, settings, compiled, look) if way == "acls" else None
    found = Found(settings, compiled, look, Protection((), frozenset()), way, "", sets=sets, acls=acls)
    measure = measure.__class__(**{**vars(measure), "found": found})
    document = measure.document(owner, where="box", marker="")
    steps, _stops = _plan(State(), document, Target(dict(document.objects), {"RESPONDER": True}))
    sent = [request for batch in batches(steps) for request in batch.requests()]
    payload = sum(len(json.dumps(request.body)) for request in sent) + sum(
        4 * len(file.content) // 3 for file in document.files
    )
    number = len(sent) + len(document.files)
    chunks = -(-ranges // 1000)
    parts = len(sets.parts) if sets else len(acls.sets.parts) if acls else 0
    limits = {"location": 10, "datasets": 10 + chunks + parts, "acls": 8 + chunks + parts}
    assert number <= limits[way]
    assert payload < ranges * (58 if way == "location" else 130)
    print(f"{name}, {way}: {ranges:,} ranges, {number} requests, {payload / 1024 / 1024:.2f} MiB")
