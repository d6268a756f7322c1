# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A setting of the appliance has all its attributes in one line of ns.conf: ours are told from those of others."""

from __future__ import annotations

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.unsaved_changes import (
    is_of_taken_over,
    setting_lines,
)

from tests.played_together import played_together

TYPE = "auditsyslogparams"
ON = "set audit syslogParams -userDefinedAuditlog YES"
BOTH = "set audit syslogParams -dateFormat DDMMYYYY -userDefinedAuditlog YES"
DATE = "set audit syslogParams -dateFormat DDMMYYYY"


@played_together(
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


@played_together(
    ("line", "ours"),
    [
        ("- add responder policy NAME TRUE DROP", True),
        ('- add responder policy "NAME" TRUE DROP', True),
        ("- set responder policy NAME -undefAction DROP", True),
        ("- add responder action NAME respondwith x", True),
        ("- bind responder global NAME 100 END -type REQ_OVERRIDE", True),
        ("- bind vpn vserver gw -policyName NAME -priority 100", True),
        ("- bind vpn vserver gw -policy NAME", True),
        ("+ add lb vserver NAME HTTP 192.0.2.9 80", False),
        ("+ add responder policy other NAME DROP", False),
    ],
)
@played_together("name", ["ctx267027", "add", "policy", "END", "a.*", "DROP"])
def test_lines_of_what_we_took_over(line: str, ours: bool, name: str) -> None:
    assert is_of_taken_over(line.replace("NAME", name), {name}) is ours


@pytest.mark.parametrize("name", ["add", "policy", "vserver", "+", "DROP", "TRUE"])
def test_a_policy_of_others_that_is_named_like_a_word_makes_nothing_ours(name: str) -> None:
    """Whoever made it chose the name; a save of ours would save the changes of others without a word."""
    assert not is_of_taken_over("+ add responder policy backdoor TRUE DROP", {name})
    assert not is_of_taken_over("+ bind lb vserver web -policyName backdoor -priority 10", {name})
