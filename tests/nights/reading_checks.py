# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a status says that it read: nodes and builds, what of ours is there, as it was left and saved, who stands in front, and what an apply would do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.node.node import Node
from tests.nights.held import Held
from tests.nights.journal import POLICY, scopes
from tests.nights.shapes import AFFECTED
from tests.nights.status_checks import is_clear, is_ours_there, own_runs

_OURS = ("responderpolicy", "responderaction", "auditmessageaction", "responderglobal_responderpolicy_binding")


def wrong_readings(held: Held) -> Iterator[str]:
    """Yield what is not true of what a status has read."""
    for appliance in held.night.appliances:
        yield from (f"the catalogue of {appliance}: {why}" for why in _of_a_cluster(held, appliance))
        result = held.found.status.results[appliance]
        if result.get("verdict") and held.is_read(appliance):
            for wrong in (_nodes, _ours, _saved, _in_front, _steps, _rule, _numbers):
                yield from (f"status of {appliance}: {why}" for why in wrong(held, appliance, result))


def _of_a_cluster(held: Held, appliance: str) -> Iterator[str]:
    """One node answers for a cluster, and another may run another build: nothing is whole without that."""
    verdict = held.found.catalogue.results[appliance].get("verdict") or {}
    is_cluster = held.night.world.running(appliance).spec.cluster
    if is_cluster and verdict and not any("other nodes" in one for one in verdict["missing"]):
        yield f"its other nodes were not read, and it misses {verdict['missing']}"


