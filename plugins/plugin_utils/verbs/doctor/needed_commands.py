# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The commands by which the doctor judges the rights of a user, made of the rights of the verbs and the kinds of measures (:mod:`..rights`). Pure data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...measures.mitigation.kind import ID as MITIGATION
from ...measures.registry import all_kinds
from ...policies.rights import LOG_ON, Objects, Right
from ..common.verb import Tried
from ..registry import all_verbs
from ..rights import needed_rights


@dataclass(frozen=True)
class Read:
    """A read that playbooks need.

    :ivar command: as the command line has it
    :ivar only_refusal: only a refusal counts: another error may be one of an older release
    """

    command: str
    type: str
    name: str | None = None
    area: str = "config"
    args: dict[str, str] = field(default_factory=dict)
    only_refusal: bool = False


_EVALUATION = {"expression": "HTTP.REQ.URL.LENGTH.GT(0)", "type": "HTTP_REQ", "input": "GET / HTTP/1.1\r\n\r\n"}
_OWN_RIGHTS = ("system user", "system group", "system cmdPolicy")
"""They are read by :func:`read_rights`."""


def _read(right: Right) -> Read:
    type_name, area = right.noun.replace(" ", "").lower(), "stat" if right.verb == "stat" else "config"
    match right.noun:
        case "responder global":
            return Read(right.name, "responderglobal_responderpolicy_binding")
        case "policy evaluation":
            return Read(right.name, type_name, args=_EVALUATION, only_refusal=True)
        case "system file":
            return Read(right.example, type_name, args={"filelocation": right.example.rpartition(" ")[2]})
    return Read(right.name, type_name, area=area)


def _reads(playbooks: Iterable[str]) -> tuple[Read, ...]:
    """Return the reads of these playbooks, without those that each log-on does, and those of files that need not be there."""
    rights = needed_rights(playbooks, [MITIGATION])
    return tuple(
        _read(right)
        for right in rights
        if right.verb in ("show", "stat")
        and right not in LOG_ON
        and right.objects is not Objects.RECORDS
        and right.noun not in _OWN_RIGHTS
    )


def _tried(*how: Tried) -> list[str]:
    """Return the names of the verbs whose reads are tried."""
    return [verb.name for verb in all_verbs() if verb.tried_by_doctor in how]


READS = _reads(_tried(Tried.NEEDED, Tried.OPTIONAL))
READING = ", ".join(_tried(Tried.NEEDED, Tried.OPTIONAL))
OPTIONAL = ", ".join(_tried(Tried.OPTIONAL))
OF_OPTIONAL = tuple(read for read in READS if read not in _reads(_tried(Tried.NEEDED)))
"""Those of the reads that only optional verbs need."""
NEEDED = ", ".join(_tried(Tried.NEEDED))


def _writes(rights: Iterable[Right]) -> tuple[str, ...]:
    return tuple(right.example for right in rights if right.verb not in ("show", "stat"))


_OF_MITIGATIONS = needed_rights(["apply"], [MITIGATION])
# By the playbooks, the commands that change something.
WRITES: dict[str, tuple[str, ...]] = {
    "apply, rollback": _writes(_OF_MITIGATIONS),
    "lockdown, reopen": _writes(needed_rights(["lockdown", "reopen"])),
    **{
        kind.in_doctor: _writes(right for right in needed_rights(["apply"], [id_]) if right not in _OF_MITIGATIONS)
        for id_, kind in all_kinds().items()
        if kind.in_doctor
    },
    **{
        verb.name: _writes(needed_rights([verb.name]))
        for verb in all_verbs()
        if verb.changes and verb.tried_by_doctor is not Tried.NO
    },
}
