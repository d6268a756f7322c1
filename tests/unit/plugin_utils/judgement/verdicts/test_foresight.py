# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a plan foresees, one reason at a time: tests/engine/test_foresight.py has it on an appliance."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus, Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes, Save, Unsaved
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.closures import ClosureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.host_setting import host_setting
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.plan import Plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts import foresight
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.foresight import (
    Effect,
    Foreseen,
    consent,
    foresee,
    never_proven,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_policies import (
    CommandPolicy,
    Rights,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.other_measures import OtherMeasures

from tests.played_together import played_together
from tests.traits import traits

HOST = "in host_vars of gw: "
ANYWAY = f"{HOST}`save: always` saves it without a proof"
FEATURE_ON = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})
POLICY = Step("responderpolicy", ("tq_x",), None, {"name": "tq_x", "rule": "TRUE", "action": "NOOP"})
ALL = Rights("op", (CommandPolicy("all", True, ".*", 0),))


def vip(name: str, last: int, *, probe: bool = True, withheld: str = "", host: str = "") -> Vip:
    return Vip(name, Address(host or f"192.0.2.{last}", 443), "vpn", probe=probe, withheld=withheld)


GW = vip("gw", 10)
FORBIDDEN = vip("web", 11, probe=False)
WITHHELD = [
    vip(f"w{number}", number, probe=False, withheld="only the appliance names it") for number in (12, 13, 14, 15)
]


def facts(*vips: Vip, **changes: Any) -> Any:
    """The facts of an appliance of which nothing is foreseen with a VIP, changed."""
    one = SimpleNamespace(
        scope="default",
        probes=Probes.ALL,
        mode=Mode.ENFORCE,
        save=Save.PROVEN,
        unsaved=Unsaved.REFUSE,
        probe=True,
        networks=(),
        is_asked_for=True,
        can_be_blocked=True,
        is_read_back=False,
        closures=ClosureState(),
        closed_to_us=(),
        unprovable=(),
        foreign_lines=(),
        not_covered=(),
        will_not_follow=(),
        build_status=BuildStatus.AFFECTED,
        lock=True,
        others_problem="",
        let_past=(),
    )
    vars(one).update(changes)
    measure = SimpleNamespace(
        id="demo",
        traits=traits(by_probes=one.can_be_blocked, is_read_back=one.is_read_back, depends_on_build=True),
    )
    parameters = SimpleNamespace(
        appliance=SimpleNamespace(name="gw", probe=one.probe, probe_networks=one.networks),
        scope=one.scope,
        probes=one.probes,
        mode=one.mode,
        save=one.save,
        unsaved=one.unsaved,
        lock=one.lock,
        closing={},
        setting=partial(host_setting, "gw"),
        measure=measure,
        resolved=SimpleNamespace(is_asked_for=lambda: one.is_asked_for),
        document=SimpleNamespace(objects={("responderpolicy", ("tq_x",)): {}, ("responderaction", ("tq_x",)): {}}),
    )
    return SimpleNamespace(
        parameters=parameters,
        access=SimpleNamespace(
            vips=vips, closures=one.closures, closed_to_us=one.closed_to_us, unprovable=one.unprovable
        ),
        saved=SimpleNamespace(foreign_lines=one.foreign_lines),
        nodes=SimpleNamespace(not_covered=one.not_covered, will_not_follow=one.will_not_follow),
        rules=SimpleNamespace(rule_proof=SimpleNamespace(let_past=one.let_past)),
        build_status=one.build_status,
        others=OtherMeasures(problem=one.others_problem),
    )


def found(
    of: Any,
    *,
    rights: Rights | None = None,
    skipped: str = "",
    steps: tuple[Step, ...] = (POLICY,),
    proven_before: str = "",
) -> list[Any]:
    plan = Plan(skipped=skipped, steps=steps, proven_before=proven_before)
    return [(one.effect, one.reason, one.setting, one.holds) for one in foresee(of, plan, rights or Rights())]


def test_what_cannot_be_read_of_other_measures_of_ours_is_told() -> None:
    (one,) = found(facts(GW, others_problem="403"))
    assert one == (Effect.NOT_CHECKED, "403", "allow the user: show responder policy, show policy patset", False)


def test_nothing_is_foreseen_where_all_is_well() -> None:
    assert found(facts(GW)) == []
    assert found(facts(GW), rights=ALL) == []


@pytest.mark.parametrize("changes", [{"build_status": BuildStatus.FIXED}, {"build_status": BuildStatus.NOT_AFFECTED}])
def test_nothing_is_foreseen_of_a_run_that_does_nothing(changes: dict[str, Any]) -> None:
    assert found(facts()) != []
    assert found(facts(**changes)) == []
    assert found(facts(), skipped="it does not work on this build") == []


