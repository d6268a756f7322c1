# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session that ends while it changes its partition repeats nothing in the wrong one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.object_reads.vserver_reads import (
    read_sessions,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import Refused

from tests.unit.plugin_utils.scripted_server import DONE, Certificates, Received, Reply, Server, error

BASE = "/nitro/v1/config/"
EXPIRED = error(401, 444, "Session expired or killed. Please login again")


@pytest.fixture
def session(https: Server, certificates: Certificates) -> Session:
    https.script("POST", BASE + "login", Reply(201, {**DONE, "sessionid": "token", "username": "nsroot"}))
    node = Address("127.0.0.1", https.port)
    appliance = Appliance("gw-a", (node,), "nsroot", "secret", ca_file=certificates.ca_file)
    return Session(appliance, node, sleep=lambda _seconds: None)


def writes(server: Server) -> list[tuple[str, str]]:
    kept = ("login", "logout")
    return [
        (one.method, one.target) for one in server.received if one.method != "GET" and not one.target.endswith(kept)
    ]


def test_nothing_is_read_in_a_partition_that_is_not_known(https: Server, session: Session) -> None:
    with session:
        session.partition = None
        with pytest.raises(
            Refused,
            match=r"it is not known in which partition the session is, so nothing is read\. Run the same playbook again\.$",
        ):
            session.read("responderpolicy")
        with pytest.raises(Refused, match=r"it is not known in which partition the session is, so nothing is written$"):
            session.write("POST", "responderpolicy", {"responderpolicy": {"name": "p"}})
    assert writes(https) == []
    assert https.requests("GET", BASE + "responderpolicy") == []


def test_what_a_run_can_do_without_leaves_it_in_no_other_partition(https: Server, session: Session) -> None:
    """The session ends in a read that is done without, and the way back to the partition is not found: the next read would be one of the default."""
    https.script("GET", BASE + "nspartition", Reply(200, {**DONE, "nspartition": []}))
    https.script("GET", BASE + "systemsession", Reply(200, {**DONE, "systemsession": []}))
    https.script("GET", "/nitro/v1/stat/aaa", EXPIRED)
    https.script("GET", BASE + "responderpolicy", Reply(200, {**DONE, "responderpolicy": [{"name": "of the default"}]}))
    with session:
        session.partition = "a"
        assert read_sessions(session) is None
        with pytest.raises(Refused, match="so nothing is read"):
            session.read("responderpolicy")


@pytest.mark.parametrize("type_", ["nspartition", "systemsession"])
def test_the_reads_that_tell_the_partition_are_repeated(https: Server, session: Session, type_: str) -> None:
    https.script("GET", BASE + type_, EXPIRED, Reply(200, {**DONE, type_: [{"partitionname": "a"}]}))
    with session:
        session.partition = None
        assert session.read(type_) == [{"partitionname": "a"}]


def test_a_switch_that_does_not_arrive_writes_nothing(https: Server, session: Session) -> None:
    def elsewhere(request: Received) -> Any:
        if request.target == BASE + "nspartition" and request.method == "GET":
            rows = [{"partitionname": "b", "partitiontype": "Current Partition"}]
            return Reply(200, {**DONE, "nspartition": rows})
        return https.scripted(request)

    https.answer = elsewhere
    with session:
        with pytest.raises(
            Refused,
            match=r"was to switch to the partition a, and the appliance says that it is in b\. Nothing is written there\.$",
        ):
            session.enter("a")
        assert session.partition is None
    assert {target for _method, target in writes(https)} == {BASE + "nspartition?action=Switch"}


STAND_IN = "(unusable name 0123456789ab)"


def test_nothing_is_sent_for_a_name_that_nitro_does_not_allow(https: Server, session: Session) -> None:
    with session:
        with pytest.raises(
            Refused, match=r"^gw-a: POST lbvserver: nothing is sent for an object whose name NITRO does not allow$"
        ):
            session.write("POST", "lbvserver", {"lbvserver": [{"name": "good"}, {"name": STAND_IN}]})
        with pytest.raises(
            Refused,
            match=r"^gw-a: the \(unusable name 0123456789ab\) of a partition cannot be entered\. Look at it on the",
        ):
            session.enter(STAND_IN)
        assert session.partition == "default", "the session is where it was"
    assert writes(https) == []
