# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a rule looks at the URL follows from its expression, not from its name or its entry."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import jinja2
import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import (
    entries,
    load_mitigation,
    url_weakness,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.policies.url_expressions import (
    looks_at_url,
    rules_with_url,
)

from tests.played_together import played_together

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
NAMED = {
    ("policyexpression", ("path",)): {"name": "path", "value": 'HTTP.REQ.URL.PATH.CONTAINS("x")'},
    ("policyexpression", ("again",)): {"name": "again", "value": "again || path"},
    ("policyexpression", ("verb",)): {"name": "verb", "value": "HTTP.REQ.METHOD.EQ(GET)"},
}


@played_together(
    ("rule", "expected"),
    [
        ('HTTP.REQ.URL.CONTAINS("/vpns/")', True),
        ('http.req.url.path.contains("x") || TRUE', True),
        ('!(CLIENT.IP.SRC.EQ(192.0.2.1) && HTTP.REQ.URL.QUERY.CONTAINS("a"))', True),
        ('HTTP.REQ.FULL_HEADER.CONTAINS("${")', True),
        ('HTTP.REQ.HEADER("X").CONTAINS("HTTP.REQ.URL")', False),
        ('HTTP.REQ.BODY(100).CONTAINS("x")', False),
        ("path && TRUE", True),
        ("again", True),
        ("verb", False),
        ("HTTP.REQ.URL.NOT_KNOWN_TO_US((", True),
        ("NOT_KNOWN_TO_US((", False),
    ],
)
def test_what_looks_at_the_url(rule: str, expected: bool) -> None:
    assert looks_at_url(rule, NAMED) is expected


@pytest.mark.parametrize("entry", entries(CATALOGUE))
def test_each_entry_of_the_catalogue_is_weakened_by_its_own_expressions(entry: str) -> None:
    """Below the fixed builds of CVE-2026-88774, and on no other one; a train is compared with its own numbers only."""
    mitigation, owner = load_mitigation(CATALOGUE / entry), Owner(entry, 1)
    environment = jinja2.Environment(trim_blocks=True)
    for version in mitigation.versions:
        template = (CATALOGUE / entry / f"v{version}.yml.j2").read_text(encoding="utf-8")
        text = environment.from_string(template).render(name=f"tq_{entry}", priority=10, log=False, marker="")
        assert rules_with_url(parse_document(text, owner, where="test").objects, {}) == (f"tq_{entry}",)
    known = mitigation.url_weakness
    assert known is not None
    assert known == url_weakness(CATALOGUE)
    applies = {text: known.applies(Build.parse(text), date(2026, 10, 1)) for text in (
        "14.1 73.30", "14.1 73.37", "13.1 64.22", "13.1 64.23", "13.1 37.278", "13.1 37.279", "13.0 92.31",
    )}  # fmt: skip
    assert list(applies.values()) == [True, False, True, False, True, False, True]
    assert not known.applies(Build.parse("13.0 92.31"), date(2020, 1, 15))
