# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runs that sent probes and left no change record, such as a verify of an exposed appliance: by them a hunt knows the lines of these probes in the logs.
The runs that asked the nodes over SSH are noted beside them, with the account: by them a reading of logs knows these commands.

``<records>/<appliance>/probes_<month>.jsonl`` on the control node has a line for the beginning and one for the end of each; older months are deleted.
What they say of counters that somebody has cleared is kept in ``probes_lower.jsonl``, as long as the records that it ends.
``<records>/probes_of/<control node>/<appliance>/`` has the same files of another one: ``sliced.yml`` writes those of its execution nodes, a person copies
those of other control nodes. What stands in them is foreign input: each line is checked, and what does not fit counts for nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from ...catalogue.counted_requests import CountedRequests
from ...foundation.errors import InvalidInput
from ...foundation.private_files import append_privately, has_private_directory, open_private
from .records_folder import existing_folder, make_folder, unique_name

OTHERS = "probes_of"
"""The directory in that of the records which has a directory for each other control node."""
MONTHS = 6
"""How many months are kept: this one and those before it. Logs of an appliance reach back for weeks at most where it is used."""
LARGEST = 8 * 1024 * 1024
"""Bytes of a month that are read: a verify each five minutes writes 2.5 MB."""
LONGEST_LINE = 4000
LAST = 4 * LONGEST_LINE
"""Bytes at the end of a file that have its last run."""
MOST_POLICIES = 40
"""Policies of ours whose hits a note has: two for each place of a whitelist, and one for each mitigation."""
MOST_HITS = 2000
"""Requests of one run at one policy: the largest entry has some dozens of requests for a virtual server, and a run sends them twice."""
MOST_NODES = 3
"""Other nodes whose counters a note has: a pair has one."""
MOST = 20_000
"""Runs that are kept of another control node, for each appliance."""
LONGEST = timedelta(hours=1)
"""How long the probes of one run of another control node may last."""
AHEAD = timedelta(minutes=5)
"""How far the clock of another control node may be ahead of ours."""
MOST_SENT = 1000
"""How often a run sends one request to an appliance: once or twice to each virtual server."""
_KEY = re.compile(r"[0-9a-f]{10}")
_FILE = "probes_{:%Y-%m}.jsonl"
_LOWER = "probes_lower.jsonl"
_IS_FILE = re.compile(r"probes_[0-9]{4}-[0-9]{2}\.jsonl")
_RUN = re.compile(r"[0-9a-f]{10}")
_POLICY = re.compile(r"tq_[^\x00-\x1f\x7f]{1,124}")
_LEFT_OUT = ("most", "failed_over", "is_near_start", "is_start_unknown", "is_unread", "node_started")
"""What a line does not have where it says nothing."""
_PLACE = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


@dataclass(frozen=True)
class SentProbes:
    """The probes of one run.

    :ivar run: its id, as in the User-Agent
    :ivar began: and ended, with their zone; ended is None where the run was killed
    :ivar counted: its requests in the hit counters of policies of ours; None where it has counted none that its change record does not have. Before its end,
        the counters from which on they count
    :ivar recorded: those that its change record has too; they count on a control node without that record
    :ivar elsewhere: its requests in the counters of the other node of a pair, where it failed over in the run; before its end, the counters there
    :ivar sent: by :func:`request_key`, how often it has sent a request that no policy of ours has answered
    :ivar shell: the account with which it gave commands to the nodes over SSH; "" where it gave none
    :ivar writes: it is one that takes the lease and writes, from before its change record is there
    """

    run: str
    began: datetime
    ended: datetime | None = None
    counted: CountedRequests | None = None
    sent: Mapping[str, int] = field(default_factory=dict)
    shell: str = ""
    recorded: CountedRequests | None = None
    writes: bool = False
    elsewhere: tuple[CountedRequests, ...] = ()

    @property
    def place(self) -> str:
        """Return the node and the partition of its counts; "" where it has none."""
        part = self.counted or self.recorded
        return f"{part.node} {part.partition}" if part is not None else ""

    @property
    def is_reading(self) -> bool:
        """True if it sent nothing, and only says how high counters were: lower than a run had left them."""
        one = self.counted
        return one is not None and not (one.hits or one.rises or one.in_doubt or one.most or self.sent or self.writes)

    def to_json(self) -> dict[str, Any]:
        values: dict[str, Any] = {
            "run": self.run,
            "began": self.began.isoformat(),
            "ended": self.ended.isoformat() if self.ended else "",
        }
        for name, one in (("counted", self.counted), ("recorded", self.recorded)):
            if one is not None:
                values[name] = _values(one)
        elsewhere = [*map(_values, self.elsewhere)]
        more = {"sent": dict(self.sent), "shell": self.shell, "writes": self.writes, "elsewhere": elsewhere}
        return values | {name: value for name, value in more.items() if value}


