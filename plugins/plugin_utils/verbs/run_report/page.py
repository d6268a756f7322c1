# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as one HTML page that loads nothing and works without scripts. Pure.

Every text is escaped and defanged where it is put out; a command of NITRO is only escaped, since a reviewer must see it as it is sent.
The policy of the page allows its own script and style alone, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.foreign_text import defanged, printable
from ...foundation.moments import moment
from ...judgement.proof.verdict_table import VERDICTS, VerdictWord
from ..pages.closed_report import AT_THE_LATEST, HALF_CLOSED, is_in_doubt
from ..registry import only_reads
from .content import NO_VERDICT, NOT_JUDGED, SEVERITY, Report, in_order, word_of, worst_code
from .debt import is_known, register
from .decisions import open_decisions
from .table import acknowledgement_text

TEMPLATES = Path(__file__).resolve().parents[4] / "templates" / "reports"
CODES = ("ok", "warning", "critical", "unknown")
MARKER = "<marker>"
MOST_RUNS = 50
MOST_NAMES = 4
NOBODY = "no customer"


class Exact(str):
    """A command that is put out as it is sent: escaped, and not defanged."""

    __slots__ = ()


def page(report: Report, customer: str = "") -> str:
    """Return the page.

    :param customer: of whom the report is a view; "" for the whole fleet
    """
    appliances = report["appliances"]
    heading = f"{report['playbook']}: {counted(len(appliances), 'appliance')}"
    return _template().render(
        report=report,
        title=f"{customer}: {heading}" if customer else heading,
        customer=customer,
        shared=[] if customer else [one for one in appliances if len(one["customers"]) > 1],
        debts=register(report)["debts"] if is_known(report) else None,
        decisions=open_decisions(report),
        measures=sorted({str(one["measure"]) for one in appliances if one["measure"]}),
        dates=sorted({str(one["as_of"]) for one in appliances if one["as_of"]}),
        changes_nothing=only_reads(report["playbook"]),
        words=_words(appliances),
        customers=_customers(appliances),
        numbers={one["host"]: number for number, one in enumerate(appliances)},
        absent=[one for one in appliances if one["state"] != "ok"],
        groups=plan_groups(appliances),
        timeline=timeline(appliances),
        closings=closings(appliances),
        meanings=[VERDICTS[VerdictWord(word)] for word in _words(appliances) if word in VERDICTS],
        code_of_word={meaning.word: meaning.exit_code for meaning in VERDICTS.values()}
        | {NO_VERDICT: 3, NOT_JUDGED: 0},
    )


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    style, script = (loader.get_source(environment, name)[0].rstrip("\n") for name in ("style.j2", "script.j2"))
    environment.globals |= {
        # They are files of this collection, and are put out as they are: the digests are of these texts.
        "style": Markup(style),  # noqa: S704 - see above
        "script": Markup(script),  # noqa: S704 - see above
        "policy": f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'",
    }
    environment.filters |= {
        "exact": lambda text: Exact(printable(str(text))),
        "code": lambda number: CODES[number],
        "count": counted,
        "moment": _moment,
        "whose": lambda one: ", ".join(own["customer"] for own in one["customers"]) or one["customer"],
        "word": word_of,
        "acknowledgement": acknowledgement_text,
    }
    return environment.get_template("page.j2")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _shown(value: Any) -> Any:
    """Return what a template puts out: nothing for None, and text defanged unless it is exact or our own markup."""
    if value is None:
        return ""
    if isinstance(value, Exact) or hasattr(value, "__html__"):
        return value
    return defanged(printable(value)) if isinstance(value, str) else value


def _moment(text: object) -> str:
    """Return a time for people; a text that is none as it is."""
    try:
        return moment(str(text))
    except ValueError:
        return str(text)


def _words(appliances: Sequence[Report]) -> list[str]:
    """Return the verdicts that occur, the worst first."""
    return in_order(map(word_of, appliances))


