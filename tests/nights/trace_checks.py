# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The reports of a hunt and of a test of the alarm: findings, logs and gaps against the files and counters of the nodes, and the page that people read."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from simulator.node.disk import File
from tests.nights.held import Held
from tests.nights.hunt_checks import WHITELIST, by_a_wrong_clock
from tests.nights.next_checks import named_in
from tests.nights.night import Action
from tests.nights.status_checks import HOLE, is_at, is_clear, observes

Values = Mapping[str, Any]
ENTRIES = Path(__file__).parents[2] / "templates" / "mitigations"
LEVELS = ("compromise", "attempt", "review")
"""The most urgent first."""
CRON = ("/var/cron/tabs", "/etc", "/nsconfig")
"""Where an appliance has its cron jobs."""
LOGS = "/var/log"
BY_US = "tourniquet"
_LISTING = re.compile(r"/nitro/v1/config/systemfile\?args=filelocation:(.*)$")
_READ = re.compile(r"/nitro/v1/config/systemfile/([^?]+)\?args=filelocation:(.*)$")
_ACCESS = re.compile(r"\[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d) [+-]\d{4}\]")
_ERROR = re.compile(r"^\[[A-Z][a-z]{2} ([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4})\]")
_SYSLOG = re.compile(r"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) ")
_TELLS = re.compile(r"/vpns/[^ ]+\.(?:pl|conf).*HTTP/1\.1\" 200|/vpns/[^ ]*\.xml[^ ]* HTTP/1\.1\" (?:200|304)")
"""A line of a request that reached what the weakness opens (facts: access log)."""
_PART = re.compile(r"(.+?)(?:\.\d+)?(?:\.(?:gz|bz2))?")
_STEPS = {
    "compromise": ("take evidence before anything", ["evidence.yml"]),
    "attempt": ("look for traces from that time on", ["status.yml"]),
}
"""By level, what a hunt asks for."""
_CANNOT = {"compromise": "it does not show", "attempt": "it does not show that the attempt had success"}
_FIX = ("no fixed build runs", "before the fix", "after the fix", "not known whether before or after the fix")
MOST = 8
"""So many commands are given at most."""
_SIZE = re.compile(r"(\S+) \((\d+) bytes, ([\d-]+ [\d:]+)\)")
_COUNTER = re.compile(r"counter (\d+), (\d+) of this test")
_GONE = re.compile(r"(tq_\w+) was there at the test before, and is gone")
_SETS = re.compile(r"\b[Ss]et (\w+): (\w+)(?=,? and run )")
"""A variable that a text has set for its command."""
_TAGGED = re.compile(r"[?&/]tq-alarm-[0-9a-f]{16}-\d+-")
"""How a request of a test is told from others, in each log."""
_STATED = re.compile(
    r"monitoring unproven: nothing can be said about attempts"
    r"|\d+ requests? of (?:others|unknown origin) matched since (?:the counters began|[\d-]+ [\d:]+ UTC)"
    r"|the alarm works since [\d-]+ [\d:]+ UTC; nothing is known of the time before \(.+\)"
    r"|no attempts seen since [\d-]+ [\d:]+ UTC(; \d+ requests? to be looked at)?"
)
"""What a test of the alarm says in all."""
_TITLES = (
    ("why", "why"),
    ("seen", "evidence"),
    ("not", "cannot_mean"),
    ("next", "next_step"),
    ("known", "acknowledged"),
)


def wrong_traces(held: Held) -> Iterator[str]:
    """Yield what is not true of the report of the last action."""
    last = held.actions[-1]
    if not last.report or last.name not in ("hunt", "alarm"):
        return
    seen = _Seen(held, last)
    for wrong in (_of_both, _page, *((_hunt,) if last.name == "hunt" else (_alarm,))):
        yield from (f"the report of the {last.name} at {last.appliance}: {why}" for why in wrong(seen))


