# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A few megabytes of an execution node do not become gigabytes in the memory of the controller, at any of its doors."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.record_trust import RecordTrust
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.bounded_json import (
    MOST_OF_A_JOB,
    MOST_OF_A_LINE,
    parse_bounded,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.job import RESULTS
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_probe_notes import keep_sent_probes
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.sent_records import keep_sent_records
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.fleet.slices.worker_stream import read_stream
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.sliced.node_answer import read_answer

MEGABYTE = 1024 * 1024
BOMB = b'{"gw-a": [' + b"[]," * (MOST_OF_A_JOB + 1) + b"[]]}"


@contextmanager
def at_most(megabytes: int) -> Iterator[None]:
    tracemalloc.start()
    yield
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < megabytes * MEGABYTE


def in_a_line(_directory: Path) -> str:
    return read_stream(io.BytesIO(BOMB + b"\n"), ()).problem


def in_the_results(_directory: Path) -> str:
    return read_answer({RESULTS: BOMB}, ["gw-a"], {}, {}).missing["gw-a"]


def in_the_records(directory: Path) -> str:
    return keep_sent_records(BOMB, "utrecht", ["gw-a"], directory, RecordTrust(key=directory / "key")).problems[0]


def in_the_probes(directory: Path) -> str:
    return keep_sent_probes(BOMB, "utrecht", ["gw-a"], directory)


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (in_a_line, "it sent something else than the stream of a job"),
        (in_the_results, "it sent no result of this appliance that can be read"),
        (in_the_records, "utrecht: its change records cannot be read (it has more than 2,000,000 values)"),
        (in_the_probes, "utrecht: the probes that it has noted cannot be read. Hunts name them as attempts"),
    ],
)
def test_a_bomb_costs_no_more_memory_than_its_bytes(tmp_path: Path, door: Callable[[Path], str], said: str) -> None:
    with at_most(20):
        assert door(tmp_path) == said


def test_what_a_job_may_say_is_read() -> None:
    assert parse_bounded(json.dumps([0] * (MOST_OF_A_LINE + 1)).encode(), MOST_OF_A_LINE) == [0] * (MOST_OF_A_LINE + 1)
    with pytest.raises(ValueError, match="nested without end"):
        parse_bounded(b"[" * 100_000, MOST_OF_A_LINE)
