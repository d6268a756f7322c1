# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``-e node_local=true``: the playbooks carry the node-local half out behind the waves of the rule, over the real OpenSSH client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.knobs import SYSTEM_ACCESS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import PATH
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import (
    CRONTAB,
    LINE,
    ScriptSettings,
    script_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.on_box.script import PATH as SCRIPT

from tests.stage.fleet import PASSWORD, USER, box, pair
from tests.stage.played import NAME, Laboratory, Run

SSH_PORT = 2222  # each node has an address of its own
BEFORE = "# of the customer"
ON = {"node_local": True}


@dataclass(frozen=True)
class Story:
    laboratory: Laboratory
    applied: Run

    def file(self, host: str, node: int) -> bytes:
        return bytes(self.laboratory.simulator.fleet.appliances[host].nodes[node].files[PATH].content)


@pytest.fixture(scope="module")
def story(open_laboratory: Callable[..., Laboratory]) -> Story:
    files = {PATH: BEFORE}
    laboratory = open_laboratory(
        {
            "both": pair(ssh_port=SSH_PORT, files=files),
            "ineffective": box("12.1 50.28", ssh_port=SSH_PORT, files=files),
            "stranger": box(ssh_port=SSH_PORT, files=files),
        }
    )
    ready = laboratory.simulator.ready["appliances"]
    for host, variables in laboratory.hosts.items():
        shown = "both" if host == "stranger" else host
        variables |= {
            "node_local_user": USER,
            "node_local_password": PASSWORD,
            "node_local_port": SSH_PORT,
            "node_local_host_keys": [node["ssh_host_key"] for node in ready[shown]["nodes"]],
        }
    return Story(laboratory, laboratory.play("apply", **ON))


def test_rule_knob_and_line_are_in_place_on_both_nodes(story: Story) -> None:
    result = story.applied["both"]
    assert story.applied.problem("both") == ""
    assert story.applied.verdict("both") == "mitigated"
    assert [node["state"] for node in result["node_local"]["nodes"]] == ["covered", "covered"]
    assert [story.file("both", node) for node in (0, 1)] == [f"{BEFORE}\n{SYSTEM_ACCESS.line}\n".encode()] * 2
    assert result["changed"]
    assert "node-local: done, and read back: 4 steps" in result["node_local"]["lines"]
    assert not any("management address" in text for text in result["verdict"]["missing"])


def test_a_measure_without_such_a_half_is_refused_before_its_rule_is_in_place(story: Story) -> None:
    before = story.laboratory.texts(["both"])
    run = story.laboratory.play("apply", limit=["both"], mitigation="cve_2021_44228", as_of="2022-01-15", **ON)
    assert (run.rc, run.requests, story.laboratory.texts(["both"])) == (2, [], before)
    assert run.problem("both").startswith("refused: both: the measure has no node-local half.")


def test_where_apply_brings_in_no_rule_nothing_is_set(story: Story) -> None:
    assert story.applied.problem("ineffective") == ""
    assert "nothing to do" in story.applied["ineffective"]["node_local"]["msg"]
    assert story.file("ineffective", 0) == BEFORE.encode()


def test_a_node_with_another_host_key_is_a_failure_and_keeps_its_rule(story: Story) -> None:
    assert "Host key verification failed" in story.applied.problem("stranger")
    assert story.applied.verdict("stranger") == "mitigated"
    assert story.file("stranger", 0) == BEFORE.encode()
    assert story.applied.rc == 2


def test_the_logs_show_nobody_but_us(story: Story) -> None:
    """No administrator is named: commands by NITRO and over SSH, and the probes of a log that has lost the client, are ours."""
    run = story.laboratory.play("read_logs", limit=["both"], fail_at=1)
    assert [f"{one['what']}: {one['evidence']}" for one in run["both"]["findings"]] == []
    assert run.rc == 0


def test_no_password_is_shown_or_recorded(story: Story) -> None:
    assert PASSWORD not in story.applied.output
    written = [path for path in story.laboratory.directory.rglob("*") if path.is_file() and path.suffix != ".yml"]
    assert len(written) > 3
    assert not [path for path in written if PASSWORD.encode() in path.read_bytes() and "inventory" not in path.name]


def test_the_script_is_put_on_old_builds_only(story: Story) -> None:
    run = story.laboratory.play("on_box", limit=["both"], on_box="present")
    assert run.problem("both") == ""
    assert run["both"]["on_box"] == "no report yet"
    assert [node["state"] for node in run["both"]["nodes"]] == ["no report yet"] * 2
    node = story.laboratory.simulator.fleet.appliances["both"].nodes[1]
    assert bytes(node.files[CRONTAB].content) == f"{LINE}\n".encode()
    assert bytes(node.files[SCRIPT].content) == script_of(ScriptSettings())
    assert PASSWORD not in run.output


def test_an_undo_that_cannot_take_out_the_node_local_half_leaves_the_rule(story: Story) -> None:
    """The build needs both halves: the refusal of the second one comes before the first one is gone."""
    laboratory, before = story.laboratory, story.laboratory.texts(["both"])
    run = laboratory.play("rollback", limit=["both"], why="undo", accept_refused=0, **ON)
    assert run.rc == 2
    assert run.problem("both").startswith(
        "refused: the node-local half is not possible: a node runs a build that needs it. "
    )
    assert "First upgrade to 14.1 73.57" in run.problem("both")
    assert laboratory.texts(["both"]) == before
    assert NAME in laboratory.text("both")
    assert run.writes("both") == []


@pytest.mark.only_in_all
def test_verify_rollback_and_retire_know_it(story: Story) -> None:
    laboratory, limit = story.laboratory, ["both"]
    verified = laboratory.play("verify", limit=limit, **ON)
    assert [node["state"] for node in verified["both"]["node_local"]["nodes"]] == ["covered", "covered"]
    refused = laboratory.play("rollback", limit=limit, **ON)
    assert "First upgrade to 14.1 73.57" in refused.problem("both")
    assert story.file("both", 0) != BEFORE.encode(), "nothing of it goes while a node needs it"
    laboratory.simulator.appliance("both").upgrade("13.0 47.24")
    refused = laboratory.play("retire", limit=limit)
    assert f"still has the line {SYSTEM_ACCESS.line}: take it out: -e node_local=true" in refused.problem("both")
    retired = laboratory.play("retire", limit=limit, **ON)
    assert retired.problem("both") == ""
    assert [story.file("both", node) for node in (0, 1)] == [BEFORE.encode()] * 2
    assert NAME not in laboratory.text("both")
    assert laboratory.play("rollback", limit=limit, **ON)["both"]["changed"] is False
