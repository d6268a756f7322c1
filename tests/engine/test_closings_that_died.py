# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A closing of each step whose control node dies at a write: no view says that it was closed where it was not, and the next run begins its time.

Seen: "was closed ... until", minutes, and "OPEN on the appliance, by no run of ours" of what a run had only begun to close; and its time went on from the run
that died, where the next one had found it open.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.engine.closing_stage import ClosingStage
from tests.engine.control_nodes import BOX, DiedError, dying
from tests.engine.test_closing import apply_as_the_inventory_says, geoblock
from tests.engine.test_openings_that_died import (
    COUNTRIES,
    LISTS,
    NOTICE,
    OFF,
    PARTNERS,
    PATHS,
    LadderStep,
    close,
    close_again,
    screen,
    unbound_by_hand,
)
from tests.engine.test_told_of_words import by_hand
from tests.engine.views import Views, views
from tests.stage.client import ask
from tests.stage.fleet import fleet_file

ACLS = "acls"
LISTED = "127.66.0.9"
"""A client of a network that is blocked with the country."""
SHUT_TO: dict[LadderStep, tuple[str, str]] = {
    OFF: ("127.0.0.1", "/vpn/index.html"),
    NOTICE: ("127.0.0.1", "/vpn/index.html"),
    PARTNERS: ("127.0.0.1", "/vpn/index.html"),
    PATHS: ("127.0.0.1", "/elsewhere/page"),
    COUNTRIES: (LISTED, "/vpn/index.html"),
}
"""By step, a client and a path that it closes to."""


@pytest.fixture
def stage(start: Callable[[dict[str, Any]], Simulator], tmp_path: Path) -> ClosingStage:
    records = tmp_path / "records"
    records.mkdir()
    found = ClosingStage(start(fleet_file({"box": BOX}, drop_seconds=0.1)), records)
    found.settings = {PATHS: LISTS, COUNTRIES: geoblock(tmp_path, vservers=["gw"])}
    return found


def by_acls(stage: ClosingStage) -> None:
    stage.settings[COUNTRIES] = {**stage.settings[COUNTRIES], "way": ACLS}
    del stage.settings[COUNTRIES]["answer"]


def is_shut(stage: ClosingStage, step: LadderStep) -> bool:
    (gateway,) = stage.simulator.ready["appliances"]["box"]["vservers"]
    client, path = SHUT_TO[step]
    return ask(gateway, path, client=client).status in (None, 403, 503)


def close_and_die(stage: ClosingStage, step: LadderStep, write: int, *, is_sent: bool) -> None:
    """:param is_sent: the write is carried out, and its answer is not read any more"""
    stage.run = "died"
    with pytest.MonkeyPatch.context() as patch, dying(patch, write, sends_the_last=is_sent), suppress(DiedError):
        close_again(stage, step)
    stage.run = "next"


def closings(found: Views) -> list[dict[str, Any]]:
    return [*found.row["switched_off"], *found.row["closings"]]


def texts(found: Views) -> str:
    """Return all that people read of it."""
    page = screen(found)
    return "\n".join((page, *(str(one["text"]) for one in closings(found)), found.told.letters(), found.told.screen))


def minutes(found: Views) -> int:
    return sum(int(one["minutes"]) for one in closings(found))


def letter_of_a_closing(found: Views) -> list[str]:
    return [str(fact.kind) for fact in found.told.facts.facts if str(fact.kind).startswith("closed")]


WRITES = [
    *((OFF, write) for write in (1, 2, 3)),
    *((step, write) for step in (NOTICE, PARTNERS) for write in (1, 2, 4, 5, 6)),
    # These bind a policy that blocks, and unbind the one that counts then.
    *((step, write) for step in (PATHS, COUNTRIES) for write in (2, 4, 5, 6, 7)),
]


@pytest.mark.parametrize("is_sent", [False, True])
@pytest.mark.parametrize(("step", "write"), WRITES)
def test_no_view_calls_closed_what_a_run_has_only_begun_to_close(
    step: LadderStep, write: int, is_sent: bool, stage: ClosingStage
) -> None:
    if step in (PATHS, COUNTRIES):
        apply_as_the_inventory_says(stage, step)
    close_and_die(stage, step, write, is_sent=is_sent)
    found, shut = views(stage), is_shut(stage, step)
    assert {*found.closed.values()} == {shut}, found.closed
    if shut:
        assert "NOT CLOSED" not in texts(found)
    else:
        assert_never_closed(found)
    stage.run = "again"
    close_again(stage, step)
    assert is_shut(stage, step)
    found = views(stage)
    assert {*found.closed.values()} == {True}, found.closed
    last = closings(found)[-1]
    by = "died" if shut else "again"
    assert last["closed"]["source"].endswith(f"-{by}, step {step}")
    assert not any(one["minutes"] for one in closings(found)[:-1])
    assert letter_of_a_closing(found) == [f"closed_{step}" if step is not OFF else "closed"]
    (row,) = found.status["closures"]
    (began,) = [json.loads(path.read_text())["started"] for path in stage.records.rglob(f"*-{by}.json")]
    assert row["since"] == began


