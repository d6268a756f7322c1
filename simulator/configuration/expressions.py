# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Expressions of a configuration: names come from the configuration, the readings of open points from the switches.

The engine (plugin_utils/policy_language) is the only part of the collection that the simulator uses.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    CLASSIC_NAMES,
    Ambiguity,
    Dataset,
    Expression,
    ExpressionError,
    Names,
    UnsupportedExpression,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.classic import (
    is_classic,
    is_classic_name,
)

from simulator.configuration.environment import Environment, Tables
from simulator.configuration.rows import Rows
from simulator.types import TYPES
from simulator.types.errors import NitroError

log = logging.getLogger("simulator")
# Kinds of expressions that may be about a response, and kinds that are kept although the engine cannot evaluate them: the state of an
# appliance names those that it does not evaluate.
_ABOUT_RESPONSES = frozenset({"message", "part", "named"})
_KEPT = frozenset({"message", "part"})
_NAMED = ("policyexpression", "policypatset", "policydataset", "policystringmap")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_RESPONSE_EXPRESSION = re.compile(r"(?<![\w.])HTTP\s*\.\s*RES\b", re.IGNORECASE)
_ESCAPED_CHARACTER = re.compile(r"\\[x0-7]")  # a letter may be written as its code
_WITHOUT_CLASSIC = (13, 1)  # the vendor's converter for configuration files: 13.1 removed classic expressions
Readings = tuple[str, ...]  # in the order of Ambiguity


@dataclass
class Compiled:
    """Expressions compiled for one version of one configuration."""

    configuration: Rows
    version: int
    names: Names
    readings: Readings
    made: dict[str, Expression] = field(default_factory=dict)
    banks: dict[Any, Any] = field(default_factory=dict)

    def expression(self, text: str) -> Expression:
        """Return an expression of the configuration. Whether it may be about a response was checked when it was configured."""
        if text not in self.made:
            self.made[text] = compile_with(text, self.names, self.readings, responses=True)
        return self.made[text]


def compile_with(text: str, names: Names, readings: Readings, *, responses: bool) -> Expression:
    if names.expressions in ({}, CLASSIC_NAMES) and not (names.patsets or names.datasets or names.stringmaps):
        classic = bool(names.expressions)
        return _compile_without_names(text, names.match_wildcard_to_any, readings, classic=classic, responses=responses)
    return compile_expression(text, names=names, readings=_by_point(readings), responses=responses)


@lru_cache(maxsize=4096)
def _compile_without_names(
    text: str, match_wildcard_to_any: str, readings: Readings, *, classic: bool, responses: bool
) -> Expression:
    # The appliances of a fleet have the same few rules.
    names = Names(expressions=CLASSIC_NAMES if classic else {}, match_wildcard_to_any=match_wildcard_to_any)
    return compile_expression(text, names=names, readings=_by_point(readings), responses=responses)


def _has_classic_names(branch: tuple[int, ...]) -> bool:
    """True for a release before 13.1, which removed classic expressions (product docs; NSPEPI)."""
    return branch < (13, 1)


def _by_point(readings: Readings) -> dict[Ambiguity, str]:
    return dict(zip(Ambiguity, readings, strict=True))


def names_of(configuration: Tables, branch: tuple[int, ...]) -> Names:
    """Return the named expressions, pattern sets, data sets and string maps of a configuration, and its setting for location wildcards."""
    patsets: dict[str, dict[int, str]] = {row["name"]: {} for row in configuration.table("policypatset").values()}
    for row in configuration.table("policypatset_pattern_binding").values():
        patsets[row["name"]][row["index"]] = row["String"]
    values: dict[str, dict[int, str | tuple[str, str]]] = {
        row["name"]: {} for row in configuration.table("policydataset").values()
    }
    for row in configuration.table("policydataset_value_binding").values():
        values[row["name"]][row["index"]] = (row["value"], row["endrange"]) if row.get("endrange") else row["value"]
    datasets = {
        row["name"]: Dataset(row["type"], values[row["name"]]) for row in configuration.table("policydataset").values()
    }
    expressions = dict(CLASSIC_NAMES) if _has_classic_names(branch) else {}
    expressions.update((row["name"], row["value"]) for row in configuration.table("policyexpression").values())
    stringmaps: dict[str, dict[str, str]] = {row["name"]: {} for row in configuration.table("policystringmap").values()}
    for row in configuration.table("policystringmap_pattern_binding").values():
        stringmaps[row["name"]][row["key"]] = row["value"]
    return Names(
        expressions=expressions,
        patsets=patsets,
        datasets=datasets,
        stringmaps=stringmaps,
        match_wildcard_to_any=_wildcard(configuration, branch),
    )


def _wildcard(configuration: Tables, branch: tuple[int, ...]) -> str:
    """Return matchWildcardtoany: NO by default (NITRO metadata, locationparameter); before 11.1-53.11 wildcards matched (field write-up)."""
    if branch < TYPES["locationparameter"].by_name["matchwildcardtoany"].since:
        return "YES"
    return str(configuration.table("locationparameter").get((), {}).get("matchwildcardtoany", "NO"))


def _compile_for(text: str, configuration: Tables, env: Environment, *, responses: bool) -> Expression:
    """Compile an expression for a configuration. One that uses no name of the configuration is the same for all."""
    readings = env.switches.readings
    lower = text.lower()
    named = any(row["name"].lower() in lower for table in _NAMED for row in configuration.table(table).values())
    if named or _ESCAPED_CHARACTER.search(text):
        return compile_with(text, names_of(configuration, env.branch), readings, responses=responses)
    classic = _has_classic_names(env.branch)
    return _compile_without_names(
        text, _wildcard(configuration, env.branch), readings, classic=classic, responses=responses
    )


def about_response(text: str) -> bool:
    """True if an expression names a part of the response itself, not through a named expression."""
    return _RESPONSE_EXPRESSION.search(_QUOTED.sub('""', text)) is not None


def check(text: str, yields: str, configuration: Tables, env: Environment) -> None:
    """Raise the NitroError with which an appliance refuses an expression of a new object."""
    if yields == "own":
        return
    status = env.switches["expression_error_status"]
    if yields == "boolean or classic" and env.branch < _WITHOUT_CLASSIC and (is_classic(text) or is_classic_name(text)):
        return
    if yields == "request" and about_response(text):
        raise NitroError(2825, status=status)
    try:
        expression = _compile_for(text, configuration, env, responses=yields in _ABOUT_RESPONSES)
    except UnsupportedExpression as problem:
        if yields in _KEPT:
            return
        log.warning("the simulator cannot evaluate this expression yet: %s", problem)
        raise NitroError(3081, f"not supported by the simulator: {problem.message}", status=status) from None
    except ExpressionError as problem:
        raise NitroError(3081, problem.message, status=status) from None
    if yields in {"boolean", "boolean or classic", "request", "message"} and expression.kind != "bool":
        raise NitroError(3092, status=status)
    if yields == "number" and expression.kind != "num":
        raise NitroError(3091, status=status)
    if yields in {"text", "part"} and expression.kind == "bool":
        raise NitroError(3098, status=status)
