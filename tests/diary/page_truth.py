# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Is the page of the report true of the simulated world? The checks of its statements."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from tests.diary.days import WHY
from tests.diary.fleet import CUSTOMERS
from tests.diary.ledger_reader import read_text
from tests.diary.statements import Statement
from tests.diary.truth import MINUTE, NEAR, Truth, check
from tests.diary.world import Played, Reach, Service, Span, User

ROOT = Path(__file__).parents[2]
CODES = {
    "closed, decision overdue": "critical",
    "exposed": "critical",
    "ineffective on this build": "critical",
    "fixed": "ok",
    "mitigated": "ok",
}
"""By verdict its exit code as a word; the others are warnings."""
NEXT = {
    "closed, decision overdue": "decide: extend it with lockdown.yml -e extend=true, or reopen.yml",
    "fixed, mitigation left behind": "retire.yml",
    "fixed": "none",
}
LINES = {
    "closed, decision overdue": {"lockdown", "reopen"},
    "fixed, mitigation left behind": {"retire"},
    "fixed": {"status"},
}
"""The playbooks of the lines to paste: what is next, and what checks an upgrade."""
WITHOUT_FIXES = ("10.5", "11.1", "12.0", "12.1", "13.0")
"""Releases that get no fixes any more. The catalogue is that of today, and a clock that is behind hides nothing of it."""
UPGRADE = re.compile(
    r"upgrade to 14\.1 \d+\.\d+ or later, since its release gets no fix"
    r"(; until then see status\.yml, since this build has other weaknesses that are known to be exploited)?"
)
VERBS = {
    "retire": "rollback",
    "rollback": "rollback",
    "apply": "apply",
    "verify": "verify",
    "close": "lockdown",
    "reopen": "reopen",
}
"""By playbook, the kind of record that it writes."""
SEVERITY = ("ok", "warning", "critical")


def last_status(truth: Truth, one: Statement) -> Played:
    return [run for run in truth.world.played if run.verb == "status" and run.ended <= one.at + MINUTE][-1]


def word_of(truth: Truth, host: str, one: Statement) -> str:
    """Return the verdict that an appliance has by what the witness sees, its build and its configuration."""
    vservers = [vserver for vserver in truth.world.vservers(host) if "/" not in vserver[1]]
    last = {(span.host, span.vserver): span for span in truth.world.spans if span.after <= one.at}
    reaches = {last[vserver].reach for vserver in vservers}
    if reaches == {Reach.CLOSED}:
        closed = min(last[vserver].after for vserver in vservers)
        return "closed, decision overdue" if overdue(closed, one) else "closed"
    if any(overdue(span.after, one) for span, _step in kept_out(truth, host, one)):
        return "closed, decision overdue"
    if truth.world.is_fixed(host, one.at):
        return "fixed, mitigation left behind" if truth.world.has_rule(host) else "fixed"
    return "exposed" if Reach.PASSES in reaches else "mitigated"


STEPS = {User.LISTED: "countries", User.UNLISTED: "paths", User.ANYBODY: "notice"}


def kept_out(truth: Truth, host: str, one: Statement) -> list[tuple[Span, str]]:
    """Return who is kept out of an appliance that is not switched off, with the step."""
    served = {span.user: span for span in truth.world.served if span.host == host and span.after <= one.at}
    return [(span, STEPS[user]) for user, span in served.items() if user in STEPS and span.reach is not Service.SERVED]


def overdue(closed: datetime, one: Statement) -> bool:
    return closed + timedelta(hours=float(str(WHY["expires"]))) < one.at


def words(truth: Truth, one: Statement, customer: str | None = None) -> Counter[str]:
    members = truth.world.members.values()
    return Counter(word_of(truth, own.name, one) for own in members if customer is None or customer in own.customers)


def worst(found: Counter[str]) -> str:
    return max((CODES.get(word, "warning") for word in found), key=SEVERITY.index)


def differs(said: object, so: object) -> str:
    return "" if said == so else f"it is {so}"


@check("page_count")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["count"], len(truth.world.members))


@check("page_nothing_changed")
def _(truth: Truth, one: Statement) -> str:
    run = last_status(truth, one)
    own = ("login", "logout", "nspartition?action=Switch")
    writes = [
        request for request in truth.world.requests
        if run.began <= request.at <= run.ended and request.side == "nitro" and request.method != "GET" and not request.target.endswith(own)
    ]  # fmt: skip
    return f"{writes[0].method} {writes[0].target}" if writes else differs(one["worst"], worst(words(truth, one)))


