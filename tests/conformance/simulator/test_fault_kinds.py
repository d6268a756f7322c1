# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each kind of fault: what a client gets, the state afterwards, and the end of the fault."""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator.server.control import ControlError

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}
SETS = [{"name": name} for name in ("a", "b", "c")]


def appliance(lab: Any, name: str = "gw") -> Any:
    return lab.simulator.appliance(name)


def file(name: str) -> dict[str, str]:
    return {"filename": name, "filelocation": "/var/tmp", "filecontent": base64.b64encode(b"x").decode()}


def names(box: Any, type_: str = "policypatset") -> list[str]:
    return [row["name"] for row in box.rows(type_) if "builtin" not in row]


def statistics(box: Any, type_: str) -> Any:
    return box.ask("GET", f"/nitro/v1/stat/{type_}").json[type_]


# Interrupted responses


@pytest.mark.parametrize("kind", ["cut_off", "hang_in_answer"])
def test_an_interrupted_response(lab: Any, kind: str) -> None:
    """The head and a part of the body are sent, then nothing; the write was carried out."""
    details = {"seconds": 0.2} if kind == "hang_in_answer" else {}
    box = lab.box()
    appliance(lab).fault(kind, type="nsversion", **details)
    started = time.monotonic()
    box.connection.request("GET", "/nitro/v1/config/nsversion", headers=box.headers)
    answer = box.connection.getresponse()
    assert (answer.status, answer.getheader("Content-Length")) == (200, "201")
    with pytest.raises((OSError, http.client.IncompleteRead)) as caught:
        answer.read()
    if isinstance(caught.value, http.client.IncompleteRead):
        assert 0 < len(caught.value.partial) < 201
    if kind == "hang_in_answer":  # the other one may take as long on a busy machine
        assert time.monotonic() - started >= 0.2
    box = lab.box()
    appliance(lab).fault(kind, type="responderpolicy", method="POST", **details)
    with pytest.raises((OSError, http.client.HTTPException)):
        box.post("responderpolicy", POLICY)
    assert names(lab.box(), "responderpolicy") == ["p"]


def test_an_interrupted_response_of_a_vserver(lab: Any) -> None:
    """Responses of virtual servers can be interrupted too."""
    appliance(lab).fault("cut_off", vserver="web")
    with pytest.raises((OSError, http.client.IncompleteRead)):
        lab.vserver("web").ask("GET", "/")
    assert lab.vserver("web").ask("GET", "/").status == 200


# Log-ons, saves, disks


@pytest.mark.fact("session-limit-code")
@pytest.mark.parametrize("code", [446, 445])
def test_the_session_limit(with_switches: Callable[..., Any], code: int) -> None:
    """No new session, neither with credentials in headers; existing sessions continue."""
    lab = with_switches(session_limit_code=code)
    box = lab.box()
    appliance(lab).fault("session_limit")
    assert [lab.client().log_in().code for _ in range(2)] == [code, code]
    assert lab.client(X_NITRO_USER="nsroot", X_NITRO_PASS="nsroot").get("nsversion").code == code
    assert box.get("nsversion").status == 200
    appliance(lab).clear_faults()
    assert lab.client().log_in().status == 201
    appliance(lab).fault("session_limit", nth=2, times=1)
    assert [lab.client().log_in().status for _ in range(3)] == [201, 599, 201]


@pytest.mark.fact("save-collision")
def test_another_save_in_progress(lab: Any) -> None:
    """293, the configuration is not saved; the next save works, also one by a header."""
    box = lab.box()
    appliance(lab).fault("save_collision")
    box.post("responderpolicy", POLICY)
    assert box.post("nsconfig", {}, "?action=save").code == 293
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is True
    assert "responderpolicy" not in appliance(lab).state()["nodes"][0]["saved"]
    assert box.post("nsconfig", {}, "?action=save").status == 200
    appliance(lab).fault("save_collision")
    assert box.post("policypatset", {"name": "a"}, X_NITRO_SAVECONFIG="yes").code == 293


