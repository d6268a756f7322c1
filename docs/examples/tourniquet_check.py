#!/usr/bin/env python3
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A scheduled check: runs ``status.yml`` and ends with the worst verdict as its exit code, in the Nagios sense.

    tourniquet_check.py [options of ansible-playbook]
    tourniquet_check.py -i inventory/mine -e mitigation=cve_2019_19781

Exit codes: 0 all is well, 1 warning, 2 critical, 3 unknown. Ansible's own (2 a host failed, 4 a host is unreachable, 6 both) say
nothing of verdicts, so they are not passed on: an appliance without a verdict, and a run that left no report, are unknown.
Critical outweighs unknown, which outweighs warning. Works with Python's own library alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
WEIGHT = (0, 1, 3, 2)  # by exit code
UNKNOWN = 3
SHOWN = 10
ROOT = Path(__file__).resolve().parents[2]


def main(options: list[str]) -> int:
    """Run the playbook, print one line and then one for each appliance that needs somebody."""
    playbook = os.environ.get("TOURNIQUET_PLAYBOOK", str(ROOT / "playbooks" / "status.yml"))
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        environment = {**os.environ, "TOURNIQUET_REPORT": str(report)}
        environment.setdefault("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
        try:
            run = subprocess.run(
                ["ansible-playbook", playbook, *options],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            print(f"UNKNOWN: ansible-playbook could not be started: {error}")
            return UNKNOWN
        results = read(report)
    if not results:
        words = (run.stderr or run.stdout).strip().splitlines()
        print(
            f"UNKNOWN: ansible-playbook ended with {run.returncode} and no result. {words[-1] if words else ''}".rstrip()
        )
        return UNKNOWN
    codes = {host: code_of(result) for host, result in results.items()}
    worst = max(codes.values(), key=WEIGHT.__getitem__)
    counts = ", ".join(f"{list(codes.values()).count(code)} {WORDS[code].lower()}" for code in (0, 1, 2, 3))
    print(f"{WORDS[worst]}: {len(codes)} appliances: {counts}")
    bad = sorted((host for host in codes if codes[host]), key=lambda host: (-WEIGHT[codes[host]], host))
    for host in bad:
        print(f"{WORDS[codes[host]]} {host}: {describe(results[host])}")
    return worst


def read(report: Path) -> dict[str, Any]:
    """The report of the run; empty where it left none."""
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def code_of(result: dict[str, Any]) -> int:
    """The exit code of an appliance; without a verdict nothing is known of it."""
    code = (result.get("verdict") or {}).get("exit_code", UNKNOWN)
    return code if code in (0, 1, 2, 3) else UNKNOWN


def describe(result: dict[str, Any]) -> str:
    verdict = result.get("verdict")
    if not verdict:
        return str(result.get("problem") or result.get("msg") or "no verdict")
    drift = result.get("drift", [])
    text = "; ".join([f"{verdict['word']}: {verdict['reason']}", *(f"drift: {one}" for one in drift[:SHOWN])])
    return f"{text}. Next: {verdict['next_action']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
