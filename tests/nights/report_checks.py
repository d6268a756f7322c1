# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report of a run, what customers see of it, its VEX documents and its metrics: each says of each appliance what the task said of it, and what runs there.

The words, their exit codes and what they mean are those of docs/reference/verdicts.md and docs/reference/reports.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from tests.nights.held import Held
from tests.nights.outputs import RunOutputs
from tests.nights.world import Weakness

Values = Mapping[str, Any]
ENTRIES = Path(__file__).parents[2] / "templates" / "mitigations"
CODES: Mapping[str, int] = {
    **dict.fromkeys(
        ("blocked, unexplained", "ineffective on this build", "exposed", "observe, not blocking", "not in place"), 2
    ),
    **dict.fromkeys(("drifted", "partly", "reduces exposure, not by the vendor", "closed, decision overdue"), 2),
    **dict.fromkeys(("closed", "applied, unproven", "applied, not saved", "superseded", "late", "observing"), 1),
    **dict.fromkeys(("reduces exposure", "mitigated, not managed by us", "fixed, mitigation left behind"), 1),
    **dict.fromkeys(("mitigated", "enforcing", "on time", "fixed", "not asked for", "not affected"), 0),
    "unknown": 3,
}
"""By verdict, the exit code."""
ORDER = (
    *(
        "blocked, unexplained",
        "ineffective on this build",
        "exposed",
        "observe, not blocking",
        "not in place",
        "unknown",
    ),
    *(
        "drifted",
        "partly",
        "reduces exposure, not by the vendor",
        "closed, decision overdue",
        "closed",
        "applied, unproven",
        "applied, not saved",
        "superseded",
    ),
    *("late", "observing", "reduces exposure", "mitigated, not managed by us", "mitigated", "enforcing", "on time"),
    *("fixed, mitigation left behind", "fixed", "not asked for", "not affected", "no verdict"),
)
"""The verdicts, the worst first."""


def rank(word: str) -> int:
    """Return the place of a verdict: having none is as bad as one that is not known."""
    return ORDER.index("unknown" if word == "no verdict" else word)