@pytest.mark.fact("disk-full")
@pytest.mark.parametrize("code", [284, 1190])
def test_a_full_disk(with_switches: Callable[..., Any], code: int) -> None:
    """Saves, files and imports fail; the running configuration can be changed; statistics show the full disk."""
    lab = with_switches(disk_full_code=code)
    box = lab.box()
    assert statistics(box, "system")["disk1perusage"] < 100
    appliance(lab).fault("disk_full")
    assert box.post("responderpolicy", POLICY).status == 201
    assert box.post("nsconfig", {}, "?action=save").code == code
    assert box.post("systemfile", file("f")).code == code
    imported = {"Locationfile": "copy", "src": "local:/nsconfig/rc.netscaler"}
    assert box.post("locationfile", imported, "?action=Import").code == code
    assert (statistics(box, "system")["disk1perusage"], statistics(box, "system")["disk1avail"]) == (100, "0")
    state = appliance(lab).state()["nodes"][0]
    assert [row["name"] for row in state["running"]["responderpolicy"]] == ["p"]
    assert (state["configchanged"], "responderpolicy" in state["saved"]) == (True, False)
    assert not [path for path in state["files"] if path.startswith("/var/tmp/")]
    assert state["files"]["/var/log/httpaccess.log"].count("/stat/system") == 1, "that from before"
    appliance(lab).clear_faults()
    assert box.post("nsconfig", {}, "?action=save").status == 200
    assert box.post("systemfile", file("f")).status == 201
    appliance(lab).fault("disk_full", nth=2, times=1)
    assert [box.post("systemfile", file(name)).status for name in ("g", "h", "i")] == [201, 599, 201]


def test_a_full_disk_of_the_secondary(lab: Any) -> None:
    """The primary saves; the saved configuration of the secondary stays old."""
    box = lab.box("pair")
    appliance(lab, "pair").fault("disk_full", node=1)
    box.post("responderpolicy", POLICY)
    assert box.post("nsconfig", {}, "?action=save").status == 200
    assert ["responderpolicy" in node["saved"] for node in appliance(lab, "pair").state()["nodes"]] == [True, False]


# Arrays


@pytest.mark.fact("bulk-exit", "bulk-continue", "bulk-rollback")
@pytest.mark.parametrize(
    ("onerror", "answers", "left"),
    [
        ("", [0, 1239], ["a"]),
        ("exit", [0, 1239], ["a"]),
        ("continue", [0, 1239, 1239], ["a"]),
        ("rollback", [0, 1239], []),
    ],
)
def test_an_array_that_is_carried_out_in_part(lab: Any, onerror: str, answers: list[int], left: list[str]) -> None:
    """The first objects are carried out, the others are refused, for each value of X-NITRO-ONERROR (NITRO guide, bulk)."""
    box = lab.box()
    appliance(lab).fault("half_bulk")
    assert box.post("policypatset", {"name": "single"}).status == 201, "only arrays count"
    answer = box.post("policypatset", SETS, **({"X_NITRO_ONERROR": onerror} if onerror else {}))
    assert (answer.status, answer.code) == (207, 1243)
    assert [item["errorcode"] for item in answer.json["response"]] == answers
    assert names(box) == ["single", *left]
    assert box.post("policypatset", [{"name": "d"}, {"name": "e"}]).status == 201


def test_an_array_in_part_with_count_and_code(lab: Any) -> None:
    """The number of objects and the code of the refusals; macroapi has arrays too."""
    box = lab.box()
    appliance(lab).fault("half_bulk", type="policypatset", count=2, code=268)
    answer = box.post("policypatset", SETS)
    assert [item["errorcode"] for item in answer.json["response"]] == [0, 0, 268]
    appliance(lab).fault("half_bulk", type="macroapi", count=1)
    body = {"policydataset": [{"name": "x", "type": "ipv4"}, {"name": "y", "type": "ipv4"}]}
    assert box.nitro("POST", "macroapi", body).code == 1243
    assert names(box, "policydataset") == ["x"]


def test_an_array_in_part_without_a_response(lab: Any) -> None:
    """The connection is lost after the first objects, which stay."""
    box = lab.box()
    appliance(lab).fault("half_bulk_lost", count=2)
    with pytest.raises(ConnectionResetError):
        box.post("policypatset", SETS)
    assert names(lab.box()) == ["a", "b"]


# The pair


@pytest.mark.fact("ha-sync-failed")
def test_out_of_sync(lab: Any) -> None:
    """The secondary keeps its configuration and both nodes report FAILED; a failover loses the changes (CTX125720)."""
    pair = appliance(lab, "pair")
    box, secondary = lab.box("pair"), lab.box("pair", 1)
    assert [lab.box("pair", node).rows("hanode")[1 - node]["hasync"] for node in (0, 1)] == ["SUCCESS", "SUCCESS"]
    pair.fault("out_of_sync")
    answer = box.post("responderpolicy", POLICY, "?warning=yes")
    assert (answer.status, answer.code) == (209, 347)
    assert box.post("hasync", {"force": True}, "?action=Force").status == 200
    assert box.post("nsconfig", {}, "?action=save").status == 200
    assert secondary.rows("responderpolicy") == []
    assert [box.rows("hanode")[1]["hasync"], secondary.rows("hanode")[0]["hasync"]] == ["FAILED", "FAILED"]
    assert box.rows("hanode")[0]["hasync"] == "ENABLED"
    assert statistics(box, "hanode")["haerrsyncfailure"] == "1"
    assert ["responderpolicy" in node["saved"] for node in pair.state()["nodes"]] == [True, False]
    pair.clear_faults()
    assert box.rows("hanode")[1]["hasync"] == "SUCCESS"
    assert box.post("hasync", {"force": True}, "?action=Force").status == 200
    assert names(secondary, "responderpolicy") == ["p"]


