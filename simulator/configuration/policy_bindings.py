# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of policy bindings, and the choice of the bindings that an unbind removes."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.configuration import protocol_checks
from simulator.configuration.environment import Environment, Key
from simulator.configuration.gateway_checks import SESSION_POLICY, check_syntax
from simulator.configuration.rewrite_checks import check_flow
from simulator.configuration.rows import Rows
from simulator.types import TYPES, VSERVER_TYPES, Binding, Row
from simulator.types.errors import NitroError


def check_policy_binding(configuration: Rows, binding: Binding, row: Row, env: Environment) -> None:
    if row[binding.child_key] != "NOPOLICY":
        configuration.need(TYPES[binding.child], row[binding.child_key], env)
    elif not row.get("invoke"):
        raise NitroError(1093, "policyName, invoke")
    if "priority" not in row:
        raise NitroError(3090)
    protocol_checks.check_policy(configuration, binding, row)
    if binding.point:
        row.setdefault(binding.point, binding.point_default)
    goto = row.setdefault("gotopriorityexpression", "END")
    if goto.upper() in ("NEXT", "END", "USE_INVOCATION_RESULT"):
        row["gotopriorityexpression"] = goto = goto.upper()
    else:  # a priority, or an expression that yields one (command reference, bind responder global)
        env.check_expression(goto, "number", configuration)
    if goto == "USE_INVOCATION_RESULT" and not row.get("invoke"):
        raise NitroError(3097)
    _check_invocation(configuration, binding, row, env)
    _check_references(configuration, binding, row, env)
    if binding.child == "rewritepolicy":
        check_flow(configuration, binding, row)
    for other in _bank(configuration, binding, row):
        if other["priority"] == row["priority"]:
            raise NitroError(3041, status=env.switches["priority_taken_status"])
        twice = env.switches["policy_bound_twice"]
        if (
            other[binding.child_key] == row[binding.child_key] != "NOPOLICY"
            and twice != "accepted"
            and (binding.parent or twice == "refused")
        ):
            raise NitroError(3118)


def _check_references(configuration: Rows, binding: Binding, row: Row, env: Environment) -> None:
    """Check the objects that a binding names beside its two ends, and the policy among those that are bound."""
    for attribute in binding.attributes:
        name = row.get(attribute.name)
        if name is not None:
            for referred in attribute.refers:
                configuration.need(TYPES[referred], name, env)
    if binding.child == SESSION_POLICY and row[binding.child_key] != "NOPOLICY":
        check_syntax(configuration, configuration.need(TYPES[SESSION_POLICY], row[binding.child_key], env), env)


def _check_invocation(configuration: Rows, binding: Binding, row: Row, env: Environment) -> None:
    label = row.get(binding.invoked)
    if not row.get("invoke"):
        if "labeltype" in row or (label and "invoke" in binding.by_name):
            raise NitroError(1093, "labelType, labelName, invoke")
        return
    if not row.get("labeltype") or not label:
        raise NitroError(1093, "invoke, labelType, labelName")
    kind = str(row["labeltype"]).lower()
    if kind == "policylabel":
        if binding.labels not in TYPES:
            raise NitroError(1097, "labelType", row["labeltype"])
        configuration.need(TYPES[binding.labels], label, env)
    elif kind in ("vserver", "reqvserver", "resvserver"):
        if not any(configuration.find(TYPES[name], label) for name in VSERVER_TYPES):
            raise NitroError(258, "name", label)
    else:
        raise NitroError(1097, "labelType", row["labeltype"])


def _bank(configuration: Rows, binding: Binding, row: Row) -> list[Row]:
    return [
        other
        for other in configuration.table(binding.name).values()
        if other.get(binding.parent_key) == row.get(binding.parent_key)
        and other.get(binding.point) == row.get(binding.point)
    ]


def unbound_policy(
    configuration: Rows,
    binding: Binding,
    child: str,
    given: Mapping[str, str],
    rows: dict[Key, Row],
    env: Environment,
) -> dict[Key, Row]:
    if child != "NOPOLICY":
        configuration.need(TYPES[binding.child], child, env)
    point = given.get(binding.point) if binding.point else None
    if point is not None:
        point = binding.by_name[binding.point].coerce(point)
        rows = {key: row for key, row in rows.items() if row[binding.point] == point}
    elif len({row.get(binding.point) for row in rows.values()}) > 1:
        raise NitroError(3836 if binding.parent else 3873)
    # DELETE of a global binding ignores the priority (collection issue 378); the priority of an unbind is for NOPOLICY (command reference).
    ignored = not binding.parent and env.switches["global_delete_ignores_priority"] and child != "NOPOLICY"
    if "priority" in given and not ignored:
        priority = binding.by_name["priority"].coerce(given["priority"])
        rows = {key: row for key, row in rows.items() if row["priority"] == priority}
    if not rows:
        raise NitroError(3104 if binding.parent == binding.labels else 2097)
    return rows


def binding_key(binding: Binding, row: Row) -> Key:
    """Return the identity of a binding: parent, child, bind point and priority; for a set entry its value."""
    parts = [str(row.get(binding.parent_key, "")), str(row[binding.child_key])]
    if binding.link:
        defaults = {name: binding.by_name[name].default for name in binding.unbind_args[1:]}
        parts += [str(row.get(name, default)) for name, default in defaults.items()]
    elif binding.child:
        parts += [str(row.get(binding.point, "")), str(row["priority"])]
    else:
        parts.append(str(row.get("endrange", "")))
    return tuple(parts)
