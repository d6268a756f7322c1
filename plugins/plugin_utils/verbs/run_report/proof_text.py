# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a result was proven by, and what it could not see, as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...foundation.counted import agreed, counted
from ...judgement.proof.verdict_table import VerdictWord

MOST_LINES = 12
"""The lines of one kind that are shown; the result has all."""
COUNTS = " that it counts and lets the attack pass"


def proof_lines(result: Mapping[str, Any]) -> list[str]:
    """Return the proof before binding, the answers to the probes, and the hit counters."""
    proof = result.get("proof")
    if not isinstance(proof, Mapping):
        return []
    only_counts = (result.get("verdict") or {}).get("word") == VerdictWord.NOT_BLOCKING
    return [*_before_binding(proof), *_from_outside(proof, COUNTS if only_counts else "")]


def not_seen(result: Mapping[str, Any]) -> list[str]:
    """Return what the verdict could not take into account."""
    if "verdict" not in result:
        return ["the appliance was not looked at, so nothing is known of it"] if "appliance" not in result else []
    lines = []
    if not (result.get("requests") or {}).get("probes"):
        lines.append("no request was sent to the virtual servers in this run: their answers are not known")
    if "saved" in result and result["saved"] is None:
        lines.append("whether the configuration is saved: the appliance does not report it")
    nodes = (result.get("appliance") or {}).get("nodes", ())
    return lines + [f"node {node['address']}: {node['problem']}" for node in nodes if node.get("problem")]


def _before_binding(proof: Mapping[str, Any]) -> Iterator[str]:
    if proof.get("offline"):
        asked, took = proof.get("appliance_asked"), proof.get("nanoseconds")
        cost = f", {took} ns each" if took is not None else ""
        also = f"; {proof['appliance_checked']} of {asked} also on the appliance{cost}" if asked else ""
        yield f"before binding: {proof['offline']} (offline{also})"
    if proof.get("variants"):
        yield f"variants: {proof['variants']}"
    yield from _shown("variant not stopped", proof.get("missed_variants", ()))
    differential = proof.get("differential") or {}
    if differential.get("asked"):
        asked = differential["asked"]
        whole = f"{asked} {agreed(asked, 'other request is', 'other requests are')} treated differently"
        yield f"differential: {differential['different']} of {whole}"
        yield from _shown("treated differently", differential.get("requests", ()))
    order = proof.get("order") or {}
    yield from _shown("order", [*order.get("certain", ()), *order.get("possible", ())])
    yield from _shown("offline and appliance disagree", proof.get("disagreements", ()))


def _from_outside(proof: Mapping[str, Any], what: str) -> Iterator[str]:
    """Yield the answers to the probes, the hit counters, and when it was proven before.

    :param what: was proven then, where that is not that it blocks
    """
    for probe in proof.get("probes", ()):
        attacks = ", ".join(f"{count} {sign}" for sign, count in probe.get("attacks", {}).items()) or "none sent"
        yield f"probes of {probe['vip']}: attacks: {attacks}; {counted(probe.get('controls_served', 0), 'legitimate request')} served"
    for policy, rise in (proof.get("hits_rose_by") or {}).items():
        yield f"hits of {policy} rose by {rise}"
    if proof.get("proven_before"):
        yield f"proven before{what}, at {proof['proven_before']}"


def _shown(what: str, texts: Any) -> Iterator[str]:
    texts = list(texts)
    yield from (f"{what}: {text}" for text in texts[:MOST_LINES])
    if len(texts) > MOST_LINES:
        yield f"{what}: and {len(texts) - MOST_LINES} more"
