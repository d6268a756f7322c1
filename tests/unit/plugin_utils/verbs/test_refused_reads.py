# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was read, but cannot be accepted, kept or measured, is refused with its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Vip
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import ListedFile
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    InvalidInput,
    Refused,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.judgement.exposure_reads import measure_in_place
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.findings.finding import NotSeen
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading import node_reader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.file_reads import Limits
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.node_reading.node_reader import NodeReader
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch import Watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.hunt import run as hunt
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove import measurement
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.prove.measurement import (
    Laboratory,
    _Stopped,
    gateway_vip,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.read_logs import run as read_logs
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.watch import run as watch
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.watch.run import WatchAppliance

from tests.stage.memory import CATALOGUE

GATEWAY = SimpleNamespace(name="gw-a")


def made(kind: type[Any], **values: Any) -> Any:
    """Return an object with these values, of which nothing else is used."""
    one = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(one, name, value)
    return one


def fail(error: Exception) -> Callable[..., Any]:
    def failing(*_given: Any, **_more: Any) -> Any:
        raise error

    return failing


FULL = fail(OSError(28, "No space left on device"))
LOST = CannotConnect("gw-a: no answer")
ASKED: Any = SimpleNamespace(label="bind", url="/", headers=())


@pytest.mark.parametrize("who", ["<name>", "x" * 500, "J.\nJansen"])
def test_a_person_who_accepts_has_a_name(who: str) -> None:
    task = made(WatchAppliance, appliance=GATEWAY, options={"accept": who})
    with pytest.raises(
        InvalidInput, match=r"^gw-a: accept must be the name of the person who accepts\. Nothing was sent\.$"
    ):
        task._who()


def test_what_is_incomplete_is_not_accepted() -> None:
    task = made(WatchAppliance, appliance=GATEWAY, options={})
    examined: Any = SimpleNamespace(not_seen=[NotSeen("files", "the rights are missing", "n1")])
    with pytest.raises(Refused, match=r"^gw-a: nothing was accepted, since it is incomplete: "):
        task._accept(None, None, examined, "J. Jansen")


@pytest.mark.parametrize("error", [CannotConnect("gw-a: no answer"), Refused("gw-a: no answer")])
def test_what_cannot_be_read_is_not_accepted(error: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "accept": "J. Jansen",
        "baselines": str(tmp_path),
        "records": "",
        "hash_all": False,
        "catalogue": str(CATALOGUE.parent),
        "record_key": str(tmp_path / "key"),
        "allowed_signers": "",
    }
    monkeypatch.setattr(watch, "Connection", fail(error))
    with pytest.raises(type(error), match=r"^gw-a: nothing was accepted: no answer$"):
        made(WatchAppliance, appliance=GATEWAY, options=options, check_mode=False).run()


def test_a_node_that_does_not_answer_is_no_file_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_reader, "read_file", fail(LOST))
    with pytest.raises(CannotConnect, match="no answer"):
        NodeReader(SimpleNamespace(node="n1"), Limits()).read(ListedFile("/var", "x"))  # type: ignore[arg-type]


def test_a_node_that_does_not_answer_is_no_binding_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.watching.watch.read_types",
        lambda *_given: {},
    )
    with pytest.raises(CannotConnect, match="no answer"):
        made(Watch, not_seen=[])._configuration(SimpleNamespace(read=fail(LOST), node="n1"))


def test_findings_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_logs, "write_privately", FULL)
    told = r"^gw-a: the findings .* cannot be written \(No space left on device\)\. Name another directory with -e bookmarks="
    with pytest.raises(InvalidInput, match=told):
        made(read_logs.ReadLogs, appliance=GATEWAY)._keep(tmp_path, {}, None)
    monkeypatch.setattr(hunt, "write_privately", FULL)
    task = made(hunt.LookForTraces, appliance=GATEWAY, options={"rotation": str(tmp_path / "x")}, check_mode=False)
    with pytest.raises(
        Refused, match=r"^gw-a: rotation: .* cannot be written \(No space left on device\)\. Name another"
    ):
        task._write("rotation", {})


def test_partitions_that_cannot_be_read_are_not_taken_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure_in_place, "read_partitions", lambda _session: None)
    connection: Any = SimpleNamespace(primary=SimpleNamespace(where="gw-a"))
    with pytest.raises(InvalidInput, match=r"^gw-a: "):
        measure_in_place.switched_on(connection, connection.primary, [])


def laboratory(**values: Any) -> Any:
    return made(Laboratory, **{"_vip": None, **values})


def test_a_measurement_that_cannot_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Laboratory, "_session", SimpleNamespace(where="gw-a"))
    reply = SimpleNamespace(status=503, problem="")
    with pytest.raises(_Stopped, match=r"^bind: HTTP 503, which is no answer of NITRO$"):
        laboratory(_ask=lambda _request: reply)._answer(ASKED)
    with pytest.raises(_Stopped, match=r"^bind: the Gateway has no address that may be asked$"):
        laboratory()._send_to_gateway(ASKED)
    silent = SimpleNamespace(ask=lambda *_given: SimpleNamespace(status=None))
    vip = Vip("gw", Address("192.0.2.9", 443), "vpn", probe=False)
    with pytest.raises(_Stopped, match=r"^bind: the Gateway did not answer$"):
        laboratory(_vip=vip, _prober=silent)._send_to_gateway(ASKED)
    monkeypatch.setattr(measurement, "ConfigurationTexts", lambda _session: SimpleNamespace(running=None))
    with pytest.raises(Refused, match=r"^gw-a: the running configuration cannot be read\. Nothing was changed\.$"):
        laboratory()._present()
    connection: Any = SimpleNamespace(appliance=GATEWAY)
    with pytest.raises(InvalidInput, match=r"^gw-a: gw \(192\.0\.2\.9:443\) is not probed \(probe: false\)$"):
        gateway_vip(connection, "gw", [vip])
