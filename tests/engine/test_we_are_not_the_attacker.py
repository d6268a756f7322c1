# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Nobody but us is there, and no verb finds anybody else: our requests are ours in status and in the alarm, at all policies of ours and whatever they prove."""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.sent_probes import (
    OTHERS,
    sent_probes,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.awaited_records import (
    Awaited,
    AwaitedRecords,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.measure import load_appfw_log
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.meanings import meaning_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import counted_requests
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.run import RaiseAlarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rollback.rollback_plan import RollbackReason

from simulator import Simulator
from tests.engine.settings_stage import AS_OF, Settings
from tests.engine.whitelist_stage import WhitelistStage
from tests.stage.memory import CATALOGUE

NAME = "tq_cve_2019_19781"
BOX: dict[str, Any] = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN", "RESPONDER", "APPFW"],
    "user_defined_audit_log": "YES",
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.1:0", "protocol": "SSL"}],
}
WHITELIST = [{"vserver": "gw", "kind": "vpn", "mode": "observe", "base": ["gateway"]}]
ATTACK = TrafficCase("attack", True, "GET", "/vpn/../vpns/cfg/smb.conf")


@pytest.fixture
def stage(simulator: Simulator, tmp_path: Path) -> WhitelistStage:
    simulator.reset()
    return WhitelistStage(simulator, tmp_path / "records")


def runs(stage: WhitelistStage, number: int) -> None:
    stage.run = f"{number:010x}"


def by_others(stage: WhitelistStage, **options: Any) -> dict[str, int]:
    """Return by policy the hits that a status shows as those of others; none where there are none."""
    counted = counted_requests(str(stage.records.parent / "alarms"), stage.name)
    found = stage.status(probes=Probes.NONE, counted=counted, **options)
    hits = found.facts.configuration.observation.hits
    return {name: count for name in hits if (count := hits[name] - found.probe_hits.get(name, 0))}


def alarm(stage: WhitelistStage) -> dict[str, Any]:
    """Return the result of alarm.yml."""
    options = {
        "catalogue": str(CATALOGUE.parent),
        "records": str(stage.records),
        "record_key": "",
        "allowed_signers": "",
        "alarms": str(stage.records.parent / "alarms"),
        "receiver": "none",
        "within": 1,
    }
    return RaiseAlarms(stage.appliance, options, False, False).values()


def attempts(stage: WhitelistStage) -> list[str]:
    return [f"{one['level']}: {one['what']}" for one in alarm(stage)["findings"]]


def test_switched_to_observe_and_back_there_are_no_hits_by_others(stage: WhitelistStage) -> None:
    for number, mode in enumerate((Mode.ENFORCE, Mode.OBSERVE, Mode.ENFORCE, Mode.OBSERVE)):
        runs(stage, number)
        stage.apply(mode=mode, who="J. Jansen", reason="a test")
        assert by_others(stage, mode=mode) == {}, mode


def test_the_undo_of_a_switch_back_leaves_no_hits_by_others(stage: WhitelistStage) -> None:
    """After it the policy only counts, also the requests that the undo sends to see what it has done."""
    for number, mode in enumerate((Mode.ENFORCE, Mode.OBSERVE, Mode.ENFORCE)):
        runs(stage, number)
        stage.apply(mode=mode, who="J. Jansen", reason="a test")
    runs(stage, 8)
    stage.rollback(why=RollbackReason.UNDO)
    assert by_others(stage, mode=Mode.OBSERVE) == {}
    runs(stage, 9)
    stage.apply()
    assert by_others(stage) == {}


def test_a_verify_that_proves_nothing_counts_its_requests(stage: WhitelistStage) -> None:
    """The policy observes, and enforcing is asked for: nothing is proven, no record is written."""
    stage.apply(mode=Mode.OBSERVE)
    stage.variables["marker"] = "other"
    for number in range(1, 3):
        runs(stage, number)
        found = stage.status(probes=Probes.ALL)
        assert by_others(stage) == {}, found.verdict
    assert attempts(stage) == []