def test_writes_that_the_secondary_loses(lab: Any) -> None:
    """The secondary reports success without an effect; only its own configuration shows it."""
    pair = appliance(lab, "pair")
    box, secondary = lab.box("pair"), lab.box("pair", 1)
    pair.fault("secondary_writes_lost")
    assert box.post("responderpolicy", POLICY, "?warning=yes").status == 201
    assert box.rows("hanode")[1]["hasync"] == "SUCCESS"
    assert secondary.post("policypatset", {"name": "a"}, "?warning=yes").code == 1028
    assert (names(secondary, "responderpolicy"), names(secondary)) == ([], [])
    assert names(box, "responderpolicy") == ["p"]
    pair.clear_faults()
    box.post("policypatset", {"name": "b"})
    assert names(secondary) == ["b"]


@pytest.mark.fact("ha-split-brain", "ha-unheard")
def test_both_primary(lab: Any) -> None:
    """Each node is Primary and accepts writes without propagation; afterwards one becomes secondary (CTX122346)."""
    pair = appliance(lab, "pair")
    boxes = [lab.box("pair"), lab.box("pair", 1)]
    pair.fault("both_primary")
    for number, box in enumerate(boxes):
        own, other = box.rows("hanode")
        assert (own["state"], other["hastatus"], other["state"]) == ("Primary", "NOT UP", "UNKNOWN")
        assert statistics(box, "hanode")["hacurmasterstate"] == "Primary"
        assert box.get("nsconfig").json["nsconfig"]["primaryip"] == own["ipaddress"]
        assert box.post("policypatset", {"name": f"of{number}"}, "?warning=yes").status == 201
        assert box.post("nsconfig", {}, "?action=save").status == 200
    assert [names(box) for box in boxes] == [["of0"], ["of1"]]
    assert [boxes[0].post(verb, {"force": True}, "?action=Force").code for verb in ("hafailover", "hasync")] == [
        1449,
        364,
    ]
    pair.clear_faults()
    assert [box.rows("hanode/0")[0]["state"] for box in boxes] == ["Primary", "Secondary"]
    assert [names(box) for box in boxes] == [["of0"], ["of0"]]


def test_a_failover_before_the_answer(lab: Any) -> None:
    """The request is carried out and propagated, the peer becomes primary; no response is sent."""
    box = lab.box("pair")
    appliance(lab, "pair").fault("failover", type="responderpolicy", method="POST")
    with pytest.raises(ConnectionResetError):
        box.post("responderpolicy", POLICY)
    assert [lab.box("pair", node).rows("hanode/0")[0]["state"] for node in (0, 1)] == ["Secondary", "Primary"]
    assert names(lab.box("pair", 1), "responderpolicy") == ["p"]


@pytest.mark.fact("ha-reboot-hands-over", "ha-stay-secondary", "unsaved-is-lost")
@pytest.mark.parametrize("stays", [False, True])
def test_a_reboot_with_and_without_failover(lab: Any, stays: bool) -> None:
    """The peer becomes primary with what was propagated; one that stays secondary gets the saved configuration of the primary."""
    if stays:
        assert lab.box("pair", 1).put("hanode", {"id": 0, "hastatus": "STAYSECONDARY"}).status == 200
    box = lab.box("pair")
    appliance(lab, "pair").fault("crash", type="responderpolicy", method="POST")
    with pytest.raises(ConnectionResetError):
        box.post("responderpolicy", POLICY)
    assert appliance(lab, "pair").state()["primary"] == (0 if stays else 1)
    for node in (0, 1):
        assert names(lab.box("pair", node), "responderpolicy") == ([] if stays else ["p"])


# States of a node


