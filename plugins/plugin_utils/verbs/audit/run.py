# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reports every run on one appliance, and checks the records."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...appliance.nitro.connection import Connection, Node
from ...change.approvals.audited import DemandOfToday, departure
from ...change.approvals.demand import VARIABLE
from ...change.records.audit import audit
from ...change.records.change_record import ChangeRecord
from ...foundation.counted import counted
from ...foundation.errors import CannotConnect, InvalidInput, TourniquetError
from ...foundation.next_action import carrying
from ...judgement.exposure_reads.address_reading import address_texts
from ..approvals import approval_rules
from ..common.approval_option import APPROVAL, DEMAND, LISTED
from ..common.result import Result
from ..common.role_variables import ROLE_DEFAULTS
from ..common.task import Task, record_trust
from ..pages.preview_parts import headline
from ..pages.result_parts import requests_of
from .page import audit_lines, audit_values, broken_glass, departures

PROBLEM = "problem"
"""In the approval option: why it is not known what the inventory demands today."""


class Audit(Task):
    """Read the records here and the copies on the nodes, and say whether they agree. Nothing is ever written."""

    def run(self) -> Result:
        options = self.options
        scope = (Path(options["records"]), self.appliance.name, options["measure"], record_trust(options))
        try:
            with Connection(self.appliance) as connection:
                found = audit(connection, *scope)
                nodes = connection.nodes
            title, requests = headline(connection), requests_of(connection, 0)
            problem, is_unreachable = "", False
        except TourniquetError as error:
            is_unreachable = isinstance(error, CannotConnect)
            # The records on the control node are shown anyway.
            found = audit(None, *scope)
            title, requests = f"{self.appliance.name}   NOT READ", {}
            problem, nodes = f"the copies on the appliance were not read: {error}", []
            found.add_not_read(problem)
        found.not_covered += self._not_covered(nodes, found.copied.values(), problem)
        law = options.get(APPROVAL) or {}
        if PROBLEM in law:
            found.add_not_read(f"whether changes were approved under another list of allowed signers: {law[PROBLEM]}")
        else:
            today = DemandOfToday(approval_rules(), law.get(VARIABLE), law.get(DEMAND, ""), law.get(LISTED, ""))
            for run in found.runs:
                run.departure = departure(run.content.values, today) if run.content else ""
        if found.differences and not options["accept_differences"]:
            told = f"records, copies or chain do not agree: {'; '.join(found.differences)}"
            problem, is_unreachable = carrying(told, *found.differences), False
        if found.not_read and not problem and not options["accept_differences"]:  # what is on that node may be forged
            problem = f"not all was read, so it is not known whether all agree: {'; '.join(found.not_read)}"
        number = f"{len(found.runs)} run{'' if len(found.runs) == 1 else 's'}"
        said = [f"{number}; {found.state}", departures(found), broken_glass(found), *found.not_read]
        if found.differences:
            accepted = f"{number}; {counted(len(found.differences), 'difference')}, which were accepted"
            said = [accepted, departures(found), broken_glass(found)]
        own = {**audit_values(found), "report": audit_lines(title, found), "requests": requests}
        result = Result(changed=False, own=own, unreachable=is_unreachable)
        return result.ended("; ".join(filter(None, said)), problem)

    def _not_covered(self, nodes: list[Node], copied: Iterable[ChangeRecord], problem: str) -> list[str]:
        """Return which management addresses are not protected, by all records; an entry that cannot be read makes that unknown, and no failure."""
        options = self.options
        catalogue = Path(options["catalogue"] or ROLE_DEFAULTS["catalogue"]).expanduser()
        records, trust = Path(options["records"]), record_trust(options)
        try:
            found = [*address_texts(self.appliance, catalogue, records, trust, nodes, copied, problem)]
        except InvalidInput as error:
            return [f"which management addresses are covered is not known: {error}"]
        return [text for text in found if not options["measure"] or text.endswith(f"({options['measure']})")]


TASK = Audit