def test_the_requests_of_one_measure_are_ours_at_the_policies_of_another(stage: WhitelistStage) -> None:
    """Seen: 'ATTEMPT matched 78 requests of others', which were three verifies of a mitigation, counted by what only logs."""
    stage.play("apply", WHITELIST)
    stage.apply()
    assert attempts(stage) == []
    for number in range(1, 4):
        runs(stage, number)
        stage.status(probes=Probes.ALL)
    assert by_others(stage) == {}
    assert attempts(stage) == []
    vip = next(iter(stage.appliance.vips or ()))
    Prober("somebody", None).ask(vip, ATTACK)
    assert sum(by_others(stage).values()) >= 1
    assert any("1 request of others" in one for one in attempts(stage)), "an attack is one, and no run hides it"


def test_what_the_application_firewall_logs_of_our_probes_is_ours(simulator: Simulator, stage: WhitelistStage) -> None:
    stage.apply()
    firewall = Settings(simulator, stage.records, load_appfw_log(True, "box", AS_OF))
    assert firewall.apply().verdict.word == "enforcing"
    assert attempts(stage) == []
    for number in range(1, 4):
        runs(stage, number)
        stage.status(probes=Probes.ALL)
    assert attempts(stage) == []


def test_a_note_never_has_more_than_the_run_sent(stage: WhitelistStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody attacks while we verify: what is more than our requests is theirs."""
    stage.play("apply", WHITELIST)
    stage.apply()
    ask_all, vip = Prober.ask_all, next(iter(stage.appliance.vips or ()))
    sent: list[int] = []

    def beside(prober: Prober, *arguments: Any) -> Any:
        found = ask_all(prober, *arguments)
        sent.append(prober.sent)
        for _number in range(300):
            Prober("somebody", None).ask(vip, ATTACK)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(Prober, "ask_all", beside)
        runs(stage, 1)
        stage.status(probes=Probes.ALL)
    *_earlier, noted = [one.counted for one in sent_probes(stage.records, "box") if one.counted]
    assert max(noted.hits.values()) <= sent[-1]
    assert sum(by_others(stage).values()) >= 300


def test_the_verify_of_another_control_node_is_ours_where_its_notes_are_here(
    simulator: Simulator, stage: WhitelistStage
) -> None:
    stage.apply(mode=Mode.OBSERVE)
    second = WhitelistStage(simulator, stage.records.parent / "second")
    second.variables["marker"] = "other"
    runs(second, 7)
    second.status(probes=Probes.ALL)
    there = by_others(stage, mode=Mode.OBSERVE)
    assert there[NAME] > 20, "who sent them is not known here"
    (stage.records / OTHERS / "second").mkdir(parents=True, mode=0o700)
    (stage.records / OTHERS).chmod(0o700)
    (second.records / "box").rename(stage.records / OTHERS / "second" / "box")
    assert by_others(stage, mode=Mode.OBSERVE) == {}
    (path,) = (stage.records / OTHERS / "second" / "box").glob("probes_*")
    last = json.loads(path.read_text().splitlines()[-1])
    last["counted"]["hits"][NAME] += 1
    path.write_text(json.dumps(last) + "\n")
    assert by_others(stage, mode=Mode.OBSERVE) == there, "more than the counter rose is no count"


@pytest.mark.parametrize("verb", ["verify", "apply"])
def test_a_proof_of_another_control_node_is_ours_where_its_notes_are_here_without_its_records(
    simulator: Simulator, stage: WhitelistStage, verb: str
) -> None:
    """A verify that proves has a record, which no appliance has a copy of, and a person copies the notes: its probes were 'hits by others'."""
    second = WhitelistStage(simulator, stage.records.parent / "second")
    if verb == "verify":
        stage.apply()
        runs(second, 7)
        assert second.status(probes=Probes.ALL).record
    else:
        runs(second, 7)
        assert second.apply().saved_now
    there = by_others(stage)
    assert there[NAME] > 1, "who sent them is not known here"
    folder = stage.records / OTHERS / "second" / "box"
    folder.mkdir(parents=True, mode=0o700)
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o700)
    (notes,) = (second.records / "box").glob("probes_*")
    shutil.copy(notes, folder)
    assert by_others(stage) == {}
    (stage.records / "box").mkdir(mode=0o700, exist_ok=True)
    for record in (second.records / "box").glob("*.json"):  # as sliced.yml brings them: none counts twice
        shutil.copy(record, stage.records / "box")
    Prober("somebody", None).ask(next(iter(stage.appliance.vips or ())), ATTACK)
    assert by_others(stage) == {NAME: 1}


def test_hits_are_of_unknown_origin_to_the_alarm_as_to_a_status_while_notes_of_a_job_are_awaited(
    simulator: Simulator, stage: WhitelistStage
) -> None:
    """Seen: 'ATTEMPT matched 70 requests of others' beside 'hits of unknown origin', which were the probes of the lost job."""
    stage.apply(mode=Mode.OBSERVE)
    assert attempts(stage) == []
    lost = WhitelistStage(simulator, stage.records.parent / "lost")
    lost.variables["marker"] = "other"
    runs(lost, 7)
    lost.status(probes=Probes.ALL)
    now = datetime.now(UTC)
    AwaitedRecords(stage.records).expect(Awaited("4711", "node-1", ("box",), now))
    found = alarm(stage)
    (one,) = found["findings"]
    assert one["level"] == "review"
    assert re.fullmatch(
        r"matched \d+ requests of unknown origin since .* UTC; it only counts now, and lets such requests pass",
        one["what"],
    )
    assert one["why"].startswith(
        "the change records and notes of probes of the job 4711 at node-1 have not come, so they may be probes of ours"
    )
    assert "requests of unknown origin matched since " in found["statement"]
    AwaitedRecords(stage.records).forget("4711")
    Prober("somebody", None).ask(next(iter(stage.appliance.vips or ())), ATTACK)
    assert [text.partition(" since")[0] for text in attempts(stage)] == ["attempt: matched 1 request of others"]


def test_a_page_that_a_whitelist_lacks_is_no_attack(stage: WhitelistStage) -> None:
    """Seen: 'ATTEMPT', 'the rule matches requests that an attack needs', of an ordinary page."""
    stage.play("apply", WHITELIST)
    stage.apply()
    assert attempts(stage) == []
    Prober("somebody", None).ask(next(iter(stage.appliance.vips or ())), TrafficCase("page", False, "GET", "/new-page"))
    found = alarm(stage)
    (one,) = found["findings"]
    assert (one["level"], one["why"].startswith("the whitelist lists what the application needs")) == ("review", True)
    assert one["what"].startswith("matched 1 request of others whose URL the whitelist does not hold since ")
    assert "attack needs" not in json.dumps(found)
    assert found["statement"].startswith("no attempts seen since "), found["statement"]


@pytest.mark.parametrize(
    ("policy", "level"),
    [
        ("tq_cve_2019_19781", "attempt"),
        ("tq_cve_2019_19781__observe", "attempt"),
        ("tq_appfw_log", "attempt"),
        ("tq_url_whitelist__gw__observe", "review"),
        ("tq_geoblock__gw", "review"),
        ("tq_closing_notice__gw", ""),
    ],
)
def test_what_a_hit_means_depends_on_the_measure(policy: str, level: str) -> None:
    assert str(meaning_of(policy).level or "") == level


def test_the_requests_of_a_rollback_are_ours_too(stage: WhitelistStage) -> None:
    """The whitelist does not hold the page by which a rollback looks for harm."""
    stage.play("apply", [{"vserver": "gw", "kind": "vpn", "mode": "observe", "allow": [{"prefix": "/elsewhere/"}]}])
    stage.apply()
    assert whats(alarm(stage)) == []
    runs(stage, 1)
    stage.rollback(accept_exposure=True)
    assert whats(alarm(stage)) == []


def whats(found: dict[str, Any]) -> list[str]:
    return [one["what"] for one in found["findings"]]
