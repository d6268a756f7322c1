# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When a change is good enough to be saved, and which virtual servers a proof does not see: tests/engine plays the proofs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import BuildStatus
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import (
    OnUnproven,
    Save,
    Unsaved,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.execution.change import Harm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import State, Target
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.facts import MeasureState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.inspection.plan import Plan
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.grounds import Presence
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.verdict_table import VerdictWord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.verdicts.measure_proof import ProofResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment import proven_run as apply_proof
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.proven_run import ApplyProof

from tests.played_together import played_together
from tests.traits import traits

GW = Vip("gw", Address("192.0.2.10", 443), "vpn")


def proof(**changes: Any) -> Any:
    one = SimpleNamespace(
        proven=True,
        asked=True,
        can_be_blocked=True,
        can_probe=True,
        is_read_back=False,
        is_saved=True,
        record_state="",
        save=Save.PROVEN,
        unsaved=Unsaved.REFUSE,
        foreign=(),
        saved=True,
        status=BuildStatus.AFFECTED,
        vips=(GW,),
        drift=("x",),
        saved_text="a text",
    )
    vars(one).update(changes)

    class Proof(ApplyProof):
        """A proof of which the grounds are given."""

        def grounds(self) -> Any:
            return one.proven

    made: Any = Proof.__new__(Proof)
    made._unlisted, made._remarks, made.plan = [], [], Plan()
    measure = SimpleNamespace(
        traits=traits(
            by_probes=one.can_be_blocked,
            is_read_back=one.is_read_back,
            is_saved=one.is_saved,
            record_state=one.record_state,
        ),
    )
    made.parameters = SimpleNamespace(
        measure=measure,
        resolved=SimpleNamespace(is_asked_for=lambda: one.asked),
        document=Document((), {}),
        save=one.save,
        unsaved=one.unsaved,
        appliance=SimpleNamespace(vips=one.vips),
        owner=None,
    )
    made.facts = SimpleNamespace(
        saved=SimpleNamespace(foreign_lines=one.foreign, saved=one.saved),
        build_status=one.status,
        access=None,
        drift=one.drift,
        configuration=SimpleNamespace(target=None, taken_over=()),
        records=SimpleNamespace(known=()),
    )
    made.prover = SimpleNamespace(can_probe=one.can_probe)
    made.connection = SimpleNamespace(primary=SimpleNamespace(where="gw"))
    return made


@pytest.fixture(autouse=True)
def given_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply_proof, "is_proven", lambda grounds: grounds)


@pytest.mark.parametrize(
    ("changes", "is_proven", "is_good"),
    [
        ({}, True, True),
        ({"proven": False}, False, False),
        ({"proven": False, "asked": False}, True, True),
        ({"proven": False, "can_be_blocked": False}, False, True),
    ],
)
def test_a_removal_is_proven_by_reading_back_and_no_harm_is_enough_where_no_probe_is_blocked(
    changes: dict[str, Any], is_proven: bool, is_good: bool
) -> None:
    one = proof(**changes)
    assert (one.is_proven, one.is_good_enough) == (is_proven, is_good)


LOGS = Step("auditsyslogparams", (), {}, {"userdefinedauditlog": "YES"})
RULE = Step("responderpolicy", ("tq_a",), {"rule": "a"}, {"rule": "b"})


@pytest.mark.parametrize(
    ("steps", "before", "word", "is_good"),
    [
        ((), "2020-01-06", "mitigated", True),
        ((LOGS,), "2020-01-06", "mitigated", True),
        ((LOGS,), "", "mitigated", False),
        ((LOGS,), "2020-01-06", "exposed", False),
        ((LOGS, RULE), "2020-01-06", "mitigated", False),
    ],
)
def test_what_is_as_it_was_proven_is_good_enough_where_its_probes_are_kept_from_it(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[Step, ...], before: str, word: str, is_good: bool
) -> None:
    """Seen: a run that switched only logging on behind a notice failed and saved nothing, as the notice had answered its probes."""
    one = proof(proven=False)
    one.plan = Plan(steps=steps, proven_before=before)
    monkeypatch.setattr(one, "_word", lambda _grounds: VerdictWord(word), raising=False)
    assert one.is_good_enough is is_good


