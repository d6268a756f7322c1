# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cost of geoblocking in requests and payload, by method: counted on the simulator for a set as large as RU and UA, computed for others."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.virtual_servers import Vserver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.request_batches import batches
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.planned_steps import (
    steps_in_stages,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    ApplianceFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
    Provenance,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.policy import Policy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.current_block import CurrentBlock
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.measure import (
    METHODS,
    load_geoblock,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.protected_addresses import (
    READ,
    Protection,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.resolved import Basis
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.templates import Templates

from simulator import Simulator
from tests.engine import test_geoblock_acls
from tests.engine.geoblock_stage import TODAY, GeoblockStage, many
from tests.stage.memory import Played

FLEET = test_geoblock_acls.FLEET
RU_AND_UA = 12_874  # ranges, IPFire of October 2026
# Ranges of IPv4 as the same data has them. The limits are the for RU and UA, and what follows from chunks of 1,000 else.
SETS = {"RU": 10_296, "RU and UA": RU_AND_UA, "CN": 4_913, "only NL, BE, DE": 45_114}


def requests(played: Played) -> int:
    return sum(entry["side"] == "nitro" for entry in played.requests)


WAYS = ("location", "datasets", "acls")
LIMITS = (20, 40, 40)
"""The issue's for a first run. What is sent ("files" and "writes") is within them; what is asked besides is not, and is held here."""
# Requests by what they are for, way by way; docs/reference/geoblock.md has the sums.
TABLE: dict[str, dict[str, tuple[int, int, int]]] = {
    "first run": {
        "session": (10, 10, 10),
        "lock and record": (21, 35, 37),
        "who must get through": (9, 9, 9),
        "look": (18, 17, 14),
        "files": (4, 1, 1),
        "writes": (8, 23, 23),
        "read back and proof": (8, 7, 6),
    },
    "second run": {
        "session": (6, 6, 6),
        "lock and record": (1, 1, 1),
        "who must get through": (9, 9, 9),
        "look": (18, 18, 16),
        "files": (2, 0, 0),
    },
    "refresh of 200 ranges": {
        "session": (10, 10, 10),
        "lock and record": (15, 26, 32),
        "who must get through": (9, 9, 9),
        "look": (18, 18, 16),
        "files": (4, 1, 1),
        "writes": (2, 14, 17),
        "read back and proof": (2, 4, 4),
    },
    "rollback": {
        "session": (10, 10, 10),
        "lock and record": (22, 22, 20),
        "look": (18, 18, 11),
        "files": (3, 1, 1),
        "writes": (8, 10, 7),
        "read back and proof": (7, 6, 2),
    },
}


def purposes(played: Played) -> dict[str, int]:
    """Return the purposes of the requests of a run, in the order of the table."""
    found: Counter[str] = Counter()
    written = False
    for entry in played.requests:
        if entry["side"] != "nitro":
            continue
        purpose = _purpose(entry)
        found[purpose if purpose != "look" or not written else "read back and proof"] += 1
        written = written or purpose == "writes"
    # A file goes by the same POST as the lock and the record; that it is read back tells it from these.
    # A run that writes nothing reads it too, and compares it.
    put = found.pop("files put", 0)
    found["lock and record"] -= put if played.writes else 0
    found["files"] += 2 * put if played.writes else put
    # A new login takes a session of its own, and proves that nobody was locked out.
    logins = 3 * (sum(entry["target"].endswith("/login") for entry in played.requests) - 1)
    found["session"] -= logins
    found["read back and proof"] += logins
    return {name: found[name] for name in TABLE["first run"] if found[name]}


def _purpose(entry: dict[str, Any]) -> str:
    target = entry["target"].removeprefix("/nitro/v1/config/")
    type_name = target.partition("?")[0].partition("/")[0]
    if type_name == "systemfile" and "locdb" in target:
        return "files put" if entry["method"] == "GET" and "/" in target.partition("?")[0] else "files"
    if type_name == "systemfile" and "rc.netscaler" not in target:
        return "lock and record"
    if type_name in {each for each, *_rest in READ}:
        return "who must get through"
    if (
        type_name in ("login", "logout", "nsversion", "nspartition", "nsconfig", "systemfile")
        and "action" not in target
    ):
        return "session"
    return "look" if entry["method"] == "GET" else "writes"


@pytest.mark.sampled(4)
@pytest.mark.parametrize("way", WAYS)
def test_ru_and_ua_on_one_appliance(simulator: Simulator, tmp_path: Path, way: str) -> None:
    """The first time, a second run that only reads, 200 changed ranges, and the rollback: each request has its purpose."""
    simulator.reset()
    place = WAYS.index(way)
    stage = GeoblockStage(simulator, tmp_path / "records", "box", way=way, countries=["RU"], networks={})
    stage.data(*many(RU_AND_UA))
    runs = {"first run": stage.play("apply"), "second run": stage.play("apply")}
    # 100 ranges end one address earlier, 100 go and 100 others come.
    stage.data(*many(RU_AND_UA - 200), *many(100, size=1, first=RU_AND_UA - 200), *many(100, first=RU_AND_UA + 100))
    runs["refresh of 200 ranges"] = stage.play("apply")
    assert [played.result.failed for played in runs.values()] == ["", "", ""]
    assert (runs["second run"].writes, runs["second run"].result.changed) == ([], False)
    runs["rollback"] = stage.take_off()
    counted = {name: purposes(played) for name, played in runs.items()}
    print(f"{way}: " + "; ".join(f"{name} {requests(runs[name])} {found}" for name, found in counted.items()))
    assert {name: sum(found.values()) for name, found in counted.items()} == {n: requests(p) for n, p in runs.items()}
    assert counted["first run"]["files"] + counted["first run"]["writes"] <= LIMITS[place]
    assert counted == {
        name: {purpose: ways[place] for purpose, ways in table.items() if ways[place]} for name, table in TABLE.items()
    }


def compiled_of(ranges: int, effect: str) -> Compiled:
    rows = tuple((step, step, "RU") for step in range(3_000_000_000, 3_000_000_000 + 2 * ranges, 2))
    return Compiled(Policy(effect, ("RU",), families=(4,)), Provenance("", "", "", {}), "0" * 64, {4: rows, 6: ()})


@pytest.mark.parametrize("way", ["location", "datasets", "acls"])
@pytest.mark.parametrize("name", SETS)
def test_requests_and_payload_of_a_set(name: str, way: str, tmp_path: Path) -> None:
    """From nothing to the desired state, without the requests that every run makes."""
    ranges, owner = SETS[name], Owner("geoblock", 1)
    compiled = compiled_of(ranges, "allow" if name.startswith("only") else "block")
    settings = {
        "policy": compiled.policy.effect,
        "countries": ["RU"],
        "families": ["ipv4"],
        "way": way,
        "mode": "enforce",
        "vservers": ["site"],
        "cache": str(tmp_path),
        "source": {"name": "test", "licence": "none", "files": [{"path": "none"}]},
    }
    measure = load_geoblock(settings, "box", TODAY)
    settings = measure.settings
    assert settings is not None
    look = ApplianceFacts(Build((13, 1), (53, 24)), (Vserver("lbvserver", "site", "192.0.2.10", 80, "HTTP", True),), ())
    basis = Basis(
        owner=owner,
        where="box",
        marker="",
        settings=settings,
        templates=Templates(1),
        compiled=compiled,
        appliance=look,
        current=CurrentBlock(),
        protection=Protection((), frozenset()),
        method=way,
        reason="",
    )
    document = METHODS[way](measure, basis, cast("Connection", None)).document
    steps, _checkpoints = steps_in_stages(State(), document, Target(dict(document.objects), {"RESPONDER": True}))
    sent = [request for batch in batches(steps) for request in batch.requests()]
    payload = sum(len(json.dumps(request.body)) for request in sent) + sum(
        4 * len(file.content) // 3 for file in document.files
    )
    number = len(sent) + len(document.files)
    chunks = -(-ranges // 1000)
    parts = sum(type_ == "policydataset" for type_, _key in document.objects)
    limits = {"location": 10, "datasets": 10 + chunks + parts, "acls": 8 + chunks + parts}
    assert number <= limits[way]
    assert payload < ranges * (58 if way == "location" else 130)
    print(f"{name}, {way}: {ranges:,} ranges, {number} requests, {payload / 1024 / 1024:.2f} MiB")
