# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The alternatives of an expression: what makes it TRUE by itself."""

from __future__ import annotations

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language import Names
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policy_language.alternatives import (
    MOST_LEVELS,
    alternatives,
)

from tests.played_together import played_together

NAMES = Names(expressions={"ours": 'HTTP.REQ.URL.CONTAINS("a") || x', "x": "TRUE", "loop": "loop || TRUE"})


@played_together(
    ("text", "found"),
    [
        ("TRUE", ["TRUE"]),
        ("TRUE||FALSE", ["TRUE", "FALSE"]),
        ("( (TRUE || FALSE) )", ["TRUE", "FALSE"]),
        ("TRUE || (FALSE || TRUE) || FALSE", ["TRUE", "FALSE", "TRUE", "FALSE"]),
        ("(TRUE || FALSE) && TRUE", ["(TRUE || FALSE) && TRUE"]),
        ("(TRUE) && (FALSE)", ["(TRUE) && (FALSE)"]),
        ("!(TRUE || FALSE)", ["!(TRUE || FALSE)"]),
        ("TRUE && FALSE || TRUE", ["TRUE && FALSE", "TRUE"]),
        ('HTTP.REQ.URL.CONTAINS("(a||b)") || TRUE', ['HTTP.REQ.URL.CONTAINS("(a||b)")', "TRUE"]),
        ("TRUE || FALSE ALT TRUE", ["TRUE || FALSE ALT TRUE"]),
        ("ours || FALSE", ['HTTP.REQ.URL.CONTAINS("a")', "TRUE", "FALSE"]),
        ("other", ["other"]),
    ],
)
def test_a_rule_is_split_at_its_outer_or(text: str, found: list[str]) -> None:
    assert list(alternatives(text, NAMES)) == found


def test_names_that_name_each_other_end() -> None:
    assert alternatives("loop", NAMES).count("TRUE") <= MOST_LEVELS
    nested = "(" * (MOST_LEVELS + 1) + "TRUE || FALSE" + ")" * (MOST_LEVELS + 1)
    assert alternatives(nested, NAMES) == ("(TRUE || FALSE)",)
