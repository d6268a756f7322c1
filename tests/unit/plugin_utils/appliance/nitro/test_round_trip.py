# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The distance of an appliance is the time of its fastest answer."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import round_trip


def test_it_is_the_shortest_and_each_appliance_begins_anew() -> None:
    round_trip.take()
    for seconds in (0.3, 0.1, 0.2):
        round_trip.note(seconds)
    assert round_trip.take() == 0.1
    assert round_trip.take() is None
