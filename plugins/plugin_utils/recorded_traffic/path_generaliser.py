# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make the entries of a whitelist from counted paths, by rules that a person can follow. Pure.

exact      the path itself, if enough clients that are no attackers requested it on enough days, and it was answered
static     the beginning of a directory in which only static files were requested
varying    the beginning before names that differ each time: numbers, long hexadecimal names, versions
same name  the ending of one static file name in many directories; only if requested, and never for a Gateway, whose CGI scripts
           accept any text after their name
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..foundation.counted import counted
from ..measures.url_whitelist.entry import EXACT, PREFIX, SUFFIX, Entry, wrong_path
from .attack_signatures import AttackSignatures
from .bounded_counters import hashed
from .path_counts import PathCount, VipPathCounts, days_of

KEPT = "kept"
USUAL = 5
"""The number of entries with the most clients that count as usual."""
USUAL_SHARE = 4
"""An entry is doubtful if fewer than one in this many of its clients request a usual path."""
FEW = 3
"""The number of different files, names or directories that make a rule."""
STATIC = frozenset(
    ("css", "js", "mjs", "map", "json", "gz", "png", "gif", "jpg", "jpeg", "svg", "webp", "ico", "bmp", "woff", "woff2", "ttf", "eot",
     "otf", "txt", "xml", "mp4", "webm")
)  # fmt: skip
_VARYING = re.compile(
    r"\d{3,}|v?\d+(?:\.\d+){1,3}|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\.[a-z0-9]{1,5}\Z", re.IGNORECASE)
_PLAIN = re.compile(r"/[A-Za-z0-9._~+,=:@/ -]*")
"""The characters of an entry: printable, and without a meaning for YAML, Jinja, a shell or a terminal."""


@dataclass(frozen=True)
class LearningThreshold:
    """The clients and days from which a path is learnt."""

    clients: int = 5
    days: int = 3


@dataclass(frozen=True)
class Learnt:
    """One learnt entry with its evidence: the paths that it allows. Each path counts for the closest entry only.

    :ivar rule: exact, static, varying, same name, or kept for an entry that existed before
    :ivar clients: at least this many that are no attackers; days: likewise
    :ivar example: a path that it was made of
    :ivar doubtful: its clients request no usual path, like scanners and machines with one purpose
    """

    entry: Entry
    rule: str
    requests: int
    clients: int
    days: int
    example: str
    doubtful: bool = False


@dataclass(frozen=True)
class Refused:
    """A path that was not learnt, with the reason."""

    path: str
    reason: str
    requests: int


@dataclass(frozen=True)
class LearntPaths:
    """The result for one virtual server."""

    learnt: tuple[Learnt, ...]
    refused: tuple[Refused, ...]

    @property
    def new(self) -> int:
        """The number of new entries."""
        return sum(one.rule != KEPT and not one.doubtful for one in self.learnt)

    @property
    def doubtful(self) -> int:
        return sum(one.doubtful for one in self.learnt)


