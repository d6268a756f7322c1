# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP profiles, where they are set, and the requests that they mark as invalid."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.simulator.in_process import Nitro

DEFAULT, STRICT = "nshttp_default_profile", "nshttp_default_strict_validation"


@pytest.fixture
def nitro() -> Nitro:
    made = Nitro(features=["LB", "CS"])
    assert made.code("POST", "lbvserver", {"name": "web", "servicetype": "HTTP"}) == 0
    return made


@pytest.mark.fact("http-profile", "http-profile-built-in")
def test_profiles(nitro: Nitro) -> None:
    """Made, changed, unset, removed; the built-in ones are changed only (reference, nshttpprofile)."""
    assert [row["name"] for row in nitro.rows("nshttpprofile")] == [DEFAULT, STRICT, "nshttp_default_internal_apps"]
    assert nitro.post("nshttpprofile", {"name": "p", "dropinvalreqs": "ENABLED", "maxreq": 100}).status == 201
    (row,) = nitro.rows("nshttpprofile/p")
    assert (row["dropinvalreqs"], row["maxreq"], row["markhttp09inval"], row["maxheaderlen"]) == (
        "ENABLED", "100", "DISABLED", "24820",
    )  # fmt: skip
    assert nitro.lines("httpProfile") == ["add ns httpProfile p -dropInvalReqs ENABLED -maxReq 100"]
    assert nitro.code("POST", "nshttpprofile", {"name": "p"}) == 273
    assert nitro.code("POST", "nshttpprofile", {"name": DEFAULT}) == 273
    assert nitro.code("POST", "nshttpprofile", {"name": "x", "maxheaderlen": 1}) == 1109
    assert nitro.code("GET", "nshttpprofile/no") == 258
    assert nitro.code("DELETE", f"nshttpprofile/{STRICT}") == 257
    assert nitro.put("nshttpprofile", {"name": DEFAULT, "dropinvalreqs": "ENABLED"}).status == 200
    assert nitro.post("nshttpprofile?action=unset", {"name": STRICT, "markhttp09inval": True}).status == 200
    assert nitro.rows(f"nshttpprofile/{STRICT}")[0]["markhttp09inval"] == "DISABLED"
    assert f"set ns httpProfile {DEFAULT} -dropInvalReqs ENABLED" in nitro.lines("httpProfile")
    assert nitro.reloaded() == nitro.text()
    assert len(nitro.rows("nshttpprofile")) == 4
    assert nitro.delete("nshttpprofile/p").status == 200


@pytest.mark.fact("tcp-profile")
def test_tcp_profiles(nitro: Nitro) -> None:
    """Made, changed, unset, removed; the built-in ones are changed only (reference, nstcpprofile)."""
    built_in = {row["name"]: row["timestamp"] for row in nitro.rows("nstcpprofile")}
    assert built_in == dict.fromkeys(
        ("nstcp_default_profile", "nstcp_internal_apps", "nsulfd_default_profile"), "DISABLED"
    )
    assert nitro.post("nstcpprofile", {"name": "p", "timestamp": "ENABLED"}).status == 201
    assert nitro.lines("tcpProfile") == ["add ns tcpProfile p -timeStamp ENABLED"]
    assert nitro.code("DELETE", "nstcpprofile/nstcp_default_profile") == 257
    assert nitro.put("nstcpprofile", {"name": "nstcp_default_profile", "timestamp": "ENABLED"}).status == 200
    assert "set ns tcpProfile nstcp_default_profile -timeStamp ENABLED" in nitro.lines("tcpProfile")
    assert nitro.reloaded() == nitro.text()
    assert nitro.post("nstcpprofile?action=unset", {"name": "p", "timestamp": True}).status == 200
    assert nitro.rows("nstcpprofile/p")[0]["timestamp"] == "DISABLED"
    assert nitro.delete("nstcpprofile/p").status == 200


@pytest.mark.fact("http-profile-bound", "http-profile-of-http")
def test_where_a_profile_is_set(nitro: Nitro) -> None:
    """On virtual servers, services and groups of HTTP and SSL; 823 for others (error list); a used profile stays."""
    nitro.post("nshttpprofile", {"name": "p"})
    assert nitro.put("lbvserver", {"name": "web", "httpprofilename": "p"}).status == 200
    assert nitro.rows("lbvserver/web")[0]["httpprofilename"] == "p"
    assert nitro.lines("lb vserver")[0].endswith("-httpProfileName p")
    assert nitro.reloaded() == nitro.text()
    assert nitro.rows("nshttpprofile/p")[0]["refcnt"] == "1"
    assert nitro.code("DELETE", "nshttpprofile/p") == 1070
    assert nitro.code("PUT", "lbvserver", {"name": "web", "httpprofilename": "no"}) == 258
    assert nitro.code("PUT", "lbvserver", {"name": "web", "httpprofilename": STRICT}) == 0
    for type_, row in (
        ("lbvserver", {"name": "t", "servicetype": "TCP"}),
        ("servicegroup", {"servicegroupname": "g", "servicetype": "UDP"}),
    ):
        assert nitro.code("POST", type_, {**row, "httpprofilename": "p"}) == 823
    assert nitro.code("POST", "csvserver", {"name": "c", "servicetype": "SSL", "httpprofilename": "p"}) == 0
    assert nitro.post("lbvserver?action=unset", {"name": "web", "httpprofilename": True}).status == 200


@pytest.mark.fact("http-profile-invalid")
def test_requests_that_a_profile_drops(lab: Any, box: Any) -> None:
    """HTTP 0.9 and CONNECT are dropped where they are marked as invalid and invalid requests are dropped (reference)."""

    def answered(method: str) -> int:
        try:
            return int(lab.vserver("web").ask(method, "/").status)
        except OSError:
            return 0

    before = answered("CONNECT")
    assert before != 0
    assert box.put("nshttpprofile", {"name": DEFAULT, "markconnreqinval": "ENABLED"}).status == 200
    assert answered("CONNECT") == before
    assert box.put("nshttpprofile", {"name": DEFAULT, "dropinvalreqs": "ENABLED"}).status == 200
    assert (answered("CONNECT"), answered("GET")) == (0, 200)
    assert box.post("nshttpprofile", {"name": "own"}).status == 201
    assert box.put("lbvserver", {"name": "web", "httpprofilename": "own"}).status == 200
    assert answered("CONNECT") == before
