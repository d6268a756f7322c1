# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""alarm.yml as a user runs it: one line where all is well, the broken link where it is not, and nothing is written to an appliance."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.stage.fleet import box
from tests.stage.played import Laboratory

NAME = "tq_cve_2019_19781"
POLICY = {
    "responderpolicy": [{"name": NAME, "rule": 'HTTP.REQ.URL.CONTAINS("/vpns/")', "action": "NOOP", "logaction": NAME}],
    "auditmessageaction": [
        {"name": NAME, "loglevel": "WARNING", "stringbuilderexpr": f'"{NAME} blocked " + HTTP.REQ.URL.HTTP_URL_SAFE'}
    ],
    "responderglobal_responderpolicy_binding": [
        {"policyname": NAME, "priority": 10, "gotopriorityexpression": "NEXT", "type": "REQ_OVERRIDE"}
    ],
}
LOGGED = {**POLICY, "auditsyslogparams": [{"userdefinedauditlog": "YES"}]}
FEATURES = ["LB", "SSL", "SSLVPN", "RESPONDER"]


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory(
        {
            "good": box("13.0 47.22", features=FEATURES, configuration=LOGGED),
            "better": box("13.0 47.22", features=FEATURES, configuration=LOGGED),
            "silent": box("13.0 47.22", features=FEATURES, configuration=POLICY),
        }
    )


def test_a_fleet_is_tested(laboratory: Laboratory) -> None:
    before = laboratory.texts()
    alarms = str(laboratory.directory / "alarms")
    run = laboratory.play("alarm", alarms=alarms, receiver="none", within="3")
    assert run.rc == 2
    assert laboratory.texts() == before
    text = " ".join(run.output.split())
    assert "silent: INCOMPLETE: monitoring unproven: cve_2019_19781 (global): the log: " in text
    assert "Set measure_audit_log: true" in text
    assert "2 appliances: the alarm works (within " in text
    assert "; no attempts seen since " in text
    assert run["silent"]["alarms"][0]["broken"] == "log"
    assert (run["good"]["exit_code"], run["good"]["alarms"][0]["works"]) == (0, True)
    assert "password" not in text.lower()


def test_an_apply_knows_the_requests_of_the_alarm(open_laboratory: Callable[..., Laboratory]) -> None:
    """Seen: status said "1 hit by others" of a counter of which apply said three; the other two were of alarm.yml."""
    laboratory = open_laboratory({"gw": box(features=FEATURES)})
    alarms = str(laboratory.directory / "elsewhere")
    for verb, values in (
        ("apply", {"audit_log": True}),
        ("alarm", {"alarms": alarms, "receiver": "none", "within": "1"}),
    ):
        laboratory.play(verb, **values)
    switch = {"mitigation_mode": "observe", "who": "J. Jansen", "reason": "a test", "audit_log": True}
    assert "1 hit by others" in laboratory.play("apply", check=True, **switch).output
    assert "0 hits by others" in laboratory.play("apply", check=True, alarms=alarms, **switch).output
    assert "0 hits by others" in laboratory.play("status", alarms=alarms).output
