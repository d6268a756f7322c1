# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rows that preconditions look at: what was not read is unknown, and never "none"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.predicates import Unknown
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.planning.configuration_rows import (
    NOT_READ,
    ConfigurationRows,
    read_configuration,
    read_types,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    NitroError,
    NotFound,
    NotShown,
    OutcomeUnknown,
    Refused,
)

from tests.unit.plugin_utils.judgement.inspection.appliance import FakeSession, appliance


@pytest.mark.parametrize(
    ("rows", "partitions"),
    [
        (ConfigurationRows(), ("default",)),
        (ConfigurationRows({"default": {}}), ("default",)),
        (ConfigurationRows({"default": {}}, {"t": "no right"}), ("default", "t")),
        (ConfigurationRows({}, {"t": "no right"}), ("t",)),
        (ConfigurationRows({"t": {}}, {"t": "no right"}), ("t",)),
    ],
)
def test_a_partition_that_was_not_read_is_among_the_partitions(
    rows: ConfigurationRows, partitions: tuple[str, ...]
) -> None:
    assert rows.partitions() == partitions


def test_rows_are_known_only_where_they_were_read() -> None:
    rows = ConfigurationRows({"default": {"lbvserver": ({"name": "web"},)}, "t": {}}, {"t": "no right"})
    assert rows.rows("lbvserver", "default") == ({"name": "web"},)
    assert rows.rows("csvserver", "default") == NOT_READ
    assert rows.rows("lbvserver", "other") == NOT_READ
    assert rows.rows("lbvserver", "t") == Unknown("no right")


@pytest.mark.parametrize(
    ("answer", "rows"),
    [
        ([], ()),
        ([{"Name": "web", "port": 443, "on": True, "list": ["a", 1]}], ({"name": "web", "port": "443", "on": "True", "list": "a 1"},)),
        (NotFound("gw", "GET", 404, 258, "No such resource"), ()),
        (NitroError("gw", "GET", 400, 1232, "invalid object"), ()),
        (NitroError("gw", "GET", 400, 1088, "unknown"), ()),
        (NitroError("gw", "GET", 503, 0, "busy"), Unknown("GET: HTTP 503, errorcode 0: busy")),
        (NotShown("gw", "GET", 400, 257, "Feature not enabled"), Unknown("GET: HTTP 400, errorcode 257: Feature not enabled")),
    ],
)  # fmt: skip
def test_an_error_makes_rows_unknown_unless_the_release_does_not_know_the_type(answer: Any, rows: Any) -> None:
    session: Any = FakeSession({"lbvserver": answer})
    found = read_types(session, {"lbvserver", "csvserver"})
    assert (found, list(found)) == ({"csvserver": (), "lbvserver": rows}, ["csvserver", "lbvserver"])


@pytest.mark.parametrize(
    ("row", "features"),
    [
        ({"feature": ["LB", "Responder"]}, {"feature": "LB Responder", "lb": "true", "responder": "true"}),
        ({"lb": True}, {"lb": "True"}),
        ({"feature": ["LB"], "lb": False}, {"feature": "LB", "lb": "False"}),
    ],
)
def test_features_are_attributes_of_their_row(row: dict[str, Any], features: dict[str, str]) -> None:
    session: Any = FakeSession({"nsfeature": [row], "lbvserver": [{"feature": ["LB"]}]})
    assert read_types(session, ["nsfeature", "lbvserver"]) == {
        "nsfeature": (features,),
        "lbvserver": ({"feature": "LB"},),
    }


class InPartition:
    """A connection of which a partition does not answer any more, or refuses."""

    def __init__(self, error: Exception) -> None:
        self.is_cluster = False
        self.error = error
        self.appliance = appliance()
        self.primary: Any = FakeSession({"nspartition": [{"partitionname": "t"}]})

    @contextmanager
    def inside(self, partition: str) -> Iterator[None]:
        if partition == "t":
            raise self.error
        yield


@pytest.mark.parametrize("error", [CannotConnect("gw: no answer"), OutcomeUnknown("gw: no answer")])
def test_an_appliance_that_answers_no_more_is_no_partition_that_was_not_read(error: Exception) -> None:
    connection: Any = InPartition(error)
    with pytest.raises(type(error), match="gw: no answer"):
        read_configuration(connection, ["lbvserver"])


def test_a_partition_that_refuses_is_unknown() -> None:
    connection: Any = InPartition(Refused("gw: no right to enter it"))
    rows = read_configuration(connection, ["lbvserver"])
    assert (rows.unread, rows.partitions()) == ({"t": "no right to enter it"}, ("default", "t"))
