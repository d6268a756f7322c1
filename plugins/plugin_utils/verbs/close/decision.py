# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The decision behind a lockdown or a reopening, and which virtual servers are in scope. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ...appliance.nitro.appliance import VIP_KINDS, Appliance
from ...appliance.nitro.names import ADMIN_PARTITION, DEFAULT, is_stand_in
from ...appliance.nitro.partitions import PartitionChoice
from ...appliance.objects.resource_types import ObjectId
from ...appliance.objects.virtual_servers import Vserver, customer_of, names_of
from ...foundation.errors import InvalidInput, Refused
from ...foundation.foreign_text import says_something
from ...foundation.next_action import NextAction
from ...judgement.proof.next_action import LOCKDOWN


@dataclass(frozen=True)
class Decision:
    """The decision to close or to reopen: who took it, why, and under which ticket.

    :ivar due: when a new decision is due (UTC); None for a reopening
    """

    reason: str
    ticket: str
    who: str
    due: datetime | None = None

    def facts(self) -> dict[str, Any]:
        """Return the JSON values for the change record."""
        due = {"expires": self.expires} if self.due else {}
        return {"reason": self.reason, "ticket": self.ticket, "decided_by": self.who, **due}

    @property
    def expires(self) -> str:
        """The time when a new decision is due (ISO 8601); "" for a reopening."""
        return "" if self.due is None else self.due.isoformat(timespec="seconds")


def missing_inputs(options: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    """Return the mandatory options that were not given."""
    return [name for name in names if not says_something(str(options[name]))]


def second_person(where: str, second: str, who: str) -> str:
    """Return the name of the person who overrules an answer, besides the one who decides; "" for nobody.

    :raises InvalidInput: where both are the same person, or the name is no line of text
    """
    name = " ".join(second.split())
    if not name.isprintable():
        raise InvalidInput(f"{where}: second must be the name of a person, in one line. Nothing was sent.")
    if name and name.casefold() == " ".join(who.split()).casefold():
        raise InvalidInput(
            f"{where}: second and who are both {name}: two different persons decide. Name another one in second. Nothing was sent."
        )
    return name


def how_to_give(lacking: Sequence[str]) -> str:
    """Return as a sentence which mandatory options were not given, and how to give them; "" where none is missing."""
    if not lacking:
        return ""
    examples = {
        "reason": '''-e "reason='the NCSC advises to switch off'"''',
        "ticket": "-e ticket=CHG0042",
        "who": '''-e "who='the name of the person who decides'"''',
        "expires": "-e expires=24 (hours), or -e expires=2020-01-18T08:00",
    }
    return f"{' and '.join(lacking)} must be given for the record: {'; '.join(examples[n] for n in lacking)}. "


def require_inputs(options: Mapping[str, Any], names: Sequence[str]) -> None:
    """:raises InvalidInput: naming every mandatory option that was not given, and how to give it"""
    lacking = missing_inputs(options, names)
    if lacking:
        raise InvalidInput(f"{how_to_give(lacking)}Nothing was sent.")


def parse_expiry(text: str, now: datetime, longest_hours: int) -> datetime:
    """Parse when a decision is due: a number of hours from now, or a date and time (without a zone, in the control node's time).

    :raises InvalidInput: if it is neither, is past, or is later than is allowed
    """
    text = text.strip()
    try:
        hours = float(text) if re.fullmatch(r"\d{1,6}(\.\d+)?", text) else None
        due = datetime.fromisoformat(text).astimezone(UTC) if hours is None else now + timedelta(hours=hours)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            f"expires is {text!r}: give a number of hours, such as 24, or a date and time, such as 2020-01-18T08:00"
        ) from error
    if due <= now:
        raise InvalidInput(f"expires is {text!r}, which is past: give the time when a new decision is due")
    if due > now + timedelta(hours=longest_hours):
        raise InvalidInput(
            f"expires is {text!r}, which is more than {longest_hours} hours ahead: give an earlier time, or allow it with "
            "-e longest=HOURS"
        )
    return due.replace(microsecond=0)


@dataclass(frozen=True)
class ClosureScope:
    """The virtual servers that a run is to close or reopen.

    :ivar vips: names or addresses; empty means all
    :ivar kinds: vpn, authentication, cs, lb
    :ivar customers: only what is of these customers; empty means all
    :ivar lacking_consent: by customer, of those who must agree to a closing and have not, what the register of consent says
    :ivar without_consent: a person closes what is theirs all the same
    :ivar partitions: only what is in these admin partitions; empty means all
    """

    vips: tuple[str, ...] = ()
    kinds: tuple[str, ...] = VIP_KINDS
    customers: tuple[str, ...] = ()
    partitions: tuple[str, ...] = ()
    lacking_consent: Mapping[str, str] = field(default_factory=dict)
    without_consent: bool = False

    def consent_problem(self, customer: str) -> str:
        """Return why the consent of a customer is missing; "" where it is not."""
        if customer not in self.lacking_consent:
            return ""
        return f"{customer} has not agreed: {self.lacking_consent[customer]}"


