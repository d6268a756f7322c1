# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that people and programs read at one moment of a night, made by one control node as the playbooks make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.customer import Customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.call_list import call_list
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.duties import duties_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import CustomerFacts
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.from_ledger import FromLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.letter import letter_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.run import Audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.course_text import course_text
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.ledger_files import ledger_csv
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.run import ReadLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import Run, report_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.debt import debt_table, is_known
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.table import table
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from simulator.server.request_log import FIELDS
from tests.engine.views import OWN, options_of
from tests.letters_world import AMSTERDAM, SENDER, forms, wording
from tests.nights.control_node import Operator
from tests.nights.world import BEHIND, Weakness
from tests.stage.memory import CATALOGUE

ENTRIES = {one.id: one for one in load_catalogue(CATALOGUE.parent) if one.id in (OWN, BEHIND.id)}

_SIDE = FIELDS.index("side")


@dataclass(frozen=True)
class RunOutputs:
    """What a run of status.yml leaves: with one mitigation, or with the whole catalogue.

    :ivar results: by appliance
    :ivar views: by customer, the report as that customer sees it; likewise pages
    :ivar decisions: of the whole report, and by customer
    :ivar asked: by appliance, how many requests the simulator saw while it was read
    :ivar table: the report as CSV; likewise debts
    """

    results: Mapping[str, Mapping[str, Any]]
    problems: Mapping[str, str]
    report: Mapping[str, Any]
    views: Mapping[str, Mapping[str, Any]]
    screen: Sequence[str]
    page: str
    pages: Mapping[str, str]
    vex: Mapping[str, Any]
    metrics: str
    decisions: Mapping[str, Sequence[Mapping[str, Any]]]
    asked: Mapping[str, int]
    table: str = ""
    debts: str = ""


@dataclass(frozen=True)
class Outputs:
    """What is read.

    :ivar by: the control node that makes it
    :ivar facts: by customer, those of the letters; likewise letters, as texts of both languages
    :ivar audits: by appliance, the lines and the values of audit.yml
    :ivar ledger_table: the ledger as CSV
    :ivar second: of a night of two weaknesses, a status of the second
    """

    by: str
    at: datetime
    status: RunOutputs
    catalogue: RunOutputs
    ledger: Mapping[str, Any]
    course: str
    facts: Mapping[str, CustomerFacts]
    letters: Mapping[str, str]
    calls: Sequence[str]
    duties: Mapping[str, Mapping[str, Any]]
    audits: Mapping[str, Mapping[str, Any]]
    second: RunOutputs | None = None
    ledger_table: str = ""

    def about(self, weakness: Weakness) -> Outputs:
        """Return what is said about one weakness: its status, its rows of the ledger, its facts; and what is about none."""
        if self.second is None:
            return self
        facts = {name: _facts_about(one, weakness) for name, one in self.facts.items()}
        status = self.second if weakness is BEHIND else self.status
        return replace(self, status=status, ledger=_ledger_about(self.ledger, weakness), facts=facts)


def _ledger_about(ledger: Mapping[str, Any], weakness: Weakness) -> Mapping[str, Any]:
    appliances = {}
    for name, about in ledger["appliances"].items():
        answers = [
            {**one, "rows": [row for row in one["rows"] if row["entry"] == weakness.id]} for one in about["answers"]
        ]
        appliances[name] = {**about, "answers": answers}
    return {**ledger, "appliances": appliances}


def _facts_about(known: CustomerFacts, weakness: Weakness) -> CustomerFacts:
    return replace(known, facts=tuple(one for one in known.facts if one.entry in ("", weakness.cve)))


def read(operators: Mapping[str, Operator], by: str, at: datetime) -> Outputs:
    """Read everything. Nothing is changed.

    :param operators: by appliance
    """
    options = {
        name: {**options_of(one, one.traces), "as_of": "", "alarms": one.alarms} for name, one in operators.items()
    }
    ledger, named = _ledger(operators, options), {name for one in options.values() for name in one["desired"]}
    entries = {name: entry for name, entry in ENTRIES.items() if name in named}
    found = FromLedger(entries, at, at + timedelta(days=1)).facts("ledger.json", ledger)
    facts = {one.customer: one for one in found}
    return Outputs(
        by=by,
        at=at,
        status=_run(operators, options, at, OWN),
        catalogue=_run(operators, options, at),
        ledger=ledger,
        course=course_text(ledger["appliances"]),
        facts=facts,
        letters={name: _letters(one, at) for name, one in facts.items()},
        calls=call_list([(one, Customer(name)) for name, one in facts.items()], at, AMSTERDAM),
        duties={one["customer"]: one for one in duties_values(found, at)["customers"]},
        audits={name: _audit(one, options[name]) for name, one in operators.items()},
        second=_run(operators, options, at, BEHIND.id) if BEHIND.id in named else None,
        ledger_table=ledger_csv(ledger["appliances"]),
    )


