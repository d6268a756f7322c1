# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of an HA pair whose settings keep a change from the secondary, and of names that are long."""

from __future__ import annotations

from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.names import SHOWN, shown

from tests.unit.plugin_utils.appliance.nitro.test_connection import connect, node


def test_settings_that_keep_a_change_from_the_secondary_are_named() -> None:
    primary: dict[str, Any] = node("Primary")
    primary["hanode"][0] |= {"hasync": "DISABLED", "haprop": "ENABLED", "hastatus": "STAYSECONDARY"}
    primary["hanode"][1] |= {"hasync": "FAILED"}
    opened, _log = connect(primary, node("Secondary"))
    with opened as connection:
        assert connection.pair_remarks == [
            "node 10.1.0.11: HA synchronisation is DISABLED",
            "node 10.1.0.11: HA is STAYSECONDARY",
            "HA synchronisation of 10.1.0.12 is FAILED, as the primary sees it",
        ]


def test_a_name_is_shown_up_to_sixty_characters() -> None:
    assert shown("a" * SHOWN) == "a" * SHOWN
    assert shown("a" * (SHOWN + 1)) == f"{'a' * SHOWN}... ({SHOWN + 1} characters)"
