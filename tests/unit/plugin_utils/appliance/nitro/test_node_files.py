# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files on a node, and the listing of its directories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import directory_listing
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_listing import (
    ListedFile,
    list_directory,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.node_files import (
    FileExists,
    create_file,
    delete_file,
    file_sizes,
    list_files,
    read_file,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    NitroError,
    NotFound,
    OutcomeUnknown,
    TourniquetError,
)

from tests.unit.plugin_utils.change.records.stored import BUSY, FakeNode

LOST = OutcomeUnknown("no answer")
BY_A_POLICY = "without an errorcode: not NITRO's answer, such as that of a policy that judges management traffic"
GONE = NotFound("gw", "GET", 404, 3441, "No such file")


class Silent(FakeNode):
    """A node that carries a write out, or not, and does not answer it."""

    def __init__(self, *, carries_out: bool, files: dict[str, bytes] | None = None) -> None:
        super().__init__(files=files)
        self.carries_out = carries_out

    def write(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        if self.carries_out:
            super().write(method, path, body)
        raise LOST


def outcome(do: Callable[..., object], node: Any, *arguments: Any) -> object:
    """Return what a function returns, or the type of what it raises."""
    try:
        return do(node, *arguments)
    except TourniquetError as error:
        return type(error)


def test_a_file_is_created_once() -> None:
    assert outcome(create_file, node := FakeNode(), "a.txt", b"x") is None
    assert node.files == {"a.txt": b"x"}
    assert outcome(create_file, FakeNode(files={"a.txt": b"y"}), "a.txt", b"x") is FileExists
    for status, code, expected in ((409, 0, FileExists), (400, 1642, FileExists), (400, 1641, NitroError)):
        node = FakeNode()
        node.refusals["POST"] = NitroError("gw", "POST", status, code, "no")
        assert outcome(create_file, node, "a.txt", b"x") is expected


def test_a_write_without_an_answer_is_looked_at() -> None:
    assert outcome(create_file, Silent(carries_out=True), "a.txt", b"x") is None
    assert outcome(create_file, Silent(carries_out=False), "a.txt", b"x") is OutcomeUnknown
    assert outcome(create_file, Silent(carries_out=False, files={"a.txt": b"y"}), "a.txt", b"x") is OutcomeUnknown
    assert outcome(delete_file, Silent(carries_out=True, files={"a.txt": b""}), "a.txt") is None
    assert outcome(delete_file, Silent(carries_out=False, files={"a.txt": b""}), "a.txt") is OutcomeUnknown


def test_a_file_that_is_gone_is_deleted() -> None:
    node = FakeNode(files={"a b.txt": b"", "c.txt": b""})
    assert outcome(delete_file, node, "a b.txt") is None
    assert list(node.files) == ["c.txt"]
    assert outcome(delete_file, node, "a b.txt") is None
    node.refusals["DELETE"] = BUSY
    assert outcome(delete_file, node, "c.txt") is NitroError


@pytest.mark.parametrize(
    ("rows", "content"),
    [
        ([{"filecontent": "eA=="}], b"x"),
        ([{"filecontent": ""}], b""),
        ([], TourniquetError),
        ([{}], TourniquetError),
        ([{"filecontent": None}], TourniquetError),
        ([{"filecontent": "eA"}], TourniquetError),
        ([{"filecontent": "e A=="}], TourniquetError),
        (GONE, None),
        (BUSY, NitroError),
    ],
)
def test_the_content_of_a_file(rows: Any, content: object) -> None:
    assert outcome(read_file, Answering(rows), "a.txt") == content


class Answering:
    """A session that has one answer."""

    where = "gw"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def read(self, *_arguments: Any, **_options: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_the_sizes_of_files() -> None:
    rows = [
        {"filename": "b.txt", "filesize": "12"},
        {"filename": "a.txt", "filesize": 7},
        {"filename": "none.txt"},
        {"filename": "minus.txt", "filesize": "-1"},
        {"filename": "long.txt", "filesize": "1" * 16},
        {"filename": "folder", "filemode": "DIRECTORY"},
        {"filename": "../x"},
        {},
    ]
    sizes = {"b.txt": 12, "a.txt": 7, "none.txt": None, "minus.txt": None, "long.txt": None}
    session: Any = Answering(rows)
    assert file_sizes(session) == sizes
    assert list_files(session) == sorted(sizes)


# -- a directory -------------------------------------------------------------------------------------------------------


def test_a_listing() -> None:
    row = {"filename": "x", "filesize": "5", "filemodifiedtime": "Sat Nov 28 05:00:00 2026"}
    session: Any = Answering([row, {"filename": "d", "filemode": "directory", "fileaccesstime": "never"}])
    files, problem = list_directory(session, "/var/")
    first = ListedFile("/var/", "x", 5, datetime(2026, 11, 28, 5, 0))  # noqa: DTZ001 -- it comes without a zone
    assert (files, problem) == ((first, ListedFile("/var/", "d", None, None, is_directory=True)), "")
    assert first.path == "/var/x"


def test_a_listing_that_is_not_whole_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    missing, gone = NitroError("gw", "GET", 400, 3441, "x"), NitroError("gw", "GET", 400, 3442, "x")
    for answer, expected in (
        (GONE, (None, "")),
        (missing, (None, "")),
        (gone, (None, "it cannot be listed (errorcode 3442)")),
        (BUSY, (None, "it cannot be listed (HTTP 503 without an errorcode)")),
        (NitroError("gw", "GET", 403, 2138, "x"), (None, "it cannot be listed (errorcode 2138)")),
        (NitroError("gw", "GET", 403, 0, "x"), (None, f"it cannot be listed (HTTP 403 {BY_A_POLICY})")),
        (NitroError("gw", "GET", 404, 0, "x"), (None, f"it cannot be listed (HTTP 404 {BY_A_POLICY})")),
        (NitroError("gw", "GET", 302, 0, "x"), (None, f"it cannot be listed (HTTP 302 {BY_A_POLICY})")),
        ([], ((), "")),
    ):
        session: Any = Answering(answer)
        assert list_directory(session, "/var") == expected
    assert list_directory(Answering([]), "/" * 127) == ((), "")  # type: ignore[arg-type]
    assert list_directory(Answering([]), "/" * 128) == (None, "NITRO takes paths of at most 127 characters")  # type: ignore[arg-type]
    monkeypatch.setattr(directory_listing, "MOST_ROWS", 2)
    for number, problem in ((2, ""), (3, "it has 3 files, of which 2 were looked at")):
        many: Any = Answering([{"filename": "x"}] * number)
        files, said = list_directory(many, "/var")
        assert (len(files or ()), said) == (2, problem)


def test_which_files_nitro_can_be_asked_for() -> None:
    names = {"a.txt": True, "!": True, "x" * 63: True, "x" * 64: False, "": False, ".": False, "..": False}
    names |= {"a b": False, "a/b": False, "\x7f": False, "...": True, "~": True}
    for name, readable in names.items():
        assert ListedFile("/var", name).can_be_read is readable, name
