# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Evaluates the bound responder policies on a request: banks, decision, hits, log actions."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import (
    UNDEF,
    UNDETERMINED,
    ExpressionError,
    Request,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.banks import (
    Bank,
    BoundPolicy,
    Decision,
    decide,
)

from simulator.configuration import expressions
from simulator.node import logs
from simulator.node.node import Node
from simulator.traffic import pages
from simulator.types import BINDINGS, TYPES, VSERVER_TYPES, Binding, Row

log = logging.getLogger("simulator")
_LOG_LEVELS = {
    "EMERGENCY": "emerg",
    "ALERT": "alert",
    "CRITICAL": "crit",
    "ERROR": "err",
    "WARNING": "warn",
    "NOTICE": "notice",
    "INFORMATIONAL": "info",
    "DEBUG": "debug",
}


class NotEvaluable(Exception):
    """The simulator cannot evaluate a bound policy. The client gets an error instead of a pass."""


def evaluate_policies(node: Node, vserver: tuple[str, str] | None, request: Request) -> str | None:
    """Return the action that answers a request, or None. Hits are counted and log actions written.

    `vserver` is (type, name); None is the management address, where only global policies are evaluated.
    """
    if "RESPONDER" not in node.features:
        return None  # policies of a disabled feature have no effect (NITRO guide; product docs)
    compiled = node.expressions
    try:
        banks = _banks(node, compiled, vserver, request)
        if not banks:
            return None
        decision = decide(banks, request, **_decision_context(node, compiled))
    except ExpressionError as problem:
        log.warning("%s: cannot evaluate the bound policies: %s", node.appliance.spec.name, problem)
        raise NotEvaluable(str(problem)) from None
    if decision.undetermined:
        log.warning("%s: the bound policies have no definite result for %s", node.appliance.spec.name, request.url)
        raise NotEvaluable("no definite result")
    _count_hits(node, compiled, decision, request)
    return decision.action


def _banks(node: Node, compiled: expressions.Compiled, vserver: tuple[str, str] | None, request: Request) -> list[Bank]:
    """Return the banks with policies for a request, in NetScaler's order. They are cached until the configuration changes."""
    consumed = vserver is not None and (
        vserver[0] == "authenticationvserver"
        or (vserver[0] == "vpnvserver" and pages.consumed_by_gateway(request.url, signed_on=request.is_sslvpn))
    )
    key = (vserver, consumed)
    if key not in compiled.banks:
        found = _all_banks(node, compiled, vserver, consumed=consumed)
        compiled.banks[key] = [bank for bank in found if bank.policies]
    banks: list[Bank] = compiled.banks[key]
    return banks


def _all_banks(
    node: Node, compiled: expressions.Compiled, vserver: tuple[str, str] | None, *, consumed: bool
) -> Iterable[Bank]:
    """Yield global override, the vserver's own bank, global default (policy guide 9.2; blog of 2008)."""
    if vserver and vserver[0] == "vpnvserver" and pages.ignores_policies_on_vpn(node.appliance.branch):
        return  # CTX267679: 12.1 builds before 51.16/51.19 and 50.31
    switches = node.appliance.switches
    gateway = vserver is not None and vserver[0] in ("vpnvserver", "authenticationvserver")
    global_too = not gateway or switches["global_policies_see_gateway"]
    if global_too:
        yield _bank(node, compiled, "responderglobal_responderpolicy_binding", "", "REQ_OVERRIDE")
    if vserver is not None:
        points: tuple[str, ...] = ("REQUEST",)
        if gateway:
            points = {
                "split": ("AAA_REQUEST",) if consumed else ("REQUEST",),
                "request": ("REQUEST",),
                "both": ("AAA_REQUEST", "REQUEST"),
            }[switches["gateway_bind_points"]]
        for point in points:
            yield _bank(node, compiled, f"{vserver[0]}_responderpolicy_binding", vserver[1], point)
    if global_too:
        yield _bank(node, compiled, "responderglobal_responderpolicy_binding", "", "REQ_DEFAULT")