@played_together("save", list(Save))
@played_together("unsaved", list(Unsaved))
@played_together("foreign", [(), ("+ x",)])
@played_together("proven", [False, True])
def test_what_may_be_saved(save: Save, unsaved: Unsaved, foreign: tuple[str, ...], proven: bool) -> None:
    stays = unsaved is Unsaved.APPLY_WITHOUT_SAVE and foreign
    may = save is not Save.NEVER and not stays and (proven or save is Save.ALWAYS)
    assert proof(save=save, unsaved=unsaved, foreign=foreign)._may_save(proven) is may
    assert not proof(save=save, unsaved=unsaved, foreign=foreign, is_saved=False)._may_save(proven)


@pytest.mark.parametrize(
    ("changes", "is_read"),
    [
        ({}, True),
        ({"status": BuildStatus.INEFFECTIVE}, True),
        ({"status": BuildStatus.FIXED}, False),
        ({"status": BuildStatus.NOT_AFFECTED}, False),
        ({"status": BuildStatus.WANTED}, False),
        ({"is_read_back": True}, False),
        ({"can_probe": False}, False),
        ({"vips": None}, False),
        ({"vips": ()}, True),
    ],
)
def test_virtual_servers_that_the_inventory_does_not_name_are_told_where_it_matters(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], is_read: bool
) -> None:
    monkeypatch.setattr(apply_proof, "read_unlisted_vips", lambda *_: [GW])
    one = proof(**changes)
    one.note_unlisted_vips()
    text = "the vpn server gw (192.0.2.10:443) is not named in netscaler_vips (if one of these leads to it, add there `vserver: gw`)"
    assert one._unlisted == [text] * is_read


def test_virtual_servers_that_cannot_be_read_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: Any) -> Any:
        raise NitroError("gw", "GET", 503, 0, "busy")

    monkeypatch.setattr(apply_proof, "read_unlisted_vips", busy)
    one = proof()
    one.note_unlisted_vips()
    assert one._unlisted[0].startswith("it is not known if netscaler_vips names all virtual servers: gw: GET")


@pytest.mark.parametrize(
    ("drift", "text", "still", "problem"),
    [
        ((), "a text", ["x"], ""),
        (("x",), None, ["x"], ""),
        (("x",), "a text", [], ""),
        (("x",), "a text", ["one", "two"], "gw: after the save the saved configuration still differs: one"),
    ],
)
def test_after_a_save_what_differed_is_read_again(
    monkeypatch: pytest.MonkeyPatch, drift: tuple[str, ...], text: str | None, still: list[str], problem: str
) -> None:
    monkeypatch.setattr(apply_proof, "ConfigurationTexts", lambda _session: SimpleNamespace(saved=text))
    monkeypatch.setattr(apply_proof, "saved_drift", lambda *_: still)
    assert proof(drift=drift).problem_after_save() == problem


@pytest.mark.parametrize(("names", "facts"), [((), {}), (("theirs",), {"taken_over": ["theirs"]})])
def test_the_record_names_what_of_others_goes(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], facts: dict[str, Any]
) -> None:
    beside: dict[str, str] = {}
    monkeypatch.setattr(apply_proof, "found_beside_others", lambda *_given: beside)
    one = proof()
    one.facts.configuration.state = State()
    one.facts.configuration.taken_over, one.plan = names, Plan()
    assert one.record_facts() == facts
    one.plan = Plan(takes_away=("vpn vserver gw",))
    one.parameters.who, one.parameters.closing, one.parameters.scope = "J. Jansen", {}, "default"
    one.facts.records = SimpleNamespace(known=())
    assert one.record_facts() == {**facts, "decided_by": "J. Jansen"}
    beside["cve_of_another"] = "a"
    assert one.record_facts() == {**facts, "decided_by": "J. Jansen", "found_beside": {"cve_of_another": "a"}}


@pytest.mark.parametrize(("problem", "remarks"), [("", []), ("the disk is full", ["the disk is full"])])
def test_a_save_that_fails_on_the_secondary_is_a_remark(problem: str, remarks: list[str]) -> None:
    one = proof()
    one.state, one.secondary = None, SimpleNamespace(save=lambda *_: problem)
    one.facts.records = SimpleNamespace(known=("earlier",))
    one.save_secondary("record", lambda _session: None)
    assert one._remarks == remarks


VIP_PROOF: Any = SimpleNamespace(vip=GW, summary=dict)


