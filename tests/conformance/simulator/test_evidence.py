# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is taken as evidence: backups, the support bundle, audit messages; and the report of executables without a signature."""

from __future__ import annotations

import base64
import io
import tarfile
from typing import Any

import pytest

from simulator.node import archives, file_tree, logs
from tests.conformance.simulator.in_process import Nitro

BACKUPS = "args=filelocation:%2Fvar%2Fns_sys_backup"


@pytest.fixture
def nitro() -> Nitro:
    files = {
        "/nsconfig/rc.netscaler": "# nothing\n",
        "/var/netscaler/locdb/x.csv": "NSGEO1.0\n",
        "/nsconfig/ssl/a.key": "k",
    }
    made = Nitro(features=["LB", "RESPONDER"], files=files)
    assert made.code("POST", "policypatset", {"name": "saved"}) == 0
    assert made.code("POST", "nsconfig?action=save", {}) == 0
    assert made.code("POST", "policypatset", {"name": "unsaved"}) == 0
    return made


def content(nitro: Nitro, path: str) -> bytes:
    location, _, name = path.rpartition("/")
    (row,) = nitro.rows(f"systemfile/{name}?args=filelocation:{location.replace('/', '%2F')}")
    return base64.b64decode(row["filecontent"])


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]


@pytest.mark.fact("backup-create", "backup-list", "backup-read", "backup-content")
def test_a_backup_is_a_real_archive(nitro: Nitro) -> None:
    """Created, listed, read by systemfile, removed (reference, systembackup; public programs that do this)."""
    assert nitro.rows("systembackup") == []
    row = {"filename": "before", "level": "full", "comment": "evidence"}
    assert nitro.post("systembackup?action=create", row).status == 200
    (shown,) = nitro.rows("systembackup")
    assert shown.keys() == {"filename", "level", "comment", "creationtime", "version", "createdby", "ipaddress", "size"}
    assert (shown["filename"], shown["level"], shown["createdby"]) == ("before.tgz", "full", "nsroot")
    assert nitro.rows("systembackup/before.tgz") == [shown]
    assert nitro.rows("systembackup?count=yes") == [{"__count": 1}]
    assert [file["filename"] for file in nitro.rows(f"systemfile?{BACKUPS}")] == ["before.tgz"]
    found = members(content(nitro, "/var/ns_sys_backup/before.tgz"))
    assert b"add policy patset saved" in found["nsconfig/ns.conf"]
    assert b"unsaved" not in found["nsconfig/ns.conf"]
    assert {"nsconfig/rc.netscaler", "nsconfig/ssl/a.key", "var/netscaler/locdb/x.csv"} <= found.keys()
    assert not [name for name in found if name.startswith("var/ns_sys_backup")]
    assert nitro.post("systembackup?action=create", {"filename": "small"}).status == 200
    small = members(content(nitro, "/var/ns_sys_backup/small.tgz"))
    assert "nsconfig/rc.netscaler" in small
    assert not [name for name in small if "ssl" in name or "locdb" in name]
    assert nitro.delete("systembackup/before.tgz").status == 200
    assert [row["filename"] for row in nitro.rows("systembackup")] == ["small.tgz"]
    assert [file["filename"] for file in nitro.rows(f"systemfile?{BACKUPS}")] == ["small.tgz"]


