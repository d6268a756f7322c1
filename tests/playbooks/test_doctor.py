# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""doctor.yml as a user runs it: one table, a report, and pins only after a comparison."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.long_certificate import long_certificate
from tests.stage.control_node import ROOT
from tests.stage.fleet import PASSWORD, box, pair
from tests.stage.played import Laboratory, Run

FINE = {"user_defined_audit_log": "YES"}
CONSENT = {"netscaler_probe_networks": ["127.0.0.0/8"]}


@pytest.fixture(autouse=True)
def _state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.getbasetemp() / "doctor-state"))


@pytest.fixture(scope="module")
def laboratory(open_laboratory: Callable[..., Laboratory]) -> Laboratory:
    laboratory = open_laboratory(
        {
            "fine": box(**FINE),
            "pair": pair(**FINE),
            "self": box(certificate="self_signed", **FINE),
            "secret": box(**FINE),
        },
        variables={
            "fine": CONSENT,
            "pair": CONSENT,
            "self": CONSENT,
            "secret": {**CONSENT, "netscaler_password": "wr0ng-Pass-9"},
            "shape": {"netscaler_nodes": "192.0.2.1", "netscaler_probe": "yes", "netscaler_custmer": "x"},
            "vault": {"netscaler_nodes": ["192.0.2.2"], "netscaler_password": "{{ vault_that_is_not_there }}"},
        },
    )
    # host_vars are beside the inventory, so it gets a directory of its own
    laboratory.inventory = laboratory.directory / "inventory" / "hosts.yml"
    laboratory.inventory.parent.mkdir()
    return laboratory


@pytest.fixture(scope="module")
def whole(laboratory: Laboratory) -> Run:
    laboratory.hosts["twice"] = {"netscaler_nodes": laboratory.hosts["fine"]["netscaler_nodes"], **CONSENT}
    run = laboratory.play("doctor", fail_at=None)
    del laboratory.hosts["twice"]
    return run


def findings(run: Run, host: str, severity: str) -> list[str]:
    return [f"{one['check']}: {one['what']}" for one in run[host]["findings"] if one["severity"] == severity]


def table(run: Run) -> list[str]:
    """The lines below the banner."""
    return run.output.partition("DOCTOR **")[2].splitlines()[1:]


def test_the_report_has_every_host_with_its_exit_code(whole: Run) -> None:
    codes = {host: result["exit_code"] for host, result in whole.results.items()}
    wrong = dict.fromkeys(("fine", "twice", "self", "secret", "shape", "vault"), 2)
    assert codes == {"control node": 0, "pair": 1, **wrong}
    assert [what.partition(":")[0] for what in findings(whole, "pair", "warning")] == ["clock"], (
        "the fleet lives in 2020"
    )
    assert whole.rc == 2
    assert table(whole)[-1] == "7 appliances: 0 ok, 6 with errors, 1 with warnings; control node: ok; exit code 2"


def test_all_that_is_wrong_in_the_inventory_is_said_at_once(whole: Run) -> None:
    assert findings(whole, "shape", "error") == [
        "inventory: netscaler_nodes must be a list, not text",
        "inventory: netscaler_probe must be true or false, not text",
        "inventory: no role reads the variable netscaler_custmer",
    ]
    assert "             fix: write netscaler_customer, if that is meant" in table(whole)
    (vault,) = findings(whole, "vault", "error")
    assert vault.startswith("inventory: the variable netscaler_password has no value: ")
    assert "vault_that_is_not_there" in vault
    for host in ("fine", "twice"):
        (twice,) = findings(whole, host, "error")
        assert twice.endswith("is in fine, twice (netscaler_nodes)")


