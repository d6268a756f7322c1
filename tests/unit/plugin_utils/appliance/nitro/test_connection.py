# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The primary node, and the facts of each node; with sessions that answer from a table."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any, Self

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.builds import Build
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import (
    Connection,
    Node,
    clock_skew,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    NitroError,
    NotFound,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)

VERSION = "NetScaler NS13.0: Build {}.nc"
STANDALONE: dict[str, Any] = {
    "nsconfig": [{"systemtype": "Stand-alone", "configchanged": False}],
    "nsversion": [{"version": VERSION.format("47.22")}],
    "systemfile": [{"filecontent": base64.b64encode(b"a line\n").decode()}],
}


def node(role: str, peer: str = "10.1.0.12", build: str = "47.22", own: str = "x") -> dict[str, Any]:
    """The answers of one node of a pair; it calls itself 0."""
    members = [{"id": "0", "state": role, "ipaddress": own}, {"id": "1", "state": "Secondary", "ipaddress": peer}]
    return {
        **STANDALONE,
        "nsconfig": [{"systemtype": "HA", "configchanged": True}],
        "hanode": members,
        "nsversion": [{"version": VERSION.format(build)}],
    }


def not_found() -> NotFound:
    return NotFound("gw-a", "GET", 404, 258, "No such resource")


class FakeSession:
    """Answers from a table; an exception in it is raised."""

    where = "gw-a"

    def __init__(self, answers: Mapping[str, Any] | TourniquetError, log: list[str], address: Address) -> None:
        self.answers, self.log, self.node = answers, log, address
        self.exchanges: list[Any] = [address]
        self.connections = 1

    def __enter__(self) -> Self:
        if isinstance(self.answers, TourniquetError):
            raise self.answers
        self.log.append(f"in {self.node.host}")
        return self

    def __exit__(self, *_exception: object) -> None:
        self.log.append(f"out {self.node.host}")

    def read(self, type_: str, *_arguments: Any, **_options: Any) -> list[dict[str, Any]]:
        assert not isinstance(self.answers, TourniquetError)
        answer = self.answers.get(type_, [])
        if isinstance(answer, TourniquetError):
            raise answer
        return list(answer)


def connect(*answers: Mapping[str, Any] | TourniquetError) -> tuple[Connection, list[str]]:
    addresses = tuple(Address(f"10.1.0.{11 + number}", 443) for number in range(len(answers)))
    log: list[str] = []
    appliance = Appliance("gw-a", addresses, "nsroot", "x")
    table = dict(zip(addresses, answers, strict=True))

    def open_session(_appliance: Appliance, address: Address) -> Any:
        return FakeSession(table[address], log, address)

    return Connection(appliance, open_session), log


def roles(connection: Connection) -> list[str]:
    return [one.role for one in connection.nodes]


def test_a_standalone_appliance() -> None:
    opened, log = connect(STANDALONE)
    with opened as connection:
        assert connection.nodes == [
            Node(Address("10.1.0.11", 443), "standalone", Build.parse("13.0 47.22"), "a line\n")
        ]
        assert connection.build == Build.parse("13.0 47.22")
        assert connection.config["configchanged"] is False
        assert connection.missing_nodes == []
        assert not connection.is_cluster
    assert log == ["in 10.1.0.11", "out 10.1.0.11"]


@pytest.mark.parametrize("primary", [0, 1])
def test_of_a_pair_the_primary_is_found_in_any_order(primary: int) -> None:
    answers = [node("Secondary"), node("Secondary")]
    answers[primary] = node("Primary")
    opened, log = connect(*answers)
    with opened as connection:
        assert connection.primary.node == Address(f"10.1.0.{11 + primary}", 443)
        assert sorted(roles(connection)) == ["primary", "secondary"]
        assert connection.missing_nodes == []
        assert (len(connection.exchanges), connection.connections) == (2, 2)
    assert log[:2] == ["in 10.1.0.11", "in 10.1.0.12"]
    assert sorted(log[2:]) == ["out 10.1.0.11", "out 10.1.0.12"]


