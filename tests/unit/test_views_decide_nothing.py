# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A view of the course of time imports the course, and not what it is made of: then it can choose and phrase, and decide nothing."""

from __future__ import annotations

import pytest

from tests.architecture.graph import PLUGIN_UTILS

REPORT = ("content", "customer_view", "debt", "decisions", "page", "prometheus", "proof_text", "table", "vex")
VIEWS = (
    *(name for name in sorted(PLUGIN_UTILS.modules) if name.startswith(("customers.letters.", "verbs.letters."))),
    "judgement.exposure.recovery",
    "judgement.exposure.reopen_answer",
    "judgement.exposure.sentences",
    "verbs.alarm.examination",
    "verbs.alarm.page",
    "verbs.alarm.run",
    "verbs.ledger.ledger_files",
    "verbs.ledger.node_lines",
    "verbs.ledger.page",
    "verbs.pages.catalogue_page",
    "verbs.pages.closed_report",
    "verbs.pages.end_page",
    "verbs.reopen.verdict_once_open",
    *(f"verbs.run_report.{name}" for name in REPORT),
    "verbs.status.page",
)
"""The views that are switched to the course; a view that has to know more gets it put into the course."""
MADE_OF = ("change", "judgement.inspection", "judgement.proof", "judgement.verdicts", "measures", "policies")
WORDS = {"judgement.proof.verdict_table", "judgement.proof.next_action"}
"""The table of words, and the form of a next action, are no working out."""
FILES = {"change.records.records_folder", "change.records.signed_series"}
"""How letters are filed: the series that they are, and the name of a directory. No change record is read."""


@pytest.fixture(scope="module")
def imported() -> dict[str, frozenset[str]]:
    return PLUGIN_UTILS.graph()


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_imports_nothing_that_the_course_is_made_of(view: str, imported: dict[str, frozenset[str]]) -> None:
    found = {
        one for one in imported[view] if one not in WORDS and any(f"{one}.".startswith(f"{base}.") for base in MADE_OF)
    }
    assert found - (FILES if view.startswith("customers.letters.") else set()) == set()
