# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of rewrite actions and policies, and of the bind points that a policy may have."""

from __future__ import annotations

import re

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    ExpressionError,
    UnsupportedExpression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.pcre import compile_pcre

from simulator.configuration.check_registry import checks
from simulator.configuration.environment import Environment
from simulator.configuration.expressions import about_response
from simulator.configuration.rewrite_searches import search_of
from simulator.configuration.rows import Rows
from simulator.types import TYPES, Binding, Row
from simulator.types.errors import NitroError
from simulator.types.rewrite import BUILT_IN_ACTIONS, HEADER_ACTIONS, OTHER_ACTIONS, PART_ACTIONS, SEARCH_ACTIONS

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,255}")  # RFC 9110, token
_REQUEST_PART = re.compile(r"(?<![\w.])HTTP\s*\.\s*REQ\b", re.IGNORECASE)
_BUILT_WITH = ("insert_http_header", "replace", "insert_before", "insert_after", "replace_all", "insert_before_all", "insert_after_all")  # fmt: skip


@checks("rewriteaction")
def _action(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    kind = row["type"]
    if kind in OTHER_ACTIONS or kind == "noop":
        return
    for name, needed in (("target", True), ("stringbuilderexpr", kind in _BUILT_WITH)):
        if needed and name not in row:
            raise NitroError(1095, name)
    if kind in HEADER_ACTIONS:
        if not _HEADER_NAME.fullmatch(row["target"]):
            raise NitroError(1097, "target", row["target"])
    else:
        env.check_expression(row["target"], "part", configuration)
    if "stringbuilderexpr" in row:
        env.check_expression(row["stringbuilderexpr"], "part", configuration)
    if kind in SEARCH_ACTIONS:
        _check_search(configuration, row, env)


def _check_search(configuration: Rows, row: Row, env: Environment) -> None:
    if ("pattern" in row) == ("search" in row):  # one of them
        raise NitroError(1095 if "pattern" not in row else 1092, "search")
    search = search_of(row.get("search"), row.get("pattern"))
    if search.kind == "regex":
        check_regex(search.value)
    elif search.kind in ("patset", "dataset"):
        configuration.need(TYPES[f"policy{search.kind}"], search.value, env)


def check_regex(pattern: str) -> None:
    """Raise the NitroError of a regular expression that PCRE does not accept; one that Python lacks is kept."""
    try:
        compile_pcre(pattern, ignore_case=False)
    except UnsupportedExpression:
        return
    except ExpressionError:
        raise NitroError(1137) from None


@checks("rewritepolicy")
def _policy(configuration: Rows, row: Row, old: Row | None, env: Environment) -> None:
    """Only a built-in action may stand for an undefined result (command reference, rewrite policy)."""
    undefined = row.get("undefaction")
    if undefined:
        row["undefaction"] = undefined.upper()
        if row["undefaction"] not in BUILT_IN_ACTIONS:
            raise NitroError(2818)


def flow_of(configuration: Rows, policy: Row) -> str:
    """Return "request" or "response" if a rewrite policy can only be about one of them, else "" (command reference: flow types)."""
    if about_response(policy["rule"]):
        return "response"
    action = configuration.find(TYPES["rewriteaction"], policy["action"]) or {}
    texts = [str(action.get(name, "")) for name in ("target", "stringbuilderexpr")]
    if action.get("type") == "replace_http_res" or any(map(about_response, texts)):
        return "response"
    if action.get("type") in (*PART_ACTIONS, *SEARCH_ACTIONS) and _REQUEST_PART.search(texts[0]):
        return "request"
    return ""


def check_flow(configuration: Rows, binding: Binding, row: Row) -> None:
    """Refuse a policy about responses at a bind point of requests, and the other way round (inferred from the flow types)."""
    policy = configuration.find(TYPES["rewritepolicy"], row[binding.child_key])
    flow = flow_of(configuration, policy) if policy else ""
    if not flow:
        return
    if binding.parent == binding.labels:
        label = configuration.find(TYPES[binding.parent], row[binding.parent_key]) or {}
        place, code = str(label.get("transform", "")), 3096
    else:
        place, code = str(row[binding.point]), 3910
    if {"response": "REQ", "request": "RES"}[flow] in place.upper():
        raise NitroError(code)
