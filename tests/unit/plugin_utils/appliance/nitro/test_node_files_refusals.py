# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a node: what was written and what is gone is decided by reading, never by a lost answer."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Appliance
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.file_limits import LARGEST
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import (
    FileExists,
    create_file,
    delete_file,
    read_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    InvalidInput,
    NitroError,
    NotFound,
    OutcomeUnknown,
    TourniquetError,
)

GONE = NotFound("gw-a", "GET systemfile", 599, 3441, "File does not exist")
LOST = OutcomeUnknown("gw-a: no answer")


def file(content: bytes) -> list[dict[str, Any]]:
    return [{"filename": "x.txt", "filecontent": base64.b64encode(content).decode()}]


class Node:
    """A session whose write and whose read have one answer each; an exception is raised."""

    where = "gw-a"

    def __init__(self, write: Any = None, read: Any = GONE) -> None:
        self.answers = {"write": write, "read": read}
        self.sent: list[tuple[str, str]] = []

    def write(self, method: str, path: str, _body: Any = None) -> Any:
        self.sent.append((method, path))
        return self._answer("write")

    def read(self, _type: str, name: str, *, args: Any) -> Any:
        assert (name, args) == ("x.txt", {"filelocation": "/var/tmp"})
        return self._answer("read")

    def _answer(self, kind: str) -> Any:
        if isinstance(self.answers[kind], Exception):
            raise self.answers[kind]
        return self.answers[kind]


def node(write: Any = None, read: Any = GONE) -> Any:
    return Node(write, read)


@pytest.mark.parametrize(
    "error",
    [
        NitroError("gw-a", "POST systemfile", 409, 1642, "exists"),
        NitroError("gw-a", "POST systemfile", 599, 1642, "exists"),
        NitroError("gw-a", "POST systemfile", 409, 273, "exists"),
    ],
)
def test_a_file_that_exists_is_told_apart(error: NitroError) -> None:
    with pytest.raises(FileExists, match=r"exists$"):
        create_file(node(error), "x.txt", b"new")


def test_any_other_refusal_is_raised_as_it_is() -> None:
    full = NitroError("gw-a", "POST systemfile", 599, 284, "No space left on device")
    with pytest.raises(NitroError, match=r"No space left on device$") as caught:
        create_file(node(full), "x.txt", b"new")
    assert caught.value is full


@pytest.mark.parametrize("there", [GONE, file(b"other"), file(b"")])
def test_a_creation_without_an_answer_counts_only_if_the_content_is_there(there: Any) -> None:
    with pytest.raises(OutcomeUnknown, match="no answer"):
        create_file(node(LOST, there), "x.txt", b"new")


def test_a_creation_without_an_answer_that_is_there_is_done() -> None:
    one = node(LOST, file(b"new"))
    create_file(one, "x.txt", b"new")
    assert one.sent == [("POST", "systemfile")], "it is not sent twice"


@pytest.mark.parametrize(
    "rows",
    [[], [{}], [{"filename": "x.txt"}], [{"filecontent": None}], [{"filecontent": "%%"}], [{"filecontent": "x"}]],
)
def test_a_file_without_readable_content_is_neither_empty_nor_missing(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(TourniquetError, match=r"^gw-a: /var/tmp/x\.txt came without readable content$"):
        read_file(node(read=rows), "x.txt")


def test_a_file_that_does_not_exist_is_none_and_an_empty_one_is_not() -> None:
    assert read_file(node(), "x.txt") is None
    assert read_file(node(read=file(b"")), "x.txt") == b""


def test_a_deletion_without_an_answer_counts_only_if_the_file_is_gone() -> None:
    delete_file(node(LOST, GONE), "x.txt")
    with pytest.raises(OutcomeUnknown, match="no answer"):
        delete_file(node(LOST, file(b"")), "x.txt")


def test_a_file_that_is_gone_already_is_deleted() -> None:
    one = node(GONE)
    delete_file(one, "x.txt")
    assert one.sent == [("DELETE", "systemfile/x.txt?args=filelocation:%2Fvar%2Ftmp")]


def test_a_file_has_at_most_two_mebibytes() -> None:
    """NITRO guide, file operations; what is larger is imported, or copied by hand."""
    assert LARGEST == 2_097_152


@pytest.mark.parametrize(("value", "kind"), [([7], "a number"), ([""], "text"), (["gw", None], "nothing")])
def test_a_name_of_the_inventory_is_a_text(value: list[Any], kind: str) -> None:
    variables = {"nodes": ["192.0.2.9"], "user": "u", "password": "p", "never_close": value}
    with pytest.raises(
        InvalidInput,
        match=rf"^gw-a: netscaler_never_close holds {kind} where a name or an address is expected\. Put it in quotes\.",
    ):
        Appliance.from_variables("gw-a", variables)


def test_the_content_is_that_of_the_first_row() -> None:
    assert read_file(node(read=[*file(b"one"), *file(b"two")]), "x.txt") == b"one"
