# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which secrets are to be replaced after an intrusion: by name, and never with a value."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.json_values import json_values
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting import rotation
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.rotation import (
    KINDS,
    LONGEST_LINE,
    secrets_of,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.traces.hunting.rotation_list import (
    CONFIGURATIONS,
    KEY_FILES,
    rotation_list,
)

PLACE = "/nsconfig/ns.conf"


def found(*lines: str) -> list[tuple[str, str]]:
    secrets, is_whole = secrets_of("\n".join(lines).encode("latin-1"), PLACE)
    assert is_whole
    return [(one.kind.noun, one.name) for one in secrets]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.noun)
def test_each_kind_is_found_by_its_line(kind: Any) -> None:
    option = f" {kind.options[-1].upper()} s3cret" if kind.options else ""
    assert found(f"add {kind.noun} name{option}") == [(kind.noun, "" if kind.name_is_secret else "name")]


@pytest.mark.parametrize(
    "line",
    [
        "add ssl certKey gw -cert gw.pem",
        "bind system user eve superuser 1",
        "rm system user eve",
        "add lb monitor m HTTP",
        "add authentication ldapAction dc -serverIP 192.0.2.1",
        "# add system user eve",
        "add system",
        "",
    ],
)
def test_a_line_without_a_secret_is_none(line: str) -> None:
    assert found(line) == []


def test_each_object_once_and_in_the_order_of_the_kinds() -> None:
    lines = ("set system user eve x", "add ssl certKey gw -cert a -key b", "add system user eve y")
    assert found(*lines) == [("ssl certKey", "gw"), ("system user", "eve")]


def test_no_value_is_kept() -> None:
    secrets, _whole = secrets_of(
        b'add ns rpcNode 192.0.2.1 -password "s3cret 8f" -encrypted\nadd snmp community s3cret ALL', PLACE
    )
    assert "s3cret" not in repr(secrets)


def test_an_option_without_a_name_before_it_has_no_name() -> None:
    assert found("set aaa ldapParams -ldapBindDnPassword x") == [("aaa ldapParams", "")]


def test_what_is_not_looked_at_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert secrets_of(b"add system user " + b"e" * LONGEST_LINE, PLACE) == ([], False)
    monkeypatch.setattr(rotation, "MOST_LINES", 1)
    secrets, is_whole = secrets_of(b"add system user a\nadd system user b", PLACE)
    assert ([one.name for one in secrets], is_whole) == (["a"], False)


# -- the list of a node ------------------------------------------------------------------------------------------------


class View:
    """The files of a node by pattern; a content that is None cannot be read."""

    node = "192.0.2.1:443"

    def __init__(self, files: dict[str, dict[str, bytes | None]]) -> None:
        self._files = files
        self.gaps: list[tuple[str, str]] = []

    def gap(self, what: str, why: str) -> None:
        self.gaps.append((what, why))

    def files(self, pattern: str) -> list[Any]:
        return [SimpleNamespace(path=path, name=path.rpartition("/")[2]) for path in self._files.get(pattern, {})]

    def content(self, file: Any) -> bytes | None:
        return next(files[file.path] for files in self._files.values() if file.path in files)


def test_the_configurations_and_the_key_files_of_a_node() -> None:
    partition = "/nsconfig/partitions/tenant/ns.conf"
    view: Any = View(
        {
            CONFIGURATIONS[0]: {PLACE: b"add system user eve x"},
            CONFIGURATIONS[1]: {partition: b"add snmp community public ALL"},
            KEY_FILES[0]: {"/nsconfig/ssl/gw\x1b[2J.key": None},
        }
    )
    rows = json_values(rotation_list(view))
    assert (rows["node"], view.gaps) == (view.node, [])
    assert [(row["what"], row["name"], row["place"]) for row in rows["secrets"]] == [
        ("password of an administrator", "eve", PLACE),
        ("SNMP community", "", partition),
        ("file with a private key", r"gw\x1b[2J.key", r"/nsconfig/ssl/gw\x1b[2J.key"),
    ]


def test_what_of_the_list_is_missing_is_said() -> None:
    nothing: Any = View({})
    assert rotation_list(nothing).secrets == ()
    assert nothing.gaps == [(PLACE, "it is not listed, and every NetScaler has it")]
    long: Any = View({CONFIGURATIONS[0]: {PLACE: b"x" * (LONGEST_LINE + 1)}})
    rotation_list(long)
    assert long.gaps == [(f"all of {PLACE}", "it has more or longer lines than are looked at")]
