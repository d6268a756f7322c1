# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the table of types says of an attribute is what the simulator's table says, which was written from the vendor's reference by itself.

Each difference is named here, with its reason.
"""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    TYPES,
    Attribute,
    ResourceType,
)

from simulator.types import BINDINGS
from simulator.types import TYPES as SIMULATED
from simulator.types.model import Attribute as Simulated
from simulator.types.model import Binding, Type
from tests.played_together import played_together

KNOWN: dict[str, Type | Binding] = {**SIMULATED, **BINDINGS}
SAME_IN_BOTH = {"mandatory": "required", "create_only": "create_only", "can_unset": "can_unset", "default": "default"}
BOUNDS = {"minimum": "low", "maximum": "high"}
_ACLS = ("nsacl", "nsacl6")
DIFFERENT = {
    # A binding without a priority, or at a point that nobody named, would be at a place that we did not choose.
    "mandatory": {
        *((f"{kind}_responderpolicy_binding", "priority") for kind in ("lbvserver", "csvserver", "vpnvserver")),
        ("authenticationvserver_responderpolicy_binding", "priority"),
        *(
            (f"{kind}_binding", name)
            for kind in ("responderglobal_responderpolicy", "appfwglobal_appfwpolicy")
            for name in ("priority", "type")
        ),
        *((kind, "priority") for kind in _ACLS),
    },
    # The vendor's resource map says that it is create-only; another rule is made instead.
    "create_only": {("nsacl", "aclaction")},
    # An operand is unset with the attribute that needs it.
    "can_unset": {
        *(("nsacl", name) for name in ("srcip", "destip")),
        *(("nsacl6", name) for name in ("srcipv6", "destipv6")),
    },
    # The simulator fills these in where it answers, or they have an earlier default on older branches.
    "default": {
        *(("nsacl", name) for name in ("srcip", "destip")),
        *(("nsacl6", name) for name in ("srcipv6", "destipv6")),
        ("policypatset_pattern_binding", "charset"),
        ("auditmessageaction", "logtonewnslog"),
        ("nstcpparam", "enhancedisngeneration"),
        ("vpnvserver_settings", "dtls"),
        *((f"{kind}_responderpolicy_binding", "bindpoint") for kind in ("lbvserver", "csvserver", "vpnvserver")),
        ("authenticationvserver_responderpolicy_binding", "bindpoint"),
    },
    # A time is in multiples of four seconds (vendor's reference of nsacl), so 4 is the least that is kept.
    "minimum": {(kind, "ttl") for kind in _ACLS},
    "maximum": set(),
}


def simulated(type_: ResourceType) -> dict[str, Simulated]:
    """Return the attributes of a type in the simulator, by their names in lower case; none where it has no such type."""
    found = KNOWN.get(type_.of or type_.name)
    return {one.name.lower(): one for one in found.attributes} if found else {}


PAIRS: list[tuple[str, str, Attribute, Simulated]] = [
    (type_.name, name, attribute, simulated(type_)[name.lower()])
    for type_ in TYPES.values()
    for name, attribute in type_.attributes.items()
    if name.lower() in simulated(type_)
]


def test_the_simulator_has_nearly_all_attributes() -> None:
    every = {(type_.name, name) for type_ in TYPES.values() for name in type_.attributes}
    assert len(every) - len(PAIRS) <= 12


@played_together(("type_name", "name", "ours", "theirs"), PAIRS)
def test_what_is_said_of_an_attribute_is_so(type_name: str, name: str, ours: Attribute, theirs: Simulated) -> None:
    is_key = name in TYPES[type_name].key
    for mine, other in SAME_IN_BOTH.items():
        if not (is_key and mine == "create_only"):  # a key is never updated
            differs = getattr(ours, mine) != getattr(theirs, other)
            assert differs is ((type_name, name) in DIFFERENT[mine]), (type_name, name, mine)
    for mine, other in BOUNDS.items():
        if getattr(ours, mine) is not None:
            differs = getattr(ours, mine) != getattr(theirs, other)
            assert differs is ((type_name, name) in DIFFERENT[mine]), (type_name, name, mine)
    if ours.choices and theirs.enum:
        assert {*map(str.lower, ours.choices)} <= {*map(str.lower, theirs.enum)}, (type_name, name)


@pytest.mark.parametrize("what", DIFFERENT)
def test_each_difference_is_of_an_attribute_that_is_compared(what: str) -> None:
    assert DIFFERENT[what] <= {(type_name, name) for type_name, name, _ours, _theirs in PAIRS}
