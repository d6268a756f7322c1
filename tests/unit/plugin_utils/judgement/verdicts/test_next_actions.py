# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The next actions that differ from those of the table; tests/engine/test_next_actions.py follows them on an appliance."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import ClosureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.untrusted_records import SIGN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.host_setting import host_setting
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import advice, command_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.saved_state import SavedFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Grounds, Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Sign
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import (
    VERDICTS,
    VerdictWord,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.measure_proof import ProofResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.next_actions import next_actions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.conflicts import Conflict, ConflictCode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.let_past import LetPast

from tests.traits import traits

GW = Vip("gw", Address("192.0.2.10", 443), "vpn")
SILENT = Vip("gw", Address("192.0.2.10", 443), "vpn", probe=False, withheld="only the appliance names it")
CLOSED = ClosureState(("gw (192.0.2.10:443)",))


def facts(
    *vips: Vip,
    scope: str = "default",
    closures: ClosureState | None = None,
    foreign: tuple[str, ...] = (),
    unsaved: Unsaved = Unsaved.REFUSE,
    build_status: BuildStatus = BuildStatus.AFFECTED,
    reads_back: bool = False,
    owner: str = "cve_2019_19781",
) -> Any:
    appliance = SimpleNamespace(name="gw-x", probe=True, probe_networks=("10.0.0.0/8",), user="op", marker="")
    measure = SimpleNamespace(
        id="x",
        traits=traits(is_read_back=reads_back, depends_on_build=not reads_back),
        upgrade_text=lambda _builds, _placements: "14.1 73.46 or later",
        upgrade_for=lambda _builds: None,
    )
    return SimpleNamespace(
        parameters=SimpleNamespace(
            appliance=appliance,
            setting=partial(host_setting, "gw-x"),
            scope=scope,
            unsaved=unsaved,
            acknowledgements=(),
            resolved=SimpleNamespace(measure=measure, refusals=(), absent_fix=""),
            measure=measure,
            owner=Owner(owner, 1),
        ),
        access=SimpleNamespace(
            vips=vips, closures=closures or ClosureState(), closed_to_us=(), unprovable=(), nameless=()
        ),
        saved=SavedFacts(foreign_lines=foreign, own_lines=tuple(line for line in foreign if " tq_" in line)),
        nodes=SimpleNamespace(not_covered=()),
        build_status=build_status,
    )


def unproven(found: Any, **grounds: Any) -> str:
    values: dict[str, Any] = {"presence": Presence.CURRENT, "saved": True, **grounds}
    actions = next_actions(found, Grounds(Build.parse("13.0 47.22"), **values), ProofResult())
    return actions.get(VerdictWord.UNPROVEN, "")


def test_a_probe_that_may_be_sent_is_sent_by_verify() -> None:
    assert unproven(facts(GW)) == ""


@pytest.mark.parametrize(
    ("found", "grounds", "action"),
    [
        (
            facts(scope="tenant_a"),
            {},
            (
                "in host_vars of gw-x: `netscaler_vips: [{name: gw, address: 192.0.2.10, port: 443, kind: vpn, partition: tenant_a}]`, then "
                "verify.yml; or acknowledge it (tourniquet_acknowledgements)"
            ),
        ),
        (
            facts(SILENT),
            {"saved": False},
            (
                'if it is yours, in host_vars of gw-x: `netscaler_probe_networks: ["10.0.0.0/8", "192.0.2.10/32"]`, then verify.yml; or in '
                "host_vars of gw-x: `save: always`, then apply.yml"
            ),
        ),
        (
            facts(GW, closures=CLOSED),
            {},
            "apply it once it is open, then verify.yml; or acknowledge it (tourniquet_acknowledgements)",
        ),
        (facts(GW), {"presence": Presence.OLDER}, "apply.yml"),
        (
            facts(GW),
            {"placement_hits": {"gw": 0}},
            "wait for a client that the rule is for, then status.yml; or acknowledge it (tourniquet_acknowledgements)",
        ),
        (facts(GW), {"placement_hits": {"gw": 1}}, ""),
    ],
    ids=["a partition without a VIP", "no consent", "closed", "an older version", "a geoblock", "a geoblock with hits"],
)
def test_unproven_leads_on(found: Any, grounds: dict[str, Any], action: str) -> None:
    assert unproven(found, **grounds) == action


@pytest.mark.parametrize(
    ("foreign", "saved", "action"),
    [
        ((), False, None),
        (("+ add lb vserver x HTTP",), False, "have the changes of others saved or undone, or in host_vars of gw-x: "),
        ((), None, "allow the user to read whether it is saved (show ns ns.conf), then status.yml"),
    ],
)
def test_not_saved_leads_on(foreign: tuple[str, ...], saved: bool | None, action: str | None) -> None:
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, saved=saved)
    found = next_actions(facts(GW, foreign=foreign), grounds, ProofResult()).get(VerdictWord.NOT_SAVED)
    assert found == action if action is None else found is not None and found.startswith(action)


