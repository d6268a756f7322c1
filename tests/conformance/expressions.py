# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run a corpus of expressions against the engine.

`python -m tests.conformance.expressions CORPUS.yaml` evaluates its cases and policy banks;
`python -m tests.conformance.expressions --parse LINES.txt` parses one expression a line (`#` begins a comment line).
The last line is `N passed, M failed`; the exit code is 0 when nothing failed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

try:
    import ansible_collections.tourniquet.netscaler  # noqa: F401
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / ".collections"))

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions import (
    UNDEF,
    UNDETERMINED,
    Dataset,
    ExpressionError,
    Names,
    Request,
    Value,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.banks import (
    Bank,
    BoundPolicy,
    decide,
    in_order,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.expressions.syntax import parse

Failure = tuple[str, str]


def request_of(case: Mapping[str, Any], defaults: Mapping[str, Any]) -> Request:
    fields = {**defaults, **(case.get("request") or {})}
    user = fields.pop("user", None)
    now = fields.pop("now", None)
    return Request(
        **{key: value for key, value in fields.items() if key != "headers"},
        headers=tuple((name, value) for name, value in fields.get("headers", ())),
        user=user["name"] if isinstance(user, Mapping) else user,
        groups=tuple(user.get("groups", ())) if isinstance(user, Mapping) else (),
        now=datetime.fromisoformat(now) if isinstance(now, str) else now,
    )


def names_of(case: Mapping[str, Any]) -> Names:
    return Names(
        expressions=case.get("expressions", {}),
        patsets={name: _indexed(values) for name, values in case.get("patsets", {}).items()},
        datasets={
            name: Dataset(dataset["type"], _indexed(dataset["values"]))
            for name, dataset in case.get("datasets", {}).items()
        },
    )


def _indexed(values: Any) -> dict[int, Any]:
    if isinstance(values, Mapping):
        return {int(index): value for index, value in values.items()}
    return dict(enumerate(values, start=1))


def same(got: Value | str | None, expected: Any) -> bool:
    if expected == "undef":
        return got is UNDEF
    return type(got) is type(expected) and got == expected


def accepts(got: Any, case: Mapping[str, Any]) -> bool:
    """A contested case is passed by either of its readings, by UNDETERMINED, and by refusing an unknown name."""
    if same(got, case["expected"]):
        return True
    if not case.get("contested"):
        return False
    return got is UNDETERMINED or isinstance(got, ExpressionError) or same(got, case["alternative_expected"])


def case_failures(corpus: Mapping[str, Any]) -> Iterator[Failure | None]:
    for case in corpus.get("cases", ()):
        # A case that rests on the assumption A1 must hold when it is made, and may be open when it isn't.
        assumed = result_of(case, corpus["defaults"], url_is_urlencoded_by_default=bool(case.get("assumption")) or None)
        got = result_of(case, corpus["defaults"], url_is_urlencoded_by_default=None)
        agrees = accepts(assumed, case) and (accepts(got, case) or (got is UNDETERMINED and case.get("assumption")))
        yield None if agrees else (case["id"], f"expected {case['expected']!r}, got {got!r}, by assumption {assumed!r}")


def result_of(case: Mapping[str, Any], defaults: Mapping[str, Any], **switches: bool | None) -> Any:
    try:
        return compile_expression(case["expression"], names_of(case), **switches).evaluate(request_of(case, defaults))
    except ExpressionError as error:
        return error


def bank_failures(corpus: Mapping[str, Any]) -> Iterator[Failure | None]:
    for case in corpus.get("policy_bank_cases", ()):
        banks = in_order([bank_of(bindpoint, policies) for bindpoint, policies in case["banks"].items()])
        labels = {name: bank_of(name, policies) for name, policies in case.get("labels", {}).items()}
        decision = decide(banks, request_of(case, corpus["defaults"]), labels=labels)
        got = "undef" if decision.undef_hits and case["expected_action"] == "undef" else decision.action
        agrees = got == case["expected_action"] and not decision.undetermined
        yield None if agrees else (case["id"], f"expected {case['expected_action']!r}, got {decision!r}")


def bank_of(bindpoint: str, policies: list[dict[str, Any]]) -> Bank:
    return Bank(
        bindpoint,
        tuple(
            BoundPolicy(
                policy["policy"],
                compile_expression(policy["rule"]),
                policy["action"] or "",
                policy["priority"],
                policy["goto"],
                undef_action=policy.get("undef_action"),
                invoke=("policylabel", policy["invoke"]) if policy.get("invoke") else None,
            )
            for policy in policies
        ),
    )


def parse_failures(lines: list[str]) -> Iterator[Failure | None]:
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            parse(line)
        except ExpressionError as error:
            yield f"line {number}", str(error)
        else:
            yield None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run a corpus of expressions against the engine.")
    parser.add_argument("--parse", action="store_true", help="the file holds one expression a line: only parse them")
    parser.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    text = options.file.read_text(encoding="utf-8")
    if options.parse:
        results = list(parse_failures(text.splitlines()))
    else:
        corpus = yaml.safe_load(text)
        results = [*case_failures(corpus), *bank_failures(corpus)]
    failures = [failure for failure in results if failure]
    for name, reason in failures:
        print(f"{name}: {reason}")
    print(f"{len(results) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
