# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Puts the public key of this control node into the list of allowed signers."""

from __future__ import annotations

from pathlib import Path

from ...catalogue.record_trust import key_file
from ...change.records.own_signer import add_own_line, plan_own_line
from ..common.control_node_task import ControlNodeTask
from ..common.result import Result, file_diff


class Publish(ControlNodeTask):
    """Put the public key of this control node into the list of allowed signers."""

    def run(self) -> Result:
        options = self.options
        key = key_file(options["record_key"])
        signers = Path(options["allowed_signers"]).expanduser()
        plan = plan_own_line(key, signers, options["principal"])
        line = plan.line
        if plan.is_missing and not self.check_mode:
            line = add_own_line(key, signers, options["principal"])
        added = f"{line or 'the line of a key that is made'}\n" if plan.is_missing else ""
        return Result(
            changed=plan.is_missing,
            msg=_message(signers, changed=plan.is_missing, check_mode=self.check_mode),
            own={"allowed_signers": signers, "key": key, "line": line},
            diff=file_diff(signers, "", added),
        )


def _message(signers: Path, *, changed: bool, check_mode: bool) -> str:
    if not changed:
        return f"{signers} has the key of this control node"
    verb = "would be" if check_mode else "was"
    return f"the key of this control node {verb} added to {signers}. Copy that list to the other control nodes"


TASK = Publish
