# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of the rights: with exactly these each playbook works, none is superfluous, and without one it is refused something.

The simulator enforces command policies as the administration guide describes them.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import kinds_with_rights
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.command_patterns import command_patterns
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.rights import Extra, Right
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.rights import (
    needed_rights,
    rights_of_extra,
    rights_of_measure,
    with_rights,
)

from simulator import Simulator
from tests import sample
from tests.engine import rights_scenarios as scenarios
from tests.engine.rights_scenarios import Scene, compared_commands


@dataclass(frozen=True)
class Case:
    """One use of playbooks.

    :ivar table: the part of the table that the case is about, of which nothing may be superfluous
    """

    playbooks: Sequence[str]
    play: Callable[[Scene], None]
    table: Sequence[Right]
    measures: Sequence[str] = ()
    options: Sequence[str] = ()
    box: str = "box"

    @property
    def rights(self) -> list[Right]:
        return needed_rights(self.playbooks, self.measures, self.options)


def of_playbooks(playbooks: str, play: Callable[[Scene], None], *measures: str, box: str = "box") -> Case:
    names = playbooks.split(", ")
    return Case(names, play, needed_rights(names, measures), measures, box=box)


def of_measure(measure: str, playbook: str, play: Callable[[Scene], None], box: str = "box") -> Case:
    return Case([playbook], play, rights_of_measure(measure, playbook), [measure], box=box)


def of_option(option: str, playbook: str, play: Callable[[Scene], None], measure: str = "", box: str = "box") -> Case:
    return Case([playbook], play, rights_of_extra(option, playbook), [measure] if measure else [], [option], box)


CASES = {
    "plan": of_playbooks("plan", scenarios.plan, "mitigation"),
    "status, verify": of_playbooks("status, verify", scenarios.status, "mitigation"),
    "apply, rollback, retire": of_playbooks("apply, rollback, retire", scenarios.change_and_retire, "mitigation"),
    # It has the rights of a rollback, which undoes what it did where it harms.
    "leave": Case(["leave"], scenarios.leave, (), ["mitigation"]),
    "lockdown": of_playbooks("lockdown", scenarios.lock_down),
    "close": of_playbooks("close", scenarios.close_off),
    "reopen": of_playbooks("reopen", scenarios.reopen),
    "steps of closing": of_option("closing_steps", "close", scenarios.close_by_measures),
    "opening what they closed": of_option("closing_steps", "reopen", scenarios.open_by_measures),
    "on_box": of_playbooks("on_box", scenarios.on_box),
    "audit": of_playbooks("audit", scenarios.read_audit),
    "impact": of_playbooks("impact", scenarios.impact, box="theirs"),
    "learn": of_playbooks("learn", scenarios.learn),
    "doctor": of_playbooks("doctor", scenarios.doctor),
    "evidence": of_playbooks("evidence", scenarios.evidence),
    "watch": of_playbooks("watch", scenarios.watch),
    "alarm": of_playbooks("alarm", scenarios.alarm, box="alarm"),
    "ledger": of_playbooks("ledger", scenarios.ledger_of_records),
    "hunt": of_playbooks("hunt", scenarios.hunt),
    "read_logs": of_playbooks("read_logs", scenarios.logs_are_read),
    "plan of a whitelist": of_measure("url_whitelist", "plan", scenarios.plan_of_whitelist),
    "apply of a whitelist": of_measure("url_whitelist", "apply", scenarios.change_of_whitelist),
    "plan of a geoblock": of_measure("geoblock", "plan", scenarios.plan_of_geoblock, "geo"),
    "apply of a geoblock": of_measure("geoblock", "apply", scenarios.change_of_geoblock, "geo"),
    "plan of a setting": of_measure("setting", "plan", scenarios.plan_of_settings),
    "apply of a setting": of_measure("setting", "apply", scenarios.change_of_settings),
    "plan of management logs": of_measure("management_log", "plan", scenarios.plan_of_management_logs, "geo"),
    "apply of management logs": of_measure("management_log", "apply", scenarios.change_of_management_logs, "geo"),
    "plan of deny URLs": of_measure("appfw_log", "plan", scenarios.plan_of_appfw_log, "geo"),
    "apply of deny URLs": of_measure("appfw_log", "apply", scenarios.change_of_appfw_log, "geo"),
    "alarm of deny URLs": of_measure("appfw_log", "alarm", scenarios.alarm_of_appfw_log, "geo"),
    "end_sessions": of_playbooks("end_sessions", scenarios.end_sessions),
    "the log": of_option("audit_log", "apply", scenarios.change_with_audit_log, "mitigation"),
    "logs that a closing reads": of_option("fetch_logs", "close", scenarios.log_ons),
    "logs that are fetched": of_option("fetch_logs", "learn", scenarios.fetch),
    "the whole catalogue": of_option("whole_catalogue", "status", scenarios.whole_catalogue, "mitigation"),
    "its ledger": of_option("whole_catalogue", "ledger", scenarios.ledger),
    "a reopening from evidence": Case(["reopen"], scenarios.reopen_from_evidence, (), options=["whole_catalogue"]),
    # What it reads of a measure that is in place, the case of a status shows.
    "catalogue": of_option("whole_catalogue", "catalogue", scenarios.both_catalogues),
    "the node-local half": of_option("node_local", "apply", scenarios.change_with_node_local, "mitigation"),
    "its reboots": Case(
        ["apply"],
        scenarios.reboot_both_nodes,
        rights_of_extra("node_local_reboot", "apply"),
        ["mitigation"],
        ["node_local", "node_local_reboot"],
    ),
    "admin partitions": of_option("partitions", "apply", scenarios.change, "mitigation", "tenants"),
}