@check("page_run")
def _(truth: Truth, one: Statement) -> str:
    run = last_status(truth, one)
    inside = run.began - MINUTE <= one["began"] <= one["ended"] <= run.ended + MINUTE
    return "" if inside else f"it ran from {run.began} to {run.ended}"


@check("page_day")
def _(_truth: Truth, one: Statement) -> str:
    return differs(one["day"], str(one.at.date()))


@check("page_catalogue")
def _(_truth: Truth, one: Statement) -> str:
    version = re.search(r"^version: (\S+)$", (ROOT / "galaxy.yml").read_text(encoding="utf-8"), re.MULTILINE)
    entry = (ROOT / "templates" / "mitigations" / "cve_2019_19781" / "mitigation.yml").read_text(encoding="utf-8")
    if version is None or one["version"] not in (None, version[1]):
        return f"it is version {version and version[1]}"
    return "" if one["newest"] is None or one["newest"] in entry else "the catalogue has no fact of that day"


@check("page_link", "page_cell_of_run")
def _(_truth: Truth, _one: Statement) -> str:
    return ""


@check("page_total")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["count"], words(truth, one)[one["word"]])


@check("page_totals")
def _(truth: Truth, one: Statement) -> str:
    so = {"appliances": len(truth.world.members), "changed": 0, "failed": 0, "refused": 0, "held": 0, "unreachable": 0}
    return differs(dict(one.values), so)


@check("page_absent")
def _(_truth: Truth, one: Statement) -> str:
    return differs(one["count"], 0)


@check("page_customer")
def _(truth: Truth, one: Statement) -> str:
    return "" if truth.world.vservers(customer=one["name"]) else "there is no such customer"


@check("page_customer_worst")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["worst"], worst(words(truth, one, one["name"])))


@check("page_customer_count")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["count"], words(truth, one, one["name"]).total())


@check("page_customer_word")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["count"], words(truth, one, one["name"])[one["word"]])


@check("page_host")
def _(truth: Truth, one: Statement) -> str:
    return "" if one["said"] in truth.world.members else "there is no such appliance"


@check("page_whose")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["said"], ", ".join(truth.world.members[one["host"]].customers))


@check("page_build")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["said"], truth.world.build(one["host"], one.at))


@check("page_verdict")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["said"], word_of(truth, one["host"], one))


@check("page_result")
def _(_truth: Truth, one: Statement) -> str:
    return "" if one["said"] in ("not changed", "0") else "nothing was changed"


def kept_out_alone(truth: Truth, one: Statement) -> list[str]:
    """Return the steps that keep somebody out of an appliance of which not everything is switched off."""
    vservers = truth.world.vservers(one["host"])
    off = all(
        [span for span in truth.world.spans if (span.host, span.vserver) == own][-1].reach is Reach.CLOSED
        for own in vservers
    )
    return [] if off else [step for _span, step in kept_out(truth, one["host"], one)]


@check("page_line")
def _(truth: Truth, one: Statement) -> str:
    words = shlex.split(one["said"])
    limit, playbook = words[words.index("--limit") + 1], next(name for name in words if "/playbooks/" in name)
    step = next(iter(kept_out_alone(truth, one)), "")
    wanted = {"close", "reopen"} if step else LINES.get(one["word"], set())
    if limit != one["host"]:
        return f"it is for {limit}"
    if step and not any(step in word for word in words):
        return f"{step} closes it"
    return "" if Path(playbook).stem in wanted else f"{sorted(wanted)} would help"


@check("page_next")
def _(truth: Truth, one: Statement) -> str:
    for step in kept_out_alone(truth, one):
        so = f"close.yml -e step={step} -e extend=true with its scope and a new decision, or reopen.yml -e step={step} with its scope"
        return differs(one["said"], so)
    if one["word"] == "fixed" and UPGRADE.fullmatch(one["said"]):
        release = truth.world.build(one["host"], one.at).partition(" ")[0]
        return "" if release in WITHOUT_FIXES else f"{release} still gets fixes"
    return differs(one["said"], NEXT.get(one["word"]))


def not_closed(truth: Truth, one: Statement) -> str:
    """Return why a virtual server was not closed by a step at a moment; "" if it was."""
    step = one.values.get("step") or "off"
    if step != "off":
        about = {"place": one["vserver"], "when": one["when"]}
        whose = truth.world.members[one["host"]].whose.get(one["vserver"], "")
        return truth.why_not(Statement(one.file, "", f"closed_{step}", one.at, whose, about))
    spans = [
        span
        for span in truth.world.spans
        if (span.host, span.vserver) == (one["host"], one["vserver"]) and span.reach is Reach.CLOSED
    ]
    return (
        "" if any(span.after - NEAR <= one["when"] <= span.since + NEAR for span in spans) else "it was not closed then"
    )