def assert_never_closed(found: Views) -> None:
    said = texts(found)
    assert "was closed" not in said
    assert "by no run of ours" not in said
    assert "closed by our records" not in said
    assert not minutes(found)
    assert not letter_of_a_closing(found)
    if "NOT CLOSED" in said:
        assert "-died was to close it (" in said
        assert " and did not come to its end, and it is OPEN on the appliance: " in said


@pytest.mark.parametrize("write", range(2, 9))
@pytest.mark.parametrize("is_sent", [False, True])
def test_a_closing_by_acls_that_dies_is_no_closing(write: int, is_sent: bool, stage: ClosingStage) -> None:
    by_acls(stage)
    close_and_die(stage, COUNTRIES, write, is_sent=is_sent)
    found, shut = views(stage), is_shut(stage, COUNTRIES)
    said = {*found.closed.values()}
    if said not in ({True}, {False}):
        assert "it is not known whether" in texts(found), "what is edited is not in force until it is applied"
        assert "was to be closed by countries since" in texts(found)
        assert not letter_of_a_closing(found)
    else:
        assert said == {shut}, found.closed
    if not shut:
        assert_never_closed(found)
    stage.run = "again"
    close_again(stage, COUNTRIES)
    found = views(stage)
    assert {*found.closed.values()} == {True}, found.closed
    first, last = closings(found)[0], closings(found)[-1]
    if last["closed"]["source"].endswith("-died, step countries"):
        assert shut
        return
    assert last["closed"]["source"].endswith("-again, step countries")
    if shut:
        assert first["text"].startswith("gw may have been closed by countries between ")


def feature_off(stage: ClosingStage) -> None:
    by_hand(stage, "POST", "nsfeature?action=disable", {"nsfeature": {"feature": ["RESPONDER"]}})


def acls_of(stage: ClosingStage) -> list[str]:
    rows = stage.simulator.fleet.appliances["box"].primary.running.rows["nsacl"]
    return [str(row["aclname"]) for row in rows.values()]


def acls_disabled(stage: ClosingStage) -> None:
    for name in acls_of(stage):
        by_hand(stage, "POST", "nsacl?action=disable", {"nsacl": {"aclname": name}})
    by_hand(stage, "POST", "nsacls?action=apply", {"nsacls": {}})


def acls_removed(stage: ClosingStage) -> None:
    for name in acls_of(stage):
        by_hand(stage, "DELETE", f"nsacl/{name}")
    by_hand(stage, "POST", "nsacls?action=apply", {"nsacls": {}})


@pytest.mark.parametrize(
    ("step", "way", "opened", "was"),
    [
        *((step, "", feature_off, "open") for step in (NOTICE, PARTNERS, PATHS, COUNTRIES)),
        (COUNTRIES, "", unbound_by_hand, "open"),
        (COUNTRIES, ACLS, acls_removed, "open"),
        (COUNTRIES, ACLS, acls_disabled, "not as our runs had left it"),
    ],
)
def test_a_closing_ends_where_the_next_run_makes_again_what_others_have_taken(
    step: LadderStep, way: str, opened: Callable[[ClosingStage], None], was: str, stage: ClosingStage
) -> None:
    """Seen: its minutes ran on from the first run, whatever others had done but unbinding."""
    if way == ACLS:
        by_acls(stage)
        close_again(stage, step)
    else:
        close(stage, step)
    opened(stage)
    assert not is_shut(stage, step)
    stage.run = "again"
    close_again(stage, step)
    assert is_shut(stage, step)
    found = views(stage)
    first, second = closings(found)
    said = f"-again: it was {was} when that began, and no run of ours had opened it; since when is not known"
    assert first["reopened"]["source"].endswith(said)
    assert second["closed"]["source"].endswith(f"-again, step {step}")
    assert not second["reopened"]["time"]
    assert [row["until"] != "" for row in found.status["closures"]] == [True, False]
    (again,) = [json.loads(path.read_text()) for path in stage.records.rglob("*-again.json")]
    assert again["closing"]["closes"] == [["vpnvserver", "gw"]], "it is closed by the decision of this run"
    assert second["expires"] == again["expires"]


def test_a_run_on_another_measure_that_switches_the_feature_on_closes_it_again(stage: ClosingStage) -> None:
    close(stage, NOTICE)
    feature_off(stage)
    stage.run = "again"
    sleeping = [
        str(row["name"])
        for row in stage.simulator.fleet.appliances["box"].primary.running.rows["responderpolicy"].values()
    ]
    stage.apply_all(accept_sleeping_policies=tuple(sleeping))
    assert is_shut(stage, NOTICE)
    first, second = closings(views(stage))
    assert "-again: it was open when that began, and no run of ours had opened it" in first["reopened"]["source"]
    assert second["closed"]["source"].endswith("-again, step notice")
    assert second["by"] == first["by"]
