# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not learnt as an ending: the name of a file in one directory, of one client, or that many attacks end with."""

from __future__ import annotations

from pathlib import Path

from tests.unit.plugin_utils.recorded_traffic.test_learner import allow, by_many, learnt, refusals, request

NAME = "/logo.png"


def test_one_path_of_one_client_is_no_ending(tmp_path: Path) -> None:
    found = learnt(tmp_path, [request(f"/a{NAME}")], suffixes=True)
    assert allow(found) == []
    assert refusals(found) == {f"/a{NAME}": "fewer than 3 clients or 2 days"}


def test_a_name_in_many_directories_of_one_client_is_no_ending(tmp_path: Path) -> None:
    requests = [request(f"/{place}{NAME}", 1, day) for day, place in enumerate("abcd")]
    assert allow(learnt(tmp_path, requests, suffixes=True)) == []


def test_a_name_in_two_directories_is_no_ending_however_many_ask(tmp_path: Path) -> None:
    requests = [one for place in "ab" for one in by_many(f"/{place}{NAME}", 9)]
    assert allow(learnt(tmp_path, requests, suffixes=True)) == [{"exact": f"/{place}{NAME}"} for place in "ab"]


def test_a_name_in_three_directories_of_a_client_each_is_an_ending(tmp_path: Path) -> None:
    """No path by itself has enough clients; all of the same name together have."""
    requests = [request(f"/{place}{NAME}", client, client) for client, place in enumerate("abc", 1)]
    assert allow(learnt(tmp_path, requests, suffixes=True)) == [{"suffix": NAME}]
