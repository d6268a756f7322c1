# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run as one customer may see it: nothing of another customer is in it. Pure.

Of an appliance of this customer alone everything stays, but a text that names another customer or another customer's appliance. Of a shared appliance no
text of the result stays, because each may name a virtual server of another: it has the verdict on the whole appliance, and this customer's own virtual
servers, as the inventory names them. It is called by those, because its own name may be that of another customer.

A person of a decision about this customer, known by the field that holds such a person, names nobody else: J. Jansen stays beside a customer called Jansen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...customers.names_in_text import NamesInText
from ...foundation.protection_change import CHANGES
from ...judgement.course.hunt_result import HuntOutcome
from ...judgement.exposure.hunt_word import NEXT_ACTIONS
from ...judgement.proof.verdict_table import BY_CONFIGURATION, VERDICTS, VerdictWord
from ..pages.closed_report import AT_THE_LATEST, HALF_CLOSED, IN_DOUBT, OF_THE_MEASURE
from .content import NEXT_LINES, STATES, Report, crisis_values, totals, worst_code
from .decisions import OF_OTHERS
from .open_addresses import address_texts, are_not_known

COMPROMISE = "a hunt found a compromise of this appliance, which concerns each of its customers"
LEFT_OUT = "(left out: it names another customer)"
STATED = ("entries", "preview", "debt", "closures", *CHANGES.values(), OF_OTHERS)
"""What the page shows of the result of an appliance that belongs to this customer alone."""
KEPT = (
    *("build", "action", "planned", "state", "exit_code", "measure", "version", "deployed_version"),
    *("catalogue_date", "as_of", "verdict_today", "changed", "saved"),
)
"""What stays of a shared appliance as it is: no text in which an appliance or a person chose the words."""
OPEN_ADDRESS = "a management address of it is not covered, whatever is closed"
ADDRESS_NOT_KNOWN = "a management address of it is not known to be covered, whatever is closed"
"""What who shares an appliance reads of its management addresses, without their addresses."""
OUR_WORDS = frozenset({*(str(word).casefold() for word in VerdictWord), *STATES})
"""The words of verdicts and states, by which the page decides: as a whole text they name nobody, whatever a customer or an appliance is called."""
_WORD = re.compile(r"[^\W_][\w.-]*")


def customers_of(report: Report) -> list[str]:
    """Return the customers that the appliances of a report have, by name."""
    return sorted({own["customer"] for one in report["appliances"] for own in one["customers"]})


def views_of(report: Report) -> dict[str, dict[str, Any]]:
    """Return for each customer of a report what it may see; see :func:`for_customer`."""
    return {customer: for_customer(report, customer) for customer in customers_of(report)}


def for_customer(report: Report, customer: str) -> dict[str, Any]:
    """Return the report with what one customer may see, in the same form."""
    own = []
    labels: dict[str, str] = {}
    # Of a run about a few appliances the crisis has more customers.
    known = (
        *report["crisis"]["consents"],
        *report["crisis"]["answers"],
        *(o for a in report["appliances"] for o in a["customers"]),
    )
    customers = {one["customer"] for one in known} - {"", customer}
    others = _Names(NamesInText(customers, customer))
    for one in report["appliances"]:
        names = [each["customer"] for each in one["customers"]]
        if names == [customer]:
            own.append({**one, NEXT_LINES: [], "result": {**one["result"], **_closings(one, customer)}})
            labels[one["host"]] = one["host"]
        else:
            others.add_host(one["host"])
            if customer in names:
                own.append(_of_shared(one, customer, labels.values(), others.customers))
                labels[one["host"]] = own[-1]["host"]
    stated = [{**one, "result": {key: one["result"][key] for key in STATED if key in one["result"]}} for one in own]
    others.people = _people(stated, [one for one in report["crisis"]["consents"] if one["customer"] == customer])
    appliances = [others.without(one) for one in stated]
    return {
        **report,
        "exit_code": worst_code([one["exit_code"] for one in appliances]),
        "totals": totals(appliances),
        "rollout": [],
        "appliances": appliances,
        "crisis": crisis_values(report["crisis"], customer, labels, others.without),
    }


