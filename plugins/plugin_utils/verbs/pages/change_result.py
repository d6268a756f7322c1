# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The result of a verb that changes an appliance. What all such verbs return is written here, by one function. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...appliance.nitro.connection import Connection
from ...appliance.objects.steps import Step
from ...foundation.json_values import beside, given, json_values, written
from .preview_parts import text_of
from .provenance_report import Sources, provenance_values
from .result_parts import appliance_values, request_values, step_values


def _steps(result: ChangeResult) -> dict[str, Any] | None:
    if result.steps is None:
        return None
    return {**step_values(result.steps), "provenance": provenance_values(result.steps, result.sources)}


@written(
    "changed",
    given("measure"),
    given("seal"),
    beside(_steps),
    beside("own"),
    "record",
    given(lambda one: None if one.probes is None else request_values(one.connection, one.probes), "requests"),
    appliance=lambda result: appliance_values(result.connection),
)
@dataclass(frozen=True, kw_only=True)
class ChangeResult:
    """The result in one admin partition.

    :ivar measure: what is changed; None where the verb says it
    :ivar seal: of the plan; None for a verb whose own values have it, or that has none
    :ivar steps: None for a verb that changes nothing of the configuration
    :ivar sources: where the values of the steps come from
    :ivar own: what only this verb returns, as JSON values
    :ivar record: the name of the change record; "" without one
    :ivar probes: the requests that were sent through the virtual servers; None for a verb that counts no requests
    :ivar preview: the lines for a person
    """

    connection: Connection
    changed: bool
    own: Mapping[str, Any]
    record: str
    preview: Sequence[str]
    measure: str | None = None
    seal: str | None = None
    probes: int | None = None
    steps: Sequence[Step] | None = None
    sources: Sources = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {**json_values(self), "diff": {"prepared": text_of(self.preview)}}
