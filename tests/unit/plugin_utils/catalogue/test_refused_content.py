# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Content of entries, templates and traffic that is refused by name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
import yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.bounded_yaml import read_yaml
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.desired_state import parse_document
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.entry_file import load_catalogue
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure import log_actions_of_others
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.mitigation import load_mitigation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.shapes import Flag
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.template_bound import require_bounded
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.traffic_file import parse_traffic
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.upgrade import require_published
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput

from tests.accepted import accepted

CATALOGUE = Path(__file__).parents[4] / "templates" / "mitigations"
POLICY = "responderpolicy:\n  - name: tq_demo\n    rule: 'true'\n    action: NOOP\n"


def test_an_alias_is_refused_before_it_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("a: *b\n")
    with pytest.raises(yaml.YAMLError, match="aliases are not allowed: write the value again"):
        read_yaml(tmp_path / "a.yml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            f"{POLICY}responderglobal_responderpolicy_binding:\n  - {{policyname: tq_demo, type: REQ_OVERRIDE, priority: 010}}\n",
            "priority is 010, which YAML reads as octal: leave the leading zero out",
        ),
        (f"appfwprofile:\n  - {{name: tq_demo__{'x' * 40}}}\n", "is 49 characters long, the limit is 31"),
    ],
)
def test_a_value_that_means_another_or_is_too_long(text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        parse_document(text, Owner("demo", 1), where="gw-a")


def test_a_catalogue_without_an_entry(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has no entry: name another one in catalogue_directory"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize("id_", ["cve_2025_6543", "cve_2026_88772"])
def test_an_entry_without_a_template_cannot_be_loaded_as_one(id_: str) -> None:
    """The second one sets an attribute of what is there."""
    with pytest.raises(InvalidInput, match=rf"^{id_} has no measure that can be brought in, and status\.yml judges it"):
        load_mitigation(CATALOGUE / id_)


def test_a_word_where_a_flag_is_expected() -> None:
    with pytest.raises(InvalidInput, match="true or false is expected"):
        Flag().check("yes", "probe")


def test_traffic_that_no_client_can_send() -> None:
    case = {"id": "half", "url": "/", "headers": {"X": "\ud800"}}
    with pytest.raises(InvalidInput, match="holds half of a character: write bytes as"):
        parse_traffic({"attacks": [case], "legitimate": [{"id": "x", "url": "/"}]}, "traffic.yml")


def test_a_verdict_as_of_a_day_before_the_bulletin() -> None:
    entry: Any = SimpleNamespace(id="cve_x", published="2026-10-08", is_known_on=lambda day: day >= date(2026, 10, 8))
    with pytest.raises(
        InvalidInput, match=r"cve_x was published in 2026-10-08, after as_of \(2026-10-07\): name a later day"
    ):
        require_published(entry, date(2026, 10, 7))
    require_published(entry, date(2026, 10, 8))


def test_a_number_of_a_template_has_a_bound() -> None:
    with accepted():
        require_bounded(jinja2.Environment(autoescape=True).parse(f"{{{{ {2**63 - 1} }}}}"), ["name"], "v1.yml.j2")
    with pytest.raises(InvalidInput, match=r"^v1\.yml\.j2, line 1: "):
        require_bounded(jinja2.Environment(autoescape=True).parse(f"{{{{ {2**63} }}}}"), ["name"], "v1.yml.j2")


def test_the_log_actions_of_others_are_told_by_name() -> None:
    text = 'add audit messageaction tq_demo INFORMATIONAL x\nadd audit messageaction "their_log" INFORMATIONAL x\nadd audit\n'
    text += "add audit messageaction\n"
    assert log_actions_of_others(text, Owner("demo", 1)) == "log actions of others need it (their_log)"
