# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is read of an appliance, by what is there and by what is planned."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import CLUSTER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection import inspect as inspect_module
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.features import FeatureFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.inspect import inspect
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.nodes import NodeFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import cluster

OLDER = SimpleNamespace(objects={"of": "v1"})


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Replace each reading, and return what it is called with."""
    seen: dict[str, Any] = {"own": None, "faults": (), "shadows": ()}
    rules = SimpleNamespace(modes="modes", shadows=())
    recorded = SimpleNamespace(records=("r",))
    recorded.inside = lambda scope: recorded if scope == "default" else pytest.fail(scope)

    def saved(*arguments: Any, verify: bool) -> Any:
        seen.update(target=arguments[2], verify=verify)
        return SimpleNamespace(saved=True)

    def features(*_arguments: Any) -> str:
        seen["features"] = True
        return "features"

    def drift(*_arguments: Any) -> list[str]:
        seen["drift"] = True
        return ["differs"]

    def assessed(*_arguments: Any) -> Any:
        rules.shadows = seen["shadows"]
        return rules

    for name, stand_in in {
        "own_records": lambda *_: recorded,
        "read_configuration": lambda *_: SimpleNamespace(state="state", target="target", document="document"),
        "plan_configuration": lambda *_: SimpleNamespace(skipped=seen["skipped"], steps=()),
        "find_missing_files": lambda *_: (["f"], ["p"]),
        "read_nodes": lambda *_: NodeFacts(),
        "address_texts": lambda *_: ["of an address"],
        "read_features_to_enable": features,
        "read_lock_facts": lambda *_: "lock",
        "complete_records": lambda *_: SimpleNamespace(known=(), fetched=()),
        "with_unshown_bindings": lambda _connection, _parameters, configuration, *_: configuration,
        "ownership_state": lambda *_: seen["own"],
        "read_saved_state": saved,
        "read_access": lambda *_: "access",
        "open_at_secondary": lambda *_: ("open on the secondary",),
        "assess_rules": assessed,
        "read_other_measures": lambda *_: "others",
        "read_drift": drift,
        "make_plan": lambda facts, planned, build: ("plan", facts, planned, build),
    }.items():
        monkeypatch.setattr(inspect_module, name, stand_in)
    return seen


def facts(
    reads: dict[str, Any], presence: Presence, *, skipped: str = "", older: Any = None, cluster: bool = False
) -> Any:
    reads |= {"own": SimpleNamespace(presence=presence, version=1, older=older), "skipped": skipped}
    resolved = SimpleNamespace(build_status=lambda _build: "status", faults=reads["faults"])
    parameters: Any = SimpleNamespace(
        resolved=resolved,
        measure=SimpleNamespace(reach="reach"),
        scope="default",
        document=SimpleNamespace(files=()),
    )
    parameters.with_document = lambda _document: parameters
    session = SimpleNamespace(unusable_names=["n"])
    connection: Any = SimpleNamespace(primary=session, config={}, build="13.0 47.22", is_cluster=cluster)
    return inspect(connection, parameters)


@pytest.mark.parametrize(
    ("presence", "skipped", "verify"),
    [
        (Presence.CURRENT, "", True),
        (Presence.OLDER, "", True),
        (Presence.DRIFTED, "", False),
        (Presence.ABSENT, "", False),
        (Presence.CURRENT, "the build has the fix", False),
        (Presence.DRIFTED, "the build has the fix", False),
    ],
)
def test_what_is_in_place_is_compared_with_what_is_saved(
    reads: dict[str, Any], presence: Presence, skipped: str, verify: bool
) -> None:
    found = facts(reads, presence, skipped=skipped).facts
    assert (reads["verify"], reads["target"]) == (verify, "target")
    assert ("features" in reads, "drift" in reads) == (not skipped, not skipped)
    assert found.drift == (() if skipped else ("differs",))
    assert found.features == (FeatureFacts() if skipped else "features")
    assert (found.found.presence, found.shadowed_by, found.unusable_names) == (presence, "", ("n",))


def test_an_older_version_is_compared_with_what_it_left(reads: dict[str, Any]) -> None:
    found = facts(reads, Presence.OLDER, older=OLDER).facts
    assert (reads["target"], found.older) == (OLDER, OLDER)


@pytest.mark.parametrize(
    ("presence", "shadows", "faults", "after", "drift"),
    [
        (Presence.CURRENT, ("s1", "s2"), (), Presence.CURRENT, ("differs", "s1", "s2")),
        (Presence.CURRENT, (), ("f",), Presence.DRIFTED, ("differs", "f")),
        (Presence.DRIFTED, ("s1",), ("f",), Presence.DRIFTED, ("differs",)),
        (Presence.ABSENT, ("s1",), (), Presence.ABSENT, ("differs",)),
    ],
)
def test_why_what_is_in_place_has_no_effect(
    reads: dict[str, Any],
    presence: Presence,
    shadows: tuple[str, ...],
    faults: tuple[str, ...],
    after: Presence,
    drift: tuple[str, ...],
) -> None:
    reads |= {"shadows": shadows, "faults": faults}
    found, plan = facts(reads, presence)
    assert (found.found.presence, found.drift) == (after, drift)
    assert found.shadowed_by == (shadows[0] if shadows and presence is Presence.CURRENT else "")
    assert (plan[0], plan[1], plan[3]) == ("plan", found, "13.0 47.22")
    assert found.nodes.addresses == ("of an address",)
    assert found.nodes.not_covered == ("open on the secondary",)


def test_a_cluster_is_neither_assessed_nor_written_to(reads: dict[str, Any]) -> None:
    found, plan = facts(reads, Presence.CURRENT, cluster=True)
    assert "verify" not in reads
    assert plan.conflicts == (cluster(CLUSTER),)
    assert len(found.nodes.unreadable) == 1