@pytest.mark.parametrize(
    ("foreign", "unsaved", "action"),
    [
        ((), Unsaved.REFUSE, None),
        (
            ("+ add lb vserver x HTTP",),
            Unsaved.REFUSE,
            "have the changes of others saved or undone, or in host_vars of gw-x: `unsaved: save_first`, then apply.yml",
        ),
        (
            ("+ add responder policy tq_x",),
            Unsaved.REFUSE,
            (
                "complete or undo the run of another measure of ours that is not saved (audit.yml names it), or in host_vars of gw-x: "
                "`unsaved: save_first`, then apply.yml"
            ),
        ),
        (
            ("+ add responder policy tq_x", "+ add lb vserver x HTTP"),
            Unsaved.REFUSE,
            "have the changes of others saved or undone, or in host_vars of gw-x: `unsaved: save_first`, then apply.yml",
        ),
        (("+ add lb vserver x HTTP",), Unsaved.APPLY_WITHOUT_SAVE, None),
    ],
)
def test_an_apply_that_would_be_refused_is_not_the_next_action(
    foreign: tuple[str, ...], unsaved: Unsaved, action: str | None
) -> None:
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.ABSENT)
    found = next_actions(facts(GW, foreign=foreign, unsaved=unsaved), grounds, ProofResult())
    assert found.get(VerdictWord.EXPOSED) == action
    # Seen in a night: "look at what it would block, then apply.yml" for good, which the changes of another measure refused.
    first, words = (action or "").removesuffix("apply.yml"), (VerdictWord.NOT_BLOCKING, VerdictWord.SUPERSEDED)
    assert [found.get(word) for word in words] == (
        [f"{first}{VERDICTS[word].next_action}" for word in words] if action else [None, None]
    )


def test_what_is_not_saved_comes_before_the_apply_alone_where_more_is_to_be_done_before_it() -> None:
    """Seen in a night: "let ours be evaluated first, then apply.yml" for good, which the changes of another measure refused."""
    in_front = (LetPast("rp_allow", "global, 5", "true", "/vpns/", free=4),)
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, let_past=in_front)
    first, then, rest = (
        "let ours be evaluated first, in host_vars of gw-x: `measure_priority: 4`, then ",
        "apply.yml",
        "; or",
    )
    refused = facts(GW, foreign=("+ add responder policy tq_x",))
    found = next_actions(refused, grounds, ProofResult())[VerdictWord.PARTLY]
    assert found.startswith(
        f"{first}complete or undo the run of another measure of ours that is not saved (audit.yml names it), or in host_vars of gw-x: "
        f"`unsaved: save_first`, then {then}{rest} acknowledge rp_allow by name"
    )
    assert [one.verb for one in found.commands] == ["audit", "apply"]
    assert next_actions(facts(GW), grounds, ProofResult())[VerdictWord.PARTLY].startswith(f"{first}{then}{rest}")