@dataclass(frozen=True)
class _Seen:
    """The nodes of an appliance, and what was asked of them."""

    held: Held
    last: Action

    @property
    def report(self) -> Values:
        return self.last.report

    @property
    def findings(self) -> Sequence[Values]:
        return self.report["findings"]  # type: ignore[no-any-return]

    @cached_property
    def nodes(self) -> Mapping[str, Mapping[str, File]]:
        """Return the files of the nodes, by their addresses; none of what was not searched."""
        names = self.held.night.simulator.ready["appliances"][self.last.appliance]["nodes"]
        disks = self.held.night.journal[-1].disks or [{} for _one in names]
        return {f"{one['address']}:{one['port']}": disk for one, disk in zip(names, disks, strict=True)}

    @cached_property
    def reached(self) -> Mapping[str, Mapping[str, File]]:
        """Return those of which a directory was listed."""
        listed = {one.node for one in self.asked if one.status == 200 and _LISTING.match(one.target)}
        return {name: node for number, (name, node) in enumerate(self.nodes.items()) if number in listed}

    @property
    def asked(self) -> Sequence[Any]:
        requests = self.held.night.journal[-1].requests
        return [one for one in requests if (one.appliance, one.method) == (self.last.appliance, "GET")]

    def places(self, name: str) -> set[str]:
        """Return the directories of a node that were asked for."""
        number = [*self.nodes].index(name)
        return {found[1] for one in self.asked if one.node == number and (found := _LISTING.match(one.target))}

    def read(self, name: str) -> set[str]:
        """Return the files of a node that were read."""
        number = [*self.nodes].index(name)
        found = (_READ.match(one.target) for one in self.asked if one.node == number and one.status == 200)
        return {f"{one[2].rstrip('/')}/{one[1]}" for one in found if one}

    def lines(self, name: str, path: str) -> list[str]:
        file = self.nodes[name].get(path)
        data = bytes(file.content) if file is not None else b""
        return (gzip.decompress(data) if path.endswith(".gz") and data else data).decode("latin-1").splitlines()

    @property
    def indicators(self) -> Iterator[Values]:
        return (one for each in (*map(_indicators, self._entries), BY_PROPERTY) for one in each)

    @property
    def _entries(self) -> list[str]:
        return [weakness.id for weakness in self.held.weaknesses]

    @property
    def gaps(self) -> list[Values]:
        return [one for one in self.report["not_seen"] if one["is_gap"]]


BY_PROPERTY: tuple[Values, ...] = tuple(
    {"log": (), "in": (f"/var/log/{name}.log*",)}
    for name in ("bash", "sh", "notice", "httpaccess", "httpaccess-vpn", "ns")
)
"""The logs in which a hunt looks for what no entry names, such as a set-user-id bit that is set."""


@cache
def _indicators(entry: str) -> tuple[Values, ...]:
    """Return what an entry names as traces, as far as files of a node show it."""
    known = yaml.safe_load((ENTRIES / entry / "mitigation.yml").read_text(encoding="utf-8"))
    return tuple(one for one in known.get("indicators", ()) if "nitro" in one["seen_by"])


# -- both -------------------------------------------------------------------------------------------------------------


def _of_both(seen: _Seen) -> Iterator[str]:
    report = seen.report
    levels = [one["level"] for one in seen.findings]
    wanted = 2 if "compromise" in levels or seen.gaps else 1 if levels else 0
    if report["exit_code"] != wanted and not (report["not_reached"] and report["exit_code"] == 4):
        yield f"it found {levels}, with {len(seen.gaps)} gaps, and its exit code is {report['exit_code']}"
    for one in seen.findings:
        if one["appliance"] != seen.last.appliance or one["node"] not in seen.nodes:
            yield f"{one['what']} is of {one['appliance']}, {one['node']}"
        if one["seen_by"] != "nitro" or one["acknowledged"]:
            yield f"{one['what']} was seen by {one['seen_by']}, and acknowledged: {one['acknowledged']}"
        yield from (f"{one['what']}: {why}" for why in _asked_for(one["next_step"], one))
        if not all(one[key] for key in ("what", "where", "why", "evidence", "cannot_mean", "next_step")):
            yield f"{one['what']} leaves out {[key for key, value in one.items() if not value]}"
        yield from (
            f"{one['what']}: it says {one[key]}" for key in ("what", "why", "cannot_mean") if HOLE.search(one[key])
        )
    for one in seen.gaps:
        yield from (f"the gap {one['what']}: {why}" for why in _asked_for(one["why"], one))
    if len({one["id"] for one in seen.findings}) != len(seen.findings):
        yield "two of its findings are one"
    counts = [f"{levels.count(level)} {level}" for level in LEVELS if level in levels]
    if not report["not_reached"]:
        looked = [f"{count} {name}" for name, count in report["looked_at"].items()]
        yield from _line(seen, ", ".join(counts) or "nothing found", looked)


