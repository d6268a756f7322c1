# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluates the bound rewrite policies on a request or response, and carries their actions out.

Every policy that matches adds its action to a list, and the actions are carried out in this order when the evaluation has ended (product
page: how rewrite works). Policies and actions that the simulator cannot evaluate are left out; the state of an appliance names them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    ExpressionError,
    Request,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import (
    MAX_BRANCHES,
    Bank,
    Decision,
    possible_decisions,
)

from simulator.configuration.expressions import Compiled
from simulator.node.node import Node
from simulator.traffic import policy_banks
from simulator.traffic.policy_banks import Feature, NotEvaluable, count_hits, evaluate_text
from simulator.traffic.rewrite_actions import carried_out, unsupported
from simulator.types import TYPES, Row

log = logging.getLogger("simulator")
FEATURES = {
    "request": Feature("rewrite", "action", "REWRITE", leaves_out_unknown=True),
    "response": Feature("rewrite", "action", "REWRITE", flow="RES", leaves_out_unknown=True),
}
_CLOSING = ("RESET", "DROP")


@dataclass(frozen=True)
class Rewritten:
    """The packet after rewriting; `ending` is RESET or DROP if the connection ends instead."""

    packet: Request
    ending: str = ""


def rewritten(node: Node, vserver: policy_banks.Vserver, packet: Request, side: str) -> Rewritten:
    """Return the packet with its request or response rewritten. Hits are counted and log actions written."""
    feature, compiled = FEATURES[side], node.expressions
    banks = policy_banks.banks(node, compiled, feature, vserver, packet)
    if not banks:
        return Rewritten(packet)
    try:
        decision = _decision(packet, banks, _context(node, compiled, feature))
    except ExpressionError as problem:
        log.warning("%s: cannot evaluate the bound rewrite policies: %s", node.appliance.spec.name, problem)
        raise NotEvaluable(str(problem)) from None
    count_hits(node, feature, decision.hits, decision.undef_hits, decision.log_actions, packet)
    if decision.action in _CLOSING:
        return Rewritten(packet, str(decision.action))
    if decision.undef_hits and not node.appliance.switches["rewrite_undef_keeps_actions"]:
        return Rewritten(packet)  # NOREWRITE: the message is not modified
    return Rewritten(_carried_out(node, decision, packet, side))


def _decision(packet: Request, banks: list[Bank], context: dict[str, Any]) -> Decision:
    decisions = possible_decisions(banks, packet, **context)
    first = next(decisions)
    for other in islice(decisions, MAX_BRANCHES):
        if (other.hits, other.undef_hits, other.action) != (first.hits, first.undef_hits, first.action):
            raise UnsupportedExpression("the bound rewrite policies have no definite result")
    return first


def _context(node: Node, compiled: Compiled, feature: Feature) -> dict[str, Any]:
    """Return the labels, the actions and the settings that a decision needs: all actions but RESET and DROP let the evaluation go on."""
    key = (feature, "context")
    if key not in compiled.banks:
        running = node.running
        compiled.banks[key] = {
            "labels": policy_banks.labels(node, compiled, feature),
            "undef_action": str(running.table("rewriteparam").get((), {}).get("undefaction", "NOREWRITE")),
            "end_skips_later_banks": node.appliance.switches["end_skips_later_banks"],
            "noop_actions": frozenset(["NOREWRITE", *(row["name"] for row in running.table("rewriteaction").values())]),
        }
    found: dict[str, Any] = compiled.banks[key]
    return found


def _carried_out(node: Node, decision: Decision, packet: Request, side: str) -> Request:
    changed, original = packet, packet
    for action in _actions(node, decision):
        # Whether an action sees what earlier ones did is open.
        seen = changed if node.appliance.switches["rewrite_actions_see"] == "rewritten" else original
        result = carried_out(
            node,
            action,
            changed,
            seen,
            side,
            lambda text, seen=seen: evaluate_text(node, text, seen),  # type: ignore[misc]
        )
        now = node.appliance.now()
        node.counters.add(now, "rewriteaction", action["name"], "undefhits" if result is None else "hits")
        changed = (
            changed if result is None else result
        )  # an undefined action is not carried out (vendor's blog on UNDEF, 2010)
    return changed if side == "response" else _framed(packet, changed)


def _framed(old: Request, new: Request) -> Request:
    """Return the request with the length of its body in Content-Length."""
    if new.body == old.body:
        return new
    headers = [(name, str(len(new.body)) if name.lower() == "content-length" else value) for name, value in new.headers]
    return replace(new, headers=tuple(headers))


def _actions(node: Node, decision: Decision) -> list[Row]:
    """Return the actions of the policies that matched, in their order."""
    actions = []
    for name in decision.hits:
        policy = node.running.find(TYPES["rewritepolicy"], name)
        action = policy and node.running.find(TYPES["rewriteaction"], policy["action"])
        if action and not unsupported(node, action):
            actions.append(action)
    return actions
