# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a lockdown or a reopening: a preview for people, and JSON values for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ...appliance.nitro.appliance import Appliance
from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.virtual_servers import Usage, customer_of
from ...foundation.counted import counted
from ...foundation.foreign_text import printable
from ...foundation.moments import moment
from ..ledger.page import answer_values
from ..pages.apply_report import verdict_text
from ..pages.change_result import ChangeResult
from ..pages.partition_report import joined, of_partitions, partition_heading
from ..pages.preview_parts import headline, step_lines
from ..pages.provenance_report import provenance_lines
from ..pages.result_parts import requests_of
from .decision import Decision
from .switch_per_partition import PartitionedSwitch, PartitionedSwitchResult
from .switch_plan import SwitchPlan, SwitchResult, now
from .switch_run import SwitchRun


def switch_result(result: SwitchResult, run: SwitchRun, connection: Connection) -> ChangeResult:
    """Return the result in one admin partition."""
    plan = result.plan
    still_closed = plan.switches.still_closed
    return ChangeResult(
        connection=connection,
        changed=result.changed,
        measure=str(run.kind),
        seal=plan.seal,
        steps=plan.steps,
        sources=plan.sources,
        own={
            "vservers": [
                {
                    "name": choice.vserver.name,
                    "type": choice.vserver.type,
                    "address": str(choice.vserver.place),
                    "enabled": choice.vserver.enabled,
                    "left_alone": choice.reason,
                    "decision": still_closed[choice.vserver.object_id].text(now())
                    if choice.vserver.object_id in still_closed
                    else "",
                    **vars(plan.usage.get(choice.vserver.object_id, Usage())),
                }
                for choice in plan.chosen.choices
            ],
            "cost": cost_of(plan),
            "costs": costs_of(plan, run.parameters.appliance, run.parameters.scope),
            "remarks": plan.remarks,
            "unproven": result.unproven,
            "unmatched": plan.unmatched,
            "not_agreed": plan.not_agreed,
            "without_consent": [*plan.without_consent.values()],
            "exposure": plan.exposure,
            "unread": plan.unread,
            **({"takes_away": plan.takes_away} if run.targets_answer else {}),
            "saved": result.saved,
            **({"answers": [answer_values(one) for one in plan.answers]} if plan.answers else {}),
            **({"verdict": result.verdict} if result.verdict is not None else {}),
        },
        record=result.record,
        requests=requests_of(connection, run.prober.sent),
        preview=[headline(connection), *preview_lines(result, run)],
    )


LISTS = ("steps", "provenance", "vservers", "remarks", "unproven", "takes_away")
"""What a result has of each admin partition; see :func:`.partition_report.joined`."""
ONCE = ("unmatched", "not_agreed", "without_consent", "exposure", "unread", "answers")
"""What a result has of the appliance as a whole, each once."""
KEPT = ("changed", "verdict", "saved", "record", "seal")
"""What a result has of each partition."""


def switches_result(result: PartitionedSwitchResult, run: PartitionedSwitch, connection: Connection) -> ChangeResult:
    """Return the result in all admin partitions; that of the default one where there is no other."""
    parts = {name: switch_result(part, run.runs[name], connection) for name, part in result.partitions.items()}
    if result.plan.is_plain:
        return parts[DEFAULT]
    own = {
        "remarks": [*joined({name: part.own for name, part in parts.items()}, "remarks"), *result.plan.left_out],
        "seal": result.seal,
        "cost": _added([part.own["cost"] for part in parts.values()]),
        "costs": _costs_by_customer(parts.values()),
        "requests": requests_of(connection, run.probes_sent),
        "verdict": result.verdict,
    }
    of_all = of_partitions(parts, LISTS, KEPT, own, _partitioned_preview(result, run, connection), ONCE)
    return of_all if result.verdict is not None else of_all.without("verdict")


def _added(costs: Sequence[dict[str, int | None]]) -> dict[str, int | None]:
    """Return the usage in several admin partitions. AAA sessions are counted for the appliance, so each partition says the same number."""
    sessions = max((one["sessions"] for one in costs if one["sessions"] is not None), default=None)
    return {**{name: total(one[name] for one in costs) for name in costs[0]}, "sessions": sessions}


def _costs_by_customer(parts: Iterable[ChangeResult]) -> list[dict[str, Any]]:
    """Return the usage by customer, a customer of several admin partitions once. Where there are several, nobody knows whose the AAA sessions are."""
    found: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for cost in part.own["costs"]:
            found.setdefault(cost["customer"], []).append({k: v for k, v in cost.items() if k != "customer"})
    alone = {} if len(found) == 1 else {"sessions": None}
    return [{"customer": customer, **_added(own), **alone} for customer, own in sorted(found.items())]


def _partitioned_preview(result: PartitionedSwitchResult, run: PartitionedSwitch, connection: Connection) -> list[str]:
    lines = [headline(connection)]
    if result.plan.has_steps and not any(one.targets_answer for one in run.runs.values()):
        lines.append(
            f"  closing hits now: {cost_text(_added([cost_of(part.plan) for part in result.partitions.values()]))}"
        )
    for name, part in result.partitions.items():
        lines += [partition_heading(name), *preview_lines(part, run.runs[name], with_cost=False)]
    return lines + [f"  not covered: {text}" for text in result.plan.left_out]


