# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The page says of appliances without a result whether anything was sent, what may still begin and until when, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job_standing import Loss, Standing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.lost_appliances import (
    next_action,
    reason_of,
)

DEADLINE = datetime(2026, 12, 1, 3, 14, 20, tzinfo=UTC)
BEFORE = DEADLINE - timedelta(minutes=1)
WITHOUT = "the same command again, or without the node: -e without_nodes=utrecht"
LEASE = "its lease on an appliance ends 15 minutes after its last write."


def said(standing: Standing, deadline: datetime | None = DEADLINE, now: datetime = BEFORE) -> str:
    return next_action({host: Loss("utrecht", standing, deadline) for host in ("gw-1", "gw-2")}, now)


def test_nothing_is_said_where_each_appliance_has_a_result() -> None:
    assert next_action({}, BEFORE) == ""


@pytest.mark.parametrize("deadline", [DEADLINE, None])
def test_what_was_not_sent_is_not_lost(deadline: datetime | None) -> None:
    assert said(Standing.NOT_SENT, deadline) == (
        "NOT REACHED  2 appliances without a result (utrecht): gw-1, gw-2. The job was not sent, so it changed nothing there and never begins. Give "
        f"{WITHOUT}"
    )


@pytest.mark.parametrize(
    ("standing", "bound"),
    [
        (Standing.ENDED, "The job has ended"),
        (
            Standing.CANCELLED,
            "The job was cancelled, and its node has confirmed that it begins nothing any more. What it has begun it carries to the end",
        ),
        (
            Standing.OPEN,
            (
                "The job could not be cancelled: it may still begin to change these appliances until 2026-12-01 03:14:20 UTC, and this controller refuses "
                "them until then. What it has begun by then it carries to the end"
            ),
        ),
    ],
)
def test_a_lost_job_has_a_bound(standing: Standing, bound: str) -> None:
    assert said(standing) == (
        f"LOST  2 appliances without a result (utrecht): gw-1, gw-2. What was done there is not known. {bound}: {LEASE} Then give {WITHOUT}"
    )


def test_a_lost_job_that_only_reads_changes_nothing() -> None:
    assert said(Standing.OPEN, None) == (
        f"LOST  2 appliances without a result (utrecht): gw-1, gw-2. The job changes nothing. Give {WITHOUT}"
    )


def test_a_job_that_is_lost_behind_its_deadline_begins_nothing_any_more() -> None:
    assert (
        "What was done there is not known. The job begins nothing any more, since its deadline 2026-12-01 03:14:20 UTC has passed. What it has begun it "
        f"carries to the end: {LEASE} Then give"
    ) in said(Standing.OPEN, now=DEADLINE + timedelta(seconds=1))


def test_two_bounds_are_two_lines() -> None:
    losses = {
        "gw-1": Loss("utrecht", Standing.OPEN, DEADLINE),
        "gw-2": Loss("breda", Standing.NOT_SENT, DEADLINE),
    }
    assert [line.split("  ")[0] for line in next_action(losses, BEFORE).splitlines()] == ["LOST", "NOT REACHED"]


def test_a_closing_is_not_told_to_wait_for_the_job_that_was_lost() -> None:
    """This controller does not refuse it, and to wait a quarter of an hour would keep open what is attacked."""
    text = next_action({"gw-1": Loss("utrecht", Standing.OPEN, DEADLINE)}, BEFORE, closes=True)
    assert (
        "it may still begin to change these appliances until 2026-12-01 03:14:20 UTC. A closing does not wait for that."
        in text
    )
    assert f"{LEASE} Give {WITHOUT}" in text
    assert "refuses" not in text


@pytest.mark.parametrize(
    ("standing", "deadline", "now", "said_"),
    [
        (
            Standing.OPEN,
            DEADLINE,
            BEFORE,
            ". What was done there is not known, and the job may still begin until 2026-12-01 03:14:20 UTC",
        ),
        (Standing.OPEN, DEADLINE, DEADLINE + timedelta(seconds=1), ". What was done there is not known"),
        (Standing.CANCELLED, DEADLINE, BEFORE, ". What was done there is not known"),
        (Standing.NOT_SENT, DEADLINE, BEFORE, ". Nothing was sent, so nothing was changed"),
        (Standing.OPEN, None, BEFORE, ""),
    ],
)
def test_the_line_of_an_appliance_says_what_may_have_been_done(
    standing: Standing, deadline: datetime | None, now: datetime, said_: str
) -> None:
    assert reason_of("utrecht: cut", Loss("utrecht", standing, deadline), now) == f"utrecht: cut{said_}"
