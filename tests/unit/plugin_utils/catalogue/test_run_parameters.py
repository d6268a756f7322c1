# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A desired state changes only features and settings that its measure declares: no record could undo others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import Document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Measure, Version
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.run_parameters import ApplyParameters
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic import Traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.resolution import resolved_on

TODAY = date(2026, 11, 26)
NO_CONNECTION = cast("Any", None)  # nothing is read, and nothing is sent


def parameters(document: Document, **measure: Any) -> ApplyParameters:
    return ApplyParameters(
        appliance=Appliance("gw", (Address("192.0.2.1", 443),), "u", "p"),
        owner=Owner("demo", 1),
        records=Path("records"),
        run="run",
        as_of=TODAY,
        rendered=document,
        measure=Measure(
            id="demo",
            title="Demo",
            current_version=1,
            versions={1: Version("first", TODAY)},
            traffic=Traffic(()),
            **measure,
        ),
    )


def test_a_feature_that_is_declared_is_taken() -> None:
    for features in ((), ("RESPONDER",)):
        assert resolved_on(NO_CONNECTION, parameters(Document(features, {}))).document.features == features
    declared = parameters(Document(("REWRITE",), {}), features=frozenset({"REWRITE"}))
    assert resolved_on(NO_CONNECTION, declared).document.features == ("REWRITE",)


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (Document(("RESPONDER", "REWRITE"), {}), "REWRITE"),
        (Document((), {("locationparameter", ()): {"matchwildcardtoany": "YES"}}), "locationparameter"),
    ],
)
def test_what_is_not_declared_is_refused_before_anything_is_sent(document: Document, named: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        resolved_on(NO_CONNECTION, parameters(document))
    text = str(raised.value)
    assert text.startswith(f"gw: the desired state of demo changes {named}, which the measure does not declare.")
    assert "features in its mitigation.yml" in text
    assert text.endswith("Nothing was sent.")
