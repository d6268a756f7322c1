# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The choice of a method on an appliance, with the reason. Pure."""

from __future__ import annotations

from ...appliance.objects.ownership import Owner
from .appliance_facts import ApplianceFacts
from .country_data.gaps import DATASETS, LOCATION
from .geoblock_variables import AUTO, Settings


def choose_method(settings: Settings, facts: ApplianceFacts, owner: Owner) -> tuple[str, str]:
    """Return the method, and the reason in words. ACLs are never chosen automatically: they have no observe mode, and end sessions."""
    if settings.method != AUTO:
        return settings.method, "geoblock_way names it"
    for version in settings.policy.families:
        path = str(facts.loaded.get(version, {}).get("locationfile", ""))
        if path and not owner.owns_name(path.rpartition("/")[2]):
            return DATASETS, f"{path} is loaded as the location file, and there can be only one"
    if facts.gslb and not any(facts.loaded.values()):
        return DATASETS, "GSLB is on, and may need the location database for static proximity"
    if "matchwildcardtoany" not in facts.parameter:
        return DATASETS, f"build {facts.build} has no matchWildcardtoany, without which a country matches nothing"
    if str(facts.parameter["matchwildcardtoany"]).upper() == "NO" and uses_locations(facts):
        return (
            DATASETS,
            "matchWildcardtoany is NO, and somebody else uses locations, whose matches would change with it",
        )
    return LOCATION, "nobody else has a location file loaded: fewest requests, whatever the number of ranges"


def uses_locations(facts: ApplianceFacts) -> bool:
    """True if somebody else has added locations."""
    return any(str(facts.parameter.get(name, "0")) not in ("", "0") for name in ("custom", "custom6"))
