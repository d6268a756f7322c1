# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What must have been said and is left out is noticed: one output after the other loses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.nights.checks import wrong_claim
from tests.nights.claims import Claim
from tests.nights.held import Held
from tests.nights.night import OURS, night_of
from tests.nights.obligations import obligations
from tests.nights.outputs import Outputs, RunOutputs, read
from tests.nights.text_claims import all_claims

CLOSED, LOST, BROKEN_INTO = "apply, notice, wait", "apply, observe", "attack, hunt, wait"


@contextmanager
def _held(directory: Path, actions: str, shape: str = "shared") -> Iterator[Held]:
    with night_of([shape], directory) as night:
        for one in actions.split(", "):
            night.play(one)
        yield Held(night, read(night.nodes[OURS], OURS, night.clock))


def _screen(found: Outputs, text: str) -> Outputs:
    """Return the outputs without the lines of the screens that have a text."""

    def without(run: RunOutputs) -> RunOutputs:
        return replace(run, screen=[one for one in run.screen if text not in one])

    return replace(found, status=without(found.status), catalogue=without(found.catalogue))


def _ledger(found: Outputs, **rows: Any) -> Outputs:
    about = found.ledger["appliances"]["one"]
    answers = [{**one, "rows": [{**row, **rows} for row in one["rows"]]} for one in about["answers"]]
    return replace(found, ledger={**found.ledger, "appliances": {"one": {**about, "answers": answers}}})


def _facts(found: Outputs, kind: str) -> Outputs:
    """Return the outputs without the facts of letters of a kind."""
    facts = {
        name: replace(one, facts=[fact for fact in one.facts if not str(fact.kind).startswith(kind)])
        for name, one in found.facts.items()
    }
    return replace(found, facts=facts)


def _duties(found: Outputs, **changes: Any) -> Outputs:
    return replace(found, duties={name: {**one, **changes} for name, one in found.duties.items()})


def _metrics(found: Outputs) -> Outputs:
    text = found.status.metrics.replace('result="ok"} 2', 'result="ok"} 0')
    return replace(found, status=replace(found.status, metrics=text))


def _decisions(found: Outputs) -> Outputs:
    gone = {name: [{**one, "overdue": False} for one in rows] for name, rows in found.status.decisions.items()}
    return replace(found, status=replace(found.status, decisions=gone))


def _vex(found: Outputs) -> Outputs:
    documents: Mapping[str, Any] = {name: {**one, "vulnerabilities": []} for name, one in found.status.vex.items()}
    return replace(found, status=replace(found.status, vex=documents))


@pytest.mark.parametrize(
    ("actions", "lie", "said"),
    [
        (CLOSED, lambda found: _screen(found, "closed at "), "and the screen of status does not say it"),
        (CLOSED, lambda found: _screen(found, "OVERDUE"), "overdue, and the screen of catalogue does not say it"),
        (CLOSED, _decisions, "overdue, and the decisions of status do not say it"),
        (CLOSED, lambda found: _ledger(found, closings=[]), "and the ledger does not say it"),
        (CLOSED, lambda found: _facts(found, "closed"), "and the letter of De Wit does not say it"),
        (CLOSED, lambda found: _duties(found, unavailable=[]), "and the duties of Brouwer have []"),
        (LOST, lambda found: _screen(found, "PROTECTION LOST"), "the screen does not say PROTECTION LOST"),
        (LOST, lambda found: _ledger(found, losses=[]), "the ledger has no loss that lasts"),
        (LOST, lambda found: _screen(found, "one"), "the screen of status does not name it"),
        (LOST, _metrics, "Prometheus of status has"),
        (LOST, _vex, "VEX of status for Brouwer does not say it"),
        (BROKEN_INTO, lambda found: _duties(found, clocks=[]), "has no clock of the data protection authority"),
    ],
)
def test_what_is_left_out_is_noticed(
    tmp_path: Path, actions: str, lie: Callable[[Outputs], Outputs], said: str
) -> None:
    with _held(tmp_path, actions) as held:
        assert [*obligations(held)] == []
        assert [one for one in obligations(replace(held, found=lie(held.found))) if said in one]


def test_who_was_broken_into_is_called_first(tmp_path: Path) -> None:
    with night_of(["alone", "oord"], tmp_path) as night:
        for one in ("attack two", "hunt two", "apply one"):
            night.play(one)
        found = read(night.nodes[OURS], OURS, night.clock)
        assert [*obligations(Held(night, found))] == []
        lines = [*found.calls[:2], *reversed(found.calls[2:])]
        assert [*obligations(Held(night, replace(found, calls=lines)))] == [
            "two was broken into, and the call list begins with Brouwer"
        ]


def _text(found: Outputs, before: str, after: str) -> Outputs:
    run = found.status
    screen: Sequence[str] = [line.replace(before, after) for line in run.screen]
    pages = {name: text.replace(before, after) for name, text in run.pages.items()}
    changed = replace(run, screen=screen, page=run.page.replace(before, after), pages=pages)
    return replace(found, status=changed, course=found.course.replace(before, after))


@pytest.mark.parametrize(
    ("actions", "before", "after", "views"),
    [
        (LOST, "observe, not blocking", "mitigated", {"status screen", "status page", "course.txt"}),
        (LOST, "13.0 47.22   ", "13.0 47.24   ", {"status screen"}),
        (CLOSED, "gw_wit", "gw_other", {"status screen"}),
        (CLOSED, "De Wit", "Brouwer", {"status screen", "status page of De Wit"}),
        (CLOSED, "closed at ", "shut at ", {"status screen"}),
    ],
)
def test_what_a_text_says_is_held_against_the_world(
    tmp_path: Path, actions: str, before: str, after: str, views: set[str]
) -> None:
    with _held(tmp_path, actions) as held:
        lie = replace(held, found=_text(held.found, before, after))
        assert {one.view for one in all_claims(held.found) if wrong_claim(held, one)} == set()
        assert {one.view for one in all_claims(lie.found) if wrong_claim(lie, one)} >= views


def test_a_claim_without_a_check_is_an_error(tmp_path: Path) -> None:
    with _held(tmp_path, "wait") as held:
        assert wrong_claim(held, Claim("screen: something new", "screen")) == "there is no check for it"
