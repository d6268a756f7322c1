# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page of an entry of the catalogue, and the table of what each entry covers, as Markdown. Pure.

An entry may come from elsewhere: its text is data, and every character that Markdown or HTML could take for markup is escaped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ...catalogue.entry import (
    ActionAfterFix,
    Clear,
    Do,
    Entry,
    Kill,
    Level,
    MeasureFacts,
    MeasureForm,
    SetAfterFix,
    Setting,
    Surface,
)
from ...catalogue.traffic import Traffic
from ...catalogue.trains import BuildRange, BuildState, Number
from ...foundation.counted import counted
from ...foundation.foreign_text import printable

_MARKUP = re.compile(r"[\\`*_{}\[\]<>|#&~$]")
_QUESTIONS = ("What it is", "Whom it hits", "What helps", "What does not help", "After the fix")
_SURFACES = {
    Surface.GATEWAY: "reached at the Gateway",
    Surface.MANAGEMENT: "reached at the management address",
    Surface.VIRTUAL_SERVERS: "reached at virtual servers",
    Surface.BACK_ENDS: "in servers behind the appliance",
}
_STATES = {
    BuildState.FIXED: "all builds have the fix",
    BuildState.NO_FIX: "no fix",
    BuildState.NOT_AFFECTED: "not affected",
    BuildState.UNKNOWN: "not known",
}
COLUMNS = ("entry", "builds", "precondition", "measure", "traffic tests", "after the fix", "hunt", "retire")
NONE = "-"


def text(value: str) -> str:
    """Return a text for Markdown, in which nothing is markup."""
    return _MARKUP.sub(r"\\\g<0>", printable(value))


def entry_page(entry: Entry, traffic: Traffic | None, to_check: Iterable[str] = ()) -> Iterator[str]:
    """Yield the lines of the section of one entry.

    :param traffic: its requests; None without a template
    :param to_check: what a reviewer has to look at
    """
    yield f"## {entry.id}"
    yield ""
    yield f"**{text(entry.title)}.** {text('; '.join(_facts(entry)))}."
    yield ""
    yield "| | |"
    yield "|---|---|"
    page = entry.page
    answers = (page.what, page.whom, page.helps, page.does_not_help, page.after_the_fix)
    yield from (f"| {question} | {text(answer)} |" for question, answer in zip(_QUESTIONS, answers, strict=True))
    yield ""
    yield from (f"* **To check:** {text(one)}" for one in to_check)
    yield from (f"* {name}: {text(value)}" for name, value in _details(entry, traffic))
    yield f"* Sources: {'; '.join(_sources(entry))}"
    yield ""


def coverage(entries: Sequence[tuple[Entry, Traffic | None]]) -> Iterator[str]:
    """Yield the lines of the table of what each entry covers."""
    yield f"| {' | '.join(COLUMNS)} |"
    yield f"|{'---|' * len(COLUMNS)}"
    rows = [tuple(_row(entry, traffic)) for entry, traffic in entries]
    yield from (f"| [{row[0]}](#{row[0]}) | {' | '.join(map(text, row[1:]))} |" for row in rows)
    counts = [sum(row[column] != NONE for row in rows) for column in range(len(COLUMNS))]
    yield f"| **{counts[0]} entries** | {' | '.join(f'**{count}**' for count in counts[1:])} |"


def _row(entry: Entry, traffic: Traffic | None) -> Iterator[str]:
    yield entry.id
    states = Counter(facts.state for facts in entry.trains.facts.values())
    names = {BuildState.FIXED: "fixed", BuildState.NO_FIX: "without a fix", BuildState.NOT_AFFECTED: "not affected"}
    trains = [
        f"{states[state]} {name}" for state, name in {**names, BuildState.UNKNOWN: "not known"}.items() if states[state]
    ]
    yield ", ".join(trains) or NONE
    types = len(entry.types())
    yield f"{types} type{'s' * (types != 1)} read" if types else "always"
    yield _form(entry.measure) if entry.measure else NONE
    yield f"{counted(len(traffic.attacks), 'attack')}, {len(traffic.legitimate)} legitimate" if traffic else NONE
    yield ", ".join(dict.fromkeys(_kind(action) for action in entry.after_the_fix)) or NONE
    yield str(len(entry.indicators)) if entry.indicators else NONE
    yield f"{counted(len(entry.retire), 'condition')}" if entry.retire else NONE


def _form(measure: MeasureFacts) -> str:
    if measure.form is MeasureForm.TEMPLATE:
        return f"{'stop-gap' if measure.stop_gap else 'rule'}, version {measure.current_version}"
    return "setting" if measure.form is MeasureForm.SETTING else "rule of the vendor, presence only"


def _kind(action: ActionAfterFix) -> str:
    return {Kill: "sessions ended", Clear: "tables cleared", SetAfterFix: "setting", Do: "by a person"}[type(action)]


def _facts(entry: Entry) -> Iterator[str]:
    yield ", ".join(entry.identifiers)
    yield f"{entry.severity} severity" + ("" if entry.cvss is None else f" (CVSS {entry.cvss:g})")
    yield f"{entry.bulletin} of {entry.published}, {_SURFACES[entry.surface]}"
    yield from _days(entry)
    yield f"revision {entry.revision}"


