# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inspect one appliance for one measure: the order of the reads. It reads only; plan, status and apply all begin with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ...appliance.nitro.connection import CLUSTER, Connection
from ...catalogue.measure import BuildStatus
from ...catalogue.run_parameters import ResolvedParameters
from ...change.planning.missing_files import find_missing_files
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records import closures
from ...change.records.appliance_lock import read_lock_facts
from ...change.records.change_record import ChangeRecord
from ...change.records.unshown_attributes import hidden_before, last_written, whole_steps, written_in_text
from ...change.records.usable_records import known_records, own_records
from ...policies.conflicts import cluster
from ..proof.grounds import Presence
from .access import open_at_secondary, read_access
from .configuration import read_configuration
from .facts import ApplianceFacts, FileFacts, MeasureState
from .features import FeatureFacts, read_features_to_enable
from .management_addresses import address_texts
from .nodes import NodeFacts, read_nodes
from .other_measures import read_other_measures
from .ownership_state import ownership_state, read_drift
from .plan import Plan, make_plan
from .planned_steps import PlannedSteps, plan_configuration
from .prior_runs import complete_records
from .rule_assessment import assess_rules
from .saved_state import read_saved_state
from .unshown_bindings import with_unshown_bindings


class Inspection(NamedTuple):
    """The facts about an appliance, and the plan that follows from them."""

    facts: ApplianceFacts
    plan: Plan


def inspect(connection: Connection, parameters: ResolvedParameters) -> Inspection:
    """Read what the plan depends on, and make the plan.

    :raises TourniquetError: if the appliance cannot be read
    """
    status = parameters.resolved.build_status(connection.build)
    if connection.is_cluster:
        return _of_a_cluster(ApplianceFacts(parameters, status))
    facts, planned = _read_facts(connection, parameters, status)
    if facts.found.presence == Presence.CURRENT:
        facts = _without_effect(facts)
    return Inspection(facts, make_plan(facts, planned, str(connection.build)))


def _read_facts(
    connection: Connection, parameters: ResolvedParameters, status: BuildStatus
) -> tuple[ApplianceFacts, PlannedSteps]:
    """Read the facts, theme by theme.

    The steps follow from the configuration alone, so they are planned as soon as it is read: they decide what else is read.
    """
    session = connection.primary
    texts = ConfigurationTexts(session)
    recorded = own_records(parameters, parameters.measure.reach).inside(parameters.scope)
    configuration = read_configuration(session, connection.config, parameters, recorded.records, texts)
    parameters, state = parameters.with_document(configuration.document), configuration.state
    planned = plan_configuration(parameters, configuration, status)
    missing, problems = find_missing_files(connection, parameters.document.files)
    nodes = read_nodes(connection, parameters, status)
    features = FeatureFacts() if planned.skipped else read_features_to_enable(session, parameters, state, planned.steps)
    lock = read_lock_facts(connection, parameters)
    records = complete_records(connection, parameters, recorded, state, lock)
    nodes = replace(nodes, addresses=tuple(address_texts(connection, parameters, records.fetched)))
    planned = _with_what_is_hidden(planned, records.known, texts)
    configuration = with_unshown_bindings(connection, parameters, configuration, records, texts)
    own = ownership_state(parameters, configuration, planned, records.known)
    target = configuration.target if own.older is None else own.older
    verify = own.presence in (Presence.CURRENT, Presence.OLDER) and not planned.skipped
    saved = read_saved_state(connection, parameters, target, records.known, texts, verify=verify)
    access = read_access(session, parameters, lambda: known_records(connection, parameters, closures.REACH))
    nodes = replace(nodes, not_covered=(*nodes.not_covered, *open_at_secondary(connection, access)))
    rules = assess_rules(connection, parameters, configuration, planned, access)
    others = read_other_measures(session, parameters, configuration, planned, access)
    drift = () if planned.skipped else read_drift(parameters, configuration, own, records.known, texts)
    facts = ApplianceFacts(
        parameters,
        status,
        configuration=configuration,
        files=FileFacts(tuple(missing), tuple(problems)),
        nodes=nodes,
        features=features,
        lock=lock,
        records=records,
        saved=saved,
        access=access,
        rules=rules,
        others=others,
        found=MeasureState(own.presence, own.version, state, rules.modes, saved.saved),
        older=own.older,
        drift=tuple(drift),
        unusable_names=tuple(session.unusable_names),
    )
    return facts, planned


def _with_what_is_hidden(
    planned: PlannedSteps, records: Sequence[ChangeRecord], texts: ConfigurationTexts
) -> PlannedSteps:
    """Return the steps with what a read of a binding does not show, from our records or, of a binding of others, from ns.conf: an undo restores it."""
    if not planned.steps:
        return planned
    written = last_written(records)
    steps = whole_steps(planned.steps, written)
    others = [step for step in hidden_before(steps) if written.get(step.object_id) is None]
    if others and texts.running is not None:
        steps = whole_steps(steps, written_in_text(others, texts.running))
    return replace(planned, route=steps)


def _without_effect(facts: ApplianceFacts) -> ApplianceFacts:
    """Add the reasons why a measure has no effect although all its objects are in place."""
    shadows, faults = facts.rules.shadows, facts.parameters.resolved.faults
    found = replace(facts.found, presence=Presence.DRIFTED) if faults else facts.found
    drift = (*facts.drift, *shadows, *faults)
    return replace(facts, found=found, drift=drift, shadowed_by=shadows[0] if shadows else "")


def _of_a_cluster(facts: ApplianceFacts) -> Inspection:
    """Refuse a cluster: configuration can be in more places than are read, so nothing is assessed or written."""
    plan = Plan(conflicts=(cluster(CLUSTER),))
    return Inspection(replace(facts, nodes=NodeFacts(unreadable=(CLUSTER,))), plan)
