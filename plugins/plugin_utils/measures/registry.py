# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one list of the kinds of measures, and every measure: those that the inventory asks for, and the mitigations of the catalogue.

A new kind is one folder beside this file, with its declaration (:class:`.kind.Kind`) in its module ``kind``. Nothing lists the folders, and everything
else asks the declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from ..catalogue.entry import upgrades_by
from ..catalogue.entry_file import FILE, load_catalogue, load_entry, readable_entries
from ..catalogue.measure import Measure
from ..catalogue.measure_traits import Recurring
from ..catalogue.mitigation import Mitigation, load_mitigation, no_such_entry, with_measure
from ..catalogue.published import edited
from ..foundation.errors import InvalidInput
from .kind import Kind


@cache
def folders() -> tuple[str, ...]:
    """Return the folders of the kinds."""
    places = map(Path, import_module(f"{__package__}").__path__)
    return tuple(sorted({path.parent.name for place in places for path in place.glob("*/kind.py")}))


@cache
def all_kinds() -> Mapping[str, Kind]:
    """Return the declarations of all kinds by id, in the order in which people read them."""
    declared = [kind for folder in folders() for kind in import_module(f".{folder}.kind", __package__).KINDS]
    return {kind.id: kind for kind in sorted(declared, key=lambda kind: kind.place)}


@cache
def inventory_kinds() -> Mapping[str, Kind]:
    """Return by id the measures that the inventory asks for."""
    return {id_: kind for id_, kind in all_kinds().items() if kind.form is None}


def recurring_kinds() -> Mapping[str, Recurring]:
    """Return by id the measures that are brought in again and again, with what is said of their last run."""
    found = {id_: kind.traits.course.recurring for id_, kind in inventory_kinds().items()}
    return {id_: recurring for id_, recurring in found.items() if recurring is not None}


@cache
def logging_profiles() -> frozenset[str]:
    """Return the profiles of the application firewall that are ours, and whose violations are only logged."""
    return frozenset(kind.logging_profile for kind in all_kinds().values() if kind.logging_profile)


def kinds_with_rights() -> list[str]:
    """Return the ids of the kinds for which a user may need other rights."""
    return [id_ for id_, kind in all_kinds().items() if kind.rights]


def load_measure(id_: str, catalogue: Path, settings: Any, host: str, today: date) -> Measure:
    """Return a measure.

    :param settings: what the inventory asks for of it; not used for a mitigation
    :raises InvalidInput: if there is no such measure, or its settings are not possible
    """
    if not id_:
        # close.yml brings in those of a closing.
        asked_for = [name for name, kind in inventory_kinds().items() if not kind.only_closes]
        known = ", ".join([*with_measure(catalogue), *asked_for])
        raise InvalidInput(f"no mitigation is named: set -e mitigation=..., one of {known}")
    if (kind := inventory_kinds().get(id_)) is not None:
        if kind.traits.course.recurring is not None:
            load_catalogue(catalogue)
        made: Measure = kind.load()(settings, host, today)
        return replace(made, upgrades=upgrades_by(readable_entries(catalogue)))
    if not (catalogue / id_ / FILE).is_file():
        raise no_such_entry(id_, catalogue, list(inventory_kinds()))
    return load_entry_measure(catalogue / id_, settings)


def load_entry_measure(directory: Path, settings: Any = None) -> Mitigation:
    """Return the measure of an entry of the catalogue, by its form.

    :param settings: what the inventory says of it, for a form that needs it
    :raises InvalidInput: if there is no such entry, or it has no measure
    """
    found, upgrades = _of_its_form(directory, settings), upgrades_by(readable_entries(directory.parent))
    return replace(found, upgrades=upgrades, edited=edited(directory))


def _of_its_form(directory: Path, settings: Any) -> Mitigation:
    entry = load_entry(directory) if (directory / FILE).is_file() else None
    facts = entry.measure if entry is not None else None
    kind = next((kind for kind in all_kinds().values() if kind.loader and facts and kind.form is facts.form), None)
    if kind is None:
        found = load_mitigation(directory)  # it says which entries there are, and what helps where there is no measure
        if entry is None or not entry.is_stop_gap:
            return found
        stop_gap: Mitigation = import_module(".mitigation.stop_gap", __package__).as_stop_gap(found, entry)
        return stop_gap
    made: Mitigation = kind.load()(entry, facts, settings)
    return made
