# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The policies of ways a and b, from the template: which parts there are, and what is bound where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

import jinja2
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import (
    Document,
    parse_document,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import ENFORCE, OBSERVE, Placement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.settings import Settings
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import SEPARATOR, Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.virtual_servers import Vserver

TEMPLATES = Path(__file__).parents[5] / "templates" / "measures" / "geoblock"
# A Gateway answers its own pages before REQUEST is asked; which request is seen where is open, so both are taken (CTX693187, CTX477121).
BIND_POINTS = {"vpn": ("REQUEST", "AAA_REQUEST"), "authentication": ("REQUEST", "AAA_REQUEST")}
_BUILT_IN = {"drop": "DROP", "reset": "RESET"}
_LONGEST_SLUG = 40


def placements(owner: Owner, settings: Settings, vservers: Iterable[Vserver]) -> tuple[Placement, ...]:
    """One for each bind point of each virtual server."""
    found = []
    for vserver in vservers:
        for point in BIND_POINTS.get(vserver.kind, ("REQUEST",)):
            stem = SEPARATOR.join([owner.name, slug(vserver), *(["aaa"] if point == "AAA_REQUEST" else [])])
            policies = {ENFORCE: stem, OBSERVE: f"{stem}{SEPARATOR}{OBSERVE}"}
            found.append(Placement(vserver.name, vserver.kind, vserver.name, point, settings.mode, policies))
    return tuple(found)


def match_name(owner: Owner, number: int) -> str:
    """The named expression that holds a rule."""
    return f"{owner.name}{SEPARATOR}match{number}"


def slug(vserver: Vserver) -> str:
    """The virtual server as it stands in names; what a name cannot hold is replaced, and a mark keeps it apart from its like."""
    plain = re.sub(r"[^a-z0-9]+", "_", vserver.name.lower()).strip("_")
    if plain == vserver.name and len(plain) <= _LONGEST_SLUG:
        return f"{vserver.kind}_{plain}"
    return f"{vserver.kind}_{plain[:_LONGEST_SLUG]}_{sha256(vserver.name.encode()).hexdigest()[:6]}"


def policies(
    owner: Owner,
    settings: Settings,
    rules: Sequence[str],
    wanted: Sequence[Placement],
    *,
    located: bool,
    where: str,
    marker: str,
) -> Document:
    """The policies and their bindings.

    :param rules: true of who is shut out
    :param located: an appliance knows the location of an address, for the log
    :raises InvalidInput: where a name does not do
    """
    environment = jinja2.Environment(  # noqa: S701 - it makes YAML, and every text goes through tojson
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    blocks = settings.mode == ENFORCE
    text = environment.get_template(f"v{owner.version}.yml.j2").render(
        matches=[{"name": match_name(owner, number), "rule": rule} for number, rule in enumerate(rules, 1)],
        action=_BUILT_IN.get(settings.answer, owner.name) if blocks else "NOOP",
        log_action=owner.name if blocks else f"{owner.name}{SEPARATOR}{OBSERVE}",
        placements=[
            {"policy": one.policy, "kind": one.kind, "vserver": one.vserver, "bindpoint": one.bindpoint}
            for one in wanted
        ],
        priority=settings.priority,
        blocks=blocks,
        located=located,
        marker=marker,
    )
    return parse_document(text, owner, where=where)
