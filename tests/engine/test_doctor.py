# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the doctor finds at simulated appliances, and that it writes nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NotAuthorized
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import (
    command_patterns,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import (
    CheckResult,
    Severity,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.diagnose import Diagnosis, diagnose
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.needed_commands import READS, WRITES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import needed_rights, with_rights

from simulator import Simulator
from simulator.configuration.command_line import words
from tests.stage.fleet import fleet_file

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "tourniquet", "n1ght-Shift-7Q"
BUILD = "13.1 49.15"


def entry(nodes: int = 1, **changes: Any) -> dict[str, Any]:
    own = {"build": BUILD, "nodes": ["127.0.0.1:0"] * nodes, "users": {USER: PASSWORD, "nsroot": "nsroot"}}
    return {**own, "user_defined_audit_log": "YES", **changes}


def limited(*policies: tuple[str, str]) -> dict[str, Any]:
    """Only these command policies for the user, in this order."""
    rows = [{"policyname": f"p{n}", "action": action, "cmdspec": spec} for n, (action, spec) in enumerate(policies)]
    bound = [{"username": USER, "policyname": f"p{n}", "priority": 10 + n} for n in range(len(policies))]
    return entry(configuration={"systemcmdpolicy": rows, "systemuser_systemcmdpolicy_binding": bound})


VIP = {"type": "lb", "name": "site", "address": "127.0.0.87:0", "protocol": "HTTP"}
ALL_READS = "(^(show|stat) .*)"
PAGE = (ROOT / "docs" / "how-to" / "least-privilege.md").read_text(encoding="utf-8")
(LINE,) = re.findall(r"^add system cmdPolicy tourniquet .*$", PAGE, re.MULTILINE)
DOCUMENTED = words(LINE)[5].text
(WHOLE,) = command_patterns(needed_rights(with_rights(), ["mitigation", "url_whitelist"]))
BOXES = {
    "well": entry(vservers=[VIP]),
    "pair": entry(2),
    "self": entry(certificate="self_signed"),
    "old": entry(build="12.0 63.21", tls_maximum="1.0"),
    "bare": entry(licensed=["LB", "SSL"], user_defined_audit_log="NO"),
    "unsaved": entry(unsaved_configuration={"responderpolicy": [{"name": "theirs", "rule": "true", "action": "NOOP"}]}),
    "reading": limited(("ALLOW", ALL_READS)),
    "blind": limited(("ALLOW", r"(^show (?!system (user|cmdPolicy|group))(?!ns savedConfig).*)|(^stat .*)")),
    "denied": limited(("DENY", "^rm responder policy"), ("ALLOW", ".*")),
    "documented": limited(("ALLOW", DOCUMENTED)),
    "documented whole": limited(("ALLOW", WHOLE)),
    "no reads": limited(("ALLOW", "^show ns config$")),
}
FLEET = fleet_file(BOXES)


def variables(simulator: Simulator, name: str, **changes: Any) -> dict[str, Any]:
    nodes = [f"{node['address']}:{node['port']}" for node in simulator.ready["appliances"][name]["nodes"]]
    known = {
        "nodes": nodes,
        "user": USER,
        "password": PASSWORD,
        "ca_file": simulator.ready["ca_file"],
        "connect_timeout": 2,
    }
    return {**known, **changes}


def examined(simulator: Simulator, name: str, **changes: Any) -> Diagnosis:
    return diagnose(Appliance.from_variables(name, variables(simulator, name, **changes)))


def found(diagnosis: Diagnosis, check: str) -> list[tuple[Severity, str]]:
    return [(finding.severity, finding.what) for finding in diagnosis.findings if finding.check == check]


def one(diagnosis: Diagnosis, check: str) -> CheckResult:
    (finding,) = (finding for finding in diagnosis.findings if finding.check == check)
    return finding


def test_an_appliance_that_is_all_right_has_only_ok_findings(simulator: Simulator) -> None:
    simulator.clear_requests()
    diagnosis = examined(simulator, "well", probe_networks=["127.0.0.87"])
    assert {finding.severity for finding in diagnosis.findings} == {Severity.OK}, diagnosis.findings
    assert [finding.check for finding in diagnosis.findings] == [
        *("TLS", "log-on", "HA", "licence", "clock", "saved", "audit log"),
        *("rights",) * 4,
        "VIPs",
    ]
    sent = {(request["method"], request["target"].rpartition("/")[2]) for request in simulator.requests()}
    assert {(method, target) for method, target in sent if method != "GET"} == {("POST", "login"), ("POST", "logout")}


def test_the_fingerprint_is_that_of_the_certificate_and_no_password_reaches_a_node_that_is_not_trusted(
    simulator: Simulator,
) -> None:
    simulator.clear_requests()
    diagnosis = examined(simulator, "self")
    seen = simulator.ready["appliances"]["self"]["nodes"][0]["certificate_sha256"]
    assert list(diagnosis.fingerprints.values()) == [seen]
    shown = ":".join(seen[at : at + 2] for at in range(0, 64, 2)).upper()  # as openssl x509 -fingerprint prints it
    assert diagnosis.unpinned
    finding = one(diagnosis, "TLS")
    assert (finding.severity, finding.line) == (Severity.ERROR, f'netscaler_certificate_pin: ["{shown}"]')
    assert [(severity, what.split(",")[0]) for severity, what in found(diagnosis, "appliance")] == [
        (Severity.NOT_CHECKED, "log-on")
    ]
    assert simulator.requests() == []


def test_the_right_pin_is_trusted_and_another_one_is_an_alarm(simulator: Simulator) -> None:
    seen = simulator.ready["appliances"]["self"]["nodes"][0]["certificate_sha256"]
    assert one(examined(simulator, "self", certificate_pin=seen), "log-on").severity is Severity.OK
    simulator.clear_requests()
    wrong = examined(simulator, "self", certificate_pin="0" * 64)
    finding = one(wrong, "TLS")
    assert (finding.severity, finding.what.partition(":")[0], finding.line) == (
        Severity.ERROR,
        "ALARM",
        f"SHA-256 {seen}",
    )
    assert not wrong.unpinned, "write_pins has nothing to write"
    assert simulator.requests() == []


def test_no_verification_is_a_warning_with_the_pin(simulator: Simulator) -> None:
    finding = one(examined(simulator, "self", validate_certs=False), "TLS")
    assert finding.severity is Severity.WARNING
    assert finding.line.startswith("netscaler_certificate_pin: [")


def test_old_tls_is_named_with_its_variable(simulator: Simulator) -> None:
    finding = one(examined(simulator, "old"), "TLS")
    assert "its TLS is older than 1.2" in finding.what
    assert finding.line == 'netscaler_minimum_tls: "1.0"'
    assert one(examined(simulator, "old", minimum_tls="1.0"), "log-on").severity is Severity.OK


def test_a_node_that_cannot_be_reached(simulator: Simulator) -> None:
    simulator.appliance("well").unreachable()
    try:
        finding = one(examined(simulator, "well"), "TLS")
    finally:
        simulator.appliance("well").unreachable(False)
    assert (finding.severity, finding.what) == (Severity.UNREACHABLE, "cannot be reached (Connection refused)")


def test_a_wrong_password_is_said_once_and_never_shown(simulator: Simulator) -> None:
    simulator.clear_requests()
    diagnosis = examined(simulator, "pair", password="wr0ng-Pass-9")
    finding = one(diagnosis, "log-on")
    assert finding.what == "the appliance does not accept the user tourniquet with this password (errorcode 354)"
    assert "wr0ng-Pass-9" not in str(diagnosis)
    assert len([r for r in simulator.requests() if r["target"].endswith("login")]) == 1, (
        "further attempts may lock the user"
    )


def test_a_pair_of_which_one_node_is_named(simulator: Simulator) -> None:
    nodes = variables(simulator, "pair")["nodes"]
    assert found(examined(simulator, "pair"), "HA")[0][0] is Severity.OK
    finding = one(examined(simulator, "pair", nodes=nodes[:1]), "HA")
    assert finding.severity is Severity.ERROR
    assert finding.line.startswith(f'netscaler_nodes: ["{nodes[0]}", ')
    (secondary,) = found(examined(simulator, "pair", nodes=nodes[1:]), "appliance")
    assert secondary[0] is Severity.ERROR
    assert secondary[1].startswith("no primary node was found")


def test_what_the_appliance_lacks(simulator: Simulator) -> None:
    diagnosis = examined(simulator, "bare")
    assert found(diagnosis, "licence") == [(Severity.ERROR, "RESPONDER is not licensed, so no mitigation works")]
    assert one(diagnosis, "audit log").severity is Severity.WARNING
    assert one(diagnosis, "audit log").fix.startswith("set audit syslogParams -userDefinedAuditlog YES")


def test_unsaved_changes_are_shown(simulator: Simulator) -> None:
    saved = one(examined(simulator, "unsaved"), "saved")
    assert (saved.severity, saved.about) == (Severity.WARNING, "lines of ns.conf: 1")
    assert saved.line.startswith("+ add responder policy theirs")


def test_a_clock_that_differs(simulator: Simulator) -> None:
    simulator.appliance("well").fault("clock_skew", seconds=-3600)
    try:
        clock = one(examined(simulator, "well"), "clock")
    finally:
        simulator.appliance("well").clear_faults()
    assert (clock.severity, clock.about) == (Severity.WARNING, "60 minutes behind")


def test_a_user_who_may_only_read_is_told_what_else_the_playbooks_need(simulator: Simulator) -> None:
    rights = found(examined(simulator, "reading"), "rights")
    assert rights[0] == (Severity.OK, "plan, status, verify, audit, impact: allowed")
    assert [(severity, what.partition(":")[0]) for severity, what in rights[1:]] == [
        (Severity.WARNING, playbooks) for playbooks in WRITES
    ]
    assert "`add system file tourniquet_x -fileLocation /var/tmp`" in rights[1][1]


def test_rights_that_cannot_be_read_are_not_ok(simulator: Simulator) -> None:
    reading, writing = found(examined(simulator, "blind"), "rights")
    assert reading == (Severity.ERROR, "plan, status, verify, audit, impact: the user may not `show ns savedConfig`")
    assert writing[0] is Severity.NOT_CHECKED
    assert writing[1].startswith("whether the user may change something is not known: ")
    assert "lack: show system user tourniquet" in writing[1]


def test_a_refusal_counts_before_what_allows_everything(simulator: Simulator) -> None:
    rights = found(examined(simulator, "denied"), "rights")
    assert rights[1] == (Severity.WARNING, "apply, rollback: the user may not `rm responder policy tq_x`")
    assert [severity for severity, _what in rights[2:]] == [Severity.OK, Severity.OK]


def test_the_commands_of_the_reads_are_those_that_the_appliance_compares_with_the_policies(
    simulator: Simulator,
) -> None:
    appliance = Appliance.from_variables("no reads", variables(simulator, "no reads"))
    with Session(appliance, appliance.nodes[0]) as session:
        for read in READS:
            with pytest.raises(NotAuthorized) as refusal:
                session.read(read.type, read.name, args=read.args, area=read.area)
            assert f"lack: {read.command}".lower() in refusal.value.message.lower()


def test_the_documented_command_policy_is_enough_for_what_the_page_says(simulator: Simulator) -> None:
    severities = [severity for severity, _what in found(examined(simulator, "documented"), "rights")]
    of_impact = [Severity.OK, Severity.WARNING]
    assert severities == [*of_impact, Severity.OK, Severity.WARNING, Severity.WARNING]
    assert {severity for severity, _what in found(examined(simulator, "documented whole"), "rights")} == {Severity.OK}


def test_without_the_first_read_there_is_no_log_on(simulator: Simulator) -> None:
    (refused,) = found(examined(simulator, "no reads"), "log-on")
    assert refused[0] is Severity.ERROR
    assert "show ns version" in refused[1]


def test_the_superuser_is_a_note(simulator: Simulator) -> None:
    assert found(examined(simulator, "well", user="nsroot", password="nsroot"), "rights") == [
        (Severity.NOTE, "the user nsroot may do everything")
    ]


def test_a_vip_that_only_the_appliance_names_is_not_checked_without_consent(simulator: Simulator) -> None:
    finding = one(examined(simulator, "well"), "VIPs")
    assert finding.severity is Severity.NOT_CHECKED
    assert finding.what == "not probed: only the appliance names it, which is a loopback address"
    assert finding.about.startswith("site (127.0.0.87:")
    assert finding.fix != ""


def test_a_vip_that_cannot_be_reached_is_a_warning(simulator: Simulator) -> None:
    vips = [{"name": "gone", "address": "127.0.0.1", "port": 1, "kind": "vpn"}]
    finding = one(examined(simulator, "well", vips=vips), "VIPs")
    assert (finding.severity, finding.about, finding.what) == (
        Severity.WARNING,
        "gone (127.0.0.1:1)",
        "cannot be reached from here (Connection refused)",
    )
    assert one(examined(simulator, "well", vips=vips, probe=False), "VIPs").severity is Severity.NOTE


def test_the_time_of_the_task_bounds_everything(simulator: Simulator) -> None:
    diagnosis = examined(simulator, "well", task_timeout=0.000001)
    assert Severity.UNREACHABLE in {finding.severity for finding in diagnosis.findings}
    assert diagnosis.requests <= 1
