# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``make demo``: from "exposed" to "fixed" on a simulated fleet, step by step. Exit code 0 only if every result is as stated."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from demo.fleet import Fleet

ROOT = Path(__file__).resolve().parent.parent
INVENTORY = ROOT / "inventory" / "demo"
BUILD = ROOT / "build" / "demo"
MITIGATION = "cve_2019_19781"
NIGHT = "2020-01-15"

# The verdicts at each step. An appliance that is not named has no verdict, and must have failed.
BEFORE = {
    "aaa-assen": "exposed",
    "gw-amsterdam": "exposed",
    "gw-breda": "exposed",
    "gw-eindhoven": "mitigated, not managed by us",
    "gw-emmen": "exposed",
    "gw-groningen": "fixed",
    "gw-haarlem": "exposed",
    "gw-leiden": "exposed",
    "gw-meppel": "not affected",
    "gw-rotterdam": "exposed",
    "gw-utrecht": "ineffective on this build",
}
MITIGATED = {
    **BEFORE,
    **dict.fromkeys(
        (
            "aaa-assen",
            "gw-amsterdam",
            "gw-breda",
            "gw-eindhoven",
            "gw-emmen",
            "gw-haarlem",
            "gw-leiden",
            "gw-rotterdam",
        ),
        "mitigated",
    ),
}
UPGRADED = {
    host: "fixed, mitigation left behind" if word == "mitigated" else "fixed" for host, word in MITIGATED.items()
} | {"gw-meppel": "not affected"}
AFTER = {host: "not affected" if word == "not affected" else "fixed" for host, word in MITIGATED.items()}
FIXED_BUILDS = {"10.5": "70.12", "11.1": "63.15", "12.0": "63.13", "12.1": "55.18", "13.0": "47.24"}
UNREACHABLE = "gw-zwolle"


class Story:
    """Runs the playbooks, and keeps the results that are not as stated."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.number = 0
        self.surprises: list[str] = []
        pins = fleet.ready["appliances"]["gw-leiden"]["nodes"]
        # In a file, as a user's own variables are: the lines to paste name the file, and would ask for a value that may be secret.
        self.variables = BUILD / "variables.yml"
        self.variables.parent.mkdir(parents=True, exist_ok=True)
        self.variables.write_text(f"leiden_certificate_pin: {pins[0]['certificate_sha256']}\n", encoding="utf-8")

    def expect(self, what: str, seen: object, wanted: object) -> None:
        if seen != wanted:
            self.surprises.append(f"step {self.number}: {what}: expected {wanted}, saw {seen}")

    def step(self, title: str, text: str) -> None:
        self.number += 1
        print(f"\n\n=== {self.number}. {title} " + "=" * max(4, 110 - len(title)), flush=True)
        print(text, flush=True)

    def play(self, playbook: str, *options: str, show: str = "summary", limit: str = "") -> dict[str, Any]:
        """Run one playbook on the fleet and print its output, or only the summary."""
        said = [f"playbooks/{playbook}.yml", "-e", f"mitigation={MITIGATION}", "-e", f"as_of={NIGHT}", *options]
        if limit:
            said += ["--limit", limit]
        print(f"\n$ ansible-playbook -i inventory/demo {shlex.join(said)}\n", flush=True)
        report = BUILD / "report.json"
        report.unlink(missing_ok=True)
        log = BUILD / f"{self.number}-{playbook}.log"
        hidden = ["-e", f"@{os.path.relpath(self.variables, ROOT)}", "-e", f"records={BUILD / 'records'}"]
        hidden += ["-e", f"plans={BUILD / 'plans'}"]
        environment = {
            **os.environ,
            "TOURNIQUET_REPORT": str(report),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "XDG_STATE_HOME": str(BUILD / "state"),
            "COLUMNS": "132",
        }
        program = Path(sys.executable).parent / "ansible-playbook"
        done = subprocess.run(
            [str(program), "-i", str(INVENTORY), *said, *hidden],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        log.write_text(done.stdout, encoding="utf-8")
        print((done.stdout if show == "all" else summary_of(done.stdout)).rstrip(), flush=True)
        if not report.exists():
            self.surprises.append(f"step {self.number}: {playbook}.yml gave no results, see {log}")
            return {}
        results: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return results

    def expect_verdicts(self, results: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
        self.expect("verdicts", verdicts(results), dict(wanted))

    def writes(self, since: int) -> Counter[str]:
        """Count the requests since a moment that change an appliance, by appliance; login and logout do not."""
        counted: Counter[str] = Counter()
        for request in self.fleet.requests()[since:]:
            session = request["target"].split("?")[0].endswith(("/config/login", "/config/logout"))
            if request["side"] == "nitro" and request["method"] != "GET" and not session:
                counted[request["appliance"]] += 1
        return counted


def summary_of(output: str) -> str:
    """Return the page of the fleet, the waves, and the page at the end."""
    found = re.search(r"^(FLEET|TOURNIQUET) \*", output, re.MULTILINE)
    return output[found.start() :] if found else output[-2000:]


def verdicts(results: Mapping[str, Any]) -> dict[str, str]:
    return {host: result["verdict"]["word"] for host, result in results.items() if "verdict" in result}


def problems(results: Mapping[str, Any]) -> list[str]:
    return sorted(host for host, result in results.items() if result["problem"])


def play_story(story: Story) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Play all steps; return the results before, with the mitigation, and at the end."""
    before = play_plan(story)
    play_apply(story)
    mitigated = play_proof(story)
    play_rollback(story)
    story.step("The verdicts again", "The same command as at the beginning.")
    after = story.play("status", "-e", "probes=few")
    story.expect_verdicts(after, AFTER)
    return before, mitigated, after


