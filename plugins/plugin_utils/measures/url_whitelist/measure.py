# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The measure url_whitelist: requests whose path is not listed are blocked, or only counted (docs/how-to/whitelist.md).

In: the lists of the inventory. Out: the desired state, its traffic, and the conflicts that forbid applying it. Reads only its template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import jinja2

from ...appliance.nitro.connection import Connection
from ...appliance.objects.answer_marker import marked_for
from ...appliance.objects.ownership import PREFIX as OURS
from ...appliance.objects.ownership import SEPARATOR, Owner
from ...appliance.objects.virtual_servers import Vserver
from ...catalogue.desired_state import Document, parse_document
from ...catalogue.measure import Measure, Mode, Placement, ResolvedMeasure, Version
from ...catalogue.measure_traits import Traits
from ...catalogue.traffic import CaseSession, Traffic, TrafficCase
from ...foundation.counted import agreed, counted
from ...policies.policy_bank import names_of
from ...policy_language import Request, compile_expression
from .base_lists import LOGON_OF, base_entries, load_base
from .entry import EXACT, MATCHES, PREFIX, SUFFIX, Entry
from .kind import ID, TRAITS, VARIABLE
from .whitelist_variables import WhiteList, parse_whitelists

NAME = OURS + ID
UNSAFE_SET = f"{NAME}{SEPARATOR}unsafe"
# In a path that was decoded once: a parent directory, a doubled slash, what some servers take for a slash, what is still encoded.
UNSAFE = ("/..", "//", "\\", "%")
TEMPLATES = Path(__file__).parents[4] / "templates" / "measures" / ID
VERSIONS = {1: Version("One negated policy for each list and bind point", date(2026, 11, 26))}
PLAYED_ENTRIES = 40
"""So many entries of a list are played as traffic with all their variants; each is tested against the rule."""
TRAVERSED = 2
SOON = 3  # days
_BUILT_IN = {"reset": "RESET", "drop": "DROP"}


def load_url_whitelist(value: Any, host: str, today: date) -> UrlWhitelist:
    """Return the measure that the variable ``netscaler_whitelists`` of a host asks for.

    :raises InvalidInput: naming the host, the variable and the fix
    """
    lists = parse_whitelists(value, host, today, base_entries)
    return UrlWhitelist(
        id=ID,
        title="URL whitelist",
        current_version=max(VERSIONS),
        versions=VERSIONS,
        traffic=_traffic(lists),
        lists=lists,
        today=today,
    )


@dataclass(frozen=True, kw_only=True)
class UrlWhitelist(Measure):
    """The lists of one appliance."""

    lists: tuple[WhiteList, ...]
    today: date
    traits: Traits = TRAITS

    closing_variable: ClassVar[str] = VARIABLE
    nothing_to_close_with: ClassVar[str] = (
        f"the lists of the inventory into force, and it has none. Set {VARIABLE} first (docs/how-to/whitelist.md)"
    )
    names_none: ClassVar[str] = f"{VARIABLE} has no list for {{names}}. Add one"

    @cached_property
    def placements(self) -> tuple[Placement, ...]:
        """Return what the lists protect."""
        return tuple(placement for own in self.lists for placement in _placements(own))

    @property
    def partitions(self) -> frozenset[str]:
        return frozenset(own.partition for own in self.lists)

    def inside(self, partition: str) -> UrlWhitelist:
        lists = tuple(own for own in self.lists if own.partition == partition)
        return self if lists == self.lists else self.with_lists(lists)

    def with_lists(self, lists: tuple[WhiteList, ...]) -> UrlWhitelist:
        """Return it with other lists."""
        return replace(self, lists=lists, traffic=_traffic(lists))

    def can_close(self) -> bool:
        return bool(self.lists)

    def named_vservers(self) -> frozenset[tuple[str, str, str]] | None:
        return frozenset((own.partition, own.kind, own.vserver) for own in self.lists)

    def in_reach(self, closed: Mapping[str, Sequence[Vserver]]) -> Sequence[Vserver]:
        return [one for own in closed.values() for one in own]

    def closing(self, closed: Mapping[str, Sequence[Vserver]]) -> UrlWhitelist | None:
        """Return it with the lists of these virtual servers blocking, and the others as they are."""
        wanted = {(partition, one.kind, one.name) for partition, own in closed.items() for one in own}
        lists = tuple(
            replace(own, mode=Mode.ENFORCE) if (own.partition, own.kind, own.vserver) in wanted else own
            for own in self.lists
        )
        return self.with_lists(lists) if any(own.mode is Mode.ENFORCE for own in lists) else None

    def resolve(self, connection: Connection, owner: Owner, _rendered: Document | None) -> ResolvedWhitelist:
        appliance = connection.appliance
        return self.resolved(self.document(owner, where=appliance.name, marker=marked_for(appliance.marker, self.id)))

    def resolved(self, document: Document) -> ResolvedWhitelist:
        """Return it with its desired state. Nothing of it depends on what an appliance has."""
        return ResolvedWhitelist(measure=self, document=document, placements=self.placements, lists=self)

    def document(self, owner: Owner, *, where: str, marker: str) -> Document:
        """Return the desired state, rendered from the template.

        :param where: the host, for error messages
        :param marker: the word by which a probe recognises our answers, or ""
        :raises InvalidInput: if the template yields something else than a desired state
        """
        if not self.lists:
            return Document((), {})
        lists = [_for_template(own) for own in self.lists]
        sets = [one for own in lists for one in own["sets"].values()]
        if any({PREFIX, SUFFIX} & own["sets"].keys() for own in lists):
            sets.append({"name": UNSAFE_SET, "texts": UNSAFE})
        template = _environment().get_template(f"v{owner.version}.yml.j2")
        text = template.render(
            lists=lists,
            sets=sets,
            kinds=list(dict.fromkeys(own.kind for own in self.lists)),
            unsafe=UNSAFE_SET,
            marker=marker,
        )
        return parse_document(text, owner, where=where)