def _run(
    operators: Mapping[str, Operator], options: Mapping[str, Any], at: datetime, mitigation: str = ""
) -> RunOutputs:
    """:param mitigation: of which it is; "" for the whole catalogue"""
    task: Any = Status if mitigation else CatalogueStatus
    results, problems, asked = {}, {}, {}
    for name, operator in operators.items():
        given = {**options[name], "mitigation": mitigation}
        if mitigation:
            wanted = options[name]["desired"][mitigation]
            given |= {"version": wanted["version"], "document": wanted["text"]}
        before = _requests(operator)
        try:
            found = task(operator.appliance, given, check_mode=True, is_preview=True).values()
            results[name] = {**found, "action": "status", "customers": _customers(operator)}
        except TourniquetError as error:
            results[name] = {"measure": mitigation or "catalogue", "action": "status"}
            kind = "unreachable" if isinstance(error, CannotConnect) else "failed"
            problems[name] = f"{kind}: {error}"
        asked[name] = _requests(operator) - before
    run = Run(
        playbook="status",
        started=at,
        finished=at,
        results=results,
        problems=problems,
        customers={name: one.shape.customer for name, one in operators.items()},
        shared={name: {**one.shape.vservers, **one.shape.partitions} for name, one in operators.items()},
        version="0.1.0",
    )
    report = report_values(run)
    customers = dict.fromkeys(own["customer"] for one in report["appliances"] for own in one["customers"])
    views = {customer: for_customer(report, customer) for customer in customers}
    return RunOutputs(
        results,
        problems,
        report,
        views,
        [line.text for line in end_page(PageRun(results, problems, form=_form(mitigation)))],
        page(report),
        {name: page(view, name) for name, view in views.items()},
        vex_documents(report),
        metrics(report),
        {"": open_decisions(report), **{name: open_decisions(view) for name, view in views.items()}},
        asked,
        table(report),
        debt_table(report) if is_known(report) else "",
    )


def _requests(operator: Operator) -> int:
    """Return how many requests to management addresses the simulator has seen."""
    return sum(values[_SIDE] == "nitro" for values in operator.simulator.fleet.log._entries)


def _form(mitigation: str) -> RunForm:
    """Return how a status is started, so that the screen has its next commands as whole lines."""
    values = {"mitigation": mitigation} if mitigation else {}
    return RunForm(("ansible-playbook",), "status", "playbooks/", ".yml", values, (), lambda _limit, _hosts: True)


def _customers(operator: Operator) -> list[dict[str, Any]]:
    """Return whose an appliance is, as the action says it."""
    appliance = operator.appliance
    return [{"customer": one, "vservers": list(appliance.vservers_of(one))} for one in appliance.customers]


def _ledger(operators: Mapping[str, Operator], options: Mapping[str, Any]) -> dict[str, Any]:
    results = {
        name: {
            **ReadLedger(one.appliance, options[name], check_mode=True, is_preview=True).values(),
            "customers": _customers(one),
        }
        for name, one in operators.items()
    }
    values: dict[str, Any] = ledger_page(FleetRun(results, {"fail_at": 2})).values()
    return values


def _letters(facts: CustomerFacts, at: datetime) -> str:
    texts = (forms().text(letter_of(facts, None, at, SENDER, wording(language))) for language in ("nl", "en"))
    return "".join(texts)


def _audit(operator: Operator, options: Mapping[str, Any]) -> Mapping[str, Any]:
    given = {**options, "measure": "", "accept_differences": False, "resign": False}
    found: Mapping[str, Any] = Audit(operator.appliance, given, check_mode=True, is_preview=True).values()
    return found
