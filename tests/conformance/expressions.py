# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a corpus of expressions against the engine.

`python -m tests.conformance.expressions FILE.yaml` evaluates its cases and policy banks;
`python -m tests.conformance.expressions --parse FILE.txt` parses one expression a line (`#` begins a comment line).
Each failing id is printed with both values; the last line is `N passed, M failed`. The exit code is 0 if all passed, 1 if some
failed, and 2 if the file is not a corpus.

A case that the corpus calls contested passes with either of its readings, and if the engine leaves it open or refuses it. If
the engine leaves another case open, the likelier reading counts; the number of these cases is printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    LIKELIEST,
    UNDEF,
    UNDETERMINED,
    Ambiguity,
    Dataset,
    ExpressionError,
    Names,
    Request,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.banks import (
    NOOP,
    Bank,
    BoundPolicy,
    Decision,
    decide,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.syntax import parse

Case = Mapping[str, Any]
REQUEST_FIELDS = frozenset(field.name for field in fields(Request))
UNDEF_WORDS = ("undef", "UNDEF")
BANK_ORDER = ("REQ_OVERRIDE", "LBVSERVER", "CSVSERVER", "VPNVSERVER", "AUTHENTICATIONVSERVER", "REQ_DEFAULT")
"""The bind points in the order of evaluation: global override, the vserver's own, global default.

Only the 9.2 guide and a blog of 2008 state that the load balancing vserver comes before the content switching one; one field
report states the opposite.
"""
ERROR_WORDS = ("error", "config_error", "configuration_error")


@dataclass(frozen=True)
class Result:
    """The result of one case; `reason` is "" if it passed."""

    id: str
    reason: str = ""
    by_likelier: bool = False


class NoCorpus(Exception):
    """The file has not the form of a corpus."""


# Reading


def request_of(case: Case, defaults: Case) -> Request:
    """Return a request. Raises ValueError for an unknown field."""
    given = {**defaults, **(case.get("request") or {})}
    user, now, headers = given.pop("user", None), given.pop("now", None), given.pop("headers", None) or ()
    groups = given.pop("groups", None) or ()
    locations = {
        **(defaults.get("locations") or {}),
        **(case.get("locations") or {}),
        **(given.pop("locations", None) or {}),
    }
    unknown = set(given) - REQUEST_FIELDS
    if unknown:
        raise ValueError(f"a request has no {', '.join(sorted(unknown))}")
    if isinstance(user, Mapping):
        user, groups = user.get("name"), user.get("groups") or ()
    if given.get("location") is None and given.get("client_ip") in locations:
        given["location"] = locations[given["client_ip"]]
    if isinstance(given.get("location"), Sequence) and not isinstance(given["location"], str):
        given["location"] = ".".join(map(str, given["location"]))
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return Request(
        **{
            name: value
            for name, value in given.items()
            if value is not None or name in {"location", "lb_vserver", "cs_vserver"}
        },
        headers=tuple((str(name), str(value)) for name, value in pairs),
        user=user,
        groups=tuple(map(str, groups)),
        now=_moment(now),
    )


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime) or value is None:
        return value
    return datetime.combine(value, time()) if isinstance(value, date) else datetime.fromisoformat(str(value))


def names_of(case: Case, corpus: Case) -> Names:
    """Return the fields of the case, with the defaults of the corpus."""

    def both(key: str) -> dict[str, Any]:
        return {**(corpus.get(key) or {}), **(case.get(key) or {})}

    return Names(
        expressions={name: str(text) for name, text in both("expressions").items()},
        patsets={
            name: {index: str(value) for index, value in _indexed(values)} for name, values in both("patsets").items()
        },
        datasets={name: _dataset(value) for name, value in both("datasets").items()},
        stringmaps={
            name: {str(key): str(value) for key, value in (dict(values) if values else {}).items()}
            for name, values in both("stringmaps").items()
        },
        match_wildcard_to_any=_yes_no(case.get("match_wildcard_to_any", corpus.get("match_wildcard_to_any", "YES"))),
    )


def _yes_no(value: Any) -> str:
    return {True: "YES", False: "NO"}.get(value, str(value))


