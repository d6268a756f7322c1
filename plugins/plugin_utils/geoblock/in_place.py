# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom a geoblock of ours shuts out now, by whichever way: what is asked for is compared with that, also where it takes another way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geo.compiled import Compiled
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geo.coverage import ACLS, DATASETS, LOCATION
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geo.policy import ALLOW, BLOCK
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geo.spans import Spans
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock import (
    by_acls,
    by_datasets,
    by_location,
    rules,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.look import Look
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.geoblock.settings import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.ownership import Owner


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
    connection: Connection, owner: Owner, settings: Settings, compiled: Compiled, look: Look, way: str
) -> InPlace:
    """What is in place by the way that is taken, else by another one.

    :param way: the one that is taken
    """
    for one in (way, *(other for other in (LOCATION, DATASETS, ACLS) if other != way)):
        found = _by(one, connection, owner, settings, compiled, look)
        if found.spans is not None or found.unread:
            return found
    return InPlace()


def _by(way: str, connection: Connection, owner: Owner, settings: Settings, compiled: Compiled, look: Look) -> InPlace:
    rule = look.rules.get(rules.match_name(owner, 1), "")
    effect = (ALLOW if ".NOT" in rule else BLOCK) if rule else ""  # geo/rules.py negates an allowlist
    if way == LOCATION:
        if by_location.is_loaded(owner, compiled, look):
            return InPlace(dict(compiled.spans), compiled.policy.effect)  # the name of the file says all that made it
        spans, unread = by_location.before(connection, owner, look, settings.cache)
        return InPlace(spans, effect, tuple(unread))
    if way == DATASETS:
        return InPlace(by_datasets.before(owner, look.sets), effect) if rule else InPlace()
    effect = by_acls.effect_there(owner, look)
    return InPlace(by_acls.before(owner, look), effect) if effect else InPlace()
