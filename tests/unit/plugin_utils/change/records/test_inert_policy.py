# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The line of ns.conf that concerns no other run."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.inert_policy import (
    measure_of_inert_policy,
)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ('+ add responder policy tq_heartbeat FALSE NOOP -comment "tourniquet heartbeat v1"', True),
        ('- add responder policy tq_heartbeat false NOOP -comment "tourniquet heartbeat v1 CHG0042"', True),
        ('+ add responder policy tq_heartbeat TRUE NOOP -comment "tourniquet heartbeat v1"', False),
        ('+ add responder policy tq_heartbeat FALSE DROP -comment "tourniquet heartbeat v1"', False),
        ('+ add responder policy tq_heartbeat__2 FALSE NOOP -comment "tourniquet heartbeat v1"', False),
        ('+ add responder policy tq_heartbeat FALSE NOOP -comment "tourniquet heartbeat v1" -undefAction DROP', False),
        ('+ add responder policy tq_other FALSE NOOP -comment "tourniquet heartbeat v1"', False),
        ("+ add responder policy tq_heartbeat FALSE NOOP", False),
        ("+ bind responder global tq_heartbeat 100 END -type REQ_OVERRIDE", False),
    ],
)
def test_only_the_policy_as_we_send_it_concerns_no_other_run(line: str, is_one: bool) -> None:
    assert measure_of_inert_policy(line) == ("heartbeat" if is_one else "")
