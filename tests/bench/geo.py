# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure the cost of country data: python -m tests.bench.geo [--rows 400000] [--merged 5000 40000].

Seconds of CPU. Reading is compared with iterating over the lines of the same files; our merge with netaddr's, on the same
ranges; all in one run, so that the multiples hardly depend on the machine. The data is made up: as many rows as the
IPFire database of October 2026 has (400,873 of IPv4, 277,232 of IPv6), and as much of them in two countries.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import netaddr

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.address_ranges import (
    Span,
    merge,
    text,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.compiler import (
    compile_policy,
    load,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.countries import (
    COUNTRIES,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.file_reader import (
    texts,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.policy import Policy
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.country_data.source import (
    CountrySource,
)

ROWS = 400_000
MERGED = (5_000, 40_000)
ROUNDS = 3
SHARE_RU, SHARE_UA = 0.026, 0.009  # of the rows
TODAY = date(2026, 11, 26)


@dataclass(frozen=True)
class Cost:
    """:ivar ratio: the multiple of the line that it is compared with"""

    what: str
    rows: int
    seconds: float
    ratio: float


def world(rows: int, version: int, seed: int = 1) -> list[tuple[int, int, str]]:
    """Rows in order, without overlaps, of random size and country."""
    chosen = random.Random(seed)
    codes = sorted(COUNTRIES - {"RU", "UA"})
    low, high = (1 << 24, 223 << 24) if version == 4 else (0x2400 << 112, 0x2C00 << 112)
    private = {10, 100, 127, 169, 172, 192}
    starts = sorted(chosen.sample(range(0, (high - low) >> (8 if version == 4 else 80), 1), rows))
    found = []
    for number, start in enumerate(starts):
        first = low + (start << (8 if version == 4 else 80))
        luck = chosen.random()
        code = "RU" if luck < SHARE_RU else "UA" if luck < SHARE_RU + SHARE_UA else chosen.choice(codes)
        end = low + (starts[number + 1] << (8 if version == 4 else 80)) if number + 1 < len(starts) else high
        last = min(end - 1, first + chosen.choice((256, 1024, 4096, 1 << 20)) - 1)
        if version == 6 or (first >> 24 not in private and last >> 24 not in private):
            found.append((first, last, code))
    return found


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Seconds of CPU, the least of some rounds."""
    found = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        found.append(time.process_time() - before)
    return min(found)


def reading(rows: int, folder: Path) -> list[Cost]:
    """Reading the world and compiling two countries of it, against iterating over the lines."""
    paths = {version: folder / f"geoip{version}" for version in (4, 6)}
    total = 0
    for version, number in ((4, rows), (6, rows * 7 // 10)):
        found = world(number, version)
        total += len(found)
        paths[version].write_text(
            "".join(
                f"{first},{last},{code}\n" if version == 4 else f"{text(6, first)},{text(6, last)},{code}\n"
                for first, last, code in found
            )
        )
    source = CountrySource.from_variables(
        {"name": "world", "licence": "none", "files": [{"path": str(path)} for path in paths.values()]}, where="bench"
    )

    def lines() -> None:
        for path in paths.values():
            for part in texts(path, country="", max_bytes=1 << 30):
                for _line in part.lines():
                    pass

    cold = 0

    def compiling(*countries: str) -> Path:
        nonlocal cold
        cold += 1
        policy = Policy.from_variables({"policy": "block", "countries": list(countries)}, where="bench")
        compile_policy(policy, source, folder / f"cache{cold}", accept=frozenset({"stale"}), today=TODAY)
        return next((folder / f"cache{cold}").glob("compiled-*"))

    base = best(lines)
    found = [Cost("iterate over the lines", total, base, 1.0)]
    for countries in (("RU", "UA"), tuple(sorted(COUNTRIES & {"RU", "UA", *sorted(COUNTRIES)[:60]}))):
        seconds = best(lambda countries=countries: compiling(*countries))  # type: ignore[misc]
        found.append(Cost(f"compile {len(countries)} countries", total, seconds, seconds / base))
    kept = compiling("RU", "UA")
    seconds = best(lambda: load(kept))
    found.append(Cost("read what is compiled", total, seconds, seconds / base))
    return found


def merging(sizes: Sequence[int]) -> list[Cost]:
    """Our merge against netaddr's, which is checked to give the same."""
    found = []
    for version in (4, 6):
        for size in sizes:
            spans: list[Span] = [(first, last) for first, last, _code in world(size, version)]
            random.Random(1).shuffle(spans)
            ranges = [netaddr.IPRange(text(version, first), text(version, last)) for first, last in spans]
            ours = best(lambda spans=spans: merge(spans))  # type: ignore[misc]
            theirs = best(lambda ranges=ranges: list(netaddr.IPSet(ranges).iter_ipranges()), rounds=1)  # type: ignore[misc]
            same = tuple((one.first, one.last) for one in netaddr.IPSet(ranges).iter_ipranges())
            if same != merge(spans):
                raise RuntimeError(f"netaddr merges IPv{version} differently")
            found.append(Cost(f"merge IPv{version}", size, ours, 1.0))
            found.append(Cost(f"merge IPv{version}, netaddr", size, theirs, theirs / ours))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="What country data costs.")
    parser.add_argument("--rows", type=int, default=ROWS, help="IPv4 rows of the world; IPv6 has 0.7 times as many")
    parser.add_argument("--merged", type=int, nargs="+", default=MERGED, help="how many ranges are merged")
    options = parser.parse_args(arguments)
    print(f"{'country data':<26} {'rows':>9} {'CPU s':>8} {'x':>7}")
    with tempfile.TemporaryDirectory() as folder:
        for cost in [*reading(options.rows, Path(folder)), *merging(options.merged)]:
            print(f"{cost.what:<26} {cost.rows:>9,} {cost.seconds:>8.3f} {cost.ratio:>7.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