@played_together(
    ("of", "reason", "setting"),
    [
        (facts(GW, probe=False), "netscaler_probe is false, so no request is sent", f"{HOST}`netscaler_probe: true`"),
        (
            facts(),
            "no VIP is known, so no request is sent",
            f"{HOST}`netscaler_vips: [{{name: gw, address: 192.0.2.10, port: 443, kind: vpn}}]`",
        ),
        (
            facts(scope="t1"),
            "no VIP is known, so no request is sent",
            f"{HOST}`netscaler_vips: [{{name: gw, address: 192.0.2.10, port: 443, kind: vpn, partition: t1}}]`",
        ),
        (
            facts(FORBIDDEN),
            "web (192.0.2.11:443): not probed, because probe: false",
            f"{HOST}`netscaler_vips: without probe: false for web`",
        ),
        (
            facts(*WITHHELD[:3], networks=("10.0.0.0/8", "192.0.2.12/32")),
            "w12 (192.0.2.12:443), w13 (192.0.2.13:443), w14 (192.0.2.14:443): not probed, because only the appliance names the address",
            f'if it is yours, {HOST}`netscaler_probe_networks: ["10.0.0.0/8", "192.0.2.12/32", "192.0.2.13/32", "192.0.2.14/32"]`',
        ),
        (
            facts(*WITHHELD),
            ("w12 (192.0.2.12:443), w13 (192.0.2.13:443), w14 (192.0.2.14:443) and 1 more: not probed, because only the appliance names "
            "the address"),
            f'if it is yours, {HOST}`netscaler_probe_networks: ["192.0.2.12/32", "192.0.2.13/32", "192.0.2.14/32", "192.0.2.15/32"]`',
        ),
        (
            facts(vip("far", 0, probe=False, withheld="it is elsewhere", host="gw.example")),
            "far (gw.example:443): not probed, because only the appliance names the address",
            f"if it is yours, {HOST}`netscaler_vips: [...], with each of them`",
        ),
        (
            facts(GW, closures=ClosureState(closed=("a (192.0.2.1:443)", "b", "c", "d"))),
            "a, b, c is switched off, so no request is answered",
            "apply it once it is open",
        ),
        (
            facts(GW, closed_to_us=((GW, SimpleNamespace(step="notice")), (vip("web", 11), SimpleNamespace(step="partners")))),
            "gw, web: closed (notice), so no request gets past that",
            "apply it once it is open",
        ),
        (facts(GW, closed_to_us=((FORBIDDEN, SimpleNamespace(step="notice")),)), "", ""),
        (facts(GW, unprovable=("lb vserver x", "lb vserver y")), "no request from outside reaches lb vserver x", ""),
        (facts(GW, closures=ClosureState(closed=("a",), open=("b",))), "", ""),
        (facts(GW, FORBIDDEN), "", ""),
        (facts(GW), "", ""),
    ],
)  # fmt: skip
def test_why_no_run_can_prove_the_measure(of: Any, reason: str, setting: str) -> None:
    assert never_proven(of.parameters, of.access) == (reason, setting)
    text = f"{setting}; {ANYWAY}" if setting else ANYWAY
    proven = [one for one in found(of) if one[0] is Effect.UNPROVEN]
    assert proven == ([(Effect.UNPROVEN, reason, text, True)] if reason else [])


def test_without_probes_nothing_is_proven_and_what_is_saved_anyway_holds_nobody() -> None:
    reason, setting = "probes is none, so no request is sent", f"leave out probes: none; {ANYWAY}"
    assert found(facts(GW, probes=Probes.NONE)) == [(Effect.UNPROVEN, reason, setting, True)]
    assert found(facts(GW, probes=Probes.NONE, save=Save.ALWAYS)) == [(Effect.UNPROVEN, reason, setting, False)]
    logs = Step("auditsyslogparams", (), {}, {"userdefinedauditlog": "YES"})
    of, proven = facts(GW, probes=Probes.NONE), "2020-01-06"
    assert found(of, steps=(logs,), proven_before=proven) == [], "what was proven stays so"
    assert found(of, steps=(logs, POLICY), proven_before=proven) == found(of, steps=(logs,)) == found(of)


@pytest.mark.parametrize("changes", [{"is_asked_for": False}, {"can_be_blocked": False}])
def test_what_is_read_back_or_counted_needs_no_request(changes: dict[str, Any]) -> None:
    assert found(facts(**changes)) == []


