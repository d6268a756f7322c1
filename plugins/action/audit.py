# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action behind the module ``audit``; see there for its options and results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.approval_authority import authority_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ansible.base import TourniquetAction
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.audited import (
    DemandOfToday,
    departure,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.approvals.demand import (
    VARIABLE,
    wanted_approvals,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.audit import audit
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.counted import counted
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.approvals import approval_rules
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.audit.page import (
    audit_lines,
    audit_values,
    departures,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.approval_option import (
    APPROVAL,
    DEMAND,
    LISTED,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.option_files import options_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.options import Options
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.task import Task, record_trust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.common.verb import Verb
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.failed_result import (
    failed_report,
    unreachable_report,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.preview_parts import headline
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.result_parts import request_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.registry import declared

PROBLEM = "problem"
"""In the approval option: why it is not known what the inventory demands today."""


class Audit(Task):
    """Read the records here and the copies on the nodes, and say whether they agree. Nothing is ever written."""

    def run(self) -> dict[str, Any]:
        options = self.options
        scope = (Path(options["records"]), self.appliance.name, options["measure"], record_trust(options))
        try:
            with Connection(self.appliance) as connection:
                found = audit(connection, *scope)
            title, requests = headline(connection), request_values(connection, 0)
            problem, is_unreachable = "", False
        except TourniquetError as error:
            is_unreachable = isinstance(error, CannotConnect)
            # The records on the control node are shown anyway.
            found = audit(None, *scope)
            title, requests = f"{self.appliance.name}   NOT READ", {}
            problem = f"the copies on the appliance were not read: {error}"
            found.add_not_read(problem)
        law = options.get(APPROVAL) or {}
        if PROBLEM in law:
            found.add_not_read(f"whether changes were approved under another list of allowed signers: {law[PROBLEM]}")
        else:
            today = DemandOfToday(approval_rules(), law.get(VARIABLE), law.get(DEMAND, ""), law.get(LISTED, ""))
            for run in found.runs:
                run.departure = departure(run.content.values, today) if run.content else ""
        if found.differences and not options["accept_differences"]:
            problem, is_unreachable = f"records, copies or chain do not agree: {'; '.join(found.differences)}", False
        number = f"{len(found.runs)} run{'' if len(found.runs) == 1 else 's'}"
        values = {
            "changed": False,
            **audit_values(found),
            "report": audit_lines(title, found),
            "requests": requests,
            "msg": problem or "; ".join(filter(None, [f"{number}; {found.state}", departures(found), *found.not_read])),
        }
        if found.differences and not problem:
            accepted = f"{number}; {counted(len(found.differences), 'difference')}, which were accepted"
            values["msg"] = "; ".join(filter(None, [accepted, departures(found)]))
        if is_unreachable:
            return unreachable_report(values, problem)
        return failed_report(values, problem) if problem else values


class ActionModule(TourniquetAction):
    """See the module of the same name."""

    TASK: ClassVar[type[Task]] = Audit
    VERB: ClassVar[Verb] = declared("audit")
    OPTIONS: ClassVar[Options] = options_of("audit", "audit")

    def _approval(self, _host: str, variables: dict[str, Any], _options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the inventory of today demands, with its list of allowed signers, or why that is not known."""
        if not variables.get(VARIABLE):
            return {}
        try:
            wanted_approvals(variables[VARIABLE], approval_rules(), "apply")
            today = authority_of(variables, {})
        except InvalidInput as error:
            return {PROBLEM: str(error)}
        return {VARIABLE: json.loads(json.dumps(variables[VARIABLE])), DEMAND: today.demand, LISTED: today.listed}