def _values(one: CountedRequests) -> dict[str, Any]:
    values = {**asdict(one), "at": one.at.isoformat()}
    return {name: value for name, value in values.items() if value or name not in _LEFT_OUT}


@dataclass
class Note:
    """What a run adds to the note of its probes before they end.

    :ivar counted: recorded, sent and elsewhere: see :class:`SentProbes`
    """

    counted: CountedRequests | None = None
    recorded: CountedRequests | None = None
    sent: Mapping[str, int] = field(default_factory=dict)
    elsewhere: tuple[CountedRequests, ...] = ()


def request_key(method: str, url: str) -> str:
    """Return a few characters that stand for a request in a note: who knows a note cannot send the request again, and a note stays short."""
    return sha256(f"{method} {url}".encode("utf-8", "replace")).hexdigest()[:10]


@contextmanager
def noted_probes(
    directory: Path,
    host: str,
    run: str,
    shell: str = "",
    begun: CountedRequests | None = None,
    elsewhere: Iterable[CountedRequests] = (),
) -> Iterator[Note]:
    """Note the beginning and the end of the probes of a run, or of its commands over SSH, and yield what the run may add to the end.

    :param directory: of the change records
    :param shell: the account of the commands
    :param begun: the counters from which on its requests count, as long as it has not ended; elsewhere: those of the other node of a pair
    :raises InvalidInput: where they cannot be noted; at the beginning, so no probe is sent. An error of the run itself is the one that is raised
    """
    began = datetime.now(UTC)
    folder = make_folder(directory, host)
    note = Note(replace(begun, at=began) if begun else None, elsewhere=_at(began, elsewhere))
    _note(folder, host, [SentProbes(run, began, counted=note.counted, shell=shell, elsewhere=note.elsewhere)])
    _delete_old(folder, host, began)
    try:
        yield note
    except BaseException:
        with contextlib.suppress(InvalidInput):
            _note(folder, host, [_ended(run, began, note, shell)])
        raise
    _note(folder, host, [_ended(run, began, note, shell)])


def _ended(run: str, began: datetime, note: Note, shell: str) -> SentProbes:
    elsewhere, now = _at(began, note.elsewhere), datetime.now(UTC)
    return SentProbes(run, began, now, note.counted, note.sent, shell, note.recorded, elsewhere=elsewhere)


def _at(began: datetime, elsewhere: Iterable[CountedRequests]) -> tuple[CountedRequests, ...]:
    """Return counts of the other node with a time that is in the run: they are read before its note begins."""
    return tuple(replace(one, at=max(one.at, began)) for one in elsewhere)


def note_counted(
    directory: Path,
    host: str,
    run: str,
    began: datetime,
    counted: CountedRequests | None,
    recorded: CountedRequests | None = None,
    *,
    writes: bool = False,
    elsewhere: Iterable[CountedRequests] = (),
) -> None:
    """Note the requests of a run with a change record: those at policies that the record says nothing of, and those that it has.

    :param writes: its beginning was noted by :func:`note_begun`
    :param elsewhere: those on the other node of a pair

    :raises InvalidInput: where they cannot be noted
    """
    ended = replace(_ended(run, began, Note(counted, recorded, elsewhere=(*elsewhere,)), ""), writes=writes)
    _note(make_folder(directory, host), host, [ended])