def _customers(appliances: Sequence[Report]) -> list[dict[str, Any]]:
    """Return for each customer how many appliances have which verdict, the worst customer first."""
    by_customer: dict[str, list[Report]] = {}
    for one in appliances:
        for name in [own["customer"] for own in one["customers"]] or [NOBODY]:
            by_customer.setdefault(name, []).append(one)
    rows = [
        {
            "name": name,
            "appliances": len(own),
            "exit_code": worst_code([one["exit_code"] for one in own]),
            "words": Counter(word_of(one) for one in own),
        }
        for name, own in by_customer.items()
    ]
    return sorted(rows, key=lambda row: (SEVERITY.index(row["exit_code"]), row["name"]))


def plan_groups(appliances: Sequence[Report]) -> list[dict[str, Any]]:
    """Return the different plans, the most frequent first, each with its appliances. The marker of an appliance is not compared."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    for one in appliances:
        if not one["steps"]:
            continue
        steps = list(_without_marker(one))
        group = groups.setdefault(
            (one["measure"], one["version"], *((line, *inverse) for line, inverse in steps)),
            {"measure": one["measure"], "version": one["version"], "steps": steps, "members": []},
        )
        group["members"].append(one)
    for group in groups.values():
        group |= {
            key: _in_common([one[key] for one in group["members"]]) for key in ("foreseen", "proof", "not_covered")
        }
    return sorted(groups.values(), key=lambda group: -len(group["members"]))


def _in_common(lists: Sequence[Sequence[str]]) -> list[str]:
    """Return the texts that are in all lists, in the order of the first."""
    shared = set.intersection(*map(set, lists))
    return [text for text in lists[0] if text in shared]


def _without_marker(one: Report) -> Iterator[tuple[str, list[str]]]:
    marker = one["marker"]
    for step in one["steps"]:
        texts = [step["line"], *step["inverse"]]
        line, *inverse = [text.replace(marker, MARKER) if marker else text for text in texts]
        yield line, inverse


def timeline(appliances: Iterable[Report]) -> list[dict[str, Any]]:
    """Return the earlier runs of the fleet, the newest first. Runs of one verb by one user in one minute are one row."""
    rows: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for one in appliances:
        for run in one["runs"]:
            key = (
                str(run.get("started") or "")[:16],
                run.get("kind"),
                run.get("measure"),
                run.get("user"),
                run.get("outcome"),
            )
            rows.setdefault(key, []).append({**run, "host": one["host"]})
    ordered = sorted(rows.items(), key=lambda item: item[0][0], reverse=True)[:MOST_RUNS]
    return [{**runs[0], "hosts": sorted({run["host"] for run in runs})} for _key, runs in ordered]


def closings(appliances: Iterable[Report]) -> list[dict[str, Any]]:
    """Return what was closed from when until when, the newest first. What one run closed of a customer at an appliance by a step is one row."""
    rows: dict[tuple[str | bool, ...], list[Mapping[str, Any]]] = {}
    for one in appliances:
        for row in one["result"].get("closures") or ():
            since, until = (_moment(row[key]) if row[key] else "" for key in ("since", "until"))
            until += " at the latest" if until and row.get(AT_THE_LATEST) else ""
            begun = bool(row.get(HALF_CLOSED)) and bool(row.get("is_open"))
            standing = (bool(row.get("is_open")), is_in_doubt(row), row.get("closed_by", ""), begun)
            key = (since, until, row["customer"], one["host"], row["step"], row.get("decided_by", ""), *standing)
            rows.setdefault(key, []).append(row)
    names = ("since", "until", "customer", "host", "step", "decided_by", "is_open", "in_doubt", "closed_by", "begun")
    ordered = sorted(rows.items(), key=lambda item: item[0][0], reverse=True)[:MOST_RUNS]
    return [
        {
            **dict(zip(names, key, strict=True)),
            "vservers": folded(dict.fromkeys(str(row["vserver"]) for row in own if row["vserver"]), MOST_NAMES),
        }
        for key, own in ordered
    ]
