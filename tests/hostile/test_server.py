# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The hostile appliance itself: what it sends, and that it is honest without a rule."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.session import Session
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import TourniquetError

from simulator import Simulator
from tests.hostile.server import HostileServer, Output, first_of, only_at, rewritten, with_attributes
from tests.stage.memory import Stage


@pytest.fixture
def session(box: Simulator, server: HostileServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    box.reset()
    appliance = Stage(box, tmp_path_factory.getbasetemp()).appliance
    with Session(appliance, appliance.nodes[0]) as opened:
        yield opened


def test_it_is_honest_without_a_rule(session: Session, server: HostileServer) -> None:
    assert session.read("vpnvserver")[0]["name"] == "gw"
    assert [(one.number, one.method, one.type, one.status) for one in server.seen] == [
        (1, "POST", "login", 201),
        (2, "GET", "vpnvserver", 200),
    ]


def test_it_changes_attributes_and_leaves_rows_out(session: Session, server: HostileServer) -> None:
    server.rule = with_attributes("vpnvserver", name="gw two")
    assert session.read("vpnvserver")[0]["name"] == "gw two"
    server.rule = rewritten(lambda _type_name, _row: None)
    assert session.read("vpnvserver") == []


def test_it_changes_one_answer_only(session: Session, server: HostileServer) -> None:
    server.rule = only_at(3, first_of(lambda _exchange: None, with_attributes("vpnvserver", name="other")))
    assert [session.read("vpnvserver")[0]["name"] for _time in range(3)] == ["gw", "other", "gw"]


def test_a_request_that_is_answered_before_is_not_carried_out(session: Session, server: HostileServer) -> None:
    server.before = lambda exchange: Output((b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",))
    session.write("POST", "responderpolicy", {"responderpolicy": {"name": "x", "rule": "TRUE", "action": "NOOP"}})
    server.clear()
    with pytest.raises(TourniquetError):
        session.read("responderpolicy", "x")


def test_an_endless_answer_ends_when_the_client_has_enough(session: Session, server: HostileServer) -> None:
    server.rule = lambda exchange: Output((exchange.framed("Content-Length: 10000000"),), again=(b"x" * 1000,))
    session.appliance.__dict__["read_timeout"] = 0.2
    with pytest.raises(TourniquetError):
        session.write("PUT", "vpnvserver", {"vpnvserver": {"name": "gw"}})
