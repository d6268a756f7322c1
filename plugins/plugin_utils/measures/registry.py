# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All measures: those that the inventory asks for, one entry each, and the mitigations of the catalogue.

A new measure is one folder beside this file and one entry in :data:`REGISTRY`. Everything else reads the entry: the variables of the
roles, the check of misspelt names, the warm-up before workers fork, and the run itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ..catalogue.entry import MeasureForm, upgrades_by
from ..catalogue.entry_file import FILE, load_catalogue, load_entry, readable_entries
from ..catalogue.measure import Measure
from ..catalogue.mitigation import Mitigation, load_mitigation, no_such_entry, with_measure
from ..catalogue.published import edited
from ..foundation.collection_version import PROJECT
from ..foundation.errors import InvalidInput
from ..foundation.state_directory import is_installed, state_directory
from .setting.measure import setting_measure
from .supplied.measure import supplied_measure

PACKAGE = __name__.rpartition(".")[0]

Loader = Callable[[Any, str, date], Measure]
"""Makes a measure of what the inventory asks for, the name of the host and the date of today."""
Template = Callable[[str, Any], Any]
"""Takes the name of a variable and its value, which may be or hold templates; returns the plain value."""


@dataclass(frozen=True, kw_only=True)
class RegistryEntry:
    """A measure that the inventory asks for.

    :ivar loader: "module:function", relative to this package. It is imported only when the measure is used: ansible-core
        compiles a collection's files anew at each start, and the measures are a fifth of them
    :ivar variable: the inventory variable that asks for it; "" if it has a prefix, or no variable at all
    :ivar prefix: the beginning of all its variables, so that a misspelt one is an error; "" if it has one variable, or none
    :ivar defaults: by name without the prefix, what counts if the inventory has no such variable
    :ivar is_heartbeat: it protects nothing, and shows that the catalogue can be read, every entry of it, and that a change reaches an appliance
    """

    id: str
    loader: str
    variable: str = ""
    prefix: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    is_heartbeat: bool = False

    def load(self) -> Loader:
        """Import the measure and return what makes it."""
        module, _colon, function = self.loader.partition(":")
        return cast("Loader", getattr(import_module(module, PACKAGE), function))

    def settings(self, variables: Mapping[str, Any], template: Template) -> Any:
        """Return what the variables of a host ask for; None where it has no variables. A variable that is None asks for nothing."""
        if not self.variable and not self.prefix:
            return None
        if not self.prefix:
            return template(self.variable, variables.get(self.variable) or [])
        given = {
            name.removeprefix(self.prefix): template(name, value)
            for name, value in variables.items()
            if name.startswith(self.prefix) and value is not None
        }
        return {**self.defaults, **given}


LEARNT_LIST = "netscaler_whitelist_"
"""The beginning of the name of each variable in which learn.yml writes a list; ``netscaler_whitelists`` combines them."""

REGISTRY: dict[str, RegistryEntry] = {
    entry.id: entry
    for entry in (
        RegistryEntry(
            id="url_whitelist",
            loader=".url_whitelist.measure:load_url_whitelist",
            variable="netscaler_whitelists",
        ),
        RegistryEntry(
            id="geoblock",
            loader=".geoblock.measure:load_geoblock",
            prefix="geoblock_",
            defaults={"cache": str((state_directory() if is_installed(PROJECT) else PROJECT) / "cache")},
        ),
        RegistryEntry(
            id="management_log",
            loader=".management_log.measure:load_management_log",
            variable="netscaler_management_log_servers",
        ),
        RegistryEntry(id="closing_partners", loader=".closing.measure:load_partners"),
        RegistryEntry(id="closing_notice", loader=".closing.measure:load_notice"),
        RegistryEntry(id="appfw_log", loader=".appfw_log.measure:load_appfw_log", variable="netscaler_appfw_log"),
        RegistryEntry(id="heartbeat", loader=".heartbeat.measure:load_heartbeat", is_heartbeat=True),
    )
}
"""By id, the measures that the inventory asks for."""


def load_measure(id_: str, catalogue: Path, settings: Any, host: str, today: date) -> Measure:
    """Return a measure.

    :param settings: what the inventory asks for of it; not used for a mitigation
    :raises InvalidInput: if there is no such measure, or its settings are not possible
    """
    if not id_:
        known = ", ".join([*with_measure(catalogue), *REGISTRY])
        raise InvalidInput(f"no mitigation is named: set -e mitigation=..., one of {known}")
    if id_ in REGISTRY:
        if REGISTRY[id_].is_heartbeat:
            load_catalogue(catalogue)
        return replace(REGISTRY[id_].load()(settings, host, today), upgrades=upgrades_by(readable_entries(catalogue)))
    if not (catalogue / id_ / FILE).is_file():
        raise no_such_entry(id_, catalogue, list(REGISTRY))
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
    if entry is not None and entry.measure is not None and entry.measure.form is MeasureForm.SETTING:
        return setting_measure(entry, entry.measure)
    if entry is not None and entry.measure is not None and entry.measure.form is MeasureForm.SUPPLIED:
        return supplied_measure(entry, entry.measure, settings)
    return load_mitigation(directory)  # it says which entries there are, and what helps where there is no measure
