# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a control node lacks is one finding with one command."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.control_node import (
    control_node_findings,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.libraries import (
    LIBRARIES,
    Installed,
    installed,
    require_libraries,
)

ROOT = Path(__file__).parents[5]


def test_the_libraries_are_those_of_requirements_txt() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert dict(re.findall(r"^([a-z0-9-]+)>=([0-9.]+)$", text, re.MULTILINE)) == {
        name: minimum for name, (minimum, _module) in LIBRARIES.items()
    }


def test_this_control_node_is_ready() -> None:
    assert {finding.severity for finding in control_node_findings(installed())} == {Severity.OK}


def test_all_that_is_missing_or_too_old_is_one_finding() -> None:
    versions = {"netaddr": "", "lark": "", "ansible-core": "2.18.7", "rich": "unknown"}
    findings = control_node_findings(Installed((3, 12), "/opt/my venv/python", lambda name: versions.get(name, "99.0")))
    (error,) = (finding for finding in findings if finding.severity is Severity.ERROR)
    assert error.what == "lark is missing; netaddr is missing; ansible-core is 2.18.7, older than 2.19"
    assert error.fix == "'/opt/my venv/python' -m pip install 'lark>=1.2' 'netaddr>=1.3' 'ansible-core>=2.19'"


def test_a_release_candidate_has_the_number_of_its_release() -> None:
    findings = control_node_findings(
        Installed((3, 11), "python", lambda name: "2.19.0rc1" if name == "ansible-core" else "99")
    )
    assert [finding.severity for finding in findings] == [Severity.OK, Severity.OK]


def test_an_old_python_is_an_error() -> None:
    (error, _libraries) = control_node_findings(Installed((3, 10), "/usr/bin/python3", lambda _name: "99"))
    assert (error.severity, error.what) == (
        Severity.ERROR,
        "Ansible runs on Python 3.10 (/usr/bin/python3), and 3.11 or newer is needed",
    )


def test_what_stops_a_playbook_names_all_libraries_and_one_command() -> None:
    versions = {"netaddr": "", "lark": "1.1"}
    with pytest.raises(InvalidInput) as refused:
        require_libraries(Installed((3, 12), "/opt/my venv/python", lambda name: versions.get(name, "99.0")))
    assert str(refused.value) == (
        "the control node is not ready: netaddr is missing; lark is 1.1, older than 1.2. "
        "'/opt/my venv/python' -m pip install 'netaddr>=1.3' 'lark>=1.2'. Nothing was sent."
    )
    require_libraries(installed())
