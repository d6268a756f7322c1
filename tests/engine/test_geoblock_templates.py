# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An operator's own templates of a geoblock, in process: their content is sent, and what the checks do not cover is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import Connection
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.measures.geoblock.templates import OURS

from simulator import Simulator
from tests.engine.geoblock_stage import LAB, UNLISTED, GeoblockStage
from tests.engine.test_geoblock_acls import FLEET

SECOND = (
    "    bindpoint: REQUEST\n  - {name: other, policyname: {{ placement.policy }}, priority: 9, bindpoint: REQUEST}"
)
INVOKE = "    bindpoint: {{ placement.bindpoint }}\n    invoke: true\n    labeltype: reqvserver\n    labelname: site"
PATTERNS = "policypatset: [{name: tq_geoblock__x}]\nresponderpolicy:\n"
UNDEFINED = "    undefaction: RESET\n    logaction"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[GeoblockStage]:
    with Simulator({**FLEET, "appliances": {"box": FLEET["appliances"]["box"]}}) as running:
        yield GeoblockStage(running, tmp_path / "records")


def change(box: GeoblockStage, name: str, old: str, new: str) -> Path:
    folder = box.folder / "templates"
    folder.mkdir(exist_ok=True)
    text = (OURS / "v1" / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    box.settings["templates"] = str(folder)
    return folder / name


def rows(box: GeoblockStage, type_: str) -> list[dict[str, object]]:
    with Connection(box.appliance) as connection:
        return [row for row in connection.primary.read(type_) if "tq_geoblock" in str(row)]


@pytest.mark.parametrize("way", ["datasets", "location"])
def test_an_answer_of_an_own_template_is_sent_and_the_rest_is_ours(box: GeoblockStage, way: str) -> None:
    box.settings |= {"way": way, "answer": "forbidden"}
    change(box, "policies.yml.j2", "403 Forbidden", "451 Unavailable For Legal Reasons")
    assert box.play("apply").result.failed == ""
    assert (box.ask(LAB).status, box.ask(UNLISTED).status) == (451, 200)
    assert box.play("plan").result.partitions["default"].plan.steps == ()


@pytest.mark.parametrize("way", ["acls", "datasets", "location"])
def test_unchanged_copies_of_our_templates_change_nothing(box: GeoblockStage, way: str) -> None:
    box.settings["way"] = way
    assert box.play("apply").result.failed == ""
    for name in ("acls.yml.j2", "datasets.yml.j2", "location.yml.j2", "policies.yml.j2"):
        change(box, name, "---", "---")
    assert box.play("plan").result.partitions["default"].plan.steps == ()


def test_acls_log_as_an_own_template_says_and_a_changed_template_is_a_change(box: GeoblockStage) -> None:
    box.settings["way"] = "acls"
    assert box.play("apply").result.failed == ""
    change(box, "acls.yml.j2", "{% if ttl %}", "    logstate: ENABLED\n{% if ttl %}")
    planned = box.play("plan").result.partitions["default"]
    assert {step.type for step in planned.plan.steps} <= {"nsacl", "nsacls"}
    assert planned.plan.steps
    assert box.play("apply").result.failed == ""
    assert {row["logstate"] for row in rows(box, "nsacl")} == {"ENABLED"}
    assert (box.ask(LAB).status, box.ask(UNLISTED).status) == (0, 200)
    assert box.play("plan").result.partitions["default"].plan.steps == ()
    box.take_off()
    assert rows(box, "nsacl") == []


@pytest.mark.parametrize(
    ("way", "mode", "name", "old", "new", "problem"),
    [
        ("acls", "enforce", "acls.yml.j2", "{{ action }}", "ALLOW", "aclaction 'ALLOW', and it must be 'DENY'"),
        ("datasets", "enforce", "datasets.yml.j2", "{{ type }}", "ipv6", "type 'ipv6', and it must be 'ipv4'"),
        ("location", "enforce", "location.yml.j2", '"YES"', '"NO"', "lacks matchwildcardtoany, which must be 'YES'"),
        ("location", "enforce", "location.yml.j2", "{{ path }}", "/var/x", "Locationfile '/var/x', and it must be {{ path }}"),
        ("datasets", "enforce", "policies.yml.j2", "{{ match.rule | tojson }}", "'true'", "must be the rule of matches, as it is"),
        ("datasets", "enforce", "policies.yml.j2", "join(' || ') | tojson", "join(' && ') ~ ' || TRUE'", "the rule of tq_geoblock__lb_site must be"),
        ("datasets", "enforce", "policies.yml.j2", "action: {{ action }}\n    log", "action: NOOP\n    log", "does not block, and the mode is enforce"),
        ("datasets", "observe", "policies.yml.j2", "action: {{ action }}\n    log", "action: DROP\n    log", "blocks, and the mode is observe"),
        ("datasets", "observe", "policies.yml.j2", "    logaction", UNDEFINED, "undefaction of tq_geoblock__lb_site__observe is RESET"),
        ("datasets", "observe", "policies.yml.j2", "'END' if blocks else 'NEXT'", "'END'", "must be NEXT"),
        ("datasets", "enforce", "policies.yml.j2", "feature: [RESPONDER]", "feature: [RESPONDER, GSLB]", "must enable RESPONDER alone"),
        ("datasets", "enforce", "policies.yml.j2", "    bindpoint: {{ placement.bindpoint }}", SECOND, "which is of no placement"),
        ("datasets", "enforce", "policies.yml.j2", "    bindpoint: {{ placement.bindpoint }}", INVOKE, "invokes other policies"),
        ("datasets", "enforce", "policies.yml.j2", "responderpolicy:\n", PATTERNS, "it yields policypatset, which the checks"),
        ("datasets", "enforce", "policies.yml.j2", "{{ kind }}vserver_responderpolicy_binding:", "x{{ kind }}vserver:", "unknown type 'xlbvserver'"),
    ],
)  # fmt: skip
def test_what_the_checks_would_not_judge_is_refused_with_template_host_and_fix(
    box: GeoblockStage, way: str, mode: str, name: str, old: str, new: str, problem: str
) -> None:
    box.settings |= {"way": way, "mode": mode}
    path = change(box, name, old, new)
    since = len(box.simulator.requests())
    with pytest.raises(InvalidInput, match=re.escape(problem)) as raised:
        box.play("apply")
    assert str(raised.value).startswith(f"box: the template {path}: ")
    assert str(raised.value).endswith("Correct it, or remove it from geoblock_templates, so that ours is used.")
    sent = box.simulator.requests()[since:]
    assert not [one for one in sent if one["method"] != "GET" and not one["target"].endswith(("/login", "/logout"))]


def test_a_misspelt_template_is_refused(box: GeoblockStage) -> None:
    change(box, "acls.yml.j2", "---", "---").rename(box.folder / "templates" / "acl.yml.j2")
    with pytest.raises(InvalidInput, match=r"^box: geoblock_templates: .* has acl.yml.j2, which no method uses"):
        box.play("plan")
