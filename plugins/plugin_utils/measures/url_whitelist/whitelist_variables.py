# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The variable ``netscaler_whitelists`` of the inventory, checked strictly before anything is sent. Pure.

The role url_whitelist documents the variable. Each error names the variable, the list, the entry and the fix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...appliance.nitro.appliance import VIP_KINDS, kind_of
from ...appliance.nitro.names import DEFAULT, is_name, shown
from ...catalogue.measure import Mode
from ...foundation.errors import InvalidInput
from .entry import MATCHES, Entry, wrong_path
from .kind import VARIABLE

MOST_PATTERNS = 5000  # error 2900, 12.x; a later limit is not documented
LONGEST_SLUG = 60
BIND_POINTS = {
    "vpn": ("REQUEST", "AAA_REQUEST"),
    "authentication": ("REQUEST", "AAA_REQUEST"),
    "cs": ("REQUEST",),
    "lb": ("REQUEST",),
}
ANSWERS = ("forbidden", "reset", "drop")
UNDEFINED = ("NOOP", "RESET", "DROP")
DEFAULT_PRIORITY = 100
HIGHEST_PRIORITY = 2147483646  # the policy that only counts stands right behind the one that blocks

_SLUG = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


@dataclass(frozen=True)
class WhiteList:
    """One list for one virtual server.

    :ivar slug: the name as a part of the names of our objects
    :ivar entries: those that hold today; expired: those whose last day is past
    :ivar may_block: the ids of log-on requests that it may block anyway
    """

    name: str
    slug: str
    vserver: str
    kind: str
    bind: tuple[str, ...]
    mode: Mode
    entries: tuple[Entry, ...]
    expired: tuple[Entry, ...] = ()
    base: tuple[str, ...] = ()
    ignore_case: bool = False
    answer: str = "forbidden"
    undefined: str = "RESET"
    priority: int = DEFAULT_PRIORITY
    partition: str = DEFAULT
    may_block: tuple[str, ...] = ()

    def texts(self, match: str) -> tuple[str, ...]:
        """Return the patterns of one kind, each once, in the order of the list."""
        return tuple(dict.fromkeys(entry.text for entry in self.entries if entry.match == match))

    def covers(self, path: str) -> bool:
        return any(entry.covers(path, ignore_case=self.ignore_case) for entry in self.entries)

    def __str__(self) -> str:
        return f"{self.name} ({self.kind} vserver {self.vserver})"


BaseEntries = Callable[[str], Sequence[Entry]]
"""The entries of a base list by its name.

:raises InvalidInput: if there is no such list
"""


