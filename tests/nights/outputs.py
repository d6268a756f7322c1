# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that people and programs read at one moment of a night, made by one control node as the playbooks make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.run import ReadLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.next_lines import RunForm
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import Run, report_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from tests.engine.views import OWN, options_of
from tests.letters_world import AMSTERDAM, SENDER, forms, wording
from tests.nights.control_node import Operator
from tests.stage.memory import CATALOGUE

ENTRIES = {one.id: one for one in load_catalogue(CATALOGUE.parent) if one.id == OWN}


@dataclass(frozen=True)
class RunOutputs:
    """What a run of status.yml leaves: with one mitigation, or with the whole catalogue.

    :ivar results: by appliance
    :ivar views: by customer, the report as that customer sees it; likewise pages
    :ivar decisions: of the whole report, and by customer
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


@dataclass(frozen=True)
class Outputs:
    """What is read.

    :ivar by: the control node that makes it
    :ivar facts: by customer, those of the letters; likewise letters, as texts of both languages
    :ivar audits: by appliance, the lines and the values of audit.yml
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


def read(operators: Mapping[str, Operator], by: str, at: datetime) -> Outputs:
    """Read everything. Nothing is changed.

    :param operators: by appliance
    """
    options = {
        name: {**options_of(one, one.traces), "as_of": "", "alarms": one.alarms} for name, one in operators.items()
    }
    ledger = _ledger(operators, options)
    found = FromLedger(ENTRIES, at, at + timedelta(days=1)).facts("ledger.json", ledger)
    facts = {one.customer: one for one in found}
    return Outputs(
        by=by,
        at=at,
        status=_run(operators, options, at, Status),
        catalogue=_run(operators, options, at, CatalogueStatus),
        ledger=ledger,
        course=course_text(ledger["appliances"]),
        facts=facts,
        letters={name: _letters(one, at) for name, one in facts.items()},
        calls=call_list([(one, Customer(name)) for name, one in facts.items()], at, AMSTERDAM),
        duties={one["customer"]: one for one in duties_values(found, at)["customers"]},
        audits={name: _audit(one, options[name]) for name, one in operators.items()},
    )


def _run(operators: Mapping[str, Operator], options: Mapping[str, Any], at: datetime, task: Any) -> RunOutputs:
    results, problems = {}, {}
    for name, operator in operators.items():
        given = {**options[name], "mitigation": OWN if task is Status else ""}
        try:
            found = task(operator.appliance, given, check_mode=True, is_preview=True).values()
            results[name] = {**found, "action": "status", "customers": _customers(operator)}
        except TourniquetError as error:
            results[name] = {"measure": OWN if task is Status else "catalogue", "action": "status"}
            kind = "unreachable" if isinstance(error, CannotConnect) else "failed"
            problems[name] = f"{kind}: {error}"
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
        [line.text for line in end_page(PageRun(results, problems, form=_form(task)))],
        page(report),
        {name: page(view, name) for name, view in views.items()},
        vex_documents(report),
        metrics(report),
        {"": open_decisions(report), **{name: open_decisions(view) for name, view in views.items()}},
    )


def _form(task: Any) -> RunForm:
    """Return how a status is started, so that the screen has its next commands as whole lines."""
    values = {"mitigation": OWN} if task is Status else {}
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
