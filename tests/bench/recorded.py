# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recorded traffic: python -m tests.bench.recorded [--lines 1000000] [--requests 40000] [--workers 0].

How good what is learnt is, with more and more attackers in the traffic: from two weeks, judged by the week that follows, with labels
that only the judge sees. Then lines a second of impact and learn, and their peak of memory, for a tenth of the lines and for all of
them: what is constant doesn't grow with them.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.url_whitelist.measure import (
    load_url_whitelist,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.attack_signatures import (
    AttackSignatures,
    load_scanned,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.impact import measure_impact
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.learner import (
    Learning,
    LearnParameters,
    learn,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.logged_request import (
    RecordedRequest,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.path_generaliser import (
    LearningThreshold,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.reader import EVER
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.replay import Replayer
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.sources import LogFile, LogSource
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.whitelist_coverage import (
    WhitelistRules,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.recorded_traffic.whitelist_file import parse_file

from tests.synthetic import (
    AAA,
    DAY,
    GATEWAY,
    MAIL,
    MITIGATION,
    ROOT,
    SITE,
    START,
    Labelled,
    Mix,
    Synthetic,
    json_line,
    observed,
)

SHARES = (0.0, 0.01, 0.05, 0.1, 0.2)
TODAY = date(2020, 1, 8)
PLACES = {"gw": (GATEWAY, "vpn"), "aaa": (AAA, "authentication"), "mail": (MAIL, "cs"), "www": (SITE, "lb")}
VIPS = tuple(Vip(name, Address(place.partition(":")[0], 443), kind) for name, (place, kind) in PLACES.items())
NAMES = {place: name for name, (place, _kind) in PLACES.items()}
SIGNATURES = AttackSignatures([MITIGATION.traffic], load_scanned(ROOT / "templates" / "scanners" / "scanned.yml"))
FORMATS: dict[str, tuple[str, Callable[[RecordedRequest], str]]] = {
    "json": ("with status", json_line),
    "observe": ("observe lines", observed),
}
KINDS = [
    *[(format_, naive, False) for format_ in FORMATS for naive in (False, True)],
    *[(format_, False, True) for format_ in FORMATS],
]
"""The measurements: by format, naive or not, and with scanners that are in no list."""


@dataclass(frozen=True)
class Quality:
    """The quality of what was learnt, judged by the labels.

    :ivar recall: the share of the following week's legitimate requests that would pass
    :ivar precision: the share of the entries that a legitimate request needs
    :ivar let_in: the share of the following week's requests of scanners and attackers that would pass
    """

    source: str
    learner: str
    share: float
    entries: int
    recall: float
    precision: float
    let_in: float


def write_log(path: Path, requests: Iterable[RecordedRequest], format_: str) -> LogFile:
    render = FORMATS[format_][1]
    with path.open("w", encoding="latin-1") as log:
        log.writelines(f"{render(request)}\n" for request in requests)
    return LogFile(LogSource(str(path)), path, format_)


def parameters(*, threshold: LearningThreshold, signatures: AttackSignatures, workers: int = 1) -> LearnParameters:
    return LearnParameters(
        host="gw-a",
        customer="Brouwer",
        vips=VIPS,
        signatures=signatures,
        window=EVER,
        today=TODAY,
        threshold=threshold,
        workers=workers,
    )


def lists_of(learning: Learning, *, doubtful: bool = False) -> list[dict[str, Any]]:
    """:param doubtful: allow what is doubtful, too"""
    lists = []
    for one in learning.vips:
        own = parse_file(one.text, one.vip.name).value()
        own["allow"] += [{e.entry.match: e.entry.text} for e in one.paths.learnt if doubtful and e.doubtful]
        lists += [own] if own["allow"] or own["base"] else []
    return lists


def quality(
    directory: Path, share: float, format_: str, requests: int, *, naive: bool = False, unknown: bool = False
) -> Quality:
    """Learn from two weeks, and judge by a third one of other visits.

    :param naive: one client on one day is enough, nothing is known of attacks and nothing is doubtful, as with a learning firewall
    :param unknown: the scanners request no path of the list of paths that only scanners request
    """
    mix = Mix(requests=requests, days=14, bad=share, unknown_scanners=unknown)
    traffic = list(Synthetic(mix).requests())
    file = write_log(directory / f"{format_}.log", [one.request for one in traffic], format_)
    threshold, signatures = (
        (LearningThreshold(1, 1), AttackSignatures([])) if naive else (LearningThreshold(), SIGNATURES)
    )
    lists = lists_of(learn([file], parameters(threshold=threshold, signatures=signatures)), doubtful=naive)
    rules = WhitelistRules(lists, "gw-a", TODAY)
    later = replace(mix, days=7, start=START + 14 * DAY, visits_seed=mix.seed + 1)
    following = [one for one in Synthetic(later).requests() if rules.has(NAMES[one.request.vip or ""])]

    def passing(wanted: bool) -> float:
        asked = [one for one in following if one.legitimate is wanted]
        return sum(rules.pass_(NAMES[one.request.vip or ""], one.request.url) for one in asked) / max(len(asked), 1)

    needed, entries = needed_entries(lists, [*traffic, *following])
    what = "1 client, 1 day" if naive else "5 clients, 3 days"
    source = f"{FORMATS[format_][0]}{', unlisted scanners' if unknown else ''}"
    return Quality(source, what, share, entries, passing(True), needed / max(entries, 1), passing(False))


def needed_entries(lists: Sequence[dict[str, Any]], traffic: Sequence[Labelled]) -> tuple[int, int]:
    """Return the number of learnt entries that a legitimate request needs, and the number of all."""
    paths: dict[str, set[str]] = {}
    for one in traffic:
        if one.legitimate:
            paths.setdefault(NAMES[one.request.vip or ""], set()).add(one.request.url.partition("?")[0])
    needed = entries = 0
    for own in lists:
        for entry in own["allow"]:
            entries += 1
            needed += any(
                path == entry.get("exact") or path.startswith(entry.get("prefix", "\0"))
                for path in paths.get(own["vserver"], ())
            )
    return needed, entries


# -- speed and memory ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speed:
    """:ivar a_second: lines a second of the clock, with all processes; of_cpu: lines a second of CPU, of all processes together
    :ivar peak: of the largest process, in MiB
    """

    what: str
    lines: int
    a_second: float
    of_cpu: float
    peak: float


def speed(directory: Path, lines: int, workers: int) -> list[Speed]:
    """Impact of a whitelist, and learning one, on so many lines; each in a process of its own, so that its peak is its own."""
    path = directory / "ns.log"
    small = [one.request for one in Synthetic(Mix(requests=min(lines, 50_000), users=2000, bad=0.1)).requests()]
    texts = [f"{observed(request, number)}\n" for number, request in enumerate(small)]
    found = []
    for size in (lines // 10, lines):
        with path.open("w", encoding="latin-1") as log:
            for start in range(0, size, len(texts)):
                log.writelines(texts[: size - start])
        file = LogFile(LogSource(str(path)), path, "observe")
        found += [apart(_impact, file, size, workers), apart(_learn, file, size, workers)]
    return found


def apart(job: Callable[[LogFile, int], str], file: LogFile, lines: int, workers: int) -> Speed:
    """Do it in a process of its own; the largest of it and of those that it starts counts."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)

    def measured() -> None:
        gc.collect()
        before = time.perf_counter()
        what = job(file, workers)
        seconds = time.perf_counter() - before
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(one.ru_utime + one.ru_stime for one in used)
        theirs.send(Speed(what, lines, lines / seconds, lines / cpu, max(one.ru_maxrss for one in used) / 1024))

    process = context.Process(target=measured)
    process.start()
    theirs.close()
    result: Speed = ours.recv()
    process.join()
    return result


def _impact(file: LogFile, workers: int) -> str:
    measure = load_url_whitelist(
        [{"vserver": "gw", "kind": "vpn", "mode": "enforce", "base": ["gateway"]}], "gw-a", TODAY
    )
    document = measure.document(Owner(measure.id, 1), where="gw-a", marker="").objects
    impact = measure_impact([file], Replayer({}, document, VIPS, SIGNATURES, on_before=True), workers=workers)
    return f"impact ({impact.conclusion()})"


def _learn(file: LogFile, workers: int) -> str:
    learning = learn([file], parameters(threshold=LearningThreshold(), signatures=SIGNATURES, workers=workers))
    return f"learn and coverage ({sum(len(one.paths.learnt) for one in learning.vips)} entries)"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=40_000)
    parser.add_argument("--workers", type=int, default=0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        print(
            f"{'source':34} {'learnt from':18} {'attackers':>9} {'entries':>8} {'recall':>8} {'precision':>9} {'let in':>8}"
        )
        for format_, naive, unknown in KINDS:
            for share in SHARES:
                found = quality(directory, share, format_, options.requests, naive=naive, unknown=unknown)
                print(
                    f"{found.source:34} {found.learner:18} {found.share:9.0%} {found.entries:8} {found.recall:8.2%} "
                    f"{found.precision:9.1%} {found.let_in:8.2%}"
                )
        print(f"\n{'what':40} {'lines':>10} {'lines a second':>15} {'of CPU':>9} {'peak MiB':>9}")
        for one in speed(directory, options.lines, options.workers):
            print(f"{one.what:40} {one.lines:10,} {one.a_second:15,.0f} {one.of_cpu:9,.0f} {one.peak:9.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
