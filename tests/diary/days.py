# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of days. The dates are those of January 2020: bulletin CTX267027, NCSC-NL's pages of 16 to 20 January, the release dates of the fixed builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Play:
    """A playbook is run.

    :ivar code: the exit code that it must have
    :ivar limit: hosts; empty for all
    """

    verb: str
    code: int = 0
    limit: tuple[str, ...] = ()
    check: bool = False
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Attack:
    """Somebody tries the published checks at every virtual server.

    :ivar leaves: the appliances on which a marker stays where the check passes; elsewhere the attacker cleans up
    """

    by: str
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upgrade:
    """The builds with the fix are installed."""

    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """An appliance cannot be reached, or can again."""

    host: str
    reachable: bool


@dataclass(frozen=True)
class Answer:
    """Customers are called, and give the same answer: agreed or refused."""

    state: str
    customers: tuple[str, ...]


@dataclass(frozen=True)
class Write:
    """The ledger is made, then the letters.

    :ivar next_message: when the customers hear again
    """

    next_message: datetime


@dataclass(frozen=True)
class CleanUp:
    """A colleague removes the binding of our policy from an appliance, and saves."""

    host: str


Step = Play | Attack | Upgrade | Network | Answer | Write | CleanUp


@dataclass(frozen=True)
class Day:
    """What happens from a moment on.

    :ivar whole_only: it is left out of the short form
    """

    at: datetime
    title: str
    steps: tuple[Step, ...]
    whole_only: bool = False


def at(day: int, hour: int, minute: int = 0, *, month: int = 1) -> datetime:
    return datetime(2019 if month == 12 else 2020, month, day, hour, minute, tzinfo=UTC)


PARTNERS, LISTED = "127.251.0.0/24", "127.250.0.9"
"""The networks of partners, and an address that the geoblock of the diary blocks beside its countries."""
IN_TIME = ("gw-amsterdam", "gw-plein")
LATE, ENTERED, NO_EFFECT, TENANTS, PARTNERED, REFUSES = (
    "gw-breda",
    "gw-delft",
    "gw-utrecht",
    "gw-haven",
    "gw-leiden",
    "gw-emmen",
)
WHY = {"reason": "NCSC-NL advises to consider switching off", "ticket": "CHG0044", "who": "J. Visser", "expires": 72}
CLOSE = {**WHY, "step": "off"}
BY_COUNTRIES, BY_PATHS = {**WHY, "step": "countries"}, {**WHY, "step": "paths"}
BY_NOTICE, BY_PARTNERS = {**WHY, "step": "notice"}, {**WHY, "step": "partners", "tourniquet_partners": [PARTNERS]}
FIXED = {"reason": "the fix runs", "ticket": "CHG0045", "who": "J. Visser"}
COUNTRIES = {"mitigation": "geoblock", "ticket": "CHG0047", "geoblock_accept": ["private"]}
WHITELIST = {"mitigation": "url_whitelist", "ticket": "CHG0048"}

