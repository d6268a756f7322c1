# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Looks for the traces of attackers on one appliance."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.ssh.account import SshAccount
from ...catalogue.entry_file import load_catalogue
from ...change.records.records_folder import unique_name
from ...foundation.errors import Refused, TourniquetError
from ...foundation.json_values import json_values
from ...foundation.private_files import make_private_directory, write_privately
from ...judgement.course.hunt_result import ENDED
from ...traces.findings.appliance_line import appliance_line
from ...traces.findings.finding import NotSeen, not_examined
from ...traces.hunting.hunt import Hunt, Hunted
from ..common.counted_reads import counted_reads
from ..common.noted_shell import noted_shell
from ..common.result import Result
from ..common.task import Task
from ..common.what_is_ours import what_is_ours


class LookForTraces(Task):
    """Hunt on one appliance. An appliance that does not answer is incomplete, and no failure of the task."""

    def run(self) -> Result:
        name, options = self.appliance.name, self.options
        ours = what_is_ours(self.appliance, options)
        given = {name: options[f"ssh_{name}"] for name in ("user", "password", "key_file", "host_keys", "port")}
        account = (
            SshAccount.from_options(name, given, "ssh_", shares_an_address=self.appliance.shares_an_address)
            if options["ssh"]
            else None
        )
        hunt = Hunt(
            name,
            load_catalogue(Path(options["catalogue"])),
            ours,
            account,
            saved_configurations=options["saved_configurations"],
            lists_secrets=bool(options["rotation"]),
        )
        requests = 0
        try:
            with (
                noted_shell(self, account),
                Connection(self.appliance) as connection,
                counted_reads(connection, ours, options["records"]) as not_counted,
            ):
                hunted = hunt.look(connection)
            examined = replace(hunted.examined, not_seen=(*hunted.examined.not_seen, *not_counted))
            requests = len(connection.exchanges)
        except TourniquetError as error:
            hunted = Hunted(not_examined(name, error))
            examined = hunted.examined
        if ours.not_recognised:
            left_out = NotSeen(*ours.not_recognised, is_gap=False)
            examined = replace(examined, not_seen=(*examined.not_seen, left_out))
        rotation = {"appliance": name, **json_values(hunted.rotation)} if hunted.rotation else None
        if options["rotation"] and rotation is None and not examined.is_unreachable:
            no_list = NotSeen("the secrets to replace", "no node could be read to its end")
            examined = replace(examined, not_seen=(*examined.not_seen, no_list))
        own = {
            "own": dict(hunted.own),
            ENDED: datetime.now(UTC).isoformat(timespec="seconds"),
            "requests": requests,
            "own_changes": self._write("own_changes", ours.values()),
            "rotation": self._write("rotation", rotation),
            "secrets": len(rotation["secrets"]) if rotation else 0,
        }
        return Result(changed=False, msg=appliance_line(examined), own={**json_values(examined), **own})

    def _write(self, option: str, values: dict[str, Any] | None) -> str:
        """Write a file of the appliance into the directory that an option names, and return its path; "" where none is asked for, and in check mode.

        :raises Refused: where it cannot be written
        """
        if not self.options[option] or values is None or self.check_mode:
            return ""
        directory = Path(self.options[option]).expanduser()
        path = directory / f"{unique_name(self.appliance.name)}.json"
        try:
            make_private_directory(directory)
            write_privately(path, json.dumps(values, indent=2) + "\n")
        except OSError as error:
            raise Refused(
                f"{self.appliance.name}: {option}: {path} cannot be written ({error.strerror}). Name another directory."
            ) from error
        return str(path)


TASK = LookForTraces