def test_a_closing_on_a_build_where_nothing_works_ends_with_the_upgrade() -> None:
    grounds = Grounds(Build.parse("12.1 51.14"), presence=Presence.ABSENT)
    shut = facts(GW, closures=CLOSED, build_status=BuildStatus.INEFFECTIVE)
    assert (
        next_actions(shut, grounds, ProofResult())[VerdictWord.CLOSED]
        == "upgrade to 14.1 73.46 or later, then reopen.yml"
    )
    unfinished = replace(grounds, closures=ClosureState(("gw (192.0.2.10:443)",), is_unfinished=True))
    assert (
        next_actions(shut, unfinished, ProofResult())[VerdictWord.CLOSED]
        == "lockdown.yml again, which finishes and proves it; or reopen.yml, once a mitigation works here or the build has the fix"
    )
    open_again = next_actions(facts(GW, closures=CLOSED), grounds, ProofResult())
    assert VerdictWord.CLOSED not in open_again
    assert (
        open_again[VerdictWord.INEFFECTIVE]
        == "close external access (lockdown.yml), then upgrade to 12.1 51.19 or later"
    )


@pytest.mark.parametrize("seen", ["record x: an attack passes at gw", ""])
def test_where_an_attack_passes_a_rule_that_is_in_place_an_apply_is_not_next(seen: str) -> None:
    """Seen: "apply.yml" for good, of a rule that is as it shall be, behind a policy that lets the attack go on."""
    found: Any = SimpleNamespace(sign=Sign.VULNERABLE, controls_served=True, signs=(), vip=GW)
    here = Grounds(
        Build.parse("13.0 47.22"), presence=Presence.CURRENT, seen_passing=seen, proofs=() if seen else (found,)
    )
    told = next_actions(facts(GW), here, ProofResult())[VerdictWord.EXPOSED]
    found_out = "find out which policy lets the attack go on before ours (order, in plan.yml), then verify.yml"
    assert told == ("verify.yml" if seen else found_out), "what let it go on may be gone since that record"
    front = replace(here, let_past=(LetPast("rp_allow", "global, 5", "true", "/vpns/", free=4),))
    first = next_actions(facts(GW), front, ProofResult())[VerdictWord.EXPOSED]
    assert first.startswith("let ours be evaluated first, in host_vars of gw-x: `measure_priority: 4`, then apply.yml")
    for other in ({"presence": Presence.DRIFTED}, {"feature_on": False}, {"observing": ("tq_x",)}):
        assert VerdictWord.EXPOSED not in next_actions(facts(GW), replace(here, **other), ProofResult())


def test_a_setting_that_a_release_lacks_needs_no_closed_access() -> None:
    grounds = Grounds(Build.parse("13.0 92.31"))
    found = next_actions(facts(GW, reads_back=True), grounds, ProofResult())
    assert found[VerdictWord.INEFFECTIVE] == "upgrade to 14.1 73.46 or later, or take it out of the inventory of gw-x"
    assert VerdictWord.INEFFECTIVE not in next_actions(facts(GW), grounds, ProofResult())


@pytest.mark.parametrize(
    ("refusals", "action"),
    [
        ((("it lacks an expression", "Give it in the inventory."),), "Give it in the inventory; then apply.yml"),
        ((("a", "Do one"), ("b", "Do two")), "Do one; then apply.yml"),
        ((), None),
    ],
)
def test_what_a_run_lacks_is_given_first(refusals: tuple[tuple[str, str], ...], action: str | None) -> None:
    found = facts(GW, foreign=("+ add lb vserver x HTTP",), unsaved=Unsaved.SAVE_FIRST)
    found.parameters.resolved.refusals = refusals
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.ABSENT)
    assert next_actions(found, grounds, ProofResult()).get(VerdictWord.EXPOSED) == action


SUPPORT = (
    "compare it with the policy that the vendor's support gives out, then acknowledge it (tourniquet_acknowledgements)"
)


