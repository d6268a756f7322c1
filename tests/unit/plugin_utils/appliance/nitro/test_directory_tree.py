# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The directories of a node: each is listed once, down to its end, and what is left out is told once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro import directory_tree
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.directory_tree import (
    DirectoryTree,
    path_matches,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import NitroError, NotFound

Names = Mapping[str, Sequence[str]]
TREE: Names = {
    "/": ["tmp/", "var/", "nsconfig/"],
    "/var": ["tmp/", "log/", "a.txt"],
    "/var/tmp": ["x.pl", "deep/", "y.PL"],
    "/var/tmp/deep": ["x.pl", "deeper/"],
    "/var/tmp/deep/deeper": ["x.pl"],
    "/var/log": ["tmp/"],
    "/var/log/tmp": ["x.pl"],
    "/tmp": [],
    "/nsconfig": ["ssl/"],
}


class Node:
    """Lists as NITRO does: a directory ends with a slash here."""

    def __init__(self, tree: Names, refused: Mapping[str, int] | None = None) -> None:
        self.tree, self.refused = tree, refused or {}
        self.asked: list[str] = []

    def read(self, _type: str, *, args: Mapping[str, str]) -> list[dict[str, Any]]:
        directory = args["filelocation"]
        self.asked.append(directory)
        if directory in self.refused:
            raise NitroError("node", "GET systemfile", 599, self.refused[directory], "")
        if directory not in self.tree:
            raise NotFound("node", "GET systemfile", 404, 258, "")
        return [
            {
                "filename": name.rstrip("/"),
                "filesize": "0" if name.endswith("/") else str(len(directory)),
                "filemodifiedtime": "Wed Jan 15 02:00:00 2020",
                "filemode": ["DIRECTORY"] if name.endswith("/") else [],
            }
            for name in self.tree[directory]
        ]


def tree_of(node: Node, most: int = 100, **more: Any) -> tuple[DirectoryTree, list[tuple[str, str]]]:
    gaps: list[tuple[str, str]] = []
    session: Any = node
    return DirectoryTree(session, lambda where, why: gaps.append((where, why)), most, **more), gaps


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("/var/tmp/x.pl", ["/var/tmp/x.pl"]),
        ("var/tmp/x.pl", ["/var/tmp/x.pl"]),
        ("/var/tmp/*.pl", ["/var/tmp/x.pl"]),
        ("/var/tmp/*", ["/var/tmp/x.pl", "/var/tmp/y.PL"]),
        ("/var/*/x.pl", ["/var/tmp/x.pl"]),
        ("/var/*/tmp/x.pl", ["/var/log/tmp/x.pl"]),
        ("/v*/tmp/y*", ["/var/tmp/y.PL"]),
        ("/var/tmp/**/x.pl", ["/var/tmp/x.pl", "/var/tmp/deep/x.pl", "/var/tmp/deep/deeper/x.pl"]),
        ("/var/**/deeper/x.pl", ["/var/tmp/deep/deeper/x.pl"]),
        ("/var/log", []),
        ("/var/tmp/z*", []),
        ("/none/*", []),
        ("/a.txt", []),
    ],
)
def test_the_files_of_a_pattern(pattern: str, paths: list[str]) -> None:
    tree, gaps = tree_of(Node(TREE))
    found = [file.path for file in tree.files(pattern)]
    assert (found, gaps) == (paths, [])
    assert all(path_matches(path, pattern) for path in paths), (
        "what is told to a person and what is fetched is the same"
    )
    assert {path for path in PATHS if path_matches(path, pattern)} == {*paths}


PATHS = [f"{'' if name == '/' else name}/{one}" for name, ones in TREE.items() for one in ones if not one.endswith("/")]


def test_the_upper_directories_come_first_and_each_is_asked_for_once() -> None:
    node = Node(TREE)
    tree, gaps = tree_of(node)
    assert [*tree.below("/var")] == [
        *("/var", "/var/tmp", "/var/log"),
        *("/var/tmp/deep", "/var/log/tmp", "/var/tmp/deep/deeper"),
    ]
    assert [*tree.below("/var/tmp")] == ["/var/tmp", "/var/tmp/deep", "/var/tmp/deep/deeper"]
    assert node.asked == ["/var", "/var/tmp", "/var/log", "/var/tmp/deep", "/var/log/tmp", "/var/tmp/deep/deeper"]
    assert tree.listing("var/tmp/") == tree.listing("/var/tmp")
    assert (len(node.asked), tree.exist, gaps) == (6, 6, [])


