# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The preview that a status has of an appliance: its plan line by line, in each admin partition, what takes it back, and what is beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.nights.held import Held

Values = Mapping[str, Any]
_MEASURE = re.compile(
    r"^  (?P<measure>cve_\w+?)(?: v\d+)?: (?:no changes|(?P<number>\d+) changes?, seal (?P<seal>\w{8}))$"
)
_MANY = 20
"""So many requests are told."""


def wrong_previews(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for host, result in held.found.status.results.items():
        lines = str((result.get("diff") or {}).get("prepared") or "").splitlines()
        if lines and held.is_read(host):
            yield from (f"the preview of {host}: {why}" for why in _nodes(held, host, lines[0]))
        is_plan = "steps" in result and not result.get("skipped_because")
        if lines and is_plan and len({one.partition for one in held.places(host)}) == 1:
            yield from (f"the preview of {host}: {why}" for why in _of_a_preview(held, host, result, lines))
        elif lines and is_plan and result.get("partitions"):
            yield from (f"the preview of {host}: {why}" for why in _of_partitions(held, host, result, lines))


def _of_partitions(held: Held, host: str, result: Values, lines: Sequence[str]) -> Iterator[str]:
    """Each admin partition has its word, its changes and what takes them back; and what is said of all is what is said of each."""
    parts, inside = result["partitions"], dict(_split(lines))
    names = {one.partition for one in held.places(host)}
    if {*parts} != names or [*inside] != [*parts]:
        yield f"its partitions are {sorted(names)}, it has {[*parts]} and says {[*inside]}"
        return
    undone = dict(_split(result["inverse"]))
    for name, part in parts.items():
        own, verdict = inside[name], part["verdict"]
        steps = [one for one in result["steps"] if one["partition"] == name]
        if own[:1] and own[0].strip().lower() != f"{verdict['word']} ({verdict['reason']})".lower():
            yield f"{name} is {verdict['word']} ({verdict['reason']}), and it says {own[0]}"
        heads = [match for line in own if (match := _MEASURE.match(line)) and match["measure"] == held.weakness.id]
        wanted = (len(steps), str(part["seal"])[:8] if steps else None)
        if len(heads) != 1 or (int(heads[0]["number"] or 0), heads[0]["seal"]) != wanted:
            yield f"{name} has {wanted[0]} changes, seal {wanted[1]}, and it says {[one[0] for one in heads]}"
        sent = [line for one in steps for line in one["lines"]]
        told = [line[4:] for line in own if re.match(r"  [+~-] ", line)]
        if len(sent) <= _MANY and told != sent:
            yield f"the changes of {name} are {told}, in place of {sent}"
        back = [line.strip() for line in own if line.startswith("      ")] if "    undo:" in own else []
        if len(sent) <= _MANY and back != undone.get(name, []):
            yield f"the undo of {name} is {back}, in place of {undone.get(name)}"
    yield from _sums(result, parts)


def _split(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield by admin partition the lines below its heading."""
    head, own = "", list[str]()
    for line in (*lines, "switch ns partition"):
        match = re.match(r"\s*switch ns partition ?(.*)$", line)
        if match is None:
            own.append(line)
            continue
        if head:
            yield head, own
        head, own = match[1].strip('"'), []


def _sums(result: Values, parts: Mapping[str, Values]) -> Iterator[str]:
    versions = [one["deployed_version"] for one in parts.values()]
    saved = [one["saved"] for one in parts.values()]
    every = {name for one in parts.values() for name in one["hits"]}
    wanted = {
        "deployed_version": None if None in versions else min(versions),
        "saved": False if False in saved else None if None in saved else True,
        "hits": {name: sum(one["hits"].get(name, 0) for one in parts.values()) for name in every},
        "saved_now": any(one["saved_now"] for one in parts.values()),
    }
    for name, value in wanted.items():
        if result[name] != value:
            yield f"its partitions have {name} {value}, and all of it {result[name]}"


def _nodes(held: Held, host: str, head: str) -> Iterator[str]:
    """The head of a preview has each node of a pair, with its role; one that stands alone has no other."""
    nodes = held.night.simulator.ready["appliances"][host]["nodes"]
    running = held.night.world.running(host)
    roles = ["primary" if node is running.primary else "secondary" for node in running.nodes]
    wanted = [f"{one['address']} {role}" for one, role in zip(nodes, roles, strict=True)]
    if len(nodes) > 1 and not running.spec.cluster and (missing := [one for one in wanted if one not in head]):
        yield f"it is headed {head}, without {missing[0]}"
    if len(nodes) == 1 and not head.endswith("   standalone"):
        yield f"it stands alone, and it is headed {head}"


def _of_a_preview(held: Held, host: str, result: Values, lines: Sequence[str]) -> Iterator[str]:
    if held.is_read(host):
        wanted = [host, *held.night.world.customers(host), f"NS{(result.get('appliance') or {}).get('build')}"]
        if missing := [one for one in wanted if one not in lines[0]]:
            yield f"it is headed {lines[0]}, without {missing[0]}"
    verdict = result.get("verdict_of_the_measure") or result["verdict"]
    told = f"{verdict['word']} ({verdict['reason']})"
    if not any(line.strip().lower() == told.lower() for line in lines):
        yield f"it does not say {told}"
    number, seal = len(result["steps"]), str(result.get("seal") or "")[:8]
    every = (match for line in lines if (match := _MEASURE.match(line)))
    heads = [one for one in every if one["measure"] == held.weakness.id]
    if len(heads) != 1 or (int(heads[0]["number"] or 0), heads[0]["seal"] or seal) != (number, seal):
        yield f"it has {number} changes, seal {seal}, and it says {[one[0] for one in heads]}"
    steps = [line[4:] for line in lines if re.match(r"  [+~-] ", line)]
    sent = [line for step in result["steps"] for line in step["lines"]]
    if len(sent) <= _MANY and steps != sent:
        yield f"its changes are {steps}, in place of {sent}"
    if "    undo:" in lines:
        after = lines[lines.index("    undo:") + 1 :]
        undo = [
            line.strip() for line in after[: next((n for n, line in enumerate(after) if line[:6].strip()), len(after))]
        ]
        if len(sent) <= _MANY and undo != list(result["inverse"]):
            yield f"its undo is {undo}, in place of {result['inverse']}"
    elif result["steps"]:
        yield "it says nothing of its undo"
    if number < _MANY and any("this takes" in line or "removing it takes" in line for line in lines):
        yield f"it tells the requests of {number} changes"
    whose = [line for line in lines if line.startswith(("    by our own record", "    by these records:"))]
    if bool(whose) is not bool(result.get("provenance")):
        yield f"its lines come from the records {result.get('provenance')}, and it says {whose}"
    yield from _beside(result, verdict, lines)


def _beside(result: Values, verdict: Values, lines: Sequence[str]) -> Iterator[str]:
    wanted = {
        "drift": [str(one) for one in result.get("drift") or ()],
        "debt": [str(one["text"]) for one in result.get("debt") or ()],
        "not covered": [str(one) for one in verdict.get("missing", result["verdict"].get("missing", ()))],
    }
    for name, texts in wanted.items():
        told = {_words(line.partition(f"{name}: ")[2]) for line in lines if line.startswith(f"  {name}: ")}
        if not told <= {*map(_words, texts)}:
            yield f"{name} is {texts}, and it says {sorted(told)}"
        if name != "drift" and told != {*map(_words, texts)}:
            yield f"{name} is {texts}, and it says {sorted(told)}"
    proof = result.get("proof") or {}
    text = "\n".join(lines)
    for key in ("offline", "variants"):
        if proof.get(key) and str(proof[key]) not in text:
            yield f"its proof is {proof[key]}, and it does not say so"
    asked, checked = proof.get("appliance_asked"), proof.get("appliance_checked")
    said = re.search(r"; (\d+) of (\d+) also on the appliance", text)
    if proof.get("offline") and (said and (int(said[1]), int(said[2]))) != ((checked, asked) if asked else None):
        yield f"{checked} of {asked} requests were also judged by the appliance, and it says {said and said[0]}"


def _words(text: str) -> str:
    return " ".join(text.split())
