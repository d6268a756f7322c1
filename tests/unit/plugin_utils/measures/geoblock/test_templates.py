# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operator's own templates: the changes that are allowed, and those that are refused since the lockout checks do not cover them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.acls.acl_forms import (
    acl_forms,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.datasets.data_set_forms import (
    data_set_forms,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.methods.location.location_file import (
    file_name,
    location_file,
    location_file_form,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.templates import (
    NAMES,
    OURS,
    Templates,
)

from tests.unit.plugin_utils.measures.geoblock.country_data.geodata import compiled_of, policy_of

OWNER = Owner("geoblock", 1, "CHG0042")
ROW = {"name": "tq_geoblock__x", "source": "192.0.2.0-192.0.2.9", "destination": "203.0.113.1", "priority": 50000}


def own(folder: Path, name: str, *changes: tuple[str, str]) -> Templates:
    """Return templates of which one is changed."""
    text = (OURS / "v1" / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / name).write_text(text, encoding="utf-8")
    return Templates(1, folder)


def test_each_template_is_used_and_none_else_is_there() -> None:
    assert {path.name for path in (OURS / "v1").iterdir()} == set(NAMES)


@pytest.mark.parametrize(("family", "key"), [(4, "aclname"), (6, "acl6name")])
def test_an_acl_may_log_and_keeps_its_places(tmp_path: Path, family: int, key: str) -> None:
    added = "    logstate: ENABLED\n    ratelimit: 500\n{% if ttl %}"
    templates = own(tmp_path, "acls.yml.j2", ("{% if ttl %}", added))
    found = acl_forms(templates, OWNER).of(family, "DENY", "range").permanent.fill(ROW)
    assert (found["logstate"], found["ratelimit"]) == ("ENABLED", 500)
    ours = acl_forms(Templates(1), OWNER).of(family, "DENY", "range").permanent.fill(ROW)
    assert {name: value for name, value in found.items() if name not in ("logstate", "ratelimit")} == ours
    assert ours[key] == "tq_geoblock__x"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([("{{ action }}", "ALLOW")], "nsacl has the aclaction 'ALLOW', and it must be 'DENY'"),
        ([("priority: {{ priority }}", "priority: 10")], "nsacl has the priority 10, and it must be {{ priority }}"),
        ([("{{ source | tojson }}", "10.0.0.0-10.0.0.9")], "has the srcipval '10.0.0.0-10.0.0.9', and it must be {{ source }}"),
        ([("{{ destination | tojson }}", "{{ source | tojson }}")], "has the destipval {{ source }}, and it must be {{ destination }}"),
        ([('srcipop: "="', 'srcipop: "!="')], "nsacl has the srcipop '!=', and it must be '='"),
        ([("    destip{{ v6 }}: true\n", "")], "nsacl lacks destip, which must be True"),
        ([("    srcip{{ v6 }}: true\n", "")], "nsacl lacks srcip, which must be True"),
        ([("    ttl: {{ ttl }}\n", "")], "nsacl lacks ttl, which must be {{ ttl }}"),
        ([("{% if ttl %}", "    state: DISABLED\n{% if ttl %}")], "nsacl has state ('DISABLED'), which the lockout checks do not judge"),
        ([("{% if ttl %}", "    protocol: TCP\n{% if ttl %}")], "desired state, line 22: nsacl has no attribute 'protocol'"),
        ([("{{ name }}", "tq_geoblock__all")], "nsacl has the aclname 'tq_geoblock__all', and it must be {{ name }}"),
        ([("{{ name }}", "somebody_else")], "nsacl 'somebody_else' must be named 'tq_geoblock'"),
        ([("'nsacl6' if", "'nspbr' if"), ("else 'nsacl'", "else 'nspbr'")], "unknown type 'nspbr'"),
        ([("'nsacl6' if", "'nsacl' if"), ("else 'nsacl'", "else 'nsacl6'")], "nsacl6 has no attribute 'aclname'"),
        ([("{% set v6", "nsfeature: {feature: [GSLB]}\n{% set v6")], "it yields GSLB, which the checks of this method do not know"),
        ([("{% set v6", "policydataset: [{name: tq_geoblock__y, type: ipv4}]\n{% set v6")], "it yields policydataset, which the checks"),
        ([("{{ priority }}", "{{ priorty }}")], "UndefinedError: 'priorty' is undefined"),
        ([("{% if ttl %}", "{% if ttl")], "TemplateSyntaxError: "),
        ([("    priority: {{ priority }}\n", "")], "nsacl lacks its mandatory attribute 'priority'"),
    ],
)  # fmt: skip
def test_an_acl_that_the_checks_would_not_judge_is_refused(
    tmp_path: Path, changes: list[tuple[str, str]], problem: str
) -> None:
    templates = own(tmp_path, "acls.yml.j2", *changes)
    with pytest.raises(InvalidInput, match=re.escape(problem)) as raised:
        acl_forms(templates, OWNER).of(4, "DENY", "range")
    assert str(raised.value).startswith(f"the template {tmp_path}/acls.yml.j2: ")
    assert str(raised.value).endswith("Correct it, or remove it from geoblock_templates, so that ours is used.")


