# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A hit counter in words: the hits of our probes apart."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.pages.counter_text import counter_text


def test_both_are_named() -> None:
    assert counter_text(3, 2) == "1 hit by others, 2 by our probes"
    assert counter_text(1, 0) == "1 hit"
    assert counter_text(4, 2) == "2 hits by others, 2 by our probes"
    assert counter_text(2, 2) == "0 hits by others, 2 by our probes"
    assert counter_text(4, 0) == "4 hits"
