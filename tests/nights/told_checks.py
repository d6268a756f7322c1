# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What each action did, as the simulator saw it, is told of it: that all could be read, and the hits of its requests; what contradicts itself has a cause."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from tests.nights.causes import HANDS, UNSAVED
from tests.nights.claims import rows_with, time_of
from tests.nights.held import Held
from tests.nights.journal import scopes
from tests.nights.night import Action
from tests.nights.row_checks import PROTECTS, shown
from tests.nights.status_checks import KINDS, is_clear, own_runs, risen
from tests.nights.world import CLIENTS, INSIDE, Got

Values = Mapping[str, Any]
_RUN = re.compile(r"-run(\d\d)")
_LOST = ("copies_lost", "leave", "dies", "lease_lost")
"""Actions after which a record may be missing."""
_PUTS = ("apply", "apply_unsaved", "edited", "observe", "neighbour_named")
_ADDRESS = re.compile(r"management address of (?P<address>[^:]*?)(?::\d+)?: (?P<state>.+?) since .*")
_ALIKE = ("mitigated", "observe, not blocking", "applied, unproven")
_AGAINST = ("is_open", "unread", "elsewhere", "failover", "accepted", "clock_wrong")
"""What a row of a closing says against it."""
_SAFE = ("closed", "fixed", "not affected")
_BY_NO_RUN = re.compile("no run of ours ha[sd] opened it")
_DOUBTS = ("applied, unproven",)
"""Verdicts that say that nobody knows whether an attack passes."""
_SAY_WHY = ("partly", "drifted")
"""Verdicts that say that an attack passes, and what lets it."""
_CALM = ("wait", "attack", "verify", "alarm", "hunt", "plan", "doctor", "evidence", "watch", "read_logs")
"""Actions that change no configuration."""
_CLOCKS = ("clock_ahead", "clock_behind", "node_clock")


def wrong_tellings(held: Held) -> Iterator[str]:
    """Yield what is not so, or left out."""
    for appliance in held.night.appliances:
        yield from (*_readable(held, appliance), *_passes(held, appliance), *_closed_words(held, appliance))
        yield from (
            *_entries(held, appliance),
            *_one_word(held, appliance),
            *_stands(held, appliance),
            *_asked(held, appliance),
            *_losses(held, appliance),
            *_in_time(held, appliance),
        )
        yield from (
            f"the audit of {appliance}: {why}" for why in (*_addresses(held, appliance), *_closed(held, appliance))
        )
        yield from (f"the audit of {appliance}: {why}" for why in _hits_of_runs(held, appliance))
        for answer in held.found.ledger["appliances"][appliance]["answers"]:
            for row in answer["rows"]:
                what = f"the ledger of {appliance} for {answer['customer']}"
                yield from (
                    f"{what}: {why}"
                    for why in (
                        *_rests(row),
                        *_shut(held, appliance, row),
                        *_shown_as_off(held, appliance, row),
                        *_in_front(held, appliance, row),
                    )
                )
                for text in row["conflicts"]:
                    if why := _no_conflict(held, appliance, text):
                        yield f"the ledger of {appliance} says {text}, and {why}"
    yield from (*_said_and_read(held), *_clocks(held))
    for name, view in (("letters", held.found.letters), ("facts", held.found.facts), ("duties", held.found.duties)):
        if {*view} != {*held.night.world.customers()}:
            yield f"{name} are of {[*view]}, and the customers are {held.night.world.customers()}"