def test_the_consent_names_the_network_of_those_that_are_withheld_only() -> None:
    of = facts(GW, FORBIDDEN, WITHHELD[0])
    assert consent(of.parameters.appliance, of.access.vips) == (
        f'if it is yours, {HOST}`netscaler_probe_networks: ["192.0.2.12/32"]`'
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"save": Save.NEVER}, [(Effect.UNSAVED, "save is never", "leave out save: never", False)]),
        (
            {"unsaved": Unsaved.APPLY_WITHOUT_SAVE, "foreign_lines": ("+ a", "+ b")},
            [
                (
                    Effect.UNSAVED,
                    "somebody else has 2 unsaved changes, and unsaved is apply_without_save",
                    f"have them saved or undone, or {HOST}`unsaved: save_first`",
                    False,
                )
            ],
        ),
        ({"unsaved": Unsaved.APPLY_WITHOUT_SAVE}, []),
        ({"unsaved": Unsaved.SAVE_FIRST, "foreign_lines": ("+ a",)}, []),
        ({"foreign_lines": ("+ a",)}, []),
    ],
)
def test_what_will_not_be_saved(changes: dict[str, Any], expected: list[Any]) -> None:
    assert found(facts(GW, **changes)) == expected


REPAIR = "repair the pair, or name both nodes in netscaler_nodes, before apply.yml"


def test_what_will_not_be_covered_is_named_once() -> None:
    of = facts(GW, not_covered=("n2 is unreachable", "x"), will_not_follow=("x", "n2 does not follow"))
    reasons = ("n2 is unreachable", "x", "n2 does not follow")
    assert found(of) == [(Effect.PARTLY, reason, REPAIR, True) for reason in reasons]
    observing = facts(GW, not_covered=("n2 is unreachable",), mode=Mode.OBSERVE)
    assert found(observing) == [(Effect.PARTLY, "n2 is unreachable", REPAIR, False)], "it is to protect nobody"


@pytest.mark.parametrize(
    ("vips", "changes", "is_said"),
    [
        ((GW, FORBIDDEN), {}, True),
        ((GW,), {}, False),
        ((GW, FORBIDDEN), {"is_read_back": True}, False),
        ((GW, FORBIDDEN), {"can_be_blocked": False}, False),
        ((GW, FORBIDDEN), {"can_be_blocked": False, "probe": False}, False),
        ((GW, FORBIDDEN), {"can_be_blocked": False, "probes": Probes.NONE}, False),
        ((FORBIDDEN,), {"can_be_blocked": False}, False),
    ],
)
def test_a_vip_that_is_not_probed_beside_others_is_a_part(
    vips: tuple[Vip, ...], changes: dict[str, Any], is_said: bool
) -> None:
    reason = "web (192.0.2.11:443): not probed, because probe: false"
    setting = f"{HOST}`netscaler_vips: without probe: false for web`"
    assert found(facts(*vips, **changes)) == ([(Effect.PARTLY, reason, setting, True)] if is_said else [])


def test_the_worst_comes_first() -> None:
    of = facts(GW, FORBIDDEN, probes=Probes.NONE, save=Save.NEVER, not_covered=("x",))
    lacking = Rights("op", (CommandPolicy("read", True, "^show", 0),))
    assert list(dict.fromkeys(one[0] for one in found(of, rights=lacking))) == list(Effect)[:4]


def allowed(*patterns: str) -> Rights:
    return Rights(
        "op", tuple(CommandPolicy(f"p{place}", True, pattern, place) for place, pattern in enumerate(patterns))
    )


ALLOW = "allow it to the user op (docs/how-to/least-privilege.md)"
FILES, SAVE, STAT = "^(add|rm) system file", "^save ns config", "^stat responder policy"


