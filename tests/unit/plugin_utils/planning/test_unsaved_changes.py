# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A setting of the appliance has all its attributes in one line of ns.conf: ours are told from those of others."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.planning.unsaved_changes import setting_lines

TYPE = "auditsyslogparams"
ON = "set audit syslogParams -userDefinedAuditlog YES"
BOTH = "set audit syslogParams -dateFormat DDMMYYYY -userDefinedAuditlog YES"
DATE = "set audit syslogParams -dateFormat DDMMYYYY"


@pytest.mark.parametrize(
    ("lines", "ours"),
    [
        ([f"+ {ON}"], True),
        ([f"- {ON}"], True),
        ([f"+ {BOTH}", f"- {DATE}"], True),
        ([f"+ {DATE}", f"- {BOTH}"], True),
        ([f"+ {BOTH}"], False),  # somebody else has set the date format
        ([f"+ {BOTH}", f"- {ON}"], False),
        ([f"+ {DATE}", f"- {ON}"], False),
        ([f"+ {DATE}"], False),
        (["+ set audit syslogparams -userdefinedauditlog yes"], True),
        (["+ set locationParameter -matchWildcardtoany YES"], False),
    ],
)
def test_a_line_is_ours_where_the_rest_of_it_is_the_same(lines: list[str], ours: bool) -> None:
    assert setting_lines(lines, {TYPE}) == (set(lines) if ours else set())


def test_without_a_setting_of_ours_no_line_is_ours() -> None:
    assert setting_lines([f"+ {ON}"], set()) == set()
