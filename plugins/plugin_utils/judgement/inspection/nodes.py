# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read what is local to the nodes: builds, audit logging, and whether all nodes and partitions are seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.partitions import partitions_not_covered
from ...appliance.nitro.session import Session
from ...catalogue.measure import BuildStatus
from ...catalogue.run_parameters import AUDIT_LOG, ResolvedParameters
from ...foundation.errors import NitroError

NEEDED = (BuildStatus.AFFECTED, BuildStatus.INEFFECTIVE, BuildStatus.WANTED)


@dataclass(frozen=True)
class NodeFacts:
    """The nodes of the appliance.

    :ivar unreadable: the reasons why parts of the appliance cannot be inspected at all
    :ivar not_covered: the nodes that the plan does not cover
    :ivar other_builds: those of it that are about nodes with another build than the primary
    :ivar will_not_follow: why a change will not reach the secondary
    :ivar addresses: what is not covered at the management addresses
    """

    unreadable: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    other_builds: tuple[str, ...] = ()
    will_not_follow: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


def read_nodes(connection: Connection, parameters: ResolvedParameters, status: BuildStatus) -> NodeFacts:
    """Read what is local to the nodes.

    :param status: of the build; audit logging is needed only where the measure is
    """
    session = connection.primary
    unknown = parameters.partitions_unreadable if parameters.partition else partitions_not_covered(session)
    needed = status in NEEDED
    reached = [node for node in connection.nodes if node.role != "unreachable"]
    others = [(node, node.build) for node in reached if node.build is not None and node.build != connection.build]
    other_builds = tuple(
        f"node {node.address.host} runs another build, {build}{_of_its_fix(status, parameters.resolved.build_status(build))}"
        for node, build in others
    )
    remarks = list(connection.pair_remarks)
    types = parameters.document.types
    if needed and "auditmessageaction" in types and AUDIT_LOG[0] not in types:
        remarks += _about_audit_log(session, can_switch=AUDIT_LOG[0] in parameters.measure.traits.writing.setting_types)
    return NodeFacts(
        unreadable=(unknown,) if unknown else (),
        not_covered=(*connection.missing_nodes, *other_builds),
        other_builds=other_builds,
        will_not_follow=tuple(connection.will_not_follow),
        remarks=tuple(remarks),
    )


def _of_its_fix(own: BuildStatus, other: BuildStatus) -> str:
    """Return whether another build has the fix, where that of the primary is otherwise, as the rest of a clause."""
    if own is BuildStatus.FIXED and other in NEEDED:
        return ", without the fix: it serves after a failover"
    return ", with the fix" if own in NEEDED and other is BuildStatus.FIXED else ""


def _about_audit_log(session: Session, *, can_switch: bool) -> Iterator[str]:
    """:param can_switch: the measure can switch it on itself"""
    on = read_user_defined_audit_log(session)
    if on is not True:
        state = "off" if on is False else "unknown"
        effect = (
            "so nothing of what is blocked is logged" if on is False else "so it is not known if anything is logged"
        )
        how = (
            "; in the inventory `measure_audit_log: true` switches it on, and a rollback restores it"
            if can_switch
            else ""
        )
        yield (
            f"the log: user-defined audit logging is {state} (set audit syslogParams -userDefinedAuditlog YES), {effect}{how}"
        )


def read_user_defined_audit_log(session: Session) -> bool | None:
    """Return True if messages of log actions are written to the audit log; None if the appliance does not report it."""
    try:
        rows = session.read("auditsyslogparams")
    except NitroError:
        return None
    value = rows[0].get("userdefinedauditlog") if rows else None
    return None if value is None else str(value).upper() == "YES"
