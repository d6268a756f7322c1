# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of an appliance as JSON, for the assertions of tests."""

from __future__ import annotations

from typing import Any

from simulator.appliance.appliance import Appliance
from simulator.configuration.configuration import Configuration
from simulator.traffic.not_evaluated import not_evaluated


def state(appliance: Appliance) -> dict[str, Any]:
    """Return the state of an appliance. Hits are the real ones, without the lag of NITRO's counters."""
    return {
        "build": appliance.build,
        "primary": appliance.primary.index,
        "unreachable": appliance.unreachable,
        "now": appliance.moment().isoformat(),
        "unknown_lines": appliance.unknown_lines,
        "nodes": [
            {
                "running": rows(node.running),
                "saved": rows(node.saved),
                "configchanged": node.changed,
                "not_evaluated": not_evaluated(node),
                "partitions": {
                    name: {
                        "running": rows(partition.running),
                        "saved": rows(partition.saved),
                        "configchanged": partition.changed,
                        "not_evaluated": not_evaluated(partition),
                    }
                    for name, partition in node.partitions.items()
                },
                "booting": node.booting,
                "sessions": len(node.sessions),
                "skip_systemaccess_policyeval": node.skip_systemaccess_policyeval,
                "hits": node.counters.all(),
                "files": {
                    path: bytes(file.content).decode("utf-8", "replace") for path, file in sorted(node.files.items())
                },
            }
            for node in appliance.nodes
        ],
    }


def rows(configuration: Configuration) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [{key: value for key, value in row.items() if not key.startswith("_")} for row in table.values()]
        for name, table in sorted(configuration.rows.items())
        if not name.startswith("_")
    }