@pytest.mark.parametrize(
    ("served", "expected", "hits_rose", "action"),
    [
        (False, True, None, "find out why gw (192.0.2.10:443) does not answer a legitimate request, then verify.yml"),
        (True, False, None, "find out what answers at gw (192.0.2.10:443) instead of the policies in place, then verify.yml"),
        (True, True, None, "allow the user op to stat responder policy (docs/how-to/least-privilege.md), then verify.yml"),
        (True, True, ..., "find out which policy stops the attacks before ours is evaluated (order, in plan.yml), then verify.yml"),
        (True, True, False, "find out what answers in front of the appliance, because the hits did not rise by each probe, then verify.yml"),
        (True, True, True, "find out what answers in front of the appliance, because the hits did not rise by each probe, then verify.yml"),
    ],
)  # fmt: skip
def test_probes_that_did_not_prove_it_lead_to_their_cause(
    served: bool, expected: bool, hits_rose: Any, action: str
) -> None:
    sign = Sign.BLOCKED if expected else Sign.NOT_CONFIRMED
    answer: Any = SimpleNamespace(
        vip=GW, controls_served=served, controls=(), sign=sign, why_not_judged=lambda attack: ""
    )
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, saved=True, proofs=(answer,))
    proof = ProofResult(hits_rose=hits_rose, remarks=("the hit counters cannot be read: 403",))
    if hits_rose is ...:  # they were not to be read
        proof = ProofResult()
    actions = next_actions(facts(GW), grounds, proof)
    assert actions[VerdictWord.UNPROVEN] == action


def test_an_answer_of_ours_to_a_legitimate_request_leads_to_the_opening() -> None:
    """Access was closed by a step of ours before the measure was applied, and before the markers told the measures apart."""
    ours = SimpleNamespace(head="HTTP/1.1 503 Service Unavailable\r\nX-Request-Reference: 0123456789ab\r\n")
    closed: Any = SimpleNamespace(vip=GW, controls_served=False, controls=((ours, False),), sign=Sign.BLOCKED_BY_US)
    found = facts(GW)
    found.parameters.appliance.marker = "0123456789ab"
    assert unproven(found, proofs=(closed,)) == (
        "an answer of ours stops a legitimate request at gw (192.0.2.10:443): where access is closed (status.yml), verify.yml once it is open; "
        "else find out by the hits which measure of ours it is"
    )
    ours.head = ours.head.replace("0123456789ab", marked_for("0123456789ab", "x"))
    assert unproven(found, proofs=(closed,)) == (
        "our rule stops a legitimate request at gw (192.0.2.10:443): rollback.yml"
    )
    found.parameters.appliance.marker = "another"
    assert unproven(found, proofs=(closed,)).startswith("find out why gw")


def test_a_whitelist_of_ours_in_the_way_does_not_lead_to_less_protection() -> None:
    reason = "not judged here, stopped by our url_whitelist (tq_url_whitelist__gw)"
    silent: Any = SimpleNamespace(
        vip=GW, controls_served=False, controls=(), sign=Sign.BLOCKED_BY_US, why_not_judged=lambda attack: reason
    )
    assert unproven(facts(GW), proofs=(silent,)) == (
        f"a legitimate request at gw (192.0.2.10:443) is {reason}: verify.yml once that lets one through"
    )


def test_a_policy_whose_content_nothing_proves_is_compared_by_a_person() -> None:
    assert unproven(facts(GW), not_verified="it is bound") == SUPPORT
    assert unproven(facts(GW), placement_hits={"a": 1, "b": 0}).startswith("wait for a client")


@pytest.mark.parametrize(
    ("vips", "not_covered", "action"),
    [
        ((GW,), (), None),
        ((GW, SILENT), (), 'if it is yours, in host_vars of gw-x: `netscaler_probe_networks: ["10.0.0.0/8", "192.0.2.10/32"]`, then verify.yml'),
        ((GW, SILENT), ("n2 is unreachable",), None),
    ],
)  # fmt: skip
def test_a_part_that_only_a_consent_lacks_leads_to_it(
    vips: tuple[Vip, ...], not_covered: tuple[str, ...], action: str | None
) -> None:
    found = facts(*vips)
    found.nodes.not_covered = not_covered
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, saved=True)
    assert next_actions(found, grounds, ProofResult()).get(VerdictWord.PARTLY) == action


