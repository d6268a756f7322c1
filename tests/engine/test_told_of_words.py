# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""`reduces exposure`, `ineffective on this build` and `partly`: what the verdict says, ledger, letters, call list, audit and reopen say too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.acknowledgement import Acknowledgement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.hunt_result import HuntResult
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.today import Today
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.history import ledger_rows
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure.reopen_answer import (
    CustomerAnswer,
    ReopenAnswer,
    answer_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import measure_in_place
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.deployment import Deployment, Result
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.ledger_files import ledger_csv
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.reopen.switch_on import Reopening

from tests.engine import control_nodes
from tests.engine.records import records_of
from tests.engine.told import ENTRIES, IN_2020, Told, read
from tests.stage.memory import MITIGATION, Stage

BOX = control_nodes.BOX
TODAY = date(2026, 11, 28)
"""After the bulletin of 27 September 2026 on rules with URL expressions."""
WORKS = ("is bewezen:", "it was proven:")
LASTS = ("Wij hebben geen bewijs dat dit voorbij is.", "We have no proof that this is over.")
PROTECTED = (*WORKS, "Dat duurde tot", "That lasted until")


def applied(stage: Stage, as_of: date = TODAY) -> Result:
    with Connection(stage.appliance) as connection:
        return Deployment(connection, replace(stage.parameters(), as_of=as_of)).apply()


def require_unprotected(found: Told, word: str) -> None:
    row, text = found.row(), found.letters()
    assert row["measure"]["word"] == word
    assert not row["proven"]["time"]
    assert not [words for words in WORKS if words in text]
    assert all(words in text for words in LASTS)


@pytest.mark.parametrize("as_of", [IN_2020, TODAY], ids=["applied before the bulletin", "applied after it"])
def test_a_rule_that_can_be_bypassed_ends_no_exposure(open_stage: Callable[..., Stage], as_of: date) -> None:
    stage = open_stage()
    result = applied(stage, as_of)
    in_time = read(stage)
    found = read(stage, as_of=TODAY)
    require_unprotected(found, "reduces exposure")
    assert "reduces exposure: since 2026-09-27 the vendor says" in found.row()["reason"]
    assert "reduces exposure,since 2026-09-27 the vendor says" in ledger_csv(found.ledger["appliances"])
    assert "De noodmaatregel houdt niet elke aanval op box tegen." in found.letter("nl")
    assert "The emergency measure does not stop every attack on box." in found.letter("en")
    assert "op 27 september 2026." in found.letter("nl")
    assert "measure can be bypassed" in found.duties["impact"]
    if as_of == TODAY:
        assert result.verdict.word == "reduces exposure"
        assert "applied, saved, reduces exposure" in found.last_run
    else:
        assert in_time.row()["measure"]["word"] == "mitigated"
        said = found.letter("nl", in_time.previous)
        assert "is bewezen: de noodmaatregel werkt op box" in said.partition("1. Wat is er aan de hand?")[0]
        assert "weten wij:\n    De noodmaatregel houdt niet elke aanval op box tegen." in said


def test_a_measure_without_effect_on_the_build_does_not_work_whatever_its_probes_say(
    open_stage: Callable[..., Stage],
) -> None:
    """A rule was brought in while the build evaluated it, and a node runs an older build of the list now."""
    stage = open_stage()
    stage.apply()
    records = records_of(stage.records, "box", MITIGATION.id)
    deaf = Today(datetime.fromisoformat("2026-12-24T10:00:00+00:00"), {"10.0.0.1": Build.parse("12.1 50.28")})
    (row,) = ledger_rows(
        stage.appliance, [e for e in ENTRIES if e.id == MITIGATION.id], records, deaf, HuntResult(), IN_2020
    )
    assert row.measure.word == "ineffective on this build"
    assert not row.proven.is_known
    assert "ineffective on this build: 12.1 50.28" in answer_of(row).reason


def test_a_pair_whose_secondary_was_not_reached_is_not_proven(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage(control_nodes.PAIR)
    stage.simulator.appliance("box").fault("refuse", node=1)
    result = stage.apply()
    found = read(stage)
    assert result.verdict.word == "partly"
    require_unprotected(found, "partly")
    assert "Wij hebben nog geen bewijs dat de noodmaatregel werkt op box." in found.letter("nl")
    assert "partly" in found.last_run


def dated(stage: Stage, *days: str) -> list[datetime]:
    """Return the records of the stage, in turn moved to some days."""
    found = records_of(stage.records, "box", MITIGATION.id)
    for record, day in zip(found, days, strict=True):
        record.content = record.content.with_values(started=day, finished=day)
    return found


def test_reopen_is_refused_by_what_only_counts(open_stage: Callable[..., Stage]) -> None:
    """Mitigated and proven before the exploit: patch and open. Observing since: assume that somebody got in."""
    stage = open_stage()
    stage.apply()
    entry = [one for one in ENTRIES if one.id == MITIGATION.id]
    builds = {str(node): Build.parse("13.0 47.22") for node in stage.appliance.nodes}
    today = Today(datetime.fromisoformat("2020-01-26T10:00:00+00:00"), builds)

    def answers(_connection: Connection | None, customers: tuple[str, ...], *days: str) -> tuple[CustomerAnswer, ...]:
        (row,) = ledger_rows(stage.appliance, entry, dated(stage, *days), today, HuntResult(), today.at.date())
        return tuple(CustomerAnswer("box", one, (answer_of(row),)) for one in customers)

    in_december, later = "2019-12-20T21:00:00+00:00", "2020-01-05T10:00:00+00:00"
    (before,) = answers(None, ("",), in_december)
    assert before.answer is ReopenAnswer.PATCH_FIRST
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a customer")
    stage.lockdown()
    with Connection(stage.appliance) as connection:
        run = Reopening(
            connection,
            stage.switch_parameters("reopen"),
            find_answers=lambda c, names: answers(c, names, in_december, later),
        )
        with pytest.raises(
            Refused, match="our measure observes and does not block: it only counts since 2020-01-05 10:00 UTC"
        ):
            run.plan()


def by_hand(stage: Stage, method: str, path: str, body: dict[str, object] | None = None) -> None:
    """A colleague changes the appliance, and saves it."""
    with Connection(stage.appliance) as connection:
        connection.primary.write(method, path, body)
        connection.primary.save()


NAME = "tq_cve_2019_19781"
BY_HAND = {
    "it is unbound": ("DELETE", f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE,priority:10", None),
    "it only counts": ("PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "action": "NOOP"}}),
    "its rule is another": ("PUT", "responderpolicy", {"responderpolicy": {"name": NAME, "rule": 'HTTP.REQ.URL.CONTAINS("/nobody")'}}),
    "the feature is off": ("POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}}),
}  # fmt: skip


@pytest.mark.parametrize("change", BY_HAND)
def test_what_somebody_changed_on_the_appliance_since_is_not_called_proven(
    open_stage: Callable[..., Stage], change: str
) -> None:
    """Status says it of the same minute; the records know nothing of it."""
    stage = open_stage()
    stage.apply()
    before = read(stage)
    assert before.row()["measure"]["word"] == "mitigated"
    by_hand(stage, *BY_HAND[change])
    assert stage.status(probes="none").verdict.word in ("drifted", "exposed", "observe, not blocking")
    found = read(stage)
    require_unprotected(found, "drifted")
    assert "Wij hebben nog geen bewijs dat de noodmaatregel werkt op box." in found.letter("nl")
    said = found.letter("nl", before.previous).partition("1. Wat is er aan de hand?")[0]
    assert "is bewezen: de noodmaatregel werkt op box" in said


def test_what_cannot_be_read_of_the_measure_is_told(
    open_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = open_stage()
    stage.apply()

    def broken(*_arguments: object) -> None:
        raise NitroError("box", "GET responderpolicy", 403, 1000, "not authorized")

    monkeypatch.setattr(measure_in_place, "observe", broken)
    found = read(stage)
    assert any(
        "what is in place of cve_2019_19781 was not read: box: GET responderpolicy: HTTP 403" in one
        for one in found.row()["conflicts"]
    )


def test_a_build_with_the_fix_that_needs_a_setting_too_is_fixed_once_it_has_it(
    open_stage: Callable[..., Stage],
) -> None:
    """Status says exposed of the same appliance; the ledger said fixed, and the letter that the exposure was over."""
    isn = "cve_2026_88778"
    stage = open_stage(BOX, build="14.1 73.46")
    found = read(stage, isn, as_of=TODAY)
    row = found.row(isn)
    assert (row["is_fixed"], row["answer"]) == (False, "patch_first")
    assert "builds with the fix need a setting too: " in row["reason"]
    assert not [words for words in ("verbeterde versie", "corrected version", *PROTECTED) if words in found.letters()]
    by_hand(stage, "PUT", "nstcpparam", {"nstcpparam": {"enhancedisngeneration": "ENABLED"}})
    found = read(stage, isn, as_of=TODAY)
    assert (found.row(isn)["is_fixed"], found.row(isn)["answer"]) == (True, "open")
    assert "De verbeterde versie van de leverancier staat op box." in found.letter("nl")


def test_a_build_that_was_never_affected_is_not_told_as_the_corrected_version(
    open_stage: Callable[..., Stage],
) -> None:
    """The vendor corrected nothing there; the ledger of the same minute said that the build never had the weakness."""
    found = read(open_stage(BOX, build="13.1 37.100"))
    row = found.row()
    assert (row["is_fixed"], row["is_never_affected"], row["answer"]) == (True, True, "open")
    assert "13.1 37.100 never had it" in row["reason"]
    assert not [words for words in ("verbeterde versie", "corrected version", *PROTECTED) if words in found.letters()]


def test_admin_partitions_that_cannot_be_listed_are_told(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").fault("nitro_error", type="nspartition", method="GET", code=2138)
    (problem,) = read(stage).row()["conflicts"]
    assert (
        "what is in place of cve_2019_19781 was not read: box: whether there are admin partitions cannot be read"
        in problem
    )


def test_what_somebody_switched_on_again_is_not_told_to_be_closed(open_stage: Callable[..., Stage]) -> None:
    """It ended the exposure too, and nobody but the appliance knew."""
    stage = open_stage()
    stage.lockdown()
    closed = read(stage)
    assert "De toegang via box is dicht sinds" in closed.letter("nl")
    assert closed.row()["whole_closed"]
    assert "Dat duurde tot" in closed.letter("nl"), "the end of the exposure"
    by_hand(stage, "POST", "vpnvserver?action=enable", {"vpnvserver": {"name": "gw"}})
    found = read(stage)
    text = found.letter("nl")
    assert "is dicht sinds" not in text
    assert "De toegang via box ging dicht op" in text
    assert "De toegang via box is open." in text
    assert "Wij hebben geen bewijs dat dit voorbij is." in text
    assert "no run of ours has opened it" in found.row()["reopened"]["source"]
    assert "closed" not in found.duties["impact"]
    assert "blijft dicht" not in str(found.ledger)


def test_a_proof_from_before_it_only_counted_is_none_of_what_blocks_again(open_stage: Callable[..., Stage]) -> None:
    """Seen: mitigated, 'proven, unchanged since', and the letter of it, by a proof that it counts, or by one from before it only counted."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a portal")
    stage.variables["probe"] = False
    again = stage.apply(save="always")
    assert (again.saved_now, str(again.verdict.word)) == (True, "applied, unproven"), again.verdict
    stage.variables["probe"] = True
    said, found = stage.status(probes="none").verdict, read(stage)
    require_unprotected(found, "applied, unproven")
    assert (str(said.word), said.reason) == ("applied, unproven", "no proof holds for it as it is now")
    stage.run = "proving"
    stage.status(probes="all")
    assert (str(stage.status(probes="none").verdict.word), read(stage).row()["measure"]["word"]) == (
        "mitigated",
        "mitigated",
    )


def test_a_proof_from_before_somebody_switched_it_off_is_none_of_what_we_put_back(
    open_stage: Callable[..., Stage],
) -> None:
    """Seen: 'proven, unchanged since' of a rule that a colleague had let only count, and that a run put back without a proof."""
    stage = open_stage()
    stage.apply()
    with Connection(stage.appliance) as connection:
        policy = {"name": f"tq_{MITIGATION.id}", "action": "NOOP"}
        connection.primary.write("PUT", "responderpolicy", {"responderpolicy": policy})
        connection.primary.save()
    stage.variables["probe"] = False
    again = stage.apply(save="always")
    stage.variables["probe"] = True
    assert (len(again.plan.steps), again.saved_now, str(again.verdict.word)) == (1, True, "applied, unproven")
    require_unprotected(read(stage), "applied, unproven")
    assert stage.status(probes="none").verdict.reason == "no proof holds for it as it is now"


def test_a_hole_that_a_verify_found_ends_the_proof(open_stage: Callable[..., Stage]) -> None:
    """Seen: verify says partly, and ends with 2; the ledger after it says mitigated, and the letter that it is proven to work."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    policy = {"name": "rp_hole", "rule": 'HTTP.REQ.HEADER("X-Dev").EXISTS', "action": "NOOP"}
    place = {"policyname": "rp_hole", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    with Connection(stage.appliance) as connection:
        connection.primary.write("POST", "responderpolicy", {"responderpolicy": policy})
        binding = "responderglobal_responderpolicy_binding"
        connection.primary.write("PUT", binding, {binding: place})
        connection.primary.save()
    stage.run = "looking"
    assert stage.status(probes="all").verdict.word == "partly"
    found = read(stage)
    require_unprotected(found, "partly")
    assert "Wij hebben nog geen bewijs dat de noodmaatregel werkt op box." in found.letter("nl")
    assert "partly" in found.last_run
    with Connection(stage.appliance) as connection:
        connection.primary.write("DELETE", f"{binding}?args=policyname:rp_hole,type:REQ_OVERRIDE,priority:5")
        connection.primary.save()
    stage.run = "proving"
    assert stage.status(probes="all").verdict.word == "mitigated"
    assert read(stage).row()["measure"]["word"] == "mitigated"


HOLE = 'HTTP.REQ.HEADER("X-Dev").EXISTS'


def put_in_front(stage: Stage, rule: str = HOLE, action: str = "NOOP", partition: str = "default") -> None:
    """A colleague binds a policy in front of ours, and saves it; no run of ours has looked since."""
    place = {"policyname": "rp_hole", "priority": 5, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    with Connection(stage.appliance) as connection:
        connection.enter(partition)
        policy = {"name": "rp_hole", "rule": rule, "action": action}
        connection.primary.write("POST", "responderpolicy", {"responderpolicy": policy})
        binding = "responderglobal_responderpolicy_binding"
        connection.primary.write("PUT", binding, {binding: place})
        connection.primary.save()


def test_what_somebody_put_in_front_since_is_not_called_proven(open_stage: Callable[..., Stage]) -> None:
    """Seen: status says partly, and in the same minute the ledger mitigated and proven, and the letter that it works."""
    stage = open_stage()
    assert stage.apply().verdict.word == "mitigated"
    before = read(stage)
    put_in_front(stage)
    verdict = stage.status(probes="none").verdict
    assert verdict.word == "partly"
    found = read(stage)
    require_unprotected(found, "partly")
    assert found.row()["measure"]["reason"] == verdict.reason
    assert "Wij hebben nog geen bewijs dat de noodmaatregel werkt op box." in found.letter("nl")
    said = found.letter("nl", before.previous).partition("1. Wat is er aan de hand?")[0]
    assert "is bewezen: de noodmaatregel werkt op box" in said, "it corrects the letter before"
    assert "measure not proven" in found.duties["impact"]


@pytest.mark.parametrize(
    ("rule", "action"),
    [(HOLE, "DROP"), ('HTTP.REQ.URL.EQ("/healthcheck")', "NOOP"), ("false", "NOOP")],
    ids=["it answers", "for no attack", "never"],
)
def test_what_lets_no_attack_past_is_to_be_seen_by_a_proof(
    open_stage: Callable[..., Stage], rule: str, action: str
) -> None:
    """Seen: the ledger said mitigated, and status asked for a proof with the policy in front."""
    stage = open_stage()
    stage.apply()
    put_in_front(stage, rule, action)
    row = read(stage).row()
    assert (row["measure"]["word"], row["conflicts"]) == ("applied, unproven", [])
    assert stage.status(probes="none").verdict.word == "applied, unproven"
    stage.status(probes="few")
    row = read(stage).row()
    assert (row["measure"]["word"], row["conflicts"]) == ("mitigated", [])


def test_what_is_not_decided_is_told_in_the_ledger_too(open_stage: Callable[..., Stage]) -> None:
    stage = open_stage()
    stage.apply()
    put_in_front(stage, "HTTP.REQ.URL.REGEX_MATCH(re/^.health[0-9]+/)")
    row = read(stage).row()
    assert row["measure"]["word"] == "applied, unproven"
    (conflict,) = row["conflicts"]
    assert conflict.startswith("rp_hole (REQ_OVERRIDE 5, END) lets requests go on before ours")
    assert conflict.endswith("; not decided: is an attack among them?")


def test_what_a_person_has_acknowledged_by_name_is_in_ledger_and_status_alike(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    stage.apply()
    put_in_front(stage)
    known = Acknowledgement("J. Jansen", "the test client of the customer", date(2099, 12, 31), policy="rp_hole")
    expired = replace(known, until=date(2020, 1, 1))
    assert read(stage, acknowledgements=(known,)).row()["conflicts"][0].endswith(f"({known})")
    for given, word in (((known,), "mitigated"), ((expired,), "partly")):
        stage.run = f"looking at {word}"
        assert stage.status(probes="few", acknowledgements=given).verdict.word == word
        assert read(stage, acknowledgements=given).row()["measure"]["word"] == word


def test_what_somebody_put_in_front_in_an_admin_partition_counts(open_stage: Callable[..., Stage]) -> None:
    tenant = {
        "features": ["LB"],
        "vservers": [{"type": "lb", "name": "shop", "address": "127.0.0.4:0", "protocol": "HTTP"}],
    }
    stage = open_stage(BOX, partitions={"tenant_a": tenant})
    for vip in (one for one in stage.variables["vips"] if one["name"] == "shop"):
        vip.update(partition="tenant_a", tls=False)
    assert stage.apply_all(save="always").partitions["tenant_a"].verdict.word == "mitigated"
    put_in_front(stage, partition="tenant_a")
    assert stage.status_all(probes="none").partitions["tenant_a"].verdict.word == "partly"
    state = read(stage).row()["measure"]
    assert state["word"] == "partly"
    assert state["reason"].startswith("partition tenant_a: rp_hole (REQ_OVERRIDE 5, END) lets requests go on")


@pytest.mark.parametrize("looked", [True, False], ids=["verified after the upgrade", "removed at once"])
def test_a_removal_after_the_fix_takes_nothing_off_before_it(open_stage: Callable[..., Stage], *, looked: bool) -> None:
    """Seen: upgraded, then removed. The removal is the first record of the fix: 'took it off before the fix', and 'measure taken off' as what to call for."""
    stage = open_stage()
    stage.apply()
    stage.simulator.appliance("box").upgrade("13.0 92.31")
    if looked:
        stage.run = "looking"
        stage.status(probes="all")
    stage.rollback(why="after_fix", accept_exposure=False)
    found = read(stage)
    assert (found.row()["is_fixed"], found.row()["measure"]["word"], found.row()["conflicts"]) == (
        True,
        "mitigated",
        [],
    )
    dutch = found.letter("nl")
    assert "Die was niet meer nodig." in dutch
    assert not found.facts.of(FactKind.TAKEN_OFF)
    assert dutch.index("De verbeterde versie") < dutch.index("weggehaald"), "in its order"
    assert "measure taken off" not in found.duties["impact"]


WATCHED = {"mode": Mode.OBSERVE, "who": "J. Jansen", "reason": "it stops a customer"}


def test_an_undo_that_puts_back_what_was_proven_is_told_so(open_stage: Callable[..., Stage]) -> None:
    """Seen: status says mitigated, and proven; the ledger 'applied, unproven' until the next verify."""
    stage = open_stage()
    stage.apply()
    stage.run = "watching"
    stage.apply(**WATCHED)
    stage.run = "undoing"
    stage.rollback()
    assert stage.status(probes="none").verdict.word == "mitigated"
    found = read(stage)
    first, _second, undo = records_of(stage.records, "box", MITIGATION.id)
    assert found.row()["measure"]["word"] == "mitigated"
    assert found.row()["proven"]["time"] == undo.finished, (
        "the exposure ended with the undo, and not with the first proof"
    )
    assert (
        found.row()["proven"]["source"]
        == f"record {undo.name[:-5]}, which put back what record {first.name[:-5]} proved"
    )
    assert "is bewezen: de noodmaatregel werkt op box" in found.letter("nl")


@pytest.mark.parametrize("case", ["never proven", "changed by hand", "on another build"])
def test_an_undo_of_what_nobody_proved_is_no_proof(open_stage: Callable[..., Stage], case: str) -> None:
    stage = open_stage()
    stage.variables["probe"] = case != "never proven"
    stage.apply(save="always")
    if case == "changed by hand":
        by_hand(stage, *BY_HAND["its rule is another"])
    stage.run = "second"
    stage.variables["probe"] = case not in ("never proven", "changed by hand")
    stage.apply(save="always", **({} if case == "changed by hand" else WATCHED))
    if case == "on another build":
        stage.simulator.appliance("box").upgrade("13.0 41.28")
    stage.run = "undoing"
    stage.rollback()
    assert read(stage).row()["measure"]["word"] not in ("mitigated", "reduces exposure")


def test_what_was_proven_by_a_later_run_without_changes_goes_with_the_undo(open_stage: Callable[..., Stage]) -> None:
    """The undo names the run that brought it in, and not the one that proved it: the letter still said that it was proven to work."""
    stage = open_stage()
    stage.variables["probe"] = False
    assert stage.apply().verdict.word == "applied, unproven"
    stage.variables["probe"] = True
    proving = stage.apply()
    assert (proving.verdict.word, proving.plan.steps, read(stage).row()["measure"]["word"]) == (
        "mitigated",
        (),
        "mitigated",
    )
    stage.rollback()
    found = read(stage)
    assert stage.status().verdict.word == "exposed"
    require_unprotected(found, "taken off")
    assert "hebben wij de noodmaatregel weggehaald van box" in found.letter("nl")
    assert "measure taken off" in found.duties["impact"]


@pytest.mark.parametrize("change", ["it is unbound", "the feature is off"])
@pytest.mark.parametrize("protected", [False, True], ids=["alone", "after a proof"])
def test_what_only_counted_and_is_not_evaluated_any_more_only_counts_no_longer(
    open_stage: Callable[..., Stage], change: str, *, protected: bool
) -> None:
    """Seen: ledger and letter said that it only counts, of a rule that nothing evaluated; status called it drifted."""
    stage = open_stage()
    if protected:
        stage.apply()
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a customer")
    assert read(stage).row()["measure"]["word"] == "observe, not blocking"
    by_hand(stage, *BY_HAND[change])
    assert stage.status(probes="none").verdict.word in ("drifted", "exposed")
    found = read(stage)
    row = found.row()
    assert (row["measure"]["word"], row["course"][-1]["state"]) == ("drifted", "drifted")
    (stage_of_it,) = (one for one in row["stages"] if one["doing"] == "observes")
    assert (stage_of_it["until"]["confidence"], stage_of_it["until"]["source"]) == ("assumed", READ_FROM)
    assert "only watches" not in found.letters()
    assert "kijkt de noodmaatregel alleen mee" not in found.letters()
    assert (
        "the emergency measure only watched. It did not stop the attack on box. That lasted until a day that we do not know."
        in found.letter("en")
    )


def test_a_rule_that_somebody_changed_and_that_still_only_counts_only_counts(
    open_stage: Callable[..., Stage],
) -> None:
    stage = open_stage()
    stage.apply(mode=Mode.OBSERVE, who="J. Jansen", reason="it stops a customer")
    by_hand(stage, *BY_HAND["its rule is another"])
    found = read(stage)
    assert found.row()["measure"]["word"] == "observe, not blocking"
    assert "only watches" in found.letter("en")


READ_FROM = "the configuration of the appliance"