@pytest.mark.fact("times")
def test_a_clock_that_is_off(lab: Any) -> None:
    """All times of the node have the error: clock, sessions, files, saves, logs, rules, the Date header."""
    appliance(lab).fault("clock_skew", seconds=-86400 * 365)
    box = lab.box()
    answer = box.get("nsconfig")
    config = answer.json["nsconfig"]
    assert config["currentsytemtime"].startswith("Tue Jan 15 03:00:0")
    assert config["currentsytemtime"].endswith("2019")
    assert "15 Jan 2019 03:00" in str(answer.header("Date"))
    box.post("systemfile", file("f"))
    assert box.rows("systemfile/f?args=filelocation:%2Fvar%2Ftmp")[0]["filemodifiedtime"].endswith(" 2019")
    assert box.rows("systemsession")[0]["logintime"].endswith(" 2019")
    box.post("nsconfig", {}, "?action=save")
    assert box.get("nsconfig").json["nsconfig"]["lastconfigsavetime"].endswith(" 2019")
    box.post("responderpolicy", {"name": "old", "rule": "SYS.TIME.LT(GMT 2019 Dec)", "action": "RESET"})
    bound = {"policyname": "old", "priority": 1, "type": "REQ_OVERRIDE", "gotopriorityexpression": "END"}
    box.post("responderglobal_responderpolicy_binding", bound)
    with pytest.raises(ConnectionResetError):
        lab.vserver("web").ask("GET", "/")
    appliance(lab).clear_faults()
    assert lab.vserver("web").ask("GET", "/").status == 200
    assert box.get("nsconfig").json["nsconfig"]["currentsytemtime"].endswith(" 2020")
    assert box.get("nsconfig").json["nsconfig"]["lastconfigsavetime"].endswith(" 2019"), "it was dated when it was off"


def test_a_clock_that_is_off_at_one_node(lab: Any) -> None:
    """Each node has its own clock."""
    appliance(lab, "pair").fault("clock_skew", node=1, seconds=3600)
    shown = [int(lab.box("pair", node).get("nsconfig").json["nsconfig"]["systemtime"]) for node in (0, 1)]
    assert 3600 <= shown[1] - shown[0] < 3660


def seen(lab: Any, place: dict[str, Any]) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(place["address"], place["port"], context=context, timeout=60)
    connection.connect()
    try:
        return hashlib.sha256(connection.sock.getpeercert(binary_form=True)).hexdigest()
    finally:
        connection.close()


@pytest.mark.parametrize("certificate", ["self_signed", "wrong_name"])
def test_another_certificate(lab: Any, certificate: str) -> None:
    """New connections get another certificate, which a careful client refuses; existing connections continue."""
    box = lab.box()
    place = lab.simulator.ready["appliances"]["gw"]["nodes"][0]
    assert seen(lab, place) == place["certificate_sha256"]
    appliance(lab).fault("certificate_changed", node=0, certificate=certificate)
    assert box.get("nsversion").status == 200
    assert seen(lab, place) != place["certificate_sha256"]
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        lab.client().get("nsversion")
    assert ("mismatch" in str(refused.value)) is (certificate == "wrong_name")
    assert lab.vserver("gateway").ask("GET", "/vpn/index.html").status == 200
    appliance(lab).clear_faults()
    assert seen(lab, place) == place["certificate_sha256"]
    appliance(lab).fault("certificate_changed", vserver="gateway", certificate=certificate)
    with pytest.raises(ssl.SSLCertVerificationError):
        lab.vserver("gateway").ask("GET", "/")
    assert lab.client().log_in().status == 201


# Installation of faults


@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("gw", {"kind": "nothing"}, "is not one of"),
        ("gw", {"kind": "both_primary"}, "needs an HA pair"),
        ("gw", {"kind": "reset", "node": 1}, "there is no node 1"),
        ("gw", {"kind": "reset", "vserver": "other"}, "there is no vserver"),
        ("gw", {"kind": "clock_skew", "nth": 2}, "is not a key of"),
        ("gw", {"kind": "crash", "vserver": "web"}, "is not a key of"),
        ("gw", {"kind": "half_bulk", "count": -1}, "is negative"),
        ("gw", {"kind": "certificate_changed", "certificate": "expired"}, "is not one of"),
    ],
)  # fmt: skip
def test_mistakes_are_reported(lab: Any, name: str, wanted: dict[str, Any], said: str) -> None:
    """A fault that this appliance cannot have is refused."""
    with pytest.raises(ControlError, match=said):
        lab.simulator.control("POST", f"/appliances/{name}/faults", wanted)


def test_reset_clears_them_all(lab: Any) -> None:
    """/reset clears lasting faults and the list."""
    pair = appliance(lab, "pair")
    for kind in ("disk_full", "session_limit", "both_primary", "out_of_sync", "certificate_changed", "refuse"):
        pair.fault(kind)
    pair.fault("clock_skew", seconds=100)
    assert len(lab.simulator.control("GET", "/appliances/pair/faults")) == 7
    lab.simulator.reset()
    assert lab.simulator.control("GET", "/appliances/pair/faults") == []
    box = lab.box("pair")
    assert [row["state"] for row in box.rows("hanode")] == ["Primary", "Secondary"]
    assert box.post("nsconfig", {}, "?action=save").status == 200
