# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A generated fleet of exported configurations with the truth about each, and the confusion matrix of the verdicts on it.

    python -m tests.catalogue_fleet

The truth is made by rule from the two tables below, which were written from the bulletins and not from the catalogue: the first fixed builds, and the
ingredients of a configuration that a weakness needs. Nothing of the code that is judged is used for it. Sources of the builds: bulletins CTX240139,
CTX249976, CTX261055, CTX267027, CTX276688, CTX281474, CTX297155, CTX319135, CTX330728, CTX457048, CTX457836, CTX463706, CTX477714, CTX677944,
CTX474995, CTX561482, CTX579459, CTX584986, CTX691608, CTX693420, CTX694788, CTX694938, CTX695486, CTX696300, CTX696604, CTX696939, CTX697096,
CTX697174, CTX697191, CTX697263 and their CVE records, and the CVE records of CVE-2026-107412 and CVE-2026-111334.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tests.collection  # isort: skip  # noqa: F401

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet_sources.exported_configurations import (
    read_exported,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.status.exported_check import check_exported

from tests.catalogue_builds import FIXED, TRAINS, first_fixed

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "templates" / "mitigations"
AS_OF = date(2026, 11, 28)
SEED, SIZE = 20261128, 640
OPEN, IN_PLACE, CLOSED, LEFT_BEHIND, UNKNOWN = "open", "in place, unproven", "closed", "left behind", "unknown"
CLASSES = (OPEN, IN_PLACE, LEFT_BEHIND, CLOSED, UNKNOWN)
OF_WORD = {
    "exposed": OPEN,
    "ineffective on this build": OPEN,
    "applied, unproven": IN_PLACE,
    "fixed, mitigation left behind": LEFT_BEHIND,
    "fixed": CLOSED,
    "not affected": CLOSED,
    "unknown": UNKNOWN,
}
MITIGATION = "cve_2019_19781"
DEAF = ("12.1 51.14", "12.1 50.28")
"""The builds of the fleet on which the vendor's rule has no effect at a Gateway."""

# -- the first table is tests/catalogue_builds.py; these are the builds of the fleet -----------------------------------------

BUILDS = {
    "14.1": "4.42 8.49 8.50 12.34 12.35 29.71 29.72 43.55 43.56 47.45 47.46 47.47 47.48 56.72 56.73 66.53 66.54 66.58 66.59 72.60 72.61 73.31 73.32 "
    "73.36 73.37 73.40 73.41 73.45 73.46 73.48 73.49 73.56 73.57 80.1",
    "13.1": "4.43 33.46 33.47 49.12 49.13 49.15 51.15 55.33 55.34 58.31 58.32 59.18 59.19 59.22 60.32 61.27 61.28 62.22 62.23 63.17 63.18 63.20 63.21 "
    "64.22 64.23 64.27 64.28 64.29 64.31 64.32 64.38 64.39",
    "13.0": "36.27 47.22 47.24 58.29 58.30 58.31 58.32 82.40 82.41 88.11 88.12 91.13 92.19 92.21 92.31",
    "12.1": "50.28 51.14 51.19 55.17 55.18 57.17 57.18 62.22 62.23 65.20 65.21 65.24 65.25 65.39",
    "13.1-FIPS": "37.150 37.159 37.164 37.176 37.206 37.207 37.234 37.235 37.236 37.241 37.250 37.261 37.262 37.271 37.272 37.276 37.277 37.278 37.279 "
    "37.281 37.282 37.283 37.285 37.286 37.292 37.293",
    "12.1-FIPS": "55.288 55.289 55.290 55.291 55.297 55.300 55.302 55.320 55.321 55.328 55.330 55.333",
    "12.0": "62.8 63.12 63.13 63.20 63.21",
    "11.1": "63.14 63.15 64.13 64.14 65.19 65.20 65.23",
}

# -- the second table: by weakness the ingredients that it needs, as alternatives; "" is every configuration ---------------

PORTALS = ["gateway", "gateway without dtls", "pcoip", "rdp", "aaa", "aaa with kcd"]
WEB = [*PORTALS, "http", "http to ipv6", "switching"]
SAML = ["saml sp", "saml idp"]
NEEDS = {
    MITIGATION: [""],
    "cve_2019_6485": [*PORTALS, "switching"],
    "cve_2019_12044": [""],
    "cve_2019_18177": PORTALS,
    "cve_2019_18225": [""],
    "cve_2020_8187": [""],
    "cve_2020_8190": [""],
    "cve_2020_8193": [""],
    "cve_2020_8245": PORTALS,
    "cve_2020_8246": [""],
    "cve_2020_8299": [""],
    "cve_2021_22919": [""],
    "cve_2021_22920": SAML,
    "cve_2021_22927": ["saml sp"],
    "cve_2021_22955": PORTALS,
    "cve_2021_22956": [""],
    "cve_2022_27507": PORTALS,
    "cve_2022_27508": PORTALS,
    "cve_2022_27509": PORTALS,
    "cve_2022_27513": ["gateway", "gateway without dtls", "pcoip", "rdp"],
    "cve_2022_27516": PORTALS,
    "cve_2023_24487": [""],
    "cve_2023_24488": PORTALS,
    "cve_2024_5491": [""],
    "cve_2024_5492": [""],
    "cve_2026_10816": [""],
    "cve_2026_10817": ["tcp timestamps"],
    "cve_2020_8300": SAML,
    "cve_2022_27510": ["gateway", "gateway without dtls", "pcoip", "rdp"],
    "cve_2022_27518": SAML,
    "cve_2023_3519": PORTALS,
    "cve_2023_4966": PORTALS,
    "cve_2023_6548": [""],
    "cve_2023_6549": PORTALS,
    "cve_2024_8534": ["rdp"],
    "cve_2024_8535": ["aaa with kcd"],
    "cve_2025_5349": [""],
    "cve_2025_5777": PORTALS,
    "cve_2025_6543": PORTALS,
    "cve_2025_7775": [*PORTALS, "hdx", "http to ipv6"],
    "cve_2025_7776": ["pcoip"],
    "cve_2025_8424": [""],
    "cve_2025_12101": PORTALS,
    "cve_2026_3055": ["saml idp"],
    "cve_2026_4368": PORTALS,
    "cve_2026_8451": ["saml idp"],
    "cve_2026_8452": PORTALS,
    "cve_2026_8655": ["oracle", "dns"],
    "cve_2026_13474": ["http/2"],
    "cve_2026_19489": ["sip"],
    "cve_2026_19490": PORTALS,
    "cve_2026_88771": [""],
    "cve_2026_88772": ["gateway", "pcoip", "rdp", "dtls vserver"],
    "cve_2026_88773": WEB,
    "cve_2026_88774": WEB,
    "cve_2026_88775": PORTALS,
    "cve_2026_88776": ["oracle"],
    "cve_2026_88777": ["ftp", "sip"],
    "cve_2026_88778": [*WEB, "tcp", "oracle", "ftp"],
    "cve_2026_88779": SAML,
    "cve_2026_107406": SAML,
    "cve_2026_109618": [""],
    "cve_2026_107412": [""],
    "cve_2026_111334": PORTALS,
}
OTHERWISE = {
    ("cve_2026_107406", "14.1"): ("73.37", "73.46", ["saml idp"]),
    ("cve_2026_107406", "13.1"): ("64.23", "64.29", ["saml idp"]),
    ("cve_2026_107406", "13.1-FIPS"): ("37.279", "37.283", ["saml idp"]),
    ("cve_2026_19490", "14.1"): ("43.56", "73.32", ["saml sp"]),
    ("cve_2026_19490", "13.1"): ("61.28", "63.21", ["saml sp"]),
    ("cve_2026_4368", "14.1"): ("0.0", "66.54", []),
    ("cve_2022_27508", "12.1"): ("0.0", "64.16", []),
}
"""By weakness and train, the builds, from the first up to the second, on which it needs something else; nothing that there is: it is not there."""
NOT_THERE = {("cve_2025_7775", "12.1-FIPS"): "http to ipv6"}
"""An alternative that the bulletin limits to other trains."""
STAYS = ("cve_2026_13474", "cve_2026_88778")
"""The weaknesses that a build with the fix still has, until somebody changes a setting."""
ENDED_BY = {"cve_2026_88778": "isn"}
"""The ingredient that ends a weakness in its admin partition."""
NOT_SURE = {"cve_2026_88778": "hdx"}
"""An ingredient of which no bulletin that was read says whether it is enough."""
OF_NO_BUILD = ("cve_2021_44228",)
"""The entries of a weakness behind an appliance, which no build of it has."""
INGREDIENTS = {
    "gateway": "add vpn vserver gw SSL 198.51.100.10 443 -Listenpolicy NONE",
    "gateway without dtls": "add vpn vserver quiet SSL 198.51.100.11 443 -dtls OFF",
    "pcoip": "add vpn vserver desks SSL 198.51.100.12 443 -pcoipVserverProfileName pcoip",
    "aaa": "add authentication vserver aaa SSL 198.51.100.13 443",
    "http": "add lb vserver web HTTP 198.51.100.14 80 -persistenceType NONE",
    "http to ipv6": "add server app6 2001:db8::7\nadd service svc6 app6 HTTP 80\nadd lb vserver web6 HTTP 198.51.100.15 80",
    "tcp": "add lb vserver tcp TCP 198.51.100.16 22",
    "oracle": "add lb vserver db ORACLE 198.51.100.17 1521",
    "dtls vserver": "add lb vserver dtls DTLS 198.51.100.18 443",
    "hdx": "add cr vserver hdx HDX 198.51.100.19 1494",
    "saml sp": "add authentication samlAction sp -samlIdPCertName idp",
    "saml idp": "add authentication samlIdPProfile idp -samlIdPCertName idp",
    "rdp": "add vpn vserver far SSL 198.51.100.20 443 -rdpServerProfileName rdp",
    "switching": "add cs vserver switch SSL 198.51.100.21 443",
    "ftp": "add lb vserver files FTP 198.51.100.22 21",
    "dns": "add lb vserver names DNS 198.51.100.23 53",
    "aaa with kcd": "add authentication vserver kcd SSL 198.51.100.24 443\nadd aaa kcdAccount kcd -realmStr EXAMPLE.COM",
    "http/2": "add ns httpProfile two -http2 ENABLED",
    "tcp timestamps": "add ns tcpProfile stamped -timestamp ENABLED",
    "sip": "add lsn group nat -clientname people -sipAlg ENABLED",
    "isn": "set ns tcpParam -enhancedISNgeneration ENABLED",
    "server ipv4": "add server app4 192.0.2.70\nadd service svc4 app4 HTTP 80",
}
# In the comment: what the words of a name look like in a file of somebody else.
NOISE = 'add responder policy quoted "HTTP.REQ.URL.CONTAINS(\\"add vpn vserver fake SSL\\")" NOOP -comment "add authentication samlAction no"'
POLICY = 'add responder policy tq_cve_2019_19781 "HTTP.REQ.URL.CONTAINS(\\"/vpns/\\")" tq_cve_2019_19781'
BINDING = "bind responder global tq_cve_2019_19781 10 END -type REQ_OVERRIDE"


@dataclass(frozen=True)
class Made:
    """One generated configuration.

    :ivar measure: "" for none, "whole", "not bound" or "feature off"
    :ivar partition: the ingredients of the admin partition; None where there is none
    :ivar lost: the file of the partition is not in the folder
    :ivar headless: the file does not name a build
    """

    name: str
    train: str
    number: str
    ingredients: tuple[str, ...]
    measure: str = ""
    partition: tuple[str, ...] | None = None
    lost: bool = False
    headless: bool = False

    @property
    def everywhere(self) -> tuple[str, ...]:
        return self.ingredients + (() if self.partition is None or self.lost else self.partition)

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """Return the ingredients of each admin partition whose file is there."""
        return [self.ingredients, *([] if self.partition is None or self.lost else [self.partition])]

    def write(self, folder: Path, address: str) -> None:
        """Write the files of the appliance."""
        branch = self.train.partition("-")[0]
        features = "LB SSL SSLVPN AAA" + (" RESPONDER" if self.measure in ("whole", "not bound") else "")
        lines = [
            *([] if self.headless else [f"#NS{branch} Build {self.number}"]),
            "# Last modified by `save config`, Fri Nov 27 20:00:00 2026",
            f"set ns config -IPAddress {address} -netmask 255.255.255.0",
            f"set ns hostName {self.name}",
            f"enable ns feature {features}",
            *(["add ns partition tenant"] if self.partition is not None else []),
            *(INGREDIENTS[name] for name in self.ingredients),
            NOISE,
            *([POLICY] if self.measure else []),
            *([BINDING] if self.measure in ("whole", "feature off") else []),
        ]
        home = folder / self.name
        home.mkdir()
        (home / "ns.conf").write_text("\n".join(lines) + "\n")
        if self.partition is not None and not self.lost:
            (home / "partitions" / "tenant").mkdir(parents=True)
            own = [f"#NS{branch} Build {self.number}", *(INGREDIENTS[name] for name in self.partition)]
            (home / "partitions" / "tenant" / "ns.conf").write_text("".join(f"{line}\n" for line in own))


def generated(size: int = SIZE, seed: int = SEED) -> list[Made]:
    """Return the fleet: each build in turn, with ingredients, partitions and measures by a fixed seed."""
    chance = random.Random(seed)
    builds = [(train, number) for train, numbers in BUILDS.items() for number in numbers.split()]
    names = list(INGREDIENTS)
    first = dict(zip(TRAINS, FIXED.split()[1:], strict=False))
    fleet = []
    for number in range(size):
        train, build = builds[number % len(builds)]
        partition = tuple(chance.sample(names, chance.randint(0, 2))) if chance.random() < 0.25 else None
        often = 0.3 if _is_fixed(build, first[train]) else 0.9
        measure = (
            chance.choice(("whole", "not bound", "feature off"))
            if chance.random() < often and partition is None
            else ""
        )
        fleet.append(
            Made(
                f"adc{number:04}",
                train,
                build,
                tuple(chance.sample(names, chance.randint(0, 4))),
                measure,
                partition,
                lost=partition is not None and chance.random() < 0.3,
                headless=chance.random() < 0.03,
            )
        )
    return fleet


def below(number: str) -> str:
    """Return the number right below that of a build."""
    major, _dot, minor = number.partition(".")
    return f"{major}.{int(minor) - 1}"


def at_each_fix() -> list[Made]:
    """Return the builds below and at each fix, with all that any weakness needs; and the measure in each state around the fix of its weakness."""
    fixes = [*first_fixed()]
    builds = sorted({(train, number) for _id, train, fixed in fixes for number in (below(fixed), fixed)})
    measures = sorted(
        (train, number, measure)
        for id_, train, fixed in fixes
        if id_ == MITIGATION
        for number in (below(fixed), fixed)
        for measure in ("whole", "not bound", "feature off")
    )
    everything = tuple(one for one in INGREDIENTS if one not in {*ENDED_BY.values(), *NOT_SURE.values()})
    return [
        *(Made(f"fix{place:03}", train, number, everything) for place, (train, number) in enumerate(builds)),
        *(
            Made(f"own{place:03}", train, number, (), measure)
            for place, (train, number, measure) in enumerate(measures)
        ),
    ]


def truth(made: Made) -> dict[str, str]:
    """Return by weakness the class that its verdict must have; a cell of the first table that no bulletin fills is left out."""
    found = {}
    for line in FIXED.strip().splitlines():
        id_, *cells = line.split()
        cell = dict(zip(TRAINS, cells, strict=True))[made.train]
        by_build = made.headless and id_ in {one for one, _train in OTHERWISE}
        if cell != "?" and not by_build and NOT_SURE.get(id_) not in made.everywhere:
            found[id_] = _class(made, id_, cell)
    return found


def _class(made: Made, id_: str, cell: str) -> str:
    has_measure = id_ == MITIGATION and made.measure != ""
    if not made.headless and _is_fixed(made.number, cell) and id_ not in STAYS:
        return LEFT_BEHIND if has_measure else CLOSED
    met = _needs(made, id_) == [""] or any(_meets(made, id_, part) for part in made.parts)
    if met and made.headless:
        return _of_measure(made) if has_measure else UNKNOWN
    if met:
        deaf = f"{made.train} {made.number}" in DEAF
        return OPEN if not has_measure or deaf else _of_measure(made)
    return UNKNOWN if made.lost and _needs(made, id_) else CLOSED


def _is_fixed(number: str, cell: str) -> bool:
    """Return whether a build does not have a weakness, by a cell of the first table."""
    return cell in ("-", "?") or (cell != "x" and _pair(number) >= _pair(cell))


def _needs(made: Made, id_: str) -> list[str]:
    """Return what a weakness needs on a build, as alternatives; nothing where the build does not have it."""
    first, end, otherwise = OTHERWISE.get((id_, made.train), ("0", "0", []))
    needs = otherwise if _pair(first) <= _pair(made.number) < _pair(end) else NEEDS[id_]
    return [name for name in needs if NOT_THERE.get((id_, made.train)) != name]


def _meets(made: Made, id_: str, part: tuple[str, ...]) -> bool:
    """Return whether an admin partition has what a weakness needs, and not what ends it."""
    return ENDED_BY.get(id_) not in part and any(name in part for name in _needs(made, id_))


def _of_measure(made: Made) -> str:
    return IN_PLACE if made.measure == "whole" else OPEN


def _pair(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


# -- the verdicts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wrong:
    """A verdict of another class than the truth."""

    made: Made
    entry: str
    truth: str
    verdict: str


def judge(fleet: Sequence[Made], folder: Path) -> tuple[Counter[tuple[str, str]], list[Wrong]]:
    """Return the confusion matrix, by truth and class of the verdict, and the verdicts that are wrong."""
    for number, made in enumerate(fleet):
        made.write(folder, f"192.0.{2 + number // 250}.{1 + number % 250}")
    entries = load_catalogue(CATALOGUE)
    by_name = {made.name: made for made in fleet}
    matrix: Counter[tuple[str, str]] = Counter()
    wrong = []
    for exported in read_exported(folder):
        made = by_name.pop(exported.name)
        verdicts = {
            one.entry.id: str(one.verdict.word) for one in check_exported(exported, entries, CATALOGUE, AS_OF).entries
        }
        for id_, expected in truth(made).items():
            given = OF_WORD.get(verdicts[id_], verdicts[id_])
            matrix[expected, given] += 1
            if given != expected:
                wrong.append(Wrong(made, id_, expected, verdicts[id_]))
    assert not by_name, f"{len(by_name)} configurations were not judged"
    return matrix, wrong


def table(matrix: Mapping[tuple[str, str], int]) -> Iterator[str]:
    """Yield the lines of the matrix."""
    yield f"{'truth':20}" + "".join(f"{name:>20}" for name in CLASSES)
    for row in CLASSES:
        yield f"{row:20}" + "".join(f"{matrix.get((row, column), 0):>20}" for column in CLASSES)


def main() -> int:
    fleet = generated()
    with tempfile.TemporaryDirectory() as folder:
        matrix, wrong = judge(fleet, Path(folder))
    print(f"{len(fleet)} configurations, {sum(matrix.values())} verdicts, {len(wrong)} wrong")
    print("\n".join(table(matrix)))
    for one in wrong[:20]:
        print(one)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
