# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The placements of the methods location and datasets, and the names of their policies and expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256

from ....appliance.objects.ownership import SEPARATOR, Owner
from ....appliance.objects.virtual_servers import Vserver
from ....catalogue.measure import Mode, Placement
from ..geoblock_variables import Settings

# A Gateway answers its own pages before REQUEST is evaluated; which request is seen where is open, so both are taken (CTX693187, CTX477121).
BIND_POINTS = {"vpn": ("REQUEST", "AAA_REQUEST"), "authentication": ("REQUEST", "AAA_REQUEST")}
_LONGEST_SLUG = 40


def placements(owner: Owner, settings: Settings, vservers: Iterable[Vserver]) -> tuple[Placement, ...]:
    """Return one for each bind point of each virtual server."""
    found = []
    for vserver in vservers:
        for point in BIND_POINTS.get(vserver.kind, ("REQUEST",)):
            stem = SEPARATOR.join([owner.name, slug(vserver), *(["aaa"] if point == "AAA_REQUEST" else [])])
            policies = {Mode.ENFORCE: stem, Mode.OBSERVE: f"{stem}{SEPARATOR}{Mode.OBSERVE}"}
            found.append(Placement(vserver.name, vserver.kind, vserver.name, point, settings.mode, policies))
    return tuple(found)


def match_name(owner: Owner, number: int) -> str:
    """Return the name of the named expression that holds a rule."""
    return f"{owner.name}{SEPARATOR}match{number}"


def slug(vserver: Vserver) -> str:
    """Return the virtual server as a part of names. What a name cannot hold is replaced, and a mark keeps similar names apart."""
    plain = re.sub(r"[^a-z0-9]+", "_", vserver.name.lower()).strip("_")
    if plain == vserver.name and len(plain) <= _LONGEST_SLUG:
        return f"{vserver.kind}_{plain}"
    return f"{vserver.kind}_{plain[:_LONGEST_SLUG]}_{sha256(vserver.name.encode()).hexdigest()[:6]}"
