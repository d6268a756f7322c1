# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Four appliances over two execution nodes, by ansible-runner and plain pipes: one rollout, one page, one place for records."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_list import all_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import read_stream
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.waves.journal import Rollout

from simulator import Simulator
from tests.machines.secret_search import files_with, found_in
from tests.machines.tools import NAMES, command, fleet, lay_out, of_node, password_file, piped_nodes, play
from tests.stage.fleet import PASSWORD

pytestmark = pytest.mark.only_in_all

HOSTS = ("gw-1", "gw-2", "gw-3", "gw-4")


@dataclass
class Story:
    place: Path
    done: subprocess.CompletedProcess[str]
    results: dict[str, Any]
    transmitted: list[Mapping[str, bytes]]
    simulator: Simulator

    @property
    def rollout(self) -> Rollout:
        (directory,) = (self.place / "plans").iterdir()
        return Rollout(directory)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    place = tmp_path_factory.mktemp("machines")
    with Simulator(fleet(HOSTS)) as simulator:
        nodes = piped_nodes(place)
        lay_out(place, simulator, nodes)
        done, results = play(
            place, command(place, "apply", rollout_canary=1, rollout_waves=["100%"], rollout_bake_seconds=0)
        )
        transmitted = [
            read_stream(io.BytesIO(path.read_bytes()), ("env/", "inventory/", "plans/", "project/")).files
            for path in (place / "seen").iterdir()
        ]
        yield Story(place, done, results, transmitted, simulator)


def test_the_operator_sees_one_rollout(story: Story) -> None:
    assert story.done.returncode == 0, story.done.stdout[-3000:] + story.done.stderr[-1000:]
    assert {host: one["verdict"]["word"] for host, one in story.results.items()} == dict.fromkeys(HOSTS, "mitigated")
    assert "TOTAL  4 appliances: 4 mitigated; changed 4, failed 0" in story.done.stdout
    assert story.done.stdout.count("TOURNIQUET ***") == 1


def test_the_canary_goes_alone_and_each_node_works_on_its_own(story: Story) -> None:
    course = story.rollout.course()
    assert [len(wave) for wave in course.waves] == [1, 3]
    events = [(line["host"], line["event"]) for line in course.journal if line["event"] in ("started", "done")]
    assert events[:2] == [("gw-1", "started"), ("gw-1", "done")]
    assert course.done == set(HOSTS)
    assert "wave 2 of 2: 3 appliances in 2 slices" in story.done.stdout


def test_the_records_of_both_nodes_are_in_one_place_each_with_its_signer(story: Story) -> None:
    trust = RecordTrust(key=story.place / "nobody", allowed_signers=story.place / "inventory" / "allowed_signers")
    signers = {}
    for host in HOSTS:
        for record in all_records(story.place / "records", host, trust):
            assert record.provenance.is_trusted
            signers[host] = record.provenance.signer
    assert signers == {host: name for name in NAMES for host in of_node(name, HOSTS)}
    assert {*signers.values()} == {*NAMES}


def test_a_job_has_its_own_appliances_and_no_password(story: Story) -> None:
    assert len(story.transmitted) == 5  # two plans, the canary, two slices: their records come with them
    for files in story.transmitted:
        assert {
            "env/extravars",
            "inventory/hosts.json",
            "inventory/ca.pem",
            "inventory/allowed_signers",
        } <= files.keys()
        hosts = json.loads(files["inventory/hosts.json"])["all"]["hosts"]
        assert any(hosts.keys() <= {*of_node(name, HOSTS)} for name in NAMES)
    own = [password_file(story.place / name) for name in NAMES]
    assert files_with([story.place], PASSWORD, own) == {}, "what was sent is below it too"
    assert not found_in((story.done.stdout + story.done.stderr).encode(), PASSWORD)


def test_no_job_leaves_its_directory_behind(story: Story) -> None:
    assert not list((story.place / "temporary").iterdir())