def note_begun(
    directory: Path,
    host: str,
    run: str,
    began: datetime,
    begun: CountedRequests | None,
    elsewhere: Iterable[CountedRequests] = (),
) -> None:
    """Note the beginning of a run that writes, before its lease and its first request: where it dies, nobody counts its requests.

    :param begun: the counters from which on they count; elsewhere: those of the other node of a pair
    :raises InvalidInput: where it cannot be noted
    """
    folder = make_folder(directory, host)
    _note(folder, host, [SentProbes(run, began, counted=begun, writes=True, elsewhere=_at(began, elsewhere))])
    _delete_old(folder, host, began)


def sent_probes(directory: Path, host: str) -> tuple[SentProbes, ...]:
    """Return the runs of this control node that have noted their probes. A line that a crash has cut off counts for nothing.

    :raises InvalidInput: where a file cannot be read, or somebody else may write to it
    """
    folder = existing_folder(directory, host)
    return () if folder is None else _read(folder, host, datetime.now(UTC))


def probes_of_others(directory: Path, host: str) -> tuple[SentProbes, ...]:
    """Return the probes that all other control nodes have noted, checked.

    :raises InvalidInput: where a file or a directory cannot be read, or somebody else may write to it
    """
    return _once(one for notes in notes_of_others(directory, host).values() for one in notes)


def notes_of_others(directory: Path, host: str) -> dict[str, tuple[SentProbes, ...]]:
    """Return by the name of its directory what each other control node has noted, checked.

    :raises InvalidInput: where a file or a directory cannot be read, or somebody else may write to it
    """
    others = directory / OTHERS
    try:
        found = sorted(others.iterdir()) if has_private_directory(others) else []
    except OSError as error:
        raise _unreadable(host, others, error) from error
    return {path.name: probes_of(directory, path.name, host) for path in found if path.is_dir()}


def is_possible(one: SentProbes, now: datetime) -> bool:
    """Return True if another control node can have sent these probes: an id of a run, and a time that is neither long, old nor in the future."""
    ended = one.ended or one.began
    return (
        _RUN.fullmatch(one.run) is not None
        and all(
            one.began <= part.at <= ended for part in (one.counted, one.recorded, *one.elsewhere) if part is not None
        )
        and ended <= now + AHEAD
        and _month(now, MONTHS - 1) <= one.began <= ended <= one.began + LONGEST
    )


def parse_probes(values: Any) -> SentProbes | None:
    """Return the probes of one run by their JSON values; None where these are none."""
    try:
        run, *times = values["run"], values["began"], *filter(None, [values["ended"]])
        moments = list(map(datetime.fromisoformat, times))
        if not isinstance(run, str) or any(one.tzinfo is None for one in moments):
            return None
        began, *ended = (one.astimezone(UTC) for one in moments)
        counted, recorded = (_parse_counted(values.get(name)) for name in ("counted", "recorded"))
        sent, shell, writes = values.get("sent", {}), values.get("shell", ""), values.get("writes", False)
        elsewhere = tuple(filter(None, map(_parse_counted, values.get("elsewhere", ()))))
        if (
            len(elsewhere) > MOST_NODES
            or not _are_sent(sent)
            or (shell and not _PLACE.fullmatch(shell))
            or not isinstance(writes, bool)
        ):
            return None
        end = ended[0] if ended else None
        return SentProbes(run, began, end, counted, sent, shell, recorded, writes, elsewhere)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_sent(values: Any) -> bool:
    """Return True if these are numbers of requests by their keys."""
    return isinstance(values, dict) and all(
        _KEY.fullmatch(key) and _is_whole(count) and 0 < count <= MOST_SENT for key, count in values.items()
    )


