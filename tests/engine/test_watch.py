# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The watch on simulated appliances: every marker is found or said to be unseeable, and no clean one is called compromised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, Refused
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.appliance_line import lines_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import Examination
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding_json import (
    examination_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.file_rules import LARGE
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.integrity_messages import (
    integrity_messages,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.baseline_files import BaselineFiles
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watched_state import WatchedState
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.watch.run import WatchAppliance

from simulator import Simulator
from simulator.server.python_api import ApplianceHandle
from tests import sample, watch_fleet
from tests.marker_fleet import COMPROMISE, REVIEW, SIZE, UNSEEABLE, Marker
from tests.stage.memory import CATALOGUE, Stage
from tests.watch_fleet import AT, MARKERS, MESSAGES, MISMATCH, VERIEXEC, look

BOX = "box"
PHP = "/var/vpn/theme/x.php"


FLEET = {
    "appliances": {
        BOX: {"build": "14.1 73.46", "nodes": ["127.0.1.1:0"]},
        "pair": {"build": "13.0 47.22", "nodes": ["127.0.2.1:0", "127.0.2.2:0"]},
    }
}


@pytest.fixture
def box(simulator: Simulator) -> ApplianceHandle:
    simulator.reset()
    return simulator.appliance(BOX)


@pytest.fixture
def accepted(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> WatchedState:
    return look(simulator, tmp_path, BOX)[0]


def levels(examined: Examination, where: str) -> set[str]:
    return {str(finding.level) for finding in examined.findings if where in finding.where}


def gaps(examined: Examination) -> list[str]:
    return [str(one) for one in examined.not_seen if one.is_gap]


def test_the_generated_fleet() -> None:
    outcomes = watch_fleet.play(sample.WATCH_STRIDE)
    assert outcomes.wrong == []
    assert outcomes.matrix["clean", COMPROMISE] == 0
    assert sum(outcomes.matrix.values()) >= SIZE // sample.WATCH_STRIDE
    assert {marker.name for one in watch_fleet.POPULATION.planned() for marker in one.markers} == {
        one.name for one in MARKERS
    }


@pytest.mark.sampled(5)
@pytest.mark.parametrize("marker", MARKERS, ids=lambda marker: marker.name)
def test_each_marker_alone(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path, marker: Marker
) -> None:
    marker.plant(box)
    examined = look(simulator, tmp_path, BOX, accepted)[1]
    if marker.level == UNSEEABLE:
        assert examined.findings == ()
        assert any(marker.where in str(one) for one in examined.not_seen)
        return
    finding = next(one for one in examined.findings if marker.where in one.where)
    assert str(finding.level) == marker.level
    assert "both nodes" not in finding.next_step, "it is a standalone appliance"
    for text in (finding.why, finding.evidence, finding.cannot_mean, finding.next_step):
        assert text
    assert examined.exit_code == (2 if marker.level == COMPROMISE else 1)
    assert examination_of(BOX, json_values(examined)).exit_code == examined.exit_code


def test_what_was_accepted_is_quiet_and_little_is_read(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    simulator.clear_requests()
    _state, examined, requests = look(simulator, tmp_path, BOX, accepted)
    assert (examined.findings, examined.exit_code) == ((), 0)
    assert requests < 80
    sent = simulator.requests()
    assert {one["target"].rpartition("/")[2] for one in sent if one["method"] != "GET"} <= {"login", "logout"}
    reads = [one["target"] for one in sent if "systemfile" in one["target"]]
    assert len(reads) == len(set(reads))


def test_without_an_accepted_state_only_alarms_are_found_and_it_is_incomplete(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    box.write_file(PHP, "<?php\n")
    box.write_file("/nsconfig/nsafter.sh", "true\n")
    examined = look(simulator, tmp_path, BOX)[1]
    assert [(str(one.level), one.where) for one in examined.findings] == [(COMPROMISE, PHP)]
    assert examined.exit_code == 2
    assert "nobody has accepted a state yet" in gaps(examined)[0]


def test_forged_size_and_time_are_found_by_the_content(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    then, page = "2026-01-01T00:00:00Z", "/var/netscaler/logon/LogonPoint/index.html"
    box.write_file("/nsconfig/rc.netscaler", "true\n", mtime=then)
    box.write_file(page, "good\n", mtime=then)
    accepted = look(simulator, tmp_path, BOX)[0]
    box.write_file("/nsconfig/rc.netscaler", "evil\n", mtime=then)
    box.write_file(page, "evil\n", mtime=then)
    often = look(simulator, tmp_path, BOX, accepted)[1]
    assert levels(often, "/nsconfig/rc.netscaler") == {REVIEW}
    assert "added: evil" in often.findings[0].evidence
    assert levels(often, page) == set()
    daily = look(simulator, tmp_path, BOX, accepted, hash_all=True)[1]
    assert levels(daily, page) == {REVIEW}
    assert any("same size and time" in one.what for one in daily.findings)


def test_a_file_that_was_only_touched_is_no_change(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    box.write_file("/var/vpn/themes/a.css", "x\n", mtime="2026-01-01T00:00:00Z")
    accepted = look(simulator, tmp_path, BOX)[0]
    box.write_file("/var/vpn/themes/a.css", "x\n", mtime="2026-02-01T00:00:00Z")
    assert look(simulator, tmp_path, BOX, accepted)[1].findings == ()


def test_a_burst_is_one_finding_and_code_in_it_an_alarm(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    watch_fleet.EDIT(box)
    custom = "/var/netscaler/logon/LogonPoint/custom"
    box.write_file(f"{custom}/strings.99.php", "<?php\n", mtime="2026-11-20T03:00:00Z")
    found = look(simulator, tmp_path, BOX, accepted)[1].findings
    assert sorted(str(one.level) for one in found) == [COMPROMISE, REVIEW]
    assert "30 files" in next(one.what for one in found if str(one.level) == REVIEW)
    assert "in one burst" in next(one.what for one in found if str(one.level) == REVIEW)


def test_an_upgrade_makes_the_files_of_the_firmware_a_review(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    box.write_file("/netscaler/ns_gui/admin_ui/new.php", "<?php\n")
    older = replace(accepted, nodes={name: replace(one, build="14.1 47.48") for name, one in accepted.nodes.items()})
    examined = look(simulator, tmp_path, BOX, older)[1]
    assert levels(examined, "the build") == {REVIEW}
    assert levels(examined, "new.php") == {REVIEW}
    assert levels(look(simulator, tmp_path, BOX, accepted)[1], "new.php") == {COMPROMISE}


def test_both_nodes_and_what_ha_file_synchronisation_copies(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    pair, theme = simulator.appliance("pair"), "/var/vpn/themes/a.css"
    pair.write_file(theme, "x\n", node=0)
    accepted = look(simulator, tmp_path, "pair")[0]
    pair.write_file(theme, "x\n", node=1)
    assert look(simulator, tmp_path, "pair", accepted)[1].findings == ()
    pair.write_file(PHP, "<?php\n", node=1)
    examined = look(simulator, tmp_path, "pair", accepted)[1]
    second = str(Stage(simulator, tmp_path, "pair").appliance.nodes[1])
    assert [(str(one.level), one.node) for one in examined.findings] == [(COMPROMISE, second)]


def test_users_rights_and_epa_actions(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    with Connection(Stage(simulator, tmp_path, BOX).appliance) as connection:
        session, binding = connection.primary, "systemuser_systemcmdpolicy_binding"
        session.write("POST", "systemuser", {"systemuser": {"username": "support", "password": "Secret-1-secret"}})
        session.write("PUT", binding, {binding: {"username": "support", "policyname": "superuser", "priority": 1}})
        session.write(
            "POST", "systemcmdpolicy", {"systemcmdpolicy": {"policyname": "p", "action": "ALLOW", "cmdspec": ".*"}}
        )
        epa = {"name": "e", "csecexpr": 'sys.client_expr("file_0_c:\\\\x")', "defaultepagroup": "NO_AUTH"}
        session.write("POST", "authenticationepaaction", {"authenticationepaaction": epa})
    examined = look(simulator, tmp_path, BOX, accepted)[1]
    found = {one.where: one.evidence for one in examined.findings}
    assert set(found) == {
        "systemuser support",
        "systemuser_systemcmdpolicy_binding support",
        "systemcmdpolicy p",
        "authenticationepaaction e",
    }
    assert "superuser" in found["systemuser_systemcmdpolicy_binding support"]
    assert "NO_AUTH" in found["authenticationepaaction e"]
    assert "Secret" not in str(examined)


def test_the_watch_says_when_it_proves_nothing(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    box.remove_file("/etc/crontab")
    box.remove_file(MESSAGES)
    text = " ".join(gaps(look(simulator, tmp_path, BOX, accepted)[1]))
    assert "/etc/crontab: every appliance has it" in text
    assert f"{MESSAGES}: it is not there" in text
    address, node = next(iter(accepted.nodes.items()))
    many = {f"/var/vpn/themes/{number}": one for number, one in enumerate([*node.files.values()] * 3)}
    lost = replace(accepted, nodes={address: replace(node, files={**node.files, **many})})
    assert "the listings prove nothing" in " ".join(gaps(look(simulator, tmp_path, BOX, lost)[1]))


def test_what_an_attacker_wrote_stays_text(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    box.write_file("/var/vpn/theme/{{ lookup('pipe','id') }}\n.php", "x")
    box.write_file("/var/vpn/theme/" + "a" * 70 + ".php", "x")
    box.write_file("/var/vpn/theme/big.css", "x" * (LARGE + 1))
    box.write_file("/nsconfig/nsafter.sh", "\x1b[2J {{ 7*7 }} http://evil.example/\n")
    for path in ("/tmp/\x1b[2J http://evil.example/{{ 1 }}", "a" * 3000):
        box.log(MESSAGES, VERIEXEC.format(MISMATCH, path))
    box.log(MESSAGES, "Sep 20 01:02:03 ns kernel: " + "MAC/veriexec: " * 4_000)
    examined = look(simulator, tmp_path, BOX, accepted)[1]
    text = lines_of([examined])
    assert all(one.isprintable() and one.isascii() for one in text)
    assert "http://" not in " ".join(text)
    assert len([one for one in examined.findings if str(one.level) == COMPROMISE]) == 2
    assert "{{ lookup" in " ".join(one.where for one in examined.findings)
    assert "aaaa" in next(one.where for one in examined.findings if one.seen_by == "log")
    assert levels(examined, "big.css") == {REVIEW}
    assert "NITRO cannot be asked for a file of this name" in " ".join(gaps(examined))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("Sep 20 01:02:03 <kern.crit> ns kernel: MAC/veriexec: no fingerprint (file=/a b(c fsid=1 x)", ["/a b(c"]),
        (
            "Sep 20 01:02:03 ns kernel: MAC/veriexec: no fingerprint (file=a fsid=1)MAC/veriexec: no fingerprint (file=b fsid=1)",
            ["a", "b"],
        ),
        ("Sep 20 01:02:03 ns sshd[1]: user kernel: MAC/veriexec: no fingerprint (file=/x fsid=1)", []),
        ("Sep 20 01:02:03 ns kernel: MAC/veriexec: something else", []),
    ],
)
def test_integrity_messages(text: str, paths: list[str]) -> None:
    assert [message.path.decode() for message in integrity_messages(text.encode())] == paths


def test_only_what_was_shown_is_accepted(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    files = BaselineFiles(tmp_path / "baselines", BOX, RecordTrust(key=tmp_path / "keys" / "key"))
    with pytest.raises(Refused, match="nothing was shown yet"):
        files.accept(accepted, "J. Jansen")
    files.write(files.shown, accepted)
    box.write_file("/var/vpn/themes/new.css")
    changed = look(simulator, tmp_path, BOX, accepted)[0]
    with pytest.raises(Refused, match="has changed since it was shown"):
        files.accept(changed, "J. Jansen")
    assert not files.accepted.exists()
    files.accept(accepted, "J. Jansen")
    stored = files.read(files.accepted)
    assert stored.state == replace(accepted, accepted_by="J. Jansen")
    assert files.baseline("14.1 73.46").state == stored.state
    assert files.accepted.stat().st_mode & 0o777 == 0o600


def test_a_web_shell_is_accepted_by_its_number_only(simulator: Simulator, box: ApplianceHandle, tmp_path: Path) -> None:
    def run(**options: Any) -> dict[str, Any]:
        given = {"record_key": str(tmp_path / "key"), "allowed_signers": "", "records": None, "hash_all": False}
        given |= {
            "catalogue": str(CATALOGUE.parent),
            "baselines": str(tmp_path / "baselines"),
            "accept": "",
            "accept_findings": [],
            **options,
        }
        return WatchAppliance(Stage(simulator, tmp_path, BOX).appliance, given, False, False).values()

    box.write_file(PHP, "<?php\n")
    (found,) = run()["findings"]
    for wrong in ([], ["0" * 16]):
        fix = "take evidence and hunt, or if it is expected, -e accept_findings="
        refused = rf"^box: nothing was accepted: {fix}{found['id']}, {PHP}: the file is new, which no clean appliance "
        with pytest.raises(Refused, match=refused) as error:
            run(accept="J. Jansen", accept_findings=wrong)
        action = error.value.args[0]
        assert [(one.verb, one.values) for one in action.commands] == [("evidence", {}), ("hunt", {})], "not itself"
    assert run()["findings"][0]["id"] == found["id"], "nothing was accepted"
    assert run(accept="J. Jansen", accept_findings=[found["id"]])["findings"] == []
    assert run()["exit_code"] == 0


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema": 2}', '{"schema": 1, "nodes": []}', "[" * 100_000])
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, text: str) -> None:
    files = BaselineFiles(tmp_path / "baselines", BOX, RecordTrust(key=tmp_path / "keys" / "key"))
    files.write(files.shown, WatchedState(BOX, {}, {}))
    files.shown.write_text(text)
    with pytest.raises(InvalidInput, match=r"is no state of a watch|its schema is"):
        files.read(files.shown)
    files.shown.write_text(WatchedState("other", {}, {}).to_json())
    with pytest.raises(InvalidInput, match="is of other"):
        files.read(files.shown)
    files.shown.chmod(0o666)
    with pytest.raises(InvalidInput, match="others may"):
        files.read(files.shown)


def test_a_node_that_is_away_makes_it_incomplete(simulator: Simulator, tmp_path: Path) -> None:
    simulator.reset()
    accepted = look(simulator, tmp_path, "pair")[0]
    stage = Stage(simulator, tmp_path, "pair")
    stage.variables["nodes"] = [stage.variables["nodes"][0], "127.0.0.1:9"]
    with Connection(stage.appliance) as connection:
        _state, examined = Watch("pair", accepted, accepted).look(connection, AT)
    assert examined.exit_code == 2
    assert "INCOMPLETE" in lines_of([examined])[0]


def test_a_file_that_does_not_count_is_said_and_alarms_are_still_found(
    simulator: Simulator, box: ApplianceHandle, tmp_path: Path
) -> None:
    box.write_file(PHP, "<?php\n")
    _state, examined, _requests = look(
        simulator, tmp_path, BOX, unusable="x does not count", not_shown="y does not count"
    )
    assert levels(examined, PHP) == {COMPROMISE}
    assert gaps(examined) == [
        "changes: x does not count, so only what no clean appliance has is found: look at it, then -e accept=NAME",
        "the run before: y does not count, so every file was read again",
    ]


def test_an_appliance_that_is_back_on_an_earlier_build_is_for_review(
    simulator: Simulator, box: ApplianceHandle, accepted: WatchedState, tmp_path: Path
) -> None:
    earlier = replace(accepted, accepted_by="J. Jansen")
    _state, examined, _requests = look(simulator, tmp_path, BOX, earlier, is_earlier=True, unusable="z does not count")
    assert levels(examined, "the build") == {REVIEW}
    assert gaps(examined) == ["changes: z does not count. Look at it, then -e accept=NAME"]
