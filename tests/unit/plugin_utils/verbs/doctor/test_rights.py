# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the command policies of the user mean for the playbooks."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_policies import (
    CommandPolicy,
    Rights,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.check_result import Severity
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.needed_commands import WRITES
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.rights import write_findings


def severities(*policies: CommandPolicy) -> set[Severity]:
    return {finding.severity for finding in write_findings(Rights("tourniquet", policies))}


def test_one_command_that_is_missing_is_named() -> None:
    deny, allow = CommandPolicy("a", False, "^rm responder policy", 10), CommandPolicy("b", True, ".*", 20)
    found = {finding.what.partition(":")[0]: finding for finding in write_findings(Rights("tourniquet", (deny, allow)))}
    assert list(found) == list(WRITES)
    assert found["apply, rollback"].severity is Severity.WARNING
    assert found["apply, rollback"].what == "apply, rollback: the user may not `rm responder policy tq_x`"
    assert found["lockdown, reopen"].severity is Severity.OK


def test_a_pattern_that_takes_years_is_not_checked_and_never_ok() -> None:
    pattern = r"((((([a-z_ ]+)+)+)+)+)+!$"  # also on the shortest command, by any processor
    assert severities(CommandPolicy("a", True, pattern, 10)) == {Severity.NOT_CHECKED}


def test_what_cannot_be_read_is_not_checked_with_the_right_that_is_missing() -> None:
    (finding,) = write_findings(Rights("tourniquet", unknown="no policy is shown"))
    assert (finding.severity, "no policy is shown" in finding.what) == (Severity.NOT_CHECKED, True)
    assert "(^show system (user|group|cmdPolicy).*)" in finding.fix


def test_each_playbook_that_changes_something_needs_a_save() -> None:
    assert all("save ns config" in WRITES[playbooks] for playbooks in ("apply, rollback", "lockdown, reopen"))