def _people(appliances: Iterable[Report], consents: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return what the fields of persons hold: who has closed or acknowledged something, answers for a mitigation, or has said something of a closing."""
    found = [one["who"] for one in consents]
    for one in appliances:
        result = one["result"]
        found += [row["decided_by"] for row in result.get("closures") or () if "decided_by" in row]
        found += [(one["acknowledged"] or {}).get("who"), *(debt.get("who") for debt in result.get("debt") or ())]
    return frozenset(str(who) for who in found if who)


def _of_shared(one: Report, customer: str, labels: Collection[str], others: NamesInText) -> dict[str, Any]:
    """Return what stays of a shared appliance: each value that is not named here is empty, and a virtual server that names another is not named."""
    mine = next(own["vservers"] for own in one["customers"] if own["customer"] == customer)
    vservers = [name for name in mine if not others.first_in(name)]
    said = (
        f"the verdict on the whole appliance, which has several customers; yours: {', '.join(vservers) or 'not named'}"
    )
    if address_texts(one):
        said += f"; {ADDRESS_NOT_KNOWN if are_not_known(one) else OPEN_ADDRESS}"
    entries = [{**_kept(entry), **_verdict(entry, said)} for entry in one["result"].get("entries") or ()]
    return {
        **{key: value if key in KEPT else _empty(value) for key, value in one.items()},
        "host": _label(vservers, labels),
        "customer": customer,
        "customers": [{"customer": customer, "vservers": vservers}],
        "problem": "" if one["state"] == "ok" else f"{one['state']}: the whole appliance, which has several customers",
        "message": said,
        "verdict": _of_hunt(one, _verdict(one["verdict"], said)) if one["verdict"] else None,
        OF_THE_MEASURE: _verdict(one[OF_THE_MEASURE], said) if one[OF_THE_MEASURE] else None,
        "result": {**({"entries": entries} if entries else {}), **_closings(one, customer, vservers)},
    }


def _closings(one: Report, customer: str, vservers: Collection[str] | None = None) -> dict[str, Any]:
    """Return what is and was closed of this customer, as values of the result; nothing where the records say of nothing that it is closed.

    :param vservers: of a shared appliance, what may be named; of other texts of such a row only who has decided stays. None where the appliance is of this
        customer alone
    """
    rows = one["result"].get("closures") or ()
    mine = [row for row in rows if row["customer"] == customer]
    of_others = any(not row["until"] for row in rows) and all(row["until"] for row in mine)
    if vservers is not None:
        mine = [
            {
                **{key: row[key] for key in ("customer", "step", "since", "until", "expires", "overdue")},
                **{key: row[key] for key in ("is_open", "closed_by", AT_THE_LATEST) if row.get(key)},
                **({HALF_CLOSED: True} if row.get(HALF_CLOSED) else {}),
                **{key: True for key in IN_DOUBT if row.get(key)},
                "decided_by": row.get("decided_by", ""),
                "vserver": row["vserver"] if row["vserver"] in vservers else "",
            }
            for row in mine
        ]
    return {"closures": mine, OF_OTHERS: of_others} if rows else {}


def _empty(value: Any) -> Any:
    return "" if isinstance(value, str) else [] if isinstance(value, list) else None


def _kept(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: entry[key] for key in ("id", "exploited") if key in entry}


def _verdict(verdict: Mapping[str, Any], said: str) -> dict[str, Any]:
    word = str(verdict["word"])
    if str(verdict["reason"]).startswith(BY_CONFIGURATION):  # the code is there: the document for programs says so
        said = f"{BY_CONFIGURATION}: {said}"
    action = VERDICTS[VerdictWord(word)].next_action if word in [*VerdictWord] else "none"
    return {
        "word": word,
        "reason": said,
        "next_action": action.format(fix="a version that has the fix"),
        "exit_code": verdict["exit_code"],
    }


def _of_hunt(one: Report, verdict: dict[str, Any]) -> dict[str, Any]:
    """Return the verdict with a compromise that a hunt found: who shares an appliance is told what its provider knows."""
    hunt = one["result"].get("hunt")
    if not isinstance(hunt, Mapping) or hunt.get("outcome") != HuntOutcome.COMPROMISE:
        return verdict
    return {
        **verdict,
        "reason": f"{COMPROMISE}; {verdict['reason']}",
        "next_action": NEXT_ACTIONS[HuntOutcome.COMPROMISE],
    }


def _label(vservers: list[str], labels: Collection[str]) -> str:
    """Return a name for a shared appliance that no other has in this view."""
    name = f"shared appliance of {', '.join(vservers)}" if vservers else "shared appliance"
    number = 1
    while (label := name if number == 1 else f"{name} ({number})") in labels:
        number += 1
    return label


@dataclass
class _Names:
    """Names that no text of a view may have.

    :ivar customers: other customers
    :ivar by_word: by the first word of the name of an appliance in lower case, the names
    :ivar people: what the fields of persons hold
    """

    customers: NamesInText
    by_word: dict[str, set[str]] = field(default_factory=dict)
    people: frozenset[str] = frozenset()

    def add_host(self, name: str) -> None:
        lower = name.casefold()
        found = _WORD.search(lower)
        self.by_word.setdefault(found[0].rstrip(".-") if found else lower, set()).add(lower)

    def without(self, value: Any) -> Any:
        """Return a value with each text that has one of the names left out."""
        if isinstance(value, str):
            return LEFT_OUT if self._is_named_in(value) else value
        if isinstance(value, Mapping):
            return {key: self.without(item) for key, item in value.items()}
        return [self.without(item) for item in value] if isinstance(value, list | tuple) else value

    @cached_property
    def _of_people(self) -> re.Pattern[str]:
        names = "|".join(re.escape(who) for who in sorted(self.people) if self.customers.is_person(who))
        return re.compile(rf"(?<![\w.-])(?:{names or '(?!)'})(?![\w-])")

    def _is_named_in(self, value: str) -> bool:
        value = self._of_people.sub(" ", value)
        text = value.casefold()
        if text in OUR_WORDS:
            return False
        words: Iterable[str] = {word.rstrip(".-") for word in _WORD.findall(text)}
        hosts = any(name in text for word in words if word in self.by_word for name in self.by_word[word])
        return hosts or bool(self.customers.first_in(value))
