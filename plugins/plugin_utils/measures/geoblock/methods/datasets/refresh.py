# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The desired data sets, and the stages that reach them without a gap.

A refresh changes the sets in place. An entry that grows or shrinks is unbound before it is bound again, since entries may not overlap;
meanwhile the part of it that stays is in a bridge, a set that the rules use too. If the number of sets changes, all entries move: a new
generation is built beside the old one, and the old one is removed once nothing refers to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .....appliance.objects import dataset_entries
from .....appliance.objects.ownership import SEPARATOR, Owner
from .....appliance.objects.resource_types import Attributes, ObjectId
from .....catalogue.desired_state import Stage
from ...country_data.address_ranges import Spans, merge, span_text
from ...country_data.compiled import Compiled
from .data_set_forms import DataSetForms
from .data_sets import GENERATIONS, DataSet, bridge_name, dataset_rules, parts, refresh


@dataclass(frozen=True)
class Sets:
    """The desired data sets.

    :ivar parts: the data sets in the end
    :ivar bridges: by family, the addresses that stay of the entries that change; empty if no such entry is unbound
    """

    parts: tuple[DataSet, ...]
    bridges: Mapping[int, Spans]
    forms: Mapping[int, DataSetForms]

    def objects(self) -> dict[ObjectId, Attributes]:
        """Return the sets and what is in them."""
        return self._objects(self.parts)

    def bridge_objects(self, owner: Owner) -> dict[ObjectId, Attributes]:
        """Return the bridges and what is in them."""
        return self._objects(self.bridge_parts(owner))

    def bridge_parts(self, owner: Owner) -> list[DataSet]:
        return [DataSet(bridge_name(owner, version), version, spans) for version, spans in self.bridges.items()]

    def content(self) -> dict[ObjectId, Attributes]:
        """Return only what is in the sets."""
        return dict(self._contents(self.parts))

    def _objects(self, wanted: Sequence[DataSet]) -> dict[ObjectId, Attributes]:
        found: dict[ObjectId, Attributes] = {
            ("policydataset", (one.name,)): self.forms[one.version].data_set.fill({"name": one.name}) for one in wanted
        }
        return found | dict(self._contents(wanted))

    def _contents(self, wanted: Iterable[DataSet]) -> Iterable[tuple[ObjectId, Attributes]]:
        for one in wanted:
            text = dataset_entries.join(span_text(one.version, span) for span in one.spans)
            attributes = self.forms[one.version].entries.fill({"name": one.name, "entries": text})
            yield ("policydataset_value_binding", (one.name,)), attributes


def plan_sets(
    owner: Owner,
    compiled: Compiled,
    there: Mapping[str, Spans],
    families: Iterable[int],
    *,
    limit: int,
    forms: Mapping[int, DataSetForms],
    effect: str = "",
) -> Sets:
    """Lay out the sets of some families.

    :param there: what our sets on the appliance hold
    :param limit: how many entries a set may have
    :param effect: what they do now, "block" or "allow": an allowed address must not be in a set that a rule still blocks, so a policy
        that changes from one to the other gets a new generation of sets
    """
    turns = effect not in ("", compiled.policy.effect)
    wanted: list[DataSet] = []
    for version in families:
        generation, now = _generation(owner, there, version)
        laid_out = parts(owner, compiled, version, generation=generation, limit=limit, now=now)
        if now and (turns or len(laid_out) != now):
            other = next(one for one in GENERATIONS if one != generation)
            laid_out = parts(owner, compiled, version, generation=other, limit=limit)
        wanted += [part for part in laid_out if part.spans]
    lasting: dict[int, Spans] = {}
    for change in refresh(there, wanted):
        if change.bridge:
            lasting[change.version] = merge([*lasting.get(change.version, ()), *change.bridge])
    return Sets(tuple(wanted), lasting, forms)


def stages(
    owner: Owner, compiled: Compiled, sets: Sets, expressions: Mapping[ObjectId, Attributes]
) -> tuple[tuple[Stage, ...], str]:
    """Return the stages of a refresh (first the rules use the bridge too, then the sets change), and a remark or "".

    :param expressions: the named expressions as they shall be in the end
    """
    bridges = sets.bridge_parts(owner)
    if not bridges:
        return (), ""
    names = [part.name for part in bridges]
    rules_with_bridges = dataset_rules(compiled, sets.parts, names)
    if len(rules_with_bridges) != len(expressions):
        return (), "the rule has no room for a bridge: entries that change are not matched for a moment"
    bridged = {
        object_id: {**attributes, "value": rule}
        for (object_id, attributes), rule in zip(expressions.items(), rules_with_bridges, strict=True)
    }
    return (Stage({**sets.bridge_objects(owner), **bridged}), Stage(sets.content())), ""


def before(owner: Owner, there: Mapping[str, Spans]) -> dict[int, Spans] | None:
    """Return what is in our sets now, by family; None if there are none."""
    found: dict[int, Spans] = {}
    for name, spans in there.items():
        match = _named(owner, name)
        if match:
            version = int(match["version"])
            found[version] = merge([*found.get(version, ()), *spans])
    return found or None


def _generation(owner: Owner, there: Mapping[str, Spans], version: int) -> tuple[str, int]:
    """Return the generation that is in place, and how many sets it has; the one with more sets if a run died between two."""
    counted = dict.fromkeys(GENERATIONS, 0)
    for name in there:
        match = _named(owner, name)
        if match and int(match["version"]) == version:
            counted[match["generation"]] += 1
    generation = max(GENERATIONS, key=lambda one: counted[one])
    return generation, counted[generation]


def _named(owner: Owner, name: str) -> re.Match[str] | None:
    start = re.escape(owner.name + SEPARATOR)
    return re.fullmatch(rf"{start}(?P<generation>[{''.join(GENERATIONS)}])_v(?P<version>[46])_\d+", name)
