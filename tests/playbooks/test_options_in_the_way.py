# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options for what is in the way of a change or of a closing, one for each host, so that few runs show the effect of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.stage.fleet import USER, box, vserver
from tests.stage.played import ATTACK, NAME, Laboratory, Run

ON = ["LB", "SSL", "SSLVPN", "RESPONDER"]
OF_OTHERS = {"name": "rp_testing", "rule": "FALSE", "action": "DROP"}
FLEET = {
    "adopted": box(features=ON, configuration={"responderpolicy": [{**OF_OTHERS, "name": NAME}]}),
    "forced": box("12.1 51.14"),
    "without": box(features=ON, unsaved_configuration={"responderpolicy": [OF_OTHERS]}),
    "quiet": box(),
    "reverted": box(vservers=[vserver("vpn", "gw"), vserver("lb", "shop", "HTTP")], switches={"global_policies_see_gateway": False}),
}  # fmt: skip
VARIABLES: dict[str, dict[str, Any]] = {
    "adopted": {"measure_adopt": True, "netscaler_save_timeout": 30},
    "forced": {"measure_force": True},
    "without": {"unsaved": "apply_without_save"},
    "quiet": {"netscaler_probe": False},
    "reverted": {"on_unproven": "revert", "netscaler_never_close": ["shop"]},
}
WHY: dict[str, Any] = {"reason": "the NCSC advises it", "ticket": "CHG0044", "who": "J. Jansen"}
PARTNER, STRANGER = "127.66.0.9", "127.67.0.9"


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    return open_laboratory(FLEET, variables=VARIABLES)


@pytest.fixture(scope="module")
def applied(laboratory: Laboratory) -> Run:
    return laboratory.play("apply")


def test_each_does_what_it_says(laboratory: Laboratory, applied: Run) -> None:
    assert applied.verdict("adopted") == "mitigated"
    assert laboratory.ask("adopted", ATTACK).blocked_by(laboratory.marker("adopted"))
    assert laboratory.row("forced", "responderpolicy"), "the rule is put where the vendor says that it has no effect"
    assert applied.verdict("forced") == "ineffective on this build"
    assert applied.problem("without") == ""
    assert applied.verdict("without") == "applied, not saved"
    assert laboratory.row("without", "responderpolicy", saved=True) is None
    assert applied.verdict("quiet") == "applied, unproven"
    assert {one["side"] for one in applied.requests if one["appliance"] == "quiet"} == {"nitro"}
    assert "on_unproven" in applied.message("reverted")
    assert laboratory.row("reverted", "responderpolicy") is None


@pytest.mark.usefixtures("applied")
def test_a_rule_that_others_have_changed_is_said_and_who_are_the_administrators_counts(laboratory: Laboratory) -> None:
    change = {"responderpolicy": {"name": NAME, "rule": 'HTTP.REQ.URL.CONTAINS("/none")'}}
    laboratory.colleague("adopted", "PUT", "responderpolicy", change)
    laboratory.saved_by_colleague("adopted")
    run = laboratory.play("verify", limit=["adopted"], probes="none")
    assert (run.rc, run.verdict("adopted")) == (2, "drifted")
    alerts = laboratory.directory / "alerts"
    read = laboratory.play("read_logs", limit=["adopted"], admins=[USER], alerts=str(alerts))
    assert not [one for one in read["adopted"]["findings"] if "changing commands" in one["what"]]


def test_who_gets_through_and_what_stays_open(laboratory: Laboratory) -> None:
    closing = {"limit": ["reverted"], "expires": 6, **WHY}
    closed = laboratory.play("close", step="partners", vips=["gw", "shop"], tourniquet_partners=[PARTNER], **closing)
    assert closed.problem("reverted") == ""
    answers = [laboratory.ask("reverted", "/", vserver="gw", client=client).status for client in (PARTNER, STRANGER)]
    assert answers == [302, 403]
    assert laboratory.ask("reverted", "/", vserver="shop", client=STRANGER).status == 200, "it is never closed"
