# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a geoblock of ours shuts out now, by whichever way: what is asked for is compared with that, also where it takes another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock import policies
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.appliance_facts import (
    ApplianceFacts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    Spans,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.gaps import (
    ACLS,
    DATASETS,
    LOCATION,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.policy import (
    ALLOW,
    BLOCK,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods import (
    acl,
    dataset,
    location,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.settings import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.nitro.connection import Connection


@dataclass(frozen=True)
class InPlace:
    """What is there.

    :ivar spans: the set, by family; None where there is none, or it is not known
    :ivar effect: what it does, "block" or "allow"; "" where there is none
    :ivar unread: what of it is not known, in words
    """

    spans: Mapping[int, Spans] | None = None
    effect: str = ""
    unread: tuple[str, ...] = ()


def in_place(
    connection: Connection, owner: Owner, settings: Settings, compiled: Compiled, look: ApplianceFacts, way: str
) -> InPlace:
    """What is in place by the way that is taken, else by another one.

    :param way: the one that is taken
    """
    for one in (way, *(other for other in (LOCATION, DATASETS, ACLS) if other != way)):
        found = _by(one, connection, owner, settings, compiled, look)
        if found.spans is not None or found.unread:
            return found
    return InPlace()


def _by(
    way: str, connection: Connection, owner: Owner, settings: Settings, compiled: Compiled, look: ApplianceFacts
) -> InPlace:
    rule = look.rules.get(policies.match_name(owner, 1), "")
    effect = (ALLOW if ".NOT" in rule else BLOCK) if rule else ""  # geo/rules.py negates an allowlist
    if way == LOCATION:
        if location.is_loaded(owner, compiled, look):
            return InPlace(dict(compiled.spans), compiled.policy.effect)  # the name of the file says all that made it
        spans, unread = location.before(connection, owner, look, settings.cache)
        return InPlace(spans, effect, tuple(unread))
    if way == DATASETS:
        return InPlace(dataset.before(owner, look.sets), effect) if rule else InPlace()
    effect = acl.effect_there(owner, look)
    return InPlace(acl.before(owner, look), effect) if effect else InPlace()
