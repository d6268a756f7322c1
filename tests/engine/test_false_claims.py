# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Claims that the engine must not make: each test is a case in which "mitigated", "saved" or "removed" could be untrue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.change_record import ChangeRecord
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import command_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof import hit_counters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_proof import RollbackProof

from tests.engine.records import records_of
from tests.stage.memory import MITIGATION, Stage

BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [
        {"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"},
        {"type": "vpn", "name": "gw_two", "address": "127.0.0.1:0", "protocol": "SSL"},
    ],
}
PAIR = {**BOX, "nodes": ["127.0.0.1:0", "127.0.0.1:0"]}
FIXED = "13.0 47.24"


def nitro(stage: Stage, method: str, path: str, body: dict[str, Any] | None = None, node: int = 0) -> None:
    """Make the change of a colleague on a node."""
    appliance = stage.appliance
    with Session(appliance, appliance.nodes[node]) as session:
        session.write(method, path, body)


def test_an_old_proof_says_nothing_of_a_vip_that_came_later(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    both, stage.variables["vips"] = stage.variables["vips"], stage.variables["vips"][:1]
    stage.apply()
    assert stage.status(probes="none").verdict.word == "partly"
    stage.variables["vips"] = both
    assert stage.status(probes="none").verdict.word == "partly"
    again = stage.apply()
    assert again.verdict.word == "mitigated"
    assert {proof.vip.name for proof in again.proof.after} == {"gw", "gw_two"}


@pytest.mark.parametrize("probes", ["none", "few"])
def test_an_attack_that_joined_the_entry_after_the_proof_is_not_proven(
    open_stage: Callable[..., Stage], probes: str
) -> None:
    """Seen: 'mitigated: proven ..., unchanged since', while the same run knew that the rule in place does not match it."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    known = MITIGATION.traffic.cases
    added = replace(next(case for case in known if case.attack), id="added", url="/vpn/js/other.js", probe=False)
    stage.mitigation = replace(MITIGATION, traffic=replace(MITIGATION.traffic, cases=(*known, added)))
    verdict = stage.status(probes=probes).verdict
    assert verdict.word == "applied, unproven"
    assert verdict.reason.startswith(
        "by our own evaluation, the rule in place does not stop an attack of its entry: GET /vpn/js/other.js is passed"
    )
    assert verdict.next_action == "correct the template or its traffic file, then apply.yml"
    stage.mitigation = MITIGATION
    assert stage.status(probes=probes).verdict.word == "mitigated"


def test_a_gateway_that_the_inventory_does_not_name_is_not_covered(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    del stage.variables["vips"][1]
    verdict = stage.apply().verdict
    assert verdict.word == "partly"
    assert any("gw_two" in text for text in verdict.missing)


def test_virtual_servers_that_may_not_be_read_are_not_covered_and_stop_nothing(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    appliance = stage.simulator.appliance("box")
    appliance.fault(kind="nitro_error", method="GET", type="vpnvserver", code=2138, times=0)
    result = stage.apply()
    assert [answer.status for proof in result.proof.after for answer, _sign in proof.signs].count(403) > 0, "proven"
    assert any("not known if netscaler_vips names all virtual servers" in text for text in result.verdict.missing)
    assert (result.verdict.word, stage.status().verdict.word) == ("partly", "partly")


def test_a_vip_that_may_not_be_probed_is_not_covered(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["vips"][1]["probe"] = False
    assert stage.apply().verdict.word == "partly"


def test_nothing_probed_is_a_failure_that_says_unsaved(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.variables["probe"] = False
    result = stage.apply()
    assert result.verdict.word == "applied, unproven"
    assert "not saved" in result.failed
    assert "not saved" in result.verdict.reason
    assert stage.configuration("saved") != stage.configuration()
    assert stage.apply(save="always").failed == ""
    assert stage.configuration("saved") == stage.configuration()


def test_a_save_that_was_refused_is_not_saved(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.simulator.appliance("box").fault("nitro_error", type="nsconfig", method="POST", action="save", code=257)
    with pytest.raises(TourniquetError, match="lost in a reboot"):
        stage.apply()
    assert stage.status(probes="few").verdict.word == "applied, not saved"


def test_a_change_that_somebody_makes_during_the_proof_is_not_saved_with_ours(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()

    def meanwhile(deployment: Deployment) -> None:
        probe = deployment.proof.prover.probe

        def probing() -> Any:
            proofs = probe()
            if deployment.record is not None:  # the probes after the change
                stage.simulator.appliance("box").advance(2)
                nitro(
                    stage,
                    "POST",
                    "responderpolicy",
                    {"responderpolicy": {"name": "x", "rule": "FALSE", "action": "NOOP"}},
                )
            return proofs

        deployment.proof.prover.probe = probing  # type: ignore[method-assign]

    with pytest.raises(TourniquetError, match="somebody else changed the configuration"):
        stage.apply(meanwhile)
    assert not any('"x"' in row for row in stage.configuration("saved"))


def test_nor_with_a_rollback(open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch) -> None:
    stage = open_stage()
    stage.apply()
    probe, rounds = RollbackProof.probe_controls, iter(range(10))

    def probing(*arguments: Any) -> Any:
        if next(rounds) == 1:  # the probes after the change
            stage.simulator.appliance("box").advance(2)
            theirs = {"name": "x", "rule": "FALSE", "action": "NOOP"}
            nitro(stage, "POST", "responderpolicy", {"responderpolicy": theirs})
        return probe(*arguments)

    monkeypatch.setattr(RollbackProof, "probe_controls", probing)
    with pytest.raises(TourniquetError, match="somebody else changed the configuration"):
        stage.rollback()
    assert not any('"x"' in row for row in stage.configuration("saved"))


def test_a_secondary_without_the_binding_is_not_covered(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR)
    assert stage.apply().verdict.word == "mitigated"
    args = f"policyname:tq_{MITIGATION.id},type:REQ_OVERRIDE"
    nitro(stage, "DELETE", f"responderglobal_responderpolicy_binding?args={args}", node=1)
    verdict = stage.status(probes="few").verdict
    assert verdict.word == "partly"
    assert "secondary" in verdict.reason


def test_a_pair_that_fails_over_between_the_look_and_the_write_is_left_alone(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR)
    before = [stage.configuration(node=node) for node in (0, 1)]
    with pytest.raises(Refused, match="failed over"):
        stage.apply(lambda _deployment: stage.simulator.appliance("box").failover())
    assert [stage.configuration(node=node) for node in (0, 1)] == before


def test_blocks_of_the_older_version_do_not_count_for_the_newer(open_stage: Callable[..., Stage]) -> None:
    """The probes before and after are both blocked, so the counters must rise by both."""
    stage = open_stage()
    stage.apply(version=1)
    result = stage.apply(version=2)
    assert result.verdict.word == "mitigated"
    expected = sum(proof.blocked for proof in (*result.proof.before, *result.proof.after))
    assert sum(result.proof.hits.values()) >= expected > sum(proof.blocked for proof in result.proof.after)


def test_after_the_fix_an_older_version_of_ours_goes_as_well(open_stage: Callable[..., Stage], tmp_path: Path) -> None:
    """Version 1 came from another control node, whose records we do not have."""
    stage = open_stage()
    before = stage.configuration()
    elsewhere, stage.records = stage.records, tmp_path / "other"
    stage.apply(version=1)
    stage.records = elsewhere
    stage.apply(version=2)
    stage.simulator.appliance("box").upgrade(FIXED)
    stage.rollback(why="after_fix", accept_exposure=False)
    assert not any("tq_" in row for row in stage.configuration())
    assert [row for row in stage.configuration() if "feature" not in row] == [
        row for row in before if "feature" not in row
    ]


def test_after_the_fix_the_peer_must_be_known_to_have_it_too(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(PAIR, build=FIXED)
    del stage.variables["nodes"][1]
    with pytest.raises(Refused, match="its build is not known"):
        stage.rollback(why="after_fix", accept_exposure=False)


def test_an_undo_does_not_bring_back_what_somebody_removed(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply(version=1)
    stage.apply(version=2)
    name = f"tq_{MITIGATION.id}"
    nitro(stage, "DELETE", f"responderglobal_responderpolicy_binding?args=policyname:{name},type:REQ_OVERRIDE")
    nitro(stage, "DELETE", f"responderpolicy/{name}")
    with pytest.raises(Refused, match="changed since by somebody else"):
        stage.rollback()


def test_a_rollback_that_died_at_its_very_end_counts(open_stage: Callable[..., Stage], monkeypatch: Any) -> None:
    """Otherwise a later one would disable a feature that somebody else has enabled since."""
    stage = open_stage()
    stage.apply()
    with monkeypatch.context() as patch:
        patch.setattr(ChangeRecord, "note", lambda *_arguments, **_facts: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            stage.rollback()
    stage.rollback()
    assert all(record.undone_by for record in records_of(stage.records, "box", MITIGATION.id)[:1])
    nitro(stage, "POST", "nsfeature?action=enable", {"nsfeature": {"feature": ["RESPONDER"]}})
    stage.rollback(why="after_fix")
    assert any("RESPONDER" in row for row in stage.configuration() if "nsfeature" in row)


def test_a_rule_that_locks_out_a_protected_address_is_refused(open_stage: Callable[..., Stage]) -> None:
    """The control node itself would pass; an address of always_allow would not."""
    stage = open_stage()
    stage.variables["always_allow"] = ["192.0.2.0/24"]
    theirs = {"name": "theirs", "rule": "CLIENT.IP.SRC.IN_SUBNET(192.0.2.128/25)", "action": "DROP"}
    nitro(stage, "POST", "responderpolicy", {"responderpolicy": theirs})
    binding = {"policyname": "theirs", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    nitro(
        stage, "POST", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": binding}
    )
    with pytest.raises(Refused, match=r"theirs would block the management request .* from 192\.0\.2\.255"):
        stage.apply(unsaved="apply_without_save", accept_sleeping_policies=("theirs",))


def test_a_licence_that_is_not_told_is_said(open_stage: Callable[..., Stage], monkeypatch: Any) -> None:
    stage = open_stage()
    read = Session.read

    def reading(session: Session, type_: str, *arguments: Any, **options: Any) -> Any:
        return [] if type_ == "nslicense" else read(session, type_, *arguments, **options)

    monkeypatch.setattr(Session, "read", reading)
    assert any("licence" in text for text in stage.apply().verdict.missing)


def test_a_cluster_is_refused_with_one_message_whatever_is_asked(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(cluster=True)
    verdict = stage.status(probes="few").verdict
    assert (verdict.word, verdict.reason.split(",")[0]) == ("unknown", "this is a NetScaler cluster")
    assert not [text for text in verdict.missing if "no VIP is known" in text], "seen: of one that netscaler_vips names"
    assert verdict.next_action.startswith("mitigate it by hand"), 'seen: "make it readable", which nobody can'
    assert command_values(verdict.next_action) == [], "status.yml would say the same for ever"
    for verb in (stage.apply, stage.rollback, stage.rollback_all):
        with pytest.raises(Refused, match=r"^box: this is a NetScaler cluster, .* Nothing was changed\.$"):
            verb()
    assert stage.apply_all().failed.startswith("this is a NetScaler cluster")
    sent = [(r["method"], r["target"].rpartition("/")[2]) for r in stage.simulator.requests() if r["side"] == "nitro"]
    assert {target for method, target in sent if method != "GET"} == {"login", "logout"}


def test_an_attack_that_passes_ends_the_proof_before_it(open_stage: Callable[..., Stage]) -> None:
    """A colleague binds a policy in front of ours and takes it off again: nobody knows since when the attack passed, so it is to be proven again."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    policy = {"name": "first", "rule": "true", "action": "NOOP"}
    binding = {"policyname": "first", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    nitro(stage, "POST", "responderpolicy", {"responderpolicy": policy})
    nitro(stage, "PUT", "responderglobal_responderpolicy_binding", {"responderglobal_responderpolicy_binding": binding})
    found = stage.status()
    assert {proof.sign.value for proof in found.proof.after} == {"vulnerable"}
    newest = records_of(stage.records, "box", MITIGATION.id)[-1]
    assert (newest.kind, newest.path) == ("verify", Path(found.record))
    assert newest.proof is not None
    assert (newest.proof.proven, len(newest.proof.contradicted)) == (False, 2)
    assert newest.proof.contradicted[0].startswith("an attack passes at gw")
    nitro(stage, "DELETE", "responderglobal_responderpolicy_binding?args=policyname:first,type:REQ_OVERRIDE,priority:5")
    seen = stage.status(probes="none").verdict
    assert (seen.word, newest.path.stem in seen.reason) == ("exposed", True), (
        "that nobody tried again does not end what a run has seen"
    )
    assert stage.apply().verdict.word == "mitigated"
    assert stage.status(probes="none").verdict.word == "mitigated"


def test_an_attack_that_passes_where_nothing_of_ours_was_ever_there_has_no_record(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    assert (stage.status().verdict.word, records_of(stage.records, "box", MITIGATION.id)) == ("exposed", [])


def test_a_proof_that_is_lost_while_a_wave_waits_is_no_proof(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next wave must not begin: apply.yml proves each appliance again after the wait."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    assert not stage.status().proof_is_lost

    def fail(*_words: Any) -> int:
        raise NitroError("box", "GET stat", 500, 1, "no")

    monkeypatch.setattr(hit_counters, "read_hits", fail)
    again = stage.status()
    assert again.verdict.word == "applied, unproven"
    assert again.proof_is_lost
    stage.run = "another"
    assert not stage.status().proof_is_lost, "another run has promised nothing"
