# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All checks of one appliance, in the order in which each needs the one before."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.time_budget import TimeBudget
from ...appliance.object_reads.vserver_reads import vips_of
from ...foundation.errors import AuthenticationFailed, CannotConnect, NitroError, TourniquetError
from ...foundation.json_values import written_whole
from .appliance_state import session_findings, state_findings
from .certificates import certificate_findings, examine
from .check_result import CheckResult, Severity
from .rights import rights_findings
from .vip_reachability import vip_findings

MOST_NODES = 4  # of those that an appliance names
LATER = "log-on, rights, HA, licence, clock, saved configuration, audit log and VIPs, until the errors above are mended"


@written_whole()
@dataclass
class Diagnosis:
    """The result for one appliance.

    :ivar fingerprints: the SHA-256 of the certificate, by the address of each node that was reached
    :ivar unpinned: the inventory neither has a pin nor a CA that covers the certificate of a node
    :ivar unreached: the addresses of the nodes whose certificate was not seen
    :ivar others: the addresses of nodes that the appliance names besides those of the inventory
    """

    findings: list[CheckResult] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)
    unpinned: bool = False
    unreached: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    build: str = ""
    requests: int = 0


def diagnose(appliance: Appliance) -> Diagnosis:
    """Check one appliance. Nothing is written; all that waits for the appliance shares the time of the task."""
    connection = Connection(appliance)
    seen = [examine(appliance, node, connection.budget) for node in appliance.nodes]
    result = Diagnosis(
        findings=certificate_findings(seen),
        fingerprints={str(one.node): one.fingerprint for one in seen if one.fingerprint},
        unpinned=any(one.needs_pin for one in seen),
        unreached=[str(one.node) for one in seen if not one.fingerprint],
    )
    if all(one.problem for one in seen):
        # No password is sent to a node that is not trusted.
        result.findings.append(CheckResult(Severity.NOT_CHECKED, "appliance", LATER))
        return result
    try:
        with connection:
            _examine_inside(connection, result)
    except AuthenticationFailed as error:
        what = (
            f"the appliance does not accept the user {appliance.user} with this password (errorcode {error.errorcode})"
        )
        fix = "correct netscaler_user or netscaler_password; repeated attempts may lock the user"
        result.findings.append(CheckResult(Severity.ERROR, "log-on", what, fix))
    except NitroError as error:
        result.findings.append(
            CheckResult(
                Severity.ERROR,
                "log-on",
                _without_host(appliance, error),
                "docs/how-to/least-privilege.md has the rights",
            )
        )
    except TourniquetError as error:
        problem, _dot, fix = _without_host(appliance, error).partition(". ")
        severity = Severity.UNREACHABLE if isinstance(error, CannotConnect) else Severity.ERROR
        result.findings.append(CheckResult(severity, "appliance", problem, fix))
    result.requests = len(connection.exchanges)
    return result


def _without_host(appliance: Appliance, error: TourniquetError) -> str:
    return str(error).removeprefix(f"{appliance.name}: ")


def _examine_inside(connection: Connection, result: Diagnosis) -> None:
    appliance, session = connection.appliance, connection.primary
    result.build = str(connection.build)
    result.others = [str(row.get("ipaddress", "")) for row in connection.other_nodes[:MOST_NODES]]
    result.findings.append(CheckResult(Severity.OK, "log-on", f"{appliance.user} is logged on, {result.build}"))
    with session.cached_reads():
        result.findings += state_findings(connection)
        result.findings += rights_findings(session)
        result.findings += _vips(connection, appliance, connection.budget)
        result.findings += session_findings(session)


def _vips(connection: Connection, appliance: Appliance, budget: TimeBudget) -> list[CheckResult]:
    try:
        vips = vips_of(appliance, connection.primary)
    except NitroError as error:
        what = f"the virtual servers cannot be read (errorcode {error.errorcode})"
        return [
            CheckResult(Severity.NOT_CHECKED, "VIPs", what, "allow the user: show lb|cs|vpn|authentication vserver")
        ]
    return vip_findings(appliance, vips, budget)
