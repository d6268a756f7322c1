# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The form of what is said: one is no plural, "0 more" is not said, and a result has what the documentation of its module says that it always has."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.nights.held import Held
from tests.nights.outputs import RunOutputs
from tests.nights.world import FIXED, is_fixed

MODULES = Path(__file__).parents[2] / "plugins" / "modules"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "list": (list, tuple),
    "dict": (Mapping,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
_PLURAL = re.compile(r"(?<![\w.,:/-])(?<!of )1 (?!is\b|has\b|was\b|as\b|this\b|does\b|stands\b)[a-z]*[a-z]s\b(?! /)")
_SINGULAR = re.compile(
    r"(?<![\w.,:/-])(?:[2-9]|[1-9][\d,]*\d) (?:appliance|attack(?! requests\b)|change|client|copy|customer|day|directory|entry|file|finding|hit|hour|line|"
    r"log|minute|node|note|policy|probe|record|request|run|service|step|test|vserver)\b(?![- ]\d)"
)
"""More than one is a plural."""
_BUILD = re.compile(
    r"(?P<build>\d\d\.\d \d+\.\d+),? (?P<what>has the fix|with the fix|needs it|has the weakness|had the weakness|without the fix)"
)
_HAS_FIX = re.compile(r"has the fix|with the fix")
_ENTRY = re.compile(r"\bcve_\d+_\d+")
_SINCE = re.compile(r"\bsince (\d{4}-\d\d-\d\d)")
_BLANK = re.compile(r"^\s*$|^\s*[:;,]|[:;,] *[:;,]\s|[:;,]\s*$")
"""A text of a list of reasons of which a part is left out."""
CLOCKS = ("clock_ahead", "clock_behind", "node_clock")
_WRONG_CLOCK = re.compile(r"[^\n]{0,60}clock of its run was wrong")
_OFFLINE = re.compile(r"offline: (\d+) of (\d+) attacks match, (\d+) of (\d+) legitimate requests pass")
STEP = 2
"""Lines of a screen are indented by steps of two blanks."""
OF_EACH_TASK = ("changed", "failed", "msg", "diff")
SAMPLE = 6
"""So many requests of a sample does an appliance evaluate, by docs/reference/records.md."""
_NO_FORM = re.compile(r"\b0 more\b|\b0 appliances?:|(?<!\S)-\d+ more\b|\beach in 1\b|\bGET (?!/)\S*\d")
_OF_A_PROGRAM = re.compile(r"\('\w+', ?[\('\]]")
"""A value as the program has it, in place of its name."""
_RUNS = ("lock", "notes", "decided")
"""What only a run that changes something has, of what an apply returns always."""


def badly_formed(held: Held) -> Iterator[str]:
    """Yield what is not so."""
    for name, text in _texts(held):
        for found in (
            *_PLURAL.finditer(text),
            *_SINGULAR.finditer(text),
            *_NO_FORM.finditer(text),
            *_OF_A_PROGRAM.finditer(text),
        ):
            yield f"{name} says {text[max(0, found.start() - 40) : found.end() + 40]!r}"
    yield from _of_clocks(held)
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        yield from (f"{name}: {why}" for why in _of_a_run(held, run, is_of_one=name == "status"))
    for appliance, about in held.found.ledger["appliances"].items():
        text = str(about["answers"])
        if "partition default" in text and len({one.partition for one in held.places(appliance)}) == 1:
            yield f"{appliance} has no admin partitions, and its ledger names partition default"
        yield from (f"the ledger of {appliance} says {why}" for why in _of_builds(held, text))
    for appliance, audit in held.found.audits.items():
        if "runs" in audit:
            yield from (f"the audit of {appliance}: {why}" for why in _as_declared(audit, returned("audit")))
            if undeclared := [*audit.keys() - returned("audit").keys() - {*OF_EACH_TASK}]:
                yield f"the audit of {appliance} has {undeclared}, which its documentation does not name"


def _of_a_run(held: Held, run: RunOutputs, *, is_of_one: bool) -> Iterator[str]:
    if any(line and not line.strip() for line in run.screen):
        yield "its screen has a line of blanks"
    if odd := [line for line in run.screen if (len(line) - len(line.lstrip(" "))) % STEP]:
        yield f"its screen is not aligned: {odd[0]!r}"
    for one in run.report["appliances"]:
        if missing := [line for line in one["proof"] if html.escape(line) not in run.page]:
            yield f"its page does not say of {one['host']}: {missing[0]}"
    for appliance, result in run.results.items():
        if appliance not in run.problems:
            yield from (f"the result of {appliance}: {why}" for why in _declared(result, is_of_one=is_of_one))
            yield from (f"the result of {appliance} {why}" for why in _reasons(result))
        text = str(result)
        yield from (f"{appliance} is told {why}" for why in (*_of_builds(held, text), *_to_come(held, text)))


def _of_clocks(held: Held) -> Iterator[str]:
    """No clock is told to have been wrong where each was right."""
    if any(one.name in CLOCKS for one in held.actions):
        return
    found = held.found
    decisions = (("decisions", str(own)) for run in (found.status, found.catalogue) for own in run.decisions.values())
    for name, text in (*_texts(held), *decisions, *found.letters.items()):
        if wrong := _WRONG_CLOCK.search(text):
            yield f"{name} says {wrong[0]!r}, and each clock was right"


def _reasons(result: Mapping[str, Any]) -> Iterator[str]:
    """Each reason says something; what a rule matches is said where the rule was evaluated; an appliance evaluates all, a sample or nothing."""
    verdict: Mapping[str, Any] = result.get("verdict") or {}
    for name in ("missing", "rests_on"):
        yield from (f"has the reason {text!r} in {name}" for text in verdict.get(name, ()) if _BLANK.search(text))
    proof: Mapping[str, Any] = result.get("proof") or {}
    match = _OFFLINE.search(f"offline: {proof.get('offline')}")
    if match is None or result.get("parts"):
        return
    if match[0] not in verdict["rests_on"]:
        yield f"has {match[0]}, and its verdict rests on {verdict['rests_on']}"
    asked = proof["appliance_asked"]
    if asked % SAMPLE and asked < (int(match[2]) + int(match[4])) // 2:
        yield f"evaluated {asked} requests, and a sample has {SAMPLE} in each partition"


def _of_builds(held: Held, text: str) -> Iterator[str]:
    """What is said of the build that a text names is what the bulletin says; each build needs a measure for what is behind the appliance."""
    behind = [one.id for one in held.weaknesses if one.is_behind]
    for found in _BUILD.finditer(text):
        named = _ENTRY.findall(text, 0, found.start())[-1:] if found["what"] == "needs it" else []
        is_without = bool(named) and named[0] in behind
        has_fix = is_fixed(found["build"]) and not is_without
        if found["build"].split(" ")[0] in FIXED and has_fix is not bool(_HAS_FIX.search(found["what"])):
            yield found[0]


def _to_come(held: Held, text: str) -> Iterator[str]:
    """Nothing has been so since a day that is to come; a clock may have been wrong by a day."""
    last = f"{held.found.at + timedelta(days=2):%Y-%m-%d}"
    yield from (f"since {day}" for day in {*_SINCE.findall(text)} if day > last)


def _texts(held: Held) -> Iterator[tuple[str, str]]:
    found = held.found
    for name, run in (("status", found.status), ("catalogue", found.catalogue)):
        yield f"the screen of {name}", "\n".join(run.screen)
        for appliance, result in run.results.items():
            yield f"the plan of {name} of {appliance}", str((result.get("diff") or {}).get("prepared", ""))
    yield "the ledger", "\n".join(found.ledger["lines"])
    yield "the course", found.course
    yield "the call list", "\n".join(found.calls)
    for appliance, audit in found.audits.items():
        yield f"the audit of {appliance}", "\n".join(audit.get("report", ()))
    last = held.night.actions[-1]
    yield last.name, last.said
    yield f"the page of the {last.name}", "\n".join(last.report.get("page", ()))


# -- results ----------------------------------------------------------------------------------------------------------


@cache
def returned(module: str) -> Mapping[str, Mapping[str, Any]]:
    """Return what the documentation of a module says of its result."""
    source = (MODULES / f"{module}.py").read_text(encoding="utf-8")
    match = re.search(r'^RETURN = r"""(.*?)"""', source, re.DOTALL | re.MULTILINE)
    return yaml.safe_load(match[1]) if match else {}


def _declared(result: Mapping[str, Any], *, is_of_one: bool) -> Iterator[str]:
    declared = {**returned("status")}
    if is_of_one:  # as an apply would find it
        declared |= {name: one for name, one in returned("apply").items() if name not in (*_RUNS, *declared)}
    yield from _as_declared(result, declared, *(("where a mitigation is named",) if is_of_one else ()))


def _as_declared(result: Mapping[str, Any], declared: Mapping[str, Mapping[str, Any]], *when: str) -> Iterator[str]:
    for name, one in declared.items():
        if str(one["returned"]).startswith(("always", *when)) and name not in result:
            yield f"{name} is always returned, and it is not there"
        value = result.get(name)
        if value is None:
            continue
        elements = _TYPES[one["elements"]] if one.get("elements") else None
        if not isinstance(value, _TYPES[one["type"]]) or (
            elements and not all(isinstance(own, elements) for own in value)
        ):
            yield f"{name} is no {one['type']} of {one.get('elements')}: {value!r}"