DAYS = (
    Day(at(10, 9, month=12), "An ordinary day", ()),
    Day(at(17, 19, month=12), "The bulletin: who is affected?", (Play("status", variables={"fail_at": 4}),), whole_only=True),
    Day(
        at(18, 9, month=12),
        "The mitigation of the vendor, as published; one appliance is unreachable",
        (Network(ENTERED, reachable=False), Play("apply", 4, variables={"ticket": "CHG0042", "mitigation_version": 1})),
        whole_only=True,
    ),
    Day(
        at(18, 21, month=12),
        "The second version: the whole URL",
        (Network(ENTERED, reachable=False), Play("apply", 4, variables={"ticket": "CHG0043"})),
    ),
    Day(at(19, 10, month=12), "The first letters", (Write(at(23, 9, month=12)),)),
    Day(at(20, 10, month=12), "The scan from outside", (Play("verify", 4, variables={"fail_at": 3}),), whole_only=True),
    Day(at(3, 10), "A colleague cleans up policies", (CleanUp(LATE),)),
    Day(at(6, 8), "The logs of the holidays are read", (Play("read_logs", 4),), whole_only=True),
    Day(at(11, 3), "The exploit is public: every address is tried", (Attack("attacker", leaves=(ENTERED,)),)),
    Day(at(12, 9), "Countries are blocked where it is asked for", (Play("apply", limit=(LATE,), variables=COUNTRIES),), whole_only=True),
    Day(
        at(13, 9),
        "The last appliance is reached and mitigated",
        (Network(ENTERED, reachable=True), Play("apply", limit=(ENTERED,), variables={"ticket": "CHG0046"})),
    ),
    Day(at(13, 20), "A whitelist of URLs, observing", (Play("apply", limit=(LATE,), variables=WHITELIST),), whole_only=True),
    Day(at(14, 10), "Would we notice? The alarm is tested", (Play("alarm", 2, variables={"receiver": "none", "within": 3}),), whole_only=True),
    Day(at(15, 14), "A hired tester tries the exploit", (Attack("tester"),), whole_only=True),
    Day(at(16, 15), "Does the measure still work? It does not", (Play("verify", 2, limit=(LATE,)),)),
    Day(at(16, 15, 30), "Partners only", (Play("close", limit=(PARTNERED,), variables=BY_PARTNERS),), whole_only=True),
    Day(at(16, 17), "Countries are closed out", (Play("close", limit=(LATE,), variables=BY_COUNTRIES),)),
    Day(at(16, 18), "The closing is practised", (Play("close", 2, variables={**CLOSE, "drill": True}),), whole_only=True),
    Day(at(17, 12), "What would closing mean? The customers are called",
        (Play("close", 2, check=True, variables=CLOSE), Answer("agreed", ("Brouwer", "Jansen", "Mulder", "Smit", "Bos")), Answer("refused", ("Peters",))),
        whole_only=True),
    Day(at(17, 12, 30), "The customer that must agree to a closing does so", (Answer("agreed", ("De Wit",)),)),
    Day(at(17, 13), "External access is closed", (Play("close", limit=("all", f"!{TENANTS}", f"!{REFUSES}"), variables=CLOSE),)),
    Day(at(17, 13, 30), "Who has refused stays open", (Play("close", 2, limit=(REFUSES,), variables=CLOSE),), whole_only=True),
    Day(at(17, 14), "Two customers get a page that says so", (Play("close", limit=(TENANTS,), variables=BY_NOTICE),)),
    Day(at(17, 15), "Who was broken into? The hunt, and the letters", (Play("hunt", 2), Write(at(18, 9)))),
    Day(at(20, 10), "Fixes of 11.1 and 12.0", (Upgrade(("gw-plein", TENANTS)),)),
    Day(at(24, 9), "Fixes of 12.1, 13.0 and 10.5; opened again from evidence",
        (Upgrade(("gw-amsterdam", ENTERED, NO_EFFECT, "gw-emmen", "gw-leiden")), Play("reopen", 2, variables={**FIXED, "scope": "fleet", "accept_refused": 10}),
         Play("reopen", limit=(TENANTS,), variables={**FIXED, "step": "notice"}))),
    Day(at(24, 12), "Letters of what was opened", (Play("reopen", limit=(PARTNERED,), variables={**FIXED, "step": "partners"}), Write(at(27, 9))),
        whole_only=True),
    Day(at(27, 20), "The mitigation is taken off where the fix runs", (Play("retire", variables={"ticket": "CHG0049"}, limit=IN_TIME),)),
    Day(at(30, 20), "The last fix", (Upgrade((LATE,)), Play("reopen", limit=(LATE,), variables={**FIXED, "accept_exposure": True, "second": "M. Vis"}))),
    Day(at(30, 22), "Some paths only, until its configuration is looked at", (Play("close", limit=(LATE,), variables=BY_PATHS),), whole_only=True),
    Day(at(31, 10), "Where do we stand? The last letters and the report", (Write(at(7, 9, month=2)), Play("status", variables={"fail_at": 4}))),
)  # fmt: skip