def play_plan(story: Story) -> dict[str, Any]:
    """Report the verdicts and plan; return the results of the status."""
    story.step(
        "Where do we stand?", f"The night of {NIGHT}. Three requests from outside to each VIP, and nothing is written."
    )
    before = story.play("status", "-e", "probes=few")
    story.expect_verdicts(before, BEFORE)
    story.expect("unreachable", problems(before), [UNREACHABLE])

    story.step(
        "What would change?",
        "The plan of two appliances in full. It is apply.yml in check mode: only reads reach an appliance.",
    )
    since = len(story.fleet.requests())
    story.play("plan", "-v", show="all", limit="gw-amsterdam,gw-haarlem")
    plan = story.play("plan")
    story.expect("problems of the plan", problems(plan), ["gw-breda", "gw-haarlem", UNREACHABLE])
    story.expect("writes by the plan", dict(story.writes(since)), {})
    print(f"\nWrites that reached an appliance during the plan: {sum(story.writes(since).values())}")
    return before


def play_apply(story: Story) -> None:
    """Apply, first refused and then with what must be accepted."""
    story.step(
        "All or nothing",
        "One appliance is down, and two have unsaved changes or policies of others. Nothing begins until that is accepted.",
    )
    since = len(story.fleet.requests())
    refused = story.play("apply", "-e", "ticket=CHG0042", limit=f"gw-amsterdam,gw-breda,gw-haarlem,{UNREACHABLE}")
    story.expect("problems of apply", problems(refused), ["gw-amsterdam", "gw-breda", "gw-haarlem", UNREACHABLE])
    story.expect("writes by the refused run", dict(story.writes(since)), {})

    story.step(
        "Apply, prove, then save, wave by wave",
        "The three are left out, by name. A canary goes first; each wave is proven, and proven again after a wait.",
    )
    applied = story.play(
        "apply",
        *("-e", "ticket=CHG0042", "-e", '{"reason": "bulletin CTX267027"}'),
        *("-e", f"accept_unreachable={UNREACHABLE}", "-e", "accept_refused=gw-breda,gw-haarlem"),
        *("-e", "rollout_profile=emergency", "-e", "rollout_bake_seconds=1"),
    )
    story.expect("problems of apply", problems(applied), ["gw-breda", "gw-haarlem", UNREACHABLE])

    story.step(
        "The two that need a decision",
        "The policy of others may take effect; the unsaved changes of a colleague are saved first. Both were reviewed.",
    )
    story.play(
        "apply", "-e", '{"accept_sleeping_policies": ["rp_old_portal"]}', "-e", "ticket=CHG0042", limit="gw-haarlem"
    )
    story.play("apply", "-e", "unsaved=save_first", "-e", "ticket=CHG0042", limit="gw-breda")