def _asked_for(text: str, one: Values) -> Iterator[str]:
    """A text that names a playbook has its command, each once."""
    named = [] if "ask who runs" in text else [f"{playbook}.yml" for playbook, _options in named_in(text)]
    given = [command["playbook"] for command in one.get("next_commands", ()) if not command["checks"]]
    if not {*named} <= {*given} or len(given) != len({*given}):
        yield f"it says {text}, and the commands are {given}"
    options = [option for command in one.get("next_commands", ()) for option in command["options"].items()]
    if missing := [pair for pair in _SETS.findall(text) if pair not in options]:
        yield f"it says {text}, and no command sets {missing[0]}"


def _line(seen: _Seen, found: str, looked: Sequence[str]) -> Iterator[str]:
    """Its line counts the findings, says what was looked at, and the first gap."""
    text = str(seen.report["msg"])
    is_something = seen.findings or any(seen.report["looked_at"].values())
    if is_something and not text.startswith(f"{seen.last.appliance}: {found} in "):
        yield f"it found {found}, and it says {text}"
    if is_something and any(one.split(" ")[0] not in re.findall(r"\d+", text) for one in looked):
        yield f"it looked at {looked}, and it says {text}"
    first = f"{seen.gaps[0]['what']}: {seen.gaps[0]['why']}"[:120] if seen.gaps else ""
    if ("INCOMPLETE" in text) is not bool(seen.gaps) or first not in text:
        yield f"its gaps are {seen.gaps}, and it says {text}"
    more = f" and {len(seen.gaps) - 1} more" if len(seen.gaps) > 1 else ""
    if not text.endswith(more) or (not more and re.search(r" and \d+ more$", text)):
        yield f"it has {len(seen.gaps)} gaps, and it says {text}"


def _page(seen: _Seen) -> Iterator[str]:
    """What people read has each finding with its details, each gap and each log, the most urgent first; and it ends with the totals."""
    *lines, total = seen.report["page"]
    yield from _total(seen, total)
    yield from _commands(seen)
    details = [line.strip() for line in lines]
    if not seen.findings and not seen.gaps:  # which the totals say
        return
    wanted: list[str] = []
    for level in LEVELS:
        for one in (finding for finding in seen.findings if finding["level"] == level):
            moment = f", {one['time']}" if one["time"] else ""
            wanted.append(
                f"{level.upper():<10}  {one['node']}  {one['where']}: {one['what']}"
                f" ({one['before_or_after_fix']}{moment}, seen by {one['seen_by']}) [{one['id']}]"
            )
            wanted += [f"{f'{title}:':<6}{one[key]}" for title, key in _TITLES if one[key]]
    own = [one for one in details if re.match(r"(?:COMPROMISE|ATTEMPT|REVIEW) |(?:why|seen|not|next|known): ", one)]
    if own != wanted:
        other = next((pair for pair in zip([*own, ""], [*wanted, ""], strict=False) if pair[0] != pair[1]), ("", ""))
        yield f"its page has {other[0]!r} in place of {other[1]!r}"
    gaps = [f"{one['what']}: {one['why']}" for one in seen.report["not_seen"]]
    told = [one.removeprefix("not looked at: ") for one in details if one.startswith("not looked at: ")]
    is_short = len(gaps) == 1 and bool(seen.gaps)  # its line has said it
    if not is_short and (len(told) != len(gaps) or any(gap not in text for gap, text in zip(gaps, told, strict=True))):
        yield f"it has not looked at {gaps}, and its page says {told}"
    reach = [
        f"{one['node']} {one['log']}: {one['oldest'].replace('T', ' ') or 'no line with a time'}"
        for one in seen.report.get("reach", ())
    ]
    told = [one.removeprefix("reaches back to: ") for one in details if one.startswith("reaches back to: ")]
    if told != reach:
        yield f"its logs reach back to {reach}, and its page says {told}"
    if details[:1] != [seen.report["msg"]]:
        yield f"its page begins with {details[:1]}"


