# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The severities, and the exit code of several findings."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import (
    CheckResult,
    Severity,
    exit_code,
)


def finding(severity: Severity, what: str = "x") -> CheckResult:
    return CheckResult(severity, "check", what)


@pytest.mark.parametrize(
    ("severities", "code"),
    [
        ([Severity.OK, Severity.NOTE], 0),
        ([Severity.OK, Severity.WARNING], 1),
        ([Severity.WARNING, Severity.NOT_CHECKED], 3),
        ([Severity.NOT_CHECKED, Severity.ERROR], 2),
        ([], 3),
    ],
)
def test_the_worst_finding_gives_the_exit_code(severities: list[Severity], code: int) -> None:
    assert exit_code([finding(severity) for severity in severities]) == code


def test_text_of_an_appliance_is_escaped() -> None:
    assert json_values(finding(Severity.NOTE, "a\x1b[2Jb\nc"))["what"] == r"a\x1b[2Jb\x0ac"
