# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluates the bound responder policies on a request: banks, decision, hits, log actions."""

from __future__ import annotations

import logging
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import ExpressionError, Request
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import decide

from simulator.configuration import expressions
from simulator.node.node import Node
from simulator.traffic import policy_banks
from simulator.traffic.policy_banks import Feature, NotEvaluable, count_hits

log = logging.getLogger("simulator")
_RESPONDER = Feature("responder", "action", "RESPONDER")


def evaluate_policies(node: Node, vserver: policy_banks.Vserver | None, request: Request) -> str | None:
    """Return the action that answers a request, or None. Hits are counted and log actions written.

    `vserver` is (type, name); None is the management address, where only global policies are evaluated.
    """
    if "RESPONDER" not in node.features:
        return None  # policies of a disabled feature have no effect (NITRO guide; product docs)
    compiled = node.expressions
    try:
        banks = policy_banks.banks(node, compiled, _RESPONDER, vserver, request)
        if not banks:
            return None
        decision = decide(banks, request, **_decision_context(node, compiled))
    except ExpressionError as problem:
        log.warning("%s: cannot evaluate the bound policies: %s", node.appliance.spec.name, problem)
        raise NotEvaluable(str(problem)) from None
    if decision.undetermined:
        log.warning("%s: the bound policies have no definite result for %s", node.appliance.spec.name, request.url)
        raise NotEvaluable("no definite result")
    if decision.hits or decision.undef_hits:
        if decision.action and decision.hits:
            node.counters.add(node.appliance.now(), "responderaction", decision.action, "hits")
        count_hits(node, _RESPONDER, decision.hits, decision.undef_hits, decision.log_actions, request)
    return decision.action


def _decision_context(node: Node, compiled: expressions.Compiled) -> dict[str, Any]:
    """Return the labels, the actions and the settings that a decision needs."""
    if "around" not in compiled.banks:
        running = node.running
        actions = running.table("responderaction").values()
        compiled.banks["around"] = {
            "labels": policy_banks.labels(node, compiled, _RESPONDER),
            "undef_action": str(running.table("responderparam").get((), {}).get("undefaction", "NOOP")),
            "end_skips_later_banks": node.appliance.switches["end_skips_later_banks"],
            "noop_actions": [row["name"] for row in actions if row["type"] == "noop"],
            "targets": {row["name"]: compiled.expression(row["target"]) for row in actions if row.get("target")},
        }
    found: dict[str, Any] = compiled.banks["around"]
    return found