def _total(seen: _Seen, total: str) -> Iterator[str]:
    code = 4 if seen.report["not_reached"] else int(seen.report["exit_code"])
    worst = next((level for level in LEVELS if level in {one["level"] for one in seen.findings}), "")
    parts = [f"1 with {worst}"] if worst else []
    parts += ["1 unreachable" if seen.report["not_reached"] else "1 incomplete"] if seen.gaps else []
    parts += [] if parts else ["1 with nothing found in what was looked at"]
    wanted = f"1 appliance: {', '.join(parts)}; exit code {code}"
    if total != wanted + (" for monitoring, 0 of the playbook" if code == 1 else ""):
        yield f"it ends with {total!r}, in place of {wanted!r}"


def _commands(seen: _Seen) -> Iterator[str]:
    """What is next of all is what is next of its findings and gaps, each once, and the look again, the last one."""
    asked = [one for found in (*seen.findings, *seen.gaps) for one in found.get("next_commands", ())]
    wanted = [one for number, one in enumerate(asked) if one not in asked[:number]]
    given = seen.report["page_commands"]
    names = [one["playbook"] for one in given]
    if not (seen.findings or seen.gaps):
        if given:
            yield f"nothing was found, and the commands are {names}"
    elif [bool(one.get("again")) for one in given] != [False] * (len(given) - 1) + [True]:
        yield f"to look again is not the last of the commands {names}"
    elif given[:-1] != wanted[: MOST - 1]:
        yield f"its findings ask for {[one['playbook'] for one in wanted]}, and the commands are {names}"


# -- hunt -------------------------------------------------------------------------------------------------------------


def _hunt(seen: _Seen) -> Iterator[str]:
    report, reached = seen.report, seen.reached
    ended = report["hunt_ended"]
    if ended and not is_at(seen.held, len(seen.held.actions) - 1, datetime.fromisoformat(ended)):
        yield f"it ended at {ended}"
    missing = len(seen.nodes) - len(reached)
    if missing and not seen.gaps:
        yield f"it has looked at {[*reached]} of {[*seen.nodes]}, and has no gap"
    if reached and [one["what"] for one in report["not_seen"] if not one["is_gap"]] != [
        "permissions, processes, ports"
    ]:
        yield f"a shell was not used, and it has left out {report['not_seen']}"
    for name in reached if not missing and not seen.gaps else ():
        yield from (f"{name}: {why}" for why in (*_places(seen, name), *_reach(seen, name), *_lines(seen, name)))
    for one in seen.findings:
        yield from (f"{one['what']}, {one['where'][:80]}: {why}" for why in _found(seen, one))
    yield from _own(seen)


