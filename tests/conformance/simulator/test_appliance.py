# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Features, licence, saving, reboot, files, texts of the configuration, identity."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

POLICY = {"name": "p", "rule": "TRUE", "action": "NOOP"}


@pytest.mark.fact("feature-list", "feature-enable", "bad-enumeration")
def test_features(box: Any) -> None:
    """One boolean per feature and the list of enabled ones; unknown names 1097 (NITRO reference)."""
    features = box.get("nsfeature").json["nsfeature"]
    assert features["responder"] is True
    assert "RESPONDER" in features["feature"]
    assert box.post("nsfeature", {"feature": ["AppFw", "rewrite"]}, "?action=enable").status == 200
    assert box.get("nsfeature").json["nsfeature"]["appfw"] is True
    assert box.post("nsfeature", {"feature": ["NONSENSE"]}, "?action=enable").code == 1097
    assert box.post("nsfeature", {}, "?action=enable").code == 1095


@pytest.mark.fact("feature-unlicensed", "licence-booleans")
def test_licence(lab: Any) -> None:
    """Unlicensed: 356 for enabling and for configuring (error list)."""
    box = lab.box("bare")
    assert box.get("nslicense").json["nslicense"]["responder"] is False
    assert box.post("nsfeature", {"feature": ["RESPONDER"]}, "?action=enable").code == 356
    assert box.post("responderpolicy", POLICY).code == 356


@pytest.mark.fact("config-changed", "unsaved-is-lost")
def test_running_and_saved(lab: Any) -> None:
    """A write marks the configuration as changed, a save clears the mark; a reboot loses unsaved changes (NITRO reference)."""
    box, appliance = lab.box(), lab.simulator.appliance("gw")
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is False
    box.post("responderpolicy", POLICY)
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is True
    assert "responderpolicy" not in appliance.state()["nodes"][0]["saved"]
    assert box.post("nsconfig", {}, "?action=save").status == 200
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is False
    box.post("responderpolicy", {**POLICY, "name": "q"})
    appliance.reboot()
    box = lab.box()
    assert [row["name"] for row in box.rows("responderpolicy")] == ["p"]
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is False


@pytest.mark.fact("times", "misspelt-time", "system-type")
def test_times_of_nsconfig(box: Any) -> None:
    """`Mon May  8 14:59:07 2017`, by the appliance's own clock; the type of a standalone (NITRO reference)."""
    config = box.get("nsconfig").json["nsconfig"]
    assert config["currentsytemtime"].startswith("Wed Jan 15 03:0")
    assert config["lastconfigsavetime"].startswith("Tue Jan 14 03:00")
    assert config["systemtype"] == "Stand-alone"


@pytest.mark.fact("save-collision", "error-with-blank", "save-takes-time")
def test_one_save_at_a_time(lab: Any) -> None:
    """A concurrent save answers 293 with the blank before the code (citrixadc provider, nsconfig_save)."""
    lab.simulator.appliance("gw").fault("slow_save", seconds=0.5)
    first, second = lab.box(), lab.box()
    worker = threading.Thread(target=lambda: first.post("nsconfig", {}, "?action=save"))
    worker.start()
    time.sleep(0.15)
    answer = second.post("nsconfig", {}, "?action=save")
    worker.join()
    assert b'"errorcode": 293' in answer.body
    assert second.post("nsconfig", {}, "?action=save").status == 200


@pytest.mark.fact("save-header")
def test_save_with_a_header(lab: Any) -> None:
    """X-NITRO-SAVECONFIG saves after success (an engineer of the vendor, collection issue 414)."""
    lab.box().post("responderpolicy", POLICY, X_NITRO_SAVECONFIG="yes")
    assert lab.simulator.appliance("gw").state()["nodes"][0]["saved"]["responderpolicy"]


@pytest.mark.fact("verbs-case", "wrong-action")
def test_verbs_are_case_sensitive(box: Any) -> None:
    """A wrong verb: 1240 (citrixadc provider notes)."""
    assert box.post("nsconfig", {}, "?action=Save").code == 1240
    assert box.post("nsfeature", {"feature": ["LB"]}, "?action=Enable").code == 1240


