# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What changes on an open connection: the partition, the role, the sessions; and the remarks on a pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address, Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.connection import (
    Connection,
    clock_skew,
    is_standalone,
    own_role,
    own_row,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    NitroError,
    Refused,
    TourniquetError,
)

from tests.unit.plugin_utils.appliance.nitro.test_connection import STANDALONE, FakeSession, node

GOOD = {"haprop": "ENABLED", "hasync": "ENABLED", "hastatus": "UP"}


class Switching(FakeSession):
    """A session that has partitions.

    :ivar refuses: the partition that it cannot switch to
    """

    refuses = ""

    def __init__(self, answers: Any, log: list[str], address: Address) -> None:
        super().__init__(answers, log, address)
        self.partition = "default"

    def enter(self, partition: str) -> None:
        self.log.append(f"{self.node.host} -> {partition}")
        if partition == self.refuses:
            raise NitroError("gw-a", "POST", 400, 1, "no such partition")
        self.partition = partition


def connect(*answers: Mapping[str, Any] | TourniquetError) -> tuple[Any, list[str]]:
    addresses = tuple(Address(f"10.1.0.{11 + number}", 443) for number in range(len(answers)))
    log: list[str] = []
    table = dict(zip(addresses, answers, strict=True))

    def open_session(_appliance: Appliance, address: Address) -> Any:
        return Switching(table[address], log, address)

    return Connection(Appliance("gw-a", addresses, "nsroot", "x"), open_session), log


def test_the_sessions_with_all_nodes_are_in_a_partition_for_a_block() -> None:
    opened, log = connect(node("Primary"), node("Secondary"))
    with opened as connection:
        log.clear()
        before = connection.config
        with connection.inside("default"):
            assert log == [], "they are in it already"
        with connection.inside("tenant"):
            assert (connection.partition, connection.primary.partition, connection.secondary.partition) == (
                *("tenant", "tenant", "tenant"),
            )
        assert (connection.partition, connection.secondary.partition) == ("default", "default")
        assert connection.config is before
        with pytest.raises(Refused), connection.inside("tenant"):
            raise Refused("x")
        assert connection.primary.partition == "default"
        assert [line for line in log if "->" in line] == [
            *("10.1.0.11 -> tenant", "10.1.0.12 -> tenant", "10.1.0.11 -> default", "10.1.0.12 -> default"),
        ] * 2


def test_a_secondary_that_cannot_switch_is_a_problem_and_a_primary_an_error() -> None:
    opened, _log = connect(node("Primary"), node("Secondary"))
    with opened as connection:
        connection.secondary.refuses = "tenant"
        with connection.inside("tenant"):
            (text,) = [one for one in connection.will_not_follow if "partition" in one]
            assert text.startswith("the secondary 10.1.0.12 cannot be switched to the partition: ")
        assert connection.secondary_problem == ""
        connection.primary.refuses = "other"
        with pytest.raises(NitroError), connection.inside("other"):
            pytest.fail("nothing is done in a partition that the primary is not in")
        assert connection.primary.partition == "default"


def test_our_files_are_reached_by_a_session_in_the_default_partition() -> None:
    opened, log = connect(STANDALONE)
    with opened as connection:
        assert connection.in_default(connection.primary) is connection.primary
        with connection.inside("tenant"):
            one = connection.in_default(connection.primary)
            assert one is not connection.primary
            assert connection.in_default(connection.primary) is one, "it is opened once"
    assert log.count("in 10.1.0.11") == log.count("out 10.1.0.11") == 2


def test_a_node_that_is_no_longer_primary_is_not_written_to() -> None:
    for answers in (STANDALONE, node("Primary")):
        opened, _log = connect(answers)
        with opened as connection:
            connection.confirm_primary()
    for role in ("Secondary", "Unknown"):
        opened, _log = connect(node("Primary"))
        with opened as connection:
            connection.primary.answers = node(role)
            with pytest.raises(Refused, match=f"the pair has failed over, this node is {role.lower()} now"):
                connection.confirm_primary()


def test_a_new_login_is_made_to_each_node_that_can_be_reached() -> None:
    opened, log = connect(node("Primary"), CannotConnect("down"), node("Secondary"))
    with opened as connection:
        log.clear()
        connection.log_in_again()
        assert log == ["in 10.1.0.11", "out 10.1.0.11", "in 10.1.0.13", "out 10.1.0.13"]


def test_the_settings_of_a_pair_that_keep_a_change_from_the_secondary() -> None:
    def pair(own: dict[str, str], seen: dict[str, str] | None = None) -> dict[str, Any]:
        rows = [
            {"id": "0", "state": "Primary", **GOOD, **own},
            {"id": "1", "ipaddress": "10.1.0.12", "state": "Secondary", **(seen or {})},
        ]
        return {**node("Primary"), "hanode": rows}

    for answers, remarks, follows in (
        (pair({}), 0, 0),
        (pair({"haprop": "DISABLED"}), 1, 1),
        (pair({"hastatus": "STAYSECONDARY"}), 1, 1),
        (pair({"hasync": "DISABLED"}), 1, 0),  # a synchronisation that is off keeps no command from it
        (pair({}, {"hasync": "FAILED"}), 1, 0),
        (pair({}, {"hasync": "SUCCESS"}), 0, 0),
    ):
        opened, _log = connect(answers)
        with opened as connection:
            assert (len(connection.pair_remarks), len(connection.will_not_follow)) == (remarks, follows), answers
            for text in connection.will_not_follow:
                assert text.startswith("node 10.1.0.11: ")


def test_the_time_of_the_last_change() -> None:
    opened, _log = connect({**STANDALONE, "nsconfig": [{"systemtype": "Stand-alone", "lastconfigchangedtime": "Fri"}]})
    with opened as connection:
        assert connection.changed_at == "Fri"
        connection.primary.answers = {"nsconfig": []}
        connection.refresh()
        assert (connection.config, connection.changed_at) == ({}, "")


def test_rows_of_nsconfig_and_hanode() -> None:
    rows = [{"id": 1, "state": "Secondary"}, {"id": 0, "state": "PRIMARY"}]
    assert (own_row(rows), own_role(rows)) == (rows[1], "primary")
    assert (own_row([]), own_role([]), own_role([{"id": "0"}])) == ({}, "unknown", "unknown")
    kinds = {"Stand-alone": True, "Cluster node": True, "HA": False, "": False, "not a cluster": False}
    assert {kind: is_standalone({"systemtype": kind}) for kind in kinds} == kinds
    assert clock_skew({"systemtime": "1010"}, 1000.0) == 10.0
    assert [clock_skew({"systemtime": value}, 0.0) for value in ("", "x", "inf", "nan")] == [None] * 4
