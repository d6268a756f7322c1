# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads side by side give what they give one after the other, and stop at the first that is not answered."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import round_trip, side_by_side
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import SessionEnded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.side_by_side import (
    AT_ONCE,
    FEW,
    read_side_by_side,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, OutcomeUnknown

REFUSED = NitroError("gw-a", "GET things", 400, 1090, "wrong")
MANY = [{"n": str(number)} for number in range(FEW + 30)]


class Asked:
    """A session that says who was asked what, and fails where it is told to."""

    def __init__(self, failures: dict[str, Exception] | None = None) -> None:
        self.failures = failures or {}
        self.reads: list[str] = []
        self.others: list[Asked] = []
        self.largest: set[int] = set()

    @contextlib.contextmanager
    def beside(self, largest_answer: int) -> Iterator[Asked]:
        self.largest.add(largest_answer)
        self.others.append(other := Asked(self.failures))
        yield other

    def read(self, _type: str, *, args: dict[str, str]) -> list[dict[str, Any]]:
        self.reads.append(args["n"])
        if isinstance(error := self.failures.get(args["n"]), Exception):
            raise error
        return [args]


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_trip, "shortest", lambda: 0.04)


@pytest.mark.usefixtures("far")
def test_the_answers_come_in_the_order_of_the_reads() -> None:
    session = Asked({"7": REFUSED})
    answers = read_side_by_side(session, "things", MANY)  # type: ignore[arg-type]
    assert answers == [REFUSED if args["n"] == "7" else [args] for args in MANY]
    assert session.reads == []
    assert sorted(len(other.reads) for other in session.others) == [10, 10, 11, 11]
    assert session.largest == {side_by_side.LARGEST_ANSWER // AT_ONCE}, "together no more than one answer"


def test_a_near_appliance_is_asked_by_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_trip, "shortest", lambda: side_by_side.FAR_AWAY / 2)
    session = Asked({"7": REFUSED})
    answers = read_side_by_side(session, "things", MANY)  # type: ignore[arg-type]
    assert (answers[7], answers[8], session.others) == (REFUSED, [MANY[8]], [])


@pytest.mark.usefixtures("far")
def test_so_is_one_that_is_asked_little() -> None:
    session = Asked()
    assert read_side_by_side(session, "things", MANY[:FEW]) == [[args] for args in MANY[:FEW]]  # type: ignore[arg-type]
    assert session.others == []


@pytest.mark.usefixtures("far")
def test_what_is_not_answered_ends_the_others() -> None:
    session = Asked({"5": OutcomeUnknown("gw-a: no answer")})
    with pytest.raises(OutcomeUnknown, match="gw-a: no answer"):
        read_side_by_side(session, "things", MANY)  # type: ignore[arg-type]
    session = Asked({str(number): OutcomeUnknown(f"gw-a: {number}") for number in range(AT_ONCE)})
    with pytest.raises(OutcomeUnknown):
        read_side_by_side(session, "things", MANY)  # type: ignore[arg-type]
    assert sum(len(other.reads) for other in session.others) <= AT_ONCE


@pytest.mark.usefixtures("far")
def test_the_session_reads_what_is_left_where_it_has_ended() -> None:
    """It logs in again, which only it may."""
    session = Asked()
    ended = Asked({args["n"]: SessionEnded("gw-a") for args in MANY[20:]})
    session.beside = ended.beside  # type: ignore[method-assign]
    answers = read_side_by_side(session, "things", MANY)  # type: ignore[arg-type]
    assert answers == [[args] for args in MANY]
    assert sorted(session.reads, key=int) == [args["n"] for args in MANY[20:]]