@pytest.mark.fact("diff")
def test_diff(box: Any) -> None:
    """nsconfig diff without configurations compares running with saved (NITRO reference)."""
    box.post("responderpolicy", POLICY)
    assert "+add responder policy p" in box.post("nsconfig", {}, "?action=diff").json["nsconfig"]["response"]


@pytest.mark.fact("running-config", "saved-config")
def test_texts_of_the_configuration(box: Any) -> None:
    """nsrunningconfig has the key `response`, nssavedconfig `textblob`, both in the form of ns.conf (NITRO reference)."""
    box.post(
        "responderaction", {"name": "a b", "type": "respondwith", "target": '"HTTP/1.1 403 Forbidden\\r\\n\\r\\n"'}
    )
    box.post("responderpolicy", {**POLICY, "action": "a b", "comment": "why"})
    box.post("responderglobal_responderpolicy_binding", {"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE"})
    box.post("policypatset", {"name": "s"})
    box.post("policypatset_pattern_binding", {"name": "s", "String": "/x"})
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert text.splitlines()[0] == "#NS13.0 Build 47.22"
    assert "enable ns feature LB CS SSL SSLVPN AAA RESPONDER" in text
    assert 'add responder action "a b" respondwith "\\"HTTP/1.1 403 Forbidden\\\\r\\\\n\\\\r\\\\n\\""' in text
    assert 'add responder policy p TRUE "a b" -comment why' in text
    assert "bind responder global p 1 END -type REQ_OVERRIDE" in text
    assert "add policy patset s\nbind policy patset s /x" in text
    saved = box.get("nssavedconfig").json["nssavedconfig"]["textblob"]
    assert "responder policy" not in saved


@pytest.mark.fact(
    "file-create", "file-no-update", "file-read", "file-directory", "file-delete", "duplicate-file", "no-such-file"
)
def test_systemfile(box: Any) -> None:
    """base64 in both directions, 201 for a new file, 409/1642 for an existing one, 3441 for a missing one (provider issues 1119 and 1178)."""
    content = base64.b64encode(b"hello").decode()
    row = {"filename": "a.txt", "filelocation": "/var/tmp", "filecontent": content, "fileencoding": "BASE64"}
    assert box.post("systemfile", row).status == 201
    answer = box.post("systemfile", row)
    assert (answer.status, answer.code) == (409, 1642)
    assert answer.json["message"] == "Cannot create output file. File already exists"
    read = box.rows("systemfile?args=filename:a.txt,filelocation:%2Fvar%2Ftmp")[0]
    assert (read["filecontent"], read["fileencoding"], read["filesize"]) == (content, "BASE64", "5")
    assert box.rows("systemfile/a.txt?args=filelocation:%2Fvar%2Ftmp")[0]["filecontent"] == content
    listed = {entry["filename"]: entry for entry in box.rows("systemfile?args=filelocation:%2Fvar")}
    assert listed["tmp"]["filemode"] == ["DIRECTORY"]
    assert "filecontent" not in box.rows("systemfile?args=filelocation:%2Fvar%2Ftmp")[0]
    assert box.delete("systemfile/a.txt?args=filelocation:%2Fvar%2Ftmp").status == 200
    answer = box.get("systemfile/a.txt?args=filelocation:%2Fvar%2Ftmp")
    assert (answer.status, answer.code) == (404, 3441)


@pytest.mark.fact("file-is-configuration")
@pytest.mark.parametrize("counts", [False, True])
def test_whether_a_file_counts_as_a_change_of_the_configuration(with_switches: Any, counts: bool) -> None:
    """No source: a switch."""
    box = with_switches(systemfile_changes_config=counts).box()
    row = {"filename": "a.txt", "filelocation": "/var/tmp", "filecontent": ""}
    assert box.post("systemfile", row).status == 201
    assert box.get("nsconfig").json["nsconfig"]["configchanged"] is counts