def _places(seen: _Seen, name: str) -> Iterator[str]:
    """Each directory of an indicator was asked for, with those below it that are there, and each log was read."""
    asked, read, files = seen.places(name), seen.read(name), seen.nodes[name]
    for one in seen.indicators:
        for pattern in (*one.get("files", ()), *(one["in"] if "log" in one else ())):
            directory, _slash, _last = pattern.rpartition("/")
            if "*" not in directory and directory not in asked:
                yield f"it has not looked into {directory}"
            for path in files:
                if "log" in one and PurePosixPath(path).match(pattern) and path not in read:
                    yield f"it has not read {path}"
        for place in one["in"] if "content" in one else ():
            below = {str(PurePosixPath(path).parent) for path in files if path.startswith(f"{place}/")}
            for directory in {place, *(each for each in below if each.count("/") - place.count("/") <= 3)} - asked:
                if place not in files:  # which is a file
                    yield f"it has not looked into {directory}"
        if "cron" in one:
            yield from (f"it has not looked for cron jobs in {place}" for place in {*CRON, LOGS} - asked)
            jobs = [
                path
                for path in files
                if path.startswith((f"{CRON[0]}/", "/etc/crontab", "/nsconfig/crontab", f"{LOGS}/cron"))
            ]
            yield from (f"it has not read the cron jobs of {path}" for path in jobs if path not in read)


def _reach(seen: _Seen, name: str) -> Iterator[str]:
    """Of each log that an indicator names, the oldest line of all its parts is told."""
    oldest: dict[str, list[datetime]] = {}
    for one in seen.indicators:
        for path in seen.nodes[name]:
            if "log" in one and any(PurePosixPath(path).match(pattern) for pattern in one["in"]):
                stem = _PART.fullmatch(PurePosixPath(path).name)
                times = oldest.setdefault(stem[1] if stem else path, [])
                times += [at for line in seen.lines(name, path)[:3] if (at := _time_of(line, seen.held.now.at))][:1]
    told = {one["log"]: one["oldest"] for one in seen.report["reach"] if one["node"] == name}
    wanted = {log: min(times).isoformat() if times else "" for log, times in sorted(oldest.items())}
    if [*told.items()] != [*wanted.items()]:
        yield f"its logs begin at {wanted}, and it says {told}"


def _time_of(line: str, now: datetime) -> datetime | None:
    if found := _ACCESS.search(line[:400]):
        return datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S")  # noqa: DTZ007 -- in the zone of the node
    if found := _ERROR.match(line):
        return datetime.strptime(f"{found[1]} {found[2]}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007
    if found := _SYSLOG.match(line):  # which has no year
        return datetime.strptime(f"{found[1]} {now.year}", "%b %d %H:%M:%S %Y")  # noqa: DTZ007
    return None


def _lines(seen: _Seen, name: str) -> Iterator[str]:
    """The lines of who reached the weakness are counted, and the newest has its time."""
    paths = [path for path in seen.nodes[name] if path.startswith(f"{LOGS}/httpaccess")]
    lines = [line for path in paths for line in seen.lines(name, path) if _TELLS.search(line) and BY_US not in line]
    found = [one for one in seen.findings if (one["node"], one["level"]) == (name, "attempt")]
    if not lines:
        yield from (f"no line tells of an attack, and it found {one['what']}" for one in found)
        return
    if not found:
        return  # other checks say so where somebody got in
    number = f"{len(lines)} line{'' if len(lines) == 1 else 's'} that"
    if not found[0]["what"].startswith(number):
        yield f"{number} tell of an attack are there, and it found {found[0]['what']}"
    newest = max(at for line in lines if (at := _time_of(line, seen.held.now.at)))
    if found[0]["time"] != newest.isoformat(" "):
        yield f"the newest is of {newest}, and it says {found[0]['time']}"
    where = [
        path for path in paths if any(_TELLS.search(line) and BY_US not in line for line in seen.lines(name, path))
    ]
    if sorted(found[0]["where"].split(", ")) != sorted(where):
        yield f"they are in {where}, and it says {found[0]['where']}"
    if not any(line[:60] in found[0]["evidence"] for line in lines):
        yield f"none of them is what was seen: {found[0]['evidence']}"


def _found(seen: _Seen, one: Values) -> Iterator[str]:
    """A finding is of a file that is there, as it is, and says no more than that."""
    node, level = seen.nodes.get(one["node"]), one["level"]
    if node is None:
        return
    paths = one["where"].split(", ")
    if gone := [path for path in paths if path not in node]:
        yield f"{gone[0]} is not there"
        return
    for path, size, moment in _SIZE.findall(one["evidence"]):
        file = node.get(path)
        if file is None or len(file.content) != int(size) or _moment(file.modified) != moment:
            yield f"it is not so: {path} ({size} bytes, {moment})"
    newest = max(_moment(node[path].modified) for path in paths)
    if not paths[0].startswith(f"{LOGS}/") and one["time"] != newest:
        yield f"it is of {newest}, and it says {one['time']}"
    text, playbooks = _STEPS.get(level, ("", []))
    if not one["next_step"].startswith(text) or not one["cannot_mean"].startswith(_CANNOT.get(level, "")):
        yield f"it is a {level}, and next is {one['next_step']}; it cannot mean {one['cannot_mean']}"
    if [command["playbook"] for command in one.get("next_commands", ())] != playbooks and level in _STEPS:
        yield f"it is a {level}, and the commands are {one.get('next_commands')}"
    known = {weakness.id: weakness.cve for weakness in seen.held.weaknesses}
    if not {*one["entries"]} <= {*known} or any(known.get(entry, "?") not in one["why"] for entry in one["entries"]):
        yield f"it is of {one['entries']}, and why is {one['why']}"
    build = seen.held.now.builds[seen.last.appliance][[*seen.nodes].index(one["node"])]
    are_fixed = [
        weakness.is_fixed(build) or weakness.was_never_affected(build)
        for weakness in seen.held.weaknesses
        if weakness.id in one["entries"]
    ]
    is_open = bool(are_fixed) and not all(are_fixed)
    if one["before_or_after_fix"] not in _FIX or (one["before_or_after_fix"] == _FIX[0]) is not is_open:
        yield f"{build} runs, and it says {one['before_or_after_fix']}"
    if (
        not is_open
        and one["before_or_after_fix"] != _FIX[3]
        and not any("nsinstall" in path or path.startswith("/flash/ns-") for path in node)
    ):
        yield f"no file shows when {build} was installed, and it says {one['before_or_after_fix']}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")