def played(
    *,
    steps: tuple[str, ...] = ("a step",),
    changes: bool = True,
    can_probe: bool = True,
    harm: str = "",
    on_unproven: OnUnproven = OnUnproven.KEEP,
    proven: bool = True,
) -> tuple[Any, list[str]]:
    """Return a proof whose points are noted as they are called."""
    one, noted = proof(proven=proven, can_probe=can_probe), []  # type: ignore[var-annotated]
    one.plan = SimpleNamespace(steps=steps, changes=changes, proven_before="")
    one.parameters.on_unproven = on_unproven
    one.facts.rules = SimpleNamespace(blockers_after=("tq_x",))
    one.state = SimpleNamespace(configuration=State())
    one.facts.configuration.target = Target()
    one.proof = SimpleNamespace(harm=harm)
    one.secondary = SimpleNamespace(read_back=lambda _state: noted.append("secondary"))
    one.probe = lambda: noted.append("probe")
    one.read_hits = lambda policies: noted.append(f"hits of {policies}")
    one._state_after = lambda _objects: noted.append("state") or one.state
    one.content = lambda seal, grounds: {"seal": bool(seal), "proven": grounds}
    one._may_save = lambda is_good: is_good
    return one, noted


PROBED = ["probe", "hits of ('tq_x',)"]


@pytest.mark.parametrize(
    ("options", "calls", "harmed", "undone"),
    [
        ({}, ["state", "secondary", *PROBED], False, False),
        ({"changes": False, "steps": ()}, PROBED, False, False),
        ({"can_probe": False}, ["state", "secondary"], False, False),
        ({"harm": "it is gone"}, ["state", "secondary", "probe"], True, False),
        ({"harm": "it is gone", "steps": ()}, ["state", "secondary", *PROBED], False, False),
        ({"proven": False}, ["state", "secondary", *PROBED], False, False),
        ({"proven": False, "on_unproven": OnUnproven.REVERT}, ["state", "secondary", *PROBED], False, True),
        ({"on_unproven": OnUnproven.REVERT}, ["state", "secondary", *PROBED], False, False),
    ],
)
def test_after_a_change_it_is_probed_and_undone_where_it_harms(
    options: dict[str, Any], calls: list[str], harmed: bool, undone: bool
) -> None:
    one, noted = played(**options)
    found = one.after({})
    assert noted == calls
    assert found.harm == (Harm("legitimate traffic was harmed", "it is gone") if harmed else None)
    assert found.undo_because == ("it could not be proven, and on_unproven is revert" if undone else "")
    proven = options.get("proven", True)
    assert found.facts == ({} if harmed else {"seal": True, "proven": proven})
    assert harmed or found.may_save is proven
    assert one.is_written is True


@pytest.mark.parametrize(
    ("saved", "steps", "running", "text", "found", "put_back"),
    [
        (False, ("x",), "a text", "a text", True, True),
        (False, ("x",), "a text", "a text", False, False),
        (False, ("x",), "a text", "a text", None, False),
        (False, ("x",), None, "a text", True, False),
        (False, ("x",), "a text", None, True, False),
        (False, ("x",), "a text", "a text", NitroError("gw", "GET", 503, 0, "busy"), False),
        (False, (), "a text", "a text", True, False),
        (True, ("x",), "a text", "a text", True, False),
        (None, ("x",), "a text", "a text", True, False),
    ],
)
def test_what_is_put_back_is_saved_where_the_lines_were_read_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
    saved: bool | None,
    steps: tuple[str, ...],
    running: str | None,
    text: str | None,
    found: bool | NitroError | None,
    put_back: bool,
) -> None:
    def read(*_arguments: Any, **_options: Any) -> Any:
        if isinstance(found, NitroError):
            raise found
        return SimpleNamespace(saved=found)

    monkeypatch.setattr(
        apply_proof, "ConfigurationTexts", lambda _session: SimpleNamespace(running=running, saved=text)
    )
    monkeypatch.setattr(apply_proof, "read_saved_state", read)
    one = proof(saved=saved)
    one.plan = SimpleNamespace(steps=steps)
    assert one.finds_as_saved("record") is put_back