def _parse_counted(values: Any) -> CountedRequests | None:
    """Return the counted requests of a note; None where there are none.

    :raises ValueError: where they are more than a run can have sent, or no counts of policies of ours
    """
    if values is None:
        return None
    at, node, partition = datetime.fromisoformat(values["at"]), values["node"], values["partition"]
    if at.tzinfo is None or not _PLACE.fullmatch(node) or not _PLACE.fullmatch(partition):
        raise ValueError("counted")
    counters, hits, rises = (_counts(values[name]) for name in ("counters", "hits", "rises"))
    in_doubt, most = _counts(values.get("in_doubt", {})), values.get("most", 0)  # an earlier version has none
    failed_over, is_unread = values.get("failed_over", False), values.get("is_unread", False)
    are_flags, started = isinstance(failed_over, bool) and isinstance(is_unread, bool), values.get("node_started", "")
    if started and not _PLACE.fullmatch(started):
        raise ValueError("node_started")
    if not _is_whole(most) or not 0 <= most <= MOST_HITS or not are_flags or (is_unread and counters):
        raise ValueError("most")
    for own in (hits, in_doubt):
        if any(own[name] > min(MOST_HITS, rises.get(name, 0)) or name not in counters for name in own):
            raise ValueError("hits")
    when = at.astimezone(UTC)
    flags = {"failed_over": failed_over, "is_unread": is_unread}
    return CountedRequests(when, node, counters, hits, rises, partition, in_doubt, most, node_started=started, **flags)


def _counts(values: Mapping[str, Any]) -> dict[str, int]:
    """:raises ValueError: where these are no counts of policies of ours"""
    if len(values) > MOST_POLICIES or not all(
        _POLICY.fullmatch(name) and _is_whole(count) and 0 <= count < 2**63 for name, count in values.items()
    ):
        raise ValueError("counts")
    return dict(values)


def keep_probes(directory: Path, name: str, host: str, probes: Iterable[SentProbes]) -> int:
    """Write down which probes another control node has sent, and return of how many runs there was more to say.

    :param name: of the other one, which is a file name
    :raises InvalidInput: where they cannot be written or read
    """
    folder, now = directory / OTHERS / name / unique_name(host), datetime.now(UTC)
    known: dict[tuple[str, datetime], dict[str, SentProbes]] = {}
    for one in probes_of(directory, name, host):
        known.setdefault((one.run, one.began), {})[one.place] = one
    new: dict[tuple[str, datetime, str], SentProbes] = {}
    for one in probes:
        places = known.get((one.run, one.began), {})
        place = _place(one, places)
        has_more = place not in places or (places[place].ended is None and one.ended is not None)
        says_less = one.ended is None and bool(places) and ("" in places or not one.place)
        if has_more and not says_less and is_possible(one, now) and len(known) + len(new) < MOST:
            new[one.run, one.began, place] = one
    _note(folder, host, new.values())
    if new:
        _delete_old(folder, host, now)
    return len({(run, began) for run, began, _place in new})


def probes_of(directory: Path, name: str, host: str) -> tuple[SentProbes, ...]:
    """Return the probes that one other control node has noted, checked.

    :raises InvalidInput: where a file cannot be read, or somebody else may write to it
    """
    folder, now = directory / OTHERS / name / unique_name(host), datetime.now(UTC)
    try:
        if not all(map(has_private_directory, (directory / OTHERS, folder.parent, folder))):
            return ()
    except OSError as error:
        raise _unreadable(host, folder, error) from error
    return tuple(one for one in _read(folder, host, now) if is_possible(one, now))


def last_probes_of(directory: Path, name: str, host: str) -> SentProbes | None:
    """Return the newest run whose probes are noted of one other control node; None where there is none. Only the end of the newest file is read.

    :raises InvalidInput: where a file cannot be read, or somebody else may write to it
    """
    folder, now = directory / OTHERS / name / unique_name(host), datetime.now(UTC)
    try:
        there = all(map(has_private_directory, (directory / OTHERS, folder.parent, folder)))
        paths = sorted(path for path in folder.iterdir() if _IS_FILE.fullmatch(path.name)) if there else []
    except OSError as error:
        raise _unreadable(host, folder, error) from error
    found = [one for path in paths[-1:] for one in _lines(path, host, LAST) if is_possible(one, now)]
    return max(found, key=lambda one: one.began, default=None)


# -- files --------------------------------------------------------------------------------------------------------------