def _asked(held: Held, appliance: str) -> Iterator[str]:
    """A status says how many requests it has sent: those that the simulator saw while it read."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        told = (run.results[appliance].get("requests") or {}).get("total")
        if told is not None and told != run.asked[appliance]:
            yield f"{name} of {appliance} has sent {run.asked[appliance]} requests, and it says {told}"


# -- what can be read -------------------------------------------------------------------------------------------------


def _readable(held: Held, appliance: str) -> Iterator[str]:
    """An appliance whose nodes all answer has a verdict, and no view says that something of it failed."""
    if not held.is_read(appliance):
        return
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        if problem := run.problems.get(appliance):
            yield f"all of {appliance} can be read, and its {name} fails: {problem}"
        elif not run.results[appliance].get("verdict"):
            yield f"all of {appliance} can be read, and its {name} has no verdict"
        elif not held.night.world.running(appliance).spec.cluster and "NetScaler cluster" in str(
            run.results[appliance]
        ):
            yield f"{appliance} is no cluster, and its {name} calls it one"
    if problem := held.found.ledger["appliances"][appliance]["problem"]:
        yield f"all of {appliance} can be read, and its ledger fails: {problem}"
    about = str(held.found.ledger["appliances"][appliance]["answers"])
    if "NetScaler cluster" in about and not held.night.world.running(appliance).spec.cluster:
        yield f"{appliance} is no cluster, and its ledger calls it one"


def _passes(held: Held, appliance: str) -> Iterator[str]:
    """Where an attack passes what our records call in place, nothing calms: the code is that of what has to be looked at now, or nobody knows."""
    if not held.passed(appliance) or not held.is_read(appliance) or not is_clear(held, appliance):
        return
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        verdict = run.results[appliance].get("verdict") or {"word": "unknown", "exit_code": 3}
        is_about_it = name == "status" or not held.weakness.is_behind
        if is_about_it and verdict["exit_code"] < 2 and verdict["word"] not in _DOUBTS:
            yield f"it passes at {held.passed(appliance)[0]}, and {name} of {appliance} says {verdict['word']}: {verdict['reason']}"


def _one_word(held: Held, appliance: str) -> Iterator[str]:
    """Where all can be read and all records are whole, the word of the status on our measure is that of the ledger."""
    result = held.found.status.results[appliance]
    word = (result.get("verdict_of_the_measure") or result.get("verdict") or {}).get("word")
    is_one = len({one.partition for one in held.places(appliance)}) == 1
    if not (is_one and is_clear(held, appliance) and held.is_read(appliance)) or word not in _ALIKE:
        return
    for answer in held.found.ledger["appliances"][appliance]["answers"]:
        for row in answer["rows"]:
            is_worse = (word, row["measure"]["word"]) == ("applied, unproven", "exposed")  # a run of ours saw it pass
            if row["entry"] == held.weakness.id and row["measure"]["word"] != word and not is_worse:
                yield f"status says {word} of our measure at {appliance}, and the ledger {row['measure']['word']}: {row['measure']['reason']}"


def _entries(held: Held, appliance: str) -> Iterator[str]:
    """A status of the whole catalogue says of our mitigation what one of it alone says, as far as that is no word of a closing."""
    result, alone = held.found.catalogue.results[appliance], held.found.status.results[appliance]
    word = str((alone.get("verdict_of_the_measure") or alone.get("verdict") or {}).get("word"))
    are_fixed = all(
        map(held.is_fixed, held.now.builds[appliance])
    )  # then what is closed, or left behind, may be the word
    is_plain = word != "unknown" and held.is_read(appliance) and not are_fixed
    if held.weakness.is_behind or not is_plain:
        return  # of what is behind it, a catalogue says that the appliance does not have it
    for one in result.get("entries") or ():
        if (
            one["id"] == held.weakness.id
            and one["word"] != word
            and not word.startswith("closed")
            and not str(one["word"]).startswith("closed")
        ):
            yield f"status says {word} of {appliance}, and the catalogue of the entry {one['word']}: {one['reason']}"


_OF_A_BUILD = "the builds that do not evaluate responder policies"
"""Such a build is told as what is lost now, and its end of protection stands in the course."""


def _losses(held: Held, appliance: str) -> Iterator[str]:
    """A status tells a loss where the ledger has one that lasts, and no other; one that a person has decided may have its place in the verdict alone."""
    told = [
        text
        for text in held.found.status.results[appliance].get("protection_lost") or ()
        if text.startswith(held.weakness.id) and _OF_A_BUILD not in text
    ]
    rows = [
        row
        for one in held.found.ledger["appliances"][appliance]["answers"]
        for row in one["rows"]
        if row["entry"] == held.weakness.id
    ]
    every = [one for row in rows for one in row["losses"] if one["until"] is None]
    lasting = [one for one in every if _OF_A_BUILD not in str(one["reason"])]
    is_untold = not told and any(one["is_critical"] for one in lasting)
    if held.is_read(appliance) and is_clear(held, appliance) and (is_untold or (told and not every)):
        yield f"the ledger of {appliance} has the losses {[one['reason'] for one in lasting]}, and status {told}"


_NOT_SHOWN = "can't show yet that your access was protected in time. "


def _in_time(held: Held, appliance: str) -> Iterator[str]:
    """Nobody is told to have been protected in time at whose appliance an attack still passes, by whatever way."""
    open_ = held.managed(appliance) or held.passed(appliance)
    for one in held.found.ledger["appliances"][appliance]["answers"]:
        if (
            open_
            and held.is_read(appliance)
            and "was protected in time. " in one["sentences"]["en"].replace(_NOT_SHOWN, "")
        ):
            yield f"it passes at {appliance}, and {one['customer']} is told {one['sentences']['en']}"


def _clocks(held: Held) -> Iterator[str]:
    """A clock of a duty ends after it has begun; one of a month, after a month."""
    for customer, duties in held.found.duties.items():
        for one in duties["clocks"] if duties.get("breach_known") else ():
            lasts = datetime.fromisoformat(one["due"]) - datetime.fromisoformat(duties["breach_known"])
            is_month = timedelta(days=28) <= lasts <= timedelta(days=31)
            if lasts < timedelta() or ("within a month" in one["what"] and not is_month):
                yield f"{one['what']} of {customer} is due {one['due']}, and it is known since {duties['breach_known']}"


def _stands(held: Held, appliance: str) -> Iterator[str]:
    """A closing of ours that is said to stand stops everybody, or it is told what lets requests past it."""
    for row in held.found.status.results[appliance].get("closures") or ():
        if row["until"] or row["step"] not in ("off", "notice") or any(row.get(key) for key in _AGAINST):
            continue
        if row["step"] == "notice" and "rp_allow" in held.night.journal[-1].bound.get(
            (appliance, row["partition"]), {}
        ):
            yield f"rp_allow may let requests past what closes {row['vserver']} of {appliance} (the guide says both), and nothing says so"
        for place in held.places(appliance, row["vserver"]):
            if held.now.ways(held.weakness)[place] and is_clear(held, appliance) and held.is_read(appliance):
                yield f"it passes at {place.vserver} of {appliance}, {held.now.ways(held.weakness)[place][0]}, and that is closed by {row['step']}"


def _closed_words(held: Held, appliance: str) -> Iterator[str]:
    """What is called closed has a closing that lasts, which the verdict names; its decision is overdue where that of each closing is, and of one at least."""
    for name, run in (("status", held.found.status), ("catalogue", held.found.catalogue)):
        result = run.results[appliance]
        lasting = [row for row in result.get("closures") or () if not row["until"]]
        for one in rows_with(result, "word", "reason", "exit_code", "next_action"):
            if not str(one["word"]).startswith("closed"):
                continue
            if " entries" not in one["reason"] and not any(row["vserver"] in one["reason"] for row in lasting):
                yield f"{name} of {appliance} says {one['word']}: {one['reason']}, and closed is {[row['vserver'] for row in lasting]}"
            overdue = [row["overdue"] for row in lasting]
            if ("overdue" in one["word"] and not any(overdue)) or (
                "overdue" not in one["word"] and overdue and all(overdue)
            ):
                yield f"overdue is the decision on {[row['vserver'] for row in lasting if row['overdue']]}, and {name} of {appliance} says {one['word']}"


# -- the requests of runs ---------------------------------------------------------------------------------------------


def _hits_of_runs(held: Held, appliance: str) -> Iterator[str]:
    """The hits that a run notes of its requests are those by which the counters rose while it ran: nobody else sends any then."""
    runs = held.found.audits[appliance].get("runs", ())
    for number, run in own_runs(held, appliance):
        lines = held.found.audits[appliance].get("report", ())
        if {one["provenance"] for one in runs} == {"our own"} and any("by its own words" in line for line in lines):
            yield "all records are our own, and it tells one by its own words"
        for told in runs:
            if (
                told["run"] != f"run{number:02}"
                or told["measure"] != held.weakness.id
                or told["kind"] not in KINDS.values()
            ):
                continue
            partition = told["partition"] or "default"
            rose = risen(held, appliance, partition, number)
            noted = {
                name: n
                for name, n in (told["proof"].get("hits") or {}).items()
                if name.startswith(held.weakness.policy) and n
            }
            if rose is not None and any(n > rose.get(name, 0) for name, n in noted.items()):
                yield f"action {number} had {rose} hits in {partition}, and it says {noted}: {run}"
            is_left_out = rose and not noted and _noted(held, number, run, partition) != rose
            if is_left_out and is_clear(held, appliance) and told["kind"] == "verify":
                yield f"action {number} had {rose} hits in {partition}, and it says none: {run}"


# -- what an audit and a ledger say -----------------------------------------------------------------------------------


def _addresses(held: Held, appliance: str) -> Iterator[str]:
    """A management address that is not covered is one of a node, and each at which it passes is named, where a run of ours has put the measure there."""
    audit = held.found.audits[appliance]
    if "runs" not in audit or not held.is_read(appliance):
        return
    addresses = [node.listener.address for node in held.night.world.running(appliance).nodes]
    told = [match for text in audit["not_covered"] if (match := _ADDRESS.match(text))]
    for match in told:
        if others := {*match["address"].split(", ")} - {*addresses}:
            yield f"no node has the address {sorted(others)}: {match[0]}"
        if match["state"] in PROTECTS:
            yield f"what is {match['state']} is not covered: {match[0]}"
        yield from _since(held, appliance, match[0])
    has_applied = any(
        one.ours and one.by == held.found.by and one.name in _PUTS for one in held.where[appliance].actions
    )
    for index in held.managed(appliance) if has_applied else ():
        named = {address for one in told for address in one["address"].split(", ")}
        if held.night.world.is_covered_at_the_start(appliance) or addresses[index] in named:
            continue
        yield f"it passes at the management address of {addresses[index]}, and it names {[one[0] for one in told]}"


def _since(held: Held, appliance: str, text: str) -> Iterator[str]:
    """What the ledger says too of an address is so since its last state began; and not protected since then, or for longer, which is told too."""
    rows = [row for one in held.found.ledger["appliances"][appliance]["answers"] for row in one["rows"]]
    for row in [one for one in rows if text.endswith(f" ({one['entry']})")][:1]:
        states = [[*own] for _state, own in groupby(row["management"], key=lambda one: one["state"])]
        unprotected = [
            [*own] for is_so, own in groupby(row["management"], key=lambda one: one["protects"]) if not is_so
        ]
        since, longer = (_told(line[-1][0]["since"]) for line in (states, unprotected))
        more = "" if longer[:16] == since[:16] else f", and not proven protected since {longer}"
        state = states[-1][0]["state"]
        says = f"{state} since {since}{more}"
        if f": {state} since " in text and f": {says}: " not in text:  # an audit reads no configuration
            yield f"it says {text}, and the ledger {says}"


def _told(dated: Values) -> str:
    return shown(dated["time"]) + (" (assumed)" if dated["confidence"] == "assumed" else "")


def _closed(held: Held, appliance: str) -> Iterator[str]:
    """A run that switched everything off, after which nobody is served, has proven that."""
    for told in held.found.audits[appliance].get("runs", ()):
        number = int(told["run"][3:]) if re.fullmatch(r"run\d\d", told["run"]) else len(held.actions)
        if number >= len(held.actions) or held.actions[number].name != "off" or told["kind"] != "lockdown":
            continue
        seen, gateways = (
            held.night.world.sights[number],
            [one for one in held.places(appliance) if one.vserver.startswith("gw")],
        )
        is_shut = all(seen.got[one, INSIDE] is Got.NOTHING for one in gateways)
        if is_shut and not held.actions[number].said.startswith(("refused", "died")) and not told["proven"]:
            yield f"action {number} has switched all off, and it is not proven: {told['problem'] or told['outcome']}"


def _rests(row: Values) -> Iterator[str]:
    """What a build is since a reading of today is known by what it rests on."""
    tracks = {f"build of {node['node']}": node["build"] for node in row["nodes"]}
    for name, line in tracks.items():
        for one in line:
            if one["since"]["confidence"] == "read today" and one["since"]["source"] not in (
                *one["rests_on"],
                one["reason"],
            ):
                yield f"{name} is {one['state']} since {one['since']}, and rests on {one['rests_on']}: {one['reason']}"


def _shut(held: Held, appliance: str, row: Values) -> Iterator[str]:
    """From a run of ours on that switched everything off, the course says closed, while nobody gets anything."""
    here = held.where[appliance]
    for number, run in enumerate(here.actions) if is_clear(held, appliance) else ():
        if (run.name, run.by, run.said) != ("off", held.found.by, "off"):
            continue
        seen = held.night.world.sights[number]
        is_shut = all(seen.got[place, client] is Got.NOTHING for place in held.places(appliance) for client in CLIENTS)
        parts = [one for one in row["course"] if (time_of(one["since"]) or seen.at) <= seen.at]
        is_doubted = bool(parts) and "since when is not known" in parts[-1]["reason"]  # found open later
        is_doubted |= any(
            _BY_NO_RUN.search(one["reopened"]["source"]) for one in row["switched_off"]
        )  # or not known since when
        if is_shut and parts and parts[-1]["state"] not in _SAFE and not is_doubted:
            yield f"action {number} switched all off, and it is {parts[-1]['state']} after it: {parts[-1]['reason']}"


def _shown_as_off(held: Held, appliance: str, row: Values) -> Iterator[str]:
    """What is shown as switched off serves nobody."""
    served = [one.vserver for one in held.places(appliance) if held.now.got[one, INSIDE] is Got.SERVED]
    if row["shown_as_off"] and held.is_read(appliance) and served:
        yield f"it is shown as off, and {served[0]} serves"


def _in_front(held: Held, appliance: str, row: Values) -> Iterator[str]:
    """Where an attack passes only as what a policy of others lets go on, and ours is not called good, that policy is the reason."""
    ways = held.passed(appliance)
    names = {name for name in held.night.journal[-1].bound.get((appliance, "default"), {}) if name.startswith("rp_")}
    now = row["course"][-1] if row["course"] else {"state": ""}
    if names != {"rp_allow"} or not ways or not all(" Nagios " in one for one in ways) or not held.is_read(appliance):
        return
    if now["state"] in ("partly", "applied, unproven", "unknown") and not any(name in now["reason"] for name in names):
        yield f"it passes where {sorted(names)} let it, and it is {now['state']}: {now['reason']}"


# -- what a run said --------------------------------------------------------------------------------------------------


def _said_and_read(held: Held) -> Iterator[str]:
    """A verify that was just made has reached our policies, where they are bound, work and somebody is served; and the status read after it says that word."""
    last = held.actions[-1]
    if (last.name, last.by) != ("verify", held.found.by) or last.said.startswith(("refused", "died")):
        return
    if not held.is_read(last.appliance):
        return
    if not is_clear(held, last.appliance):
        return
    yield from _reaches(held, last)
    verdict = held.found.status.results[last.appliance].get("verdict_of_the_measure")
    verdict = verdict or held.found.status.results[last.appliance].get("verdict") or {}
    now = str(verdict.get("word"))
    if last.said == "exposed" and now in _SAY_WHY and held.passed(last.appliance):
        return  # its probes saw an attack pass; a reading sends none, and says what lets it pass
    if last.said != now and not _is_of_more(held, last, now):
        yield f"verify at {last.appliance} says {last.said}, and the status after it {now}: {verdict.get('reason')}"


def _is_of_more(held: Held, last: Action, now: str) -> bool:
    """Return whether a status looks at more than a run on our measure: at other partitions, and at what is closed."""
    if len({one.partition for one in held.places(last.appliance)}) > 1:
        return True
    return now.startswith("closed") or any(map(held.is_closed, held.places(last.appliance)))


def _reaches(held: Held, last: Action) -> Iterator[str]:
    running, number = held.night.world.running(last.appliance), len(held.night.journal) - 1
    if "RESPONDER" not in {one.upper() for one in running.primary.features}:
        return
    for partition, _node in scopes(running):
        is_bound = held.weakness.policy in held.night.journal[-1].bound.get((last.appliance, partition), {})
        inside = [one for one in held.places(last.appliance) if one.partition == partition]
        is_served = inside and all(held.now.got[one, INSIDE] is Got.SERVED for one in inside)
        passes = any(held.now.passes[one] for one in inside)
        rose = risen(held, last.appliance, partition, number)
        if rose and not last.ours and _noted(held, number, last, partition) != rose:
            yield f"{rose} requests of verify at {last.appliance} have reached ours in {partition}, and neither a record nor a note of it is here"
        if is_bound and is_served and not passes and rose == {}:
            yield f"verify at {last.appliance} says {last.said}, and no request of it has reached ours in {partition}"
    if last.said != "mitigated" and _is_proven_easily(held, last.appliance):
        yield f"verify at {last.appliance} says {last.said}, and nothing but runs of ours was there since an apply that proved it"


def _is_proven_easily(held: Held, appliance: str) -> bool:
    """Return whether a run of ours has proven our rule, and nobody has changed anything since; a whitelist of ours is bound beside it, or no other rule."""
    every = [one for one in held.where[appliance].actions if one.name not in _CALM]
    is_last = bool(every) and (every[-1].name, every[-1].said) == ("apply", "mitigated")
    are_calm = all(one.name in ("apply", "whitelist") for one in every)
    return is_last and are_calm and not held.passed(appliance)


def _noted(held: Held, number: int, last: Action, partition: str) -> Mapping[str, int]:
    """Return by policy of ours how many requests of a run its notes have counted: one that neither proves anything nor ends a proof has no record."""
    found = Counter[str]()
    for path in held.night.nodes[last.by][last.appliance].records.rglob("probes_*.jsonl"):
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            counted = line.get("counted") or {}
            is_of_it = path.parent.name == last.appliance and line["run"] == f"run{number:02}" and line["ended"]
            if is_of_it and counted.get("partition") == partition:
                found += Counter(counted["hits"])
    return {name: count for name, count in found.items() if name.startswith(held.weakness.policy)}


# -- what a record contradicts ----------------------------------------------------------------------------------------


def _no_conflict(held: Held, appliance: str, text: str) -> str:
    """Return why a contradiction that the ledger tells is none; "" where the night has its cause."""
    for sign, check in _CONFLICTS.items():
        if sign in text:
            return check(held, appliance, text)
    return ""


def _names(held: Held, appliance: str) -> set[str]:
    return {one.name for one in held.actions if one.appliance == appliance}


def _gap(held: Held, appliance: str, _text: str) -> str:
    by_others = {one.by for one in held.actions if one.appliance == appliance} != {held.found.by}
    return "" if by_others or _names(held, appliance) & {*_LOST} else "no record of a run there is missing"


def _clock(held: Held, _appliance: str, _text: str) -> str:
    return "" if any(one.name in _CLOCKS for one in held.actions) else "each clock was right"


def _not_proven(held: Held, _appliance: str, text: str) -> str:
    number = _named(held, text)
    run = held.actions[number] if number is not None else None
    if run is None or run.name not in ("apply", "verify") or run.said != "mitigated":
        return ""
    return f"that run proved it: {run}"


def _passed(held: Held, appliance: str, text: str) -> str:
    number = _named(held, text)
    if number is None:
        return ""
    near = held.where[appliance].passed[max(0, number - 1) : number + 1]
    return "" if any(near) else "nothing passed before that run, nor after it"


def _changed(held: Held, appliance: str, _text: str) -> str:
    caused = {*HANDS, *UNSAVED, *_LOST, "observe", "after_fix", "undo", "retire", "allow_in_front", "not_in_front"}
    return "" if _names(held, appliance) & caused else "nobody has changed anything there"


def _older(held: Held, appliance: str, _text: str) -> str:
    had = [all(map(held.is_fixed, seen.builds[appliance])) for seen in held.night.world.sights]
    some = [any(map(held.is_fixed, seen.builds[appliance])) for seen in held.night.world.sights]
    return "" if any(had) or any(some) else "no node ever had the fix"


def _named(held: Held, text: str) -> int | None:
    """Return the action of the run that a text is about: the first that it names."""
    found = _RUN.search(text)
    return int(found[1]) if found and int(found[1]) < len(held.actions) else None


_CONFLICTS: Mapping[str, Callable[[Held, str, str], str]] = {
    "is not here: what that run left": _gap,
    "the clock was set back": _clock,
    "its clock was": _clock,
    "did not prove the mitigation again": _not_proven,
    "what was proven before does not count": _passed,
    "put back what somebody else had changed": _changed,
    "without the fix after one with it": _older,
}
"""By a part of a contradiction, what must have been so."""