def _own(seen: _Seen) -> Iterator[str]:
    """No more of it is ours than what has our name; and where nobody else had a hand in it, all files of that name are."""
    names = [
        path
        for node in seen.reached.values()
        for path in node
        if re.match(r"/(?:nsconfig|var/tmp)/tourniquet_[^/]+$", path)
    ]
    doubtful = [
        number
        for one in seen.findings
        if (number := re.match(r"(\d+) files? with a name that Tourniquet", one["what"]))
    ]
    files, requests = seen.report["own"]["files"], seen.report["own"]["requests"]
    if files + sum(int(one[1]) for one in doubtful) != len(names) and not seen.gaps:
        yield f"{len(names)} files have a name like ours, and it says {files}, with {[one[0] for one in doubtful]}"
    told = [
        line
        for name, node in seen.reached.items()
        for one in seen.indicators
        for path in node
        if "log" in one and any(PurePosixPath(path).match(pattern) for pattern in one["in"])
        for line in seen.lines(name, path)
        if BY_US in line and any(_is_in(text, line, one) for text in one["log"])
    ]
    is_alone = is_clear(seen.held, seen.last.appliance) and not seen.gaps and seen.last.by == seen.held.found.by
    known = requests + sum(by_a_wrong_clock(seen.held, seen.last))
    if known > len(told) or (is_alone and known != len(told)):
        yield f"indicators name {len(told)} lines of our probes, and it says {requests}"


def _is_in(text: str, line: str, indicator: Values) -> bool:
    """Return whether a line has what an indicator names."""
    return bool(re.search(text.strip(), line)) if indicator.get("match") == "regex" else text in line


# -- alarm ------------------------------------------------------------------------------------------------------------


