# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parameters, the plan and the result of ending sessions after a fix. Pure.

Ended sessions do not come back, so ending them is no step: it has no inverse. The plan names the kinds of sessions and how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...appliance.nitro.builds import Build
from ...appliance.nitro.connection import Node
from ...appliance.nitro.names import DEFAULT
from ...appliance.objects.steps import Step
from ...appliance.objects.user_sessions import SESSION_KINDS, SessionCount, SessionEnd
from ...catalogue.measure import BuildStatus
from ...catalogue.run_parameters import RunParameters
from ..deployment.change_plan import ChangePlan


@dataclass(frozen=True)
class SessionAction:
    """What an entry of the catalogue wants to be ended after its fix.

    :ivar entry: the id of the entry
    :ivar types: the NITRO types of sessions
    :ivar status: what a build means for the entry
    :ivar fix_for: for a build that is not fixed, the one to install, in words
    """

    entry: str
    types: tuple[str, ...]
    status: Callable[[Build], BuildStatus] = field(compare=False)
    fix_for: Callable[[Build], str] = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class EndSessionsParameters(RunParameters):
    """The parameters of a run.

    :ivar actions: those of the catalogue, or the one that is asked for
    :ivar named: a person named the entry, so an appliance that is not ready for it is refused
    :ivar accept_exposure: end the sessions although a node has no fix
    :ivar who: the person who accepts that
    :ivar again: end the sessions although the records say that they were ended
    """

    actions: tuple[SessionAction, ...]
    named: bool = False
    accept_exposure: bool = False
    who: str = ""
    again: bool = False


@dataclass(frozen=True)
class Readiness:
    """Whether the nodes of an appliance allow to end sessions for an entry.

    :ivar concerns: a node ran, or runs, a build that the entry concerns
    :ivar problems: why not all nodes are known to run the fix, in words
    :ivar open_nodes: of the nodes that run a build without the fix, the node with its build in words, and the build that has the fix
    """

    concerns: bool
    problems: tuple[str, ...] = ()
    open_nodes: tuple[tuple[str, str], ...] = field(default=(), compare=False)


_SAFE = (BuildStatus.FIXED, BuildStatus.NOT_AFFECTED)


def readiness(action: SessionAction, nodes: Iterable[Node], missing: Iterable[str]) -> Readiness:
    """Return whether all nodes are known to run a build with the fix.

    :param missing: the nodes that cannot be read, as sentences
    """
    problems, statuses, open_nodes = list(missing), [], []
    for node in nodes:
        if node.build is None:
            if node.role != "unreachable":
                problems.append(f"node {node.address.host} cannot be asked for its build ({node.problem})")
            continue
        statuses.append(action.status(node.build))
        if statuses[-1] not in _SAFE:
            open_nodes.append((f"node {node.address.host} runs {node.build}", action.fix_for(node.build)))
            problems.append(_open_to(*open_nodes[-1], [action.entry]))
    concerns = any(status is not BuildStatus.NOT_AFFECTED for status in statuses)
    return Readiness(concerns, tuple(problems) if concerns or not statuses else (), tuple(open_nodes))


def _open_to(node: str, fix: str, entries: Iterable[str]) -> str:
    return f"{node}, which is open to {', '.join(entries)}; the fix is in {fix}"


def waiting_for(waiting: Mapping[str, Readiness]) -> str:
    """Return in words what several entries wait for, with each node and each other problem once.

    :param waiting: by entry
    """
    by_node: dict[tuple[str, str], list[str]] = {}
    others: dict[str, None] = {}
    for entry, ready in waiting.items():
        own = [_open_to(node, fix, [entry]) for node, fix in ready.open_nodes]
        others |= dict.fromkeys(problem for problem in ready.problems if problem not in own)
        for found in ready.open_nodes:
            by_node.setdefault(found, []).append(entry)
    return "; ".join([*others, *(_open_to(node, fix, entries) for (node, fix), entries in by_node.items())])


@dataclass(frozen=True, kw_only=True)
class SessionPlan(ChangePlan):
    """The plan of one appliance.

    :ivar entries: for which entries the sessions are ended
    :ivar done: by entry, in words, when its sessions were ended
    :ivar waiting: by entry, why its sessions are not ended yet, in words
    :ivar counts: by NITRO type, how many sessions there are now, in the default partition
    :ivar elsewhere: the same of the other admin partitions that have some, by their name
    :ivar exposure: what a person accepted, in words
    :ivar not_covered: whose sessions are not seen, in words
    """

    entries: tuple[str, ...] = ()
    done: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, SessionCount] = field(default_factory=dict)
    elsewhere: Mapping[str, Mapping[str, SessionCount]] = field(default_factory=dict)
    exposure: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        return ()

    @property
    def ends(self) -> tuple[SessionEnd, ...]:
        """The kinds of sessions to be ended and where, in the order of the vendor's commands."""
        return tuple(
            SessionEnd(kind, (DEFAULT, *(name for name, counts in self.elsewhere.items() if type_ in counts)))
            for type_, kind in SESSION_KINDS.items()
            if type_ in self.counts
        )

    @property
    def lines(self) -> list[str]:
        """The commands, those of other partitions after the command that switches to them."""
        elsewhere = [
            line
            for name, counts in self.elsewhere.items()
            for line in (f"switch ns partition {name}", *(SESSION_KINDS[type_].line for type_ in counts))
        ]
        return [*(end.kind.line for end in self.ends), *elsewhere]

    @property
    def writes(self) -> bool:
        return bool(self.counts)


@dataclass(frozen=True, kw_only=True)
class SessionResult:
    """The result of a run as far as it came.

    :ivar ended: the NITRO types of which all sessions were ended
    :ivar counts: by NITRO type, how many sessions there were just before
    :ivar after: by NITRO type, how many there were right after
    :ivar after_elsewhere: the same of the other admin partitions whose sessions were ended, by their name
    :ivar record: the path of the change record; "" if there is none
    :ivar failed: the reason why a run that reached its end is a failure, or ""
    """

    plan: SessionPlan
    ended: tuple[str, ...] = ()
    counts: Mapping[str, SessionCount] = field(default_factory=dict)
    after: Mapping[str, SessionCount] = field(default_factory=dict)
    after_elsewhere: Mapping[str, Mapping[str, SessionCount]] = field(default_factory=dict)
    record: str = ""
    failed: str = ""

    @property
    def changed(self) -> bool:
        """True if sessions were ended."""
        return bool(self.ended)


def count_text(counts: Mapping[str, SessionCount]) -> str:
    """Return how many sessions there are, by kind, in words; a kind without any is left out."""
    words = []
    for type_, kind in SESSION_KINDS.items():
        number = counts[type_].number if type_ in counts else 0
        if number is None:
            words.append(f"{kind.noun}s not known")
        elif number:
            words.append(f"{number} {kind.noun}{'' if number == 1 else 's'}")
    return ", ".join(words) or "no session"


def unproven_ends(before: Mapping[str, SessionCount], after: Mapping[str, SessionCount]) -> Sequence[str]:
    """Return the kinds of which it is not known that they were ended, in words: not counted, or as many as before. Users may log on again."""
    unknown = [
        f"{SESSION_KINDS[type_].noun}s: not counted after it ({count.problem})"
        for type_, count in after.items()
        if count.number is None
    ]
    return unknown + [
        f"{SESSION_KINDS[type_].noun}s: {after[type_].number} after it, and {count.number} before"
        for type_, count in before.items()
        if count.number and type_ in after and (after[type_].number or 0) >= count.number
    ]
