# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Administrators, and what older releases don't have."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator

from .conftest import Lab


@pytest.mark.fact("secrets-hidden", "user-life")
def test_life_of_an_administrator(lab: Any, box: Any) -> None:
    """Made, signs on, gets another password, removed; the password is never shown (NITRO reference, systemuser)."""
    assert box.post("systemuser", {"username": "ann", "password": "first"}).status == 201
    row = box.rows("systemuser/ann")[0]
    assert (row["encrypted"], row["hashmethod"], row["maxsession"]) == (True, "SHA512", "20")
    assert "password" not in row
    assert lab.client().log_in("ann", "first").status == 201
    assert lab.client().log_in("ann", "wrong").code == 354
    assert box.put("systemuser", {"username": "ann", "password": "second"}).status == 200
    assert lab.client().log_in("ann", "first").code == 354
    assert lab.client().log_in("ann", "second").status == 201
    state = str(lab.simulator.appliance("gw").state())
    assert "first" not in state
    assert "second" not in state
    assert box.delete("systemuser/ann").status == 200
    assert lab.client().log_in("ann", "second").code == 354


@pytest.mark.fact("no-such-user", "superuser-stays")
def test_refused_administrators(box: Any) -> None:
    """2626, 273, 359 and 1095 (error list; collection issue 293)."""
    assert box.get("systemuser/nobody").code == 2626
    assert box.post("systemuser", {"username": "nsroot", "password": "x"}).code == 273
    assert box.delete("systemuser/nsroot").code == 359
    assert box.post("systemuser", {"username": "ann"}).code == 1095
    assert box.post("systemuser", {"username": "ann", "password": "x", "maxsession": 41}).code == 1108


@pytest.mark.parametrize(
    ("build", "type_", "row", "code"),
    [
        (
            "12.1 55.18",
            "policydataset_value_binding",
            {"name": "ds", "value": "192.0.2.1", "endrange": "192.0.2.9"},
            278,
        ),
        ("13.0 47.22", "policydataset_value_binding", {"name": "ds", "value": "192.0.2.1", "endrange": "192.0.2.9"}, 0),
        ("13.0 82.30", "nsacl", {"aclname": "a", "aclaction": "DENY", "srcip": True, "srcipdataset": "ds"}, 278),
        ("13.0 82.41", "nsacl", {"aclname": "a", "aclaction": "DENY", "srcip": True, "srcipdataset": "ds"}, 0),
        ("14.1 8.50", "policydataset", {"name": "d2", "type": "ipv4", "dynamic": "YES"}, 278),
        ("14.1 12.30", "policydataset", {"name": "d2", "type": "ipv4", "dynamic": "YES"}, 0),
        ("12.1 55.18", "nsacl6", {"acl6name": "a", "acl6action": "DENY", "logstate": "ENABLED"}, 278),
    ],
)
def test_what_a_release_has(build: str, type_: str, row: dict[str, Any], code: int) -> None:
    """An attribute that came later is an unknown one: ranges in data sets 13.0, data sets in ACLs 13.0-82.41, dynamic 14.1-12."""
    with Simulator({"appliances": {"a": {"build": build, "nodes": ["127.0.0.1:0"]}}}) as simulator:
        lab = Lab(simulator)
        box = lab.box("a")
        assert box.post("policydataset", {"name": "ds", "type": "ipv4"}).status == 201
        answer = box.post(type_, row)
        assert answer.status == 201 if not code else answer.code == code
        lab.close()


@pytest.mark.fact("location-old-releases")
def test_wildcards_of_locations_on_old_releases() -> None:
    """Before 11.1-53.11 there is no matchWildcardtoany and a wildcard is one (field write-up of 2018)."""
    place = "/var/netscaler/locdb/geo"
    spec = {
        "build": "11.1 48.10",
        "nodes": ["127.0.0.1:0"],
        "features": ["RESPONDER"],
        "vservers": [{"type": "lb", "name": "web", "address": "127.0.0.1:0", "protocol": "HTTP"}],
        "files": {place: "NSGEO1.0\nStart\n127.66.0.0,127.66.0.255,EU,RU,,,,\n"},
        "configuration": {
            "locationfile": [{"Locationfile": place}],
            "responderpolicy": [
                {"name": "p", "rule": 'CLIENT.IP.SRC.MATCHES_LOCATION("*.RU.*.*.*.*")', "action": "RESET"}
            ],
            "responderglobal_responderpolicy_binding": [{"policyname": "p", "priority": 1, "type": "REQ_OVERRIDE"}],
        },
    }
    with Simulator({"appliances": {"a": spec}}) as simulator:
        lab = Lab(simulator)
        assert "matchwildcardtoany" not in lab.box("a").get("locationparameter").json["locationparameter"]
        assert lab.vserver("web", "a").ask("GET", "/").status == 200
        with pytest.raises(ConnectionResetError):
            lab.vserver("web", "a", source="127.66.0.1").ask("GET", "/")
        lab.close()
