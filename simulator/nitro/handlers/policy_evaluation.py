# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""policyevaluation: the appliance evaluates an expression on a given request (NITRO reference)."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    UNDEF,
    ExpressionError,
    Request,
    parse_http_request,
)

from simulator.configuration import expressions
from simulator.nitro.call import Call
from simulator.types import Row
from simulator.types.errors import NitroError

_FIELDS = {"bool": "pitboolresult", "num": "pitnumresult", "double": "pitdoubleresult", "text": "pitrefresult"}
# These prefixes need a connection, which the given request does not have.
_CONNECTION = ("CLIENT.", "SERVER.", "AAA.")


def evaluate(call: Call) -> Any:
    """Evaluate. expression, type and input are mandatory; results are strings where the reference says Double."""
    args = call.args
    unknown = set(args) - {"expression", "action", "type", "input"}
    if unknown:
        raise NitroError(1090, *sorted(unknown))
    for name in ("type", "input"):
        if not args.get(name):
            raise NitroError(1095, name)
    if "expression" not in args:
        raise NitroError(1095, "expression")
    kind = args["type"].upper()
    if kind not in ("HTTP_REQ", "HTTP_RES", "TEXT"):
        raise NitroError(1097, "type", args["type"])
    text = args["expression"]
    expressions.check(text, "any", call.node.running, call.appliance)
    if kind != "HTTP_REQ":
        raise NitroError(301, text=f"Operation not supported [{kind}: the simulator evaluates HTTP_REQ only]")
    try:
        request = parse_http_request(args["input"])
    except ValueError:
        raise NitroError(1074, "input") from None
    return [{"expression": text, "type": kind, "input": args["input"], **_result(call, text, request)}]


def _result(call: Call, text: str, request: Request) -> Row:
    compiled = call.node.expressions
    expression = compiled.expression(text)
    field = _FIELDS[expression.kind]
    error = field.replace("result", "errorresult")
    timing = {field.replace("result", "evaltime"): "410"}
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', text).upper()
    if any(prefix in bare for prefix in _CONNECTION):
        if call.appliance.switches["evaluation_without_connection"] == "error":
            raise NitroError(1239, "no connection")
        return {error: "UNDEF"}
    try:
        value = expression.evaluate(request)
    except ExpressionError as problem:
        return {error: problem.message}
    if value is UNDEF:
        return {error: "UNDEF", **timing}
    if isinstance(value, bool):
        return {field: value is not bool(call.node.active_fault("inverted_evaluation")), **timing}
    return {field: str(value), **({"istruncatedrefresult": False} if expression.kind == "text" else {}), **timing}
