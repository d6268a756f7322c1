# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The build dates of builds."""

from __future__ import annotations

from simulator.node.node import Pair

# Build dates of the fixed builds, and of builds seen in traces (collection issues 378 and 453).
BUILD_DATES = {
    "11.1 63.15": "Jan 16 2020, 01:13:44",
    "12.1 55.18": "Jan 20 2020, 10:04:31",
    "13.0 47.24": "Jan 20 2020, 11:28:13",
    "13.0 90.12": "May 15 2023, 03:58:09",
    "13.1 53.24": "Jul  4 2024, 07:57:01",
}


def build_date(appliance: Pair) -> str:
    """Return the build date of the running build."""
    own = appliance.spec.build_date if appliance.build == appliance.spec.build else ""
    return own or BUILD_DATES.get(appliance.build, "Nov 28 2019, 20:19:22")
