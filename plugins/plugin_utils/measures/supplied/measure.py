# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure of an entry whose policy the vendor hands out, and whose expression is not public.

The operator supplies the expression, and it is bound as ours at each bind point that the entry names. Without one it is checked whether somebody has
bound the vendor's policy there. What the expression stops is not known, so the best verdict is "applied, unproven".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.names import texts_of
from ...appliance.object_reads.vserver_reads import read_vservers
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, Attributes, ObjectId
from ...appliance.objects.virtual_servers import VSERVER_TYPES, Vserver
from ...catalogue.desired_state import Document
from ...catalogue.entry import Entry, MeasureFacts, Supplied
from ...catalogue.measure import ResolvedMeasure
from ...catalogue.mitigation import Mitigation, mitigation_of
from ...catalogue.traffic import CaseSession, Traffic, TrafficCase
from ...change.planning.state_reader import Observation, Scope, observe, read_everywhere
from ...foundation.errors import InvalidInput
from .kind import TRAITS

VENDOR_NAMES = ("pol_samlauth_prefixlist_block",)
"""The names of the vendor's policies (Deyda netscaler-ioc-check 9.74). A name proves nothing of the content: there are several versions."""
ACTION = "DROP"  # that of the vendor's policy (Deyda netscaler-ioc-check 9.74)
LONGEST = 8191  # characters of an expression (12.1 and later)
LARGEST_PRIORITY = 2147483647
_KEYS = ("expression", "priority")
# The pages of a log-on, which must be served as before: an expression of somebody else may drop more than an attack.
_CONTROLS = Traffic(
    tuple(
        TrafficCase(id=id_, attack=False, method="GET", url=url, session=CaseSession.WITHOUT, probe=True)
        for id_, url in (
            ("front-door", "/"),
            ("log-on", "/logon/LogonPoint/index.html"),
            ("old-log-on", "/vpn/index.html"),
        )
    )
)


@dataclass(frozen=True)
class Place:
    """A bind point at which the policy must be bound."""

    vserver: Vserver
    bindpoint: str

    @property
    def type(self) -> str:
        """The NITRO type of the binding."""
        return f"{self.vserver.type}_responderpolicy_binding"

    def __str__(self) -> str:
        return f"{self.vserver.kind} vserver {self.vserver.name} {self.bindpoint}"


