# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers of execution nodes, as their jobs would send them, for tests that need no process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.plan_file import FORMAT, path_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.planner import fingerprint
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import RESULTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import WorkerAnswer

BASIS: dict[str, Any] = {"features": {}, "objects": [], "steps": []}


def result(**more: Any) -> dict[str, Any]:
    """The result of an appliance."""
    verdict = {
        "word": "mitigated",
        "exit_code": 0,
        "reason": "proven",
        "next_action": "",
        "rests_on": [],
        "missing": [],
    }
    appliance = {"build": "13.0 47.22", "customer": "Brouwer", "site": "", "marker": "0a", "nodes": []}
    return {
        "msg": "mitigated: proven",
        "action": "apply",
        "changed": True,
        "problem": "",
        "verdict": verdict,
        "appliance": appliance,
        **more,
    }


def plan_values(host: str, **more: Any) -> dict[str, Any]:
    """The content of the file of a plan."""
    values = {
        **dict.fromkeys(("customer", "site", "marker", "verdict"), ""),
        **{name: [] for name in ("lines", "inverse", "conflicts", "neighbours")},
        "host": host,
        "verb": "apply",
        "measure": "cve_x",
        "version": 1,
        "run": "r1",
        "seal": fingerprint(BASIS),
        "basis": BASIS,
        "clock_skew": 0,
        "nothing_to_do": False,
        **more,
    }
    return {"format": FORMAT, **values, "checksum": fingerprint(values)}


def files(results: Mapping[str, Any], plans: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    """The files of a job."""
    found = {RESULTS: json.dumps(results).encode()}
    for host, values in (plans or {}).items():
        found[f"plans/20260101T000000Z-r1/{path_of(Path(), host).name}"] = json.dumps(values).encode()
    return found


def answered(
    results: Mapping[str, Any], plans: Mapping[str, Any] | None = None, status: str = "successful"
) -> WorkerAnswer:
    """The answer of a job that came to its end."""
    return WorkerAnswer(status, files(results, plans))
