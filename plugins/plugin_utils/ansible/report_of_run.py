# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run: its files, and the notifications that are made of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..catalogue.record_trust import RecordTrust, key_file
from ..customers.consent_register import ConsentRegister
from ..customers.customer import read_customers
from ..fleet.notifications.send import notify
from ..foundation.collection_version import PROJECT, collection_version
from ..foundation.errors import InvalidInput
from ..foundation.foreign_text import printable
from ..foundation.private_files import make_private_directory, replace_file
from ..verbs.common.default_paths import (
    DIRECTORIES,
    INVENTORY_SOURCES,
    default_allowed_signers,
    default_directory,
    inventory_sources,
)
from ..verbs.pages.next_lines import RunForm
from ..verbs.pages.run_results import OwnPage, RunResults
from ..verbs.run_report.content import Run, report_values
from ..verbs.run_report.crisis import crisis_of
from ..verbs.run_report.files import CUSTOMERS, VEX, is_directory, write_report
from ..verbs.run_report.stale_vex import remove_stale_documents, remove_stale_pages
from .run_variables import NOTIFY, REPORT, RunVariables


@dataclass(frozen=True)
class ReportOfRun:
    """What is reported of a run.

    :ivar playbook: its name without a suffix
    :ivar say: shows a line
    :ivar warn: shows a warning
    :ivar form: how the run was started, for the lines of its next actions; None writes none
    """

    run: RunResults
    variables: RunVariables
    playbook: str
    started: datetime
    say: Callable[[str], object]
    warn: Callable[[str], object]
    form: RunForm | None = None

    def problems_of(self, path: Any) -> list[str]:
        """Write the report, send the notifications that are made of it, and return a sentence for each failure: it does not change the result.

        :param path: of the report, as it was given; empty writes none
        """
        problems = []
        try:
            if not isinstance(path, str) or not path.isprintable():
                problems.append(f"the report was not written: {REPORT} must be the name of a directory, in one line")
            elif path:
                self._write_files(Path(path).expanduser())
        except Exception as error:  # noqa: BLE001 - the summary is shown, whatever the report meets
            kind = "" if isinstance(error, OSError | InvalidInput) else f"{type(error).__name__}: "
            problems.append(f"the report was not written to {path}: {kind}{error}")
        try:
            settings = self.variables.by_groups(NOTIFY, {} if self.run.found else self.run.results)
            problems += notify(self._report(), settings) if any(settings.values()) else []
        except Exception as error:  # noqa: BLE001 - as above; the message could have a secret
            problems.append(f"nobody was notified: {type(error).__name__}")
        return [*self.variables.problems, *problems]

    def _write_files(self, path: Path) -> None:
        if own := self.run.own_pages():
            self._write_values(path, own[0])
        elif is_directory(path):
            written = write_report(path, self._report(path))
            pages = [file for file in written if file.suffix == ".html"]
            of_all = ", ".join(str(file) for file in pages if file.parent == path)
            number = len([file for file in pages if file.parent != path])
            views = (
                f"; for customers: {number} page{'' if number == 1 else 's'} in {path / CUSTOMERS}" if number else ""
            )
            self.say(printable(f"The report is in {of_all}{views}"))
            documents = [file for file in written if file.parent == path / VEX]
            views_written = [file for file in pages if file.parent.parent == path / CUSTOMERS]
            inventory, everybody = self.variables.inventory, self._all_customers
            removed = remove_stale_documents(documents, inventory, everybody)
            for file in [*removed, *remove_stale_pages(views_written, inventory, everybody)]:
                self.say(printable(f"Removed {file}: the customer is no longer in the inventory"))
        else:
            self._write_results(path)

    def _write_results(self, path: Path) -> None:
        values = {
            host: {**result, "problem": self.run.problems.get(host, "")}
            for host, result in sorted(self.run.results.items())
        }
        # It holds lines of the appliances' start-up files: mode 0600.
        replace_file(path, json.dumps(values, indent=1, default=str))

    @staticmethod
    def _write_values(path: Path, page: OwnPage) -> None:
        """Write the results of a playbook that has no verdicts, by host; into a directory as a file of the name of the page."""
        if is_directory(path):
            make_private_directory(path)
            replace_file(path / f"{page.verb}.json", json.dumps(page.in_directory, indent=1, default=str))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(page.values, indent=1, default=str))

    def _all_customers(self) -> set[str]:
        """Return the customers of the whole inventory; "" for an appliance without one."""
        of_all = self.variables.of_the_whole_inventory
        found = {str(one or "") for one in of_all("netscaler_customer").values()}
        for what in ("vserver", "partition"):
            mappings = of_all(f"netscaler_{what}_customers").values()
            found |= {customer for one in mappings if one for customer in _texts(one).values()}
        return found

    def _crisis(self, directory: Path) -> dict[str, Any]:
        """Return what is known besides the results; nothing where that cannot be read, with a warning."""
        try:
            sources = inventory_sources({INVENTORY_SOURCES: self.variables.sources})
            place = self.variables.value("consents") or default_directory(DIRECTORIES["consents"], sources)
            signers = self.variables.value("tourniquet_allowed_signers") or default_allowed_signers(sources)
            trust = RecordTrust(
                key_file(self.variables.value("tourniquet_record_key")), Path(str(signers)).expanduser()
            )
            described = read_customers("the inventory", self.variables.value("tourniquet_customers"))
            customers = {own["customer"] for one in self.run.results.values() for own in one.get("customers") or ()}
            return crisis_of(directory, ConsentRegister(Path(str(place)).expanduser(), trust), customers, described)
        except (InvalidInput, OSError) as error:
            self.warn(printable(f"consent and ledger are not in the report: {error}"))
            return {}

    def _report(self, directory: Path | None = None) -> dict[str, Any]:
        """:param directory: of the report; None where it is not written"""
        absent = [host for host, result in self.run.results.items() if "appliance" not in result]
        customers = self.variables.by_host("netscaler_customer", absent)
        owners = [self.variables.by_host(f"netscaler_{what}_customers", absent) for what in ("partition", "vserver")]
        run = Run(
            playbook=self.playbook or "run",
            started=self.started,
            finished=datetime.now(UTC),
            results=self.run.results,
            problems=self.run.problems,
            planned=frozenset(self.run.planned),
            customers={host: str(customer or "") for host, customer in customers.items()},
            shared={host: _texts({**owners[0].get(host, {}), **owners[1].get(host, {})}) for host in absent},
            crisis={} if directory is None else self._crisis(directory),
            rollout=tuple(self.run.fleet),
            version=collection_version(PROJECT),
            form=self.form,
        )
        return report_values(run)


def _texts(mapping: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in mapping.items()}
