# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of doctor.yml fits a screen, and says everything once."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import (
    CheckResult,
    Severity,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.page import (
    CONTROL_NODE,
    WIDTH,
    doctor_lines,
    doctor_values,
    finding_of,
    state_text,
    totals,
)

OK = CheckResult(Severity.OK, "HA", "standalone")


def test_a_host_that_is_all_right_has_no_line() -> None:
    lines = doctor_lines({CONTROL_NODE: [OK], "a": [OK], "b": [OK]})
    assert lines == ["2 appliances: 2 ok; control node: ok; exit code 0"]


def test_the_same_finding_of_many_hosts_is_one_row() -> None:
    findings = {
        f"gw-{number:03}": [
            CheckResult(
                Severity.ERROR,
                "TLS",
                "not trusted",
                "name its CA; or compare",
                f"10.0.0.{number}:443",
                f"pin: [{number}]",
            )
        ]
        for number in range(200)
    }
    lines = doctor_lines({CONTROL_NODE: [OK], **findings})
    assert lines[0].startswith("ERROR        gw-000 (10.0.0.0:443), gw-001")
    assert "and 194 more" in " ".join(lines)
    assert "             fix: name its CA" in lines
    assert "                  or compare" in lines
    assert "             gw-009: pin: [9]" in lines
    assert "             and 190 more: TOURNIQUET_REPORT=FILE writes all of them" in lines
    assert lines[-1] == "200 appliances: 0 ok, 200 with errors; control node: ok; exit code 2"
    assert len(lines) < 20


def test_what_differs_between_hosts_does_not_divide_the_row() -> None:
    def vip(number: int) -> CheckResult:
        return CheckResult(Severity.NOT_CHECKED, "VIPs", "not probed", "name it", f"gw{number}")

    lines = doctor_lines({"a": [vip(1)], "b": [vip(number) for number in range(2, 8)]})
    assert lines[:2] == [
        "NOT CHECKED  a (gw1), b (gw2, gw3, gw4 and 3 more)  VIPs: not probed",
        "             fix: name it",
    ]
    assert len(lines) == 3


def test_hosts_alone_are_named_as_ranges_in_their_order() -> None:
    off = [CheckResult(Severity.WARNING, "audit log", "it is off")]
    lines = doctor_lines(dict.fromkeys(["gw-03", "vpn", "gw-01", "gw-02"], off))
    assert lines[0] == "WARNING      gw-[01-03], vpn  audit log: it is off"


def test_the_most_severe_comes_first_and_no_row_is_wider_than_the_table() -> None:
    own = [
        CheckResult(severity, "check", "word " * 40)
        for severity in (Severity.NOTE, Severity.WARNING, Severity.NOT_CHECKED, Severity.ERROR)
    ]
    lines = doctor_lines({"a": own})
    assert [line[:11].strip() for line in lines if line[:1].strip()][:4] == ["ERROR", "NOT CHECKED", "WARNING", "NOTE"]
    assert max(map(len, lines)) <= WIDTH


def test_what_was_not_checked_is_not_ok() -> None:
    lines = doctor_lines({CONTROL_NODE: [OK], "a": [OK, CheckResult(Severity.NOT_CHECKED, "rights", "x")], "b": []})
    assert (
        lines[-1]
        == "2 appliances: 0 ok, 2 not checked completely; control node: ok; exit code 3 for monitoring, 2 of the playbook"
    )


def test_an_unreachable_appliance_is_no_error_and_an_error_is_worse() -> None:
    away = CheckResult(Severity.UNREACHABLE, "TLS", "cannot be reached (no route)", about="10.1.0.1:443")
    lines = doctor_lines({CONTROL_NODE: [OK], "a": [away, CheckResult(Severity.NOT_CHECKED, "rights", "x")]})
    assert lines[0].startswith("UNREACHABLE  a (10.1.0.1:443)  TLS: cannot be reached")
    assert lines[-1] == "1 appliance: 0 ok, 1 unreachable; control node: ok; exit code 4"
    assert doctor_values({"a": [away]})["a"]["problem"] == "unreachable: TLS: 10.1.0.1:443 cannot be reached (no route)"
    lines = doctor_lines({CONTROL_NODE: [OK], "a": [away], "b": [CheckResult(Severity.ERROR, "x", "y")]})
    assert lines[-1].endswith("exit code 2")