def parse_whitelists(value: Any, host: str, today: date, base_entries: BaseEntries) -> tuple[WhiteList, ...]:
    """Check the variable, and return its lists.

    :param value: plain values, as JSON has them
    :param today: entries whose last day is before it have expired
    :raises InvalidInput: naming the host, the variable and the fix
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise InvalidInput(f"{host}: {VARIABLE} is {kind_of(value)}. Write a list: [{{vserver: gw, kind: vpn, ...}}].")
    lists = tuple(_Reader(item, host, number, today).read(base_entries) for number, item in enumerate(value, 1))
    _require_distinct(lists, host)
    return lists


def _require_distinct(lists: Sequence[WhiteList], host: str) -> None:
    taken: dict[tuple[str, ...], WhiteList] = {}
    for own in lists:
        for point in own.bind:
            place = (own.partition, own.kind, own.vserver, point)
            other = taken.setdefault(place, own)
            if other is not own:
                raise InvalidInput(
                    f"{host}: {VARIABLE}: the lists {other.name} and {own.name} are both bound at {own.kind} vserver "
                    f"{own.vserver} {point}. Make them one list, or give them different bind points with bind."
                )
        other = taken.setdefault((own.partition, own.slug), own)
        if other is not own:
            raise InvalidInput(
                f"{host}: {VARIABLE}: the lists {other.name} and {own.name} would both be called {own.slug}. "
                "Give one of them another name."
            )


class _Reader:
    """One list, read strictly by type."""

    def __init__(self, item: Any, host: str, number: int, today: date) -> None:
        self.where = f"{host}: {VARIABLE}, list {number}"
        self.today = today
        if not isinstance(item, Mapping):
            raise InvalidInput(f"{self.where} is {kind_of(item)}. Write a mapping: {{vserver: gw, kind: vpn, ...}}.")
        self.item = item
        known = {field for field in WhiteList.__dataclass_fields__ if field not in ("slug", "entries", "expired")}
        unknown = sorted(str(key) for key in set(item) - known - {"allow"})
        if unknown:
            raise self.wrong(
                f"has {unknown[0]!r}, which is not known", f"It may have {', '.join(sorted(known | {'allow'}))}."
            )

    def wrong(self, problem: str, fix: str) -> InvalidInput:
        return InvalidInput(f"{self.where} {problem}. {fix}")

    def read(self, base_entries: BaseEntries) -> WhiteList:
        vserver = self.nitro_name("vserver", "Name the virtual server as it is called on the appliance.")
        name = self.text("name", "Put it in quotes.", default=vserver)
        self.where += f" ({name})"
        kind = self.choice("kind", VIP_KINDS)
        base = self.texts("base")
        entries = [entry for name in base for entry in self.base(base_entries, name)]
        own = [self.entry(item, number) for number, item in enumerate(self.items("allow"), 1)]
        self.require_once(own)
        expired = tuple(entry for entry in own if entry.until is not None and entry.until < self.today)
        current = [*entries, *(entry for entry in own if entry.until is None or entry.until >= self.today)]
        if not current:
            problem = f"allows nothing since {expired[0]} has expired" if expired else "allows nothing"
            raise self.wrong(problem, "Name entries in allow or a base list in base, or leave the list out.")
        self.require_few(current)
        return WhiteList(
            name=name,
            slug=self.slug(name),
            vserver=vserver,
            kind=kind,
            bind=self.bind(kind),
            mode=Mode(self.choice("mode", tuple(Mode), Mode.OBSERVE)),
            entries=tuple(current),
            expired=expired,
            base=base,
            ignore_case=self.truth("ignore_case"),
            answer=self.choice("answer", ANSWERS, "forbidden"),
            undefined=self.choice("undefined", UNDEFINED, "RESET"),
            priority=self.priority(),
            partition=self.nitro_name("partition", "Put it in quotes.", default=DEFAULT),
            may_block=self.texts("may_block"),
        )

    # -- one value -----------------------------------------------------------------------------------------------------

    def text(self, key: str, fix: str, *, default: str = "") -> str:
        value = self.item.get(key, default)
        if not isinstance(value, str) or not value or not value.isprintable():
            problem = f"lacks {key}" if value == "" else f"has a {key} that is {kind_of(value)}, not a printable text"
            raise self.wrong(problem, fix)
        return value

    def nitro_name(self, key: str, fix: str, *, default: str = "") -> str:
        value = self.text(key, fix, default=default)
        if not is_name(value):
            raise self.wrong(f'has a {key} "{shown(value)}", a name that NITRO does not allow', fix)
        return value

    def choice(self, key: str, choices: Sequence[str], default: str = "") -> str:
        value = self.item.get(key, default)
        if value not in choices:
            problem = f"lacks {key}" if value == "" else f"has the {key} {value!r}"
            raise self.wrong(problem, f"Choose one of {', '.join(choices)}.")
        return str(value)

    def truth(self, key: str) -> bool:
        value = self.item.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"has {key}: {value!r}", "Write true or false.")
        return value

    def items(self, key: str) -> list[Any]:
        value = self.item.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(f"has {key} as {kind_of(value)}", f"Write a list: {key}: [...].")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.items(key)
        if not all(isinstance(value, str) and value for value in values):
            raise self.wrong(f"has something in {key} that is no text", "Put each in quotes.")
        return tuple(dict.fromkeys(values))

    def priority(self) -> int:
        value = self.item.get("priority", DEFAULT_PRIORITY)
        if type(value) is not int or not 1 <= value <= HIGHEST_PRIORITY:  # pylint: disable=unidiomatic-typecheck
            raise self.wrong(f"has the priority {value!r}", f"Write a whole number from 1 to {HIGHEST_PRIORITY}.")
        return value

    def bind(self, kind: str) -> tuple[str, ...]:
        points = BIND_POINTS[kind]
        chosen = self.texts("bind") or points
        for point in chosen:
            if point not in points:
                raise self.wrong(f"is bound at {point}", f"A {kind} virtual server has {' and '.join(points)}.")
        return chosen

    def slug(self, name: str) -> str:
        slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        if not _SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
            raise self.wrong(
                f"is called {name!r}, of which no name of an object can be made",
                f"Give it a name of up to {LONGEST_SLUG} letters and digits: name: portal.",
            )
        return slug

    def base(self, base_entries: BaseEntries, name: str) -> Sequence[Entry]:
        try:
            return base_entries(name)
        except InvalidInput as error:
            raise self.wrong(f"has the base {name!r}", str(error)) from None

    # -- one entry -----------------------------------------------------------------------------------------------------

    def entry(self, item: Any, number: int) -> Entry:
        example = '{prefix: "/Citrix/StoreWeb/", comment: "StoreFront", owner: "J. Jansen"}'
        where = f"has in allow as entry {number}"
        if not isinstance(item, Mapping):
            raise self.wrong(f"{where} {kind_of(item)}", f"Write a mapping: {example}.")
        matches = [match for match in MATCHES if match in item]
        unknown = sorted(str(key) for key in set(item) - {*MATCHES, "comment", "owner", "until"})
        if len(matches) != 1 or unknown:
            problem = f"the unknown {unknown[0]!r}" if unknown else f"{len(matches)} of exact, prefix and suffix"
            raise self.wrong(f"{where} one with {problem}", f"Write one of the three: {example}.")
        match = matches[0]
        # YAML makes a date of what stands there without quotes.
        if type(item.get("until")) is date:  # pylint: disable=unidiomatic-typecheck
            item = {**item, "until": item["until"].isoformat()}
        for key, value in item.items():
            if not isinstance(value, str):
                raise self.wrong(f"{where} {key} that is {kind_of(value)}, not text", "Put it in quotes.")
            if not value.isprintable():
                fix = "Write it in printable characters, on one line."
                raise self.wrong(f"{where} {key} {value!r:.80} with a character that does not print", fix)
        problem, fix = wrong_path(match, item[match])
        if problem:
            raise self.wrong(f"{where} {match} {item[match]!r:.80}, which {problem}", fix)
        until = self.until(item.get("until"), where)
        if until is not None and not item.get("owner"):
            raise self.wrong(
                f"{where} an exception until {until} without an owner", "Name who requested it: owner: ..."
            )
        return Entry(match, item[match], item.get("comment", ""), item.get("owner", ""), until)

    def until(self, value: str | None, where: str) -> date | None:
        try:
            return None if value is None else date.fromisoformat(value)
        except ValueError:
            raise self.wrong(f"{where} until {value!r}", "Write the last day as 2020-01-31.") from None

    def require_once(self, entries: Sequence[Entry]) -> None:
        seen: set[tuple[str, str]] = set()
        for entry in entries:
            if (entry.match, entry.text) in seen:
                raise self.wrong(f"has {entry} twice in allow", "Leave one out.")
            seen.add((entry.match, entry.text))

    def require_few(self, entries: Sequence[Entry]) -> None:
        for match in MATCHES:
            count = len({entry.text for entry in entries if entry.match == match})
            if count > MOST_PATTERNS:
                raise self.wrong(
                    f"has {count} entries of {match}, and a pattern set takes {MOST_PATTERNS} (error 2900)",
                    "Join some of them to a prefix.",
                )