@pytest.mark.fact("file-creation-atomic")
def test_two_creations_at_the_same_moment(with_switches: Any) -> None:
    """No source says that the check of 1642 and the creation are atomic: a switch."""
    box = with_switches(systemfile_create_exclusive=False).box()
    rows = [
        {"filename": "a.txt", "filelocation": "/var/tmp", "filecontent": base64.b64encode(content).decode()}
        for content in (b"one", b"two", b"three")
    ]
    assert [box.post("systemfile", row).status for row in rows[:2]] == [201, 201]
    assert box.rows("systemfile/a.txt?args=filelocation:%2Fvar%2Ftmp")[0]["filecontent"] == rows[1]["filecontent"]
    time.sleep(0.3)
    assert box.post("systemfile", rows[2]).code == 1642


@pytest.mark.fact("file-name-limits", "file-size", "file-encoding", "file-parents")
def test_limits_of_systemfile(box: Any) -> None:
    """Names up to 63 characters without a path, 2 MB, existing directories (NITRO guide, file operations)."""
    row = {"filename": "a", "filelocation": "/var/tmp", "filecontent": ""}
    assert box.post("systemfile", {**row, "filename": "x" * 64}).code == 1106
    assert box.post("systemfile", {**row, "filename": "../x"}).code == 1074
    assert box.post("systemfile", {**row, "filelocation": "/nowhere"}).code == 3441
    assert box.post("systemfile", {**row, "filecontent": "%%%"}).code == 1074
    assert box.post("systemfile", {**row, "fileencoding": "PLAIN"}).code == 1097
    large = base64.b64encode(b"x" * (2 * 1024 * 1024 + 1)).decode()
    assert box.post("systemfile", {**row, "filecontent": large}).code == 283


@pytest.mark.fact("save-writes-file")
def test_saved_configuration_is_a_file(box: Any) -> None:
    """A save writes /nsconfig/ns.conf (command reference, save ns config)."""
    box.post("responderpolicy", POLICY)
    box.post("nsconfig", {}, "?action=save")
    row = box.rows("systemfile/ns.conf?args=filelocation:%2Fnsconfig")[0]
    assert b"add responder policy p TRUE NOOP" in base64.b64decode(row["filecontent"])


@pytest.mark.fact("own-address", "hardware", "hostname")
def test_addresses_and_hardware(box: Any) -> None:
    """nsip has the NSIP; nshardware's misspelt frequency (NITRO reference)."""
    assert box.rows("nsip")[0]["type"] == "NSIP"
    assert "cpufrequncy" in box.get("nshardware").json["nshardware"]
    assert box.get("nshostname").json["nshostname"] == {"hostname": "gw1"}


@pytest.mark.fact("boot-unavailable", "boot-time")
def test_reboot_by_nitro(with_switches: Callable[..., Any]) -> None:
    """reboot is answered or the connection ends; then 503 for a while, then the saved configuration (provider issue 980, PR 1400)."""
    lab = with_switches(boot_seconds=0.4)
    box = lab.box()
    box.post("responderpolicy", POLICY)
    assert box.post("reboot", {"warm": True}).status == 200
    answer = lab.client().get("nsversion")
    assert (answer.status, answer.reason) == (503, "Service Unavailable")
    time.sleep(0.5)
    assert lab.box().rows("responderpolicy") == []


@pytest.mark.fact(
    "statistics-types", "statistics-policy", "statistics-gateway", "statistics-hanode", "statistics-system"
)
def test_statistics(box: Any) -> None:
    """Counters are strings, rates numbers (public monitoring script)."""
    box.post("responderpolicy", POLICY)
    found = box.ask("GET", "/nitro/v1/stat/responderpolicy/p").json["responderpolicy"][0]
    assert found == {
        "name": "p", "pipolicyhits": "0", "pipolicyhitsrate": 0, "pipolicyundefhits": "0", "pipolicyundefhitsrate": 0,
    }  # fmt: skip
    assert box.ask("GET", "/nitro/v1/stat/responderpolicy/nope").code == 2054
    assert box.ask("GET", "/nitro/v1/stat/hanode").json["hanode"]["hacurstatus"] == "NO"
    assert "curtotalvpnusers" in box.ask("GET", "/nitro/v1/stat/vpnvserver").json["vpnvserver"][0]
    assert "starttime" in box.ask("GET", "/nitro/v1/stat/ns").json["ns"]