def play_proof(story: Story) -> dict[str, Any]:
    """Apply again without a change, and prove; return the results of the proof."""
    story.step("Once more", "A second run changes nothing and writes nothing.")
    since = len(story.fleet.requests())
    again = story.play("apply", "-e", "ticket=CHG0042", "-e", f"accept_unreachable={UNREACHABLE}")
    story.expect("changes by the second run", [host for host, result in again.items() if result.get("changed")], [])
    story.expect("writes by the second run", dict(story.writes(since)), {})
    print(f"\nWrites that reached an appliance during the second run: {sum(story.writes(since).values())}")

    story.step("Prove it", "The whole traffic file from outside: every published attack, and the legitimate requests.")
    mitigated = story.play("verify", "-e", "fail_at=4")
    story.expect_verdicts(mitigated, MITIGATED)
    return mitigated


def play_rollback(story: Story) -> None:
    """Install the fixed builds, and remove the mitigation."""
    story.step(
        "The vendor's firmware arrives",
        "Each appliance reboots into the fixed build; what was not saved would be lost now.",
    )
    for host, appliance in story.fleet.ready["appliances"].items():
        branch = appliance["build"].split()[0]
        if branch in FIXED_BUILDS and host != UNREACHABLE:
            story.fleet.control(f"/appliances/{host}/build", build=f"{branch} {FIXED_BUILDS[branch]}")
    time.sleep(2)
    upgraded = story.play("status")
    story.expect_verdicts(upgraded, UPGRADED)

    story.step(
        "Remove it again", "Only where the fix runs. What was off before goes off again; what was there before stays."
    )
    leave_out = ("-e", f"accept_unreachable={UNREACHABLE}", "-e", "rollout_bake_seconds=0")
    rolled_back = story.play("rollback", "-e", "ticket=CHG0043", *leave_out)
    story.expect("problems of the rollback", problems(rolled_back), [UNREACHABLE])
    since = len(story.fleet.requests())
    story.play("rollback", "-e", "ticket=CHG0043", *leave_out)
    story.expect("writes by the second rollback", dict(story.writes(since)), {})
    print(f"\nWrites that reached an appliance during the second rollback: {sum(story.writes(since).values())}")


def print_table(before: Mapping[str, Any], mitigated: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    rows = [
        ("appliance", "build that night", f"before ({NIGHT})", "with Tourniquet", "seen from today", "after the fix")
    ]
    for host in sorted(before):
        if "verdict" not in before[host]:
            rows.append((host, "-", "unreachable", "unreachable", "-", "unreachable"))
            continue
        then, today = mitigated[host]["verdict"]["word"], mitigated[host]["verdict_today"]["word"]
        rows.append(
            (host, before[host]["appliance"]["build"], verdicts(before)[host], then, today, verdicts(after)[host])
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print("\n" + "=" * (sum(widths) + 2 * len(widths)))
    for number, row in enumerate(rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def main(arguments: Sequence[str]) -> int:
    if arguments:
        print("make demo takes no arguments", file=sys.stderr)
        return 2
    started = time.monotonic()
    shutil.rmtree(BUILD, ignore_errors=True)
    with Fleet(INVENTORY / "fleet.yml", BUILD) as fleet:
        story = Story(fleet)
        outcome = play_story(story)
    if not story.surprises:
        print_table(*outcome)
    seconds = time.monotonic() - started
    if story.surprises:
        print("\nThese results are not as stated:\n  " + "\n  ".join(story.surprises))
        return 1
    print(
        f"\nEvery result is as stated, in {seconds:.0f} s. The change records are in {BUILD.relative_to(ROOT)}/records.\n"
        "On your own fleet: write an inventory like inventory/demo/hosts.yml, then\n"
        f"  ansible-playbook -i YOUR_INVENTORY playbooks/plan.yml -e mitigation={MITIGATION}\n"
        "and, when you have read the plan, apply.yml. README.md has the details."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
