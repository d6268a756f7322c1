# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which names are those of code, whatever an attacker writes into them."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.trace_rules.watched_directories import (
    Holds,
    Place,
    has_code_name,
    is_watched,
)

START_UP = Place("/nsconfig", Holds.START_UP, 1)


@pytest.mark.parametrize("name", ["x.php", "x.PHP7", "x y.sh", "x\n.php", "\n\n.sh", "x\r\n\u2028.pl"])
def test_a_line_feed_in_a_name_hides_no_code(name: str) -> None:
    assert has_code_name(name)
    assert is_watched(START_UP, name)


@pytest.mark.parametrize("name", ["ns.conf", "x.php.bak", "php", "x.php\n"])
def test_other_names_are_those_of_no_code(name: str) -> None:
    assert not has_code_name(name)
    assert not is_watched(START_UP, name)
