# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tests that are long by nature: `make test` plays a fixed sample of them, `make test-all` (ALL=1) plays all."""

from __future__ import annotations

import os

ALL = os.environ.get("ALL", "") not in ("", "0")

CHAOS_SEEDS = ("0000027d", "00000064", "000007e1", "00000400", "00000402")
"""Nights that have found something."""
CHAOS_SAMPLE = CHAOS_SEEDS if ALL else CHAOS_SEEDS[:1]


def stride(sample: int) -> int:
    """Return the step between two requests of a story at which the crash matrix lets it fail; CRASH_STRIDE overrides it."""
    return int(os.environ.get("CRASH_STRIDE") or (1 if ALL else sample))


def examples(whole: int) -> int:
    """Return how many random examples a property-based test draws: all of them, or a third."""
    return whole if ALL else max(10, whole // 3)


SAME_EXAMPLES = not (ALL or "FUZZ_EXAMPLES" in os.environ)
"""Whether a property-based test draws the same examples in each run: what new ones find is not about the change that is tested."""
CRASH_STRIDE = stride(127)
CRASH_STRIDE_GEOBLOCK = stride(193)
CRASH_SAMPLED_PAIRS = 8
"""Of the failures of a story on a stage, the sample has each so many-th."""
CRASH_PAIRS = stride(CRASH_SAMPLED_PAIRS)
PAIRS_STRIDE = int(os.environ.get("PAIRS_STRIDE") or (1 if ALL else 17))
"""Of the matrix of pairs of measures, one cell in so many is played."""
HOSTILE_DEPTH = int(os.environ.get("HOSTILE_DEPTH") or 1)
"""The mutations of each family at each request of a story with a hostile appliance; 0 for all."""
HOSTILE_STRIDE = 1 if ALL else 101
FLEET_STRIDE = 1 if ALL else 8
"""One of so many configurations of the generated fleet is judged by the whole catalogue."""
LEAVE_STRIDE = 1 if ALL else 41
"""The step between two requests of a removal of everything at which the control node dies."""
HUNT_STRIDE = 1 if ALL else 16
"""One of so many generated appliances is hunted on."""
INTRUSION_STRIDE = 1 if ALL else 11
"""The same of the drawn intrusions."""
WATCH_STRIDE = 1 if ALL else 20
"""One of so many generated appliances is watched."""
FAILOVER_STRIDE = 1 if ALL or "CRASH_STRIDE" in os.environ else 24
PROVE_STRIDE = stride(71)
"""The step between two requests of prove.yml at which its control node dies."""
SOME_WRITES = () if ALL else (0, 3, 5)
"""The writes of an apply at which each kind of failure but a lost reply and an error is played; none: all."""
FULL_DISK_STRIDE = 1 if ALL else 5
"""The step between two files of a run at which the disk of the control node is full."""
NIGHTS = range(100 if ALL else 5)
"""The seeds of the drawn nights in which everything that is read is compared with what a witness saw."""
WIDE_NIGHTS = range(50 if ALL else 2)
"""The same of nights with every shape and action."""
NIGHTS_OF_TWO = range(30 if ALL else 1)
"""The same of nights with a second weakness and its measure."""
SWITCHES_TOGETHER = 5 if ALL else 12
"""How many positions of switches an appliance of tests/playbooks/test_switches.py has: few show sooner which of them fails."""
STORIES_ONLY_IN_ALL = () if ALL else ("canary", "close", "drift", "failover", "lockdown", "resumed", "upgrade")
"""The stories of Molecule whose playbooks tests/playbooks, and whose failures tests/engine, plays too."""
NEXT_KINDS = 2
"""How many kinds of lines to paste the sample plays."""
KEPT_PARTS = () if ALL else ("closing",)
"""The parts of tests/kept that are played; none: all."""
RIGHTS_STRIDE = 1 if ALL else 97
"""Of all pairs of a playbook and one of its rights, those of which the playbook is played without the right."""


WHITELIST_POSITIONS = slice(None, None, 1 if ALL else 4)
"""The positions of the switches that concern a whitelist and are played one by one; tests/playbooks/test_switches.py plays all positions of all switches."""

COUNTRY_SETS: tuple[tuple[str, ...], ...] = (("block", "RU", "UA"), ("block", "CN"), ("allow", "NL", "BE", "DE"))
COUNTRY_SAMPLE = COUNTRY_SETS if ALL else COUNTRY_SETS[:1]
"""The effect and the countries that are compiled from the data of the whole world."""

CHANGED_ENTRIES = ("cve_2021_44228", "cve_2026_107406")
"""The entries of the catalogue of which each value is changed, to compare the loader with the published schema."""

ONLY_IN_ALL = "only_in_all"
"""The marker of tests that only `make test-all` plays."""
SAMPLED = "sampled"
"""The marker of test functions of which `make test` plays each n-th case."""


def description() -> list[str]:
    """Return lines that state the sample."""
    if ALL:
        return ["sample: none, all tests are played"]
    return [
        "sample of the longest tests (make test-all plays all):",
        f"  crash matrix: of each story one failure in {CRASH_PAIRS}, at one request in {CRASH_STRIDE} (geoblock: {CRASH_STRIDE_GEOBLOCK}), at least one",
        f"  pairs of measures: one pair in {PAIRS_STRIDE}",
        "  cases of functions marked sampled(n): each n-th; bench of the playbooks, of rules and of a thousand appliances: only in make test-all",
        "  examples of property-based tests: a third, the same in each run; make test-all draws new ones",
        f"  hostile appliance: one cell in {HOSTILE_STRIDE} of each story",
        f"  generated fleet for the verdict of the catalogue: one configuration in {FLEET_STRIDE}, and the builds below and at each fix",
        f"  death of a control node while it leaves an appliance: at one request in {LEAVE_STRIDE}",
        f"  generated appliances for the hunt: one in {HUNT_STRIDE}; drawn intrusions: one in {INTRUSION_STRIDE}",
        f"  generated appliances for the watch: one in {WATCH_STRIDE}, and each marker once",
        f"  failovers in a geoblock: after one write in {FAILOVER_STRIDE}",
        f"  rights of a user: one right in {RIGHTS_STRIDE} is left out",
        f"  chaos: 1 night of {len(CHAOS_SEEDS)}, seed {CHAOS_SAMPLE[0]}; whitelist: every fourth position of the switches",
        f"  drawn nights with a witness: at most {len(NIGHTS)} of 100, {len(WIDE_NIGHTS)} of 50 wide, {len(NIGHTS_OF_TWO)} of 30 with two weaknesses",
        "  lies: those that have a name (make lies draws others)",
        f"  prove.yml: death at one request in {PROVE_STRIDE}; the positions of the switches together, and not each alone",
        "  marked text of an appliance: fixed cells for rows, messages, files and attributes; make test-all plays each attribute and type",
        "  the diary (nights hold the same statements against the world) and builds of the tarball: only in make test-all",
        "  several machines: only in make test-all, with ansible-runner, pipes, SSH and a Receptor mesh; a release: likewise",
        "  the page of a report in Chromium with axe-core, and the mandatory tests of CSAF: only in make test-all",
        f"  changes of entries of the catalogue: of {', '.join(CHANGED_ENTRIES)}",
        f"  kept outputs: {', '.join(KEPT_PARTS)}; make test-all and make kept play all",
        f"  stories of Molecule: all but {', '.join(STORIES_ONLY_IN_ALL)}",
        "  failures of an apply: of three kinds at the first, the fourth and the last write; of a rollback and a lockdown: in tests/engine",
        "  playbooks on each build, with two control nodes, with marked text; a night with the installed collection; a worker that is killed;",
        "    Ansible without our callbacks; the defects of another collection; the pruning of the crash matrix: only in make test-all",
        "  Ansible in lint, stories, the check of cron, examples of modules, the installed collection: forks of a process that has loaded it;",
        "    make test-all starts each as a person does",
        "  installed collection: this Python and ansible-core; make test-all plays each pair that is installed",
        f"  country data of the world: 1 selection of {len(COUNTRY_SETS)}; third-party clients: check_netscaler",
    ]