def test_the_build_is_that_of_the_primary() -> None:
    opened, _log = connect(node("Secondary", build="47.24"), node("Primary", build="47.22"))
    with opened as connection:
        assert str(connection.build) == "13.0 47.22"


@pytest.mark.parametrize("problem", [CannotConnect("down"), OutcomeUnknown("lost")])
def test_a_node_that_is_down_is_told_and_its_primary_is_used(problem: TourniquetError) -> None:
    opened, _log = connect(problem, node("Primary"))
    with opened as connection:
        assert roles(connection) == ["unreachable", "primary"]
        assert connection.nodes[0].build is None
        assert connection.nodes[0].problem == str(problem)
        assert connection.missing_nodes == ["node 10.1.0.11 is unreachable"]
        assert connection.other_node == Address("10.1.0.11", 443)


def test_the_other_node_of_a_pair_is_the_secondary_and_an_appliance_alone_has_none() -> None:
    for answers, other in (
        ([node("Primary"), node("Secondary")], Address("10.1.0.12", 443)),
        ([node("Primary")], None),
        ([STANDALONE, CannotConnect("down")], None),
    ):
        with connect(*answers)[0] as connection:
            assert connection.other_node == other


def test_without_any_node_the_first_problem_is_raised() -> None:
    opened, _log = connect(CannotConnect("first"), CannotConnect("second"))
    with pytest.raises(CannotConnect, match="first"), opened:
        pass


def test_a_secondary_alone_is_never_written_to() -> None:
    """NetScaler takes writes there, and loses them (warning 1028)."""
    opened, log = connect(node("Secondary"))
    with pytest.raises(Refused) as raised, opened:
        pass
    assert "10.1.0.11 is secondary" in str(raised.value)
    assert "Name both nodes of the pair in netscaler_nodes" in str(raised.value)
    assert log == ["in 10.1.0.11", "out 10.1.0.11"]


def test_a_pair_without_a_primary_is_no_matter_of_the_inventory() -> None:
    opened, _log = connect(node("Secondary"), node("Secondary"))
    with pytest.raises(Refused) as raised, opened:
        pass
    assert str(raised.value).endswith(
        "(10.1.0.11 is secondary, 10.1.0.12 is secondary), so nothing can be written. Look at the HA state."
    )


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ((node("Primary"), node("Primary")), "both say that they are primary"),
        ((STANDALONE, STANDALONE), r"gw-a: 10\.1\.0\.11:443 says that it is standalone, and the others"),
        ((node("Primary"), STANDALONE), r"gw-a: 10\.1\.0\.12:443 says that it is standalone, and the others"),
        ((node("Secondary"), STANDALONE), r"gw-a: 10\.1\.0\.12:443 says that it is standalone, and the others"),
        (
            (node("Primary", own="10.1.0.11"), node("Secondary", peer="10.9.0.1", own="10.9.0.2")),
            r"gw-a: 10\.1\.0\.12:443 \(10\.9\.0\.2\) is the secondary of another pair: .* of 10\.1\.0\.11:443 is 10\.1\.0\.12\. Correct",
        ),
    ],
)
def test_nodes_that_are_not_one_appliance_are_refused(pair: tuple[dict[str, Any], dict[str, Any]], said: str) -> None:
    """Seen: the secondary of another pair counted as that of this one, and a standalone appliance was changed in place of the primary."""
    opened, log = connect(*pair)
    with pytest.raises(Refused, match=said), opened:
        pass
    assert sorted(log[2:]) == ["out 10.1.0.11", "out 10.1.0.12"], "no session is left behind"


@pytest.mark.parametrize("own", ["10.1.0.12", "2001:db8::12", "", "x"])
def test_a_secondary_whose_address_is_that_of_the_pair_or_not_known_is_one_of_it(own: str) -> None:
    opened, _log = connect(node("Primary", own="10.1.0.11"), node("Secondary", peer="10.1.0.11", own=own))
    with opened as connection:
        assert roles(connection) == ["primary", "secondary"]


def test_a_role_that_nobody_knows_is_not_primary() -> None:
    opened, _log = connect({**node("Primary"), "hanode": [{"id": "1", "state": "Primary"}]})
    with pytest.raises(Refused, match=r"10\.1\.0\.11 is unknown"), opened:
        pass


