# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The check of the approvals in the directory of a plan. Reads files; sends nothing."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ...foundation.counted import counted
from ...foundation.errors import InvalidInput
from ..records.allowed_signers import AllowedSigner, read_allowed_signers
from ..records.revoked_keys import read_revoked
from .approval import Approval, counted_approvals, enough, possible_approvals, sign_command, signature_files
from .request import ApprovalRequest, read_request


@dataclass(frozen=True)
class Checked:
    """The approvals of a plan.

    :ivar request: what was to be approved; None where nothing can be approved there any more
    :ivar approvals: those that count, as many as are wanted, or all where there are fewer
    :ivar problem: why the plan is not approved, or ""
    """

    request: ApprovalRequest | None
    approvals: tuple[Approval, ...]
    problem: str


def check_approvals(
    directory: Path | None,
    verb: str,
    signers: Path,
    wanted: int,
    appliers: Collection[str],
    now: datetime,
    by_whom: tuple[str, str],
    own_key: bytes = b"",
) -> Checked:
    """Check the approvals of the plan in a directory.

    :param directory: of a reviewed plan; None where none is named
    :param verb: that is about to be carried out
    :param signers: the list of allowed signers
    :param appliers: see :func:`counted_approvals`
    :param by_whom: the digests of what the inventory demands and of the list of allowed signers, which the approved text must name
    :param own_key: the public key that signs the record of the run, in the wire form of SSH; whoever the list names for it applies
    """
    needs = f"{verb} needs {count(wanted)}"
    if directory is None:
        return Checked(None, (), f"{needs}, and no approved plan is named")
    try:
        request = read_request(directory)
        if request is None:
            return Checked(None, (), f"{needs}, and {directory} has no plan that can be approved")
        stale = request.problem(now, *by_whom)
        if request.verb != verb:
            stale = f"the plan in {directory} is one to {request.verb}"
        if stale:
            return Checked(None, (), f"{needs}, and {stale}")
        listed = read_allowed_signers(signers)
        counted, problems = counted_approvals(
            request.text,
            signature_files(directory),
            listed,
            read_revoked(signers),
            {*appliers, *_names_of(own_key, listed)},
            now,
        )
    except InvalidInput as error:
        return Checked(None, (), f"{needs}: {error}")
    chosen = enough(counted, wanted)
    if chosen:
        return Checked(request, chosen, "")
    got = ", ".join(approval.text for approval in counted) or "none"
    same = " of the same person" if len(counted) >= wanted else ""
    return Checked(request, tuple(counted), "; ".join([f"{needs}, and has {got}{same}", *problems]))


def who_is_missing(signers: Path, wanted: int, appliers: Collection[str], now: datetime, own_key: bytes = b"") -> str:
    """Return why no signatures under a plan of now could be enough, and the fix; "" where they could.

    :param signers: the list of allowed signers
    :param appliers: and ``own_key``: see :func:`check_approvals`
    """
    try:
        listed, revoked = read_allowed_signers(signers), read_revoked(signers)
    except InvalidInput as error:
        return str(error)
    possible = possible_approvals(listed, revoked, {*appliers, *_names_of(own_key, listed)}, now)
    if enough(possible, wanted):
        return ""
    return (
        f"of the {counted(wanted, 'person')} needed, the list of allowed signers {signers} has {min(len(possible), wanted - 1)}, not counting the "
        "person who applies, so that no signature could be enough. Add a line for each approver (docs/how-to/four-eyes.md has its form), then plan "
        "again: a plan is signed under the list with which it was made"
    )


def _names_of(key: bytes, listed: Sequence[AllowedSigner]) -> set[str]:
    """Return the names that a list has for a key."""
    return {name for one in listed if one.public_key == key for name in one.principals.split(",")}


def count(wanted: int) -> str:
    """Return a number of approvals in words."""
    return "1 approval" if wanted == 1 else f"{wanted} approvals of different persons"


def how_to_approve(directory: Path, until: datetime | None = None) -> str:
    """Return what approvers and the person who applies do with the plan of a directory.

    :param until: the time (UTC) at which it expires, where it is worth saying
    """
    when = f" before {until:%Y-%m-%d %H:%M} UTC" if until else ""
    plan = shlex.quote(str(directory))
    return (
        f"Each approver signs{when}: {sign_command(directory)} and the same command with -e plan={plan} carries it out"
    )
