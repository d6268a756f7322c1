# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Way a: an own location file, and the rule that asks it.

The header is the one that the vendor's own converter of GeoLite2 writes; the columns are those of CTX235799: from, to,
continent, country, region, city, isp, organisation, longitude, latitude. The converter leaves the continent out of IPv6
rows, so that its countries stand in the wrong place; here each row has all ten columns. The continent stays empty: an
appliance fills it in from the country (product documentation), and sources name continents differently, so that no rule
asks for one. The format knows no comment; what the file was made of is in its name.
"""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.common.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.rules import (
    RULE_LIMIT,
    rules,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.model.ownership import SEPARATOR, Owner

DIRECTORY = "/var/netscaler/locdb"
FORMATS = {4: "netscaler", 6: "netscaler6"}  # metadata of locationfile and locationfile6
TYPES = {4: "locationfile", 6: "locationfile6"}
SYSTEMFILE_LIMIT = 2 * 1024 * 1024  # bytes, NITRO guide; larger ones go by Import or scp
_HEADER = (
    "NSGEO1.0\nQualifier1=Continent\nQualifier2=Country_Code\nQualifier3=Subdivision_1_Name\n"
    "Qualifier4=Subdivision_2_Name\nQualifier5=City\nStart\n"
)


def location_file(compiled: Compiled, version: int) -> str:
    """The text of the file of one family. The same set gives the same text.

    :raises InvalidInput: where the family has no rows: an empty file matches nobody, or with an allowlist shuts out everybody
    """
    rows = compiled.rows[version]
    if not rows:
        raise InvalidInput(
            f"there is no IPv{version} row for {', '.join(compiled.policy.labels)}: no location file can be made of that"
        )
    return _HEADER + "".join(
        f"{text(version, low)},{text(version, high)},,{label},,,,,,\n" for low, high, label in rows
    )


def file_name(owner: Owner, compiled: Compiled, version: int) -> str:
    """Another content has another name, so that the new file lies beside the old one until it is loaded (63 characters at most)."""
    return f"{owner.name[:40]}{SEPARATOR}v{version}_{compiled.digest[:12]}"


def location_rules(compiled: Compiled, *, limit: int = RULE_LIMIT) -> tuple[str, ...]:
    """The rules that are true of who is shut out (rules.rules). Each needs ``matchwildcardtoany`` YES."""
    terms = (f'CLIENT.IP.SRC.MATCHES_LOCATION("*.{label}.*.*.*.*")' for label in compiled.policy.labels)
    return rules(terms, allows=compiled.allows, limit=limit)
