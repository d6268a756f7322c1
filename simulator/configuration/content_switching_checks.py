# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of content switching: error list 1371 to 1410; command reference, cs policy."""

from __future__ import annotations

from simulator.configuration.check_registry import checks, link_checks
from simulator.configuration.environment import Environment
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Row
from simulator.types.content_switching import POLICIES, TARGET
from simulator.types.errors import NitroError

_FAMILIES = ({"HTTP", "SSL"}, {"TCP", "SSL_TCP"})


@checks("csaction")
def _action(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    given = [name for name in ("targetlbvserver", "targetvserver", "targetvserverexpr") if row.get(name)]
    if not given:
        raise NitroError(1095, "targetLBVserver")
    if len(given) > 1:
        raise NitroError(1092, ", ".join(given))
    for bound in configuration.table(POLICIES).values() if old is not None and "targetlbvserver" in row else ():
        policy = configuration.find(TYPES["cspolicy"], bound["policyname"]) or {}
        if policy.get("action") == row["name"]:
            _check_protocols(configuration, bound["name"], row["targetlbvserver"], 1375)


@checks("cspolicy")
def _policy(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    if not (row.keys() & {"rule", "url", "domain"}):
        raise NitroError(1095, "rule")
    if "rule" in row and "url" in row:
        raise NitroError(1092, "url, rule")
    if "action" in row and "rule" not in row:
        raise NitroError(1389)
    if old is not None and is_bound(configuration, row["policyname"]):
        if any((name in old) != (name in row) for name in ("action", "rule")):
            raise NitroError(3095)
        if "action" in row:
            for bound in configuration.table(POLICIES).values():
                target = (configuration.find(TYPES["csaction"], row["action"]) or {}).get("targetlbvserver")
                if bound["policyname"] == row["policyname"] and target:
                    _check_protocols(configuration, bound["name"], target, 1375)


def is_bound(configuration: Rows, policy: str) -> bool:
    return any(row["policyname"] == policy for row in configuration.table(POLICIES).values())


@link_checks(TARGET)
def _target(configuration: Rows, row: Row, env: Environment) -> None:
    """Check the default target. A second one is refused, or replaces the first."""
    _check_protocols(configuration, row["name"], row["lbvserver"], 478)
    bound = [key for key, other in configuration.table(TARGET).items() if other["name"] == row["name"]]
    if bound and env.switches["cs_default_again"] == "refused":
        raise NitroError(273, "lbvserver", configuration.table(TARGET)[bound[0]]["lbvserver"])
    for key in bound:
        configuration.drop(TARGET, key)


@link_checks(POLICIES)
def _bound_policy(configuration: Rows, row: Row, env: Environment) -> None:
    policy = configuration.need(TYPES["cspolicy"], row["policyname"], env)
    own = row.keys() & {"targetlbvserver", "gotopriorityexpression", "invoke"}
    if "action" in policy:
        if own:
            raise NitroError(1374)
        row["_action"] = True  # the binding has no goto in ns.conf
        action = configuration.find(TYPES["csaction"], policy["action"]) or {}
        target = action.get("targetlbvserver")
    else:
        if not own:
            raise NitroError(1387)
        for other in configuration.table(POLICIES).values():
            if other["policyname"] == row["policyname"] and other["name"] != row["name"] and "rule" in policy:
                raise NitroError(1373)
        target = row.get("targetlbvserver")
    if target is not None:
        _check_protocols(configuration, row["name"], target, 1375)


def _check_protocols(configuration: Rows, switching: str, target: str, code: int) -> None:
    """Refuse a target of another protocol: 1375 (error list), for a default target 478 (inferred)."""
    server = configuration.find(TYPES["lbvserver"], target)
    if server is None:
        raise NitroError(1388)
    own = (configuration.find(TYPES["csvserver"], switching) or {}).get("servicetype")
    family = next((family for family in _FAMILIES if own in family), {own})
    if server["servicetype"] not in family:
        raise NitroError(code)
