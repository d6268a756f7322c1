# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four eyes over two execution nodes: each checks the approvals again, by the list that came with its job, and keeps its records where it was told."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records

from simulator import Simulator
from tests.machines.tools import command as command_of
from tests.machines.tools import fleet, inventory, lay_out, piped_nodes, play
from tests.playbooks.test_approvals import sign

pytestmark = pytest.mark.only_in_all

HOSTS = ("gw-1", "gw-2")


@dataclass
class Story:
    place: Path
    asked: subprocess.CompletedProcess[str]
    done: subprocess.CompletedProcess[str]
    results: dict[str, Any]


def command(place: Path, **more: Any) -> list[str]:
    """Without ``-e records=``, which is refused where approvals are demanded."""
    words = command_of(place, "apply", rollout_bake_seconds=0, **more)
    at = next(number for number, word in enumerate(words) if word.startswith('{"records"'))
    return [*words[: at - 1], *words[at + 1 :]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("machines")
    with Simulator(fleet(HOSTS)) as simulator:
        content = inventory(simulator.ready, piped_nodes(place))
        content["netscalers"]["vars"] |= {
            "tourniquet_approvals": {"apply": 1},
            "records": str(place / "records"),
            "tourniquet_record_key": str(place / "record_key"),
        }
        lay_out(place, simulator, content=content)
        key, signers = place / "alice", place / "inventory" / "allowed_signers"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=60)
        line = (
            f'alice@example.com namespaces="tourniquet-approval" {key.with_suffix(".pub").read_text(encoding="ascii")}'
        )
        signers.write_text(signers.read_text(encoding="ascii") + line, encoding="ascii")
        asked, _results = play(place, command(place), "asked")
        text = " ".join(asked.stdout.split())
        found = re.search(r"Each approver signs before .*? UTC: (\(cd .*?\.sig\)) and .*? -e plan=(\S+) carries", text)
        assert found, asked.stdout + asked.stderr
        sign(found[1], key)
        done, results = play(place, command(place, plan=found[2]))
        yield Story(place, asked, done, results)


def test_without_an_approval_nothing_is_done(story: Story) -> None:
    assert story.asked.returncode == 2
    assert "apply needs 1 approval" in story.asked.stdout


def test_each_node_carries_the_approved_plan_out(story: Story) -> None:
    assert story.done.returncode == 0, story.done.stdout[-3000:] + story.done.stderr[-1000:]
    assert {host: one["verdict"]["word"] for host, one in story.results.items()} == dict.fromkeys(HOSTS, "mitigated")


def test_the_records_come_home_and_name_list_and_demand(story: Story) -> None:
    signers = story.place / "inventory" / "allowed_signers"
    trust = RecordTrust(key=story.place / "nobody", allowed_signers=signers)
    for host in HOSTS:
        (record,) = all_records(story.place / "records", host, trust)
        approval = record.content.values["approval"]
        assert [one["principal"] for one in approval["by"]] == ["alice@example.com"]
        assert approval["list"] == hashlib.sha256(signers.read_bytes()).hexdigest()
        assert approval["demand"] == hashlib.sha256(b'{"apply":1}').hexdigest()