def test_what_does_not_exist_is_no_gap_and_what_cannot_be_listed_is_one() -> None:
    node = Node({"/var": ["a"]}, refused={"/var/log": 7, "/gone": 3441})
    tree, gaps = tree_of(node)
    assert [tree.listing(name) for name in ("/none", "/gone", "/var/log", "/var/log")] == [()] * 4
    assert gaps == [("/var/log", "it cannot be listed (errorcode 7)")]
    assert tree.exist == 0
    assert len(tree.listing("/var")) == tree.exist == 1
    tree.listing("/" + "x" * 127)
    assert gaps[1:] == [("/" + "x" * 127, "NITRO takes paths of at most 127 characters")]
    assert node.asked == ["/none", "/gone", "/var/log", "/var"]
    tree.listing("/" + "x" * 126)
    assert len(gaps) == 2


def test_a_link_that_leads_upwards_is_not_followed() -> None:
    loop: dict[str, list[str]] = {"/a": ["one", "up/"], "/a/up": ["one", "up/"], "/a/up/up": ["one", "up/"]}
    node = Node(loop)
    node.read = lambda _type, *, args: [  # type: ignore[method-assign]
        {"filename": "one", "filesize": "1", "filemode": []},
        {"filename": "up", "filesize": "0", "filemode": ["DIRECTORY"]},
    ]
    tree, gaps = tree_of(node)
    assert [*tree.below("/a")] == ["/a", "/a/up"]
    assert gaps == [("/a/up", "it has the files of a directory above it, as a link to that has; it was not followed")]


def test_directories_of_the_same_name_are_no_link_nor_are_others_of_the_same_size() -> None:
    names = {"/a": ["a/"], "/a/a": ["a/"], "/a/a/a": ["one"]}
    tree, gaps = tree_of(Node(names))
    assert ([*tree.below("/a")], gaps) == ([*names], [])
    others = {"/b": ["one", "b/"], "/b/b": ["two", "b/"], "/b/b/b": ["three"]}
    tree, gaps = tree_of(Node(others))
    assert ([*tree.below("/b")], gaps) == ([*others], [])


def test_names_that_lead_elsewhere_are_not_followed() -> None:
    node = Node({"/a": [".", "..", "b/"], "/a/b": []})
    rows = node.read("systemfile", args={"filelocation": "/a"})
    for row, name in zip(rows, (".", "..", "../../nsconfig"), strict=True):
        row |= {"filename": name, "filemode": ["DIRECTORY"]}
    node.read = lambda _type, *, args: rows  # type: ignore[method-assign]
    tree, gaps = tree_of(node)
    assert ([*tree.below("/a")], gaps) == (["/a"], [])


def test_the_end_of_what_is_listed_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(TREE)
    tree, gaps = tree_of(node, most=2, more="; allow more")
    assert [len(tree.listing(name)) for name in ("/var", "/none", "/var/tmp", "/var/log", "/var")] == [3, 0, 0, 0, 3]
    assert gaps == [("more directories", "at most 2 of a node are listed; allow more")]
    assert node.asked == ["/var", "/none"]

    monkeypatch.setattr(directory_tree, "MOST_LISTED", 4)
    tree, gaps = tree_of(Node(TREE))
    assert [len(tree.listing(name)) for name in ("/var", "/nsconfig", "/var/tmp")] == [3, 1, 0]
    assert gaps == [("more directories", "at most 4 files of a node are listed")]


def test_the_time_for_directories_has_an_end() -> None:
    tree, gaps = tree_of(Node(TREE), until=time.monotonic() + 600, longer="; allow more")
    assert (len(tree.listing("/var")), gaps) == (3, [])
    tree.until = time.monotonic() - 1
    assert len(tree.listing("/var")) == 3, "what is known stays"
    assert (tree.listing("/tmp"), gaps) == ((), [("more directories", "the time for them is over; allow more")])


def test_only_what_a_whole_listing_does_not_have_is_gone() -> None:
    """Seen: a directory whose listing our own rule had refused was "the file is gone" to a watch."""
    tree, _gaps = tree_of(Node(TREE, {"/var/tmp": 1}), most=5)
    for directory in ("/", "/var", "/var/tmp", "/nsconfig/ssl", "/elsewhere", "/tmp"):
        tree.listing(directory)
    gone = ("/var/b.txt", "/b", "/nsconfig/ssl/key", "/elsewhere/x", "/no/such/x")
    not_known = ("/var/tmp/x.pl", "/var/tmp/deep/x.pl", "/tmp/x", "/var/log/x", "/var/a.txt")
    assert [path for path in (*gone, *not_known) if tree.is_gone(path)] == [*gone]
    assert not tree_of(Node(TREE))[0].is_gone("/x"), "nothing was listed"


def test_only_directories_whose_name_fits_are_gone_through() -> None:
    tree = {"/": ["log", "lib/", "other/"], "/lib": ["x.pl"], "/other": ["x.pl"], "/log": ["x.pl"]}
    node = Node(tree)
    found = [file.path for file in tree_of(node)[0].files("/l*/x.pl")]
    assert (found, node.asked) == (["/lib/x.pl"], ["/", "/lib"])
