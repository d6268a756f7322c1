# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Report and notifications have the next action as a line to paste beside its text: without a secret, whole, and not in what a customer gets."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.message import (
    IN_THE_REPORT,
    message,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.notifications.receivers import Event
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.next_action import (
    Command,
    NextAction,
    command_values,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.proof.next_action import APPLY, LOCKDOWN
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents

from tests.run_reports import report, result, verdict

FORM = RunForm(
    words=("ansible-playbook", "-i", "inventory/mine", "--vault-password-file", "vault"),
    playbook="status",
    before="playbooks/",
    after=".yml",
    values={"mitigation": "cve_2019_19781"},
    hidden=("netscaler_password",),
    is_exact=lambda _limit, _hosts: True,
)
START = "ansible-playbook -i inventory/mine --vault-password-file vault playbooks/"
ASKED = "-e \"netscaler_password='<netscaler_password>'\""
LINE = f"{START}apply.yml --limit gw-a -e mitigation=cve_2019_19781 {ASKED}"


def made(action: NextAction, problem: str = "", **form: Any) -> dict[str, Any]:
    told = verdict("exposed", next_action=str(action), next_commands=command_values(action))
    own = result("exposed", verdict=told, changed=True)
    return report({"gw-a": own}, {"gw-a": problem} if problem else None, form=replace(FORM, **form))


def test_the_report_has_the_line_of_each_appliance() -> None:
    run = made(NextAction(APPLY))
    assert run["appliances"][0]["next_lines"] == [LINE]
    assert LINE in html.unescape(page(run))
    assert made(NextAction(APPLY), "held: others are in the way")["appliances"][0]["next_lines"] == []


def test_no_customer_gets_the_lines_of_the_provider() -> None:
    """They name the inventory, and run on the machine of the provider alone."""
    run = made(NextAction(APPLY))
    mine = for_customer(run, "Brouwer")
    assert mine["appliances"][0]["next_lines"] == []
    for text in (page(mine, "Brouwer"), str(vex_documents(run))):
        assert "ansible-playbook" not in html.unescape(text)
        assert "inventory/mine" not in text


def test_who_is_told_of_a_failure_gets_the_line_too() -> None:
    run = made(NextAction("close external access (", LOCKDOWN, "), then upgrade"), "failed: it broke")
    told = message(run, run["appliances"], {Event.FAILED})
    assert told is not None
    (closing, check) = [line.strip() for line in told.text.splitlines() if line.strip().startswith("ansible-playbook")]
    assert closing.startswith(f"{START}lockdown.yml --limit gw-a -e \"reason='<reason>'\"")
    assert check == f"{START}status.yml --limit gw-a -e mitigation=cve_2019_19781 {ASKED}"
    assert told.values["events"]["failed"][0]["next_lines"] == [closing, check]
    # A chat program would make something of <...>; the placeholder is refused with these brackets too.
    assert closing.translate(str.maketrans("<>", "\u2039\u203a")) in told.values["text"]


@pytest.mark.parametrize("name", ["g w", "http://evil.example/x", "@all", "[click](here)"])
def test_a_line_that_a_mail_or_chat_program_would_change_is_named_and_not_sent(name: str) -> None:
    closing = Command("close", (("step", "notice"),), unsaid=(("vips", (name,)),))
    run = made(NextAction(closing), "failed: it broke")
    told = message(run, run["appliances"], {Event.FAILED})
    assert told is not None
    assert "ansible-playbook" not in told.text
    assert IN_THE_REPORT in told.text
    assert told.values["events"]["failed"][0]["next_lines"] == []


def test_a_hostile_name_is_escaped_on_the_page() -> None:
    closing = Command("close", (("step", "notice"),), unsaid=(("vips", ("</code><script>alert(1)</script>",)),))
    text = page(made(NextAction(closing)))
    assert "<script>alert(1)" not in text
    assert len(re.findall(r"<dt>to paste</dt>", text)) == 1