def _alarm(seen: _Seen) -> Iterator[str]:
    report = seen.report
    yield from _stated(seen)
    alarms = report.get("alarms", ())
    working = sum(one["works"] for one in alarms)
    told = [(name, count) for name, count in report["looked_at"].items() if name.startswith("working alarm")]
    if alarms and told != [("working alarm" if working == 1 else "working alarms", working)]:
        yield f"{working} of its alarms work, and it says {report['looked_at']}"
    said = " ".join(f"{one['what']}: {one['why']}" for one in report["not_seen"])
    yield from _there(seen, alarms, said)
    for one in alarms:
        yield from (f"the alarm of {one['measure']}: {why}" for why in _chain(seen, one, said))
    for one in seen.findings:
        yield from (f"{one['where']}: {why}" for why in _counted(seen, one))
    yield from _quiet(seen, working)
    matched = [
        (int(found[1]), one) for one in seen.findings if (found := re.match(r"matched (\d+) request", one["what"]))
    ]
    unclear = sum(count for count, one in matched if _is_of_a_whitelist(one))
    counts = [count for count, one in matched if not _is_of_a_whitelist(one)]
    besides = re.search(r"; (\d+) requests? to be looked at$", report["statement"])
    if "no attempts seen" in report["statement"] and int(besides[1] if besides else 0) != unclear:
        yield f"{unclear} requests were none of a list, and it says {report['statement']}"
    told = re.match(r"(\d+) requests? ", report["statement"])
    if (int(told[1]) if told else 0) != sum(counts) and not seen.gaps:
        yield f"its findings count {counts}, and it says {report['statement']}"
    if told and not sum(counts):
        yield f"it has found nothing, and it says {report['statement']}"
    if (report["statement"].startswith("monitoring unproven")) is not bool(seen.gaps) and not report.get("needless"):
        yield f"its gaps are {seen.gaps}, and it says {report['statement']}"
    for command in report["page_commands"]:
        mode = command["options"].get("mitigation_mode")
        every = [seen.held.of(weakness) for weakness in seen.held.weaknesses]
        if mode and (mode == "observe") is not any(
            observes(one, seen.last.appliance)
            for one in every
            if command["options"].get("mitigation") == one.weakness.id
        ):
            yield f"it asks for {command['playbook']} with {command['options']}"


def _is_of_a_whitelist(finding: Values) -> bool:
    return str(finding["where"]).split(" ")[-1].startswith(WHITELIST)


def _there(seen: _Seen, alarms: Sequence[Values], said: str) -> Iterator[str]:
    """What is there and bound is not told to be gone, nor bound nowhere."""
    now = seen.held.night.journal[-1]
    bound = {
        policy for (name, _partition), names in now.bound.items() if name == seen.last.appliance for policy in names
    }
    ours = {policy for policy in bound if policy.startswith("tq_")}
    if ours and "no policy of ours is bound" in said:
        yield f"{sorted(ours)} are bound, and it says {said}"
    alone = {policy for one in alarms if one["place"] == "not bound" for policy in one["policies"]}
    if alarms and (wrong := ours & alone):
        yield f"{sorted(wrong)} are bound, and it says that they are not"
    now_hits, before = now.hits, [one.hits for one in seen.held.night.journal[-2:-1]]
    reached = [
        policy
        for (name, _partition, policy), n in now_hits.items()
        if (name, policy[:3]) == (seen.last.appliance, "tq_")
        and n > sum(one.get((name, _partition, policy), 0) for one in before)
    ]
    if reached and "has an alarm that can be tested" in said:
        yield f"its requests have reached {reached}, and it says {said}"
    for name in _GONE.findall(said):
        if now.is_there(seen.last.appliance, name):
            yield f"{name} is there, and it says that it is gone"


def _stated(seen: _Seen) -> Iterator[str]:
    """Its statement has a form of its own, and says of whose requests it is as its findings do; what a user may not read was refused to him."""
    report, text = seen.report, str(seen.report["statement"])
    if not _STATED.fullmatch(text) and not report.get("needless"):
        yield f"no form of a statement has {text!r}"
    attempts = [one["what"] for one in seen.findings if re.match(r"matched \d+ request", one["what"])]
    is_unknown = bool(attempts) and all(re.search(r"requests? of unknown origin", one) for one in attempts)
    if re.match(r"\d+ request", text) and ("of unknown origin" in text) is not is_unknown:
        yield f"its findings are {attempts}, and it says {text}"
    is_all_read = seen.held.is_read(seen.last.appliance) and not any(one.status in (401, 403) for one in seen.asked)
    since = re.search(r" matched (since .+)$", text)
    if since and not any(since[1] in one for one in attempts):
        yield f"its findings are {attempts}, and it says {text}"
    denied = [one["why"] for one in report["not_seen"] if "allow the user" in one["why"]]
    if denied and is_all_read:
        yield f"nothing was refused to it, and it says {denied[0]}"