@pytest.mark.parametrize(
    ("can_probe", "steps", "probed"), [(True, ("x",), True), (False, ("x",), False), (True, (), False)]
)
def test_before_a_change_it_is_probed(can_probe: bool, steps: tuple[str, ...], probed: bool) -> None:
    one = proof(can_probe=can_probe, vips=None)
    one.plan, one.proof = SimpleNamespace(steps=steps), ProofResult()
    one.prover.probe = lambda: (VIP_PROOF,)
    one.before()
    assert one.proof.before == ((VIP_PROOF,) if probed else ())


@pytest.mark.parametrize(
    ("can_probe", "steps", "stages", "begun"),
    [
        (True, ("x",), (), ["read", 10]),
        (True, (), (), ["read", 5]),
        (True, ("x",), (1, 2), ["read", 20]),
        (False, ("x",), (), [0]),
    ],
)
def test_the_counters_are_read_and_noted_before_the_lease(
    can_probe: bool, steps: tuple[str, ...], stages: tuple[int, ...], begun: list[Any]
) -> None:
    """As many requests may be ours as each round of probes sends: before the change, after each stage, and after it."""
    one = proof(can_probe=can_probe, vips=None)
    one.plan, one.prover.most = SimpleNamespace(steps=steps, checkpoints=stages), 5 * can_probe
    told: list[Any] = []
    one.counted_run = SimpleNamespace(begin=lambda: told.append("read"), note_begun=told.append)
    one.note_begun()
    assert told == begun


@pytest.mark.parametrize(
    ("refused", "can_probe", "found", "harm"),
    [
        ("", True, [], None),
        ("", True, ["gw: x", "web: y"], Harm("legitimate traffic was harmed", "gw: x; web: y")),
        ("", False, ["gw: x"], None),
        ("busy", True, [], Harm("the management could no longer be reached", "busy")),
    ],
)
def test_after_a_stage_the_management_and_legitimate_traffic_must_answer(
    monkeypatch: pytest.MonkeyPatch, refused: str, can_probe: bool, found: list[str], harm: Harm | None
) -> None:
    def log_in() -> None:
        if refused:
            raise Refused(refused)

    monkeypatch.setattr(apply_proof, "harmed", lambda *_: found)
    one = proof(can_probe=can_probe)
    one.connection.log_in_again, one.proof = log_in, ProofResult()
    one.prover.probe = tuple
    assert one.after_stage() == harm


@pytest.mark.parametrize(("undone", "presence"), [(True, Presence.ABSENT), (False, Presence.CURRENT)])
def test_what_was_undone_is_absent_at_the_end(undone: bool, presence: Presence) -> None:
    one = proof()
    one.state = MeasureState(presence=Presence.CURRENT)
    one.end(saved=False, undone=undone, remarks=["a remark"])
    assert (one.state.presence, one.state.saved, one._remarks) == (presence, False, ["a remark"])


@pytest.mark.parametrize(
    ("is_bound", "steps", "proven", "depends_on_build", "is_kept"),
    [
        (True, ("a step",), True, True, True),
        (False, ("a step",), True, True, False),
        (True, (), True, True, False),
        (True, ("a step",), False, True, False),
        (True, ("a step",), True, False, False),
    ],
)
def test_what_is_bound_beside_ours_is_kept_before_an_apply_changes_it(
    *, is_bound: bool, steps: tuple[Any, ...], proven: bool, depends_on_build: bool, is_kept: bool
) -> None:
    """Seen in a night: proven until it only counted, past a policy that was in front of it when it was changed."""
    one, bound = proof(), {"policyname": "tq_x", "type": "REQ_OVERRIDE", "priority": 10}
    objects = {("responderglobal_responderpolicy_binding", ("tq_x", "REQ_OVERRIDE")): bound} if is_bound else {}
    one.plan = SimpleNamespace(steps=steps)
    one.parameters.owner, one.parameters.measure = (
        Owner("x", 1),
        SimpleNamespace(traits=traits(depends_on_build=depends_on_build)),
    )
    one.facts.configuration = SimpleNamespace(state=State(objects, {}), unshown={})
    earlier = SimpleNamespace(proof=SimpleNamespace(proven=proven, places="another"))
    one.facts.records = SimpleNamespace(known=(earlier,))
    found = one._found_beside()
    assert (list(found) == ["x"] and found["x"] != "another") is is_kept
    if is_kept:
        earlier.proof.places = found["x"]
        assert one._found_beside() == {"x": earlier.proof.places}
    else:
        assert found == {}
