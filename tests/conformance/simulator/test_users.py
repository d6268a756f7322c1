# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Administrators, and attributes that older releases do not have."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator import Simulator

from .conftest import Lab


@pytest.mark.fact("secrets-hidden", "user-life")
def test_create_update_and_delete_an_administrator(lab: Any, box: Any) -> None:
    """Make an administrator, log on, change the password, remove; the password is never shown (NITRO reference, systemuser)."""
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


@pytest.mark.fact("user-hash")
def test_passwords_survive_ns_conf_and_are_never_in_it(lab: Any, box: Any) -> None:
    """`-encrypted -hashmethod SHA512` behind a salted hash (exported files; hashcat mode 22200): loaded users can log on."""
    box.post("systemuser", {"username": "ann", "password": "geheim-1", "timeout": 600})
    box.put("systemuser", {"username": "nsroot", "password": "geheim-2"})
    text = box.get("nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "geheim" not in text
    made = r"^add system user ann 2[0-9a-f]{136} -encrypted -hashmethod SHA512 -timeout 600$"
    assert re.search(made, text, re.MULTILINE)
    assert re.search(r"^set system user nsroot 2[0-9a-f]{136} -encrypted -hashmethod SHA512$", text, re.MULTILINE)
    spec = {"nodes": ["127.0.0.1:0"], "ns_conf": text}
    with Simulator({"appliances": {"a": {**spec, "users": {}}, "b": spec}}) as simulator:
        other = Lab(simulator)
        assert other.client("a").log_in("nsroot", "geheim-2").status == 201
        assert other.client("a").log_in("ann", "geheim-1").status == 201
        assert other.client("b").log_in("ann", "geheim-1").status == 201
        assert other.client("b").log_in("nsroot", "geheim-2").code == 354  # the fleet file's password replaces it
        kept = other.box("b").get("nsrunningconfig").json["nsrunningconfig"]["response"].splitlines()
        assert {line for line in text.splitlines() if " ann " in line} <= set(kept)
        assert "geheim" not in str(simulator.appliance("a").state()) + str(simulator.requests())
        other.close()


@pytest.mark.fact("user-hash")
@pytest.mark.parametrize(
    "line",
    [
        "set system user nsroot 1765058016a22f1b4e076dccd1c3df4e8e5c0839ccded98ea -encrypted",
        (
            "set system user nsroot 2f9282ade42ce148175dc3b4d8b5916dae5211eee49886c3f7cc768f6b9f2eb982a5ac2f2672a0223999bfd"
            "15349093278adf12f6276e8b61dacf5572b3f93d0b4fa886ce -encrypted -hashmethod SHA512 -timeout 900"
        ),
    ],
)
def test_published_hashes(line: str) -> None:
    """The examples of hashcat's modes 8100 and 22200, for older and newer releases; their password is the program's name."""
    spec = {"build": "13.0 90.12", "nodes": ["127.0.0.1:0"], "users": {}, "ns_conf": f"{line}\n"}
    with Simulator({"appliances": {"a": spec}}) as simulator:
        lab = Lab(simulator)
        assert simulator.appliance("a").state()["unknown_lines"] == []
        box = lab.client("a")
        assert box.log_in("nsroot", "nsroot").code == 354
        assert box.log_in("nsroot", "hashcat").status == 201
        assert box.rows("systemuser/nsroot")[0]["hashmethod"] == ("SHA512" if "SHA512" in line else "SHA1")
        lab.close()


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
def test_attributes_by_release(build: str, type_: str, row: dict[str, Any], code: int) -> None:
    """Attributes of later builds are unknown: ranges in data sets 13.0, data sets in ACLs 13.0-82.41, dynamic 14.1-12."""
    with Simulator({"appliances": {"a": {"build": build, "nodes": ["127.0.0.1:0"]}}}) as simulator:
        lab = Lab(simulator)
        box = lab.box("a")
        assert box.post("policydataset", {"name": "ds", "type": "ipv4"}).status == 201
        answer = box.post(type_, row)
        assert answer.status == 201 if not code else answer.code == code
        lab.close()


@pytest.mark.fact("location-old-releases")
def test_wildcards_of_locations_on_old_releases() -> None:
    """Before 11.1-53.11 there is no matchWildcardtoany and wildcards match (field write-up of 2018)."""
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


def test_both_nodes_keep_the_same_hash(lab: Any) -> None:
    """The same command is propagated: the configurations of a pair have the same salt."""
    lab.box("pair").post("systemuser", {"username": "ann", "password": "geheim-1"})
    texts = [lab.box("pair", node).get("nsrunningconfig").json["nsrunningconfig"]["response"] for node in (0, 1)]
    (first, second) = [[line for line in text.splitlines() if " user ann " in line] for text in texts]
    assert first == second != []
