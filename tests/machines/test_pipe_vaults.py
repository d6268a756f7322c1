# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two execution nodes with a vault identity each: an appliance stays at its node whatever the run is limited to, and whatever comes into the inventory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tests.machines.tools import (
    NAMES,
    command,
    environment,
    fleet,
    inventory,
    lay_out,
    of_node,
    password_file,
    piped_nodes,
    play,
)
from tests.stage.fleet import PASSWORD

pytestmark = pytest.mark.only_in_all
HOSTS = ("gw-1", "gw-2", "gw-3", "gw-4")
NEW = "gw-0"
"""At the head of the inventory."""


@dataclass
class Story:
    done: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    problems: dict[str, dict[str, str]] = field(default_factory=dict)


def encrypted(place: Path, name: str) -> dict[str, str]:
    """The password of the appliances as a value that only one node can read."""
    secret = place / f"{name}.vault"
    secret.write_text(f"vault of {name}\n", encoding="utf-8")
    done = subprocess.run(
        ["ansible-vault", "encrypt_string", "--vault-id", f"{name}@{secret}", "--encrypt-vault-id", name, PASSWORD],
        env=environment(place / name),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    return {"__ansible_vault": "\n".join(lines[1:])}


def with_vaults(place: Path, nodes: Sequence[dict[str, Any]]) -> None:
    """Give each node the password of its own vault identity, and no password of an appliance."""
    for node in nodes:
        start = Path(node["state"]) / "worker.sh"
        password_file(start.parent).unlink()
        identity = f"ANSIBLE_VAULT_IDENTITY_LIST={node['name']}@{place / node['name']}.vault"
        words = start.read_text(encoding="utf-8").replace("exec env -i ", f"exec env -i {identity} ")
        start.write_text(words, encoding="utf-8")


def give_both(place: Path, node: dict[str, Any]) -> None:
    """Give a node the vault password of the other one, too."""
    start = Path(node["state"]) / "worker.sh"
    own, *others = (f"{name}@{place / name}.vault" for name in sorted(NAMES, key=lambda name: name != node["name"]))
    words = start.read_text(encoding="utf-8").replace(own, ",".join([own, *others]))
    start.write_text(words, encoding="utf-8")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("vaults")
    told = Story()
    with Simulator(fleet([NEW, *HOSTS])) as simulator:
        nodes = piped_nodes(place)
        content = inventory(simulator.ready, nodes)
        group = content["netscalers"]
        for name in NAMES:
            password = encrypted(place, name)
            for host in of_node(name, group["hosts"]):
                group["hosts"][host]["netscaler_password"] = password
        group["vars"].pop("netscaler_password")
        with_vaults(place, nodes)
        new = group["hosts"].pop(NEW)
        lay_out(place, simulator, content=content)

        def run(name: str, *words: str, **more: Any) -> None:
            told.done[name], results = play(place, [*command(place, "status", **more), *words], name)
            told.problems[name] = {host: one["problem"] for host, one in results.items()}

        run("whole")
        run("limited", "--limit", "gw-2")
        run("without", without_nodes=["utrecht"])
        group["hosts"] = {NEW: new, **group["hosts"]}
        (place / "inventory" / "hosts.json").write_text(json.dumps(content), encoding="utf-8")
        run("new")
        give_both(place, nodes[0])
        nodes[0]["takes_over"] = [nodes[1]["name"]]
        (place / "inventory" / "hosts.json").write_text(json.dumps(content), encoding="utf-8")
        run("helped", without_nodes=["utrecht"])
        yield told


def test_each_node_opens_the_passwords_of_its_own_appliances(story: Story) -> None:
    assert story.problems["whole"] == dict.fromkeys(HOSTS, ""), story.done["whole"].stdout[-3000:]
    assert story.done["whole"].returncode == 0


def test_a_limit_sends_an_appliance_to_no_other_node(story: Story) -> None:
    assert story.problems["limited"] == {"gw-2": ""}, story.done["limited"].stdout[-3000:]


def test_a_new_appliance_at_the_head_moves_no_other_one(story: Story) -> None:
    assert story.problems["new"] == dict.fromkeys([NEW, *HOSTS], ""), story.done["new"].stdout[-3000:]


def test_an_appliance_of_a_node_that_is_left_out_is_refused_where_the_other_one_has_no_password(story: Story) -> None:
    output = story.done["without"].stdout
    theirs = of_node("utrecht", HOSTS)
    assert [host for host, problem in story.problems["without"].items() if problem] == theirs, output[-3000:]
    assert all("the variable netscaler_password has no value" in story.problems["without"][host] for host in theirs)
    assert f"utrecht is left out, so amsterdam works on {len(theirs)} appliances of it" in output
    assert "give amsterdam what utrecht has" in output
    assert story.done["without"].returncode == 2


def test_a_node_that_has_the_credentials_takes_them_over(story: Story) -> None:
    output = story.done["helped"].stdout
    assert story.problems["helped"] == dict.fromkeys([NEW, *HOSTS], ""), output[-3000:]
    assert "utrecht is left out, so amsterdam works on" in output
    assert "(takes_over)" in output
    assert "needs their credentials" not in output
