#!/usr/bin/env python3
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A scheduled check: runs ``status.yml`` and ends with the worst verdict as its exit code, in the Nagios sense.

    tourniquet_check.py [options of ansible-playbook]
    tourniquet_check.py -i inventory/mine -e mitigation=cve_2019_19781

Exit codes: 0 all is well, 1 warning, 2 critical, 3 unknown. Ansible's own (2 a host failed, 4 a host is unreachable, 6 both) say
nothing of verdicts, so they are not passed on: an appliance without a verdict, and a run that left no report, are unknown.
Critical outweighs unknown, which outweighs warning. A warning that somebody acknowledged in the inventory is ok, and is shown with who did, why and
until when. Works with Python's own library alone.

A verdict is on the virtual servers. How many management addresses are not covered is in the first line, whatever the exit code.

After ``|`` are performance data: the appliances by exit code and those acknowledged, the management addresses that are not covered, the duration of the run,
and two ages in seconds: of the oldest proof that a verdict rests on, and of the newest fact that the catalogue has.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
WEIGHT = (0, 1, 3, 2)  # by exit code
UNKNOWN = 3
SHOWN = 10
MANAGEMENT = "management address of "
ROOT = Path(__file__).resolve().parents[2]


def main(options: list[str]) -> int:
    """Run the playbook, print one line and then one for each appliance that needs somebody."""
    playbook = os.environ.get("TOURNIQUET_PLAYBOOK", str(ROOT / "playbooks" / "status.yml"))
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        environment = {**os.environ, "TOURNIQUET_REPORT": str(report)}
        environment.setdefault("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
        begun = time.monotonic()
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
            one_line(
                f"UNKNOWN: ansible-playbook ended with {run.returncode} and no result. {words[-1] if words else ''}"
            ).rstrip()
        )
        return UNKNOWN
    codes = {host: code_of(result) for host, result in results.items()}
    worst = max(codes.values(), key=WEIGHT.__getitem__)
    numbers = {WORDS[code].lower(): list(codes.values()).count(code) for code in (0, 1, 2, 3)}
    counts = ", ".join(f"{number} {word}" for word, number in numbers.items())
    acknowledged = sorted(host for host, result in results.items() if is_acknowledged(result))
    counts += f", {len(acknowledged)} acknowledged" if acknowledged else ""
    management = sum(map(open_addresses, results.values()))
    addresses = "management address" if management == 1 else "management addresses"
    counts += f", {management} {addresses} not covered" if management else ""
    values = {
        **numbers,
        "acknowledged": len(acknowledged),
        "management_not_covered": management,
        "time": f"{time.monotonic() - begun:.1f}s",
        **ages(results.values()),
    }
    appliances = f"{len(codes)} appliance{'s' if len(codes) != 1 else ''}"
    print(f"{WORDS[worst]}: {appliances}: {counts} | {' '.join(f'{key}={value}' for key, value in values.items())}")
    bad = sorted((host for host in codes if codes[host]), key=lambda host: (-WEIGHT[codes[host]], host))
    for host in [*bad, *acknowledged]:
        print(one_line(f"{WORDS[codes[host]]} {host}: {describe(results[host])}"))
    return worst


def read(report: Path) -> dict[str, Any]:
    """The report of the run; empty where it left none."""
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def code_of(result: dict[str, Any]) -> int:
    """The exit code of an appliance, by its verdict or the findings of doctor.yml; without either nothing is known of it."""
    code = (result.get("verdict") or result).get("exit_code", UNKNOWN)
    if is_acknowledged(result):
        code = 0
    if code == 0 and str(result.get("problem", "")).startswith(("failed", "refused", "unreachable")):
        return UNKNOWN
    return code if code in (0, 1, 2, 3) else UNKNOWN


def is_acknowledged(result: dict[str, Any]) -> bool:
    """True if somebody acknowledged the verdict. Only a warning can be acknowledged."""
    return bool(result.get("acknowledged")) and (result.get("verdict") or {}).get("exit_code") in (0, 1)


def open_addresses(result: dict[str, Any]) -> int:
    """How many management addresses of an appliance are not covered, or not known to be."""
    missing = (result.get("verdict") or {}).get("missing") or ()
    return len({str(text).partition(": ")[0] for text in missing if str(text).startswith(MANAGEMENT)})


def ages(results: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The age of the oldest proof and of the newest fact of the catalogue, in seconds; without those that no result has."""
    results = list(results)
    now = datetime.now(UTC)
    proofs = [moment((result.get("proof") or {}).get("proven_before")) for result in results]
    facts = [moment((result.get("catalogue") or {}).get("newest_fact")) for result in results]
    found = {
        "oldest_proof": min((one for one in proofs if one), default=None),
        "newest_fact": max((one for one in facts if one), default=None),
    }
    return {name: f"{max(0, round((now - one).total_seconds()))}s" for name, one in found.items() if one}


def moment(text: Any) -> datetime | None:
    """A time or a date as the report has it; None where there is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def one_line(text: str) -> str:
    """A text that begins no new line and no performance data, whatever an appliance is called or says."""
    return "".join(c if c.isprintable() else " " for c in text).replace("|", "/")


def describe(result: dict[str, Any]) -> str:
    verdict = result.get("verdict")
    if not verdict:
        return str(result.get("problem") or result.get("msg") or "no verdict")
    drift = result.get("drift", [])
    problem = [result["problem"]] if verdict.get("exit_code") in (0, 1) and result.get("problem") else []
    text = "; ".join([*problem, f"{verdict['word']}: {verdict['reason']}", *(f"drift: {one}" for one in drift[:SHOWN])])
    if is_acknowledged(result):
        given = result["acknowledged"]
        words = (
            [f"{key}: {given[key]}" for key in ("who", "why", "until") if given.get(key)]
            if isinstance(given, dict)
            else []
        )
        text += f"; acknowledged ({', '.join(words) or given})"
    return f"{text}. Next: {verdict['next_action']}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
