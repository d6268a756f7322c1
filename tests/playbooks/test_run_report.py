# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report and the notifications of real runs: by variables of groups, to receivers on loopback, and without an effect on the result."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from simulator.network.certificate_authority import Authority
from tests.stage.control_node import ROOT
from tests.stage.fleet import box
from tests.stage.played import Laboratory, Run
from tests.unit.plugin_utils.fleet.notifications.receivers import ADDRESS, Hook, web_server

SECRET = "s3cret-Pa55"
FORMAT = yaml.safe_load((ROOT / "docs" / "reference" / "report-schema.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hook, str]]:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    context: ssl.SSLContext = authority.context(ADDRESS, "signed", "1.3")[0]
    with web_server(context) as server:
        yield server, str(authority.ca_file)


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    opened = open_laboratory({"ours": box(), "theirs": box()})
    opened.simulator.appliance("theirs").unreachable()
    return opened


def play(laboratory: Laboratory, customers: dict[str, Any], playbook: str, **extra: Any) -> Run:
    """Run a playbook with a group for each customer, which has its own variables."""
    path = laboratory.directory / "customers.yml"
    path.write_text(json.dumps(customers), encoding="utf-8")
    return laboratory.play(playbook, options=("-i", str(path)), **extra)


def receiver(hook: Hook, ca_file: str, path: str, on: list[str]) -> dict[str, Any]:
    url = f"https://{ADDRESS}:{hook.port}/{path}"
    headers = {"Authorization": "Bearer {{ token }}"}
    return {"type": "webhook", "url": url, "headers": headers, "ca_file": ca_file, "on": on}


def test_each_customer_is_told_of_its_own_appliances_and_a_reviewer_gets_the_files(
    laboratory: Laboratory, hook: tuple[Hook, str], tmp_path: Path
) -> None:
    server, ca_file = hook
    customers = {
        "of_brouwer": {
            "vars": {
                "netscaler_customer": "Brouwer",
                "tourniquet_notify": [receiver(server, ca_file, "brouwer", ["applied", "failed"])],
            },
            "hosts": {"ours": {}},
        },
        "of_de_wit": {
            "vars": {
                "netscaler_customer": "De Wit",
                "tourniquet_notify": [receiver(server, ca_file, "dewit", ["applied", "failed"])],
            },
            "hosts": {"theirs": {}},
        },
    }
    run = play(laboratory, customers, "apply", token=SECRET, tourniquet_report=str(tmp_path / "night"))
    assert run.results == {}, "the variable has precedence over the environment"
    assert run.rc == 4
    found = json.loads((tmp_path / "night" / "apply.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(FORMAT).validate(found)
    shown = {one["host"]: (one["customer"], one["state"], one["changed"]) for one in found["appliances"]}
    assert shown == {"ours": ("Brouwer", "ok", True), "theirs": ("De Wit", "unreachable", False)}
    ours = next(one for one in found["appliances"] if one["host"] == "ours")
    assert [line for step in reversed(ours["steps"]) for line in step["inverse"]] == ours["inverse"]
    assert "<h1>apply: 2 appliances" in (tmp_path / "night" / "apply.html").read_text(encoding="utf-8")
    told = {path: (headers["Authorization"], json.loads(body)["events"]) for path, headers, body in server.requests}
    assert {path: token for path, (token, _events) in told.items()} == dict.fromkeys(
        ("/brouwer", "/dewit"), f"Bearer {SECRET}"
    )
    assert [one["host"] for one in told["/brouwer"][1]["applied"]] == ["ours"]
    assert [one["host"] for one in told["/dewit"][1]["failed"]] == ["theirs"]
    assert SECRET not in run.output
    assert SECRET not in json.dumps(found)
    documents = tmp_path / "night" / "vex"
    (before,) = (path.name for path in documents.glob("De*.json"))
    customers["of_de_wit"]["vars"]["netscaler_customer"] = "Smit"
    again = play(laboratory, customers, "status", token=SECRET, tourniquet_report=str(tmp_path / "night"))
    assert sorted(path.name for path in documents.glob("*.json")) == ["Brouwer.json", "Smit.json"]
    assert f"Removed {documents / before}: the customer is no longer in the inventory" in again.output
    views = tmp_path / "night" / "customers"
    assert sorted(path.name for path in views.iterdir() if path.is_dir()) == ["Brouwer", "Smit"]
    status = json.loads((tmp_path / "night" / "status.json").read_text(encoding="utf-8"))
    runs = next(one["runs"] for one in status["appliances"] if one["host"] == "ours")
    assert [(one["kind"], one["outcome"]) for one in runs] == [("apply", "applied")]
    assert SECRET not in again.output


def test_a_receiver_that_cannot_be_told_is_a_warning_and_the_result_stays(
    laboratory: Laboratory, hook: tuple[Hook, str]
) -> None:
    server, _ca_file = hook
    before = len(server.requests)
    everyone = {"netscalers": {"vars": {"tourniquet_notify": [receiver(server, "", SECRET, ["failed"])]}}}
    run = play(laboratory, everyone, "status", token=SECRET)
    assert run.rc == 4
    assert run.problem("theirs").startswith("unreachable: ")
    text = " ".join(run.output.split())
    assert f"the webhook at {ADDRESS} was not told: its certificate is not trusted" in text
    wrong = {"netscalers": {"vars": {"tourniquet_notify": "{{ no_such_variable }}"}}}
    assert "the variable tourniquet_notify cannot be evaluated" in " ".join(
        play(laboratory, wrong, "status").output.split()
    )
    assert SECRET not in run.output
    assert len(server.requests) == before
