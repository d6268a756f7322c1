# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attackers who hide, and people who write another customer's name: events of a night that no drawn night has, each for a story in which it matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import Mode

from simulator.node import log_rotation, logs
from tests.nights.world import MARKER, BreakIn

if TYPE_CHECKING:
    from tests.nights.night import Night

ACCESS_LOGS = ("/var/log/httpaccess.log", "/var/log/httpaccess-vpn.log")
OURS_BY_NAME = "/nsconfig/tourniquet_lock_7.txt"
"""A file of an attacker, under a name that our runs give to theirs."""
SHELL = "<?php system($_GET['c']);\n"


def attacker_cleans_up(night: Night, appliance: str, _by: str) -> None:
    """The attacker deletes the file that he left. What a web server has logged is still there."""
    for node in night.world.running(appliance).nodes:
        if MARKER in node.files:
            del node.files[MARKER]


def attacker_takes_our_name(night: Night, appliance: str, _by: str) -> str:
    """An attacker leaves code under a name of ours, where an attack passes."""
    got_in = night.world.attack(night.now, appliance)
    if got_in:
        night.simulator.appliance(appliance).write_file(OURS_BY_NAME, SHELL)
        night.world.break_ins.append(BreakIn(night.now, night.world.places_of(appliance)[0], OURS_BY_NAME))
    return "got in" if got_in else "stopped"


def logs_turn_over(night: Night, appliance: str, _by: str) -> None:
    """newsyslog rotates the logs of the web servers."""
    for node in night.world.running(appliance).nodes:
        logs.flush(node)
        for path in ACCESS_LOGS:
            if path in node.files:
                log_rotation.rotate_early(node, path)


def neighbour_named(night: Night, appliance: str, by: str) -> str:
    """An operator writes the name of another customer into a reason."""
    operator = night.nodes[by][appliance]
    other = next(one for one in night.world.customers() if one not in night.world.customers(appliance))
    return " ".join(operator.apply(mode=Mode.OBSERVE, who=operator.who, reason=f"as at {other}")).strip()


def log_is_on(night: Night, appliance: str, _by: str) -> None:
    """Somebody switches the log of policies on, without which nothing of what they stop is noticed."""
    night.by_hand(appliance, "PUT", "auditsyslogparams", userdefinedauditlog="YES")


DRAWN = ("attacker_cleans_up", "logs_turn_over", "attacker_takes_our_name")
"""Those that a wide night may have."""
EVENTS: Mapping[str, Callable[[Night, str, str], str | None]] = {
    one.__name__: one
    for one in (attacker_cleans_up, attacker_takes_our_name, logs_turn_over, neighbour_named, log_is_on)
}