def not_due(one: Statement) -> str:
    """Return why a decision is not due when it is said to be; "" if it is."""
    hours = (one["until"] - one["when"]).total_seconds() / 3600
    return "" if abs(hours - float(str(WHY["expires"]))) < 1 else f"the decision is due {WHY['expires']} hours later"


@check("page_closed")
def _(truth: Truth, one: Statement) -> str:
    if why := not_closed(truth, one):
        return why
    said = {"by": WHY["who"], "reason": WHY["reason"], "ticket": WHY["ticket"]}
    if any(one[name] != so for name, so in said.items()):
        return f"it is {said}"
    return not_due(one)


@check("page_still_closed")
def _(truth: Truth, one: Statement) -> str:
    whose = truth.world.members[one["host"]].whose.get(one["vserver"])
    wrong = not_closed(truth, one) or not_due(one) or differs(one["customer"], whose)
    return wrong or differs(one["overdue"], one["until"] < one.at)


@check("page_closing")
def _(truth: Truth, one: Statement) -> str:
    """Compare with what users met; a page that hides what is off is met only once that ends."""
    if one["by"] != WHY["who"]:
        return f"it is {WHY['who']}"
    kind = "closed" if one["step"] == "off" else f"closed_{one['step']}"
    about = {"place": one["vserver"], "when": one["when"], "until": one["until"]}
    return truth.why_not(Statement(one.file, one.text, kind, one.at, one["customer"], about))


@check("page_rule")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["there"], truth.world.has_rule(one["host"]))


@check("page_nodes")
def _(truth: Truth, one: Statement) -> str:
    appliance = truth.world.laboratory.simulator.fleet.appliances[one["host"]]
    build, alone = truth.world.build(one["host"], one.at), len(appliance.nodes) == 1
    so = [
        f"{node.address}:{node.listener.port} "
        f"{'standalone' if alone else 'primary' if node is appliance.primary else 'secondary'} NS{build}"
        for node in appliance.nodes
    ]
    return differs(one["said"], ", ".join(so))


@check("page_seal")
def _(_truth: Truth, _one: Statement) -> str:
    return ""  # the digest names a configuration, and says nothing of the world


@check("page_saved")
def _(truth: Truth, one: Statement) -> str:
    laboratory = truth.world.laboratory
    return differs(one["said"] == "yes", laboratory.text(one["host"]) == laboratory.text(one["host"], saved=True))


@check("page_read")
def _(truth: Truth, one: Statement) -> str:
    run = last_status(truth, one)
    asked = [
        request
        for request in truth.world.requests
        if request.host == one["host"] and run.began <= request.at <= run.ended
    ]
    node = truth.world.laboratory.simulator.fleet.appliances[one["host"]].primary.address
    return "it was not asked" if not asked else differs(one["node"], node)


@check("page_no_probe")
def _(truth: Truth, one: Statement) -> str:
    run = last_status(truth, one)
    sent = [
        request for request in truth.world.requests
        if request.host == one["host"] and request.side != "nitro" and run.began <= request.at <= run.ended
    ]  # fmt: skip
    return f"{sent[0].target} was sent" if sent else ""


@check("page_run_of")
def _(truth: Truth, one: Statement) -> str:
    runs = [
        run
        for run in truth.world.played
        if VERBS.get(run.verb) == one["kind"] and run.began - MINUTE <= one["when"] <= run.ended + MINUTE
    ]
    if not runs:
        return f"there was no {one['kind']} then"
    if one["outcome"] != "applied" or one["measure"] != "cve_2019_19781":
        return "it was another measure, or another outcome"
    if (one["ticket"] or "") != runs[0].ticket:
        return f"its ticket is {runs[0].ticket}"
    for host in one["hosts"]:
        if host not in truth.world.members or not (
            one["kind"] == "verify" or truth.world.writes(host, "responderpolicy", one["when"], NEAR)
        ):
            return f"nothing was written to {host} then"
    undone = any(VERBS.get(run.verb) == "rollback" for run in truth.world.played)
    return "nothing undid it" if one["undone"] and not undone else ""


@check("page_shared_count")
def _(truth: Truth, one: Statement) -> str:
    return differs(one["count"], sum(len(own.customers) > 1 for own in truth.world.members.values()))


@check("page_shared")
def _(truth: Truth, one: Statement) -> str:
    so: dict[str, list[str]] = {}
    for vserver, whose in truth.world.members[one["host"]].whose.items():
        so.setdefault(whose, []).append(vserver.rpartition("/")[2])
    return differs(dict(one["whose"]), so)


