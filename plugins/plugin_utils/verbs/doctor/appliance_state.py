# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of what an appliance says about itself: pair, licence, clock, saved configuration, audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import address_of
from ...appliance.nitro.session import Session
from ...change.planning.unsaved_changes import ConfigurationTexts, is_changed, read_unsaved_lines
from ...foundation.counted import agreed, counted
from ...foundation.errors import NitroError
from ...foundation.next_action import Command, advice
from ...judgement.inspection.nodes import read_user_defined_audit_log
from .check_result import CheckResult, Severity

MOST_SKEW = 60  # seconds; leases and the order of log lines depend on the clocks
FEW_DAYS = 30
FEATURE = "responder"  # what each mitigation needs; the names of nslicense are in lower case
SHOWN = 3
MOST_OF_A_KIND = 20  # an appliance that was taken over may send any number
LONGEST = 80  # characters of a line of ns.conf that are shown


def state_findings(connection: Connection) -> list[CheckResult]:
    """Return the findings about an appliance with open sessions. Only reads are sent."""
    checks: tuple[Callable[[Connection], Iterator[CheckResult]], ...] = (
        pair_findings,
        _licence,
        _clock,
        _saved,
        _audit_log,
    )
    return [finding for check in checks for finding in check(connection)]


def pair_findings(connection: Connection) -> Iterator[CheckResult]:
    """Yield the findings about the nodes of an appliance."""
    nodes = [node for node in connection.nodes if node.role != "unreachable"]
    roles = ", ".join(f"{node.address.host} {node.role}" for node in nodes)
    found = False
    if connection.other_nodes and len(connection.appliance.nodes) == 1:
        found = True
        other = address_of(str(connection.other_nodes[0].get("ipaddress", "")))  # nothing else goes into a line to copy
        line = f'netscaler_nodes: ["{connection.appliance.nodes[0]}", "{other}"]' if other else ""
        what = "the other node of the pair is not named in netscaler_nodes"
        yield CheckResult(
            Severity.ERROR, "HA", what, "name both addresses in netscaler_nodes of its host_vars", other, line
        )
    for remark in connection.pair_remarks[:MOST_OF_A_KIND]:
        found = True
        yield CheckResult(Severity.WARNING, "HA", remark, "show ha node (on both nodes); enable what is disabled there")
    builds = {str(node.build) for node in nodes}
    if len(builds) > 1:
        found = True
        yield CheckResult(
            Severity.WARNING,
            "HA",
            f"the nodes run different builds: {', '.join(sorted(builds))}",
            "upgrade the older node",
        )
    if not found:
        yield CheckResult(Severity.OK, "HA", roles)


def _licence(connection: Connection) -> Iterator[CheckResult]:
    try:
        rows = connection.primary.read("nslicense")
    except NitroError as error:
        yield not_read("licence", "show ns license", error)
        return
    row = rows[0] if rows else {}
    value = row.get(FEATURE)
    if value is None:
        yield CheckResult(
            Severity.NOT_CHECKED, "licence", f"the appliance does not say whether {FEATURE.upper()} is licensed"
        )
    elif str(value).lower() == "true":
        yield CheckResult(Severity.OK, "licence", f"{FEATURE.upper()} is licensed")
    else:
        fix = advice(
            "install the licence (show ns license); until then close external access: lockdown.yml", Command("lockdown")
        )
        yield CheckResult(Severity.ERROR, "licence", f"{FEATURE.upper()} is not licensed, so no mitigation works", fix)
    days = str(row.get("daystoexpiration", ""))
    if days.isdecimal() and len(days) < 7 and int(days) < FEW_DAYS:
        yield CheckResult(Severity.WARNING, "licence", "it expires soon", "renew it", f"in {counted(int(days), 'day')}")


def _clock(connection: Connection) -> Iterator[CheckResult]:
    skew = connection.clock_skew
    if skew is None:
        yield CheckResult(Severity.NOT_CHECKED, "clock", "the appliance does not report its time")
    elif abs(skew) > MOST_SKEW:
        what = "the clock of the primary differs from that of the control node"
        about = f"{_duration(abs(skew))} {'ahead' if skew > 0 else 'behind'}"
        fix = "add ntp server ADDRESS, enable ntp sync; and check the control node: timedatectl"
        yield CheckResult(Severity.WARNING, "clock", what, fix, about)
    else:
        yield CheckResult(
            Severity.OK, "clock", f"it differs by {counted(round(abs(skew)), 'second')} from that of the control node"
        )


def _duration(seconds: float) -> str:
    """Return a time in the unit that a person thinks in."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return counted(round(seconds), "second")


def _saved(connection: Connection) -> Iterator[CheckResult]:
    changed = is_changed(connection.config)
    if changed is None:
        yield CheckResult(
            Severity.NOT_CHECKED, "saved", "the appliance does not report whether its configuration is saved"
        )
        return
    if not changed:
        yield CheckResult(Severity.OK, "saved", "the configuration is saved")
        return
    lines = read_unsaved_lines(ConfigurationTexts(connection.primary))
    about = "not shown" if lines is None else f"lines of ns.conf: {len(lines)}"
    shown = [line[:LONGEST] for line in (lines or ())[:SHOWN]]
    line = "; ".join([*shown, "..."] if lines and len(lines) > SHOWN else shown)
    fix = "ask who made them, and: save ns config; or let the run save them first: -e unsaved=save_first"
    yield CheckResult(Severity.WARNING, "saved", "there are unsaved changes", fix, about, line)


def _audit_log(connection: Connection) -> Iterator[CheckResult]:
    on = read_user_defined_audit_log(connection.primary)
    if on:
        yield CheckResult(Severity.OK, "audit log", "userDefinedAuditlog is YES")
    elif on is None:
        what = "the appliance does not report userDefinedAuditlog"
        yield CheckResult(Severity.NOT_CHECKED, "audit log", what, "show audit syslogParams")
    else:
        fix = "set audit syslogParams -userDefinedAuditlog YES; or let the run set it: -e measure_audit_log=true"
        yield CheckResult(
            Severity.WARNING, "audit log", "userDefinedAuditlog is NO, so nothing of what a rule blocks is logged", fix
        )


def not_read(check: str, command: str, error: NitroError) -> CheckResult:
    """Return the finding for a read that was refused."""
    return CheckResult(
        Severity.NOT_CHECKED,
        check,
        f"`{command}` was refused (errorcode {error.errorcode})",
        f"allow the user: {command} (docs/how-to/least-privilege.md)",
    )


def session_findings(session: Session) -> list[CheckResult]:
    """Return a finding for each name of the appliance that NITRO does not allow, and one for those beyond the first."""
    names = sorted(session.unusable_names, key=str)
    rest = len(names) - MOST_OF_A_KIND
    more = [f"{counted(rest, 'more object')} {agreed(rest, 'has such a name', 'have such names')}"] if rest > 0 else []
    return [
        CheckResult(
            Severity.WARNING,
            "names",
            text,
            "look at the object on the appliance itself: docs/explanation/foreign-names.md",
        )
        for text in [*map(str, names[:MOST_OF_A_KIND]), *more]
    ]
