# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure appfw_log: a profile of the application firewall with deny URLs that logs and counts, and blocks nothing (docs/how-to/notice.md).

In: whether the inventory asks for it. Out: profile, deny URLs, policy and its global binding after those of all others, or why the appliance cannot have
them. The feature is never enabled here: that would wake up the policies of others. Product page on the deny URL check; command reference, appfw profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import jinja2

from ...appliance.nitro.connection import Connection
from ...appliance.nitro.rows import whole
from ...appliance.nitro.session import Row, Session
from ...appliance.objects.ownership import Owner
from ...appliance.objects.resource_types import TYPES, ObjectId
from ...catalogue.desired_state import Document, parse_document
from ...catalogue.measure import Measure, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import Traffic
from ...change.execution.step_check import Check
from ...change.planning.state_reader import is_licensed, read_features, read_place
from ...foundation.errors import InvalidInput, NitroError, NotFound, NotShown
from ...foundation.foreign_text import printable
from ...foundation.next_action import MITIGATION, Command, NextAction
from .kind import FEATURE, ID, PROFILE, TRAITS, VARIABLE

BINDING = "appfwglobal_appfwpolicy_binding"
PLACE = "REQ_DEFAULT"
BYPASS = "APPFW_BYPASS"
"""The built-in profile without any check, which is the default one (command reference, appfw settings)."""
FIRST_PRIORITY = 65000
TEMPLATES = Path(__file__).parents[4] / "templates" / "measures" / ID
VERSIONS = {1: Version("Deny URLs of a directory traversal, logged and counted", date(2026, 11, 28))}
NOT_HTML = ("xml", "json")
"""The beginnings of the checks that a profile of type HTML does not make (command reference, appfw profile)."""


def load_appfw_log(value: Any, host: str, _today: date) -> AppFwLog:
    """Return the measure that the variable of a host asks for.

    :raises InvalidInput: naming the host, the variable and the fix
    """
    if value != [] and not isinstance(value, bool):
        raise InvalidInput(f"{host}: {VARIABLE} is neither true nor false. Write one of them. Nothing was sent.")
    return AppFwLog(
        id=ID,
        title="Deny URLs of the application firewall that only log",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=Traffic(()),
        features=frozenset(),
        is_wanted=value is True,
    )


@dataclass(frozen=True, kw_only=True)
class AppFwLog(Measure):
    """The profile on one appliance.

    :ivar is_wanted: the inventory asks for it
    """

    is_wanted: bool
    traits: Traits = TRAITS

    def resolve(self, connection: Connection, owner: Owner, _rendered: Document | None) -> ResolvedMeasure:
        """Return the profile, its policy and the binding; nothing where the licence has no application firewall.

        :raises NitroError: if features, licence, settings or bindings cannot be read
        """
        nothing = ResolvedAppFwLog(measure=self, document=Document((), {}), is_wanted=self.is_wanted)
        if not self.is_wanted:
            return nothing
        session = connection.primary
        if not read_features(session).get(FEATURE, False):
            why, fix = _absence(connection.appliance.name, licensed=_licensed(session))
            return replace(nothing, absent_because=why, absent_fix=fix)
        template = jinja2.Template(
            (TEMPLATES / f"v{owner.version}.yml.j2").read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined
        )
        text = template.render(name=owner.name, priority=_priority(session, owner))
        document = parse_document(text, owner, where=connection.appliance.name)
        return ResolvedAppFwLog(measure=self, document=document, refusals=tuple(_refusals(session)), is_wanted=True)


@dataclass(frozen=True, kw_only=True)
class ResolvedAppFwLog(ResolvedMeasure):
    """The profile on one appliance."""

    def checks(self, _connection: Connection) -> Mapping[ObjectId, Check]:
        """The profile must block with no check before a request reaches it: a release may have checks that the table does not know."""
        return {id_: _blocking_checks(id_[1][0]) for id_ in self.document.objects if id_[0] == PROFILE}


def _licensed(session: Session) -> bool | None:
    try:
        return is_licensed(session, FEATURE)
    except NitroError:  # a user who may not read the licence is told of the feature
        return None


def _absence(host: str, *, licensed: bool | None) -> tuple[str, str]:
    """Return why it cannot be there, and the fix."""
    if licensed is False:
        fix = f"take it out of the inventory of {host}, or install a licence with the application firewall"
        return "the licence has no application firewall", fix
    fix = NextAction(f"enable ns feature {FEATURE} on {host}, then ", Command("apply", unsaid=((MITIGATION, ID),)))
    return f"the feature {FEATURE} is off", fix


def _blocking_checks(name: str) -> Check:
    def check(session: Session) -> str:
        rows = [row for row in session.read(PROFILE) if row.get("name") == name]
        found = [attribute for row in rows for attribute, value in row.items() if _blocks(attribute, value)]
        return f"the new profile would block by {', '.join(sorted(found))}" if found else ""

    return check


def _blocks(attribute: str, value: object) -> bool:
    values = value if isinstance(value, list) else str(value).split()
    is_check = attribute.endswith("action") and not attribute.startswith(NOT_HTML)
    return is_check and any(str(one).lower() == "block" for one in values)


def _priority(session: Session, owner: Owner) -> int:
    """Return the priority after all policies of others, which is that of ours where it is there already."""
    attribute = TYPES[BINDING].policy_attribute
    bound = {str(row.get(attribute)): whole(row.get("priority")) or 0 for row in _bindings(session)}
    highest = max((number for name, number in bound.items() if not owner.owns_name(name)), default=0)
    ours = bound.get(owner.name, 0)
    return ours if ours > highest else max(FIRST_PRIORITY, highest + 1)


def _bindings(session: Session) -> list[Row]:
    try:
        return list(read_place(session, BINDING, PLACE))
    except (NotFound, NotShown):
        return []


def _refusals(session: Session) -> list[tuple[str, str]]:
    row = next(iter(session.read("appfwsettings")), {})
    profile = str(row.get("defaultprofile") or BYPASS)
    if profile == BYPASS:
        return []
    return [
        (
            f"appfw settings has the default profile {printable(profile)}, which would no longer check the requests that ours takes.",
            f"Bind the deny URLs to {printable(profile)} yourself, and take {VARIABLE} out of the inventory.",
        )
    ]