WORST = (2, 3, 1, 0)
"""The exit codes, the worst first."""
STATES = ("failed", "refused", "unreachable", "held", "ok")
STOPS = (
    *("mitigated", "enforcing", "applied, not saved", "reduces exposure", "mitigated, not managed by us"),
    *("closed", "closed, decision overdue"),
)
"""The words of what stops an attack, also where not everywhere: a workaround in VEX."""
UNPROVEN = ("applied, unproven", "superseded")
_CLOSED = ("closed", "closed, decision overdue")
_SAMPLE = re.compile(r"^(?P<name>\w+)\{(?P<labels>.*)\} (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_MANAGEMENT = "management address of "
_OPEN = "a management address of it is not covered, whatever is closed"
_NOT_KNOWN = "a management address of it is not known to be covered, whatever is closed"
_SAME = ("measure", "version", "deployed_version", "as_of", "seal", "saved", "record", "inverse")
_LISTS = ("conflicts", "neighbours", "drift", "corrected", "remarks", "notes", "runs", "unproven", "exposure")


_NOT_SHARED = (
    *(
        "nodes",
        "marker",
        "site",
        "rests_on",
        "not_covered",
        "not_seen",
        "steps",
        "foreseen",
        "proof",
        "seal",
        "inverse",
    ),
    *("record", "next_lines", *_LISTS),
)
"""What nobody sees of an appliance that has other customers, too."""


def wrong_reports(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        for why in (*_of_a_report(held, run), *_of_views(held, run)):
            yield f"the report of {name}: {why}"
        for customer, document in run.vex.items():
            yield from (f"the VEX of {name} for {customer}: {why}" for why in _of_vex(held, run, customer, document))
        is_named = name == "status" or any(one.get("entries") for one in run.results.values())  # by what was judged
        if {*run.vex} != ({*run.views} if is_named else set()):
            yield f"the VEX of {name} is for {[*run.vex]}, and the views for {[*run.views]}"
        yield from (f"the metrics of {name}: {why}" for why in _of_metrics(held, run))


def word_of(one: Values) -> str:
    return str(one["verdict"]["word"]) if one["verdict"] else "no verdict"


# -- the report -------------------------------------------------------------------------------------------------------


def _of_a_report(held: Held, run: RunOutputs) -> Iterator[str]:
    report = run.report
    made = held.found.at.isoformat(timespec="seconds")
    if (report["started"], report["finished"], report["seconds"], report["playbook"]) != (made, made, 0.0, "status"):
        yield f"it is of {report['started']} to {report['finished']}, {report['seconds']} s, {report['playbook']}"
    if sorted(one["host"] for one in report["appliances"]) != sorted(held.night.appliances):
        yield f"it has {[one['host'] for one in report['appliances']]}"
    for one in report["appliances"]:
        result, problem = run.results[one["host"]], run.problems.get(one["host"], "")
        for why in (*_of_an_appliance(one, result, problem), *_of_its_nodes(held, one)):
            yield f"{one['host']}: {why}"
    dates = [one["catalogue_date"] for one in report["appliances"] if one["catalogue_date"]]
    for one in report["appliances"]:
        if one["verdict"] and held.is_read(one["host"]) and one["catalogue_date"] not in _days(held.weaknesses):
            yield f"{one['host']}: the newest fact is of {one['catalogue_date']}, and no entry has one since its bulletin"
    if report["catalogue"]["newest_fact"] != max(dates, default=None):
        yield f"its newest fact is of {report['catalogue']['newest_fact']}, in place of {max(dates, default=None)}"
    yield from _counted(report)


@cache
def _days(weaknesses: tuple[Weakness, ...]) -> frozenset[str]:
    """Return the days that entries name, from the first bulletin of these weaknesses on."""
    texts = [(ENTRIES / one.id / "mitigation.yml").read_text(encoding="utf-8") for one in weaknesses]
    days = {day for text in texts for day in re.findall(r"\b\d{4}-\d\d-\d\d\b", text)}
    first = min(day for text in texts for day in re.findall(r"(?m)^bulletin: .*published: (\d{4}-\d\d-\d\d)", text))
    return frozenset(day for day in days if day >= first)


def _counted(report: Values) -> Iterator[str]:
    appliances = report["appliances"]
    keys = [
        (
            WORST.index(one["exit_code"]),
            STATES.index(one["state"]),
            rank(word_of(one)),
            one["customer"],
            one["host"],
        )
        for one in appliances
    ]
    if keys != sorted(keys) and "shared appliance" not in str(keys):
        yield f"its appliances are not in their order: {keys}"
    codes = [one["exit_code"] for one in appliances]
    if report["exit_code"] != min(codes, key=WORST.index, default=3):
        yield f"its exit code is {report['exit_code']}, and those of the appliances {codes}"
    words, states = Counter(map(word_of, appliances)), Counter(one["state"] for one in appliances)
    totals = {
        "appliances": len(appliances),
        "verdicts": dict(words),
        "changed": 0,
        "to_change": 0,
        **{state: states[state] for state in STATES},
        "acknowledged": 0,
    }
    if report["totals"] != totals or [*report["totals"]["verdicts"]] != sorted(
        words, key=lambda word: (rank(word), word)
    ):
        yield f"its totals are {report['totals']}, in place of {totals}"


def _of_an_appliance(one: Values, result: Values, problem: str) -> Iterator[str]:
    verdict = result.get("verdict")
    said = {key: verdict[key] for key in ("word", "reason", "next_action", "exit_code")} if verdict else None
    if one["verdict"] != said:
        yield f"it says {one['verdict']}, and the task said {said}"
    for key, source in (("verdict_of_the_measure", result.get("verdict_of_the_measure")),):
        if (one[key] or {}).get("word") != (source or {}).get("word"):
            yield f"{key} is {one[key]}, and the task said {source}"
    today = (result.get("verdict_today") or {}).get("word")
    if one["verdict_today"] != today:
        yield f"its verdict today is {one['verdict_today']}, and the task said {today}"
    yield from _of_its_codes(one, result, problem)
    verdict = verdict or {}
    lists = (
        ("rests_on", verdict.get("rests_on")),
        ("not_covered", verdict.get("missing")),
        *((key, result.get(key)) for key in _LISTS),
    )
    for key, source in lists:
        if list(one[key]) != list(source or ()):
            yield f"{key} is {one[key]}, and the task said {source}"
    for key in ("marker", "site"):
        if one[key] != ((result.get("appliance") or {}).get(key) or ""):
            yield f"{key} is {one[key]}, and the task said {result['appliance']}"
    for key in _SAME:
        if one[key] != result.get(key):
            yield f"{key} is {one[key]}, and the task said {result.get(key)}"
    yield from _of_its_changes(one, result)
    yield from _of_its_proof(one, result)


def _of_its_codes(one: Values, result: Values, problem: str) -> Iterator[str]:
    for found in filter(None, (one["verdict"], one["verdict_of_the_measure"], *result.get("entries", ()))):
        traces = (result.get("hunt") or {}).get("outcome") in ("compromise", "attempt or review")  # which weigh more
        due = any(row["overdue"] for row in result.get("closures") or ())  # likewise, also of an entry
        is_raised = (due or (traces and found is one["verdict"])) and found["exit_code"] == 2 > CODES[found["word"]]
        if found["exit_code"] != CODES[found["word"]] and not is_raised:
            yield f"{found['word']} has exit code {found['exit_code']}"
    code = one["verdict"]["exit_code"] if one["verdict"] else 3
    if one["exit_code"] != (3 if problem and code == 0 else code):
        yield f"its exit code is {one['exit_code']}, and that of its verdict {code}"
    state = problem.partition(":")[0] if problem else "ok"
    if (one["state"], one["problem"]) != (state, problem):
        yield f"it is {one['state']}, {one['problem']}, and the run said {problem}"


def _of_its_changes(one: Values, result: Values) -> Iterator[str]:
    if one["changed"] or one["planned"] or one["acknowledged"] or one["action"] != "status":
        yield f"a status that changes nothing is {one['changed']}, {one['planned']}, {one['acknowledged']}, {one['action']}"
    if one["message"] != str(result.get("msg") or ""):
        yield f"its message is {one['message']}"
    if one["changes"] != (len(result["steps"]) if "steps" in result else None):
        yield f"it needs {one['changes']} changes, and the task said {len(result.get('steps', ()))}"
    lines = [line for step in result.get("steps", ()) for line in step["lines"]]
    if [step["line"] for step in one["steps"]] != lines:
        yield f"its lines are {[step['line'] for step in one['steps']]}"
    inverse = [text for step in result.get("steps", ()) for text in step.get("inverse", ())]
    if [text for step in one["steps"] for text in step["inverse"]] != inverse:
        yield f"its inverse lines are {[step['inverse'] for step in one['steps']]}"


def _of_its_proof(one: Values, result: Values) -> Iterator[str]:
    """What is shown of a proof is what the proof has, in whole; what was not seen is said."""
    text, proof = "\n".join(one["proof"]), result.get("proof") or {}
    wanted = [proof[key] for key in ("offline", "variants") if proof.get(key)]
    asked, checked = proof.get("appliance_asked"), proof.get("appliance_checked")
    took = proof.get("nanoseconds")
    cost = f", {took} ns each)" if took is not None else ")"
    wanted += [f"{checked} of {asked} also on the appliance{cost}"] if asked and proof.get("offline") else []
    differential = proof.get("differential") or {}
    if differential.get("asked"):
        wanted.append(f"{differential['different']} of {differential['asked']} other requests")
        wanted += list(differential.get("requests", ()))[:12]
    wanted += [f"{policy} rose by {rise}" for policy, rise in (proof.get("hits_rose_by") or {}).items()]
    wanted += [f"at {proof['proven_before']}"] if proof.get("proven_before") else []
    order = proof.get("order") or {}
    wanted += [f"probes of {probe['vip']}" for probe in proof.get("probes", ())]
    for key, texts in (
        ("order", [*order.get("certain", ()), *order.get("possible", ())]),
        ("variant not stopped", proof.get("missed_variants", ())),
        ("offline and appliance disagree", proof.get("disagreements", ())),
    ):
        wanted += [f"{key}: {line}" for line in list(texts)[:12]]
    if missing := [line for line in wanted if line not in text]:
        yield f"its proof does not say {missing[0]}"
    if text and not wanted:
        yield f"it has no proof, and it says {one['proof'][0]}"
    if ("that it counts and lets the attack pass" in text) is not (
        bool(proof.get("proven_before")) and word_of(one) == "observe, not blocking"
    ):
        yield f"{word_of(one)}: its proof says {text[-120:]}"
    seen = "\n".join(one["not_seen"])
    is_silent = bool(one["verdict"]) and not (result.get("requests") or {}).get("probes")
    if ("no request was sent" in seen) is not is_silent:
        yield f"it sent {(result.get('requests') or {}).get('probes')} probes, and not seen is {one['not_seen']}"
    if ("was not looked at" in seen) is not ("appliance" not in result and "verdict" not in result):
        yield f"not seen is {one['not_seen']}"
    if any(str(node["address"]) not in seen for node in one["nodes"] if node["problem"]):
        yield f"a node was not read, and not seen is {one['not_seen']}"


def _of_its_nodes(held: Held, one: Values) -> Iterator[str]:
    name, world = one["host"], held.night.world
    own = {
        customer: sorted({place.vserver for place in world.places_of(name, customer)})
        for customer in world.customers(name)
    }
    said = {each["customer"]: sorted(each["vservers"]) for each in one["customers"]}
    if {*said} != {*own} or (
        one["customers"] and one["customers"][0]["customer"] != held.night.nodes[held.found.by][name].shape.customer
    ):
        yield f"its customers are {said}, in place of {own}"
    if held.is_read(name) and len(own) > 1 and any(not {*said[who]} & {*own[who]} for who in own if said.get(who)):
        yield f"its services are {said}, in place of {own}"
    if not held.is_read(name):
        return
    builds = held.now.builds[name]
    if sorted(node["build"] for node in one["nodes"]) != sorted(builds) or any(
        node["problem"] for node in one["nodes"]
    ):
        yield f"its nodes are {one['nodes']}, and run {builds}"
    if one["build"] != builds[world.running(name).primary.index]:
        yield f"its build is {one['build']}, and it runs {builds}"
    roles = sorted(str(node["role"]) for node in one["nodes"])
    if len(builds) > 1 and [role[:5] for role in roles] != ["prima", "secon"]:
        yield f"its nodes are {roles}"


# -- what a customer sees ---------------------------------------------------------------------------------------------


def _of_views(held: Held, run: RunOutputs) -> Iterator[str]:
    if {*run.views} != {*held.night.world.customers()}:
        yield f"its views are of {[*run.views]}"
    for customer, view in run.views.items():
        whole = [one for one in run.report["appliances"] if customer in [each["customer"] for each in one["customers"]]]
        if len(whole) != len(view["appliances"]):
            yield f"{customer} has {len(whole)} appliances, and sees {len(view['appliances'])}"
            continue
        for why in _counted(view):
            yield f"{customer}: {why}"
        labels = [one["host"] for one in view["appliances"]]
        if len({*labels}) != len(labels):
            yield f"{customer}: two appliances are called {labels}"
        for one, seen in zip(whole, view["appliances"], strict=True):
            for why in _of_a_view(one, seen, customer):
                yield f"{customer}: {one['host']}: {why}"


def _of_a_view(one: Values, seen: Values, customer: str) -> Iterator[str]:
    for key in ("state", "exit_code", "build", "measure", "as_of", "saved", "changed"):
        if seen[key] != one[key]:
            yield f"{key} is {one[key]}, and it sees {seen[key]}"
    if (seen["verdict"] or {}).get("word") != (one["verdict"] or {}).get("word"):
        yield f"its verdict is {word_of(one)}, and it sees {word_of(seen)}"
    mine = [row for row in one["result"].get("closures") or () if row["customer"] == customer]
    theirs = seen["result"].get("closures") or []
    keys = ("customer", "step", "since", "until", "expires", "overdue")
    if [[row[key] for key in keys] for row in theirs] != [[row[key] for key in keys] for row in mine]:
        yield f"it has {len(mine)} closings, and sees {theirs}"
    rows = one["result"].get("closures") or ()
    of_others = any(not row["until"] for row in rows) and all(row["until"] for row in mine)
    if rows and seen["result"].get("closed_of_others") is not of_others:
        yield f"what is closed is {'' if of_others else 'not '}of others alone, and it sees {seen['result'].get('closed_of_others')}"
    if len(one["customers"]) == 1:
        if seen["host"] != one["host"] or [*map(len, (seen["not_covered"], seen["rests_on"], seen["proof"]))] != [
            *map(len, (one["not_covered"], one["rests_on"], one["proof"]))
        ]:
            yield f"it sees {seen['host']}, {seen['not_covered']}"
        return
    yield from _of_a_shared_one(one, seen, customer)


def _of_a_shared_one(one: Values, seen: Values, customer: str) -> Iterator[str]:
    kept = {key: seen[key] for key in _NOT_SHARED if seen[key]}
    if kept:
        yield f"it sees {kept} of an appliance with several customers"
    vservers = next(each["vservers"] for each in one["customers"] if each["customer"] == customer)
    if [seen["customers"], seen["customer"]] != [[{"customer": customer, "vservers": vservers}], customer]:
        yield f"it sees {seen['customers']} of {seen['customer']}"
    label = f"shared appliance of {', '.join(vservers)}" if vservers else "shared appliance"
    if re.sub(r" \(\d+\)$", "", seen["host"]) != label:
        yield f"it is called {seen['host']}, in place of {label}"
    problem = "" if one["state"] == "ok" else f"{one['state']}: the whole appliance, which has several customers"
    if seen["problem"] != problem:
        yield f"it is {one['state']}, and it reads {seen['problem']!r}"
    managed = [text for text in one["not_covered"] if text.startswith(_MANAGEMENT)]
    is_not_known = bool(managed) and all(": unknown" in text for text in managed)
    said = seen["message"]
    told = (_OPEN in said, _NOT_KNOWN in said)
    if (
        told != (bool(managed) and not is_not_known, is_not_known)
        or f"yours: {', '.join(vservers) or 'not named'}" not in said
    ):
        yield f"it reads {said}"
    if seen["verdict"] and said not in seen["verdict"]["reason"]:
        yield f"it reads {seen['verdict']['reason']}"
    hunt = (one["result"].get("hunt") or {}).get("outcome") == "compromise"
    if seen["verdict"] and ("found a compromise" in seen["verdict"]["reason"]) is not hunt:
        yield f"a hunt found {one['result'].get('hunt')}, and it reads {seen['verdict']['reason']}"


# -- VEX --------------------------------------------------------------------------------------------------------------


def _of_vex(held: Held, run: RunOutputs, customer: str, document: Values) -> Iterator[str]:
    seen = {one["host"]: one for one in run.views[customer]["appliances"]}
    head, made = document["document"], held.found.at.isoformat(timespec="seconds")
    tracking = head["tracking"]
    times = {
        tracking["current_release_date"],
        tracking["initial_release_date"],
        tracking["revision_history"][0]["date"],
    }
    if times != {made} or not tracking["id"].endswith(re.sub(r"\D", "", made)[:14]):
        yield f"it is of {times}, {tracking['id']}"
    told = {weakness["cve"] for weakness in document["vulnerabilities"]}
    known = {one.cve for one in held.night.world.weaknesses} if run is held.found.catalogue else {held.weakness.cve}
    if told != known:
        yield f"it is about {sorted(told)}"
    slug = re.sub("[^a-z0-9]+", "-", customer.lower()).strip("-")
    if len(held.weaknesses) == 1 and f"-{held.weakness.cve.lower()}-{slug}-" not in tracking["id"]:
        yield f"it is for {customer}, and called {tracking['id']}"
    title = f"{next(iter(known)) if len(known) == 1 else f'{len(known)} weaknesses'} on the NetScaler appliances of {customer}"
    if (
        head["title"] != title
        or not head["publisher"]["name"].endswith(f" of {customer}")
        or head["distribution"]["tlp"]["label"] != "AMBER"
    ):
        yield f"it is headed {head['title']}, by {head['publisher']['name']}, {head['distribution']}"
    currency = " ".join(note["text"] for note in head["notes"])
    dates = sorted({str(one["as_of"]) for one in seen.values() if one["as_of"]})
    if (
        f"as of {', '.join(dates) or 'no date'}; newest fact of the catalogue: {run.report['catalogue']['newest_fact'] or 'no date'}"
        not in currency
    ):
        yield f"it says {currency}"
    products = [
        (host["product"]["product_id"], build["name"])
        for vendor in document["product_tree"]["branches"]
        for product in vendor["branches"]
        for build in product["branches"]
        for host in build["branches"]
    ]
    if sorted(products) != sorted((host, one["build"] or "not known") for host, one in seen.items()):
        yield f"its products are {products}"
    for weakness in document["vulnerabilities"]:
        if weakness["cve"] == held.weakness.cve:
            yield from _of_a_weakness(held, weakness, seen)


def _of_a_weakness(held: Held, weakness: Values, seen: Mapping[str, Values]) -> Iterator[str]:
    by_status = weakness["product_status"]
    status = {host: name for name, hosts in by_status.items() for host in hosts}
    if {*status} != {*seen} or sum(map(len, by_status.values())) != len(seen):
        yield f"it tells the status of {[*status]}"
        return
    notes = {note["title"]: note["text"] for note in weakness["notes"]}
    helps: dict[str, list[Values]] = {}
    for one in weakness.get("remediations", ()):
        for host in one["product_ids"]:
            helps.setdefault(host, []).append(one)
    if {*helps} != {host for host, name in status.items() if name == "known_affected"}:
        yield f"it has remediations for {[*helps]}, and affected are {by_status.get('known_affected')}"
    for host, one in seen.items():
        about = next((entry for entry in one["result"].get("entries", ()) if entry["id"] == held.weakness.id), None)
        about = about or one["verdict_of_the_measure"] or one["verdict"]
        for why in _of_a_product(held, one, about, status[host], notes.get(host, ""), helps.get(host, ())):
            yield f"{host}: {why}"


def _of_a_product(
    held: Held, one: Values, about: Values | None, status: str, note: str, helps: Sequence[Values]
) -> Iterator[str]:
    if about is None:
        if status != "under_investigation" or "no verdict" not in note:
            yield f"it has no verdict, and its status is {status}: {note}"
        return
    word = str(about["word"])
    wanted = {"fixed": "fixed", "fixed, mitigation left behind": "fixed", "not affected": "known_not_affected"}.get(
        word
    )
    wanted = wanted or ("under_investigation" if word in ("unknown", "partly") else "known_affected")
    if status != wanted:
        yield f"it is {word}, and its status is {status}"
    begins = f"{word}: {about['reason']}"
    if not _plain(note).startswith(_plain(begins)):
        yield f"it is {begins}, and the note says {note}"
    missing = [
        text
        for text in (*one["not_covered"], *one["not_seen"])
        if _is_about_this(held, text) and _plain(text) not in _plain(note)
    ]
    if missing:
        yield f"the note does not say {missing[0]}"
    if helps:
        yield from _of_its_help(held, one, about, helps)


def _of_its_help(held: Held, one: Values, about: Values, helps: Sequence[Values]) -> Iterator[str]:
    """What stops an attack is a workaround, with what it rests on and does not cover; anything else says what is next."""
    word, begins = str(about["word"]), f"{about['word']}: {about['reason']}"
    kinds = [help_["category"] for help_ in helps]
    if kinds != ["workaround" if word in STOPS else "mitigation", "vendor_fix"]:
        yield f"it is {word}, and it has {kinds}"
        return
    if held.weakness.is_behind and re.search(r"a build that has|\d+\.\d+ \d+\.\d+", helps[1]["details"]):
        yield f"no build fixes what is behind it, and the fix of the vendor is {helps[1]['details']}"
    details = _plain(helps[0]["details"])
    what = "access from outside" if word in _CLOSED else held.weakness.id
    if word in STOPS:
        version = (
            f" v{one['version']}" if one["version"] and word not in _CLOSED and not one["result"].get("entries") else ""
        )
        rests = [text for text in about.get("rests_on", one["rests_on"]) if _plain(text) not in details]
        if not details.startswith(_plain(f"{what}{version}, {begins}. It rests on: ")) or rests:
            yield f"it is {what}{version}, {begins}, resting on {rests}, and it says {details}"
        open_ = [text for text in one["not_covered"] if text.startswith(_MANAGEMENT) and _is_about_this(held, text)]
        if any(_plain(f"Not covered: {text}") not in details for text in open_) or details.count(
            "Not covered: "
        ) != len(open_):
            yield f"not covered is {open_}, and it says {details}"
        return
    is_there = f"in place, {begins}" if word in UNPROVEN else "not in force"
    if details != _plain(f"{is_there}; next: {about['next_action']}"):
        yield f"it is {is_there}, next {about['next_action']}, and it says {details}"
    _first, upgrade, build = about["next_action"].partition("upgrade to ")
    is_named = re.search(r"\d+\.\d+ \d+\.\d+", build)  # who shares an appliance is told of no build
    build = "a fixed version of the software on the servers behind" if held.weakness.is_behind and is_named else build
    if upgrade and not _plain(helps[1]["details"]).startswith(_plain(f"upgrade to {build}")):
        yield f"next is {about['next_action']}, and the fix of the vendor {helps[1]['details']}"


def _is_about_this(held: Held, text: str) -> bool:
    return not text.startswith(_MANAGEMENT) or not text.endswith(")") or text.endswith(f"({held.weakness.id})")


def _plain(text: str) -> str:
    """Return a text without what keeps a program from making a link of an address."""
    return text.replace("[.]", ".").replace("hxxp", "http").replace("[:]", ":")


# -- metrics ----------------------------------------------------------------------------------------------------------


def _of_metrics(held: Held, run: RunOutputs) -> Iterator[str]:
    samples: dict[str, dict[tuple[str, ...], float]] = {}
    for line in run.metrics.splitlines():
        if line.startswith("#"):
            continue
        match = _SAMPLE.match(line)
        if match is None:
            yield f"no form of a sample has {line}"
            continue
        labels = tuple(re.sub(r"\\(.)", r"\1", value) for _name, value in _LABEL.findall(match["labels"]))
        samples.setdefault(match["name"], {})[labels] = float(match["value"])
    appliances = run.report["appliances"]
    words, states = Counter(map(word_of, appliances)), Counter(one["state"] for one in appliances)
    newest = run.report["catalogue"]["newest_fact"]
    wanted: dict[str, dict[tuple[str, ...], float]] = {
        "tourniquet_appliances": {(word,): words[word] for word in ORDER},
        "tourniquet_appliances_by_result": {(state,): states[state] for state in STATES},
        "tourniquet_appliance_verdict_code": {
            (one["host"], one["customer"], word_of(one), one["state"]): one["exit_code"] for one in appliances
        },
        "tourniquet_appliance_acknowledged": {(one["host"], one["customer"]): 0 for one in appliances},
        "tourniquet_management_addresses_not_covered": {
            (one["host"], one["customer"]): len(
                {text.split(": ")[0] for text in one["not_covered"] if text.startswith(_MANAGEMENT)}
            )
            for one in appliances
            if one["verdict"]
        },
        "tourniquet_run_timestamp_seconds": {("status",): int(held.found.at.timestamp())},
        "tourniquet_run_duration_seconds": {("status",): 0},
    }
    if newest:
        day = datetime.fromisoformat(newest).replace(tzinfo=UTC).timestamp()
        wanted["tourniquet_catalogue_newest_fact_timestamp_seconds"] = {("status",): day}
    wanted = {name: own for name, own in wanted.items() if own}
    for name in {**wanted, **samples}:
        if samples.get(name) != wanted.get(name):
            yield f"{name} is {samples.get(name)}, in place of {wanted.get(name)}"
        if run.metrics.count(f"# TYPE {name} gauge\n") != 1 or run.metrics.count(f"# HELP {name} ") != 1:
            yield f"{name} has not one type and one text"
    yield from _addresses(held, run, samples.get("tourniquet_management_addresses_not_covered", {}))


def _addresses(held: Held, run: RunOutputs, samples: Mapping[tuple[str, ...], float]) -> Iterator[str]:
    """The number of management addresses is not less than that of those at which an attack passes, and none where all nodes have the fix."""
    for (host, *_more), number in samples.items():
        if not held.is_read(host):
            continue
        if number < len(held.managed(host)) and not held.night.world.is_covered_at_the_start(host):
            yield f"it passes at {len(held.managed(host))} management addresses of {host}, and it says {number:.0f}"
        if number and all(map(held.is_fixed, held.now.builds[host])) and run is held.found.catalogue:
            yield f"all nodes of {host} have the fix, and it says {number:.0f}"
