# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The conditions under which a mitigation may be removed. Each function yields what is missing; nothing is read here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ...appliance.nitro.appliance import Appliance, Vip
from ...appliance.nitro.connection import Connection
from ...catalogue.measure import BuildStatus, Measure
from ...catalogue.mitigation import Mitigation
from ...catalogue.traffic import CaseSession, TrafficCase
from ...foundation.next_action import WHO_DECIDES, Command, NextAction
from ...policies.other_measures import OtherMeasures
from ...policies.relied_upon import newly_passing
from ...policies.request_paths import Objects
from ..proof.probes import NOT_JUDGED, BesideOthers
from .foresight import CONSENT

FIXED_ON_ALL_NODES, PROBES_NEGATIVE = "fixed_on_all_nodes", "probes_negative_while_observing"
NOT_NEEDED, LINES_GONE = "not_needed_by_another_entry", "node_local_lines_gone"
ALL_CONDITIONS = frozenset({FIXED_ON_ALL_NODES, PROBES_NEGATIVE, NOT_NEEDED, LINES_GONE})
"""The words of ``retire`` in an entry of the catalogue."""
WITHOUT_THIS_PROOF = NextAction(
    Command("rollback", (("why", "after_fix"),), is_of_measure=True), " takes it off without this proof"
)
_ACCEPTED = Command(
    "rollback",
    (("why", "after_fix"), ("accept_exposure", "true")),
    tail=", with who and reason",
    asks=WHO_DECIDES,
    is_of_measure=True,
)
GOOD_BUILDS = (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED)


@dataclass(frozen=True)
class Unmet:
    """A condition that is not met.

    :ivar text: what is missing, a clause
    :ivar fix: what to do, an imperative
    """

    text: str
    fix: str

    def __str__(self) -> str:
        return f"{self.text}: {self.fix[:1].lower()}{self.fix[1:]}"


def builds_without_fix(connection: Connection, measure: Measure) -> Iterator[Unmet]:
    """Yield each node that is not known to run a build with the fix."""
    builds = [node.build for node in connection.nodes if node.build is not None]
    if connection.other_nodes and len(connection.nodes) == 1:
        yield Unmet(f"{connection.missing_nodes[0]}, so its build is not known", "Name both nodes")
    for node in connection.nodes:
        host = node.address.host
        if node.build is None:
            yield Unmet(
                f"node {host} cannot be asked for its build ({node.problem}), so it is not known to have the fix",
                "Bring it back first",
            )
        elif measure.build_status(node.build) not in GOOD_BUILDS:
            yield Unmet(
                f"node {host} runs {node.build}, which needs {measure.id}; the fix of that alone is in {measure.fix_for(node.build)}",
                f"First upgrade to {measure.upgrade_text(builds, ())}",
            )


def servers_behind(measure: Measure) -> Iterator[Unmet]:
    """Yield that nothing shows whether the servers behind the appliance are fixed, of a mitigation that protects them."""
    if isinstance(measure, Mitigation) and measure.protects_back_ends:
        yield Unmet(
            f"{measure.id} protects the servers behind the appliance, and neither a build nor a request from outside shows that they have the fix",
            NextAction("Look at each of them, then take it off with ", _ACCEPTED),
        )


def is_good_on_every_node(connection: Connection, measure: Measure) -> bool:
    """Return True if every node of the appliance is known to run a build that does not need the mitigation."""
    return not connection.missing_nodes and not any(builds_without_fix(connection, measure))


def start_up_lines(connection: Connection, measure: Measure) -> Iterator[Unmet]:
    """Yield each node whose start-up file has the line of the mitigation, or cannot be read."""
    line = measure.start_up_line
    for node in connection.nodes if line else ():
        host = node.address.host
        if node.start_up_file is None:
            yield Unmet(
                f"/nsconfig/rc.netscaler of {host} cannot be read ({node.problem})",
                "Allow the user to read it, or bring the node back",
            )
        elif any(written.strip() == line for written in node.start_up_file.splitlines()):
            yield Unmet(
                f"/nsconfig/rc.netscaler of {host} still has the line {line}",
                "Take it out: -e node_local=true, without --check",
            )


def entries_that_rely_on_it(
    connection: Connection,
    others: Sequence[Mitigation],
    before: Objects,
    after: Objects,
    vips: Sequence[Vip],
) -> Iterator[Unmet]:
    """Yield each other mitigation that the appliance needs, and whose attacks only the policies that go block.

    :param others: the mitigations of the catalogue besides the one that goes
    :param before: the policies and bindings as they are; after: as they will be
    """
    vservers = [(vip.kind, vip.name) for vip in vips]
    for other in others:
        if is_good_on_every_node(connection, other):
            continue
        found = newly_passing(before, after, other.traffic, other.current_version, vservers)
        if found.attacks:
            first = found.attacks[0]
            more = f" and {len(found.attacks) - 1} more" if len(found.attacks) > 1 else ""
            yield Unmet(f"{other.id} relies on it: only its policy blocks {first}{more}", f"Apply {other.id} first")
        elif found.open:
            yield Unmet(
                f"whether {other.id} relies on it is not known: {found.open} of its attacks cannot be evaluated",
                f"Apply {other.id} first",
            )


def attacks_at(measure: Measure, vip: Vip) -> list[TrafficCase]:
    """Return the attacks that are sent to a VIP to show that the build withstands them."""
    found = measure.traffic.at(f"{vip.kind} vserver {vip.name}").attacks
    return [case for case in found if case.session != CaseSession.WITH] if vip.probe else []


def beside(others: OtherMeasures, vip: Vip, cases: Iterable[TrafficCase]) -> BesideOthers:
    """Return what is known of the other measures of ours at a VIP: an attack that one of them stops, behind ours too, shows nothing of the build."""
    kind, name = vip.kind, vip.name
    found = ((case, others.stops(kind, name, case) or others.stops_behind(kind, name, case)) for case in cases)
    return BesideOthers(tuple((case, f"{NOT_JUDGED} {by}") for case, by in found if by is not None))


def kept_from_build(measure: Measure, vips: Sequence[Vip], others: OtherMeasures) -> Iterator[Unmet]:
    """Yield each VIP at which other measures of ours stop every attack, so that none could show that the build withstands it.

    :param others: with our policies of the measure as they are when they only count
    """
    for vip in vips:
        cases = attacks_at(measure, vip)
        stopped = beside(others, vip, cases).not_judged
        if cases and len(stopped) == len(cases):
            yield Unmet(f"at {vip} each attack is {stopped[0][1]}", WITHOUT_THIS_PROOF)


def not_probed(appliance: Appliance, vips: Sequence[Vip]) -> Iterator[Unmet]:
    """Yield why no request may show that the build withstands the attack."""
    if not appliance.probe:
        yield Unmet("no request may be sent (netscaler_probe: false)", "Allow it")
        return
    if not vips:
        yield Unmet(
            "no VIP is known, so no request shows that the build withstands the attack",
            "Name the virtual servers in netscaler_vips",
        )
    for vip in vips:
        if not vip.probe:
            yield Unmet(f"{vip.not_probed}", f"Allow it: name the VIP in netscaler_vips, or its network in {CONSENT}")