def _bank(node: Node, compiled: expressions.Compiled, binding_name: str, parent: str, point: str) -> Bank:
    key = (binding_name, parent, point)
    if key not in compiled.banks:
        binding = BINDINGS[binding_name]
        rows = [
            row
            for row in node.running.table(binding_name).values()
            if (not binding.parent or row[binding.parent_key] == parent)
            and (not binding.point or row[binding.point] == point)
        ]
        name = f"{binding.parent.upper()}/{point}" if binding.point and binding.parent else point or parent
        compiled.banks[key] = Bank(name, tuple(_bound(node, compiled, binding, row) for row in rows))
    bank: Bank = compiled.banks[key]
    return bank


def _bound(node: Node, compiled: expressions.Compiled, binding: Binding, row: Row) -> BoundPolicy:
    name = row[binding.child_key]
    policy = node.running.find(TYPES["responderpolicy"], name)
    label = row.get(binding.invoked)
    kind = "policylabel" if str(row.get("labeltype", "")).lower() == "policylabel" else "vserver"
    invoke = (kind, str(label)) if row.get("invoke") and label else None
    if policy is None:  # NOPOLICY: an invocation only
        return BoundPolicy(
            name, compiled.expression("TRUE"), "", row["priority"], row["gotopriorityexpression"], None, None, invoke
        )
    return BoundPolicy(
        name,
        compiled.expression(policy["rule"]),
        policy["action"],
        row["priority"],
        row["gotopriorityexpression"],
        policy.get("undefaction"),
        policy.get("logaction"),
        invoke,
    )


def _decision_context(node: Node, compiled: expressions.Compiled) -> dict[str, Any]:
    """Return the labels, the actions and the settings that a decision needs."""
    if "around" not in compiled.banks:
        running = node.running
        actions = running.table("responderaction").values()
        compiled.banks["around"] = {
            "labels": _labels(node, compiled),
            "undef_action": str(running.table("responderparam").get((), {}).get("undefaction", "NOOP")),
            "end_skips_later_banks": node.appliance.switches["end_skips_later_banks"],
            "noop_actions": [row["name"] for row in actions if row["type"] == "noop"],
            "targets": {row["name"]: compiled.expression(row["target"]) for row in actions if row.get("target")},
        }
    found: dict[str, Any] = compiled.banks["around"]
    return found


def _labels(node: Node, compiled: expressions.Compiled) -> dict[str, Bank]:
    labels = {
        row["labelname"]: _bank(node, compiled, "responderpolicylabel_responderpolicy_binding", row["labelname"], "")
        for row in node.running.table("responderpolicylabel").values()
    }
    for name in VSERVER_TYPES:
        for row in node.running.table(name).values():
            labels[f"vserver {row['name']}"] = _bank(
                node, compiled, f"{name}_responderpolicy_binding", row["name"], "REQUEST"
            )
    return labels


def evaluate_text(node: Node, text: str, request: Request) -> str | None:
    """Return the text of a text expression for a request; None if it is undefined."""
    compiled = node.expressions
    try:
        value = compiled.expression(text).evaluate(request)
    except ExpressionError as problem:
        raise NotEvaluable(str(problem)) from None
    if value is UNDETERMINED:
        raise NotEvaluable(f"no definite text: {text}")
    if isinstance(value, bool):  # the target of a responder action may be a condition
        return "TRUE" if value else "FALSE"
    return None if value is UNDEF else str(value)


def _count_hits(node: Node, compiled: expressions.Compiled, decision: Decision, request: Request) -> None:
    if not (decision.hits or decision.undef_hits):
        return
    now = node.appliance.now()
    for policy in decision.hits:
        node.counters.add(now, "responderpolicy", policy, "hits")
    for policy in decision.undef_hits:
        node.counters.add(now, "responderpolicy", policy, "undefhits")
    if decision.action and decision.hits:
        node.counters.add(now, "responderaction", decision.action, "hits")
    for name in decision.log_actions:
        _write_log(node, name, request)


def _write_log(node: Node, name: str, request: Request) -> None:
    """Write the message of a log action, if user-defined audit logging is on. The line has the form of REWRITE lines in public samples."""
    action = node.running.find(TYPES["auditmessageaction"], name)
    if action is None:
        return
    appliance = node.appliance
    message = evaluate_text(node, action["stringbuilderexpr"], request)
    if message is None:
        node.counters.add(appliance.now(), "auditmessageaction", name, "undefhits")
        return
    node.counters.add(appliance.now(), "auditmessageaction", name, "hits")
    logs.ns_log(node, _LOG_LEVELS[action["loglevel"]], "RESPONDER Message", f'"{message}"', user_defined=True)
