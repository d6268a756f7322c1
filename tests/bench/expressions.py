# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the cost of evaluating rules: python -m tests.bench.expressions [--patterns 20 500 2000 5000] [--requests 20000].

Evaluations of a second of one core, over URLs of which none comes twice: the rules of CVE-2019-19781, whitelists with growing
pattern sets, and the whole rule of the role url_whitelist, as a multiple of the first rule. All are measured in the same run,
so that the multiple hardly depends on the machine. Parsing and compiling are measured once for each size, with nothing remembered.
"""

from __future__ import annotations

import argparse
import gc
import ipaddress
import random
import string
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (
    load_url_whitelist,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.policy_bank import names_of
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import (
    Dataset,
    Names,
    Request,
    compile_expression,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.patterns import pattern_set
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.ranges import address_set
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.syntax import parse

SIZES = (20, 500, 2000, 5000)
REQUESTS = 20000
RANGES = 5000
ROUNDS = 3
URL = "HTTP.REQ.URL.SET_TEXT_MODE(IGNORECASE).SET_TEXT_MODE(URLENCODED).DECODE_USING_TEXT_MODE.DECODE_USING_TEXT_MODE"
ONCE = "HTTP.REQ.URL.DECODE_USING_TEXT_MODE"
RULES = {
    "CVE-2019-19781, version 1": (
        f'{ONCE}.CONTAINS("/vpns/") && (!CLIENT.SSLVPN.IS_SSLVPN || {ONCE}.CONTAINS("/../"))'
    ),
    "CVE-2019-19781, version 2": (f'(!CLIENT.SSLVPN.IS_SSLVPN && {URL}.CONTAINS("/vpns/")) || {URL}.CONTAINS("/../")'),
}
WHITELISTS = {
    "EQUALS_ANY": '!HTTP.REQ.URL.PATH.EQUALS_ANY("set")',
    "STARTSWITH_ANY": '!HTTP.REQ.URL.PATH.STARTSWITH_ANY("set")',
    "STARTSWITH_ANY, no case": '!HTTP.REQ.URL.PATH.SET_TEXT_MODE(IGNORECASE).STARTSWITH_ANY("set")',
    "ENDSWITH_ANY": '!HTTP.REQ.URL.PATH.ENDSWITH_ANY("set")',
    "CONTAINS_ANY": '!HTTP.REQ.URL.PATH.CONTAINS_ANY("set")',
    "CONTAINS_ANY, no case": '!HTTP.REQ.URL.PATH.SET_TEXT_MODE(IGNORECASE).CONTAINS_ANY("set")',
    "EQUALS_INDEX": 'HTTP.REQ.URL.PATH.EQUALS_INDEX("set").EQ(0)',
    "STARTSWITH_INDEX": 'HTTP.REQ.URL.PATH.STARTSWITH_INDEX("set").EQ(0)',
    "ENDSWITH_INDEX": 'HTTP.REQ.URL.PATH.ENDSWITH_INDEX("set").EQ(0)',
    "CONTAINS_INDEX": 'HTTP.REQ.URL.PATH.CONTAINS_INDEX("set").EQ(0)',
}
OURS = "url_whitelist"
"""The rule that the role of this name binds, with as many entries in all: half of them beginnings, the rest exact or endings."""
BLOCKED = '!CLIENT.IP.SRC.EQUALS_ANY("countries")'


@dataclass(frozen=True)
class Cost:
    """The cost of one rule. :ivar compile_ms: parsing and compiling it, in milliseconds"""

    rule: str
    entries: int
    a_second: float
    ratio: float
    compile_ms: float


class Sample:
    """Pattern sets and requests of one seed: most requests fit no pattern, a third fits one."""

    def __init__(self, requests: int, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._count = requests

    def _word(self) -> str:
        word = "".join(self._random.choices(string.ascii_lowercase, k=self._random.randint(3, 10)))
        return word.title() if self._random.random() < 0.2 else word

    def path(self) -> str:
        return "/" + "/".join(self._word() for _ in range(self._random.randint(2, 4)))

    def patterns(self, count: int) -> dict[int, str]:
        """Paths in mixed case, no two alike."""
        paths: dict[str, None] = {}
        while len(paths) < count:
            paths[self.path()] = None
        return dict(enumerate(paths, start=1))

    def requests(self, patterns: Sequence[str] = ()) -> list[Request]:
        requests = []
        for number in range(self._count):
            start = self._random.choice(patterns) if patterns and number % 3 == 0 else self.path()
            address = str(ipaddress.IPv4Address(self._random.getrandbits(32)))
            requests.append(Request(url=f"{start}/{number}.html?a={number}", client_ip=address))
        return requests


def ranges(count: int = RANGES) -> Dataset:
    """Ranges of addresses all over IPv4, with gaps between them."""
    step = 2**32 // count
    starts = (ipaddress.IPv4Address(number * step) for number in range(count))
    return Dataset.of("ipv4", [(str(start), str(start + step // 2)) for start in starts])


def url_whitelist(paths: Sequence[str]) -> tuple[str, Names]:
    """The rule of the role, and its sets."""
    half, quarter = len(paths) // 2, len(paths) // 4
    allow = [
        *({"prefix": f"{path}/"} for path in paths[:half]),
        *({"exact": path} for path in paths[half:-quarter]),
        *({"suffix": path} for path in paths[-quarter:]),
    ]
    own = load_url_whitelist([{"vserver": "shop", "kind": "lb", "mode": "enforce", "allow": allow}], "bench", date.min)
    objects = own.document(Owner(OURS, own.current_version), where="bench", marker="").objects
    (rule,) = [attributes["rule"] for (type_, _), attributes in objects.items() if type_ == "responderpolicy"]
    return str(rule), names_of(objects)


def measure(rule: str, names: Names, requests: Sequence[Request]) -> tuple[float, float]:
    """Seconds of CPU for one evaluation, the best of some rounds, and for parsing and compiling."""
    for remembered in (parse, pattern_set, address_set):
        remembered.cache_clear()
    gc.collect()
    before = time.process_time()
    expression = compile_expression(rule, names)
    compiling = time.process_time() - before
    best, rounds = float("inf"), 0
    gc.disable()
    try:
        # The clock may stand still in a short round, which then tells nothing.
        while rounds < ROUNDS or best == float("inf"):
            before = time.process_time()
            for request in requests:
                expression.evaluate(request)
            best = min(best, time.process_time() - before or best)
            rounds += 1
    finally:
        gc.enable()
    return best / len(requests), compiling


def costs(sizes: Sequence[int] = SIZES, requests: int = REQUESTS, dataset: int = RANGES) -> list[Cost]:
    """Measure everything; the first cost is that of the rule that the others are compared with."""
    sample = Sample(requests)
    plain = sample.requests()
    compile_expression("TRUE")  # the parser is built at its first use
    reference, _ = measure(next(iter(RULES.values())), Names(), plain)
    found = []

    def add(label: str, entries: int, rule: str, names: Names, asked: Sequence[Request]) -> None:
        each, compiling = measure(rule, names, asked)
        found.append(Cost(label, entries, 1 / each, each / reference, compiling * 1000))

    for label, rule in RULES.items():
        add(label, 0, rule, Names(), plain)
    for size in sizes:
        patterns = sample.patterns(size)
        asked = sample.requests(list(patterns.values()))
        for label, rule in WHITELISTS.items():
            add(label, size, rule, Names(patsets={"set": patterns}), asked)
        add(OURS, size, *url_whitelist(list(patterns.values())), asked)
    add("EQUALS_ANY of ranges", dataset, BLOCKED, Names(datasets={"countries": ranges(dataset)}), plain)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What the evaluation of rules costs.")
    parser.add_argument("--patterns", type=int, nargs="+", default=SIZES, help="sizes of pattern sets")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="how many requests, no two with the same URL")
    parser.add_argument("--ranges", type=int, default=RANGES, help="how many ranges the data set has")
    options = parser.parse_args(arguments)
    print(f"{'rule':<26} {'entries':>7} {'evaluations/s':>14} {'x CVE rule':>11} {'parse, compile':>15}")
    for cost in costs(options.patterns, options.requests, options.ranges):
        print(
            f"{cost.rule:<26} {cost.entries or '':>7} {cost.a_second:>14,.0f} {cost.ratio:>11.2f} {cost.compile_ms:>12.1f} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