def _indexed(values: Any) -> list[tuple[int, Any]]:
    if isinstance(values, Mapping):
        return [(int(index), value) for index, value in values.items()]
    return list(enumerate(values or (), start=1))


def _dataset(value: Any) -> Dataset:
    """Read `{type, values}`, or the values alone; a range is a pair, `{value, endrange}` or `from-to`."""
    kind, values = (
        ("ipv4", value)
        if not isinstance(value, Mapping) or "values" not in value
        else (value.get("type", "ipv4"), value["values"])
    )
    return Dataset(str(kind), {index: _range(one) for index, one in _indexed(values)})


def _range(value: Any) -> str | tuple[str, str]:
    if isinstance(value, Mapping):
        ends = [value.get("value", value.get("from")), value.get("endrange", value.get("end", value.get("to")))]
        return (str(ends[0]), str(ends[1])) if ends[1] else str(ends[0])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return str(value[0]), str(value[-1])
    first, dash, last = str(value).partition("-")
    return (first.strip(), last.strip()) if dash else str(value)


# Comparing


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, str) and expected in UNDEF_WORDS:
        return got is UNDEF or got == expected
    if isinstance(expected, str) and expected.lower() == "undetermined" and got is UNDETERMINED:
        return True
    if isinstance(expected, str) and expected in ERROR_WORDS and isinstance(got, ExpressionError):
        return True
    if isinstance(expected, float) and isinstance(got, int | float) and not isinstance(got, bool):
        return bool(got == expected)
    return type(got) is type(expected) and bool(got == expected)


def accepts(got: Any, case: Case) -> bool:
    """True for a contested case with either of its readings, with UNDETERMINED, or with a refused unknown name."""
    if same(got, case["expected"]):
        return True
    if not case.get("contested"):
        return False
    alternative = "alternative_expected" in case and same(got, case["alternative_expected"])
    return got is UNDETERMINED or isinstance(got, ExpressionError) or alternative


def case_result(case: Case, corpus: Case) -> Result:
    """True for a case of assumption A1 that holds if the assumption is made; without it the case may be open."""
    got = value_of(case, corpus)
    assumed = value_of(case, corpus, readings={Ambiguity.URL_TEXT: "urlencoded"}) if case.get("assumption") else got
    if accepts(assumed, case) and (accepts(got, case) or got is UNDETERMINED):
        return Result(case["id"])
    if assumed is UNDETERMINED:
        likelier = value_of(case, corpus, readings=LIKELIEST)
        if accepts(likelier, case):
            return Result(case["id"], by_likelier=True)
        return Result(case["id"], f"expected {case['expected']!r}, got {got!r}, {likelier!r} by the likelier reading")
    by_assumption = f", {assumed!r} by assumption" if case.get("assumption") else ""
    return Result(case["id"], f"expected {case['expected']!r}, got {got!r}{by_assumption}")


def value_of(case: Case, corpus: Case, **settled: Any) -> Any:
    try:
        expression = compile_expression(str(case["expression"]), names_of(case, corpus), **settled)
        return expression.evaluate(request_of(case, corpus.get("defaults") or {}))
    except ExpressionError as error:
        return error


def bank_result(case: Case, corpus: Case) -> Result:
    try:
        decisions = [_decision(case, corpus, readings) for readings in ({}, LIKELIEST)]
    except ExpressionError as error:
        return Result(case["id"], "" if same(error, case["expected_action"]) else f"{type(error).__name__}: {error}")
    got, likelier = (_answer(decision, case) for decision in decisions)
    wanted = [case["expected_action"], *([case["alternative_expected"]] if case.get("contested") else [])]
    if got in wanted and not decisions[0].undetermined:
        return _policy_result(case, decisions[0])
    if decisions[0].undetermined and (likelier in wanted or case.get("contested")):
        return Result(case["id"], by_likelier=not case.get("contested"))
    return Result(case["id"], f"expected {case['expected_action']!r}, got {got!r} ({decisions[0]!r})")


def _policy_result(case: Case, decision: Decision) -> Result:
    wanted = case.get("expected_policy", decision.policy)
    return Result(
        case["id"], "" if wanted == decision.policy else f"expected policy {wanted!r}, got {decision.policy!r}"
    )