def _days(entry: Entry) -> Iterator[str]:
    named = {
        "exploit public since": "public",
        "used by attackers since": "exploited_since",
        "on CISA's list since": "kev",
    }
    for told, name in named.items():
        if day := getattr(entry.exploit, name):
            shown = entry.exploit.used_since() if name == "exploited_since" else day
            yield f"{told} {shown}{entry.said_by(day, name)}"


def _details(entry: Entry, traffic: Traffic | None) -> Iterator[tuple[str, str]]:
    yield from _builds(entry)
    for case in entry.preconditions:
        on = f" on {', '.join(map(_range, case.builds))}" if case.builds else ""
        yield f"Asked of the configuration{text(on)}", case.when.in_words()
    if entry.measure is not None:
        source = entry.sources.get(entry.measure.stop_gap)
        whose = [f"is not the vendor's: it stops what {source.name} published, and ends no exposure"] if source else []
        yield "Measure", "; ".join([*_measure(entry.measure), *whose])
    if traffic is not None:
        yield (
            "Tested with",
            f"{counted(len(traffic.attacks), 'attack')} and {counted(len(traffic.legitimate), 'legitimate request')}",
        )
    yield from (("Once all nodes run the fix", _action(action)) for action in entry.after_the_fix)
    for breakage in entry.upgrade_breaks:
        when = f" (with {breakage.when.in_words()})" if breakage.when else ""
        yield "The upgrade breaks", f"{breakage.what}{when}. {breakage.instead}"
    if entry.indicators:
        levels = Counter(indicator.level for indicator in entry.indicators)
        counts = ", ".join(f"{levels[level]} of {level}" for level in Level if levels[level])
        ssh = sum("nitro" not in indicator.seen_by for indicator in entry.indicators)
        yield "Traces to look for", f"{counts}" + (f"; {ssh} of them need SSH" if ssh else "")
    for conflict in entry.conflicts:
        readings = ", ".join(f"{source}: {reading}" for source, reading in conflict.readings.items())
        yield "Sources disagree", f"{conflict.about} ({readings}). Used: {conflict.used}"
    yield from (("Not known", one) for one in entry.unknown)
    if entry.retire:
        yield "May go when", ", ".join(condition.replace("_", " ") for condition in entry.retire)


def _builds(entry: Entry) -> Iterator[tuple[str, str]]:
    fixed = [f"{train} {_number(facts.fixed)}" for train, facts in entry.trains.facts.items() if facts.fixed]
    if fixed:
        yield "Fixed from", ", ".join(fixed)
    since = [
        f"{train} {_number(facts.affected_from)}" for train, facts in entry.trains.facts.items() if facts.affected_from
    ]
    if since:
        yield "Affected from", ", ".join(since)
    for state, name in _STATES.items():
        trains = [str(train) for train, facts in entry.trains.facts.items() if facts.state is state and not facts.fixed]
        if trains:
            yield name[0].upper() + name[1:], ", ".join(trains)
    for train, better in entry.recommended.items():
        yield "Recommended", f"{train} {_number(better.number)}, because {better.because}"


def _measure(measure: MeasureFacts) -> Iterator[str]:
    for number, version in measure.versions.items():
        places = measure.places[number].bind_points
        where = f", at {', '.join(places)}" if places else ""
        yield f"version {number} ({version.advised}): {version.summary}{where}"
    if measure.setting:
        yield _setting(measure.setting)
    if measure.ineffective:
        branches = ", ".join(f"{branch[0]}.{branch[1]}" for branch in measure.ineffective)
        yield f"does not work on some builds of {branches}"
    yield from (
        f"since {weak.since} it only reduces exposure below the fixes of {weak.reference}"
        for weak in measure.weaknesses
    )
    if measure.start_up_line:
        yield "has a line in rc.netscaler of each node"


def _action(action: ActionAfterFix) -> str:
    if isinstance(action, Kill):
        return f"end all sessions of the types {', '.join(action.types)}"
    if isinstance(action, Clear):
        return f"clear {', '.join(action.types)}"
    return _setting(action.setting) if isinstance(action, SetAfterFix) else action.text


def _setting(setting: Setting) -> str:
    values = ", ".join(f"{name} {value}" for name, value in setting.attributes.items())
    where = " in each partition" if setting.per_partition else ""
    return f"set {setting.type}: {values}{where}" + (", on fixed builds too" if setting.needed_on_fixed_builds else "")


def _sources(entry: Entry) -> Iterator[str]:
    for source in entry.sources.values():
        name = f"[{text(source.name)}]({source.url})" if source.url else text(source.name)
        licence = f", {text(source.licence)}" if source.licence else ""
        yield f"{name} ({source.kind}, read {source.read}{licence})"


def _range(builds: BuildRange) -> str:
    start = f" from {_number(builds.start)}" if builds.start != (0, 0) else ""
    return f"{builds.train}{start}" + (f" below {_number(builds.below)}" if builds.below else "")


def _number(number: Number | None) -> str:
    return f"{number[0]}.{number[1]}" if number else ""