@dataclass(frozen=True, kw_only=True)
class SuppliedMeasure(Mitigation):
    """A mitigation with an expression of the operator.

    :ivar expression: "" where the operator gives none: then it is only checked who has bound the vendor's policy
    :ivar chosen_priority: the number that the operator gives; None for that of the entry
    """

    supplied: Supplied
    expression: str = ""
    chosen_priority: int | None = None

    def resolve(self, connection: Connection, owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        """Return the policy at each bind point, or what of the vendor's policy is there.

        :raises NitroError: if virtual servers or bindings cannot be read
        """
        vservers = read_vservers(connection.primary, self.supplied.at)
        usable = [one for one in vservers if one.has_usable_name]
        unusable = {one.name for one in vservers if not one.has_usable_name}
        places = [Place(one, point) for one in usable for point in self.supplied.bind_points]
        resolved = ResolvedMeasure(
            measure=self,
            document=Document((), {}),
            not_covered=tuple(texts_of(one for one in connection.primary.unusable_names if one.stand_in in unusable)),
            nothing_to_protect="" if vservers else f"there is no {' or '.join(self._nouns)}",
        )
        if not places:
            return resolved
        if self.expression:
            document = Document(tuple(sorted(self.features)), self._objects(owner, places))
            how = "the operator's expression is bound at every bind point; what it stops is not verified"
            return replace(resolved, document=document, not_verified=how)
        scope = Scope(frozenset({"responderpolicy"}), frozenset())
        observed = observe(connection.primary, scope)
        bound = read_everywhere(connection.primary)
        return self._of_others(resolved, places, observed, bound)

    @property
    def _nouns(self) -> list[str]:
        return [f"{VSERVER_TYPES[type_]} vserver" for type_ in self.supplied.at]

    def _objects(self, owner: Owner, places: Iterable[Place]) -> dict[ObjectId, Attributes]:
        rows: list[tuple[str, Attributes]] = [
            (
                "responderpolicy",
                {"name": owner.name, "rule": self.expression, "action": ACTION, "comment": owner.comment},
            )
        ]
        for place in places:
            type_ = TYPES[place.type]
            row: Attributes = {
                type_.parent: place.vserver.name,
                type_.policy_attribute: owner.name,
                "priority": self.chosen_priority or self.priority,
                "bindpoint": place.bindpoint,
            }
            rows.append((place.type, row))
        objects: dict[ObjectId, Attributes] = {}
        for name, row in rows:
            attributes = TYPES[name].canonical(row)
            objects[name, TYPES[name].key_of(attributes)] = attributes
        return objects

    def _of_others(
        self,
        resolved: ResolvedMeasure,
        places: list[Place],
        observed: Observation,
        bound: Mapping[ObjectId, Attributes],
    ) -> ResolvedMeasure:
        """Judge the vendor's policy by name and text: where it is bound, and where it has no effect."""
        known = {
            key[0]
            for (type_, key), a in observed.state.objects.items()
            if type_ == "responderpolicy" and self._is_it(a)
        }
        wanted = {(place.type, place.vserver.name, place.bindpoint): place for place in places}
        found: dict[Place, str] = {}
        elsewhere: list[str] = []
        for (type_name, _key), attributes in bound.items():
            type_ = TYPES[type_name]
            policy = str(attributes[type_.policy_attribute])
            if policy not in known:
                continue
            point = str(attributes.get("bindpoint", type_.attributes["bindpoint"].default)) if type_.parent else ""
            place = wanted.get((type_name, str(attributes.get(type_.parent, "")), point))
            if place is not None:
                found[place] = policy
            elif type_.parent:
                elsewhere.append(
                    f"{policy} is bound at {attributes[type_.parent]} as {point}, which does not see the log-on"
                )
            else:
                elsewhere.append(f"{policy} is bound globally, which does not count here")
        missing = [str(place) for place in places if place not in found]
        is_on = all(observed.state.features.get(feature, False) for feature in self.features)
        off = () if is_on or not known else ("the feature RESPONDER is off, so no policy is evaluated",)
        absent = (
            () if known else (f"no policy is recognised as the vendor's ({', '.join(VENDOR_NAMES)}, or by its text)",)
        )
        notes = (*off, *absent, *dict.fromkeys(elsewhere))
        if not found or off:
            return replace(resolved, absent_because="; ".join(notes[:2]), notes=notes, refusals=(self._refusal(),))
        return replace(
            resolved,
            covered_by=", ".join(sorted(set(found.values()))),
            not_verified="it is present, content not verified"
            if missing
            else "it is present at every bind point, content not verified",
            not_covered=(
                *resolved.not_covered,
                *(f"{text}: the vendor's policy is not bound there" for text in missing),
            ),
            notes=notes,
            refusals=(self._refusal(),) if missing else (),
        )

    def _is_it(self, policy: Attributes) -> bool:
        rule = str(policy.get("rule", "")).lower()
        return str(policy["name"]) in VENDOR_NAMES or all(text.lower() in rule for text in self.supplied.recognised_by)

    def _refusal(self) -> tuple[str, str]:
        setting = f"catalogue_measures: {{{self.id}: {{expression: '...'}}}}"
        return (
            f"the expression of {self.id} is not public, so it is not in the catalogue.",
            f"Ask the vendor's support for it, and put it into the inventory: `{setting}`.",
        )


def supplied_measure(entry: Entry, facts: MeasureFacts, settings: Any) -> SuppliedMeasure:
    """Return the measure of an entry whose policy the vendor hands out.

    :param settings: what the inventory has of it: ``expression``, and ``priority``
    :raises InvalidInput: if these are not possible
    """
    plain = mitigation_of(entry, facts, _CONTROLS)
    if facts.supplied is None:
        raise InvalidInput(f"{entry.id}: its measure does not say what is supplied")
    given = _settings(entry.id, settings)
    values = {each.name: getattr(plain, each.name) for each in fields(plain)}
    return SuppliedMeasure(**(values | {"traits": TRAITS}), supplied=facts.supplied, **given)


def _settings(id_: str, settings: Any) -> dict[str, Any]:
    where = f"catalogue_measures: {id_}"
    if settings is None:
        return {}
    if not isinstance(settings, Mapping) or not settings.keys() <= {*_KEYS}:
        raise InvalidInput(f"{where} must be a mapping with {' and '.join(_KEYS)}")
    expression, priority = settings.get("expression", ""), settings.get("priority")
    if not isinstance(expression, str) or not 0 < len(expression.strip()) <= LONGEST:
        raise InvalidInput(f"{where}: expression must be a text of 1 to {LONGEST} characters")
    whole = type(priority) is int and 1 <= priority <= LARGEST_PRIORITY  # pylint: disable=unidiomatic-typecheck
    if priority is not None and not whole:
        raise InvalidInput(f"{where}: priority must be a whole number from 1 to {LARGEST_PRIORITY}")
    return {"expression": expression.strip(), "chosen_priority": priority}