def packed(path: str, data: bytes, headers: dict[str, str]) -> bytes:
    """Return an archive of ns.conf and of one file with these headers."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", format=tarfile.PAX_FORMAT) as made:
        for name, content_, more in (("nsconfig/ns.conf", b"", {}), (path, data, headers)):
            member = tarfile.TarInfo(name)
            member.size, member.pax_headers = len(content_), more
            made.addfile(member, io.BytesIO(content_))
    return target.getvalue()


@pytest.mark.parametrize(
    ("path", "headers", "times"),
    [
        ("nsconfig/x", {"GNU.sparse.name": "nsconfig/x", "GNU.sparse.map": "0,0", "GNU.sparse.size": str(2**40)}, []),
        ("nsconfig/x", {"mtime": "nan"}, [0.0]),
        ("nsconfig/x", {"mtime": "1e300"}, [0.0]),
        ("nsconfig/x", {"mtime": "-1"}, [0.0]),
        ("nsconfig//x", {}, []),
        ("nsconfig/../etc/x", {}, []),
        ("nsconfig/./x", {}, []),
    ],
)
def test_an_archive_may_claim_anything(path: str, headers: dict[str, str], times: list[float]) -> None:
    found = archives.files_of(packed(path, b"", headers), ("/nsconfig/",))
    assert [file.modified for path, file in found.items() if path != "/nsconfig/ns.conf"] == times


def test_a_restored_archive_must_fit_on_the_disk(nitro: Nitro, monkeypatch: pytest.MonkeyPatch) -> None:
    data = base64.b64encode(packed("nsconfig/x", b"x" * 100_000, {})).decode()
    row = {"filename": "a.tgz", "filelocation": "/var/ns_sys_backup", "filecontent": data, "fileencoding": "BASE64"}
    assert nitro.code("POST", "systemfile", row) == 0
    assert nitro.code("POST", "systembackup", {"filename": "a.tgz"}) == 0
    monkeypatch.setattr(file_tree, "MOST_BYTES", 90_000)
    asked = {"filename": "a.tgz", "skipbackup": True}
    assert nitro.code("POST", "systembackup?action=restore", asked) == 3428
    monkeypatch.setattr(file_tree, "MOST_BYTES", 64 * 1024 * 1024)
    assert nitro.code("POST", "systembackup?action=restore", asked) == 0


@pytest.mark.fact("backup-errors")
def test_what_is_refused_of_backups(nitro: Nitro) -> None:
    """409 with 1642 for an existing file, 404 with 3441 for a missing one, 3428 on a full disk (error list; provider)."""
    create = "systembackup?action=create"
    assert nitro.code("POST", create, {"filename": "a"}) == 0
    assert nitro.code("POST", create, {"filename": "a"}) == 1642
    assert nitro.code("POST", create, {"filename": "a", "level": "half"}) == 1097
    assert nitro.code("POST", create, {"filename": "../../nsconfig/x"}) == 1074
    assert nitro.code("POST", create, {"filename": "b", "nonsense": 1}) == 278
    assert nitro.code("GET", "systembackup/no.tgz") == nitro.code("DELETE", "systembackup/no.tgz") == 3441
    assert nitro.code("POST", "systembackup?action=restore", {}) == 1095
    assert nitro.code("POST", "systembackup?action=restore", {"filename": "no.tgz"}) == 3441
    assert nitro.code("PUT", "systembackup", {"filename": "a"}) == 1240
    assert nitro.code("POST", create, {"includekernel": True}) == 0
    from simulator.fleet_file.faults import Fault

    nitro.box.install_fault(Fault("disk_full", times=0))
    assert nitro.code("POST", create, {"filename": "c"}) == 3428


@pytest.mark.fact("backup-restore")
def test_a_backup_is_restored_at_the_next_boot(nitro: Nitro) -> None:
    """Another backup is made first unless skipbackup is set (reference, systembackup)."""
    nitro.post("systembackup?action=create", {"filename": "good", "level": "full"})
    nitro.delete("policypatset/saved")
    nitro.delete("systemfile/rc.netscaler?args=filelocation:%2Fnsconfig")
    nitro.post("nsconfig?action=save", {})
    assert nitro.post("systembackup?action=restore", {"filename": "good.tgz"}).status == 200
    assert len(nitro.rows("systembackup")) == 2
    assert content(nitro, "/nsconfig/rc.netscaler") == b"# nothing\n"
    assert nitro.code("GET", "policypatset/saved") == 2823
    nitro.box.nodes[0].boot()
    assert nitro.rows("policypatset/saved")[0]["name"] == "saved"
    assert nitro.code("GET", "policypatset/unsaved") == 2823
    nitro.post("systembackup?action=restore", {"filename": "good.tgz", "skipbackup": True})
    assert len(nitro.rows("systembackup")) == 2


@pytest.mark.fact("backup-register")
def test_an_uploaded_backup_is_registered(nitro: Nitro) -> None:
    """POST makes a file in the directory of backups known (reference, systembackup); another kind of file is refused."""
    nitro.post("systembackup?action=create", {"filename": "one", "level": "full", "comment": "x"})
    (before,) = nitro.rows("systembackup")
    data = content(nitro, "/var/ns_sys_backup/one.tgz")
    nitro.delete("systembackup/one.tgz")
    place = {"filelocation": "/var/ns_sys_backup", "fileencoding": "BASE64"}
    for name, text in (("one.tgz", data), ("junk.tgz", b"no archive"), ("cut.tgz", data[:-40])):
        file = {**place, "filename": name, "filecontent": base64.b64encode(text).decode()}
        assert nitro.code("POST", "systemfile", file) == 0
    assert nitro.rows("systembackup") == []
    assert nitro.post("systembackup", {"filename": "one.tgz"}).status == 201
    assert nitro.rows("systembackup") == [before]
    assert nitro.code("POST", "systembackup", {"filename": "one.tgz"}) == 273
    assert nitro.code("POST", "systembackup", {"filename": "no.tgz"}) == 3441
    assert nitro.code("POST", "systembackup", {"filename": "junk.tgz"}) == 278
    assert nitro.code("POST", "systembackup", {"filename": "cut.tgz"}) == 278


@pytest.mark.fact("support-bundle")
def test_the_support_bundle(nitro: Nitro) -> None:
    """An archive, and support.tgz that leads to it (reference, techsupport; forensic notes). Nothing is uploaded."""
    (row,) = nitro.rows("techsupport?args=scope:NODE")
    assert "/var/tmp/support/support.tgz" in row["response"]
    found = members(content(nitro, "/var/tmp/support/support.tgz"))
    (top,) = {name.partition("/")[0] for name in found}
    assert b"saved" in found[f"{top}/nsconfig/ns.conf"]
    assert b"unsaved" in found[f"{top}/shell/ns_running_config.conf"]
    assert not [name for name in found if "ssl" in name]
    assert nitro.code("GET", "techsupport?args=upload:true") == 339
    assert nitro.code("GET", "techsupport?args=scope:ALL") == 1097
    assert nitro.code("GET", "techsupport?args=scope:PARTITION") == 1095
    assert nitro.code("GET", "techsupport?args=scope:PARTITION,partitionname:no") == 2755


def test_archives_are_bounded(nitro: Nitro) -> None:
    """A client cannot fill the memory of the simulator with archives; 1072 (error list)."""
    for number in range(50):
        assert nitro.code("POST", "systembackup?action=create", {"filename": f"b{number}"}) == 0
    assert nitro.code("POST", "systembackup?action=create", {"filename": "more"}) == 1072
    for _ in range(20):
        assert nitro.code("GET", "techsupport") == 0
        nitro.box.advance(60)
    assert nitro.code("GET", "techsupport") == 1072


def log(nitro: Nitro, number: int) -> None:
    for count in range(number):
        logs.ns_log(nitro.box.nodes[0], ("info", "notice", "err")[count % 3], "AAA Message", f"{count} - x")


@pytest.mark.fact("audit-messages", "audit-messages-in-partition")
def test_audit_messages() -> None:
    """The newest 20, or up to 256; by level (reference, auditmessages)."""
    nitro = Nitro(partitions=["p1"])
    log(nitro, 300)
    values = [row["value"] for row in nitro.rows("auditmessages")]
    assert len(values) == 20
    written = [value for value in values if " 0-PPE-0 : default AAA Message " in value]
    assert [value.rpartition(" :  ")[2] for value in written[-2:]] == ["298 - x", "299 - x"]
    assert "CMD_EXECUTED" in values[-1]  # the log-on of this call
    assert len(nitro.rows("auditmessages?args=loglevel:ALL,numofmesgs:256")) == 256
    errors = [row["value"] for row in nitro.rows("auditmessages?args=loglevel:ERROR,numofmesgs:2")]
    assert ["local0.err" in value for value in errors] == [True, True]
    assert nitro.rows("auditmessages?args=loglevel:DEBUG") == []
    logs.ns_log(nitro.box.nodes[0], "warn", "RESPONDER Message", "a warning")
    warnings = [row["value"] for row in nitro.rows("auditmessages?args=loglevel:WARNING")]
    assert [value.rpartition(" :  ")[2] for value in warnings] == ["a warning"]
    assert warnings[0] in [row["value"] for row in nitro.rows("auditmessages?args=loglevel:ALL")]
    assert len(nitro.rows("auditmessages?args=loglevel:ERROR%20NOTICE,numofmesgs:7")) == 7
    assert nitro.rows("auditmessages?count=yes") == [{"__count": 20}]
    for args, code in (("numofmesgs:257", 1108), ("numofmesgs:0", 1109), ("loglevel:LOUD", 1097), ("x:1", 1090)):
        assert nitro.code("GET", f"auditmessages?args={args}") == code


@pytest.mark.parametrize(("position", "code"), [("accepted", 0), ("refused", 2760)])
@pytest.mark.fact("audit-messages-in-partition")
def test_audit_messages_in_a_partition(position: str, code: int) -> None:
    nitro = Nitro(partitions=["p1"], switches={"auditmessages_in_partition": position})
    nitro.box.nodes[0] = nitro.box.nodes[0].inside("p1")
    reply: Any = nitro.get("auditmessages")
    assert reply.fields["errorcode"] == code


@pytest.mark.parametrize(("since", "code"), [("13.0", 0), ("13.1", 0), ("14.1", 460)])
@pytest.mark.fact("signed-executables", "signed-executables-since")
def test_the_report_of_executables(since: str, code: int) -> None:
    """Enabled by default; no GET (Terraform provider)."""
    nitro = Nitro(build="13.1 53.24", switches={"signed_executables_since": since})
    assert nitro.lines("signedExeReport") == []
    assert nitro.code("POST", "systemsignedexereport?action=disable", {}) == code
    if code == 0:
        assert nitro.lines("signedExeReport") == ["disable system signedExeReport"]
        assert nitro.reloaded() == nitro.text()
        assert nitro.code("GET", "systemsignedexereport") == 1232
        assert nitro.code("POST", "systemsignedexereport?action=enable", {}) == 0
    assert nitro.lines("signedExeReport") == []


@pytest.mark.fact("evidence-rights")
@pytest.mark.parametrize(
    ("spec", "method", "path", "row"),
    [
        ("^show audit messages", "GET", "auditmessages?args=loglevel:ALL,numofmesgs:5", None),
        ("^create system backup", "POST", "systembackup?action=create", {"filename": "a", "level": "full"}),
        ("^show system backup", "GET", "systembackup", None),
        ("^rm system backup a.tgz", "DELETE", "systembackup/a.tgz", None),
        ("^show techsupport", "GET", "techsupport", None),
    ],
)
def test_command_policies_of_evidence(spec: str, method: str, path: str, row: Any) -> None:
    """The commands that the calls correspond to (command reference)."""
    policy = {"policyname": "hunt", "action": "ALLOW", "cmdspec": spec}
    bound = {"username": "ann", "policyname": "hunt", "priority": 1}
    box = Nitro(
        users={"nsroot": "x", "ann": "x"},
        configuration={"systemcmdpolicy": [policy], "systemuser_systemcmdpolicy_binding": [bound]},
    ).box
    ann = Nitro("ann", "x", box)
    assert ann.code(method, path, row) in (0, 3441)
    assert ann.code("GET", "nsconfig") == 2138