def test_values_can_be_read_back() -> None:
    finding = CheckResult(Severity.WARNING, "clock", "late", "ntp", "192.0.2.1:443", "line")
    values = doctor_values({"a": [finding]})["a"]
    assert values["exit_code"] == 1
    assert [finding_of(one) for one in values["findings"]] == [finding]


def test_one_line_for_one_host() -> None:
    assert state_text([OK, OK]) == "ok (2 checks)"
    assert (
        state_text([OK, CheckResult(Severity.ERROR, "x", "y"), CheckResult(Severity.NOTE, "x", "y")])
        == "1 error, 1 note"
    )


@pytest.mark.parametrize(
    ("severity", "fail_at", "codes"),
    [
        (Severity.OK, 2, "exit code 0"),
        (Severity.WARNING, 2, "exit code 1 for monitoring, 0 of the playbook"),
        (Severity.WARNING, 1, "exit code 1 for monitoring, 2 of the playbook"),
        (Severity.ERROR, 2, "exit code 2"),
        (Severity.ERROR, 4, "exit code 2 for monitoring, 0 of the playbook"),
        (Severity.UNREACHABLE, 2, "exit code 4"),
        (Severity.UNREACHABLE, 4, "exit code 4 for monitoring, 0 of the playbook"),
    ],
)
def test_the_exit_code_of_the_playbook_is_said_where_it_is_another_one(
    severity: Severity, fail_at: int, codes: str
) -> None:
    lines = doctor_lines({CONTROL_NODE: [OK], "a": [CheckResult(severity, "clock", "late")]}, fail_at)
    assert lines[-1].split("; ")[-1] == codes


def of(severity: Severity) -> list[CheckResult]:
    return [OK, CheckResult(severity, "check", "what", "fix")]


@pytest.mark.parametrize(
    ("severities", "fail_at", "told"),
    [
        ((), 2, "0 appliances: 0 ok; control node: ok; exit code 0"),
        ((Severity.OK,), 2, "1 appliance: 1 ok; control node: ok; exit code 0"),
        ((Severity.OK, Severity.NOTE, Severity.NOTE), 2, "3 appliances: 3 ok; control node: ok; exit code 0"),
        ((Severity.NOTE,), 0, "1 appliance: 1 ok; control node: ok; exit code 0 for monitoring, 2 of the playbook"),
        ((Severity.WARNING,), 2, "1 appliance: 0 ok, 1 with warnings; control node: ok; exit code 1 for monitoring, 0 of the playbook"),
        ((Severity.WARNING,), 1, "1 appliance: 0 ok, 1 with warnings; control node: ok; exit code 1 for monitoring, 2 of the playbook"),
        ((Severity.NOT_CHECKED,), 2, "1 appliance: 0 ok, 1 not checked completely; control node: ok; exit code 3 for monitoring, 2 of the playbook"),
        ((Severity.UNREACHABLE,), 2, "1 appliance: 0 ok, 1 unreachable; control node: ok; exit code 4"),
        ((Severity.UNREACHABLE,), 3, "1 appliance: 0 ok, 1 unreachable; control node: ok; exit code 4 for monitoring, 0 of the playbook"),
        (
            (Severity.ERROR, Severity.UNREACHABLE, Severity.WARNING, Severity.NOT_CHECKED, Severity.OK),
            2,
            "5 appliances: 1 ok, 1 with errors, 1 unreachable, 1 with warnings, 1 not checked completely; control node: ok; exit code 2",
        ),
    ],
)  # fmt: skip
def test_the_last_line_counts_states_and_says_both_exit_codes(
    severities: tuple[Severity, ...], fail_at: int, told: str
) -> None:
    findings = {f"gw-{number}": of(severity) for number, severity in enumerate(severities)}
    assert totals({CONTROL_NODE: [OK], **findings}, fail_at) == told
    without = told.replace("control node: ok", "control node: not checked")
    assert totals(findings, fail_at).partition("; exit")[0] == without.partition("; exit")[0]


def test_a_long_word_is_kept_whole_so_that_it_can_be_copied() -> None:
    path = "/" + "x" * 150
    lines = doctor_lines({"a": [CheckResult(Severity.NOTE, "files", f"look at {path} and then-on", "fix")]})
    assert path in [line.strip() for line in lines]
    assert next(line for line in lines if line.startswith(" " * 13)).strip() == path