@pytest.mark.parametrize(
    ("vips", "placement_hits", "unsaved", "foreign", "action"),
    [
        ((), None, Unsaved.REFUSE, (), "in host_vars of gw-x: `save: always`, then apply.yml"),
        ((), {"gw": 1}, Unsaved.REFUSE, (), None),
        ((), None, Unsaved.SAVE_FIRST, ("+ x",), "in host_vars of gw-x: `save: always`, then apply.yml"),
        ((GW,), None, Unsaved.SAVE_FIRST, ("+ x",), None),
    ],
)
def test_what_nothing_will_prove_is_saved_on_request(
    vips: tuple[Vip, ...], placement_hits: Any, unsaved: Unsaved, foreign: tuple[str, ...], action: str | None
) -> None:
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, saved=False, placement_hits=placement_hits)
    found = next_actions(facts(*vips, unsaved=unsaved, foreign=foreign), grounds, ProofResult())
    assert found.get(VerdictWord.NOT_SAVED) == action


def test_closing_measure_is_never_sent_to_the_playbooks_that_refuse_it() -> None:
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.CURRENT, saved=False)
    found = next_actions(facts(owner="closing_notice"), grounds, ProofResult())
    told = {word: meaning.next_action for word, meaning in VERDICTS.items()} | found
    wrong = {word: text for word, text in told.items() if "apply.yml" in text or "rollback.yml" in text}
    assert wrong == {}
    decision = "with its scope, reason, ticket, who and expires"
    assert found[VerdictWord.NOT_IN_PLACE] == f"close.yml -e step=notice {decision}"
    assert found[VerdictWord.INEFFECTIVE] == f"close.yml -e step=off {decision}"
    assert (
        found[VerdictWord.NOT_SAVED]
        == f"in host_vars of gw-x: `save: always`, then close.yml -e step=notice {decision}"
    )


def test_the_apply_behind_an_untrusted_record_has_what_the_refusal_asks_for() -> None:
    """Pasted from a preview or a status, the apply was refused again: neither of them signs what it was given for."""
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.ABSENT)
    sign = advice("Sign the record: run the same command with ....", SIGN)
    conflicts = [Conflict(ConflictCode.UNTRUSTED_RECORDS, "it is left alone.", sign).at("gw-x")]
    action = next_actions(facts(GW), grounds, ProofResult(), conflicts)[VerdictWord.SUPERSEDED]
    (command,) = command_values(action)
    assert (command["playbook"], command["options"], command["asks"]) == (
        "apply.yml",
        {"resign": "true"},
        ["accepted_by"],
    )
    assert "again" not in command


@pytest.mark.parametrize(
    ("kind", "setting", "action"),
    [
        (
            ConflictCode.SLEEPING_POLICIES,
            "measure_x: [1]",
            "look, in host_vars of gw-x: `measure_x: [1]`, then apply.yml",
        ),
        (ConflictCode.CLUSTER, "", "look"),
        (ConflictCode.NOT_LICENSED, "", "close external access (lockdown.yml), then upgrade to 14.1 73.46 or later"),
        (ConflictCode.UNSAVED_CHANGES, "unsaved: save_first", None),
    ],
)
def test_a_refused_plan_is_settled_before_the_next_apply(kind: ConflictCode, setting: str, action: str | None) -> None:
    """ "next: apply.yml" after a refusal led to the same refusal."""
    grounds = Grounds(Build.parse("13.0 47.22"), presence=Presence.ABSENT)
    conflict = Conflict(kind, "it is in the way.", "Look.", setting).at("gw-x")
    found = next_actions(facts(GW), grounds, ProofResult(), [conflict])
    assert found.get(VerdictWord.EXPOSED) == action
    assert found.get(VerdictWord.SUPERSEDED) == action
    assert VerdictWord.MITIGATED not in found, "it names no apply"
