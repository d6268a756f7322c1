# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Locations of addresses: custom entries, files, parameters."""

from __future__ import annotations

from simulator.types.common import key, text
from simulator.types.model import Attribute, Type


def _location_file(name: str, cli: str, formats: str) -> Type:
    known = tuple(formats.split())
    return Type(
        name,
        cli,
        "",
        (
            text("Locationfile", required=True, low=1, high=255),
            text("format", enum=known, default=known[0], cli="format"),
        ),
        line=("Locationfile",),
        singleton=True,
        can_update=False,
        actions=("Import",),
    )


TYPES: tuple[Type, ...] = (
    Type(
        "location",
        "location",
        "ipfrom",
        (
            key("ipfrom", form="ip"),
            text("ipto", required=True, low=1),
            text("preferredlocation", required=True, low=1),
            Attribute("longitude", kind="number", low=-180, high=180, cli="longitude"),
            Attribute("latitude", kind="number", low=-90, high=90, cli="latitude"),
            *(text(f"q{number}label", read_only=True) for number in range(1, 7)),
        ),
        line=("ipto", "preferredlocation"),
        duplicate=3013,
        can_update=False,
    ),
    _location_file(
        "locationfile",
        "locationFile",
        "netscaler ip-country ip-country-isp ip-country-region-city ip-country-region-city-isp geoip-country "
        "geoip-region geoip-city geoip-country-org geoip-country-isp geoip-city-isp-org",
    ),
    _location_file("locationfile6", "locationFile6", "netscaler6 geoip-country6"),
    Type(
        "locationparameter",
        "locationParameter",
        "",
        (
            text("context", enum=("geographic", "custom"), default="geographic", can_unset=True, cli="context"),
            *(text(f"q{number}label", low=1, high=255, can_unset=True) for number in range(1, 7)),
            # Needed for wildcards since this build (field write-up of 2018); NO is the default (NITRO metadata).
            text(
                "matchwildcardtoany",
                enum=("YES", "NO", "Expression"),
                default="NO",
                can_unset=True,
                since=(11, 1, 53, 11),
                cli="matchWildcardtoany",
            ),
        ),
        singleton=True,
        can_create=False,
        actions=("unset",),
    ),
)
