# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the closing of a whole fleet: python -m tests.bench.close [--appliances 1000] [--step off] [--rtt 0] [--all-at-once].

The real playbooks run on simulated appliances, of which some belong to each customer: first the page alone that says whom it would hit
(``close.yml --check``), then the closing with that page first, ``status.yml``, and the opening. The simulator runs on the same machine, and waves do not
wait (``rollout_bake_seconds: 0``). Each figure counts only where every virtual server is as it must be.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import ssl
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.bench.catalogue import line
from tests.bench.fleet import Bench, Failed, Measured, benches, program

EACH = 20
"""Appliances of a customer."""
STEPS = ("off", "notice")
WHO = {"ticket": "CHG0044", "who": "J. Visser"}
CLOSE = {**WHO, "reason": "NCSC-NL advises to switch off", "expires": 24, "scope": "fleet"}
# A simulated appliance has no fix, so it is opened by two people.
OPEN = {**WHO, "reason": "the fix runs", "scope": "fleet", "accept_exposure": True, "second": "M. Vis"}


@dataclass(frozen=True)
class Phase:
    """One run of a playbook.

    :ivar closed: whether the virtual servers are closed after it
    """

    name: str
    verb: str
    values: Mapping[str, Any]
    closed: bool
    check: bool = False


PHASES = (
    Phase("whom it hits", "close", CLOSE, closed=False, check=True),
    Phase("close", "close", CLOSE, closed=True),
    Phase("status", "status", {"mitigation": "cve_2019_19781", "fail_at": 4}, closed=True),
    Phase("reopen", "reopen", OPEN, closed=False),
)


def with_customers(bench: Bench) -> None:
    """Give the appliances of the inventory customers, :data:`EACH` to each."""
    content = json.loads(bench.inventory.read_text())
    for number, values in enumerate(content["netscalers"]["hosts"].values()):
        values["netscaler_customer"] = f"Customer {number // EACH + 1:03}"
    bench.inventory.write_text(json.dumps(content))


def command(bench: Bench, phase: Phase, step: str, *, all_at_once: bool) -> list[str]:
    """Return the command of a phase."""
    values = {
        **{name: str(bench.directory / name) for name in ("records", "plans", "consents", "drills")},
        "rollout_bake_seconds": 0,
        **({} if phase.verb == "status" else {"step": step, "all_at_once": all_at_once}),
        **phase.values,
    }
    playbook = f"playbooks/{phase.verb}.yml"
    call = [program("ansible-playbook"), "-i", str(bench.inventory), playbook, "-e", json.dumps(values)]
    return [*call, "--check"] if phase.check else call


def closed(bench: Bench) -> dict[str, bool]:
    """Return by appliance whether its virtual server serves nobody, as a client outside finds it."""
    context = ssl.create_default_context(cafile=bench.ready["ca_file"])
    context.check_hostname = False
    vips = {name: appliance["vservers"][0] for name, appliance in bench.ready["appliances"].items()}

    def serves_nobody(vip: Mapping[str, Any]) -> bool:
        with contextlib.closing(
            http.client.HTTPSConnection(vip["address"], vip["port"], context=context, timeout=30)
        ) as client:
            try:
                client.request("GET", "/vpn/index.html")
                return client.getresponse().status == 503
            except OSError:
                return True

    with ThreadPoolExecutor(8) as threads:
        return dict(zip(vips, threads.map(serves_nobody, vips.values()), strict=True))


def run(bench: Bench, phase: Phase, step: str, *, all_at_once: bool = False) -> Measured:
    """Return what one phase costs.

    :raises Failed: where the playbook fails, or a virtual server is not as the phase leaves it
    """
    measured = bench.run("tourniquet", phase.name, command(bench, phase, step, all_at_once=all_at_once))
    wrong = [host for host, is_closed in closed(bench).items() if is_closed is not phase.closed]
    if wrong:
        state = "closed" if phase.closed else "open"
        raise Failed(f"{phase.name}: {len(wrong)} of {bench.size} appliances are not {state}, such as {wrong[0]}")
    return measured


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="What it costs to close a fleet, with whom it hits first, and to open it again."
    )
    parser.add_argument("--appliances", type=int, default=1000)
    parser.add_argument("--step", choices=STEPS, default=STEPS[0])
    parser.add_argument("--rtt", type=int, default=0, help="milliseconds")
    parser.add_argument("--all-at-once", action="store_true", help="without a canary and waves")
    options = parser.parse_args(arguments)
    with benches(options.appliances, options.rtt) as bench:
        with_customers(bench)
        for phase in PHASES:
            measured = run(bench, phase, options.step, all_at_once=options.all_at_once)
            print(f"{phase.name} ({options.step}): {measured.wall_s / 60:.1f} minutes. {line(measured)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