@pytest.mark.parametrize("family", [4, 6])
def test_an_allow_where_a_deny_must_be_is_refused_for_each_kind_of_acl(tmp_path: Path, family: int) -> None:
    forms = acl_forms(own(tmp_path, "acls.yml.j2", ("{{ action }}", "ALLOW")), OWNER)
    forms.of(family, "ALLOW", "range")
    for source_is in ("range", "all", *(["dataset"] if family == 4 else [])):
        with pytest.raises(InvalidInput, match="'ALLOW', and it must be 'DENY'"):
            forms.of(family, "DENY", source_is)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([("{{ type }}", "ipv6")], "policydataset has the type 'ipv6', and it must be 'ipv4'"),
        ([("{{ last | tojson }}", "{{ first | tojson }}")], "has the values 'FIRST-FIRST', and it must be 'FIRST-LAST'"),
        ([("endrange", "netmask")], "policydataset_value_binding has no attribute 'netmask'"),
        ([("    value: {{ first | tojson }}\n", "")], "policydataset_value_binding lacks its mandatory attribute 'value'"),
        ([("policydataset_value_binding:", "policydataset_value_binding: []\npolicypatset:")], "policypatset has no attribute 'value'"),
    ],
)  # fmt: skip
def test_a_data_set_that_is_not_as_asked_for_is_refused(
    tmp_path: Path, changes: list[tuple[str, str]], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(problem)):
        data_set_forms(own(tmp_path, "datasets.yml.j2", *changes), OWNER)


def test_a_location_file_of_another_form_has_another_name(tmp_path: Path) -> None:
    compiled = compiled_of(tmp_path, policy_of("block", "RU"))
    (folder := tmp_path / "own").mkdir()
    ours = location_file_form(Templates(1))
    other = location_file_form(own(folder, "location_file.csv.j2", (",,{{ label }},,", ",EU,{{ label }},,")))
    assert location_file(compiled, 4, other) == location_file(compiled, 4, ours).replace(",,RU,", ",EU,RU,")
    assert file_name(OWNER, compiled, 4, other) != file_name(OWNER, compiled, 4, ours)
    # The same text is ours, wherever it stands; only its name differs.
    assert location_file(compiled, 4, location_file_form(own(folder, "location_file.csv.j2"))) == location_file(
        compiled, 4, ours
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([("{{ first }},{{ last }},,{{ label }}", "{{ first }},{{ last }},{{ label }}")], "its last line must have ten columns"),
        ([("{{ first }},{{ last }}", "{{ last }},{{ first }}")], "its last line must have ten columns"),
        ([(",,,,,,", ",{{ label }},,,,,")], "its last line must have first, last and label in no other column"),
        ([("Qualifier2=Country_Code", "Qualifier2=City")], "its header must begin with NSGEO1.0"),
        ([("Start\n", "Start\n192.0.2.1,192.0.2.1,,RU,,,,,,\n")], "its header must begin with NSGEO1.0"),
        ([("Start\n", "")], "its header must begin with NSGEO1.0"),
        ([("Qualifier5=City", "Qualifier5=Città")], "it has characters that are not printable ASCII"),
    ],
)  # fmt: skip
def test_a_location_file_of_another_format_is_refused(
    tmp_path: Path, changes: list[tuple[str, str]], problem: str
) -> None:
    with pytest.raises(InvalidInput, match=problem):
        location_file_form(own(tmp_path, "location_file.csv.j2", *changes))


def test_a_template_that_is_changed_is_read_again(tmp_path: Path) -> None:
    templates = own(tmp_path, "acls.yml.j2", ("{% if ttl %}", "    ratelimit: 7\n{% if ttl %}"))
    assert acl_forms(templates, OWNER).of(4, "DENY", "range").permanent.fill(ROW)["ratelimit"] == 7
    own(tmp_path, "acls.yml.j2", ("{% if ttl %}", "    ratelimit: 1234\n{% if ttl %}"))
    assert acl_forms(templates, OWNER).of(4, "DENY", "range").permanent.fill(ROW)["ratelimit"] == 1234


def test_a_directory_without_templates_and_a_misspelt_template_are_refused(tmp_path: Path) -> None:
    Templates(1).require_known_names()
    with pytest.raises(InvalidInput, match=r"geoblock_templates: .* is no directory with templates"):
        Templates(1, tmp_path / "none").require_known_names()
    own(tmp_path, "acls.yml.j2")
    Templates(1, tmp_path).require_known_names()
    (tmp_path / "acl.yml.j2").write_text("")
    with pytest.raises(InvalidInput, match=r"has acl.yml.j2, which no method uses. A template is called acls.yml.j2, "):
        Templates(1, tmp_path).require_known_names()


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__.os.getcwd() }}",
        "{% for number in range(10 ** 9) %}x{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
        "{% include 'acls.yml.j2' %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ none | xmlattr }}",
        "{% include '/etc/hostname' %}",
        "{% include '../../../etc/hostname' %}",
    ],
)
def test_a_template_that_runs_python_or_has_no_end_is_refused(tmp_path: Path, text: str) -> None:
    templates = own(tmp_path, "acls.yml.j2", ("---", f"---\n# {text}"))
    with pytest.raises(InvalidInput, match=r"acls\.yml\.j2: .* Correct it, or remove it from geoblock_templates"):
        acl_forms(templates, OWNER).of(4, "DENY", "range")


def test_a_link_to_no_file_is_refused_and_not_replaced_by_ours(tmp_path: Path) -> None:
    (tmp_path / "acls.yml.j2").symlink_to(tmp_path / "gone")
    with pytest.raises(InvalidInput, match=r"acls\.yml\.j2 is no file that can be read"):
        Templates(1, tmp_path).require_known_names()
