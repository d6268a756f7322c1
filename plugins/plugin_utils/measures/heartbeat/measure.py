# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure heartbeat: a policy that is bound nowhere, which shows every day that the way from the catalogue to an appliance works.

It is not saved, enables no feature, and protects nothing. docs/how-to/monitoring.md says how it is run.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from ...catalogue.desired_state import Document, parse_document
from ...catalogue.measure import Measure, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import Traffic
from .kind import ID, TRAITS

TEMPLATES = Path(__file__).parents[4] / "templates" / "measures" / ID
VERSIONS = {1: Version("A responder policy that is bound nowhere", date(2026, 11, 28))}


def load_heartbeat(_settings: Any, _host: str, _today: date) -> Heartbeat:
    """Return the measure. It has no settings."""
    return Heartbeat(
        id=ID,
        title="Heartbeat",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=Traffic(()),
        features=frozenset(),
    )


@dataclass(frozen=True, kw_only=True)
class Heartbeat(Measure):
    """A policy that is bound nowhere."""

    traits: Traits = TRAITS

    def resolve(self, connection: Connection, owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        """Return the policy.

        :raises InvalidInput: if the template yields something else than a desired state
        """
        template = jinja2.Template(
            (TEMPLATES / f"v{owner.version}.yml.j2").read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined
        )
        document = parse_document(template.render(name=owner.name), owner, where=connection.appliance.name)
        return ResolvedMeasure(measure=self, document=document, is_wanted=True)
