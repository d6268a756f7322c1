# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The load balancing virtual server to which a content switching one sends a request: command reference, cs policy and cs vserver."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    UNDETERMINED,
    ExpressionError,
    Request,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import (
    Bank,
    BoundPolicy,
    decide,
)

from simulator.configuration import expressions
from simulator.node.node import Node
from simulator.traffic.policy_banks import Feature, NotEvaluable, count_hits
from simulator.types import TYPES, Row
from simulator.types.content_switching import POLICIES, TARGET

_FEATURE = Feature("cs", "action", "CS")
_LB, _ACTION = "lb ", "action "  # what is taken: a target of a binding, or an action


def target_of(node: Node, name: str, request: Request) -> str:
    """Return the name of the target, "" for none. Hits are counted. Raises NotEvaluable."""
    compiled = node.expressions
    try:
        decision = decide([_bank(node, compiled, name)], request)
    except ExpressionError as problem:
        raise NotEvaluable(str(problem)) from None
    if decision.undetermined:
        raise NotEvaluable("no definite result")
    count_hits(node, _FEATURE, decision.hits, (), decision.log_actions, request)
    taken = decision.action or ""
    if taken.startswith(_LB):
        return taken.removeprefix(_LB)
    if taken.startswith(_ACTION):
        return _of_action(node, compiled, taken.removeprefix(_ACTION), request)
    return _default(node, name)


def _bank(node: Node, compiled: expressions.Compiled, name: str) -> Bank:
    key = ("cspolicy", name)
    if key not in compiled.banks:
        rows = [row for row in node.running.table(POLICIES).values() if row["name"] == name]
        compiled.banks[key] = Bank(name, tuple(bound for row in rows if (bound := _bound(node, compiled, row))))
    bank: Bank = compiled.banks[key]
    return bank


def _bound(node: Node, compiled: expressions.Compiled, row: Row) -> BoundPolicy | None:
    policy = node.running.find(TYPES["cspolicy"], row["policyname"])
    if policy is None or "rule" not in policy:
        return None
    target = row.get("targetlbvserver")
    taken = f"{_ACTION}{policy['action']}" if "action" in policy else f"{_LB}{target}" if target else ""
    return BoundPolicy(
        row["policyname"],
        compiled.expression(policy["rule"]),
        taken,
        row["priority"],
        row["gotopriorityexpression"],
        None,
        policy.get("logaction"),
    )


def _of_action(node: Node, compiled: expressions.Compiled, name: str, request: Request) -> str:
    action: Row = node.running.find(TYPES["csaction"], name) or {}
    node.counters.add(node.appliance.now(), "csaction", name, "hits")
    if "targetvserverexpr" not in action:
        return str(action.get("targetlbvserver", ""))
    try:
        value: Any = compiled.expression(action["targetvserverexpr"]).evaluate(request)
    except ExpressionError as problem:
        raise NotEvaluable(str(problem)) from None
    if value is UNDETERMINED:
        raise NotEvaluable("no definite target")
    if value is UNDEF or node.running.find(TYPES["lbvserver"], str(value)) is None:
        node.counters.add(node.appliance.now(), "csaction", name, "undefhits")
        return ""
    return str(value)


def _default(node: Node, name: str) -> str:
    for row in node.running.table(TARGET).values():
        if row["name"] == name:
            node.counters.add(node.appliance.now(), TARGET, name, "hits")
            return str(row["lbvserver"])
    return ""
