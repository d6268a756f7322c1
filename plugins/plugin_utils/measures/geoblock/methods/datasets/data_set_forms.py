# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms of a data set and of its entries, as the template has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .....appliance.objects.ownership import SEPARATOR, Owner
from .....appliance.objects.resource_types import Attributes
from .....foundation.file_stamp import Stamp
from ...forms import Contract, Form, read_forms
from ...templates import DATASETS, Templates

SET, ENTRIES = "policydataset", "policydataset_value_binding"


@dataclass(frozen=True)
class DataSetForms:
    """The forms of one address family.

    :ivar data_set: with a place for ``name``
    :ivar entries: of all entries of a set, with places for ``name`` and ``entries``
    """

    data_set: Form
    entries: Form


def data_set_forms(templates: Templates, owner: Owner) -> Mapping[int, DataSetForms]:
    """Return the forms by address family. They are read once in a process unless the template is changed.

    :raises InvalidInput: naming the template, what is wrong with it and the fix
    """
    return _read(templates, owner, templates.stamp(DATASETS))


@lru_cache(maxsize=4)
def _read(templates: Templates, owner: Owner, _stamp: Stamp) -> Mapping[int, DataSetForms]:
    return {family: _read_family(templates, owner, family) for family in (4, 6)}


def _read_family(templates: Templates, owner: Owner, family: int) -> DataSetForms:
    name = f"{owner.name}{SEPARATOR}name"
    found: dict[str, Form] = {}
    for last in ("", "LAST"):
        entry = f"FIRST-{last}" if last else "FIRST"
        required: dict[str, Attributes] = {
            SET: {"name": name, "type": f"ipv{family}"},
            ENTRIES: {"name": name, "values": entry},
        }
        contract = Contract(required, {"name": name, "first": "FIRST", "last": last})
        found = read_forms(templates, DATASETS, owner, contract, type=f"ipv{family}")
    places = {"name": "name", "values": "entries"}
    entries = Form(
        tuple((attribute, value, places[attribute]) for attribute, value, _place in found[ENTRIES].attributes)
    )
    return DataSetForms(found[SET], entries)
