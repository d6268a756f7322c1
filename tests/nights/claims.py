# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The claims of what was read: each is of a kind, about a service, and has a check in :mod:`tests.nights.checks`.

What is read is plain values here; the kinds are the words that the product has for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.nights.outputs import Outputs, RunOutputs
from tests.nights.world import PORTAL, Weakness

_CODE = re.compile(
    r'^tourniquet_appliance_verdict_code\{appliance="(?P<appliance>[^"]+)".*verdict="(?P<verdict>[^"]*)".*\} (?P<code>\d)$',
    re.MULTILINE,
)


@dataclass(frozen=True)
class Claim:
    """One thing that a view says.

    :ivar kind: in front of the colon what says it, behind it the word
    :ivar about: whatever else it says
    :ivar is_joint: it is about all weaknesses together
    """

    kind: str
    view: str
    appliance: str = ""
    customer: str = ""
    place: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    is_joint: bool = False

    def __str__(self) -> str:
        return f"{self.view} of {self.appliance or self.customer} says {self.kind} {self.place}".strip()


def rows_with(value: Any, *keys: str) -> Iterator[Mapping[str, Any]]:
    """Yield each mapping inside a value that has these keys."""
    if isinstance(value, Mapping):
        if value.keys() >= {*keys}:
            yield value
        for one in value.values():
            yield from rows_with(one, *keys)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from rows_with(one, *keys)


def time_of(dated: Mapping[str, str] | None) -> datetime | None:
    """Return the time of a date of the ledger; None where it has none."""
    if dated is None or not dated["time"]:
        return None
    found = datetime.fromisoformat(dated["time"])
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def claims_of(found: Outputs, weakness: Weakness = PORTAL) -> Iterator[Claim]:
    """Yield all claims about a weakness, and about all."""
    yield from _of_a_run("status", found.status, weakness, is_joint=False)
    yield from _of_a_run("catalogue", found.catalogue, weakness, is_joint=found.second is not None)
    for appliance, about in found.ledger["appliances"].items():
        for answer in about["answers"]:
            yield from _of_an_answer(appliance, answer)
    for customer, facts in found.facts.items():
        for fact in facts.facts:
            yield Claim(f"letter: {fact.kind}", "letter", "", customer, fact.place, vars(fact))
        yield Claim("letter: text", "letter", "", customer, about={"text": found.letters[customer]})
    yield Claim("calls: order", "call list", about={"lines": found.calls})
    for customer, duties in found.duties.items():
        yield Claim("duties: clocks", "duties", "", customer, about=duties)
        yield Claim("duties: minutes", "duties", "", customer, about=duties)
    for appliance, audit in found.audits.items():
        for run in audit.get("runs", ()):
            yield Claim(f"audit: {run['kind']}", "audit", appliance, about=run)


def _of_a_run(name: str, run: RunOutputs, weakness: Weakness, *, is_joint: bool) -> Iterator[Claim]:
    for one in run.report["appliances"]:
        result = run.results[one["host"]]
        own = next((row for row in result.get("entries", ()) if row["id"] == weakness.id), result.get("verdict"))
        word = own["word"] if own else "no verdict"
        yield Claim(f"verdict: {word}", name, one["host"], about=own or {})
        if one["verdict"]:
            kind, about = f"verdict: {one['verdict']['word']}", one["verdict"]
            yield Claim(kind, f"{name} report", one["host"], about=about, is_joint=is_joint)
        if own and own.get("next_action"):
            yield Claim("next: text", name, one["host"], about=own)
    yield from _of_customers(name, run, weakness, is_joint=is_joint)
    for match in _CODE.finditer(run.metrics):
        about = {"verdict": match["verdict"]}
        yield Claim(
            f"prometheus: {match['code']}", f"{name} Prometheus", match["appliance"], about=about, is_joint=is_joint
        )
    for rows in run.decisions.values():
        for row in rows:
            yield Claim(
                f"decision: {decision_kind(row['what'])}",
                f"{name} decisions",
                row["host"],
                row["customer"],
                about=row,
                is_joint=is_joint,
            )


def decision_kind(what: str) -> str:
    """Return the kind of a decision: what is in front of its colon, or its first word."""
    return what.partition(":")[0] if what.startswith("not ") else what.split(" ", maxsplit=1)[0].rstrip(":")


def _of_customers(name: str, run: RunOutputs, weakness: Weakness, *, is_joint: bool) -> Iterator[Claim]:
    """Yield what the views of customers and their VEX documents say."""
    for customer, view in run.views.items():
        for one in view["appliances"]:
            if one["verdict"]:
                where = labels(run, customer)[one["host"]]
                yield Claim(
                    f"verdict: {one['verdict']['word']}",
                    f"{name} for {customer}",
                    where,
                    customer,
                    about=one["verdict"],
                    is_joint=is_joint,
                )
    for customer, document in run.vex.items():
        for told in (one for one in document["vulnerabilities"] if one["cve"] == weakness.cve):
            for status, hosts in told["product_status"].items():
                helps = [one for one in told.get("remediations", ()) if one["category"] == "workaround"]
                for host in hosts:
                    helped = any(host in one["product_ids"] for one in helps)
                    where = labels(run, customer)[host]
                    yield Claim(f"vex: {status}", f"{name} VEX", where, customer, about={"helped": helped})


def labels(run: RunOutputs, customer: str) -> dict[str, str]:
    """Return by what a customer's view calls an appliance, its name: a shared one is called by the services of the customer."""
    names = [
        one["host"] for one in run.report["appliances"] if customer in [own["customer"] for own in one["customers"]]
    ]
    return dict(zip((one["host"] for one in run.views[customer]["appliances"]), names, strict=True))


def _of_an_answer(appliance: str, answer: Mapping[str, Any]) -> Iterator[Claim]:
    customer = str(answer["customer"])
    yield Claim(f"answer: {answer['answer']}", "ledger", appliance, customer, about=answer)
    for row in answer["rows"]:
        for number, one in enumerate(row["course"]):
            last = number == len(row["course"]) - 1
            yield Claim(
                f"course: {one['state']}", "ledger", appliance, customer, about={**one, "is_last": last, "row": row}
            )
        for one in row["losses"]:
            yield Claim(f"loss: {one['cause']}", "ledger", appliance, customer, about=one)
        for index, node in enumerate(row["nodes"]):
            about = {"index": index, "node": node["node"]}
            yield from _of_a_line("node build", appliance, customer, node["build"], about)
            yield from _of_a_line("node management", appliance, customer, node["management"], about)
        for one in row["switched_off"]:
            yield Claim("closing: off", "ledger", appliance, customer, str(one["vserver"]), one)
        for one in row["closings"]:
            yield Claim(f"closing: {one['step']}", "ledger", appliance, customer, str(one["vserver"]), one)
        yield Claim("ledger: fixed", "ledger", appliance, customer, about=row)


def _of_a_line(
    kind: str, appliance: str, customer: str, line: Sequence[Mapping[str, Any]], about: Mapping[str, Any]
) -> Iterator[Claim]:
    for number, one in enumerate(line):
        last = number == len(line) - 1
        yield Claim(f"{kind}: {one['state']}", "ledger", appliance, customer, about={**one, **about, "is_last": last})


OWN = "cve_2019_19781"