def test_a_demand_that_nobody_can_meet_is_said_before_the_night(laboratory: Laboratory) -> None:
    demands = {"pair": {"apply": 1}, "fine": {"rolback": 1}}
    for host, demand in demands.items():
        laboratory.hosts[host]["tourniquet_approvals"] = demand
    laboratory.common |= {
        "records": str(laboratory.records),
        "tourniquet_record_key": str(laboratory.directory / "key"),
    }
    run = laboratory.play("doctor", limit=[*demands], records=None, fail_at=None)  # -e records= is refused there
    for host in demands:
        del laboratory.hosts[host]["tourniquet_approvals"]
    del laboratory.common["records"], laboratory.common["tourniquet_record_key"]
    (error,) = findings(run, "pair", "error")
    signers = laboratory.inventory.parent / "allowed_signers"
    assert error.startswith(f"inventory: of the 1 person needed, the list of allowed signers {signers} has 0, ")
    assert findings(run, "fine", "error") == ["inventory: tourniquet_approvals names 'rolback'"]
    assert run.rc == 2
    assert findings(run, "pair", "warning"), "the appliance is examined all the same"


def test_nothing_is_written_and_no_password_is_shown(whole: Run) -> None:
    assert whole.writes() == []
    assert {r["method"] for r in whole.requests if not r["target"].endswith(("login", "logout"))} == {"GET"}
    for secret in (PASSWORD, "wr0ng-Pass-9"):
        assert secret not in whole.output
        assert secret not in str(whole.results)


def test_the_exit_code_is_zero_without_errors_and_not_where_something_was_not_checked(laboratory: Laboratory) -> None:
    assert laboratory.play("doctor", limit=["pair"]).rc == 0
    laboratory.hosts["pair"] = {name: value for name, value in laboratory.hosts["pair"].items() if name not in CONSENT}
    laboratory.hosts["pair"].pop("netscaler_vips", None)
    unchecked = laboratory.play("doctor", limit=["pair"])
    laboratory.hosts["pair"] |= CONSENT
    assert (unchecked.rc, unchecked["pair"]["exit_code"]) == (2, 3), "not checked is never ok"
    assert findings(unchecked, "pair", "not checked")[0].startswith("VIPs: not probed")
    assert laboratory.play("doctor", limit=["self"], fail_at=4).rc == 0


def test_a_pin_is_written_after_it_was_shown_and_compared(laboratory: Laboratory) -> None:
    path = laboratory.inventory.parent / "host_vars" / "self.yml"
    shown = laboratory.play("doctor", limit=["self"])
    line = next(line.strip() for line in table(shown) if "netscaler_certificate_pin: [" in line)
    seen = laboratory.simulator.ready["appliances"]["self"]["nodes"][0]["certificate_sha256"]
    printed = ":".join(seen[at : at + 2] for at in range(0, 64, 2)).upper()
    assert line == f'self: netscaler_certificate_pin: ["{printed}"]'
    nobody = laboratory.play("doctor", limit=["self"], write_pins=True)
    assert (nobody.rc, path.exists()) == (2, False)
    checked = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen", check=True)
    assert (checked.rc, path.exists()) == (0, False)
    written = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen")
    assert (written.rc, findings(written, "self", "note")) == (0, [f"pins: the pins were written to {path}"])
    assert yaml.safe_load(path.read_text()) == {"netscaler_certificate_pin": [printed]}
    assert "# compared by J. Jansen on " in path.read_text()
    text = path.read_text()
    again = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen")
    assert (again.rc, path.read_text()) == (0, text)
    laboratory.simulator.appliance("self").fault("certificate_changed", certificate="self_signed")
    alarm = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen")
    laboratory.simulator.appliance("self").clear_faults()
    assert (alarm.rc, path.read_text()) == (2, text)
    assert findings(alarm, "self", "error")[0].startswith("TLS: ALARM: its certificate is not the one in")
    path.unlink()