def _nodes(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    running, told = held.night.world.running(appliance), result["appliance"]["nodes"]
    if len(told) != len(running.nodes):
        yield f"it has {len(running.nodes)} nodes, and {len(told)} are told"
        return
    for node, one in zip(running.nodes, told, strict=True):
        build, is_primary = held.now.builds[appliance][node.index], node is running.primary
        role = "standalone" if len(running.nodes) == 1 else "primary" if is_primary else "secondary"
        said = (one["address"].rpartition(":")[0], one["build"], one["role"], one["problem"])
        if said != (node.listener.address, build, role, ""):
            yield f"node {node.index} is {role} {node.listener.address} with {build}, and it is told as {said}"
    read = f"configuration read from {running.primary.listener.address}"
    if read not in result["verdict"]["rests_on"]:
        yield f"the primary is {running.primary.listener.address}, and it rests on {result['verdict']['rests_on']}"


def _nodes_of_ours(held: Held, appliance: str) -> list[Node]:
    """Return the primary as each partition sees it in which our mitigation is."""
    return [
        node
        for _partition, node in scopes(held.night.world.running(appliance))
        if any(row["name"] == held.weakness.policy for row in node.running.rows.get(POLICY, {}).values())
    ]


def _ours(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What is there of ours has our version; what somebody changed in it is told as a drift."""
    is_there = is_ours_there(held, appliance)
    is_whole = len({one.partition for one in held.places(appliance)}) == 1 and is_clear(held, appliance)
    if (result["deployed_version"] is not None) is not is_there and is_whole:
        yield f"ours is there: {is_there}, and its version is {result['deployed_version']}"
    rule = held.night.rules.get(appliance)
    now = held.night.rule(appliance)
    is_last = held.where[appliance].actions[-1].name == "colleague_changes"
    is_needed = all(build == AFFECTED for build in held.now.builds[appliance])  # of others the build is the verdict
    is_compared = is_needed and result["verdict"]["word"] != "superseded"
    if is_last and is_compared and rule and now and rule != now and not result["drift"]:
        yield f"somebody has changed our rule into {now}, and it tells no drift"
    runs = [number for number, run in own_runs(held, appliance) if run.name != "verify"]  # which leaves all as it was
    was_left = bool(runs) and held.night.journal[runs[-1]].is_there(appliance, held.weakness.policy)
    if not is_there and result["drift"] and is_clear(held, appliance) and not was_left:
        yield f"nothing of ours is there, and it tells {result['drift']}"


def _saved(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What is there of ours is saved, or told not to be."""
    nodes = _nodes_of_ours(held, appliance)
    differs = any(_rows(held, node.running) != _rows(held, node.saved) for node in nodes)
    if nodes and result["saved"] is True and differs:
        yield "what runs of ours is not saved, and it says so"
    if (
        nodes
        and result["saved"] is False
        and not differs
        and not any(_is_changed(node) for node in _every(held, appliance))
    ):
        yield "all that runs is saved, and it says that ours is not"


def _every(held: Held, appliance: str) -> Iterator[Node]:
    for node in held.night.world.running(appliance).nodes:
        yield from (node, *node.partitions.values())


def _is_changed(node: Node) -> bool:
    return bool(node.running.rows != node.saved.rows)


def _rows(held: Held, configuration: Any) -> dict[str, Any]:
    """Return the rows of ours."""
    return {
        name: {
            key: row
            for key, row in configuration.rows.get(name, {}).items()
            if held.weakness.policy in str(row.get("name", row.get("policyname")))
        }
        for name in _OURS
    }


def _in_front(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """A policy of others that is evaluated before ours is named in the order; one behind it is in no way of it."""
    entry, order = held.night.journal[-1], str(result["proof"].get("order", "rp_"))
    for (name, partition), bound in entry.bound.items():
        own = bound.get(held.weakness.policy)
        if name != appliance or partition != "default" or own is None or "rp_allow" not in bound:
            continue
        is_before = int(bound["rp_allow"]) < int(own)
        is_told = "rp_allow" in order or "order" not in result["proof"]
        if is_before and result["verdict"]["word"] in ("partly", "mitigated") and not is_told:
            yield f"rp_allow is evaluated before ours, and the order is {order}"
        if (
            is_before
            and not any("rp_allow" in one for one in result["verdict"]["missing"])
            and result["verdict"]["word"] in ("partly", "mitigated")
        ):
            yield f"rp_allow lets requests go on before ours, and it misses {result['verdict']['missing']}"
        free = result["proof"].get("order", {}).get("free_priority")
        if free is not None and not 0 < int(free) < int(bound["rp_allow"]):
            yield f"{free} is called free in front of rp_allow at {bound['rp_allow']}"
        text = result["verdict"]["next_action"]
        wanted = re.search(r"`measure_priority: (\d+)`", text)
        is_free = int(bound["rp_allow"]) > 1
        if is_before and "acknowledge rp_allow" in text and is_free and not wanted:
            yield f"ours could be evaluated before rp_allow, and next is {text}"
        if wanted and not (int(wanted[1]) < int(bound["rp_allow"]) and wanted[1] not in map(str, bound.values())):
            yield f"{wanted[1]} is no place in front of rp_allow: {text}"


def _steps(held: Held, appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """What is proven needs no step; where nothing of ours is there, all of it is to be written, and all of that is to be taken back by an undo."""
    steps, inverse = result["steps"], result["inverse"]
    if result["verdict"]["word"] == "mitigated" and steps:
        yield f"it is mitigated, and an apply would do {steps}"
    builds = held.now.builds[appliance]
    if (
        result["verdict"]["word"] != "exposed"
        or is_ours_there(held, appliance)
        or not all(one.startswith("13.0 47.22") for one in builds)
    ):
        return
    partitions = len({one.partition for one in held.places(appliance)})
    if not result["conflicts"] and not result["skipped_because"] and len(steps) < 4 * partitions:
        yield f"nothing of ours is there, and an apply would do {len(steps)} steps"
    if len(inverse) < len(steps):
        yield f"an apply would do {len(steps)} steps, and an undo {len(inverse)}"


def _rule(_held: Held, _appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The rules are those of the catalogue, which answer each of its requests rightly, by the second evaluator of these tests."""
    yield from (
        f"it calls a rule wrong: {one['message']}" for one in result["conflicts"] if one["kind"] == "wrong_rule"
    )


def _numbers(held: Held, _appliance: str, result: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of a sentence belong together, and the plan says what the values say."""
    proof, plan = result["proof"], result["diff"]["prepared"]
    for matching, every, rest in re.findall(
        r"(\d+) of (\d+) variants? of attacks match(?:es)?(?:, (\d+) not checked)?", str(proof.get("variants", ""))
    ):
        if int(matching) + int(rest or 0) != int(every) and not result["proof"].get("missed_variants"):
            yield f"of {every} variants {matching} match, and {rest or 0} were not checked"
    if proof.get("variants") and f"variants: {proof['variants']}" not in plan:
        yield f"{proof['variants']}, and its plan does not say it"
    different = proof.get("differential") or {}
    said = f"differential: {different.get('different')} of {different.get('asked')} other requests"
    if different and different["asked"] and said not in plan:
        yield f"{said}, and its plan does not say it"
    if different and (
        different["different"] > different["asked"] or len(different["requests"]) > different["different"]
    ):
        yield f"of {different['asked']} requests {different['different']} are treated differently: {different['requests']}"
    if any(result["undefined_hits"].values()) and result["measure"] == held.weakness.id:
        yield f"no request of a night is undefined, and it counts {result['undefined_hits']}"