def _quiet(seen: _Seen, working: int) -> Iterator[str]:
    """Since when it is quiet is told where all alarms work, and on the page where nothing was found."""
    report = seen.report
    since, page = report.get("quiet_since") or "", "\n".join(report["page"])
    if bool(since) is not (bool(working) and not seen.gaps):
        yield f"{working} of its alarms work, with the gaps {seen.gaps}, and it is quiet since {since or 'never'}"
    if not since:
        return
    shown = f"{datetime.fromisoformat(since):%Y-%m-%d %H:%M} UTC"
    if "seen since" in report["statement"] and shown not in report["statement"]:
        yield f"it is quiet since {since}, and it says {report['statement']}"
    lines = [line for line in report["page"] if "no attempts seen since " in line and "the alarm works" in line]
    if wrong := [
        line
        for line in lines
        if not re.fullmatch(rf"\s*{seen.last.appliance}: .*; no attempts seen since {shown}", line)
    ]:
        yield f"it is quiet at {seen.last.appliance} since {since}, and its page says {wrong[0]}"
    if (f"no attempts seen since {shown}" in page) is bool(seen.findings):
        yield f"it is quiet since {since}, with {len(seen.findings)} findings, and its page says {page[:300]}"


def _chain(seen: _Seen, one: Values, said: str) -> Iterator[str]:
    """An alarm that works has all its links; one that does not says where it is broken and why, and is a gap."""
    if one["works"] is not (not one["broken"] and not one["cause"]):
        yield f"it works: {one['works']}, broken at {one['broken']!r}: {one['cause']!r}"
    if one["works"] and not {"request", "hits", "log"} <= {*one["links"]}:
        yield f"it works, with the links {sorted(one['links'])}"
    if one["broken"] in one["links"]:
        yield f"its link {one['broken']} is broken, and works"
    if not one["works"] and one["cause"][:60] not in said:
        yield f"it does not work, since {one['cause']}; and what was not seen is {said}"
    if one["links"] and seen.report["sent"] == 0:
        yield "nothing was sent, and it has links"
    if one["request"] and not _TAGGED.search(one["request"]):
        yield f"its request has no mark of a test of the alarm: {one['request']}"
    names = {place.vserver for place in seen.held.places(seen.last.appliance)}
    if one["vip"] and one["vip"].split(" ")[0] not in names:
        yield f"it was tested at {one['vip']}, of {sorted(names)}"


def _counted(seen: _Seen, one: Values) -> Iterator[str]:
    """The counters are those of the simulator: all hits, and those that this test has caused."""
    numbers, policy = _COUNTER.match(one["evidence"]), one["where"].split(" ")[-1]
    now, *before = [entry.hits for entry in seen.held.night.journal[:-3:-1]]
    keys = [key for key in now if key[0] == seen.last.appliance and key[2] == policy]
    if numbers is None or len(keys) != 1 or len(seen.nodes) > 1:
        return
    wanted = (now[keys[0]], now[keys[0]] - (before[0].get(keys[0], 0) if before else 0))
    if tuple(map(int, numbers.groups())) != wanted:
        yield f"it has counted {wanted[0]}, {wanted[1]} of them now, and it says {one['evidence']}"
    is_unclear = "may be" in one["why"] or policy.startswith(WHITELIST)
    if one["level"] not in ("attempt", "review") or (one["level"] == "review") is not is_unclear:
        yield f"it is a {one['level']}, since {one['why']}"
