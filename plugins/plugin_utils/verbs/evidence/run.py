# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes the evidence of one appliance."""

from __future__ import annotations

from pathlib import Path

from ...appliance.ssh.account import SshAccount
from ...catalogue.record_trust import key_file
from ...change.records.signing_key import default_principal, signing_key
from ...foundation.errors import CannotConnect, InvalidInput, NitroError, OutcomeUnknown
from ...traces.evidence.collect import EvidenceRun
from ...traces.evidence.sources import DEFAULT_PARTS, Further, Part
from ..common.noted_shell import noted_commands, noted_shell
from ..common.result import Result
from ..common.task import Task
from .named import named_files
from .page import evidence_line, failed_values, preview_values, taken_values

MIB = 1024 * 1024
LARGEST = 65_536
"""The most MiB that may be allowed for a node."""
LONGEST_REASON = 500
FURTHER = ("further_directories", "further_files", "further_mib", "further_minutes")


class TakeEvidence(Task):
    """Take the evidence of one appliance; in check mode say what would be taken. One that does not answer is incomplete, and no failure of the task."""

    def run(self) -> Result:
        run, changed = self._run(), False
        try:
            if self.check_mode:
                values = preview_values(run.preview(), run.parts)
            else:
                key = signing_key(key_file(self.options["record_key"]))
                with noted_commands(self, self.appliance.user), noted_shell(self, run.account):
                    taken = run.take(Path(self.options["bundles"]).expanduser(), key)
                values, changed = taken_values(taken), any(part in run.parts for part in (Part.BACKUP, Part.SUPPORT))
        except (CannotConnect, OutcomeUnknown, NitroError) as error:
            is_unreachable = isinstance(error, CannotConnect)
            values = failed_values(str(error).removeprefix(f"{self.appliance.name}: "), is_unreachable=is_unreachable)
        return Result(changed=changed, msg=evidence_line(self.appliance.name, values), own=values)

    def _run(self) -> EvidenceRun:
        """:raises InvalidInput: where an option is not valid; nothing was sent"""
        options, host = self.options, self.appliance.name
        asked = {Part(name) for name in options["parts"]} | ({Part.SHELL} if options["ssh"] else set())
        if Part.SHELL in asked and not options["ssh"]:
            raise InvalidInput(f"{host}: parts names shell, which needs -e ssh=true and an account. Nothing was sent.")
        if not asked:
            raise InvalidInput(f"{host}: parts is empty: name some of {', '.join(DEFAULT_PARTS)}. Nothing was sent.")
        if not 1 <= options["largest"] <= LARGEST:
            raise InvalidInput(
                f"{host}: largest is {options['largest']}: write the MiB of a node, from 1 to {LARGEST}. Nothing was sent."
            )
        reason = options["reason"].strip()
        if len(reason) > LONGEST_REASON or not reason.isprintable():
            raise InvalidInput(
                f"{host}: reason must be one line of at most {LONGEST_REASON} characters. Nothing was sent."
            )
        wrong = next((name for name in FURTHER if not 1 <= options[name] <= LARGEST), "")
        if wrong:
            raise InvalidInput(
                f"{host}: {wrong} is {options[wrong]}: write a number from 1 to {LARGEST}. Nothing was sent."
            )
        given = {name: options[f"ssh_{name}"] for name in ("user", "password", "key_file", "host_keys", "port")}
        return EvidenceRun(
            self.appliance,
            tuple(part for part in Part if part in asked),
            default_principal(),
            reason,
            options["largest"] * MIB,
            SshAccount.from_options(host, given, "ssh_", shares_an_address=self.appliance.shares_an_address)
            if options["ssh"]
            else None,
            further=Further(
                options["further_directories"],
                options["further_files"],
                options["further_mib"] * MIB,
                options["further_minutes"] * 60.0,
            ),
            named=named_files(host, options),
        )


TASK = TakeEvidence
