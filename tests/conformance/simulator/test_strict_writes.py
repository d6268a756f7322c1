# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes and reads that an appliance refuses: a mistake of a client must not look like success."""

from __future__ import annotations

from typing import Any

import pytest

MEMBERS = "servicegroup_servicegroupmember_binding"


@pytest.fixture
def group(box: Any) -> Any:
    """Two servers in one service group at a load balancing vserver."""
    for number in (1, 2):
        assert box.post("server", {"name": f"s{number}", "ipaddress": f"192.0.2.{number}"}).status == 201
    assert box.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"}).status == 201
    for number in (1, 2):
        member = {"servicegroupname": "g", "servername": f"s{number}", "port": 80}
        assert box.post(MEMBERS, member).status == 201
    return box


def states(box: Any) -> dict[str, tuple[str, str]]:
    return {row["servername"]: (row["state"], row["svrstate"]) for row in box.rows(f"{MEMBERS}/g")}


UP, OUT = ("ENABLED", "UP"), ("DISABLED", "OUT OF SERVICE")


@pytest.mark.fact("group-member-state")
def test_disable_of_one_member_leaves_the_group_and_the_other_members(group: Any) -> None:
    """servername and port name one member of a service group (NITRO reference, servicegroup, enable and disable)."""
    member = {"servicegroupname": "g", "servername": "s1", "port": 80}
    assert group.post("servicegroup", {**member, "delay": 5, "graceful": "YES"}, "?action=disable").status == 200
    assert states(group) == {"s1": OUT, "s2": UP}
    (row,) = group.rows("servicegroup/g")
    assert (row["state"], row["servicegroupeffectivestate"]) == ("ENABLED", "UP")
    (one,) = group.ask("GET", "/nitro/v1/stat/servicegroupmember/g?args=servername:s1,port:80").json[
        "servicegroupmember"
    ]
    assert one["state"] == "OUT OF SERVICE"
    lists = group.rows("servicegroup_binding/g")[0][MEMBERS]
    assert {row["servername"]: row["svrstate"] for row in lists} == {"s1": "OUT OF SERVICE", "s2": "UP"}
    text = group.ask("GET", "/nitro/v1/config/nsrunningconfig").json["nsrunningconfig"]["response"]
    assert "bind serviceGroup g s1 80 -state DISABLED" in text
    assert "add serviceGroup g HTTP\n" in text
    assert group.post("servicegroup", member, "?action=disable").code == 451
    assert group.post("servicegroup", member, "?action=enable").status == 200
    assert states(group) == {"s1": UP, "s2": UP}


@pytest.mark.fact("group-member-unknown", "group-member-without-server")
@pytest.mark.parametrize(
    ("named", "status", "code"),
    [
        ({"servername": "s1", "port": 81}, 404, 258),
        ({"servername": "s3", "port": 80}, 404, 351),
        ({"servername": "s1"}, 400, 1093),
        ({"port": 80}, 400, 1093),
        ({"servername": "s1", "port": "x"}, 400, 1074),
        ({"nonsense": "s1"}, 599, 278),
    ],
)
def test_a_member_that_does_not_exist_is_an_error(group: Any, named: dict[str, Any], status: int, code: int) -> None:
    for action in ("disable", "enable"):
        answer = group.post("servicegroup", {"servicegroupname": "g", **named}, f"?action={action}")
        assert (answer.status, answer.code) == (status, code), action
    assert states(group) == {"s1": UP, "s2": UP}
    missing = {"servicegroupname": "g", "servername": "s3", "port": 80}
    assert (group.post(MEMBERS, missing).status, group.post(MEMBERS, missing).code) == (404, 351)


@pytest.mark.fact("group-member-state")
def test_a_disabled_member_is_disabled_on_the_peer_and_after_a_reboot(lab: Any) -> None:
    primary, peer = lab.box("pair"), lab.box("pair", 1)
    primary.post("server", {"name": "s", "ipaddress": "192.0.2.1"})
    primary.post("servicegroup", {"servicegroupname": "g", "servicetype": "HTTP"})
    primary.post(MEMBERS, {"servicegroupname": "g", "servername": "s", "port": 80})
    member = {"servicegroupname": "g", "servername": "s", "port": 80}
    assert primary.post("servicegroup", member, "?action=disable").status == 200
    assert states(peer) == {"s": OUT}
    primary.post("nsconfig", {}, "?action=save")
    lab.simulator.appliance("pair").reboot()
    assert states(lab.box("pair")) == {"s": OUT}
