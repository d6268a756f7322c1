# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directory of a job of ansible-runner: one of our playbooks over one slice, with the part of the inventory that belongs to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ...catalogue.sliced_job import VARIABLE as GUARD
from ...catalogue.sliced_job import SlicedJob
from ...change.planning.plan_file import PlanFile, conf_of, path_of
from ...foundation.errors import InvalidInput
from ...foundation.private_files import make_private_directory, write_privately
from ...foundation.state_directory import VARIABLE
from .execution_nodes import Slice
from .job_records import VARIABLE as SENT_HOME

INVENTORY = "hosts.json"
RESULTS = "tourniquet_results.json"
PLANS = "plans/"
SETTINGS = """\
[defaults]
gathering = explicit
inject_facts_as_vars = false
interpreter_python = auto_silent
retry_files_enabled = false
internal_poll_interval = 0.01
callbacks_enabled = tourniquet.netscaler.summary, tourniquet.netscaler.prefork, tourniquet.netscaler.sent_records
[inventory]
enable_plugins = yaml
"""
PLAYBOOK = """\
- name: {verb}
  ansible.builtin.import_playbook: tourniquet.netscaler.{verb}
"""
RECORDS_PLAYBOOK = """\
- name: Send the change records home
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: Send the change records home
      tourniquet.netscaler.slice_records:
        known: "{{ tourniquet_known_records }}"
        into: "{{ tourniquet_records_file }}"
        known_probes: "{{ tourniquet_known_probes }}"
        probes_into: "{{ tourniquet_probes_file }}"
"""
RECORDS = "records"
"""The verb of the job that sends home what earlier jobs did not: the change records of a node, and the probes that it has noted."""
VERIFY = "verify"
RECORDS_FILE = "tourniquet_records.json"
PROBES_FILE = "tourniquet_probes.json"


@dataclass(frozen=True)
class Job:
    """What one job does.

    :ivar verb: the name of the playbook
    :ivar inventory: the part of it, by :func:`inventory_part.part_of`
    :ivar variables: extra variables
    :ivar run: the id of the run on the controller
    :ivar deadline: until when it may begin to write to an appliance; see :class:`.SlicedJob`, for ``clocks``, ``copies`` and ``follows`` too
    :ivar files: by name, the files that go beside the inventory
    :ivar plan: the files of the plans that the run must be equal to; empty for none
    :ivar only_reads: the verb changes nothing, in check mode or not
    :ivar forks: how many appliances are worked on at once
    :ivar home: what the controller has of the records of its appliances; see :mod:`job_records`
    """

    ident: str
    verb: str
    slice: Slice
    inventory: Mapping[str, Any]
    variables: Mapping[str, Any]
    run: str
    deadline: datetime
    clocks: Mapping[str, float] = field(default_factory=dict)
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    plan: Sequence[Path] = ()
    check: bool = False
    only_reads: bool = False
    follows: bool = False
    forks: int = 16
    home: Mapping[str, Any] = field(default_factory=dict)

    @property
    def can_write(self) -> bool:
        """True if it may change its appliances."""
        return not (self.check or self.only_reads)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The files of its archive that are read."""
        return (RECORDS_FILE, PROBES_FILE, *(() if self.verb == RECORDS else (RESULTS, PLANS)), "stdout")

    def write(self, directory: Path) -> None:
        """Write the directory; it must not exist, and is for the owner alone.

        :raises InvalidInput: where a file that goes with it cannot be read
        :raises OSError: where it cannot be written
        """
        make_private_directory(directory)
        there = f"../artifacts/{self.ident}"
        playbook = RECORDS_PLAYBOOK if self.verb == RECORDS else PLAYBOOK.format(verb=self.verb)
        records, probes = f"{there}/{RECORDS_FILE}", f"{there}/{PROBES_FILE}"
        variables = {
            **self.variables,
            GUARD: SlicedJob(
                self.ident, self.run, self.verb, self.deadline, self.clocks, self.copies, self.follows
            ).as_variable(),
            "tourniquet_report": f"{there}/{RESULTS}",
            "plans": f"{there}/{PLANS}",
            **(
                {"tourniquet_records_file": records, "tourniquet_probes_file": probes}
                if self.verb == RECORDS
                else {SENT_HOME: {**self.home, "records_into": records, "probes_into": probes}}
            ),
            **({"plan": f"../{_place(self.plan[0])}"} if self.plan else {}),
        }
        write_privately(directory / "inventory" / INVENTORY, json.dumps(self.inventory))
        write_privately(directory / "project" / f"{self.verb}.yml", playbook)
        write_privately(directory / "project" / "ansible.cfg", SETTINGS)
        write_privately(directory / "env" / "extravars", json.dumps(variables, default=_text_of_date))
        write_privately(directory / "env" / "envvars", json.dumps({VARIABLE: self.slice.node.state}))
        arguments = ["--forks", str(self.forks), *(["--check", "--diff"] if self.check else [])]
        write_privately(directory / "env" / "cmdline", " ".join(arguments))
        for name, path in self.files.items():
            _copy(path, directory / "inventory" / name)
        for path in self.plan:
            _copy(path, directory / _place(path) / path.name)

    def transmit(self, runner: str, directory: Path) -> list[str]:
        """Return the command that writes the job to its output.

        :param runner: the program ansible-runner
        """
        return [
            *(runner, "transmit", str(directory)),
            *("--playbook", f"{self.verb}.yml", "--inventory", INVENTORY, "--ident", self.ident),
        ]


def plan_files(directory: Path, plans: Sequence[PlanFile], names: Sequence[str]) -> list[Path]:
    """Return the files of a directory of plans that go with a job: those of its appliances, and what is signed of the whole."""
    own = [path_of(directory, plan.host) for plan in plans]
    found = [*own, *map(conf_of, own), *(directory / name for name in names)]
    return [path for path in found if path.is_file()]


def _text_of_date(value: object) -> str:
    """Return a date or a time as text, as YAML and AWX give it. Of another type the text is not known: that of an encrypted value would be the secret."""
    if isinstance(value, date | time):
        return str(value)
    raise InvalidInput(
        f"a variable of the command line has a value of the type {type(value).__name__}, which cannot be sent to an execution node: write it as text"
    )


def _place(plan: Path) -> str:
    """Return where the files of a directory of plans are in a job; messages of the node name the directory."""
    return f"plans/{plan.parent.name}"


def _copy(source: Path, target: Path) -> None:
    try:
        make_private_directory(target.parent)
        shutil.copyfile(source, target)
        target.chmod(0o600)
    except OSError as error:
        raise InvalidInput(
            f"{source} cannot be sent to an execution node ({error.strerror}). Correct slice_files"
        ) from error