def test_the_same_command_again_writes_the_pin_that_its_first_run_showed(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = laboratory.inventory.parent / "host_vars" / "self.yml"
    first = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen")
    assert (first.rc, path.exists()) == (2, False)
    assert findings(first, "self", "error")[0].endswith("Compare it now, and give the same command again")
    again = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen")
    assert (again.rc, findings(again, "self", "note")) == (0, [f"pins: the pins were written to {path}"])
    path.unlink()


def test_no_pin_is_written_while_a_node_of_the_pair_is_away(laboratory: Laboratory) -> None:
    nodes = laboratory.hosts["self"]["netscaler_nodes"]
    laboratory.hosts["self"]["netscaler_nodes"] = [*nodes, "127.0.0.1:9"]
    laboratory.play("doctor", limit=["self"])
    run = laboratory.play("doctor", limit=["self"], write_pins=True, compared_by="J. Jansen")
    laboratory.hosts["self"]["netscaler_nodes"] = nodes
    assert run.rc == 2
    assert (
        "pins: no pin was written: the certificate of 127.0.0.1:9 was not seen, and the pins of all nodes are written together"
        in findings(run, "self", "error")
    )
    assert not (laboratory.inventory.parent / "host_vars" / "self.yml").exists()


def test_what_the_receptor_of_this_machine_leaves_open_is_said(laboratory: Laboratory, tmp_path: Path) -> None:
    path = tmp_path / "receptor.conf"
    shipped = (
        (ROOT / "examples" / "receptor" / "node.yml")
        .read_text(encoding="utf-8")
        .replace("/etc/receptor", str(tmp_path))
    )
    path.write_text(shipped.replace("    verifysignature: true\n", ""), encoding="utf-8")
    (tmp_path / "mesh").mkdir()
    (tmp_path / "mesh" / "amsterdam.key").touch(mode=0o600)
    for name in ("ca.crt", "amsterdam.crt"):
        (tmp_path / "mesh" / name).write_bytes(long_certificate())
    nodes = [{"name": "a", "receptor": {"socket": "/run/s", "node": "amsterdam"}, "keepalive": 5}]
    open_ = laboratory.play(
        "doctor", limit=["pair"], receptor_configuration=str(path), tourniquet_execution_nodes=nodes
    )
    keepalive = (
        "work-command ansible-runner has --keepalive-seconds 10, and the inventory says keepalive: 5 for this node"
    )
    assert (open_.rc, open_["control node"]["exit_code"]) == (2, 2)
    assert findings(open_, "control node", "error") == [
        "Receptor: work-command ansible-runner: a job needs no signature"
    ]
    assert findings(open_, "control node", "warning") == [f"Receptor: {keepalive}"]
    assert "             fix: set verifysignature: true" in table(open_)
    path.write_text(shipped, encoding="utf-8")
    wrong = laboratory.play("doctor", limit=["pair"], receptor_configuration=str(path), tourniquet_execution_nodes=[{}])
    (finding,) = findings(wrong, "control node", "error")
    assert finding.startswith("execution nodes: tourniquet_execution_nodes has the name None")
    assert f"Receptor: {path}: nothing is open at amsterdam" in findings(wrong, "control node", "ok")


def test_without_our_callbacks_the_result_is_in_the_message(
    laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment = laboratory.environment
    settings = tmp_path / "ansible.cfg"
    settings.write_text(f"[defaults]\ncollections_path = {ROOT / '.collections'}\n")

    def foreign(report: Path) -> dict[str, str]:
        return {**environment(report), "ANSIBLE_CONFIG": str(settings)}

    monkeypatch.setattr(laboratory, "environment", foreign)
    run = laboratory.play("doctor", limit=["self"])
    assert "DOCTOR" not in run.output
    assert "1 appliance: 0 ok, 1 with errors; control node: ok; exit code 2" in run.output


def test_a_misspelt_option_is_refused(laboratory: Laboratory) -> None:
    run = laboratory.play("doctor", limit=["pair"], write_pin=True)
    assert run.rc == 2
    assert "did you mean write_pins" in " ".join(run.output.split())
