# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a configuration holds and the simulator does not evaluate on traffic, for the state of an appliance."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import ExpressionError

from simulator.configuration.appfw_checks import SECURITY_CHECKS
from simulator.node.node import Node
from simulator.traffic.appfw import deny_url_actions, deny_url_search
from simulator.traffic.rewrite_actions import unsupported
from simulator.types import Attribute, Row


def not_evaluated(node: Node) -> list[str]:
    """Return one line for each object of the running configuration that has no effect on traffic here: `type/name: reason`."""
    return [*_rules(node), *_actions(node), *_profiles(node)]


def _rules(node: Node) -> Iterator[str]:
    for type_ in ("rewritepolicy", "appfwpolicy"):
        for row in node.running.table(type_).values():
            try:
                node.expressions.expression(row["rule"])
            except ExpressionError as problem:
                yield f"{type_}/{row['name']}: {problem.message}"


def _actions(node: Node) -> Iterator[str]:
    for row in node.running.table("rewriteaction").values():
        if reason := unsupported(node, row):
            yield f"rewriteaction/{row['name']}: {reason}"


def _profiles(node: Node) -> Iterator[str]:
    for row in node.running.table("appfwprofile").values():
        others = [check.name for check in SECURITY_CHECKS if check.name != "denyurlaction" and _acts(row, check)]
        if row.get("signatures"):
            others.append("signatures")
        if others:
            yield f"appfwprofile/{row['name']}: only the deny URL check is evaluated, not {', '.join(others)}"
    for row in node.running.table("appfwprofile_denyurl_binding").values():
        profile = node.running.table("appfwprofile").get((row["name"],), {})
        if deny_url_actions(node, profile) != ["none"] and deny_url_search(row["denyurl"]) is None:
            yield f"appfwprofile/{row['name']}: the deny URL {row['denyurl']} is not evaluated"


def _acts(row: Row, check: Attribute) -> bool:
    """True if a check does something. Without an own setting and a known default it may."""
    return list(row.get(check.name) or check.default or ()) != ["none"]