UNUSABLE = "NITRO allows no such name, so nothing can be sent for it"
STAYS_OPEN = f"STAYS OPEN: {UNUSABLE}. Switch it off on the appliance itself"
"""What is said of a virtual server in scope for which nothing can be sent."""


@dataclass(frozen=True)
class VserverChoice:
    """One virtual server, and the reason why it is not changed; it is empty if the server is in scope."""

    vserver: Vserver
    reason: str = ""


def unusable(choices: Iterable[VserverChoice]) -> list[Vserver]:
    """Return what is in scope, is not known to be off, and has a name for which nothing can be sent."""
    return [one.vserver for one in choices if one.reason == UNUSABLE and one.vserver.enabled is not False]


def choose(
    vservers: Iterable[Vserver], wanted: ClosureScope, appliance: Appliance, partition: str = DEFAULT
) -> list[VserverChoice]:
    """Decide for each virtual server of an admin partition whether it is in scope."""
    return [
        VserverChoice(vserver, _out_of_scope_because(vserver, wanted, appliance, partition)) for vserver in vservers
    ]


def unmatched(vservers: Sequence[Vserver], wanted: ClosureScope, appliance: Appliance) -> list[str]:
    """Return the wanted VIPs that are not on this appliance."""
    known = {name for vserver in vservers for name in names_of(vserver, appliance)}
    return [vip for vip in wanted.vips if vip not in known]


def absent_partitions(where: str, wanted: ClosureScope, choice: PartitionChoice) -> tuple[str, ...]:
    """Return the wanted admin partitions that are not on this appliance, as names for people: like a VIP, one is on some appliance of a run.

    :raises Refused: where one is there, and the inventory leaves it out: it would stay as it is
    """
    left_out = [name for name in wanted.partitions if name in choice.left_out]
    if left_out:
        raise Refused(
            f"{where}: partitions names {', '.join(left_out)}, which netscaler_partitions leaves out: this run reads {', '.join(choice.names)}. "
            "Correct one of them. Nothing was changed."
        )
    return tuple(f"{ADMIN_PARTITION}{name}" for name in wanted.partitions if name not in choice.names)


def unknown_owners(vservers: Sequence[Vserver], appliance: Appliance) -> list[str]:
    """Return in words which names of netscaler_vserver_customers are of no virtual server: a misspelt one stays with another customer."""
    known = {name for vserver in vservers for name in names_of(vserver, appliance)}
    left = [f"{name} ({customer})" for name, customer in appliance.vserver_customers if name not in known]
    return [f"netscaler_vserver_customers names {', '.join(left)}, which is not on this appliance"] if left else []


def owned_but_open(vservers: Sequence[Vserver], wanted: ClosureScope, appliance: Appliance) -> list[str]:
    """Return the names of virtual servers of the wanted customers that this appliance does not have, each with the reason: the ones that are meant
    have another name, and stay as they are.
    """
    known = {name for vserver in vservers for name in names_of(vserver, appliance)}
    return [
        f"{name} of {customer} may STAY OPEN: netscaler_vserver_customers names it, and no virtual server here has this name"
        for name, customer in appliance.vserver_customers
        if customer in wanted.customers and name not in known
    ]


def named_but_open(choices: Sequence[VserverChoice], wanted: ClosureScope, appliance: Appliance) -> list[str]:
    """Return the wanted VIPs that this appliance has and that stay open, each with the reason.

    A name that several virtual servers have is closed where one of them is in scope.
    """
    found = []
    for vip in wanted.vips:
        named = [choice for choice in choices if vip in names_of(choice.vserver, appliance)]
        reasons = [each.reason for each in named if each.vserver.enabled is not False and each.reason != UNUSABLE]
        if named and all(each.reason for each in named) and reasons:
            found.append(f"{vip} STAYS OPEN: {'; '.join(dict.fromkeys(reasons))}")
    return found


def not_agreed(
    choices: Sequence[VserverChoice], wanted: ClosureScope, appliance: Appliance, partition: str = DEFAULT
) -> list[str]:
    """Return for each customer whose missing consent alone keeps virtual servers open their names and the reason."""
    kept = _kept_by_consent(choices, wanted, appliance, partition)
    open_ones = {customer: [one for one in own if one.enabled is not False] for customer, own in kept.items()}
    return [
        f"NOT AGREED: {', '.join(map(str, own))} {'STAYS' if len(own) == 1 else 'STAY'} OPEN: {wanted.consent_problem(customer)}"
        for customer, own in open_ones.items()
        if own
    ]


