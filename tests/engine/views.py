# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every view says of one weakness at one appliance at the same moment: status, reports, ledger, letters, call list and audit, made as the playbooks
make them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.answer_marker import marked_for
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state_template import (
    plain_template,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_entry
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import Probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.facts import CLOSINGS, FactKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.customers.letters.impact import (
    IMPACT,
    MAY_HAVE_ENDED,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.course.coverage import MANAGEMENT
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.registry import load_entry_measure
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import audit_lines
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.closures import read_closures
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.protection_losses import live_courses
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import apply_parameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.deployment.per_partition import (
    PartitionedDeployment,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.page import ledger_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.ledger.run import ReadLedger
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.end_page import PageRun, end_page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.fleet_page import FleetRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.content import word_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.customer_view import for_customer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.decisions import open_decisions
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.page import page
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.prometheus import metrics
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.run_report.vex import vex_documents
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus, Status

from tests.engine.told import CUSTOMER, Told, told_of
from tests.run_reports import report
from tests.stage.memory import CATALOGUE, Stage

OWN = CATALOGUE.name
EXPOSING = (
    *(FactKind.INEFFECTIVE, FactKind.TAKEN_OFF, FactKind.OBSERVING, FactKind.PROTECTION_ENDED, FactKind.EXPOSED),
)
"""The facts of a letter that say that an attack may succeed."""
AS_OF = "2020-01-15"


@dataclass(frozen=True)
class Views:
    """What the views of one appliance say.

    :ivar status: the result of status.yml -e mitigation=..., as the summary collects it; likewise catalogue, without a mitigation
    :ivar problems: of each, why it failed
    :ivar live: the state of the course of time now, with what that status saw as the observation of today; "" where there is no record or no answer
    """

    status: Mapping[str, Any]
    catalogue: Mapping[str, Any]
    problems: Mapping[str, str]
    told: Told
    live: str

    @cached_property
    def words(self) -> dict[str, str]:
        """Return by view what it says."""
        return {
            **self._of_a_run("status", self.status),
            **self._of_a_run("catalogue", self.catalogue),
            **({"live course": self.live} if self.live else {}),
            "ledger": self.row["course"][-1]["state"],
            "letter exposure": self._exposure(),
            "call list": "goes on" if self._is_called_for_an_exposure() else "not named",
            "audit": self._last_run(),
        }

    @property
    def row(self) -> dict[str, Any]:
        return self.told.row()

    @cached_property
    def closed(self) -> dict[str, bool]:
        """Return by view whether it says that something of the customer is closed now."""
        run = self.report(self.status)
        mine = for_customer(run, CUSTOMER)
        lines = end_page(PageRun({"box": self.status}, {}))
        row = self.row
        first = self._called_for()
        called = any(first.startswith(IMPACT[kind]) for kind in CLOSINGS)
        return {
            # It names what weighs most alone.
            **({} if self._is_called_for_an_exposure() else {"call list": called}),
            "screen": any(line.text.startswith("closed at ") for line in lines),
            "report page": "still closed" in page(run),
            "customer's page": "still closed" in page(mine, CUSTOMER),
            "decisions": any(
                one["what"].startswith("closed") and "OPEN on" not in one["what"] for one in open_decisions(run)
            ),
            "ledger": any(not one["reopened"]["time"] for one in (*row["switched_off"], *row["closings"])),
            "letter": any(fact.kind in CLOSINGS and fact.until is None for fact in self.told.facts.facts),
        }

    @cached_property
    def addresses(self) -> dict[str, frozenset[str]]:
        """Return by view the hosts whose management address it says to be not covered, or not known to be; a view that says nothing at all is left out."""
        rows = [one for one in self.row["nodes"] if one["management"]]
        by_course = (one["node"] for one in rows if not one["management"][-1]["protects"])
        found = {"ledger": frozenset(node.rpartition(":")[0] for node in by_course)}
        for name, result in (("status", self.status), ("catalogue", self.catalogue)):
            if result.get("verdict"):
                run = self.report(result)
                lines = [line.text for line in end_page(PageRun({"box": result}, {}))]
                found |= {
                    name: _hosts(result["verdict"]["missing"]),
                    f"{name}: screen": _hosts(text.removeprefix("not covered: ") for text in lines),
                    f"{name}: report": _hosts(run["appliances"][0]["not_covered"]),
                }
        return found

    def report(self, result: Mapping[str, Any]) -> dict[str, Any]:
        problem = self.problems.get(str(result.get("measure")), "")
        return report(
            {"box": result}, {"box": problem} if problem else None, playbook="status", customers={"box": CUSTOMER}
        )

    def _of_a_run(self, name: str, result: Mapping[str, Any]) -> dict[str, str]:
        run = self.report(result)
        (one,) = run["appliances"]
        mine = for_customer(run, CUSTOMER)
        (own,) = mine["appliances"]
        entry = next((one for one in result.get("entries", ()) if one["id"] == OWN), result.get("verdict"))
        (code,) = [
            line.rpartition(" ")[2]
            for line in metrics(run).splitlines()
            if line.startswith("tourniquet_appliance_verdict_code{")
        ]
        return {
            name: entry["word"] if entry else "no verdict",
            f"{name}: report": word_of(one),
            f"{name}: customer": word_of(own),
            f"{name}: VEX": self._vex(run),
            f"{name}: Prometheus": code,
        }

    @staticmethod
    def _vex(run: Mapping[str, Any]) -> str:
        documents = vex_documents(run)
        if not documents:
            return "no document"
        (weakness,) = documents[CUSTOMER]["vulnerabilities"]
        (status,) = weakness["product_status"]
        helps = [one for one in weakness.get("remediations", ()) if one["category"] != "vendor_fix"]
        return ", ".join([status, *(_help(one) for one in helps)])

    def _exposure(self) -> str:
        found = [fact for fact in self.told.facts.facts if fact.kind in (FactKind.EXPOSED, FactKind.PROTECTION_ENDED)]
        if FactKind.NOT_KNOWN in self.told.kinds:
            return "not known"
        return "none" if not found else "goes on" if any(fact.until is None for fact in found) else "ended"

    def _called_for(self) -> str:
        """Return what the line of the customer in the call list begins with."""
        return self.told.calls.partition(CUSTOMER)[2].strip()

    def _is_called_for_an_exposure(self) -> bool:
        first = self._called_for()
        return first.startswith((MAY_HAVE_ENDED, *(IMPACT[kind] for kind in EXPOSING)))

    def _last_run(self) -> str:
        """Return what the audit says of the last run on the measure; "" where there was none."""
        runs = [line for line in self.told.audit if f" {OWN} " in line and " by " in line]
        return runs[-1].rpartition("saved, ")[2] if runs else ""


def _hosts(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text.removeprefix(MANAGEMENT).partition(": ")[0] for text in texts if text.startswith(MANAGEMENT))


def _help(remediation: Mapping[str, str]) -> str:
    """Return the kind of a remediation; of one that does not help alone, whether its rule is in place."""
    words = remediation["details"].partition(";")[0].partition(",")[0]
    return remediation["category"] if remediation["category"] == "workaround" else words


def views(stage: Stage, *, traces: str = "", acknowledgements: Sequence[Mapping[str, str]] = ()) -> Views:
    """Return what all views say now. Reads only.

    :param traces: the report of hunt.yml
    """
    stage.variables["customer"] = CUSTOMER
    options = options_of(stage, traces, acknowledgements)
    problems: dict[str, str] = {}
    found = {}
    for name, task in ((OWN, Status), ("catalogue", CatalogueStatus)):
        given = {**options, "mitigation": OWN if task is Status else ""}
        try:
            found[name] = {
                **task(stage.appliance, given, check_mode=True, is_preview=True).values(),
                "action": "status",
            }
        except TourniquetError as error:
            kind = "unreachable" if isinstance(error, CannotConnect) else "failed"
            found[name], problems[name] = {"measure": name, "action": "status"}, f"{kind}: {error}"
    return Views(found[OWN], found["catalogue"], problems, _told(stage, options), _live(stage, options))


def _live(stage: Stage, options: Mapping[str, Any]) -> str:
    """Return the state of the course of a status now."""
    task = Status(stage.appliance, {**options, "mitigation": OWN}, check_mode=True, is_preview=True)
    parameters = apply_parameters(stage.appliance, task.options, probes=Probes.NONE, is_preview=True)
    with suppress(TourniquetError), Connection(stage.appliance) as connection:
        judged = {OWN: PartitionedDeployment(connection, parameters).status()}
        closures = read_closures(task, parameters.trust, connection)
        entry, records = load_entry(CATALOGUE), closures.records
        courses = live_courses(connection, [entry], judged, records, parameters.as_of, closures.seen)
        return str(courses[0].now.state) if courses else ""
    return ""


def _told(stage: Stage, options: Mapping[str, Any]) -> Told:
    values = ReadLedger(stage.appliance, options, check_mode=True, is_preview=True).values()
    ledger = ledger_page(FleetRun({stage.name: values}, {"fail_at": 2})).values()
    return told_of(ledger, _audit(stage))


def _audit(stage: Stage) -> list[str]:
    """Return the lines of an audit, without the appliance where it does not answer; why it failed where a record cannot be read."""
    try:
        with Connection(stage.appliance) as connection:
            return audit_lines(stage.name, audit(connection, stage.records, stage.name, trust=stage.trust))
    except CannotConnect:
        return audit_lines(stage.name, audit(None, stage.records, stage.name, trust=stage.trust))
    except TourniquetError as error:
        return [f"failed: {error}"]


def options_of(stage: Stage, traces: str = "", acknowledgements: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """Return the options of a status, a plan and a ledger."""
    desired = {folder.name: desired_of(stage, folder) for folder in stage.folders}
    catalogue = stage.records.parent / "catalogue_of_views"
    if not catalogue.exists():
        catalogue.mkdir()
        for folder in stage.folders:
            (catalogue / folder.name).symlink_to(folder)
    return {
        **dict.fromkeys(("opt_outs", "measures", "planned_fix", "settings")),
        **dict.fromkeys(("accepted_by", "ticket", "reason", "plans", "alarms", "drills"), ""),
        "allowed_signers": str(stage.trust.allowed_signers or ""),
        "acknowledgements": list(acknowledgements),
        "as_of": AS_OF,
        "traces": traces,
        "catalogue": str(catalogue),
        "records": str(stage.records),
        "record_key": str(stage.trust.key),
        "accept_record": [],
        "probes": "none",
        "fail_at": 4,
        "mode": "enforce",
        "audit_log": False,
        "version": 2,
        "closures": [],
        "document": desired[OWN]["text"],
        "desired": desired,
    }


def desired_of(stage: Stage, folder: Path) -> dict[str, Any]:
    """Return what the newest version of a measure wants."""
    measure = stage.mitigation if folder.name == stage.mitigation.id else _measure(folder)
    template = plain_template(folder / f"v{measure.current_version}.yml.j2")
    assert template is not None
    marker = marked_for(stage.variables["marker"], folder.name)
    name = f"tq_{folder.name}"
    text = template.render({"name": name, "priority": measure.priority, "log": True, "marker": marker})
    return {"version": measure.current_version, "text": text}


_measure = cache(load_entry_measure)
