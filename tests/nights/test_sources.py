# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A fact, a closing or a reason that says another time, source, cause or service than what it is told from is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.nights.fact_checks import wrong_facts
from tests.nights.form_checks import badly_formed
from tests.nights.held import Held
from tests.nights.night import OURS, night_of
from tests.nights.outputs import Outputs, read
from tests.nights.status_checks import wrong_in_a_status

CHECKS = (wrong_facts, badly_formed, wrong_in_a_status)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """After a night in which a measure was taken off, and a part of what a customer has is closed."""
    with night_of(["alone"], tmp_path_factory.mktemp("night")) as night:
        for one in ("apply", "notice_of_one", "undo"):
            night.play(one)
        yield Held(night, read(night.nodes[OURS], OURS, night.clock))


def _facts(found: Outputs, kind: str, change: Callable[[Any], Any]) -> Outputs:
    facts = {
        name: replace(one, facts=tuple(change(fact) if fact.kind == kind else fact for fact in one.facts))
        for name, one in found.facts.items()
    }
    return replace(found, facts=facts)


def _closings(found: Outputs, **changes: Any) -> Outputs:
    about = found.ledger["appliances"]["one"]
    answers = [
        {
            **one,
            "rows": [{**row, "closings": [{**own, **changes} for own in row["closings"]]} for row in one["rows"]],
        }
        for one in about["answers"]
    ]
    return replace(found, ledger={**found.ledger, "appliances": {"one": {**about, "answers": answers}}})


def _result(found: Outputs, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Outputs:
    result = found.status.results["one"]
    return replace(found, status=replace(found.status, results={"one": {**result, **change(result)}}))


def _verdict(found: Outputs, name: str, change: Callable[[list[str]], list[str]]) -> Outputs:
    return _result(found, lambda one: {"verdict": {**one["verdict"], name: change(one["verdict"][name])}})


def _asked(found: Outputs) -> Outputs:
    return _result(found, lambda one: {"proof": {**one["proof"], "appliance_asked": 5}})


def _lost_later(found: Outputs) -> Outputs:
    texts = [one.replace(" on 2020", " after 2020") for one in found.status.results["one"]["protection_lost"]]
    return _result(found, lambda _one: {"protection_lost": texts})


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lambda found: _facts(found, "proven", lambda one: replace(one, source="a note")), "proven says"),
        (
            lambda found: _facts(found, "protection_ended", lambda one: replace(one, when=one.when - timedelta(1))),
            "protection_ended says",
        ),
        (lambda found: _facts(found, "protection_ended", lambda one: replace(one, undated=True)), "is undated"),
        (lambda found: _facts(found, "protection_ended", lambda one: replace(one, entry="")), "is about"),
        (lambda found: _facts(found, "closed_notice", lambda one: replace(one, part="gw")), "is of the part 'gw'"),
        (lambda found: _closings(found, service=""), "it is of the service ''"),
        (lambda found: _closings(found, beside=[{"vserver": "other", "service": "other"}]), "beside it are open"),
        (lambda found: _verdict(found, "missing", lambda _own: [": ; "]), "has the reason ': ; ' in missing"),
        (lambda found: _verdict(found, "rests_on", lambda own: own[:1]), "and its verdict rests on"),
        (_asked, "evaluated 5 requests, and a sample has 6"),
        (_lost_later, "it was taken off"),
    ],
)
def test_another_source_time_or_reason_is_noticed(held: Held, lie: Callable[[Outputs], Outputs], said: str) -> None:
    other = replace(held, found=lie(held.found))
    honest = [one for check in CHECKS for one in check(held)]
    assert [one for one in honest if said in one] == []
    assert [one for check in CHECKS for one in check(other) if said in one]
