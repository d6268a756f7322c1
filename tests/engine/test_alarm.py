# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The test of an alarm on a simulated appliance: it works, and each way in which it can be broken is found at its link, with the cause."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import read_file
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.closing_steps import LadderStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import TrafficCase
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.usable_records import UsableRecords
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import NextAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.probes import Answer, Prober
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.kind import ID as APPFW_LOG
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.appfw_log.measure import load_appfw_log
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.attempts import (
    AlarmState,
    last_reading,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.alarm_state.state_file import (
    counted_requests,
    own_tests,
    states_of_others,
    write_state,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.known_runs import read_ourselves
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.own_hits import (
    counted_in,
    own_hits,
    since,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.alarm_chain import Link
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.examination import (
    AlarmReading,
    examine,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.page import fleet_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.receiver import Receiver
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.run import RaiseAlarms
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.alarm.tested_forwarding import (
    AlarmResult,
    AlarmTest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.close.decision import ClosureScope
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.closures import closing_records

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.records import records_of
from tests.engine.settings_stage import Settings
from tests.engine.syslog_server import SyslogServer
from tests.stage.client import ask
from tests.stage.fleet import fleet_file
from tests.stage.memory import CATALOGUE, MITIGATION, Stage

NAME = f"tq_{MITIGATION.id}"
VIP = {"type": "vpn", "name": "gw", "address": "127.0.2.2:0", "protocol": "SSL"}
# As apply.yml leaves it with measure_audit_log.
APPLIED = {
    "auditsyslogparams": [{"userdefinedauditlog": "YES"}],
    "auditmessageaction": [
        {
            "name": NAME,
            "loglevel": "WARNING",
            "stringbuilderexpr": f'"{NAME} blocked " + CLIENT.IP.SRC + " " + HTTP.REQ.URL.HTTP_URL_SAFE',
        }
    ],
    "responderpolicy": [
        {"name": NAME, "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")', "action": "RESET", "logaction": NAME}
    ],
    "responderglobal_responderpolicy_binding": [
        {"policyname": NAME, "priority": 10, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    ],
}
FLEET = fleet_file(
    {
        "box": {
            "build": "13.0 47.22",
            "nodes": ["127.0.2.1:0"],
            "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
            "vservers": [VIP],
            "configuration": APPLIED,
        },
        "pair": {
            "build": "13.0 47.22",
            "nodes": ["127.0.4.1:0", "127.0.4.3:0"],
            "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
            "vservers": [{**VIP, "address": "127.0.4.2:0"}],
            "configuration": APPLIED,
        },
        "deaf": {
            "build": "12.1 50.28",
            "nodes": ["127.0.6.1:0"],
            "features": ["LB", "SSL", "SSLVPN", "RESPONDER"],
            "vservers": [{**VIP, "address": "127.0.6.2:0"}],
        },
        "fixed": {"build": "14.1 73.46", "nodes": ["127.0.5.1:0"], "features": ["LB", "SSL", "SSLVPN"]},
        "other": {
            "build": "13.0 47.22",
            "nodes": ["127.0.3.1:0"],
            "features": ["LB", "SSL", "SSLVPN", "APPFW"],
            "vservers": [{**VIP, "address": "127.0.3.2:0"}],
        },
    }
)
WITHIN = 5.0


class FastClock:
    """Time passes by waiting only, so that a link that stays silent costs no time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 0.01)


@dataclass
class Scene:
    """An appliance with a mitigation, its log and a syslog server."""

    stage: Stage
    server: SyslogServer
    receiver: Path | None = None
    is_named: bool = True

    def closings(self) -> UsableRecords:
        """Return the records of closings as the task has them."""
        task = RaiseAlarms(self.stage.appliance, {"records": str(self.stage.records)}, False, False)
        return closing_records(task, self.stage.trust)

    def write(self, method: str, path: str, row: dict[str, Any] | None = None) -> None:
        """Somebody changes something."""
        type_ = path.partition("?")[0].partition("/")[0]
        with Session(self.stage.appliance, self.stage.appliance.nodes[0]) as session:
            session.write(method, path, None if row is None else {type_: row})

    def test(self, *, between: Callable[[], None] = lambda: None) -> AlarmResult:
        """:param between: called after the first wait"""
        clock = FastClock()
        calls = iter([between])

        def sleep(seconds: float) -> None:
            next(calls, lambda: None)()
            self.server.write()
            clock.sleep(seconds)

        receiver = None if self.receiver is None else Receiver(self.receiver)
        with Connection(self.stage.appliance) as connection:
            return AlarmTest(
                connection,
                CATALOGUE.parent,
                receiver,
                is_named=self.is_named,
                run="run",
                within=WITHIN,
                closings=self.closings,
                sleep=sleep,
                clock=clock,
            ).run()


def export(scene: Scene, *, bound: bool = True, **action: Any) -> None:
    row = {"name": "loghost", "serverip": "127.0.0.1", "serverport": scene.server.port, "loglevel": ["ALL"]}
    scene.write("POST", "auditsyslogaction", {**row, "userdefinedauditlog": "YES", **action})
    scene.write("POST", "auditsyslogpolicy", {"name": "loghost", "rule": "true", "action": "loghost"})
    if bound:
        binding = {"policyname": "loghost", "priority": 100}
        scene.write("POST", "auditsyslogglobal_auditsyslogpolicy_binding", binding)


@pytest.fixture
def bare(simulator: Simulator, tmp_path: Path) -> Iterator[Scene]:
    """An appliance with the mitigation and user-defined audit logging, which sends nothing to a syslog server."""
    simulator.reset()
    with SyslogServer(tmp_path / "syslog") as server:
        yield Scene(Stage(simulator, tmp_path / "records"), server, server.folder)


@pytest.fixture
def scene(bare: Scene) -> Scene:
    export(bare)
    return bare


def test_an_alarm_that_works(scene: Scene) -> None:
    result = scene.test()
    (chain,) = result.chains
    assert (chain.broken, chain.cause, chain.works) == (None, "", True)
    assert set(chain.seconds) == set(Link)
    assert all(seconds < WITHIN for seconds in chain.seconds.values()), "the newest messages show it at once"
    assert (result.hits[NAME], result.tested) == (result.hits[NAME], {NAME: 1})
    assert result.not_covered == ""
    assert str(chain.alarm) == f"{MITIGATION.id} (global)"
    line = next(line for line in scene.server.file.read_bytes().splitlines() if result.tag.encode() in line)
    assert f"{NAME} blocked 127.".encode() in line


def test_it_writes_nothing_to_the_appliance(scene: Scene) -> None:
    before = scene.stage.configuration()
    scene.stage.simulator.clear_requests()
    scene.test()
    sent = scene.stage.simulator.requests()
    assert len(sent) < 40
    methods = {one["method"] for one in sent if "/nitro/" in one["target"]} - {"GET"}
    assert methods <= {"POST"}  # the log-on and the log-off
    assert {one["target"].rpartition("/")[2] for one in sent if one["method"] == "POST"} <= {"login", "logout"}
    assert scene.stage.configuration() == before


def test_a_mitigation_that_observes_is_an_alarm_too_and_the_probes_of_its_run_are_ours(
    simulator: Simulator, bare: Scene, tmp_path: Path
) -> None:
    scene = Scene(Stage(simulator, tmp_path / "records", "other"), bare.server)
    scene.stage.apply(mode=Mode.OBSERVE, audit_log=True)
    first = read(scene, None, 0)
    assert (first.examination.exit_code, first.alarms[0].works) == (0, True), first.examination
    assert first.statement.startswith("the alarm works since 2026-11-28 00:00 UTC; nothing is known of the time before")


def test_what_a_rule_that_only_counts_let_pass_is_not_called_answered(
    simulator: Simulator, bare: Scene, tmp_path: Path
) -> None:
    """Seen: the attack had passed, and the alarm said "not: an intrusion: a policy that blocks has answered the request"; the line that repairs its log
    made the rule block, although a person had decided that it only counts."""
    scene = Scene(Stage(simulator, tmp_path / "records", "other"), bare.server)
    scene.stage.apply(mode=Mode.OBSERVE)
    first = read(scene, None, 0)
    attack(scene, name="other")
    second = read(scene, first.state, 1)
    (finding,) = second.examination.findings
    assert (
        finding.what
        == "matched 1 request of others since 2026-11-28 00:00 UTC; it only counts now, and lets such requests pass"
    )
    assert finding.cannot_mean.startswith(
        "an intrusion, where it blocked then: it answered the request; where it only counted, the request passed. "
    )
    gap, doubt = second.examination.not_seen
    assert "its hit may be of somebody else" in str(doubt)
    assert [one.values for one in gap.why.commands] == [  # type: ignore[attr-defined]
        {"mitigation": MITIGATION.id, "measure_audit_log": "true", "mitigation_mode": "observe"}
    ]


def test_status_does_not_count_its_requests_as_hits_by_others_and_it_does_not_count_those_of_verify(
    simulator: Simulator, bare: Scene, tmp_path: Path
) -> None:
    scene = Scene(Stage(simulator, tmp_path / "records", "other"), bare.server)
    stage = scene.stage
    stage.apply(mode=Mode.OBSERVE, audit_log=True)
    seen: set[str] = set()

    def alarm(before: AlarmState | None) -> AlarmReading:
        result = scene.test()
        records = all_records(stage.records, stage.name, stage.trust)
        new = [one for one in records if one.name not in seen]
        seen.update(one.name for one in records)
        probes = own_hits(counted_in(new), result.node, result.hits)
        return examine("other", result, before, probes, at=datetime.now(UTC).replace(microsecond=0), run="run")

    def by_others(reading: AlarmReading | None) -> int:
        counted = reading.state.counted if reading and reading.state else ()
        found = stage.status(mode=Mode.OBSERVE, probes=Probes.NONE, counted=counted)
        return found.facts.configuration.observation.hits[NAME] - found.probe_hits.get(NAME, 0)

    first = alarm(None)
    assert (by_others(first), by_others(None)) == (0, 1)
    verified = stage.status(mode=Mode.OBSERVE, probes=Probes.ALL, counted=first.state.counted if first.state else ())
    assert verified.record, "what it proved has a record, in which its requests are"
    second = alarm(first.state)
    assert (second.examination.findings, by_others(second)) == ((), 0)
    attack(scene, name="other")
    assert by_others(second) == 1
    assert alarm(second.state).statement.startswith("1 request of others matched since ")


# -- where no request comes through ----------------------------------------------------------------------------------------


def test_what_we_closed_is_said_to_be_closed_by_whom_and_is_not_asked(scene: Scene) -> None:
    """Seen: "no answer from gw: Connection refused", and nothing of our own lockdown."""
    scene.write("POST", "nsconfig?action=save", {})
    scene.stage.lockdown()
    scene.stage.simulator.clear_requests()
    (unproven, *_rest) = read(scene, None, 0).examination.not_seen
    assert re.fullmatch(
        r"no request can be sent: gw \(.*\) is closed since .* by J\. Jansen for a test "
        r"\(CHG0044\), decision due at .*\. Test it again once it is open",
        unproven.why,
    )
    assert not [one for one in scene.stage.simulator.requests() if one["side"] != "nitro"]


def test_what_others_switched_off_is_said_to_be_off(scene: Scene) -> None:
    scene.write("POST", "vpnvserver?action=disable", {"name": "gw"})
    (unproven, *_rest) = read(scene, None, 0).examination.not_seen
    assert "is switched off, and no record that counts here says by whose decision. Test it again" in str(unproven)


def test_a_page_of_ours_in_front_of_a_rule_is_named_with_its_decision(scene: Scene) -> None:
    unbound(scene)
    binding = {"name": "gw", "policy": NAME, "priority": 40000, "gotopriorityexpression": "END", "bindpoint": "REQUEST"}
    scene.write("PUT", "vpnvserver_responderpolicy_binding", binding)
    scene.write("POST", "nsconfig?action=save", {})
    stage = ClosingStage(scene.stage.simulator, scene.stage.records)
    stage.close(LadderStep.NOTICE, ClosureScope(vips=("gw",)))
    (chain,) = [one for one in scene.test().chains if one.alarm.measure == MITIGATION.id]
    assert chain.broken is Link.HITS
    assert re.fullmatch(
        r"no hit within 5 s: gw closed \(notice\) since .* by J\. Jansen .*, and that answers our requests\. Test it again once it is open",
        chain.cause,
    )


def test_an_open_vip_is_asked_where_another_is_closed(scene: Scene) -> None:
    (gw,) = scene.stage.variables["vips"]
    scene.stage.variables["vips"] = [{**gw, "name": "old", "address": "127.0.2.9"}, gw]
    row = {"name": "old", "servicetype": "SSL", "ipv46": "127.0.2.9", "port": gw["port"], "state": "DISABLED"}
    scene.write("POST", "vpnvserver", row)
    (chain,) = scene.test().chains
    assert (chain.works, str(chain.alarm.vip).partition(" ")[0]) == (True, "gw")


def test_a_build_on_which_no_mitigation_works_is_not_told_to_apply_one(
    simulator: Simulator, bare: Scene, tmp_path: Path
) -> None:
    """Seen: "Apply a mitigation", which apply.yml skips on this build."""
    scene = Scene(Stage(simulator, tmp_path / "records", "deaf"), bare.server)
    texts = [one.why for one in read(scene, None, 0).examination.not_seen]
    assert len(texts) == 1
    assert "no mitigation would notice anything on this build: see status.yml (12.1 50.28: " in texts[0]
    assert [one.verb for one in cast(NextAction, texts[0]).commands] == ["status"]
    scene.stage.apply(force=True, audit_log=True)
    (chain,) = scene.test().chains
    assert (chain.broken, "12.1 50.28: " in chain.cause) == (Link.HITS, True)
    assert chain.cause.endswith("See status.yml")


# -- each way in which it can be broken ----------------------------------------------------------------------------------


def dead_vip(scene: Scene) -> None:
    scene.stage.variables["vips"] = [{"name": "gw", "address": "127.0.2.99", "port": 9, "kind": "vpn"}]


def another_machine(scene: Scene) -> None:
    (other,) = scene.stage.simulator.ready["appliances"]["other"]["vservers"]
    scene.stage.variables["vips"] = [{"name": "gw", "address": other["address"], "port": other["port"], "kind": "vpn"}]


def policy_before(scene: Scene) -> None:
    """Somebody's policy before ours ends the evaluation."""
    scene.write("POST", "responderpolicy", {"name": "theirs", "rule": "true", "action": "NOOP"})
    binding = {"policyname": "theirs", "priority": 1, "gotopriorityexpression": "END", "type": "REQ_OVERRIDE"}
    scene.write("PUT", "responderglobal_responderpolicy_binding", binding)


def feature_off(scene: Scene) -> None:
    scene.write("POST", "nsfeature?action=disable", {"feature": ["RESPONDER"]})


def rule_changed(scene: Scene) -> None:
    scene.write("PUT", "responderpolicy", {"name": NAME, "rule": 'HTTP.REQ.URL.CONTAINS("/nothing/")'})


def unbound(scene: Scene) -> None:
    scene.write("DELETE", f"responderglobal_responderpolicy_binding?args=policyname:{NAME},type:REQ_OVERRIDE")


def without_log_action(scene: Scene) -> None:
    scene.write("POST", "responderpolicy?action=unset", {"name": NAME, "logaction": True})


def message_undefined(scene: Scene) -> None:
    row = {
        "name": NAME,
        "stringbuilderexpr": f'"{NAME} blocked " + HTTP.REQ.HEADER("x").TYPECAST_NUM_T(DECIMAL).ADD(1)',
    }
    scene.write("PUT", "auditmessageaction", row)


def logging_off(scene: Scene) -> None:
    scene.write("POST", "auditsyslogparams?action=unset", {"userdefinedauditlog": True})


def level_left_out(scene: Scene) -> None:
    scene.write("PUT", "auditsyslogparams", {"loglevel": ["EMERGENCY", "ALERT"]})


def level_left_out_and_others_log_the_url(scene: Scene) -> None:
    """The log action of somebody else writes a line with our tag, which must not prove ours."""
    level_left_out(scene)
    row = {"name": "theirs", "loglevel": "ALERT", "stringbuilderexpr": '"asked for " + HTTP.REQ.URL.HTTP_URL_SAFE'}
    scene.write("POST", "auditmessageaction", row)
    scene.write("POST", "responderpolicy", {"name": "theirs", "rule": "true", "action": "NOOP", "logaction": "theirs"})
    binding = {"policyname": "theirs", "priority": 1, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    scene.write("PUT", "responderglobal_responderpolicy_binding", binding)


def disk_full(scene: Scene) -> None:
    scene.stage.simulator.appliance("box").fault("disk_full")


def server_not_bound(scene: Scene) -> None:
    scene.write("DELETE", "auditsyslogglobal_auditsyslogpolicy_binding?args=policyname:loghost")


def server_without_user_defined(scene: Scene) -> None:
    scene.write("PUT", "auditsyslogaction", {"name": "loghost", "userdefinedauditlog": "NO"})


def server_level(scene: Scene) -> None:
    scene.write("PUT", "auditsyslogaction", {"name": "loghost", "loglevel": ["ERROR"]})


def server_elsewhere(scene: Scene) -> None:
    scene.write("PUT", "auditsyslogaction", {"name": "loghost", "serverport": 9})


def wrong_folder(scene: Scene) -> None:
    scene.receiver = scene.server.folder.parent / "other"
    scene.receiver.mkdir()


def unnamed_server(scene: Scene) -> None:
    scene.receiver, scene.is_named = None, False


BROKEN: tuple[tuple[Callable[[Scene], None], Link | None, str], ...] = (
    (dead_vip, Link.REQUEST, "no answer from gw (127.0.2.99:9): "),
    (another_machine, Link.HITS, "answered 200: another machine, a policy before ours, or the build. Run verify.yml"),
    (policy_before, Link.HITS, "another machine, a policy before ours, or the build"),
    (feature_off, Link.HITS, "the feature RESPONDER is off"),
    (rule_changed, Link.HITS, "no hit within 5 s; gw (127.0.2.2:"),
    (unbound, None, f"{NAME} is not bound, so nothing evaluates it. Run apply.yml"),
    (without_log_action, Link.LOG_ACTION, f"{NAME} has no log action. Run apply.yml again"),
    (message_undefined, Link.LOG_ACTION, f"the message of {NAME} is undefined for the request"),
    (logging_off, Link.LOG, "user-defined audit logging is off"),
    (level_left_out, Link.LOG, "the levels of auditsyslogparams lack WARNING"),
    (level_left_out_and_others_log_the_url, Link.LOG, "the levels of auditsyslogparams lack WARNING"),
    (server_not_bound, Link.RECEIVER, "none is bound. Bind an audit syslogPolicy"),
    (server_without_user_defined, Link.RECEIVER, "loghost (127.0.0.1) gets no messages of log actions"),
    (server_level, Link.RECEIVER, "the levels of the syslog servers lack WARNING"),
    (server_elsewhere, Link.RECEIVER, "nothing within 5 s from loghost (127.0.0.1): the network"),
    (wrong_folder, Link.RECEIVER, "nothing within 5 s"),
    (unnamed_server, Link.RECEIVER, "none is named. Set receiver"),
)


@pytest.mark.parametrize(("break_it", "link", "cause"), BROKEN, ids=[one[0].__name__ for one in BROKEN])
def test_each_way_in_which_it_can_be_broken(
    scene: Scene, break_it: Callable[[Scene], None], link: Link | None, cause: str
) -> None:
    break_it(scene)
    result = scene.test()
    (chain,) = result.chains
    assert not chain.works
    reading = examine("gw-amsterdam-1", result, None, {}, at=datetime.now(UTC), run="run")
    assert not any("..." in str(one) for one in reading.examination.not_seen), "a person reads the whole cause"
    assert chain.broken == link, chain
    assert cause in (chain.cause or chain.alarm.untested)
    earlier = [one for one in Link if link is not None and list(Link).index(one) < list(Link).index(link)]
    assert {*earlier} <= {*chain.seconds}


def test_a_pair_that_fails_over_meanwhile(simulator: Simulator, bare: Scene, tmp_path: Path) -> None:
    """The request reaches the new primary, whose counters nobody reads: that is said, and nothing of it counts as a request of others."""
    scene = Scene(Stage(simulator, tmp_path / "records", "pair"), bare.server)
    pair, ask = simulator.appliance("pair"), Prober.ask

    def ask_later(prober: Prober, vip: Vip, case: TrafficCase) -> Answer:
        pair.failover()
        return ask(prober, vip, case)

    with mock.patch.object(Prober, "ask", ask_later):
        result = scene.test()
    (chain,) = result.chains
    assert (chain.broken, chain.works) == (Link.REQUEST, False), (
        "the policy resets the connection, and its hit is on the other node"
    )
    assert chain.cause.startswith("the pair failed over meanwhile. Test it again ("), chain.cause
    reading = examine("pair", result, None, {}, at=datetime.now(UTC), run="run")
    assert (reading.state.works if reading.state else None, list(reading.examination.findings)) == (False, [])
    again = scene.test()
    assert again.chains[0].works, again.chains
    assert (again.node, again.tested) == (str(scene.stage.appliance.nodes[1]), {NAME: 1})


def test_many_lines_of_others_do_not_hide_ours(scene: Scene) -> None:
    """The newest 256 messages are those of others: then the whole log is read."""

    def flood() -> None:
        for number in range(300):
            line = f"Nov 28 06:00:00 <local0.info> 127.0.2.1  11/28/2026:06:00:00 GMT  0-PPE-0 : default SSLVPN Message {number} 0 :  x"
            scene.stage.simulator.appliance("box").log("/var/log/ns.log", line)

    scene.receiver = None
    with mock.patch.object(AlarmTest, "_send", autospec=True, side_effect=after(AlarmTest._send, flood)):
        (chain,) = scene.test().chains
    assert chain.works, chain


def after(function: Callable[..., Any], more: Callable[[], None]) -> Callable[..., Any]:
    def called(*arguments: Any) -> Any:
        result = function(*arguments)
        more()
        return result

    return called


def test_a_log_that_cannot_be_read_by_messages_is_read_as_a_file(scene: Scene) -> None:
    scene.stage.simulator.appliance("box").fault("nitro_error", type="auditmessages", code=2138, times=0)
    (chain,) = scene.test().chains
    assert chain.works, chain


def test_no_log_at_all_is_said(scene: Scene) -> None:
    box = scene.stage.simulator.appliance("box")
    box.fault("nitro_error", type="auditmessages", code=2138, times=0)
    box.fault("nitro_error", type="systemfile", method="GET", code=2138, times=0)
    (chain,) = scene.test().chains
    assert (chain.broken, "no line within 5 s" in chain.cause) == (Link.LOG, True)


def test_causes_that_cannot_be_read_name_the_right(scene: Scene) -> None:
    logging_off(scene)
    scene.stage.simulator.appliance("box").fault("nitro_error", type="auditsyslogparams", code=2138, times=0)
    (chain,) = scene.test().chains
    assert "allow the user: show audit syslogParams" in chain.cause


# -- the application firewall ---------------------------------------------------------------------------------------------


APPFW = f"tq_{APPFW_LOG}"


@pytest.fixture
def firewall(simulator: Simulator, bare: Scene, tmp_path: Path) -> Scene:
    """An appliance with the measure appfw_log alone, as apply.yml leaves it."""
    stage = Settings(simulator, tmp_path / "records", load_appfw_log(True, "other", date(2026, 10, 1)), "other")
    scene = Scene(stage, bare.server, None)
    assert stage.apply().verdict.word == "enforcing"
    return scene


def test_a_deny_url_is_an_alarm_of_its_own(firewall: Scene) -> None:
    """The policy is hit, the profile counts a violation, and the line has the tag, although nothing is blocked and no log action is there."""
    result = firewall.test()
    (chain,) = result.chains
    assert (chain.broken, chain.cause, chain.works) == (None, "", True)
    assert {*chain.seconds} == {Link.REQUEST, Link.HITS, Link.LOG_ACTION, Link.LOG}
    assert str(chain.alarm) == "appfw_log (global)"
    with Session(firewall.stage.appliance, firewall.stage.appliance.nodes[0]) as session:
        log = (read_file(session, "ns.log", "/var/log") or b"").decode()
    line = next(line for line in log.splitlines() if result.tag in line)
    assert f"{APPFW} Disallow Deny URL: https://" in line
    assert line.endswith("<not blocked>")
    assert (result.hits, result.tested) == ({APPFW: 1}, {APPFW: 1})


@pytest.mark.parametrize(
    ("method", "path", "row", "link", "cause"),
    [
        (
            "DELETE",
            f"appfwglobal_appfwpolicy_binding?args=policyname:{APPFW},type:REQ_DEFAULT,priority:65000",
            None,
            "",
            f"{APPFW} is not bound, so nothing evaluates it. Run apply.yml",
        ),
        ("PUT", "appfwpolicy", {"rule": 'HTTP.REQ.URL.EQ("/a")'}, Link.HITS, "no hit within 5 s"),
        ("PUT", "appfwprofile", {"denyurlaction": ["log"]}, Link.LOG_ACTION, "denyURLAction without stats"),
        ("PUT", "appfwprofile", {"denyurlaction": ["stats"]}, Link.LOG, "denyURLAction without log"),
        ("PUT", "auditsyslogparams", {"loglevel": ["ERROR"]}, Link.LOG, "lack INFORMATIONAL"),
    ],
)
def test_each_link_of_the_application_firewall_can_break(
    firewall: Scene, method: str, path: str, row: dict[str, Any] | None, link: str, cause: str
) -> None:
    named = {"name": APPFW} if path.startswith("appfw") else {}
    firewall.write(method, path, None if row is None else {**named, **row})
    (chain,) = firewall.test().chains
    assert not chain.works
    assert (chain.broken or "") == link
    assert cause in (chain.cause or chain.alarm.untested)


def test_requests_of_others_at_a_deny_url_are_counted(firewall: Scene) -> None:
    first = read(firewall, None, 0)
    assert first.examination.exit_code == 0
    attack(firewall, name="other")
    attack(firewall, name="other")
    second = read(firewall, first.state, 1)
    assert second.statement == "2 requests of others matched since 2026-11-28 00:00 UTC"
    assert second.examination.findings[0].where == f"appfwpolicy {APPFW}"


def test_a_user_without_the_right_is_told_so_and_the_rest_is_tested(scene: Scene) -> None:
    denied = NitroError("box", "GET appfwpolicy", 403, 2138, "Not authorized to execute this command")
    plain = Session.read

    def read_(self: Session, type_: str, *words: Any, **options: Any) -> Any:
        if type_ == "appfwpolicy":
            raise denied
        return plain(self, type_, *words, **options)

    with mock.patch.object(Session, "read", read_):
        reading = read(scene, None, 0)
    assert reading.examination.exit_code == 0
    assert "allow the user: show appfw policy" in str(reading.examination.not_seen[0])


def test_a_hit_that_nothing_shows_to_be_ours_is_not_taken_for_ours_in_silence(scene: Scene) -> None:
    """Seen: the attack of somebody else was taken for the test, whose request another machine had answered, and no word said so."""
    logging_off(scene)
    another_machine(scene)
    result = scene.test(between=lambda: attack(scene))
    (chain,) = result.chains
    reading = examine("gw-amsterdam-1", result, None, {}, at=datetime.now(UTC), run="run")
    gaps = [str(one) for one in reading.examination.not_seen]
    said = "its hit may be of somebody else: neither log nor answer (200) shows that it is of this test"
    place = "monitoring unproven: cve_2019_19781 (global): "
    assert (chain.broken, gaps[1:]) == (Link.LOG, [place + said])


# -- requests of others --------------------------------------------------------------------------------------------------


def read(
    scene: Scene,
    before: AlarmState | None,
    hours: float,
    *,
    between: Callable[[], None] = lambda: None,
    others: Sequence[AlarmState] = (),
) -> AlarmReading:
    at = datetime(2026, 11, 28, tzinfo=UTC) + timedelta(hours=hours)
    result = scene.test(between=between)
    records = [] if before else all_records(scene.stage.records, scene.stage.name, scene.stage.trust)
    last, counted = last_reading(before, result.node), [one for state in others for one in state.counted]
    new = since(counted, last.at, last.hits) if last else counted
    probes = own_hits([*counted_in(records), *new], result.node, result.hits)
    ours = read_ourselves(scene.stage.records, scene.stage.name, scene.stage.trust)
    return examine("box", result, before, probes, at=at, run="run", ours=ours)


def attack(scene: Scene, user_agent: str = "curl", name: str = "box") -> None:
    (vip,) = scene.stage.simulator.ready["appliances"][name]["vservers"]
    ask(vip, "/vpn/../vpns/", headers={"User-Agent": user_agent})  # our policy resets it


def test_our_requests_are_subtracted_and_those_of_others_are_not(scene: Scene) -> None:
    first = read(scene, None, 0)
    second = read(scene, first.state, 1)
    assert (second.statement, second.examination.exit_code) == ("no attempts seen since 2026-11-28 00:00 UTC", 0)
    attack(scene, "tourniquet-probe/run")  # anyone can send our User-Agent
    attack(scene)
    third = read(scene, second.state, 2)
    assert third.statement == "2 requests of others matched since 2026-11-28 01:00 UTC"
    (finding,) = third.examination.findings
    assert (str(finding.level), finding.where, third.examination.exit_code) == ("attempt", f"responderpolicy {NAME}", 1)
    fourth = read(scene, third.state, 3)
    assert fourth.examination.not_seen == ()
    assert fourth.statement == "no attempts seen since 2026-11-28 02:00 UTC"


def test_tests_of_another_control_node_are_not_requests_of_others(scene: Scene, tmp_path: Path) -> None:
    ours = read(scene, None, 0)
    theirs = read(scene, None, 0.25)
    attack(scene)
    again = read(scene, theirs.state, 0.5)
    assert again.state is not None
    place = tmp_path / "alarms"
    write_state(place / "control-b", again.state)
    others = states_of_others(place, "box")
    assert others == [again.state]
    after = read(scene, ours.state, 1, others=others)
    assert after.statement == "1 request of others matched since 2026-11-28 00:00 UTC"
    assert read(scene, ours.state, 2).statement.startswith("4 requests of others"), "who does not know that state"
    assert [test.tag for test in own_tests(str(place), "box")] == [test.tag for test in again.state.tests]
    assert counted_requests(str(place), "box") == again.state.counted
    assert states_of_others(place, "other") == states_of_others(tmp_path / "none", "box") == []


def test_a_restart_of_the_appliance_loses_no_request_after_it(scene: Scene) -> None:
    first = read(scene, None, 0)
    with Session(scene.stage.appliance, scene.stage.appliance.nodes[0]) as session:
        session.save()
    scene.stage.simulator.appliance("box").reboot(seconds=0)
    attack(scene)
    second = read(scene, first.state, 1)
    assert second.statement == "1 request of others matched since 2026-11-28 00:00 UTC"


def test_a_broken_alarm_ends_what_was_said(scene: Scene) -> None:
    first = read(scene, None, 0)
    logging_off(scene)
    second = read(scene, first.state, 1)
    assert second.statement == "monitoring unproven: nothing can be said about attempts"
    assert second.examination.exit_code == 2
    assert second.examination.findings == (), "our own request is not one of others, although its line is missing"
    unproven = str(second.examination.not_seen[0])
    assert "monitoring unproven: cve_2019_19781 (global): the log: " in unproven


def test_a_policy_that_is_gone_is_said_once(scene: Scene) -> None:
    first = read(scene, None, 0)
    unbound(scene)
    scene.write("DELETE", f"responderpolicy/{NAME}")
    second = read(scene, first.state, 1)
    texts = [str(one) for one in second.examination.not_seen]
    assert texts == [
        "monitoring unproven: no policy of ours is bound, so nothing is noticed. Apply a mitigation, if need be with mitigation_mode: observe",
        f"monitoring unproven: {NAME} was there at the test before, and is gone",
    ]
    assert len(read(scene, second.state, 2).examination.not_seen) == 1


@pytest.fixture
def brought_in(scene: Scene) -> Scene:
    """The same, with a mitigation that a run of ours has brought in."""
    unbound(scene)
    scene.write("DELETE", f"responderpolicy/{NAME}")
    scene.write("DELETE", f"auditmessageaction/{NAME}")
    scene.write("POST", "nsconfig?action=save", {})
    assert scene.stage.apply().verdict.word == "mitigated"
    return scene


def test_what_our_own_rollback_removed_is_not_called_gone(brought_in: Scene) -> None:
    """Seen: 'was there at the test before, and is gone', of a policy that our own run had removed a minute before."""
    first, stage = read(brought_in, None, 0), brought_in.stage
    stage.run = "undoing"
    stage.rollback()
    (record,) = [one for one in records_of(stage.records, "box", MITIGATION.id) if one.kind == "rollback"]
    by_us = f"our rollback {record.name.removesuffix('.json')} removed it"
    texts = [(str(one), one.is_gap) for one in read(brought_in, first.state, 1).examination.not_seen]
    assert texts[-1] == (f"the alarm of {NAME}: it was there at the test before, and {by_us}", False)
    assert [is_gap for _text, is_gap in texts] == [True, False], "that no policy is left is told besides"


def test_what_somebody_removed_after_our_run_brought_it_in_again_is_gone(brought_in: Scene) -> None:
    stage = brought_in.stage
    stage.run = "undoing"
    stage.rollback()
    stage.run = "again"
    stage.apply()
    first = read(brought_in, None, 0)
    unbound(brought_in)
    brought_in.write("DELETE", f"responderpolicy/{NAME}")
    texts = [str(one) for one in read(brought_in, first.state, 1).examination.not_seen]
    assert f"monitoring unproven: {NAME} was there at the test before, and is gone" in texts


def test_an_appliance_that_needs_no_policy_has_nothing_to_alarm(
    simulator: Simulator, bare: Scene, tmp_path: Path
) -> None:
    """One line, exit code 0, and no word about attempts; also where the policy of the test before is gone because of it."""
    scene = Scene(Stage(simulator, tmp_path / "records", "fixed"), bare.server, None)
    why = "14.1 73.46 needs no policy by the vendor; the status says if it is exposed"
    before = read(bare, None, 0).state
    for reading in (read(scene, None, 0), read(scene, before, 1)):
        assert (reading.examination.exit_code, reading.examination.not_seen) == (0, ())
        assert (reading.needless, reading.statement) == (why, f"nothing to alarm: {why}")
        assert (reading.state, reading.quiet_since) == (None, "")
    values = json_values(reading)
    assert fleet_lines({"fixed": values}, ["totals"]) == [f"fixed: nothing to alarm: {why}", "totals"]
    assert fleet_lines({"a": values, "b": values}, ["a: loud", "totals"]) == [
        "a: loud",
        "",
        "2 appliances: nothing to alarm: their builds need no policy by the vendor; the status says if they are exposed",
        "totals",
    ]


def test_an_appliance_with_partitions_says_that_they_are_not_tested(scene: Scene) -> None:
    scene.write("POST", "nspartition", {"partitionname": "tenant"})
    reading = read(scene, None, 0)
    assert any("tenant" in str(one) for one in reading.examination.not_seen)
    assert reading.examination.exit_code == 2


HOSTILE = 'x\x1b[2J"$(id)`<b>\n{{ 1 + 1 }}'


def test_what_a_hostile_appliance_says_stays_data(scene: Scene) -> None:
    """Half a character is replaced at the door of NITRO; control characters, templates and markup are escaped."""
    box = scene.stage.simulator.appliance("box")
    box.fault("changed_answer", type="auditmessages", attribute="value", value="\ud800", times=0)
    box.fault("changed_answer", type="auditsyslogaction", attribute="serverip", value=HOSTILE, times=0)
    server_elsewhere(scene)
    reading = read(scene, None, 0)
    shown = json.dumps(json_values(reading))
    assert reading.alarms[0].broken is Link.RECEIVER
    assert "\\u001b" not in shown
    assert "\\n" not in shown
    text = str(reading.examination.not_seen[0])
    assert text.isprintable()