def not_extended(
    choices: Sequence[VserverChoice],
    wanted: ClosureScope,
    appliance: Appliance,
    partition: str,
    closed: Container[ObjectId],
) -> list[str]:
    """Return for each customer whose missing consent alone keeps a closing from being extended the names and the reason: it becomes overdue.

    :param closed: what a run of ours has closed
    """
    kept = _kept_by_consent(choices, wanted, appliance, partition)
    closed_ones = {customer: [one for one in own if one.object_id in closed] for customer, own in kept.items()}
    return [
        f"NOT AGREED: the decision about {', '.join(map(str, own))} IS NOT EXTENDED: {wanted.consent_problem(customer)}"
        for customer, own in closed_ones.items()
        if own
    ]


def closed_already(
    choices: Sequence[VserverChoice],
    wanted: ClosureScope,
    appliance: Appliance,
    partition: str,
    closed: Container[ObjectId] = (),
) -> list[str]:
    """Return for each customer whose missing consent alone keeps virtual servers out of scope those that are closed all the same, and the reason.

    :param closed: what the step of the run has closed
    """
    kept = _kept_by_consent(choices, wanted, appliance, partition)
    found = {
        customer: [one for one in own if one.enabled is False or one.object_id in closed]
        for customer, own in kept.items()
    }
    return [
        f"{', '.join(map(str, own))} {'is closed already, and stays' if len(own) == 1 else 'are closed already, and stay'} so: "
        f"{wanted.consent_problem(customer)}"
        for customer, own in found.items()
        if own
    ]


def _kept_by_consent(
    choices: Sequence[VserverChoice], wanted: ClosureScope, appliance: Appliance, partition: str
) -> dict[str, list[Vserver]]:
    """Return by customer the virtual servers that are out of scope for the missing consent alone."""
    kept: dict[str, list[Vserver]] = {}
    for choice in choices:
        customer = customer_of(choice.vserver, appliance, partition)
        if choice.reason and choice.reason == wanted.consent_problem(customer):
            kept.setdefault(customer, []).append(choice.vserver)
    return kept


def closed_without_consent(
    vservers: Iterable[Vserver], wanted: ClosureScope, appliance: Appliance, partition: str = DEFAULT
) -> dict[str, str]:
    """Return by customer whose virtual servers in an admin partition are closed without consent why it is missing."""
    customers = dict.fromkeys(customer_of(vserver, appliance, partition) for vserver in vservers)
    return {customer: problem for customer in customers if (problem := wanted.consent_problem(customer))}


def left_open(name: str) -> str:
    """Return as a sentence that an admin partition is not read."""
    what = (
        "a partition has a name that NITRO does not allow"
        if is_stand_in(name)
        else f"partition {name} is not among netscaler_partitions"
    )
    return f"{what}: its virtual servers may STAY OPEN"


def way_to_close(name: str) -> NextAction:
    """Return what to do about an admin partition that a lockdown does not read."""
    if is_stand_in(name):
        return NextAction(
            "switch the virtual servers of the partition off on the appliance itself, since no run can enter it"
        )
    return NextAction("name the partition in netscaler_partitions, then ", LOCKDOWN)


def _out_of_scope_because(vserver: Vserver, wanted: ClosureScope, appliance: Appliance, partition: str) -> str:
    names = names_of(vserver, appliance.inside(partition))
    if not vserver.addressable:
        return "it has no address of its own, so it cannot be reached from outside"
    # Also where the inventory does not say in which admin partition the protected one is.
    if (names | names_of(vserver, appliance)) & set(appliance.never_close):
        return "netscaler_never_close protects it"
    if vserver.address in {node.host for node in appliance.nodes}:
        return "the appliance is managed at this address"
    if vserver.kind not in wanted.kinds:
        return f"{vserver.kind} is not among the wanted kinds"
    if wanted.vips and not names & set(wanted.vips):
        return "it is not among the wanted VIPs"
    customer = customer_of(vserver, appliance, partition)
    if wanted.customers and customer not in wanted.customers:
        return f"customer {customer or 'unnamed'} is not among the wanted customers"
    if not wanted.without_consent and wanted.consent_problem(customer):
        return wanted.consent_problem(customer)
    if wanted.partitions and partition not in wanted.partitions:
        return f"the partition {partition} is not among the wanted partitions"
    return "" if vserver.has_usable_name else UNUSABLE
