# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The geoblock of ours that is in place, by whichever method. The requested geoblock is compared with it, also if the method changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...appliance.nitro.connection import Connection
from ...appliance.objects.ownership import Owner
from .appliance_facts import ApplianceFacts
from .country_data.address_ranges import Spans
from .country_data.compiled import Compiled
from .country_data.gaps import ACLS, DATASETS, LOCATION
from .country_data.policy import ALLOW, BLOCK
from .geoblock_variables import Settings
from .methods.acls import acl_plan
from .methods.datasets import refresh
from .methods.location import loading
from .methods.location.location_file import location_file_form, paths
from .methods.placements import match_name


@dataclass(frozen=True)
class CurrentBlock:
    """The geoblock of ours that is in place.

    :ivar spans: the set, by family; None if there is none, or it is not known
    :ivar effect: "block" or "allow"; "" if there is none
    :ivar unread: what of it is not known, in words
    """

    spans: Mapping[int, Spans] | None = None
    effect: str = ""
    unread: tuple[str, ...] = ()


def read_current_block(
    connection: Connection,
    owner: Owner,
    settings: Settings,
    compiled: Compiled,
    appliance: ApplianceFacts,
    method: str,
) -> CurrentBlock:
    """Return what is in place by the method that is used, else by another one.

    :param method: the one that is used from now on
    """
    for one in (method, *(other for other in (LOCATION, DATASETS, ACLS) if other != method)):
        found = _by(one, connection, owner, settings, compiled, appliance)
        if found.spans is not None or found.unread:
            return found
    return CurrentBlock()


def _by(
    method: str, connection: Connection, owner: Owner, settings: Settings, compiled: Compiled, appliance: ApplianceFacts
) -> CurrentBlock:
    rule = appliance.rules.get(match_name(owner, 1), "")
    effect = (ALLOW if ".NOT" in rule else BLOCK) if rule else ""  # the rule of an allowlist is negated
    if method == LOCATION:
        form = location_file_form(settings.own_templates(owner.version))
        if loading.is_loaded(paths(owner, compiled, form), appliance):
            # The name of the file tells the whole set.
            return CurrentBlock(dict(compiled.spans), compiled.policy.effect)
        spans, unread = loading.before(connection, owner, appliance, settings.cache)
        return CurrentBlock(spans, effect, tuple(unread))
    if method == DATASETS:
        return CurrentBlock(refresh.before(owner, appliance.sets), effect) if rule else CurrentBlock()
    effect = acl_plan.current_effect(owner, appliance)
    return CurrentBlock(acl_plan.before(owner, appliance), effect) if effect else CurrentBlock()
