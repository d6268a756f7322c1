# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the rights of the user: which playbooks would work.

Whether the user may read is tried. Whether it may change something follows from its command policies, where it may read them; nothing is written to
try it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...appliance.nitro.partitions import UNKNOWN_TYPE_CODES
from ...appliance.nitro.session import Session
from ...foundation.errors import NitroError, NotAuthorized, NotFound, NotShown
from ...foundation.next_action import Command, advice
from ...judgement.inspection.rights import SUPERUSER, read_rights
from ...policies.command_policies import Rights
from .check_result import CheckResult, Severity
from .needed_commands import NEEDED, OF_OPTIONAL, OPTIONAL, READING, READS, WRITES

CHECK = "rights"
OWN_RIGHTS = r"(^show system (user|group|cmdPolicy).*)"
NO_POLICY = 371
"""The error of a user without any command policy."""
PAGE = advice("bootstrap.yml, or docs/how-to/least-privilege.md, has the command policy", Command("bootstrap"))
SHOWN = 4


def rights_findings(session: Session) -> list[CheckResult]:
    """Return the findings about the user of a session. Only reads are sent."""
    if session.appliance.user == SUPERUSER:
        what = f"the user {SUPERUSER} may do everything"
        return [
            CheckResult(
                Severity.NOTE,
                CHECK,
                what,
                advice(
                    "make a user of its own for the playbooks: playbooks/bootstrap.yml (docs/how-to/least-privilege.md)",
                    Command("bootstrap"),
                ),
            )
        ]
    return [*_reads(session), *write_findings(read_rights(session))]


def _reads(session: Session) -> Iterator[CheckResult]:
    refused, failed = [], []
    for read in READS:
        try:
            session.read(read.type, read.name, args=read.args, area=read.area)
        except NitroError as error:
            if isinstance(error, NotAuthorized) or error.errorcode == NO_POLICY:
                refused.append(read.command)
            elif (
                not read.only_refusal
                and not isinstance(error, NotFound | NotShown)
                and error.errorcode not in UNKNOWN_TYPE_CODES
            ):
                failed.append(f"{read.command} ({error.errorcode})")
    optional = {read.command for read in OF_OPTIONAL}
    if refused and optional.issuperset(refused):
        yield CheckResult(Severity.OK, CHECK, f"{NEEDED}: allowed")
        what = f"{OPTIONAL}: the user may not {_commands(refused)}"
        yield CheckResult(Severity.WARNING, CHECK, what, f"allow it, if this playbook is to be used: {PAGE}")
    elif refused:
        what = f"{READING}: the user may not {_commands(refused)}"
        yield CheckResult(Severity.ERROR, CHECK, what, f"allow it: {PAGE}")
    if failed:
        yield CheckResult(
            Severity.NOT_CHECKED, CHECK, f"{READING}: {_commands(failed)} failed", "look at it on the appliance"
        )
    if not refused and not failed:
        yield CheckResult(Severity.OK, CHECK, f"{READING}: allowed")


def write_findings(rights: Rights) -> Iterator[CheckResult]:
    """Yield the findings about the commands that change something, by the command policies of the user."""
    if rights.unknown:
        what = f"whether the user may change something is not known: {rights.unknown}"
        yield CheckResult(Severity.NOT_CHECKED, CHECK, what, f"add {OWN_RIGHTS} to the command policy of the user")
        return
    for playbooks, commands in WRITES.items():
        missing = rights.missing(commands)
        if missing:
            what = f"{playbooks}: the user may not {_commands(missing)}"
            yield CheckResult(Severity.WARNING, CHECK, what, f"allow it, if these playbooks are to be used: {PAGE}")
        elif all(rights.allow(command) for command in commands):
            yield CheckResult(Severity.OK, CHECK, f"{playbooks}: allowed")
        else:
            what = f"{playbooks}: a command policy has a pattern that cannot be evaluated here"
            yield CheckResult(Severity.NOT_CHECKED, CHECK, what, "show system cmdPolicy; try the playbook with --check")


def _commands(commands: Sequence[str]) -> str:
    shown = ", ".join(f"`{command}`" for command in commands[:SHOWN])
    return shown + (f" and {len(commands) - SHOWN} more" if len(commands) > SHOWN else "")