@cache
def _environment() -> jinja2.Environment:
    """Return the environment of all lists, which compiles each template once, and again if its file has changed."""
    return jinja2.Environment(  # noqa: S701 - it makes YAML, and every text of a list goes through tojson
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@dataclass(frozen=True, kw_only=True)
class ResolvedWhitelist(ResolvedMeasure):
    """The lists of one appliance with their desired state.

    :ivar lists: the lists of the inventory
    """

    lists: UrlWhitelist

    def problems(self) -> Sequence[tuple[str, str]]:
        return [*self._lockouts(), *self._blocked_entries()]

    def remarks(self) -> Sequence[str]:
        texts = [
            f"{own}: {entry} was allowed until {entry.until} for {entry.owner}; it has expired and is removed"
            for own in self.lists.lists
            for entry in own.expired
        ]
        for own in self.lists.lists:
            texts += [
                f"{own}: {entry} is allowed until {entry.until} only, for {entry.owner}"
                for entry in own.entries
                if entry.until is not None and (entry.until - self.lists.today).days <= SOON
            ]
            if own.mode == Mode.OBSERVE:
                texts += [f"{problem} Once it blocks, that is an error." for problem, _fix in _lockout(own)]
        return texts

    def facts(self) -> Mapping[str, Any]:
        """Return the lists with their comments and owners, for which a pattern set has no place on every release."""
        return {
            "whitelists": [
                {
                    "name": own.name,
                    "vserver": own.vserver,
                    "mode": own.mode.value,
                    "entries": [entry.facts() for entry in own.entries if entry.comment or entry.owner or entry.until],
                    "expired": [entry.facts() for entry in own.expired],
                }
                for own in self.lists.lists
            ]
        }

    def _lockouts(self) -> Iterator[tuple[str, str]]:
        for own in self.lists.lists:
            if own.mode == Mode.ENFORCE:
                yield from _lockout(own)

    def _blocked_entries(self) -> Iterator[tuple[str, str]]:
        """Return the lists whose rule blocks what they allow: every entry is tested against the rule that would be bound."""
        names = names_of(self.document.objects)
        for own in self.lists.lists:
            policy = self.document.objects["responderpolicy", (_placements(own)[0].policy,)]
            rule = compile_expression(str(policy["rule"]), names)
            wrong = [entry for entry in own.entries if rule.evaluate(Request(url=_example(entry))) is not False]
            if wrong:
                more = f", and {len(wrong) - 1} more" if len(wrong) > 1 else ""
                yield f"{own}: its rule does not let pass what it lists: {wrong[0]}{more}.", "Correct the template."


def _lockout(own: WhiteList) -> Iterator[tuple[str, str]]:
    """Return the log-on requests that a list of a Gateway or an authentication server would block, with the fix."""
    if own.kind not in LOGON_OF:
        return
    base = load_base(LOGON_OF[own.kind])
    for id_ in own.may_block:
        if id_ not in base.logon:
            yield (
                f"{own}: may_block has {id_}, no request of the log-on.",
                f"Choose from {', '.join(sorted(base.logon))}.",
            )
    blocked = [
        case
        for case in base.traffic
        if case.id in base.logon and case.id not in own.may_block and not own.covers(_path(case.url))
    ]
    if not blocked:
        return
    needed = dict.fromkeys(
        str(entry)
        for case in blocked
        for entry in base.entries
        if entry.covers(_path(case.url), ignore_case=own.ignore_case)
    )
    ids = ", ".join(case.id for case in blocked)
    first = blocked[0]
    yield (
        f"{own} would lock out the log-on: {first.method} {first.url} is not listed"
        + (
            f", nor {agreed(len(blocked) - 1, 'is', 'are')} {counted(len(blocked) - 1, 'more request')}"
            if len(blocked) > 1
            else ""
        )
        + ".",
        (
            f"Add base: [{base.name}] to the list, or to allow: {', '.join(needed)}. "
            f"If nobody signs on there that way, set may_block: [{ids}]."
        ),
    )


def _placements(own: WhiteList) -> tuple[Placement, ...]:
    placements = []
    for point in own.bind:
        stem = SEPARATOR.join([NAME, own.slug, *(["aaa"] if point == "AAA_REQUEST" else [])])
        policies = {Mode.ENFORCE: stem, Mode.OBSERVE: f"{stem}{SEPARATOR}{Mode.OBSERVE}"}
        placements.append(Placement(own.name, own.kind, own.vserver, point, own.mode, policies))
    return tuple(placements)


def _for_template(own: WhiteList) -> dict[str, Any]:
    """Return one list with the names that the template uses."""
    stem, blocks = f"{NAME}{SEPARATOR}{own.slug}", own.mode == Mode.ENFORCE
    answer = _BUILT_IN.get(own.answer, stem)
    return {
        "vserver": own.vserver,
        "kind": own.kind,
        "ignore_case": own.ignore_case,
        "blocks": blocks,
        "priority": own.priority,
        "undefined": own.undefined if blocks else "NOOP",
        "action": answer if blocks else "NOOP",
        "responds": blocks and answer == stem,
        "log_action": stem if blocks else f"{stem}{SEPARATOR}{Mode.OBSERVE}",
        "sets": {
            match: {"name": f"{stem}{SEPARATOR}{match}", "texts": own.texts(match)}
            for match in MATCHES
            if own.texts(match)
        },
        "placements": [{"policy": one.policy, "bindpoint": one.bindpoint} for one in _placements(own)],
    }


# -- traffic ----------------------------------------------------------------------------------------------------------


def _traffic(lists: Iterable[WhiteList]) -> Traffic:
    cases = [case for own in lists for case in _cases(own)]
    return Traffic(tuple(cases), variants=(("case", 1), ("double", 1)))


def _cases(own: WhiteList) -> Iterator[TrafficCase]:
    places = frozenset(placement.place for placement in _placements(own))
    kept = ("case",) if own.ignore_case else ()
    legitimate = [case for name in own.base for case in load_base(name).traffic]
    spread = own.entries[:: max(1, len(own.entries) // PLAYED_ENTRIES)][:PLAYED_ENTRIES]
    legitimate += [
        TrafficCase(f"entry-{number}", attack=False, method="GET", url=_example(entry))
        for number, entry in enumerate(spread, 1)
    ]
    control = next(
        (case.id for case in legitimate if case.probe and case.session != CaseSession.WITH), legitimate[-1].id
    )
    for case in legitimate:
        yield replace(case, id=f"{own.slug}-{case.id}", places=places, stays_legitimate=kept, probe=case.id == control)
    probed = {"unlisted", "unlisted-encoded"}
    for name, url in _unlisted(own):
        yield TrafficCase(f"{own.slug}-{name}", True, "GET", url, places=places, probe=name in probed)


def _unlisted(own: WhiteList) -> Iterator[tuple[str, str]]:
    """Return paths that are not listed: one that no server has, and the tricks by which a prefix or a suffix could let one through."""
    word = f"tq-{sha256(own.slug.encode()).hexdigest()[:12]}"
    yield "unlisted", f"/{word}/x"
    yield "unlisted-encoded", f"/%74{word[1:]}/x"
    yield "unlisted-with-listed-query", f"/{word}/x?{_example(own.entries[0])}"
    for number, prefix in enumerate(own.texts(PREFIX)[:TRAVERSED], 1):
        start = quote(prefix)
        for name, climb in (
            ("up", "../"),
            ("up-encoded", "%2e%2e/"),
            ("up-slash-encoded", "..%2f"),
            ("up-double", "%252e%252e/"),
            ("up-parameter", "..;/"),
            ("up-backslash", "..%5c"),
            ("up-overlong", "%c0%ae%c0%ae/"),
        ):
            yield f"prefix{number}-{name}", f"{start}{climb}{word}/x"
        yield f"prefix{number}-doubled-slash", f"{start}/{word}/x"
    for number, suffix in enumerate(own.texts(SUFFIX)[:TRAVERSED], 1):
        ending = quote(suffix)
        yield f"suffix{number}-up", f"/{word}/%2e%2e/x{ending}"
        yield f"suffix{number}-null", f"/{word}/x%00{ending}"
        yield f"suffix{number}-parameter", f"/{word}/x;{ending}"
        yield f"suffix{number}-behind", f"/{word}{ending}/x"


def _example(entry: Entry) -> str:
    """Return a request target that an entry allows."""
    if entry.match == EXACT:
        return quote(entry.text)
    return quote(f"{entry.text}tq-example" if entry.match == PREFIX else f"/tq-example{entry.text}")


def _path(url: str) -> str:
    return url.partition("?")[0]
