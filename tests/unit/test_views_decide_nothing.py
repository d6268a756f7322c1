# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A view of the course of time imports the course, and not what it is made of: then it can choose and phrase, and decide nothing.

Each module of the packages that views are made of is one of a view, or has its reason not to be one.
"""

from __future__ import annotations

import pytest

from tests.architecture.graph import PLUGIN_UTILS

MODULES = sorted(name for name in PLUGIN_UTILS.modules if not name.endswith(".verb"))  # which declare a verb


def _below(*packages: str) -> tuple[str, ...]:
    return tuple(name for name in MODULES if name.startswith(packages))


def _in(package: str, names: str) -> tuple[str, ...]:
    return tuple(f"{package}.{name}" for name in names.split())


CALLS, DUTIES = ("customers.letters.call_list", "customers.letters.impact"), ("customers.letters.duties",)
VEX, PROMETHEUS = _in("verbs.run_report", "vex stale_vex"), _in("verbs.run_report", "prometheus")
VIEWS: dict[str, tuple[str, ...]] = {
    "verdict": ("judgement.proof.verdict_table", "verbs.pages.change_result"),
    "status": (
        *_in("verbs.status", "page exported_run"),
        *_in("verbs.pages", "appliance_lines catalogue_page catalogue_report closed_report counter_text end_page"),
        *_in("verbs.pages", "findings_page fleet_page protection_lines run_results"),
    ),
    "ledger": _in("verbs.ledger", "course_text ledger_files node_lines page"),
    "audit": _in("verbs.audit", "page"),
    "letters": tuple(one for one in _below("customers.letters.", "verbs.letters.") if one not in (*CALLS, *DUTIES)),
    "call list": CALLS,
    "duties": DUTIES,
    "alarm": _in("verbs.alarm", "examination page run"),
    "report": tuple(one for one in _below("verbs.run_report.") if one not in (*VEX, *PROMETHEUS)),
    "VEX": VEX,
    "Prometheus": PROMETHEUS,
    "next": (
        "foundation.next_action",
        "judgement.proof.next_action",
        *_in("judgement.exposure", "recovery reopen_answer sentences"),
        "verbs.pages.next_lines",
        "verbs.reopen.verdict_once_open",
    ),
}
"""The twelve views, by their modules. A view that has to know more gets it put into the course."""
READS = "it reads, and hands what it read to the page"
OBSERVES = "it works out the observation of today, which the course takes: what is in place, and whether it blocks"
SHOWS_A_CHANGE = "its subject is a plan or a change, and not what is true of a service"
NO_VIEWS: dict[str, str] = {
    **dict.fromkeys(_in("verbs.status", "check_options run"), READS),
    **dict.fromkeys(("verbs.ledger.run", "verbs.audit.run"), READS),
    **dict.fromkeys(_in("verbs.status", "catalogue_check exported_check exposure"), OBSERVES),
    **dict.fromkeys(_in("verbs.alarm", "alarm_chain alarms receiver tested_forwarding"), OBSERVES),
    **dict.fromkeys(_in("verbs.pages", "apply_report deployment_plan partition_report plan_report"), SHOWS_A_CHANGE),
    **dict.fromkeys(_in("verbs.pages", "preview_parts provenance_report result_parts"), SHOWS_A_CHANGE),
}
"""The other modules beside them, each with its reason."""
PACKAGES = ("verbs.alarm.", "verbs.audit.", "verbs.ledger.", "verbs.letters.", "verbs.pages.", "verbs.run_report.")
MADE_OF = ("change", "judgement.inspection", "judgement.proof", "judgement.verdicts", "measures", "policies")
WORDS = {"judgement.proof.verdict_table", "judgement.proof.next_action"}
"""The table of words, and the next actions by word, are no working out."""
FILES = {"change.records.records_folder", "change.records.signed_series"}
"""How letters and reports are filed: the series that they are, and the name of a directory. No change record is read."""
ALLOWED = {
    "letters": FILES,
    "report": FILES,
    "VEX": FILES,
    "audit": {"change.records.audit", "change.records.provenance"},  # it is about the records themselves
    "status": {"measures.registry"},  # which measures recur, and their noun
    "alarm": {"change.records.sent_probes"},  # it notes the requests of its own test before they are sent
}


@pytest.fixture(scope="module")
def imported() -> dict[str, frozenset[str]]:
    return PLUGIN_UTILS.graph()


OF_A_VIEW = [(view, name) for view, names in VIEWS.items() for name in names]


@pytest.mark.parametrize(("view", "name"), OF_A_VIEW)
def test_a_view_imports_nothing_that_the_course_is_made_of(
    view: str, name: str, imported: dict[str, frozenset[str]]
) -> None:
    found = {
        one for one in imported[name] if one not in WORDS and any(f"{one}.".startswith(f"{base}.") for base in MADE_OF)
    }
    assert found - ALLOWED.get(view, set()) == set()


def test_each_module_beside_a_view_is_one_or_has_its_reason() -> None:
    named = [name for _view, name in OF_A_VIEW]
    assert len(named) == len(set(named)), "a module is of one view"
    beside = set(_below(*PACKAGES, "verbs.status.", "customers.letters."))
    assert beside - {*named} == {*NO_VIEWS}
    assert set(named) <= {*MODULES}
