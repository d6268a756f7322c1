# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A finding: the result of one check, with the fix as it is typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ...foundation.json_values import given, written_whole
from ...foundation.next_action import COMMANDS, command_values


class Severity(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    NOT_CHECKED = "not checked"
    UNREACHABLE = "unreachable"
    ERROR = "error"


# In the sense of Nagios. Of several findings the last one of this order decides: an error is certain, what was not checked is not.
EXIT_CODES = {
    Severity.OK: 0,
    Severity.NOTE: 0,
    Severity.WARNING: 1,
    Severity.NOT_CHECKED: 3,
    Severity.UNREACHABLE: 2,
    Severity.ERROR: 2,
}
ENDS_UNREACHABLE = 4


@written_whole(given(lambda one: command_values(one.fix) or None, COMMANDS))
@dataclass(frozen=True)
class CheckResult:
    """The result of one check.

    :ivar check: what was checked: inventory, TLS, log-on, ...
    :ivar what: the result, as a clause; the same words for all appliances, so that a table can group them
    :ivar fix: what to do, as it is typed; "" where nothing is to be done
    :ivar about: what differs between appliances: the address of a node, a virtual server, a number; "" for the whole appliance
    :ivar line: a line that is another one for each appliance, such as the fingerprint of its certificate, ready to copy
    """

    severity: Severity
    check: str
    what: str
    fix: str = ""
    about: str = ""
    line: str = ""


def worst(findings: Iterable[CheckResult]) -> Severity:
    """Return the severity that decides about the exit code."""
    order = list(EXIT_CODES)
    return max((finding.severity for finding in findings), key=order.index, default=Severity.NOT_CHECKED)


def exit_code(findings: Iterable[CheckResult]) -> int:
    """Return 0, 1, 2 or 3 in the sense of Nagios. No finding at all is 3: nothing was checked."""
    return EXIT_CODES[worst(findings)]


def code_of_run(findings: Iterable[CheckResult]) -> int:
    """Return the exit code of a run: that of its findings, or 4 where none is worse than that an appliance could not be reached."""
    severity = worst(findings)
    return ENDS_UNREACHABLE if severity is Severity.UNREACHABLE else EXIT_CODES[severity]
