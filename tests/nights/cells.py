# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cells of the pages and of the CSV files as claims: each is of the kind of its column, its heading or its term, which has a check in cell_checks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from tests.nights.claims import Claim, decision_kind, labels
from tests.nights.outputs import Outputs, RunOutputs
from tests.nights.page_checks import Section, page_of, plain
from tests.nights.world import Weakness

_DETAILS = re.compile(r"a\d+$")
_OWN_WORDS = "words"
"""The section that explains words: it says nothing of the night."""
_BEGINS = {"": "Page", "fleet": "Customer", "appliances": "Appliance", "decisions": "Due", "closings": "Closed"}
_BEGINS |= {"runs": "Started", "details of": "Entry", "plans": "#"}
"""By section, the first column of its table."""


def cell_claims(found: Outputs, weakness: Weakness) -> Iterator[Claim]:
    """Yield the claims of all cells."""
    for name, run in (("status", found.status), ("catalogue", found.catalogue)):
        is_joint = run is found.catalogue and found.second is not None
        yield from _of_csv(name, run, is_joint=is_joint)
        yield from _of_page(f"{name} page", run.page, run, "", is_joint=is_joint)
        for customer, text in run.pages.items():
            yield from _of_page(f"{name} page of {customer}", text, run, customer, is_joint=is_joint)
    answers = [one for about in found.ledger["appliances"].values() for one in about["answers"]]
    rows = [row for one in answers for row in one["rows"]]
    shown = [one for one in rows_of(found.ledger_table) if one["entry"] == weakness.id]
    for number, one in enumerate(shown):
        row = rows[number] if number < len(rows) else {}
        for column, text in one.items():
            about = {"text": plain(text), "row": row, "column": column}
            yield Claim(f"ledger csv: {column}", "ledger.csv", one["appliance"], one["customer"], about=about)


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file, by column."""
    return [*csv.DictReader(io.StringIO(text))]


def _of_csv(name: str, run: RunOutputs, *, is_joint: bool) -> Iterator[Claim]:
    for kind, text in (("csv", run.table), ("debt csv", run.debts)):
        for row in rows_of(text):
            if row["host"] not in run.results:
                yield Claim(f"{kind}: host", f"{name} {kind}", about={"text": row["host"], "row": row})
                continue
            for column, cell in row.items():
                about = {"text": plain(cell), "row": row}
                yield Claim(f"{kind}: {column}", f"{name} {kind}", row["host"], row["customer"], about=about)
            yield Claim(f"verdict: {row['verdict']}", f"{name} {kind}", row["host"], is_joint=is_joint)
            if "exit_code" in row:
                about = {"verdict": row["verdict"]}
                code = f"prometheus: {row['exit_code']}"
                yield Claim(code, f"{name} csv", row["host"], about=about, is_joint=is_joint)


def _of_page(view: str, text: str, run: RunOutputs, customer: str, *, is_joint: bool) -> Iterator[Claim]:
    """:param customer: whose page it is, with the names that appliances have there; "" for the whole report"""
    hosts = labels(run, customer) if customer else {one["host"]: one["host"] for one in run.report["appliances"]}
    order = [*hosts.values()]
    sections = page_of(text).sections
    for name, section in sections.items():
        if name == _OWN_WORDS:
            continue
        kind = "details of" if _DETAILS.match(name) else name
        appliance = order[int(name[1:])] if kind == "details of" else ""
        for claim in _of_section(view, kind, section, appliance, hosts, customer, {*sections}):
            yield claim if not is_joint else Claim(**{**vars(claim), "is_joint": True})


def _of_section(
    view: str,
    kind: str,
    section: Section,
    appliance: str,
    hosts: Mapping[str, str],
    customer: str,
    sections: set[str],
) -> Iterator[Claim]:
    columns: Sequence[str] = ()
    for cells in ([plain(one) for one in row] for row in section.rows):
        if not columns or cells[:1] == [_BEGINS.get(kind)]:
            columns = cells
            continue
        row = dict(zip(columns, cells, strict=False))
        where = hosts.get(row.get("Appliance", ""), appliance)
        about = {"row": row, "hosts": hosts, "customer": customer}
        if kind == "appliances" and not where:
            yield Claim("page appliances: Appliance", view, about={**about, "text": row["Appliance"]})
            continue
        for column, text in row.items():
            named = "a word" if kind == "fleet" and column not in ("Customer", "Worst", "Appliances") else column
            yield Claim(
                f"page {kind}: {named}",
                view,
                where,
                row.get("Customer", ""),
                about={**about, "text": text, "word": column},
            )
        if "Verdict" in row and kind in ("appliances", "details of"):
            yield Claim(f"verdict: {row['Verdict']}", view, where)
        if kind == "decisions":
            what = f"decision: {decision_kind(row['What'])}"
            yield Claim(
                what, view, ", ".join(_named(row["Appliance"], hosts)), row["Customer"], about={"what": row["What"]}
            )
    for heading, texts in section.lists.items():
        named = "Plan" if heading.startswith("Plan ") else heading
        for text in texts:
            about = {"text": plain(text), "hosts": hosts, "sections": sections}
            yield Claim(f"page {kind} list: {named}", view, appliance, about=about)
    term = ""
    for tag, text in section.pairs:
        if tag == "dt":
            term = plain(text)
        else:
            yield Claim(f"page {kind} term: {term}", view, appliance, about={"text": plain(text), "hosts": hosts})


def _named(text: str, hosts: Mapping[str, str]) -> list[str]:
    return [hosts.get(one, one) for one in text.split(", ")]
