# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A measure becomes what shall be on an appliance: by its template, or by what it reads there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import (
    Measure,
    ResolvedMeasure,
    Version,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.resolution import checks_of, resolved_on

TODAY = date(2026, 11, 26)
CONNECTION: Any = object()
READ = Document(("RESPONDER",), {})


class Untouched:
    """An appliance that nobody may ask."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} of the appliance was used")


@dataclass(frozen=True, kw_only=True)
class Reader(Measure):
    """A measure that makes its own desired state."""

    asked: list[Any] = field(default_factory=list)

    def resolve(self, connection: Any, owner: Owner, rendered: Document | None) -> ResolvedMeasure:
        self.asked.append((connection, owner.measure, rendered))
        return ResolvedMeasure(measure=self, document=READ)


@dataclass(frozen=True, kw_only=True)
class Checked(ResolvedMeasure):
    """What is checked once it is there."""

    def checks(self, connection: Any) -> Any:
        return {("responderpolicy", ("tq_x",)): connection}


def measure(kind: type[Measure] = Measure) -> Any:
    return kind(id="demo", title="Demo", current_version=1, versions={1: Version("first", TODAY)}, traffic=Traffic(()))


def parameters(of: Measure, rendered: Document | None = None) -> ApplyParameters:
    return ApplyParameters(
        appliance=Appliance("gw", (Address("192.0.2.1", 443),), "u", "p"),
        owner=Owner("demo", 1),
        records=Path("records"),
        run="run",
        as_of=TODAY,
        rendered=rendered,
        measure=of,
    )


def test_a_rendered_measure_asks_no_appliance() -> None:
    appliance: Any = Untouched()
    assert resolved_on(appliance, parameters(measure(), READ)).document is READ


def test_a_rendered_measure_without_its_template_is_refused() -> None:
    with pytest.raises(InvalidInput) as raised:
        resolved_on(CONNECTION, parameters(measure()))
    assert str(raised.value) == "demo: there is no desired state. Render its template, and give it as document."


def test_a_measure_of_the_inventory_reads_what_it_needs() -> None:
    own = measure(Reader)
    assert resolved_on(CONNECTION, parameters(own)).document is READ
    assert own.asked == [(CONNECTION, "demo", None)]


def test_a_measure_says_what_is_checked_after_a_step_and_most_check_nothing() -> None:
    assert checks_of(ResolvedMeasure(measure=measure(), document=READ), CONNECTION) == {}
    found = checks_of(Checked(measure=measure(), document=READ), CONNECTION)
    assert found == {("responderpolicy", ("tq_x",)): CONNECTION}
