# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What counts as left, whose an object is by its name and comment, and what could not be read: tests/engine/test_leave.py plays it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.ownership import Owner
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.resource_types import (
    Attributes,
    ObjectId,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.objects.steps import FEATURE, Step
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.change.records.record_states import RecordKind
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, NitroError
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave import leftovers
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.verbs.leave.leftovers import (
    Leftovers,
    NodeFiles,
    measure_of,
)

from tests.played_together import played_together
from tests.traits import traits

OURS = Owner("demo", 1).comment
BOUND = "responderglobal_responderpolicy_binding"


@pytest.mark.parametrize(
    ("found", "empty"),
    [
        (Leftovers(), True),
        (Leftovers(objects={"demo": {"default": ("x",)}}), False),
        (Leftovers(settings={"demo": ("x",)}), False),
        (Leftovers(closed=("x",)), False),
        (Leftovers(files={"n1": NodeFiles()}), True),
        (Leftovers(files={"n1": NodeFiles(), "n2": NodeFiles(copies=1)}), False),
        (Leftovers(files={"n1": NodeFiles(locks=1)}), False),
        (Leftovers(files={"n1": NodeFiles(data=("/x",))}), False),
        (Leftovers(foreign=("x",), start_up_lines={"n1": ("x",)}, not_read=("x",)), True),
    ],
)
def test_nothing_is_left_where_no_run_can_remove_anything(found: Leftovers, empty: bool) -> None:
    assert found.is_empty is empty


def test_the_measures_that_have_something_left() -> None:
    assert Leftovers(objects={"b": {}, "c": {}}, settings={"a": (), "b": ()}).measures == ["a", "b", "c"]


@played_together(
    ("id_", "attributes", "measure", "ours"),
    [
        (("responderpolicy", ("tq_demo",)), {"comment": OURS}, "demo", True),
        (("responderpolicy", ("tq_demo__2",)), {"comment": OURS}, "demo", True),
        (("responderpolicy", ("tq_demo",)), {}, "demo", False),
        (("responderpolicy", ("theirs",)), {"comment": OURS}, "", False),
        (("responderpolicy", ("tq_Demo",)), {"comment": OURS}, "Demo", False),
        ((BOUND, ("tq_demo", "REQ_OVERRIDE")), {"policyname": "tq_demo"}, "demo", True),
        ((BOUND, ("tq_demo", "REQ_OVERRIDE")), {"policyname": "theirs"}, "", False),
        (("policypatset_pattern_binding", ("tq_demo__x", "a")), {"name": "tq_demo__x"}, "demo", True),
        (("locationfile", ()), {"Locationfile": "/var/netscaler/locdb/tq_demo__v1_ab"}, "demo", True),
        (("locationfile", ()), {"Locationfile": "/var/tq_demo/theirs"}, "", False),
        (("locationfile", ()), {}, "", False),
    ],
)
def test_whose_an_object_is(id_: ObjectId, attributes: Attributes, measure: str, ours: bool) -> None:
    assert measure_of(id_, attributes) == (measure, ours)


UNREADABLE = "whether there are admin partitions cannot be read (allow the user: show ns partition)"


@pytest.mark.parametrize(
    ("found", "names", "problems"),
    [
        ([], ["default"], []),
        (["t", "u"], ["default", "t", "u"], []),
        (None, ["default"], [UNREADABLE]),
        (
            ["?bad", "t"],
            ["default", "t"],
            ["a partition has a name that NITRO does not allow (?bad), so it was not read"],
        ),
    ],
)
def test_which_partitions_are_read(
    monkeypatch: pytest.MonkeyPatch, found: list[str] | None, names: list[str], problems: list[str]
) -> None:
    monkeypatch.setattr(leftovers, "read_partitions", lambda _session: found)
    monkeypatch.setattr(leftovers, "is_stand_in", lambda name: name.startswith("?"))
    connection: Any = SimpleNamespace(primary=None)
    told: list[str] = []
    assert list(leftovers._partitions(connection, told)) == names
    assert told == problems


class FakeConnection:
    """Two nodes, of which the files are given."""

    def __init__(self, *files: Any) -> None:
        self.members = [
            SimpleNamespace(session=SimpleNamespace(files=one, node=Host(f"n{number}")))
            for number, one in enumerate(files, 1)
        ]

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        assert name == "default"
        yield


class Host(SimpleNamespace):
    """Stands for an address."""

    def __init__(self, host: str) -> None:
        super().__init__(host=host)

    def __str__(self) -> str:
        return f"{self.host}:443"


def test_the_files_of_each_node(monkeypatch: pytest.MonkeyPatch) -> None:
    def list_files(session: Any, directory: str = "/var/tmp") -> list[str]:
        if isinstance(session.files, Exception):
            raise session.files
        return list(session.files[directory])

    monkeypatch.setattr(leftovers, "list_files", list_files)
    monkeypatch.setattr(leftovers, "stems", lambda names: {name[:6] for name in names if name.startswith("record")})
    monkeypatch.setattr(leftovers, "is_lease_name", lambda name: name.startswith("lease"))
    busy = NitroError("gw", "GET", 503, 0, "busy")
    first = {"/var/tmp": ["record1", "record2", "lease1", "lease2", "x"], "/data": ["tq_geo__v1", "tq_geography", "x"]}
    measures: Any = [
        SimpleNamespace(id="geo", traits=traits(file_directory="/data")),
        SimpleNamespace(id="demo", traits=traits()),
    ]
    connection: Any = FakeConnection(first, busy, {"/var/tmp": [], "/data": []})
    problems: list[str] = []
    found = leftovers._files(connection, measures, problems)
    assert found == {"n1:443": NodeFiles(1, 2, ("/data/tq_geo__v1",)), "n3:443": NodeFiles()}
    assert problems == [f"the files on node n2 cannot be read: {busy}"]


def test_the_lines_of_the_start_up_files() -> None:
    def node(host: str, text: str | None) -> Any:
        return SimpleNamespace(address=SimpleNamespace(host=host), start_up_file=text, problem="no right")

    nodes = [
        node("n1", "a\n  line one \nline two # x\nline one\n"),
        node("n2", None),
        node("n3", "line one\n"),
        node("n4", ""),
    ]
    measures: Any = [SimpleNamespace(start_up_line="line one"), SimpleNamespace(start_up_line="")]
    connection: Any = SimpleNamespace(nodes=nodes)
    problems: list[str] = []
    assert leftovers._start_up_lines(connection, measures, problems) == {
        "n1": ("line one", "line one"),
        "n3": ("line one",),
    }
    assert problems == ["/nsconfig/rc.netscaler of n2 was not read: no right"]
    assert leftovers._start_up_lines(connection, measures[1:], problems) == {}
    assert len(problems) == 1


def test_measures_that_no_catalogue_has_are_told() -> None:
    def load(id_: str) -> Any:
        if id_ == "b":
            raise InvalidInput("there is no entry")
        return id_

    problems: list[str] = []
    assert leftovers._loaded({"c", "b", "a"}, load, problems) == ["a", "c"]
    assert problems == ["files and start-up lines of b were not looked for: there is no entry"]


def test_settings_and_features_of_runs_in_force_are_left() -> None:
    feature = Step(FEATURE, ("RESPONDER",), {"enabled": False}, {"enabled": True})
    setting = Step("nstcpparam", (), {"enhancedisngeneration": "DISABLED"}, {"enhancedisngeneration": "ENABLED"})
    policy = Step("responderpolicy", ("tq_demo",), None, {"name": "tq_demo", "rule": "TRUE", "action": "NOOP"})

    def run(*steps: Step, measure: str = "demo", partition: str = "default", undone_by: str = "") -> Any:
        given = {"measure": measure, "partition": partition, "undone_by": undone_by}
        return SimpleNamespace(touched=steps, kind=RecordKind.APPLY, **given)

    records = [
        *(run(feature, policy), run(setting), run(setting, partition="tenant")),
        *(run(setting, measure="other"), run(feature, undone_by="x")),
    ]
    (line,) = setting.lines()
    assert list(leftovers._settings(records, "demo")) == [*feature.lines(), line, f"{line} in partition tenant"]
    assert list(leftovers._settings(records, "none")) == []
