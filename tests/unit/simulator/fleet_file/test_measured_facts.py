# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The door for result files of prove.yml: only positions of switches pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove import result_file

from simulator.fleet_file import measured_facts
from simulator.fleet_file.loader import load
from simulator.fleet_file.measured_facts import LARGEST_FILE, MeasuredFacts, load_measured_facts
from simulator.fleet_file.specification import FleetError

BOX = {"box": {"nodes": ["127.0.0.1:0"]}}


def settled(position: Any, **more: Any) -> dict[str, Any]:
    return {"position": position, "experiment": "x", "seen": {}, **more}


def result(**changes: Any) -> dict[str, Any]:
    return {
        "format": "tourniquet-open-facts",
        "version": 1,
        "build": "13.1 49.15",
        "measured_on": "2026-11-28",
        "pair": False,
        "experiments": ["read"],
        "requests": 66,
        "seconds": 0.5,
        "settled": {"missing_nsacl_code": settled(864), "gzip": settled(False)},
        "open": {},
        **changes,
    }


def written(path: Path, content: Any) -> Path:
    file = path / "result.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def test_both_sides_name_the_same_format() -> None:
    assert (measured_facts.FORMAT, measured_facts.VERSION) == (result_file.FORMAT, result_file.VERSION)


def test_its_positions(tmp_path: Path) -> None:
    found = load_measured_facts(written(tmp_path, result()))
    assert found == MeasuredFacts("13.1 49.15", {"missing_nsacl_code": 864, "gzip": False})


WRONG: list[tuple[Any, str]] = [
    ("", "this is not the JSON of a result"),
    ("[]", "a mapping is needed"),
    ('{"format": NaN}', "NaN is no number of JSON"),
    ('{"a": 1, "a": 1}', "a name occurs twice"),
    ("[" * 100_000, "it is nested too deep"),
    ({**result(), "extra": 1}, "the key 'extra' is not known"),
    ({key: value for key, value in result().items() if key != "open"}, "the key 'open' is missing"),
    (result(format="x"), "this is not a result of prove.yml in version 1"),
    (result(version=True), "this is not a result of prove.yml in version 1"),
    (result(version=2), "this is not a result of prove.yml in version 1"),
    (result(build="13.1 49.15\n"), "build: this is not of the form"),
    (result(build=13.1), "build: this is not of the form"),
    (result(settled=[]), "settled: a mapping is needed"),
    (result(settled={"gzip": True}), "settled: 'gzip': a mapping is needed"),
    (result(settled={"gzip": {"position": True}}), "the key 'experiment' is missing"),
    (result(settled={"gzip": settled(1)}), "switch gzip: 1 is not a bool"),
    (result(settled={"gzip": settled([True])}), "the position is neither a text nor a number nor a truth value"),
    (result(settled={"gzip": settled(None)}), "the position is neither a text nor a number nor a truth value"),
    (result(settled={"missing_nsacl_code": settled(1)}), "switch missing_nsacl_code: 1 is not one of 258, 864"),
    (result(settled={"missing_nsacl_code": settled("864")}), "switch missing_nsacl_code: '864' is not one of"),
    (result(settled={"set_limit": settled(-1)}), "switch set_limit: -1 is negative"),
    (result(settled={"set_limit": settled(10**12)}), "the position is larger than 1,000,000,000"),
    (result(settled={"boot_seconds": settled(1e300)}), "the position is larger than 1,000,000,000"),
    (result(settled={"__class__": settled(1)}), "unknown switch '__class__'"),
    (result(settled={f"x{number}": settled(1) for number in range(1001)}), "it has more than 1000 facts"),
    ("x" * (LARGEST_FILE + 1), "it is larger than 1,048,576 bytes"),
]


@pytest.mark.parametrize(("content", "problem"), WRONG, ids=[problem[:40] for _content, problem in WRONG])
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, content: Any, problem: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(FleetError) as refused:
        load_measured_facts(path)
    assert problem in str(refused.value)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400 + len(str(path))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.json", Path("/dev/zero")):
        with pytest.raises(FleetError, match="there is no such file"):
            load_measured_facts(path)


def fleet(directory: Path, **content: Any) -> Path:
    path = directory / "fleet.yml"
    path.write_text(json.dumps({"appliances": BOX, **content}), encoding="utf-8")
    return path


def test_the_layers_of_positions(tmp_path: Path) -> None:
    """Default, result, switches of the fleet, switches of the appliance."""
    written(tmp_path, result())
    named = {"result": "result.json"}
    appliances = {
        "plain": {"nodes": ["127.0.0.1:0"]},
        "own": {"nodes": ["127.0.0.1:0"], "build": "14.1 17.38", "switches": {"missing_nsacl_code": 258}},
    }
    found = load(fleet(tmp_path, open_facts=named, switches={"gzip": True}, appliances=appliances)).appliances
    assert (found["plain"].build, found["own"].build) == ("13.1 49.15", "14.1 17.38")
    assert [one.switches["missing_nsacl_code"] for one in found.values()] == [864, 258]
    assert [one.switches["gzip"] for one in found.values()] == [True, True]
    assert found["plain"].switches["delete_body"] == "done"


def test_an_appliance_with_a_result_of_its_own(tmp_path: Path) -> None:
    written(tmp_path, result())
    appliances = {
        "one": {"nodes": ["127.0.0.1:0"], "open_facts": {"result": "result.json"}},
        "two": {"nodes": ["127.0.0.1:0"], "build": "13.1 49.15"},
    }
    found = load(fleet(tmp_path, appliances=appliances)).appliances
    assert [one.switches["missing_nsacl_code"] for one in found.values()] == [864, 258]


def test_the_option_of_the_command_counts_before_the_file(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(result(settled={"delete_body": settled("empty")})), encoding="utf-8")
    path = fleet(tmp_path, open_facts={"result": "missing.json"})
    switches = load(path, other).appliances["box"].switches
    assert (switches["delete_body"], switches["missing_nsacl_code"]) == ("empty", 258)


@pytest.mark.parametrize("named", [{}, {"result": 1}, {"result": ""}, {"file": "x"}, "result.json"])
def test_a_fleet_file_that_names_no_result(tmp_path: Path, named: Any) -> None:
    with pytest.raises(FleetError, match=r"^open_facts: "):
        load(fleet(tmp_path, open_facts=named))
