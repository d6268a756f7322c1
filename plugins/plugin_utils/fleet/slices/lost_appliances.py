# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person must know of appliances without a result: whether anything was sent, what may still begin and until when, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...change.records.appliance_lock import LIFETIME
from ...foundation.counted import counted
from ...foundation.folded_names import folded
from ...foundation.next_action import AGAIN, NextAction, command_values
from .job_standing import NOTHING_DONE, Loss, Standing, time_text

SHOWN = 5
"""Names of appliances in a line."""


def next_action(losses: Mapping[str, Loss], now: datetime, *, closes: bool = False) -> str:
    """Return what to do about appliances without a result; "" where there are none.

    :param closes: the run closes access: this controller does not wait then, since its record keeps a lost job away
    """
    kinds: dict[tuple[Standing, bool], dict[str, Loss]] = {}
    for host, loss in losses.items():
        kinds.setdefault((loss.standing, loss.deadline is not None), {})[host] = loss
    return "\n".join(
        _line(standing, own, now, writes=writes, closes=closes) for (standing, writes), own in kinds.items()
    )


def next_commands(losses: Mapping[str, Loss]) -> dict[str, list[Mapping[str, Any]]]:
    """Return by appliance without a result the commands of :func:`next_action`: the same again, or without the nodes that gave none."""
    nodes = tuple(dict.fromkeys(loss.node for loss in losses.values()))
    commands = command_values(NextAction(AGAIN, ", or ", replace(AGAIN, unsaid=(("without_nodes", nodes),))))
    return dict.fromkeys(losses, commands)


def outcome_of(losses: Collection[Loss]) -> str:
    """Return how a slice that may write ended without results, as the progress shows it."""
    if all(loss.standing in NOTHING_DONE for loss in losses):
        return f"nothing was sent for {len(losses)}"
    return f"no result of {len(losses)}, so what was done there is not known"


def reason_of(why: str, loss: Loss, now: datetime) -> str:
    """Return why an appliance has no result, with what a reader of its line alone must know: reports and notifications have no other line."""
    if loss.deadline is None:
        return why
    if loss.standing is Standing.NOT_SENT:
        return f"{why}. Nothing was sent, so nothing was changed"
    if loss.standing is Standing.REFUSED:
        return f"{why}. Nothing was changed"
    begins = loss.standing is Standing.OPEN and now <= loss.deadline
    until = f", and the job may still begin until {time_text(loss.deadline)}" if begins else ""
    return f"{why}. What was done there is not known{until}"


def _line(standing: Standing, losses: Mapping[str, Loss], now: datetime, *, writes: bool, closes: bool) -> str:
    names = list(dict.fromkeys(loss.node for loss in losses.values()))
    again = f"Give the same command again, or without the node: -e without_nodes={','.join(names)}"
    about = f"{counted(len(losses), 'appliance')} without a result ({folded(names)}): {folded(losses, SHOWN)}."
    if standing is Standing.NOT_SENT:
        return f"NOT REACHED  {about} The job was not sent, so it changed nothing there and never begins. {again}"
    if standing is Standing.REFUSED:
        install = "Install the version of this controller there, then give"
        return f"OTHER VERSION  {about} Its node refused the job before anything was sent. {install}{again[4:]}"
    if not writes:
        return f"LOST  {about} The job changes nothing. {again}"
    minutes = f"{LIFETIME.total_seconds() / 60:g}"
    lease = f"its lease on an appliance ends {minutes} minutes after its last write."
    then = again if closes else f"Then give{again[4:]}"
    return f"LOST  {about} What was done there is not known. {_bound(standing, losses, now, closes=closes)}: {lease} {then}"


def _bound(standing: Standing, losses: Mapping[str, Loss], now: datetime, *, closes: bool) -> str:
    if standing is Standing.ENDED:
        return "The job has ended"
    if standing is Standing.CANCELLED:
        return "The job was cancelled, and its node has confirmed that it begins nothing any more. What it has begun it carries to the end"
    deadline = max(loss.deadline for loss in losses.values() if loss.deadline)
    until = time_text(deadline)
    if now > deadline:
        return f"The job begins nothing any more, since its deadline {until} has passed. What it has begun it carries to the end"
    waits = ". A closing does not wait for that" if closes else ", and this controller refuses them until then"
    return (
        f"The job could not be cancelled: it may still begin to change these appliances until {until}{waits}. What it has begun by then it carries to the "
        "end"
    )