class Generaliser:
    """Makes the whitelist entries of one virtual server."""

    def __init__(
        self,
        counts: VipPathCounts,
        attackers: set[int],
        signatures: AttackSignatures,
        threshold: LearningThreshold,
        *,
        allowed: Callable[[str], bool] = lambda _path: False,
        kept: Sequence[Entry] = (),
        suffixes: bool = False,
    ) -> None:
        """:param allowed: True for a path that base lists allow already
        :param kept: the entries that existed before
        :param suffixes: True if endings may be learnt
        """
        self._signatures, self._threshold, self._suffixes = signatures, threshold, suffixes
        self._kept = Cover(kept)
        self._visits = counts.visits
        self._clients: dict[str, dict[int, int]] = {}
        self._counts: dict[str, PathCount] = {}
        self._known: dict[str, PathCount] = {}
        self._refused: list[Refused] = []
        for path, found in sorted(counts.paths.items()):
            if allowed(path):
                continue
            clients, is_kept = found.without(attackers), self._kept.has(path)
            reason = "" if is_kept else self._unfit(path, found, clients)
            if reason:
                self._refused.append(Refused(path, reason, found.requests))
            elif clients:
                (self._known if is_kept else self._counts)[path] = found
                self._clients[path] = clients

    @staticmethod
    def _unfit(path: str, found: PathCount, clients: Mapping[int, int]) -> str:
        """Return why a path is left out, or ""."""
        if not found.was_answered:
            return "never answered with success"
        if not _PLAIN.fullmatch(path):
            return "holds characters that an entry cannot have"
        wrong, _fix = wrong_path(EXACT, path)
        if wrong:
            return wrong
        return "" if clients else "only attackers requested it"

    def generalise(self) -> LearntPaths:
        exact = {path for path in self._counts if self._is_enough([path])}
        rules = {
            entry: rule
            for rule, entries in (("static", self._static(exact)), ("varying", self._varying()))
            for entry in entries
        }
        if self._suffixes:
            rules |= dict.fromkeys(self._same_name(Cover(rules)), "same name")
        taken = Cover(rules)
        rules |= {Entry(EXACT, path): "exact" for path in exact if not taken.has(path)}
        few = f"fewer than {counted(self._threshold.clients, 'client')} or {counted(self._threshold.days, 'day')}"
        cover = Cover(rules)
        refused = [Refused(p, few, t.requests) for p, t in self._counts.items() if not cover.has(p)]
        return LearntPaths(
            tuple(self._learnt({**dict.fromkeys(self._kept.entries, KEPT), **rules})),
            tuple(sorted((*self._refused, *refused), key=lambda one: (-one.requests, one.path))),
        )

    def _learnt(self, rules: Mapping[Entry, str]) -> Iterator[Learnt]:
        """Yield the entries in order, with their evidence; one without requests is left out."""
        cover = Cover(rules)
        paths: dict[Entry, list[str]] = {}
        for path in (*self._known, *self._counts):
            entry = cover.closest(path)
            if entry is not None:
                paths.setdefault(entry, []).append(path)
        usual = self._usual(paths)
        for entry in sorted(paths, key=lambda one: (one.text, one.match)):
            clients = self._together(paths[entry])
            requests = sum(self._count_of(path).requests for path in paths[entry])
            doubtful = rules[entry] != KEPT and self._is_doubtful(clients, usual)
            yield Learnt(entry, rules[entry], requests, len(clients), days_of(clients), min(paths[entry]), doubtful)

    def _count_of(self, path: str) -> PathCount:
        return self._known.get(path) or self._counts[path]

    def _usual(self, paths: Mapping[Entry, Sequence[str]]) -> set[int]:
        """Return the hashes of the usual paths: those of the entries with the most clients."""
        count = {entry: max(self._count_of(path).client_count() for path in own) for entry, own in paths.items()}
        most = max(count.values(), default=0)
        chosen = sorted((entry for entry in count if 2 * count[entry] >= most), key=lambda one: (-count[one], one.text))
        return {hashed(path) for entry in chosen[:USUAL] for path in paths[entry]}

    def _is_doubtful(self, clients: Iterable[int], usual: set[int]) -> bool:
        seen = [self._visits[client] for client in clients if client in self._visits]
        return USUAL_SHARE * sum(not visited.isdisjoint(usual) for visited in seen) < len(seen)

    # -- the rules ------------------------------------------------------------------------------------------------------

    def _static(self, exact: Iterable[str]) -> list[Entry]:
        """Return the directories with only static files; the highest one replaces those below it."""
        below: dict[str, list[str]] = {}
        dynamic: set[str] = set()
        pages = {path for path in self._counts if not is_static(path) and (path in exact or self._is_there(path))}
        for path in self._counts:
            for directory in directories(path):
                if is_static(path):
                    below.setdefault(directory, []).append(path)
                elif path in pages:
                    dynamic.add(directory)
        found: list[Entry] = []
        for directory, paths in sorted(below.items()):
            if directory not in dynamic and len(paths) >= FEW and not Cover(found).has(directory):
                found += self._prefix(directory, paths)
        return found

    def _is_there(self, path: str) -> bool:
        """Return False for a path that one client tried without success; it does not make a directory dynamic."""
        return self._counts[path].answered > 0 or len(self._clients[path]) > 1

    def _varying(self) -> list[Entry]:
        """Return the beginnings before names that differ each time."""
        groups: dict[str, dict[str, list[str]]] = {}
        for path in self._counts:
            segments = path.split("/")
            for number, segment in enumerate(segments[1:], 1):
                if _VARYING.fullmatch(_EXTENSION.sub("", segment) if number == len(segments) - 1 else segment):
                    groups.setdefault("/".join(segments[:number]) + "/", {}).setdefault(segment, []).append(path)
                    break
        return [
            entry
            for directory, names in sorted(groups.items())
            if len(names) >= FEW
            for entry in self._prefix(directory, [path for paths in names.values() for path in paths])
        ]

    def _same_name(self, taken: Cover) -> list[Entry]:
        names: dict[str, list[str]] = {}
        for path in self._counts:
            if is_static(path) and not taken.has(path):
                names.setdefault("/" + path.rpartition("/")[2], []).append(path)
        return [
            Entry(SUFFIX, name)
            for name, paths in sorted(names.items())
            if len(paths) >= FEW and self._is_enough(paths) and not wrong_path(SUFFIX, name)[0]
        ]

    def _prefix(self, directory: str, paths: Sequence[str]) -> list[Entry]:
        fits = directory != "/" and not wrong_path(PREFIX, directory)[0] and not self._signatures.below(directory)
        return [Entry(PREFIX, directory)] if fits and self._is_enough(paths) else []

    # -- what it rests on -----------------------------------------------------------------------------------------------

    def _together(self, paths: Iterable[str]) -> Mapping[int, int]:
        clients: dict[int, int] = {}
        for path in paths:
            for client, days in self._clients[path].items():
                clients[client] = clients.get(client, 0) | days
        return clients

    def _is_enough(self, paths: Sequence[str]) -> bool:
        clients = self._together(paths)
        return len(clients) >= self._threshold.clients and days_of(clients) >= self._threshold.days


def is_static(path: str) -> bool:
    name, dot, extension = path.rpartition("/")[2].rpartition(".")
    return bool(name and dot) and extension.lower() in STATIC


def directories(path: str) -> list[str]:
    """Return the directories of a path: ``/a/`` and ``/a/b/`` for ``/a/b/c.js``; the root is left out."""
    segments = path.split("/")
    return ["/".join(segments[:number]) + "/" for number in range(2, len(segments))]


class Cover:
    """A set of entries that finds quickly whether one of them allows a path."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._exact = {entry.text: entry for entry in self.entries if entry.match == EXACT}
        longest_first = sorted(self.entries, key=lambda entry: (-len(entry.text), entry.text))
        self._wide = [entry for match in (PREFIX, SUFFIX) for entry in longest_first if entry.match == match]
        self._prefixes = tuple(entry.text for entry in self._wide if entry.match == PREFIX)
        self._suffixes = tuple(entry.text for entry in self._wide if entry.match == SUFFIX)

    def has(self, path: str) -> bool:
        return path in self._exact or path.startswith(self._prefixes) or path.endswith(self._suffixes)

    def closest(self, path: str) -> Entry | None:
        """Return the entry that allows a path: the path itself, else the longest beginning, else the longest ending."""
        if path in self._exact:
            return self._exact[path]
        return next((entry for entry in self._wide if entry.covers(path, ignore_case=False)), None)