@check("page_answer")
def _(truth: Truth, one: Statement) -> str:
    """Compare an answer with what is so; its dates are checked in the ledger, which says the same."""
    answers = {"open": "open", "patch first": "patch_first", "assume compromised: recovery plan": "assume_compromised"}
    found = re.fullmatch(
        r"(?P<customer>.+?): (?P<answer>open|patch first|assume compromised: recovery plan) \(.*\)", one["said"]
    )
    if (
        found is None
        or found["customer"] != one["customer"]
        or one["customer"] not in truth.world.members[one["host"]].customers
    ):
        return "it is another customer's, or no answer"
    about = Statement(
        one.file,
        one.text,
        "answer",
        one.at,
        one["customer"],
        {"place": one["host"], "answer": answers[found["answer"]]},
    )
    wrong = truth.why_not(about)
    said = [
        moment_said
        for moment_said in read_text(one["host"], found["customer"], one["said"], one.at)
        if truth.why_not(moment_said)
    ]
    return wrong or (truth.why_not(said[0]) if said else "")


@check("page_decision")
def _(truth: Truth, one: Statement) -> str:
    said, host, customer = one["said"], one["host"], one["customer"]
    if said == "a recovery plan: assume compromised, by the exposure ledger":
        return "it was protected in time" if any(truth.was_protected(name, one.at) for name in host.split(", ")) else ""
    if said == "the fix runs, and cve_2019_19781 is still there: retire.yml":
        return "" if truth.world.is_fixed(host, one.at) and truth.world.has_rule(host) else "it is not so"
    if found := re.fullmatch(r"must agree before a closing: (.+)", said):
        asked = CUSTOMERS[customer].get("consent") and found[1] in ("nothing is on record", "refused")
        return "" if asked else f"{customer} need not agree"
    return "nobody has to decide that"


@check("page_debts")
def _(truth: Truth, one: Statement) -> str:
    left = [own for own in truth.world.members.values() if truth.world.has_rule(own.name)]
    return differs(one["count"], len(left))


@check("page_debt")
def _(truth: Truth, one: Statement) -> str:
    if not truth.world.has_rule(one["host"]) or one["customer"] != truth.world.members[one["host"]].customers[0]:
        return "there is no such debt"
    since = min(
        request.at for request in truth.world.requests
        if request.host == one["host"] and request.method in ("POST", "PUT") and "responderpolicy" in request.target
    )  # fmt: skip
    if str(since.date()) != one["since"]:
        return f"it is there since {since}"
    fixed = truth.world.is_fixed(one["host"], one.at)
    return "the fix runs" if fixed and one["said"] != "the fix runs" else ""


@check("page_consent")
def _(truth: Truth, one: Statement) -> str:
    name, state = one["customer"], one["state"].removesuffix(" must agree")
    hosts = truth.world.hosts(name)
    closed = [run for run in truth.world.played if run.verb == "close"]
    if state in ("closed", "reopened"):
        if one["who"] != WHY["who"]:
            return f"it is {WHY['who']}"
        at = min(
            abs(run.began - page_time(one["when"]))
            for run in truth.world.played
            if VERBS.get(run.verb) == {"closed": "lockdown"}.get(state, "reopen")
        )
        is_closed = any(truth.is_closed(Statement("", "", "", one.at, name, {"place": host})) for host in hosts)
        return "" if at <= MINUTE and closed and is_closed == (state == "closed") else "it is not so, or was not then"
    answers = [(when, who, said) for when, customer, who, said in truth.world.answers if customer == name]
    if state == "nothing on record":
        return differs([], answers)
    return "" if answers and answers[-1][1:] == (one["who"], state) else f"answers: {answers}"


def page_time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace(" UTC", "+00:00"))


@check("page_drill")
def _(truth: Truth, one: Statement) -> str:
    drills = [
        run
        for run in truth.world.played
        if run.verb == "close" and run.began - MINUTE <= one["when"] <= run.ended + MINUTE
    ]
    if not drills or not one["who"].startswith(str(WHY["who"])):
        return "nobody practised then"
    agreed = {
        customer for when, customer, _who, state in truth.world.answers if state == "agreed" and when <= one["when"]
    }
    stay = [
        own.name
        for own in truth.world.members.values()
        if any(CUSTOMERS[whose].get("consent") and whose not in agreed for whose in own.customers)
    ]
    said = sorted((one["open"] or "").split(", ")) if one["open"] else []
    if said != sorted(stay):
        return f"what would have stayed open is {sorted(stay)}"
    count = len(truth.world.members)
    return differs((int(one["closable"]), int(one["appliances"])), (count - len(stay), count))
