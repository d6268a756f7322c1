# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each cell that a page or a CSV file can have is of a kind with a check, and a cell that is not true is noticed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger import ledger_files
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report import debt, table

from tests.nights.cell_checks import CELLS, left_out_of_files
from tests.nights.cells import cell_claims
from tests.nights.checks import wrong_claim
from tests.nights.held import Held
from tests.nights.night import OURS, night_of
from tests.nights.outputs import Outputs, read

PAGE = (Path(__file__).parents[2] / "templates" / "reports" / "page.j2").read_text(encoding="utf-8")
NOT_IN_A_NIGHT = {
    "State": "of the register of consent",
    "By": "of the register of consent",
    "When": "of the register of consent",
    "How": "of the register of consent",
    "Ticket": "of the register of consent",
    "Answer": "of a ledger.json beside the report",
    "acknowledged": "nobody acknowledges anything in a night",
    "Plan that was refused": "of a run that changes something",
}
"""What the page can have and no night has, with the reason."""
EXPLAINED = ("seal", "marker", "not seen")
"""The terms of the section of words, which says nothing of a night."""


def test_each_column_of_a_file_has_a_check() -> None:
    columns = {f"csv: {one}" for one in table.COLUMNS} | {f"debt csv: {one}" for one in debt.COLUMNS}
    columns |= {f"ledger csv: {one}" for one in ledger_files.COLUMNS}
    assert columns == {one for one in CELLS if not one.startswith("page ")}


def test_each_column_term_and_heading_of_the_page_has_a_check() -> None:
    columns = re.findall(r'<th scope="col"[^>]*>([^<{]+)</th>', PAGE)
    terms = [one for one in re.findall(r"<dt>([^<{]+)</dt>", PAGE) if one not in EXPLAINED]
    headings = re.findall(r"items\('([^']+)'", PAGE)
    headings += re.findall(r"<h3>([^<{]+)</h3>", PAGE)
    assert min(len(columns), len(terms), len(headings)) > 8
    named = {kind.rpartition(": ")[2] for kind in CELLS}
    assert {*columns, *terms, *headings} - named == {*NOT_IN_A_NIGHT} - named


@contextmanager
def _held(directory: Path) -> Iterator[Held]:
    with night_of(["shared"], directory) as night:
        for one in ("apply", "notice_of_one", "wait"):
            night.play(one)
        yield Held(night, read(night.nodes[OURS], OURS, night.clock))


def _files(before: str, after: str) -> Callable[[Outputs], Outputs]:
    def lie(found: Outputs) -> Outputs:
        run = found.status
        changed = replace(run, table=run.table.replace(before, after), debts=run.debts.replace(before, after))
        return replace(found, status=changed, ledger_table=found.ledger_table.replace(before, after))

    return lie


def _page(before: str, after: str) -> Callable[[Outputs], Outputs]:
    def lie(found: Outputs) -> Outputs:
        assert before in found.status.page
        return replace(found, status=replace(found.status, page=found.status.page.replace(before, after)))

    return lie


@pytest.mark.parametrize(
    ("lie", "kinds"),
    [
        (_files("13.0 47.22,", "13.0 47.24,"), {"csv: build", "debt csv: build"}),
        (_files("one,Brouwer,", "one,Nobody,"), {"csv: customer", "debt csv: customer"}),
        (_files("one,Brouwer,", "eleven,Brouwer,"), {"csv: host", "debt csv: host"}),
        (_files(",false,true,", ",true,true,"), {"csv: changed"}),
        (_files(",ok,", ",unreachable,"), {"csv: state"}),
        (_files(",2020-01-07,", ",2020-01-08,"), {"csv: as_of"}),
        (_files(",2020-01-06T07:00:", ",2021-01-06T07:00:"), {"debt csv: since", "ledger csv: mitigated", "ledger csv: proven"}),
        (_files("-run00", "-run07"), {"ledger csv: mitigated_source", "ledger csv: proven_source"}),
        (_page(">13.0 47.22<", ">13.0 47.24<"), {"page appliances: Build"}),
        (_page(">notice<", ">off the air<"), {"page closings: Step"}),
        (_page(">J. Jansen<", ">N. Nobody<"), {"page closings: Decided by"}),
        (_page("<td>gw_wit</td>", "<td>gw_other</td>"), {"page closings: Virtual servers"}),
        (_page('"v critical">overdue</span> ', '"v critical">overdue</span> not '), {"page decisions: Due"}),
        (_page(">Brouwer, De Wit<", ">Brouwer<"), {"page appliances: Customer"}),
        (_page(">not changed<", ">unreachable<"), {"page appliances: Result"}),
        (_page("<dt>seal</dt>", "<dt>fingerprint</dt>"), {"page details of term: fingerprint"}),
        (_page('scope="col">Step<', 'scope="col">How far<'), {"page closings: How far"}),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_true_is_noticed(tmp_path: Path, lie: Callable[[Outputs], Outputs], kinds: set[str]) -> None:
    with _held(tmp_path) as held:
        assert {one.kind for one in cell_claims(held.found, held.weakness) if wrong_claim(held, one)} == set()
        told = replace(held, found=lie(held.found))
        wrong = {one.kind for one in cell_claims(told.found, held.weakness) if wrong_claim(told, one)}
        assert kinds <= wrong


def test_what_a_file_leaves_out_is_noticed(tmp_path: Path) -> None:
    with _held(tmp_path) as held:
        assert [*left_out_of_files(held)] == []
        found = held.found
        gone = replace(found.status, table=found.status.table.splitlines()[0], debts="")
        rest = "\n".join(one for one in found.ledger_table.splitlines() if ",De Wit," not in one)
        told = replace(held, found=replace(found, status=gone, ledger_table=rest))
        assert [*left_out_of_files(told)] == [
            "status.csv: it has []",
            "debt.csv of status: tq_cve_2019_19781 is at one, and it is not named",
            "ledger.csv has no row of one for De Wit",
        ]