def _answer(decision: Decision, case: Case) -> str | None:
    return "undef" if decision.undef_hits and case["expected_action"] in UNDEF_WORDS else decision.action


def _decision(case: Case, corpus: Case, readings: Mapping[Any, str]) -> Decision:
    names = names_of(case, corpus)
    banks = [bank_of(point, policies, names, readings) for point, policies in (case.get("banks") or {}).items()]
    banks.sort(key=lambda bank: BANK_ORDER.index(bank.bindpoint.partition("/")[0].upper()))
    labels = {name: bank_of(name, policies, names, readings) for name, policies in (case.get("labels") or {}).items()}
    vservers = {
        f"vserver {name}": bank_of(name, policies, names, readings)
        for name, policies in (case.get("vservers") or {}).items()
    }
    actions = {name: one for name, one in (case.get("actions") or {}).items() if isinstance(one, Mapping)}
    return decide(
        banks,
        request_of(case, corpus.get("defaults") or {}),
        labels={**labels, **vservers},
        undef_action=str(case.get("undef_action") or NOOP),
        end_skips_later_banks=case.get("end_skips_later_banks"),
        noop_actions=[name for name, action in actions.items() if action.get("type") == "noop"],
        targets={
            name: compile_expression(str(action["target"]), names, readings=readings)
            for name, action in actions.items()
            if action.get("target") is not None
        },
    )


def bank_of(bindpoint: str, policies: Sequence[Case], names: Names, readings: Mapping[Any, str]) -> Bank:
    return Bank(
        bindpoint,
        tuple(
            BoundPolicy(
                policy.get("policy") or "NOPOLICY",
                compile_expression(_rule(policy.get("rule", True)), names, readings=readings),
                policy.get("action") or "",
                int(policy["priority"]),
                str(policy.get("goto") or "END"),
                undef_action=policy.get("undef_action"),
                log_action=policy.get("log_action"),
                invoke=_invoked(policy.get("invoke")),
            )
            for policy in policies or ()
        ),
    )


def _rule(value: Any) -> str:
    """`rule: true` without quotes is a boolean of YAML."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _invoked(value: Any) -> tuple[str, str] | None:
    """Read the name of a label, or `{type: vserver, name: ...}`."""
    if not value:
        return None
    if isinstance(value, Mapping):
        name = value.get("name") or value.get("labelname") or value.get("label")
        return str(value.get("type") or value.get("labeltype") or "policylabel"), str(name)
    return "policylabel", str(value)


# Running


def corpus_results(corpus: Any) -> Iterator[Result]:
    """Run a corpus. Raises NoCorpus."""
    if not isinstance(corpus, Mapping) or not ({"cases", "policy_bank_cases"} & set(corpus)):
        raise NoCorpus("a corpus is a mapping with `cases` or `policy_bank_cases`")
    for key, judge in (("cases", case_result), ("policy_bank_cases", bank_result)):
        for number, case in enumerate(corpus.get(key) or (), start=1):
            name = str(case.get("id", f"{key} {number}")) if isinstance(case, Mapping) else f"{key} {number}"
            try:
                yield judge({**case, "id": name}, corpus)
            except Exception as problem:  # noqa: BLE001 -- one wrong case must not hide the others
                yield Result(name, f"{type(problem).__name__}: {problem}")


def parse_results(lines: Sequence[str]) -> Iterator[Result]:
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            try:
                parse(line)
            except ExpressionError as error:
                yield Result(f"line {number}", str(error))
            else:
                yield Result(f"line {number}")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run a corpus of expressions against the engine.")
    parser.add_argument("--parse", action="store_true", help="the file holds one expression a line: only parse them")
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    try:
        text = options.file.read_text(encoding="utf-8")
        found = parse_results(text.splitlines()) if options.parse else corpus_results(yaml.safe_load(text))
        results = list(found)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, NoCorpus) as problem:
        print(f"{options.file}: {problem}", file=sys.stderr)
        return 2
    failed = [result for result in results if result.reason]
    for result in failed:
        print(f"{result.id}: {result.reason}")
    likelier = [result.id for result in results if result.by_likelier]
    if likelier:
        print(f"left open, passed by the likelier reading: {', '.join(likelier)}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