@played_together(
    ("rights", "changes", "steps", "expected"),
    [
        (Rights("op", unknown="no answer"), {}, (POLICY,), [
            (
                Effect.NOT_CHECKED,
                "the rights of op: no answer",
                "(^show system (user|group|cmdPolicy).*) lets a plan read its own rights; apply.yml works without it",
                False,
            )
        ]),
        (allowed(SAVE, STAT, "responder policy"), {}, (POLICY,), [
            (
                Effect.REFUSED,
                "the lock and the records need the right to add system file, rm system file",
                f"{ALLOW}, or {HOST}`lock: false`: nothing keeps others out then",
                True,
            )
        ]),
        (allowed(SAVE, STAT, "responder policy"), {"lock": False}, (POLICY,), []),
        (allowed(FILES, SAVE, STAT), {}, (POLICY, FEATURE_ON), [
            (
                Effect.REFUSED,
                ("the steps and their undo need the right to add responder policy, enable ns feature RESPONDER, rm responder policy, "
                "disable ns feature RESPONDER"),
                ALLOW,
                True,
            )
        ]),
        (allowed(FILES, SAVE, STAT, "^rm responder"), {}, (POLICY,), [
            (Effect.REFUSED, "the steps and their undo need the right to add responder policy", ALLOW, True)
        ]),
        (allowed(FILES, SAVE, STAT, "^add responder"), {}, (POLICY,), [
            (Effect.REFUSED, "an undo needs the right to rm responder policy", ALLOW, True)
        ]),
        (allowed(FILES, STAT, "^(add|rm) responder"), {}, (POLICY,), [
            (Effect.UNSAVED, "the user lacks the right to save ns config", ALLOW, True)
        ]),
        (allowed(FILES, STAT, "^(add|rm) responder"), {"save": Save.NEVER}, (POLICY,), [
            (Effect.UNSAVED, "save is never", "leave out save: never", False)
        ]),
        (allowed(FILES, SAVE, "^(add|rm) responder"), {}, (POLICY,), [
            (Effect.UNPROVEN, "the hit counters cannot be read without the right to stat responder policy", ALLOW, True)
        ]),
        (allowed(FILES, SAVE, "^(add|rm) responder"), {"save": Save.ALWAYS}, (POLICY,), [
            (Effect.UNPROVEN, "the hit counters cannot be read without the right to stat responder policy", ALLOW, False)
        ]),
        (allowed(FILES, SAVE, "^(add|rm) responder"), {"can_be_blocked": False}, (POLICY,), []),
        (allowed(FILES, SAVE, STAT), {}, (), []),
    ],
)  # fmt: skip
def test_which_rights_are_missing(
    rights: Rights, changes: dict[str, Any], steps: tuple[Step, ...], expected: list[Any]
) -> None:
    assert found(facts(GW, **changes), rights=rights, steps=steps) == expected


def test_a_file_needs_the_right_to_add_it_unless_the_appliance_imports_it() -> None:
    def file(*, is_imported: bool) -> Any:
        return SimpleNamespace(file=SimpleNamespace(is_imported=is_imported, path="/var/netscaler/locdb/tq_x"))

    plan = Plan(missing_files=(file(is_imported=False), file(is_imported=True)))
    rights = allowed(SAVE, STAT, 'system file .* -fileLocation "/var/tmp"')
    expected = [(Effect.REFUSED, "the steps and their undo need the right to add system file")]
    assert [(one.effect, one.reason) for one in foresee(facts(GW), plan, rights)] == expected
    there = allowed(
        SAVE,
        STAT,
        'system file .* -fileLocation "/var/tmp"',
        'add system file tq_x -fileLocation "/var/netscaler/locdb"',
    )
    assert foresee(facts(GW), plan, there) == ()


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Foreseen(Effect.PARTLY, "x", "do y"), "would end partly: x. To avoid it, do y"),
        (
            Foreseen(Effect.REFUSED, "x", "do y", holds=True),
            "would end refused, and the rollout would stop here: x. To avoid it, do y",
        ),
        (Foreseen(Effect.NOT_CHECKED, "x", "Do y"), "not checked: x. Do y"),
    ],
)
def test_what_is_foreseen_in_words(one: Foreseen, text: str) -> None:
    assert str(one) == text


def beside(lacks_attack: str, lacks_other: str, *not_judged: Any) -> Any:
    """Return the chosen requests of a VIP: why no attack and no legitimate request is left, and those that are not judged."""
    left = SimpleNamespace(not_judged=not_judged)
    return SimpleNamespace(lacks=lambda *, attack: lacks_attack if attack else lacks_other, beside=left)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (beside("", ""), []),
        (beside("stopped by tq_b", ""), [(Effect.UNPROVEN, "gw: each attack is stopped by tq_b", ANYWAY, True)]),
        (beside("", "stopped by c"), [(Effect.UNPROVEN, "gw: each legitimate request is stopped by c", ANYWAY, True)]),
        (beside("stopped by b", "x"), [(Effect.UNPROVEN, "gw: each attack is stopped by b", ANYWAY, True)]),
        (beside("", "", "one"), [(Effect.NOT_CHECKED, "gw: told one", "Other requests prove it", False)]),
        (beside("stopped by b", "", "one"), [(Effect.UNPROVEN, "gw: each attack is stopped by b", ANYWAY, True)]),
    ],
)
def test_what_another_measure_of_ours_stops_everywhere_is_not_proven(
    chosen: Any, expected: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresight, "chosen_requests", lambda _facts, _vip: chosen)
    monkeypatch.setattr(foresight, "not_judged_texts", lambda found: [f"told {one}" for one in found])
    of = facts(GW)
    of.others = OtherMeasures(policies=SimpleNamespace())  # type: ignore[arg-type]
    assert found(of) == expected
    of.others = OtherMeasures()
    assert found(of) == [], "there is no other measure"