FLEET = scenarios.FLEET


def scene(simulator: Simulator, directory: Path, case: Case, rights: Sequence[Right]) -> Scene:
    simulator.reset()
    prepared = Scene(simulator, directory, case.box)
    prepared.limit(command_patterns(rights))
    return prepared


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", CASES)
def test_these_rights_are_enough_and_none_is_superfluous(simulator: Simulator, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    prepared = scene(simulator, tmp_path, case, case.rights)
    with compared_commands() as compared:
        case.play(prepared)
    assert compared.refused == []
    unused = [right.name for right in case.table if not any(allows(right, line) for line in compared.lines)]
    assert unused == []


def allows(right: Right, line: str) -> bool:
    return re.search(right.pattern, line, re.IGNORECASE) is not None


MATRIX = [(name, right) for name, case in CASES.items() for right in case.table]


@pytest.mark.parametrize(
    ("name", "right"),
    MATRIX[:: sample.RIGHTS_STRIDE],
    ids=[f"{name}: {right.example}" for name, right in MATRIX[:: sample.RIGHTS_STRIDE]],
)
def test_without_one_of_them_the_appliance_refuses_something(
    simulator: Simulator, tmp_path: Path, name: str, right: Right
) -> None:
    case = CASES[name]
    prepared = scene(simulator, tmp_path, case, [one for one in case.rights if one != right])
    # It may fail, or say what is not known.
    with compared_commands() as compared, contextlib.suppress(TourniquetError, AssertionError):
        case.play(prepared)
    assert [line for line in compared.refused if not allows(right, line)] == []
    assert compared.refused != []


def test_every_playbook_measure_and_option_has_a_case() -> None:
    of_cases = {name for case in CASES.values() for name in (*case.playbooks, *case.measures, *case.options)}
    assert of_cases == {*with_rights(), *kinds_with_rights(), *Extra}
    assert {path.stem for path in (Path(__file__).parents[2] / "playbooks").glob("*.yml")} - {*with_rights()} == {
        "bootstrap",  # run by an administrator, and so is:
        "prove",  # it asks for types that no other playbook needs, and for refusals
        "signer",  # touches no appliance
        "new_entry",  # likewise
        "letters",  # likewise
        "consent",  # likewise
        "sliced",  # plays the playbooks of the verbs
    }
