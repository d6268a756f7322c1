# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of the files that the control node keeps: the directory of the change records, the key that signs them, the list of allowed signers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ...change.records.own_signer import plan_own_line
from ...change.records.signing_key import existing_key
from ...foundation.errors import InvalidInput
from ...foundation.next_action import Command, advice
from ...foundation.private_files import has_private_directory
from .check_result import CheckResult, Severity

RECORDS, KEY, SIGNERS = "records", "key", "allowed signers"
LEAST_ROOM = 2**20
"""Bytes; the plan and the record of one appliance have some 100,000, and without a record nothing is sent."""


def own_file_findings(records: Path, key: Path, signers: Path) -> list[CheckResult]:
    """Return the findings about these files. Nothing is written or made.

    :param key: the private key of this control node
    :param signers: the list of allowed signers
    """
    return [_records(records), *_key(key, signers)]


def _records(directory: Path) -> CheckResult:
    other = f"make it writable, or name another directory: -e records=DIRECTORY (now {directory})"
    try:
        if not has_private_directory(directory):
            parent = next(parent for parent in directory.absolute().parents if parent.exists())
            if not os.access(parent, os.W_OK | os.X_OK):
                return CheckResult(
                    Severity.ERROR, RECORDS, f"{directory} cannot be made: {parent} is not writable", other
                )
            return _room(parent) or CheckResult(
                Severity.OK, RECORDS, f"{directory} is made by the first run that changes something"
            )
        if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
            return CheckResult(Severity.ERROR, RECORDS, f"{directory} is not writable", other)
    except InvalidInput as error:
        return CheckResult(Severity.ERROR, RECORDS, *divided(str(error)))
    except OSError as error:
        return CheckResult(Severity.ERROR, RECORDS, f"{directory}: {error.strerror}", other)
    return _room(directory) or CheckResult(Severity.OK, RECORDS, f"{directory} is writable")


def _room(directory: Path) -> CheckResult | None:
    """Return what is wrong with the room of the file system of a directory; None where there is enough."""
    found = os.statvfs(directory)
    free = found.f_bavail * found.f_frsize
    left = "no further file" if found.f_files and not found.f_favail else f"{free:,} bytes"
    if free >= LEAST_ROOM and left != "no further file":
        return None
    other = "make room there, or name another directory: -e records=DIRECTORY"
    return CheckResult(Severity.ERROR, RECORDS, f"the file system of {directory} has room for {left}", other)


def _key(key: Path, signers: Path) -> Iterator[CheckResult]:
    try:
        if existing_key(key) is None:
            yield CheckResult(Severity.OK, KEY, f"{key} is made by the first run that changes something")
            return
        yield CheckResult(Severity.OK, KEY, f"{key} is there")
        if not signers.exists():
            yield CheckResult(Severity.OK, SIGNERS, f"no list {signers}: only the records of this control node count")
        elif missing := plan_own_line(key, signers).missing:
            yield CheckResult(
                Severity.NOTE,
                SIGNERS,
                f"{signers} does not have the key of this control node for {' and '.join(missing)}, so other control nodes leave alone what it signs",
                advice("put it there: playbooks/signer.yml", Command("signer", is_local=True)),
            )
        else:
            yield CheckResult(Severity.OK, SIGNERS, f"{signers} has the key of this control node")
    except InvalidInput as error:
        yield CheckResult(Severity.ERROR, KEY, *divided(str(error)))


def divided(message: str) -> tuple[str, str]:
    """Return the problem and the fix of a message, whose fix is what follows the first full stop."""
    problem, _dot, fix = message.partition(". ")
    return problem, fix
