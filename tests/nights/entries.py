# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The entries of the catalogue whose attacks no witness sends: the world judges them by the tables of tests/catalogue_fleet.py, from the bulletins."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.run import CatalogueStatus

from tests.catalogue_fleet import CATALOGUE, CLOSED, MITIGATION, OF_WORD, OPEN, TRAINS, Made, truth
from tests.engine.views import options_of
from tests.nights.night import Night

INGREDIENTS = {"vpn": "gateway", "authentication": "aaa", "cs": "switching", "lb": "http"}
"""By kind of virtual server, the ingredient of the tables that it is."""
FIPS_SINCE = (55, 200)
"""The builds of 12.1 from here on are those of the FIPS edition: the bulletins count them so."""
WITHOUT_DTLS = ("12.1", "12.1-FIPS")
"""The trains on which a Gateway has no DTLS unless somebody switches it on (NITRO reference, vpnvserver)."""


def wrong_entries(night: Night, by: str) -> Iterator[str]:
    """Yield where a status of the whole catalogue calls an entry exposed that is not there, or the other way round."""
    for appliance in night.appliances:
        made = made_of(night, appliance)
        operator = night.nodes[by][appliance]
        options = {**options_of(operator), "mitigation": "", "as_of": "", "catalogue": str(CATALOGUE)}
        try:
            found = CatalogueStatus(operator.appliance, options, check_mode=True, is_preview=True).values()
        except TourniquetError:
            continue
        words = {row["id"]: OF_WORD.get(row["word"], "") for row in found.get("entries", ())}
        for entry, expected in truth(made).items() if made is not None else ():
            is_other = {expected, words.get(entry)} == {OPEN, CLOSED}
            if is_other and entry != MITIGATION:
                yield f"{entry} is {expected} at {appliance} ({made}), and the status of the catalogue says {words[entry]}"


def made_of(night: Night, appliance: str) -> Made | None:
    """Return an appliance as the tables know one; None where its nodes differ, it is a cluster, or no table has its train."""
    builds = {*night.world.builds[appliance]}
    train, _blank, number = next(iter(builds)).partition(" ")
    if train == "12.1" and tuple(map(int, number.split("."))) >= FIPS_SINCE:
        train = "12.1-FIPS"
    if len(builds) > 1 or train not in TRAINS or night.world.running(appliance).spec.cluster:
        return None
    kinds = {one["type"] for one in night.simulator.ready["appliances"][appliance]["vservers"]}
    names = [INGREDIENTS[kind] for kind in sorted(kinds)]
    is_quiet = train in WITHOUT_DTLS
    return Made(
        appliance,
        train,
        number,
        tuple(f"{one} without dtls" if is_quiet and one == "gateway" else one for one in names),
    )
