# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bound policies of a feature: their banks in the order of evaluation, their labels, their hits and log actions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    UNDETERMINED,
    ExpressionError,
    Request,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import Bank, BoundPolicy

from simulator.configuration import expressions
from simulator.node import logs
from simulator.node.node import Node
from simulator.traffic import pages
from simulator.types import BINDINGS, TYPES, VSERVER_TYPES, Binding, Row

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


Vserver = tuple[str, ...]  # type and name; of a content switching one also the name of the target, if there is one


class NotEvaluable(Exception):
    """The simulator cannot evaluate a bound policy. The client gets an error instead of a pass."""


@dataclass(frozen=True, eq=False)
class Feature:
    """A feature whose policies are evaluated on traffic. `action` is the attribute of a policy with what it does."""

    name: str  # as in the names of its types
    action: str
    logged_as: str  # the feature in the lines of log actions
    flow: str = "REQ"  # REQ or RES: the side of the exchange
    leaves_out_unknown: bool = (
        False  # policies whose rule the engine cannot evaluate; the state of the appliance names them
    )

    @property
    def policy(self) -> str:
        return f"{self.name}policy"

    def binding(self, parent: str) -> Binding | None:
        """Return the binding of its policies to a kind of virtual server or label; "" is the global one."""
        return BINDINGS.get(f"{parent or self.name + 'global'}_{self.policy}_binding")


def banks(
    node: Node,
    compiled: expressions.Compiled,
    feature: Feature,
    vserver: Vserver | None,
    request: Request,
) -> list[Bank]:
    """Return the banks with policies for a request, in NetScaler's order. They are cached until the configuration changes."""
    is_gateway = vserver is not None and vserver[0] in ("vpnvserver", "authenticationvserver")
    sees_all = node.appliance.switches["gateway_paths_see_policies"]
    if is_gateway and not sees_all and pages.answered_by_own_code(request.url):
        return []
    consumed = vserver is not None and (
        vserver[0] == "authenticationvserver"
        or (vserver[0] == "vpnvserver" and pages.consumed_by_gateway(request.url, signed_on=request.is_sslvpn))
    )
    key = (feature, vserver, consumed)
    if key not in compiled.banks:
        found = _all_banks(node, compiled, feature, vserver, consumed=consumed)
        compiled.banks[key] = [bank for bank in found if bank.policies]
    known: list[Bank] = compiled.banks[key]
    return known


def _all_banks(
    node: Node,
    compiled: expressions.Compiled,
    feature: Feature,
    vserver: Vserver | None,
    *,
    consumed: bool,
) -> Iterable[Bank]:
    """Yield global override, the vserver's own bank with that of its target, global default (policy guide 9.2; blog of 2008)."""
    if vserver and vserver[0] == "vpnvserver" and pages.ignores_policies_on_vpn(node.appliance.branch):
        return  # CTX267679: 12.1 builds before 51.16/51.19 and 50.31, responder and rewrite
    switches = node.appliance.switches
    gateway = vserver is not None and vserver[0] in ("vpnvserver", "authenticationvserver")
    global_too = not gateway or switches["global_policies_see_gateway"]
    if global_too:
        yield _bank(node, compiled, feature, "", "", f"{feature.flow}_OVERRIDE")
    if vserver is not None:
        own = {"REQ": "REQUEST", "RES": "RESPONSE"}[feature.flow]
        points: tuple[str, ...] = (own,)
        if gateway:
            points = {
                "split": (f"AAA_{own}",) if consumed else (own,),
                "request": (own,),
                "both": (f"AAA_{own}", own),
            }[switches["gateway_bind_points"]]
        places = [(vserver[0], vserver[1])]
        if len(vserver) > 2:
            places.insert(0 if switches["cs_bank_order"] == "lb_first" else 1, ("lbvserver", vserver[2]))
        for type_, name in places:
            for point in points:
                yield _bank(node, compiled, feature, type_, name, point)
    if global_too:
        yield _bank(node, compiled, feature, "", "", f"{feature.flow}_DEFAULT")


def _bank(node: Node, compiled: expressions.Compiled, feature: Feature, type_: str, parent: str, point: str) -> Bank:
    key = (feature.policy, type_, parent, point)
    if key not in compiled.banks:
        binding = feature.binding(type_)
        rows = [
            row
            for row in (node.running.table(binding.name).values() if binding else ())
            if binding
            and (not binding.parent or row[binding.parent_key] == parent)
            and (not binding.point or row[binding.point] == point)
        ]
        name = f"{type_.upper()}/{point}" if type_ and point else point or parent
        compiled.banks[key] = Bank(
            name, tuple(bound for row in rows if (bound := _bound(node, compiled, feature, binding, row)))
        )
    bank: Bank = compiled.banks[key]
    return bank


def _bound(
    node: Node, compiled: expressions.Compiled, feature: Feature, binding: Binding | None, row: Row
) -> BoundPolicy | None:
    if binding is None:
        return None
    name = row[binding.child_key]
    policy = node.running.find(TYPES[feature.policy], name)
    label = row.get(binding.invoked)
    kind = "policylabel" if str(row.get("labeltype", "")).lower() == "policylabel" else "vserver"
    invoke = (kind, str(label)) if row.get("invoke") and label else None
    if policy is None:  # NOPOLICY: an invocation only
        return BoundPolicy(
            name, compiled.expression("TRUE"), "", row["priority"], row["gotopriorityexpression"], None, None, invoke
        )
    try:
        rule = compiled.expression(policy["rule"])
    except UnsupportedExpression:
        if feature.leaves_out_unknown:
            return None
        raise
    return BoundPolicy(
        name,
        rule,
        policy[feature.action],
        row["priority"],
        row["gotopriorityexpression"],
        policy.get("undefaction"),
        policy.get("logaction"),
        invoke,
    )


def labels(node: Node, compiled: expressions.Compiled, feature: Feature) -> dict[str, Bank]:
    """Return the banks that policies can invoke: labels by name, virtual servers as `vserver NAME`."""
    own = {"REQ": "REQUEST", "RES": "RESPONSE"}[feature.flow]
    label_type = f"{feature.policy}label"
    found = {
        row["labelname"]: _bank(node, compiled, feature, label_type, row["labelname"], "")
        for row in node.running.table(label_type).values()
    }
    for name in VSERVER_TYPES:
        for row in node.running.table(name).values():
            found[f"vserver {row['name']}"] = _bank(node, compiled, feature, name, row["name"], own)
    return found


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


def count_hits(
    node: Node,
    feature: Feature,
    hits: tuple[str, ...],
    undef_hits: tuple[str, ...],
    log_actions: tuple[str, ...],
    request: Request,
) -> None:
    """Count the hits of policies, and carry their log actions out."""
    now = node.appliance.now()
    for policy in hits:
        node.counters.add(now, feature.policy, policy, "hits")
    for policy in undef_hits:
        node.counters.add(now, feature.policy, policy, "undefhits")
    for name in log_actions:
        _write_log(node, feature, name, request)


def _write_log(node: Node, feature: Feature, name: str, request: Request) -> None:
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
    event = f"{feature.logged_as} Message"
    logs.ns_log(node, _LOG_LEVELS[action["loglevel"]], event, f'"{message}"', user_defined=True)
