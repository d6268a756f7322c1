# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Country data made of documentation ranges, and policies on it: what the tests of geoblocking share."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiled import (
    Compiled,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.policy import Policy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.source import (
    CountrySource,
)

TODAY = date(2026, 11, 26)
# RU and UA are neighbours in the first network, so that they merge; DE has IPv4 only.
WORLD = """\
# Generated: Wed, 28 Oct 2026 04:40:23 GMT
192.0.2.0,192.0.2.63,RU
192.0.2.64,192.0.2.127,UA
192.0.2.200,192.0.2.255,NL
198.51.100.0,198.51.100.99,DE
198.51.100.100,198.51.100.100,ZZ
203.0.113.0,203.0.113.127,RU
2001:db8:1::,2001:db8:1:ffff:ffff:ffff:ffff:ffff,RU
2001:db8:2::,2001:db8:2:ffff:ffff:ffff:ffff:ffff,UA
2001:db8:4::,2001:db8:4:ffff:ffff:ffff:ffff:ffff,NL
"""


def source_of(*paths: Path, **more: Any) -> CountrySource:
    content = {"name": "world", "licence": "none", "files": [{"path": str(path)} for path in paths], **more}
    return CountrySource.from_variables(content, where="here")


def policy_of(effect: str, *countries: str, **more: Any) -> Policy:
    return Policy.from_variables({"policy": effect, "countries": list(countries), **more}, where="here")


def compiled_of(
    folder: Path, policy: Policy, world: str = WORLD, accept: frozenset[str] = frozenset(), **source: Any
) -> Compiled:
    path = folder / "world.csv"
    path.write_text(world)
    return compile_policy(policy, source_of(path, **source), folder / "cache", accept=accept, today=TODAY)