def _read(folder: Path, host: str, now: datetime) -> tuple[SentProbes, ...]:
    """Return the probes by the files of the months that are kept, and the lower counters of all months; the last line of a run counts."""
    months = map(partial(_month, now), range(MONTHS - 1, -1, -1))
    names = (_LOWER, *map(_FILE.format, months))
    try:
        old = _old_files(folder, now)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise _unreadable(host, folder, error) from error
    lower = (one for path in old for one in _lower(path, host))
    return _once(chain(lower, (one for name in names for one in _lines(folder / name, host))))


def _once(probes: Iterable[SentProbes]) -> tuple[SentProbes, ...]:
    """Return the last note of each run in each place: where a clock stands still or is set back, two nodes or partitions of a run have one beginning."""
    found: dict[tuple[str, datetime], dict[str, SentProbes]] = {}
    for one in probes:
        places = found.setdefault((one.run, one.began), {})
        if "" in places and places[""].ended is None and one.place:
            del places[""]
        places[_place(one, places)] = one
    return tuple(one for places in found.values() for one in places.values())


def _place(one: SentProbes, places: Mapping[str, SentProbes]) -> str:
    """Return the place of a note; of an end without counts, that of the beginning before it."""
    begun = (place for place, other in reversed([*places.items()]) if other.ended is None)
    return one.place or ("" if one.ended is None else next(begun, ""))


def _lines(path: Path, host: str, last: int = 0) -> Iterator[SentProbes]:
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
            if last:
                file.seek(max(0, os.fstat(file.fileno()).st_size - last))
            lines = file.read(LARGEST).splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unreadable(host, path, error) from error
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            one = parse_probes(json.loads(line)) if len(line) <= LONGEST_LINE else None
            if one is not None:
                yield one


def _note(folder: Path, host: str, probes: Iterable[SentProbes]) -> None:
    """Append a line for each, to the file of the month in which it ended or, as long as it has not, began."""
    lines: dict[Path, list[str]] = {}
    for one in probes:
        lines.setdefault(folder / _FILE.format(one.ended or one.began), []).append(_line(one))
    for path, own in lines.items():
        try:
            append_privately(path, "\n".join(own))
        except OSError as error:
            raise InvalidInput(
                f"{host}: the probes cannot be noted in {path} ({error.strerror}). Make it writable, or name another directory: -e records=..."
            ) from error


def _line(one: SentProbes) -> str:
    """Return the line of a run; without its counts where these are more than what is read: then its requests count as those of others."""
    for values in (one.to_json(), replace(one, elsewhere=()).to_json()):
        line = json.dumps(values)
        if len(line) <= LONGEST_LINE and parse_probes(values) is not None:
            return line
    return json.dumps(replace(one, counted=None, recorded=None, sent={}, elsewhere=()).to_json())


def _month(now: datetime, back: int) -> datetime:
    """Return the beginning of a month, counted back from this one."""
    year, month = divmod(now.year * 12 + now.month - 1 - back, 12)
    return datetime(year, month + 1, 1, tzinfo=UTC)


def _delete_old(folder: Path, host: str, now: datetime) -> None:
    """Delete the files of months that are no longer kept, but for lower counters. One that cannot be deleted stays; only these are read in it."""
    with contextlib.suppress(OSError, InvalidInput):
        for path in _old_files(folder, now):
            lower = [*map(_line, _lower(path, host))]
            if lower:
                append_privately(folder / _LOWER, "\n".join(lower))
            path.unlink(missing_ok=True)


def _old_files(folder: Path, now: datetime) -> list[Path]:
    """Return the files of months that are no longer kept.

    :raises OSError: where the folder cannot be read
    """
    oldest = _FILE.format(_month(now, MONTHS - 1))
    return sorted(path for path in folder.iterdir() if _IS_FILE.fullmatch(path.name) and path.name < oldest)


def _lower(path: Path, host: str) -> Iterator[SentProbes]:
    return (one for one in _lines(path, host) if one.is_reading)


def _unreadable(host: str, path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(f"{host}: {path} cannot be read ({error.strerror}). Make it readable.")
