# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lies that have a name: those of the issue that asked for nights, each with the shortest night in which it alters a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.lies.planted import Lie, text_changed


@dataclass(frozen=True)
class Story:
    """A short night. The lies are told after its last action, or by it where it is a statement."""

    shapes: Sequence[str]
    actions: str
    lies: Sequence[Lie]


def _lie(name: str, module: str, *changes: tuple[str, str]) -> Lie:
    return Lie(name, module, text_changed(*changes))


_CALLS, _DUTIES = "customers/letters/call_list.py", "customers/letters/duties.py"
_LEDGER, _OURSELVES = "customers/letters/from_ledger.py", "traces/findings/ourselves.py"
STORIES = (
    Story(
        ("alone", "oord"),
        "attack, hunt, wait",
        (
            _lie(
                "the call list without the one customer who was broken into",
                _CALLS,
                ("for facts, customer in about)", "for facts, customer in about if not facts.of(FactKind.BROKEN_IN))"),
            ),
            _lie("the call list in reversed order", _CALLS, ("key=_Line.order\n", "key=_Line.order, reverse=True\n")),
            _lie(
                "96 hours in place of 72 to report to the data protection authority",
                _DUTIES,
                ('Persoonsgegevens within 72 hours", 72)', 'Persoonsgegevens within 72 hours", 96)'),
            ),
            _lie(
                "no traces where an attack passed",
                "judgement/course/hunt_result.py",
                ("if any(one.level is Level.COMPROMISE", "if False and any(one.level is Level.COMPROMISE"),
                ("HuntOutcome.ATTEMPT if levels", "HuntOutcome.NOTHING_FOUND if levels"),
            ),
            _lie(
                "TLP:CLEAR on all letters",
                "customers/letters/facts.py",
                ("default=Tlp.AMBER)", "default=Tlp.AMBER) and Tlp.CLEAR"),
            ),
        ),
    ),
    Story(
        ("alone",),
        "off, wait",
        (
            _lie(
                "an overdue closing left out",
                "verbs/run_report/decisions.py",
                ("*_closings(report),", '*(one for one in _closings(report) if not one["overdue"]),'),
            ),
            _lie("seven minutes less closed", _DUTIES, ("total_seconds() // 60)", "total_seconds() // 60) - 7")),
        ),
    ),
    Story(
        ("alone",),
        "apply, upgrade, verify, wait",
        (
            _lie(
                "the fix a day late",
                "judgement/course/build_track.py",
                (
                    "return run[-1].since, True",
                    'return replace(run[-1].since, time=run[-1].since.time and run[-1].since.time + __import__("datetime").timedelta(days=1)), True',
                ),
            ),
            _lie(
                "the first fixed build called affected",
                "catalogue/trains.py",
                ("if number >= self.fixed else", "if number > self.fixed else"),
            ),
        ),
    ),
    Story(
        ("alone",),
        "wait",
        (
            _lie(
                '"still exposed" left out',
                _LEDGER,
                ("yield self._dated(FactKind.EXPOSED", "if until: yield self._dated(FactKind.EXPOSED"),
            ),
            _lie(
                "a wrong number in a new entry",
                "catalogue/trains.py",
                ("if number >= self.fixed else", "if number >= (self.fixed[0], self.fixed[1] - 3) else"),
            ),
        ),
    ),
    Story(
        ("alone",),
        "wait, apply, wait",
        (
            _lie(
                "an end of exposure that is too early",
                _LEDGER,
                (
                    "place=place, **until, **about)\n        for one in",
                    'place=place, **(until and {"until": until["until"] - __import__("datetime").timedelta(days=1)}), **about)\n        for one in',
                ),
            ),
        ),
    ),
    Story(
        ("alone",),
        "apply, colleague_disables",
        (
            _lie(
                "a measure that counts with its feature off",
                "change/planning/state_reader.py",
                ("    return {name.upper(): True for", "    return {'RESPONDER': True} | {name.upper(): True for"),
            ),
        ),
    ),
    Story(
        ("alone", "oord"),
        "neighbour_named, wait",
        (
            _lie(
                "the filter of other customers' names switched off",
                "verbs/run_report/customer_view.py",
                ("LEFT_OUT if self._is_named_in(value) else value", "value"),
            ),
        ),
    ),
    Story(
        ("alone",),
        "attack, attacker_cleans_up, logs_turn_over, hunt",
        (
            _lie(
                "rotated logs not read",
                "traces/hunting/node_hunt.py",
                (
                    "self._matching_requests(clue, file, data):\n                        answer",
                    "self._matching_requests(clue, file, b'' if file.name.endswith('.gz') else data):\n                        answer",
                ),
            ),
        ),
    ),
    Story(
        ("alone",),
        "apply, verify, hunt",
        (
            _lie(
                "a finding on a clean appliance",
                _OURSELVES,
                (
                    "return Answer(Whose.OURS, str(copy.content.values",
                    "return None and Answer(Whose.OURS, str(copy.content.values",
                ),
            ),
        ),
    ),
    Story(
        ("alone",),
        "attacker_takes_our_name, attacker_cleans_up, hunt",
        (
            _lie(
                "code known by its name only",
                _OURSELVES,
                (
                    "        return unknown(Doubt.UNKNOWN_ORIGIN, self.maybe) if run is None else run\n",
                    "        return Answer(Whose.OURS)\n",
                ),
            ),
        ),
    ),
)


def named() -> Iterator[tuple[Story, Lie]]:
    """Yield each lie with its story."""
    for story in STORIES:
        for lie in story.lies:
            yield story, lie
