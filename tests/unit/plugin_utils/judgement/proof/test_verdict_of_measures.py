# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict on a measure of the inventory: no build makes it unnecessary, and counting is not blocking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure, Version
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic, TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.expected_hits import PASSED_SIGNS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Grounds, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer, Sign, VipProof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict import decide_verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import Verdict
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.heartbeat.kind import TRAITS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.last_run import LastRun

from tests.played_together import played_together

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 26)
MEASURE = Measure(
    id="guard", title="Guard", current_version=1, versions={1: Version("first", TODAY)}, traffic=Traffic(())
)
GATEWAY, SHOP = Vip("gw", Address("192.0.2.1", 443), "vpn"), Vip("shop", Address("192.0.2.2", 443), "lb")


def probed(vip: Vip, sign: Sign, *, served: bool = True) -> VipProof:
    attack, control = TrafficCase("a", True, "GET", "/a"), TrafficCase("l", False, "GET", "/")
    return VipProof(vip, ((Answer(attack, 403), sign),), ((Answer(control, 200), served),))


def decide(build: str = "14.1 73.37", **grounds: Any) -> Verdict:
    return decide_verdict(Grounds(Build.parse(build), **grounds), MEASURE, TODAY)


BLOCKING: dict[str, Any] = {
    "presence": Presence.CURRENT,
    "version": 1,
    "saved": True,
    "proofs": (probed(GATEWAY, Sign.BLOCKED_BY_US),),
    "expected_at": {GATEWAY: (Sign.BLOCKED_BY_US,)},
    "modes": {"gw": "enforce"},
    "hits_rose": True,
}
COUNTING: dict[str, Any] = {
    **BLOCKING,
    "proofs": (probed(SHOP, Sign.NOT_CONFIRMED),),
    "expected_at": {SHOP: PASSED_SIGNS},
    "modes": {"shop": "observe"},
}
BOTH: dict[str, Any] = {
    **BLOCKING,
    "proofs": BLOCKING["proofs"] + COUNTING["proofs"],
    "expected_at": BLOCKING["expected_at"] | COUNTING["expected_at"],
    "modes": BLOCKING["modes"] | COUNTING["modes"],
}


@played_together("build", ["10.5 70.12", "13.0 47.22", "14.1 73.37"])
@played_together(
    ("word", "grounds"),
    [
        ("not in place", {}),
        ("not in place", {**BLOCKING, "feature_on": False}),
        ("not asked for", {"is_asked_for": False}),
        ("superseded", {**BLOCKING, "is_asked_for": False}),
        ("enforcing", BLOCKING),
        ("observing", COUNTING),
        ("observing", BOTH),
        ("enforcing", {**BLOCKING, "proofs": (), "hits_rose": None, "proven_before": "yesterday"}),
        ("superseded", {**BLOCKING, "presence": Presence.OLDER}),
        ("superseded", {**BLOCKING, "presence": Presence.OLDER, "proofs": ()}),
        ("drifted", {**BLOCKING, "presence": Presence.DRIFTED}),
        ("drifted", {**BLOCKING, "shadowed_by": "rp_all stands in front"}),
        ("partly", {**BLOCKING, "not_covered": ("node 2 is gone",)}),
        ("unknown", {**BLOCKING, "unreadable": ("the partitions",)}),
        # not proven
        ("applied, unproven", {**BLOCKING, "proofs": ()}),
        ("applied, unproven", {**BLOCKING, "hits_rose": False}),
        ("applied, unproven", {**BLOCKING, "hits_rose": None}),
        ("applied, unproven", {**BLOCKING, "proofs": (probed(GATEWAY, Sign.BLOCKED),)}),
        ("applied, unproven", {**BLOCKING, "proofs": (probed(GATEWAY, Sign.NOT_CONFIRMED),)}),
        ("applied, unproven", {**BLOCKING, "proofs": (probed(GATEWAY, Sign.BLOCKED_BY_US, served=False),)}),
        ("applied, unproven", {**COUNTING, "proofs": (probed(SHOP, Sign.BLOCKED_BY_US),)}),
        ("applied, unproven", {**COUNTING, "proofs": (probed(SHOP, Sign.NO_ANSWER, served=False),)}),
        ("applied, unproven", {**BOTH, "proofs": BLOCKING["proofs"]}),
        ("applied, unproven", {**BLOCKING, "unprovable": ("inner (lb vserver inner REQUEST)",)}),
        ("applied, not saved", {**BLOCKING, "saved": False}),
        ("applied, not saved", {**COUNTING, "saved": None}),
        ("applied, not saved", {**BLOCKING, "unsaved_secondary": "the secondary has not saved it"}),
    ],
)
def test_the_word(word: str, grounds: dict[str, Any], build: str) -> None:
    assert decide(build, **grounds).word == word


def test_the_reason_names_who_counts_and_who_blocks() -> None:
    reason = decide(**BOTH).reason
    assert reason.startswith("shop only counts; gw blocks; proven at gw (192.0.2.1:443), shop")


def test_what_no_request_reaches_is_named() -> None:
    verdict = decide(**{**BLOCKING, "unprovable": ("inner (lb vserver inner REQUEST)",)})
    assert verdict.reason == "no request from outside reaches inner (lb vserver inner REQUEST)"


def test_only_blocking_is_ok() -> None:
    assert decide().word == "not in place"
    assert decide(**BLOCKING).exit_code == 0
    assert decide(**COUNTING).exit_code == 1
    assert decide().exit_code == 2


HEARTBEAT: Any = TRAITS.course.recurring
ON_TIME, LATE, NEVER = (LastRun(HEARTBEAT, NOW, at) for at in (NOW - timedelta(hours=3), NOW - timedelta(days=2), None))
OFF = "it cannot beat here: the feature RESPONDER is off"


@played_together(
    ("last", "grounds", "word", "reason"),
    [
        (ON_TIME, {}, "on time", "heartbeat 3 h ago"),
        (ON_TIME, {"presence": Presence.CURRENT, "saved": False}, "on time", "heartbeat 3 h ago"),
        (ON_TIME, {"not_covered": ("node 2 is gone",)}, "partly", "node 2 is gone"),
        (ON_TIME, {"unreadable": ("the partitions",)}, "unknown", "the partitions"),
        (ON_TIME, {"presence": Presence.DRIFTED, "drift": ("x",)}, "drifted", "its policy is not as it was sent: x"),
        (LATE, {}, "late", str(LATE)),
        (LATE, {"feature_on": False}, "late", f"{LATE}; {OFF}"),
        (
            LATE,
            {"presence": Presence.CURRENT},
            "late",
            f"{LATE}; its policy is still there, so that no run brings it in again",
        ),
        (NEVER, {}, "not asked for", str(NEVER)),
        (NEVER, {"feature_on": False}, "not asked for", f"{NEVER}; {OFF}"),
    ],
)
def test_a_heartbeat_has_an_age_and_never_exposes(
    last: LastRun, grounds: dict[str, Any], word: str, reason: str
) -> None:
    verdict = decide_verdict(
        Grounds(Build.parse("14.1 73.37"), last_run=last, **grounds), replace(MEASURE, traits=TRAITS), TODAY
    )
    assert (verdict.word, verdict.reason) == (word, reason)