def total(numbers: Iterable[int | None]) -> int | None:
    """Return the sum of the known numbers; None if none is known."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def cost_text(cost: dict[str, int | None]) -> str:
    """Return in words how many people a closing affects."""
    vservers = cost["vservers"] or 0
    parts = [f"{vservers} virtual server{'' if vservers == 1 else 's'}"]
    for key, words in (("users", "Gateway users"), ("connections", "client connections"), ("sessions", "AAA sessions")):
        parts.append(f"{words} not known" if cost[key] is None else f"{cost[key]} {words}")
    return ", ".join(parts)


def preview_lines(result: SwitchResult, run: SwitchRun, *, with_cost: bool = True) -> list[str]:
    """Return the preview of one admin partition.

    :param with_cost: say in a line how many people it hits; the preview of several partitions says it once
    """
    plan, appliance = result.plan, run.parameters.appliance
    switched = {step.object_id for step in plan.steps}
    lines = [f"  {printable(text)}" for text in plan.not_agreed]
    lines += [f"  CLOSED WITHOUT CONSENT: {printable(text)}" for text in plan.without_consent.values()]
    if result.verdict is not None:
        lines.append(f"  {verdict_text(result.verdict)}")
    lines += [f"  EXPOSED ONCE IT IS OPEN: {text}" for text in plan.exposure]
    lines += [f"  NOT READ, SO MAYBE EXPOSED: {printable(text)}" for text in plan.unread]
    lines += [f"  MAY IT BE OPENED? {printable(one.text)}" for one in plan.answers]
    if switched and not run.targets_answer and with_cost:
        lines.append(f"  closing hits now: {cost_text(cost_of(plan))}")
    for choice in plan.chosen.choices:
        vserver, usage = choice.vserver, plan.usage.get(choice.vserver.object_id, Usage())
        if vserver.object_id in switched:
            counts = [f"{counted(usage.users, 'user')}"] if usage.users is not None else []
            counts += [f"{counted(usage.connections, 'client connection')}"] if usage.connections is not None else []
            shared = appliance.vserver_customers or appliance.partition_customers
            whose = f" of {customer_of(vserver, appliance, run.parameters.scope)}" if shared else ""
            lines.append(
                f"    {vserver}{whose}: switched {'on' if run.targets_answer else 'off'} {', '.join(counts)}".rstrip()
            )
        elif choice.reason:
            lines.append(f"    {vserver}: not changed, {choice.reason}")
        elif vserver.object_id in plan.switches.still_closed:
            lines.append(f"    {vserver}: {plan.switches.still_closed[vserver.object_id].text(now())}")
    lines += [f"  note: {remark}" for remark in plan.remarks]
    lines += [f"  not here: {name}" for name in plan.unmatched]
    lines += step_lines(run.kind, plan.steps, plan.seal)
    lines += provenance_lines(plan.steps, plan.sources)
    if run.parameters.decision is not None and (plan.steps or plan.switches.covers):
        lines.append(f"  {decision_text(run.parameters.decision)}")
    if plan.steps and not run.targets_answer:
        lines.append(
            "  sessions that are established may go on for a while; what ends them is not documented (kill aaa session -all)"
        )
    lines += [f"  not covered: {text}" for text in result.not_covered]
    if plan.foreign_lines:
        lines.append("  unsaved changes of others: " + "; ".join(plan.foreign_lines[:5]))
    return lines


def cost_of(plan: SwitchPlan) -> dict[str, int | None]:
    """Return the usage of the virtual servers to be switched; None for a number that the appliance does not report."""
    usage = [plan.usage.get(step.object_id, Usage()) for step in plan.steps]
    return {
        "vservers": len(plan.steps),
        "users": total(one.users for one in usage),
        "connections": total(one.connections for one in usage),
        "sessions": plan.sessions,
    }


def costs_of(plan: SwitchPlan, appliance: Appliance, partition: str = DEFAULT) -> list[dict[str, Any]]:
    """Return the usage of the virtual servers to be switched in an admin partition, by customer. AAA sessions are counted for the whole of it only."""
    by_customer: dict[str, list[Usage]] = {}
    for step in plan.steps:
        vserver = plan.chosen.by_id(step.object_id)
        customer = appliance.customer if vserver is None else customer_of(vserver, appliance, partition)
        by_customer.setdefault(customer, []).append(plan.usage.get(step.object_id, Usage()))
    return [
        {
            "customer": customer,
            "vservers": len(usage),
            "users": total(one.users for one in usage),
            "connections": total(one.connections for one in usage),
            "sessions": plan.sessions if len(by_customer) == 1 else None,
        }
        for customer, usage in sorted(by_customer.items())
    ]


def decision_text(decision: Decision) -> str:
    due = "" if decision.due is None else f"; decision due at {moment(decision.due.isoformat())}"
    return f"decided by {decision.who} ({decision.ticket}): {decision.reason}{due}"
