# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the tasks of all steps of closing share: the decision that is mandatory, what no closing can do, and whom it hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ...appliance.nitro.connection import Connection
from ...customers.customer import Customer
from ...foundation.errors import InvalidInput
from ...traces.log_reading.log_ons import LogOns, read_log_ons
from ...traces.log_reading.log_sources import logs_of_nodes
from ..common.result import Result
from ..common.task import Task
from .decision import Decision, how_to_give, missing_inputs, parse_expiry, require_inputs
from .impact import Closes, Counted, read_impact
from .impact_page import impact_values
from .switch_plan import now

VERB = "close"
MANDATORY = ("reason", "ticket", "who", "expires")


def closing_decision(task: Task) -> tuple[Decision | None, list[str]]:
    """Return the decision to close, and the mandatory options that are missing. A preview and a drill need no decision.

    :raises InvalidInput: where one is missing, or the expiry is not possible
    """
    options = task.options
    missing = missing_inputs(options, MANDATORY)
    try:
        due = parse_expiry(options["expires"], now(), options["longest"]) if options["expires"].strip() else None
    except InvalidInput as error:
        given = "" if task.is_preview or options.get("drill") else how_to_give(missing)
        raise InvalidInput(f"{error}. {given}Nothing was sent.") from error
    if not task.is_preview and not options.get("drill"):
        require_inputs(options, MANDATORY)
    decision = None if missing else Decision(options["reason"], options["ticket"], options["who"], due)
    return decision, missing


def called_as(task: Task) -> str:
    """Return the verb by which a closing is called: lockdown is a name of close with the step off."""
    return str(task.options.get("called") or VERB)


def noting_missing(result: Result, missing: Sequence[str]) -> Result:
    """Return a result whose preview says which mandatory options are missing."""
    if not missing or result.preview is None:
        return result
    line = f"  to be set before it is carried out: {', '.join(missing)}"
    return replace(result, preview=[*result.preview, line])


def require_possible(task: Task) -> None:
    """:raises InvalidInput: where a drill is about to be carried out, or sessions of others would be ended"""
    where, options = task.appliance.name, task.options
    if options["drill"] and not task.check_mode:
        raise InvalidInput(f"{where}: a drill writes nothing: run close.yml, which plans it only. Nothing was sent.")
    shared = bool(options["customers"]) and len(task.appliance.customers) > 1
    if options["end_sessions"] and (shared or options["vips"] or options["partitions"]):
        raise InvalidInput(
            f"{where}: end_sessions ends all sessions of the appliance, also those of virtual servers that stay open. Leave it out, or close all of "
            "the appliance. Nothing was sent."
        )


def impact_rows(
    task: Task,
    customers: Mapping[str, Customer],
    connection: Connection,
    closes: Closes,
    counted: Mapping[str, Counted] | None = None,
) -> list[dict[str, Any]]:
    """Return whom a closing hits, a row for each customer; it is read while the closing is planned, before anything is changed."""
    impact = read_impact(connection, task.appliance, closes, counted)
    gateways = any(one.vserver.kind == "vpn" for one in impact.services)
    log_ons = LogOns()
    if gateways and task.options["log_ons"]:
        log_ons = read_log_ons(logs_of_nodes(connection), datetime.now(UTC))
    other = {name: one.other_access for name, one in customers.items()}
    return impact_values(task.appliance.name, impact, log_ons, other)
