# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The bindings of other measures of ours with what a read does not show: the goto of a Gateway's bindings, by our signed records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ...appliance.nitro.connection import Connection
from ...appliance.objects.nsconf_reader import read_configuration
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...catalogue.run_parameters import ResolvedParameters, RunParameters
from ...change.planning.unsaved_changes import ConfigurationTexts
from ...change.records.change_record import ChangeRecord
from ...change.records.fetched_records import fetch_records
from ...change.records.unshown_attributes import hides_something, last_written, whole_state
from ...change.records.usable_records import runs_of_other_measures
from ...policies.other_measures import is_of_another
from .configuration import ConfigurationFacts, CurrentText
from .prior_runs import RecordFacts

Objects = Mapping[ObjectId, Attributes]


def with_unshown_bindings(
    connection: Connection,
    parameters: ResolvedParameters,
    configuration: ConfigurationFacts,
    records: RecordFacts,
    texts: ConfigurationTexts,
) -> ConfigurationFacts:
    """Return the configuration with :func:`read_unshown_bindings`."""
    text, objects = CurrentText(connection.config, texts), configuration.state.objects
    unshown = read_unshown_bindings(connection, parameters, objects, records.fetched, text.read)
    return replace(configuration, unshown=unshown)


def read_unshown_bindings(
    connection: Connection,
    parameters: RunParameters,
    objects: Objects,
    fetched: Sequence[ChangeRecord],
    text: Callable[[], str | None],
) -> dict[ObjectId, Attributes]:
    """Return the bindings of other measures of ours with all of their attributes, as our runs have written them.

    The name alone says nothing, since anybody can type it: a binding of which no record is left, or that ns.conf shows with another goto, is not among
    them. Where nothing is hidden, no record and no text is read; the copies on the nodes are read where the records of this control node do not say it.

    :param fetched: the records that only the nodes have, where they have been read
    :param text: reads the configuration as ns.conf; None where it cannot be read
    """
    hidden = {
        id_: one for id_, one in objects.items() if hides_something(id_, one) and _is_of_another(id_, one, parameters)
    }
    if not hidden:
        return {}
    whole = _as_written(hidden, runs_of_other_measures(parameters, fetched))
    if len(whole) < len(hidden) and not fetched:
        fetched, _problems = fetch_records(connection, parameters.records, parameters.appliance.name, parameters.trust)
        whole = _as_written(hidden, runs_of_other_measures(parameters, fetched))
    return _as_shown(whole, text)


def unshown_by_records(
    objects: Objects, records: Sequence[ChangeRecord], text: Callable[[], str | None]
) -> dict[ObjectId, Attributes]:
    """Return the same of all bindings that some records wrote.

    :param records: of one admin partition, those that are trusted, in the order of their chain
    """
    return _as_shown(
        _as_written({id_: one for id_, one in objects.items() if hides_something(id_, one)}, records), text
    )


def _as_shown(whole: dict[ObjectId, Attributes], text: Callable[[], str | None]) -> dict[ObjectId, Attributes]:
    configuration = text() if whole else None
    return {id_: one for id_, one in whole.items() if configuration is None or _is_shown(id_, one, configuration)}


def _is_of_another(object_id: ObjectId, binding: Attributes, parameters: RunParameters) -> bool:
    return is_of_another(str(binding[TYPES[object_id[0]].policy_attribute]), parameters.owner)


def _wrote_its_own(record: ChangeRecord) -> bool:
    """Return True if a run wrote bindings of its own measure alone: the others are no concern of such a record."""
    owner = Owner(record.measure, 0)
    bindings = [
        step for step in record.touched if step.type in TYPES and TYPES[step.type].policy_attribute and step.after
    ]
    return all(owner.owns(step.object_id, step.after or {}) for step in bindings)


def _as_written(bindings: Objects, records: Iterable[ChangeRecord]) -> dict[ObjectId, Attributes]:
    """Return the bindings that our last run on each has left, with what it wrote, unless what is shown of one is not as it was left."""
    written = last_written(record for record in records if _wrote_its_own(record))
    whole = {id_: whole_state(id_, one, written) for id_, one in bindings.items() if written.get(id_) is not None}
    return {id_: one for id_, one in whole.items() if one and TYPES[id_[0]].same(one, written[id_])}


def _is_shown(object_id: ObjectId, binding: Attributes, configuration: str) -> bool:
    """Return True if ns.conf, which shows all attributes of a binding, has it so."""
    type_ = TYPES[object_id[0]]
    configured = read_configuration(configuration, str(binding[type_.policy_attribute])).objects.get(object_id)
    hidden = [(name, own.default) for name, own in type_.attributes.items() if not own.echoed]
    return configured is not None and all(
        configured.get(name, default) == binding.get(name, default) for name, default in hidden
    )
