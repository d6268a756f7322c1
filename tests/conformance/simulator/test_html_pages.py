# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""responderhtmlpage: pages are imported, used by actions, and sent to clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator import Simulator

from .conftest import Client, Lab

PAGE = "<html><body>Closed for maintenance \u2013 back at 9</body></html>\n"
ACTION = {"name": "closed", "type": "respondwithhtmlpage", "htmlpage": "maintenance", "responsestatuscode": 503}
IMPORT = {"src": "https://files.example.org/closed.html", "name": "maintenance"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    spec = {
        "build": "14.1 17.38",
        "nodes": ["127.21.2.11:0", "127.21.2.12:0"],
        "features": ["LB", "RESPONDER"],
        "vservers": [{"type": "lb", "name": "web", "address": "127.21.2.13:0", "protocol": "HTTP"}],
        "urls": {IMPORT["src"]: PAGE},
        "files": {"/var/download/responder/older": "<p>from the fleet file</p>"},
    }
    with Simulator({"switches": {"boot_seconds": 0.0}, "appliances": {"gw": spec}}) as simulator:
        laboratory = Lab(simulator)
        yield laboratory
        laboratory.close()


@pytest.fixture
def box(lab: Lab) -> Client:
    return lab.box()


@pytest.mark.fact("html-page")
def test_import_change_and_delete_a_page(lab: Lab, box: Client) -> None:
    """Import, get, change, delete (NITRO reference, responderhtmlpage); a page in use stays."""
    assert box.post("responderaction", ACTION).code == 3187
    assert box.post("responderhtmlpage", IMPORT, "?action=import").code == 1240
    assert box.post("responderhtmlpage", IMPORT, "?action=Import").status == 200
    assert box.post("responderhtmlpage", IMPORT, "?action=Import").status == 409
    assert box.post("responderhtmlpage", {**IMPORT, "overwrite": True}, "?action=Import").status == 200
    assert box.rows("responderhtmlpage") == [{"name": "maintenance"}, {"name": "older"}]
    assert box.rows("responderhtmlpage/maintenance") == [{"name": "maintenance", "response": PAGE}]
    assert box.post("responderaction", ACTION).status == 201
    assert box.delete("responderhtmlpage/maintenance").code == 3207
    assert box.post("responderhtmlpage", {"name": "maintenance"}, "?action=update").status == 200
    assert box.post("responderhtmlpage", {"name": "older"}, "?action=update").code == 3206
    assert box.delete("responderaction/closed").status == 200
    assert box.delete("responderhtmlpage/maintenance").status == 200
    answer = box.get("responderhtmlpage/maintenance")
    assert (answer.status, answer.code) == (404, 3187)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"name": "x"}, 1095),
        ({"src": "local:none.html", "name": "x"}, 3206),
        ({**IMPORT, "name": "x" * 32}, 1106),
        ({**IMPORT, "name": "../x"}, 1075),
        ({**IMPORT, "size": 1}, 278),
    ],
)
def test_refused_imports(box: Client, row: dict[str, Any], code: int) -> None:
    assert box.post("responderhtmlpage", row, "?action=Import").code == code


@pytest.mark.fact("html-page")
def test_clients_get_a_page_byte_for_byte_also_after_a_boot_and_a_failover(lab: Lab, box: Client) -> None:
    """A page is on the disks of both nodes, independent of saves; the action sets its status (command reference, responder action)."""
    box.post("responderhtmlpage", IMPORT, "?action=Import")
    box.post("responderaction", {**ACTION, "reasonphrase": '"Closed"'})
    box.post("responderpolicy", {"name": "p", "rule": "TRUE", "action": "closed"})
    box.post("responderglobal_responderpolicy_binding", {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE"})
    box.post("nsconfig", {}, "?action=save")
    appliance = lab.simulator.appliance("gw")
    for happens in (lambda: None, appliance.reboot, appliance.failover):
        happens()
        answer = lab.vserver("web").ask("GET", "/")
        assert (answer.status, answer.reason, answer.body) == (503, "Closed", PAGE.encode())


def test_a_page_of_an_exported_configuration(lab: Lab, box: Client) -> None:
    """ns.conf names pages but does not contain them: without the file the line is left out, with it the action is made."""
    box.post("responderaction", {"name": "old", "type": "respondwithhtmlpage", "htmlpage": "older"})
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    spec = {"nodes": ["127.0.0.1:0"], "ns_conf": text}
    known = {**spec, "files": {"/var/download/responder/older": "x"}}
    with Simulator({"appliances": {"without": spec, "with": known}}) as simulator:
        left_out = simulator.appliance("without").state()["unknown_lines"]
        assert ["respondwithhtmlpage" in line for line in left_out] == [True]
        assert simulator.appliance("with").state()["unknown_lines"] == []
