# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands by which the doctor judges the rights of a user are those that the verbs send."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.doctor.needed_commands import READS, WRITES

from simulator import Simulator
from simulator.nitro import command_policies
from tests.stage.fleet import fleet_file
from tests.stage.memory import Stage

BOX = {
    "build": "13.0 47.22",
    "nodes": ["127.0.0.1:0", "127.0.0.1:0"],
    "features": ["LB", "SSL", "SSLVPN"],
    "vservers": [{"type": "vpn", "name": "gw", "address": "127.0.0.88:0", "protocol": "SSL"}],
}
# What Connection reads before anything can be checked: without these there is no log-on.
LOG_ON = ("show ns config", "show ns version", "show ha node")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command lines that the appliance compared with the policies, in lower case."""
    lines: list[str] = []
    check = command_policies.check_line

    def noted(running: object, user: str, make: Callable[[], str]) -> None:
        lines.append(make().lower())
        check(running, user, make)  # type: ignore[arg-type]

    monkeypatch.setattr(command_policies, "check_line", noted)
    return lines


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Simulator(fleet_file({"box": BOX})) as running:
        yield Stage(running, tmp_path)


def name_of(command: str) -> str:
    """The verb and the noun, without the object."""
    words = command.lower().split()
    return " ".join(words[: 2 + (words[1] in ("ns", "system", "audit", "responder", "policy", "vpn", "lb", "cs"))])


def test_a_plan_reads_nothing_that_the_doctor_does_not_try(stage: Stage, sent: list[str]) -> None:
    stage.apply_all()
    stage.status_all()
    stage.rollback_all()
    stage.lockdown()
    stage.reopen()
    known = {name_of(read.command) for read in READS} | {name_of(command) for command in LOG_ON}
    shown = {name_of(line) for line in sent if line.startswith(("show ", "stat "))}
    of_the_preview = {"stat vpn vserver", "stat aaa"}  # without these a preview says "not known"
    assert shown - known - of_the_preview == set()
    assert len(shown) > 12


@pytest.mark.parametrize("playbooks", ["apply, rollback", "lockdown, reopen"])
def test_the_doctor_asks_for_every_command_that_changes_something(
    stage: Stage, sent: list[str], playbooks: str
) -> None:
    if playbooks == "apply, rollback":
        stage.apply_all()
        stage.rollback_all()
    else:
        stage.lockdown()
        stage.reopen()
    written = {name_of(line) for line in sent if not line.startswith(("show ", "stat "))}
    asked = {name_of(command) for command in WRITES[playbooks]}
    assert written - asked == set()
    assert "save ns config" in written
