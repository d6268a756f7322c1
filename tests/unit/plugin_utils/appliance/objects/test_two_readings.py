# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of the engine and that of the simulator were read from the documents by themselves: where both say something, they say the same."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects import resource_types
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import Attribute

from simulator.types import TYPES as SIMULATED

OTHER = {
    ("nsacl", "aclaction", "create_only"): "an ALLOW of ours never becomes a DENY in place",
    **{(type_, "priority", "mandatory"): "the engine never lets the appliance choose one" for type_ in ("nsacl", "nsacl6")},
    **{(type_, "ttl", "minimum"): "the documents disagree, 1 or 4; the engine takes the narrower one" for type_ in ("nsacl", "nsacl6")},
    ("auditmessageaction", "logtonewnslog", "default"): "the simulator shows no such default, as the documents do not say that it is shown",
    **{
        (type_, f"{side}{name}", what): "the operator of an address, which is sent with it and is not shown"
        for type_, name in (("nsacl", "ip"), ("nsacl6", "ipv6"))
        for side in ("src", "dest")
        for what in ("default", "can_unset")
    },
    ("nstcpparam", "enhancedisngeneration", "default"): "no setting has one here: an undo restores what was read",
    **{
        (type_, f"{side}ipop", "choices"): "the engine writes the signs; the appliance takes the words too"
        for type_ in ("nsacl", "nsacl6")
        for side in ("src", "dest")
    },
}  # fmt: skip
"""Where they differ, and why."""


def said(attribute: Attribute, simulated: Any) -> dict[str, tuple[Any, Any]]:
    """Return what both tables say of an attribute."""
    choices = tuple(str(one).lower() for one in attribute.choices), tuple(str(one).lower() for one in simulated.enum)
    of_numbers = {"minimum": (attribute.minimum, simulated.low), "maximum": (attribute.maximum, simulated.high)}
    return {
        "can_unset": (attribute.can_unset, simulated.can_unset),
        "create_only": (attribute.create_only, simulated.create_only),
        "default": (attribute.default, simulated.default),
        "mandatory": (attribute.mandatory, simulated.required),
        "choices": choices,
        **(of_numbers if attribute.kind == "number" else {}),
    }


def compared() -> dict[tuple[str, str, str], tuple[Any, Any]]:
    found = {}
    for name, type_ in resource_types.TYPES.items():
        if (simulated := SIMULATED.get(name)) is None:
            continue
        attributes = {one.name.lower(): one for one in getattr(simulated, "attributes", ())}
        for own, attribute in type_.attributes.items():
            if own not in type_.key and own.lower() in attributes:
                for what, both in said(attribute, attributes[own.lower()]).items():
                    found[name, own, what] = both
    return found


def test_both_tables_say_the_same_but_for_what_is_known() -> None:
    differing = {key for key, (ours, simulated) in compared().items() if ours != simulated}
    assert differing == OTHER.keys()


def test_most_of_the_table_is_compared() -> None:
    assert len(compared()) > 300


@pytest.mark.parametrize(
    ("attribute", "differs"),
    [
        (Attribute(can_unset=True), {"can_unset"}),
        (Attribute(create_only=True), {"create_only"}),
        (Attribute(kind="number", default=7, minimum=1, maximum=9), {"default", "minimum", "maximum"}),
        (Attribute(kind="enum", mandatory=True, choices=("A", "B")), {"mandatory", "choices"}),
        (Attribute(), set()),
    ],
)
def test_a_difference_is_seen(attribute: Attribute, differs: set[str]) -> None:
    from simulator.types.model import Attribute as Simulated

    both = said(attribute, Simulated("one"))
    assert {what for what, (ours, simulated) in both.items() if ours != simulated} == differs
