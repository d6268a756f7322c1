# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the exposure ledger of one appliance."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ...appliance.nitro.connection import Connection
from ...catalogue.entry_file import load_catalogue
from ...catalogue.record_trust import RecordTrust, key_file
from ...fleet.slices.awaited_records import AwaitedRecords
from ...foundation.errors import CannotConnect, TourniquetError
from ...judgement.exposure.reopen_answer import customer_answers
from ...judgement.exposure_reads.ledger_reading import LedgerReader, read_hunt
from ...judgement.proof.acknowledgements import read_acknowledgements
from ..common.result import Result
from ..common.task import Task, date_option
from .page import answer_values, ledger_line


class ReadLedger(Task):
    """Make the ledger of one appliance. One that does not answer has what the records show, and is no failure of the task."""

    def run(self) -> Result:
        name, options = self.appliance.name, self.options
        allowed = options["allowed_signers"]
        trust = RecordTrust(
            key=key_file(options["record_key"]), allowed_signers=Path(allowed).expanduser() if allowed else None
        )
        catalogue, as_of = Path(options["catalogue"]).expanduser(), date_option(options["as_of"])
        reader = LedgerReader(
            self.appliance,
            load_catalogue(catalogue),
            Path(options["records"]),
            trust,
            read_hunt(options["traces"] or "", name),
            as_of,
            catalogue=catalogue,
            acknowledgements=read_acknowledgements(name, options["acknowledgements"]),
        )
        problem, requests, is_unreachable, read_at = "", 0, False, datetime.now(UTC)
        try:
            with Connection(self.appliance) as connection:
                rows = reader.read(connection)
            requests = len(connection.exchanges)
        except TourniquetError as error:
            problem, is_unreachable = str(error).removeprefix(f"{name}: "), isinstance(error, CannotConnect)
            missing = AwaitedRecords(reader.records).missing_of(name)
            awaited = f"{missing}: what was left here is not known" if missing else ""
            rows = reader.unread(problem, awaited)
            problem = f"{problem.removesuffix('.')}; {awaited}" if awaited else problem
        customers = dict.fromkeys(row.customer for row in rows)
        answers = [answer_values(one, whole=True) for one in customer_answers(name, tuple(customers), rows)]
        own = {"answers": answers, "requests": requests, "problem": problem, "not_reached": is_unreachable}
        own |= {"as_of": as_of, "read_at": read_at}
        return Result(changed=False, msg=ledger_line(name, answers, problem, is_unreachable=is_unreachable), own=own)


TASK = ReadLedger