def test_the_peer_that_the_inventory_does_not_name_is_missed() -> None:
    opened, _log = connect(node("Primary"))
    with opened as connection:
        assert connection.missing_nodes == ["the other node of the HA pair 10.1.0.12 is not named in netscaler_nodes"]


def test_any_other_error_is_not_taken_for_a_missing_node() -> None:
    opened, log = connect({**STANDALONE, "nsversion": NitroError("gw-a", "GET", 400, 1, "x")}, node("Primary"))
    with pytest.raises(NitroError), opened:
        pass
    assert log == ["in 10.1.0.11", "out 10.1.0.11"]


@pytest.mark.parametrize(
    ("answer", "text", "problem"),
    [
        ([{"filecontent": base64.b64encode(b"x=1\ny=\xff").decode()}], "x=1\ny=\ufffd", ""),
        (not_found(), "", ""),
        (NitroError("gw-a", "GET", 403, 2138, "Not authorized"), None, "rc.netscaler cannot be read"),
        ([{"filecontent": "x"}], None, "not base64"),
    ],
)
def test_the_start_up_file_is_read_or_unknown(answer: Any, text: str | None, problem: str) -> None:
    opened, _log = connect({**STANDALONE, "systemfile": answer})
    with opened as connection:
        assert connection.nodes[0].start_up_file == text
        assert problem in connection.nodes[0].problem


@pytest.mark.parametrize(("systemtype", "cluster"), [("Cluster", True), ("HA", False), ("Stand-alone", False)])
def test_a_cluster_is_recognised(systemtype: str, cluster: bool) -> None:
    answers = node("Primary") if systemtype == "HA" else {**STANDALONE, "nsconfig": [{"systemtype": systemtype}]}
    opened, _log = connect(answers)
    with opened as connection:
        assert connection.is_cluster is cluster
        unread = "this is a NetScaler cluster, and its other nodes were not read"
        assert (unread in connection.missing_nodes) is cluster, "a hunt said: nothing found, exit code 0"


def test_two_members_of_a_cluster_are_a_cluster_and_not_two_primaries() -> None:
    member = {**STANDALONE, "nsconfig": [{"systemtype": "Cluster"}]}
    opened, _log = connect(member, member)
    with pytest.raises(Refused, match="this is a NetScaler cluster"), opened:
        pass


INVALID_RESOURCE = NitroError("gw-a", "GET nsconfig", 599, 10005, "Invalid Resource")


@pytest.mark.parametrize(
    "answers", [INVALID_RESOURCE, {**STANDALONE, "nsconfig": INVALID_RESOURCE}], ids=["login", "read"]
)
def test_the_management_service_of_an_sdx_is_recognised(answers: Any) -> None:
    opened, _log = connect(answers)
    with (
        pytest.raises(Refused, match=r"10\.1\.0\.11:443 is the Management Service of an SDX, .* Nothing was changed"),
        opened,
    ):
        pass


def test_a_vpx_on_an_sdx_is_an_appliance_like_others() -> None:
    """Its hardware shows where it runs; no decision depends on that."""
    opened, _log = connect({**STANDALONE, "nshardware": [{"hwdescription": "NetScaler Virtual Appliance on SDX"}]})
    with opened as connection:
        assert roles(connection) == ["standalone"]


@pytest.mark.parametrize(
    ("systemtime", "skew"), [("1000", -500.0), (1800, 300.0), ("", None), (None, None), ("Wed Jan 15 02:00:00", None)]
)
def test_the_clock_is_compared_with_ours(systemtime: Any, skew: float | None) -> None:
    assert clock_skew({"systemtime": systemtime}, 1500.0) == skew


def test_the_clock_is_that_of_the_primary() -> None:
    secondary, primary = node("Secondary"), node("Primary")
    secondary["nsconfig"] = [{**secondary["nsconfig"][0], "systemtime": "0"}]
    primary["nsconfig"] = [{**primary["nsconfig"][0], "systemtime": str(time.time() + 1000)}]
    opened, _log = connect(secondary, primary)
    with opened as connection:
        assert connection.clock_skew is not None
        assert 990 < connection.clock_skew < 1010
