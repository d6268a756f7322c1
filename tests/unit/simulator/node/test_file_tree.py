# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file tree of a node: the firmware below, the node's own files above."""

from __future__ import annotations

import pytest

from simulator.node import file_tree
from simulator.node.disk import DIRECTORY, LINK, Disk, File
from simulator.node.file_tree import FileProblem, FileTree


def tree(user: str = "root", **more: object) -> FileTree:
    return FileTree(Disk(), 100.0, lambda: 200.0, user=user, **more)  # type: ignore[arg-type]


def test_the_firmware_is_below_and_is_not_changed() -> None:
    first, second = tree(), tree()
    first.own("/bin/sh").mode = 0o6555
    first.write("/etc/crontab", b"x", append=True)
    first.remove("/etc/httpd.conf")
    assert first.need("/bin/sh").mode == 0o6555
    assert second.need("/bin/sh").mode == 0o555
    assert first.read("/etc/crontab") == second.read("/etc/crontab") + b"x"
    assert "httpd.conf" not in first.names("/etc")
    assert "httpd.conf" in second.names("/etc")
    assert first.find("/etc/httpd.conf") is None
    assert (first.need("/etc/crontab").modified, second.need("/etc/crontab").modified) == (200.0, 100.0)


def test_what_is_not_under_var_or_flash_is_lost() -> None:
    some = tree()
    for path in ("/tmp/x", "/etc/crontab", "/netscaler/portal/scripts/x.pl", "/var/x", "/nsconfig/x", "/flash/x"):
        some.write(path, b"own")
    some.remove("/etc/httpd.conf")
    some.disk.lose_memory()
    assert sorted(some.disk) == ["/flash/x", "/nsconfig/x", "/var/x"]
    assert some.read("/etc/crontab") != b"own"
    assert some.find("/etc/httpd.conf") is not None


def test_nsconfig_has_one_content_under_two_paths() -> None:
    some = tree()
    some.write("/nsconfig/x", b"1")
    assert some.read("/flash/nsconfig/x") == b"1"
    assert some.resolve("/nsconfig/x") == "/flash/nsconfig/x"
    assert [path for path, _ in some.walk("/nsconfig")] == ["/nsconfig"]
    assert "/flash/nsconfig/x" in [path for path, _ in some.walk("/flash")]
    plain = tree(nsconfig_is_link=False)
    plain.write("/nsconfig/x", b"1")
    assert "/nsconfig/x" in [path for path, _ in plain.walk("/nsconfig")]
    for protected in ("/nsconfig", "/flash/nsconfig", "/"):
        with pytest.raises(FileProblem):
            some.remove(protected)


def test_links() -> None:
    some = tree()
    some.write("/var/real", b"1")
    some.make_link("real", "/var/relative")
    some.make_link("/var", "/tmp/there")
    some.make_link("/var/nothing", "/var/dangling")
    some.make_link("loop", "/var/loop")
    assert some.read("/var/relative") == some.read("/tmp/there/real") == b"1"
    assert some.need("/var/relative", follow=False).kind == LINK
    assert some.find("/var/dangling") is None
    assert some.resolve("/tmp/there/../tmp") == "/tmp"
    with pytest.raises(FileProblem, match="Too many levels"):
        some.need("/var/loop")
    some.write("/var/relative", b"2")
    assert some.read("/var/real") == b"2"
    some.remove("/tmp/there")
    assert some.read("/var/real") == b"2"


def test_a_directory_stays_when_its_last_file_is_removed() -> None:
    some = tree()
    some.disk["/var/own/below/x"] = File(bytearray(), 0, 0)
    assert some.need("/var/own").kind == DIRECTORY
    some.remove("/var/own/below/x")
    assert some.names("/var/own/below") == []
    some.remove("/var/own")
    assert some.find("/var/own") is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/missing/x", "No such file or directory"),
        ("/etc/passwd/x", "Not a directory"),
        ("/etc", "Is a directory"),
        ("/var/" + "n" * 256, "File name too long"),
        ("/var/" + "n/" * 600, "File name too long"),
    ],
)
def test_paths_that_cannot_be_written(path: str, text: str) -> None:
    with pytest.raises(FileProblem, match=text):
        tree().write(path, b"x")


def test_another_user_has_its_own_rights() -> None:
    root = tree()
    root.write("/var/secret", b"s")
    root.own("/var/secret").mode = 0o600
    nobody = FileTree(root.disk, 0, lambda: 0, user="nobody")
    for forbidden in (
        lambda: nobody.read("/var/secret"),
        lambda: nobody.write("/var/secret", b""),
        lambda: nobody.write("/etc/x", b""),
        lambda: nobody.remove("/etc/passwd"),
        lambda: nobody.names("/var/cron/tabs"),
        lambda: nobody.require_owner("/etc/passwd"),
    ):
        with pytest.raises(FileProblem, match=r"Permission denied|not permitted"):
            forbidden()
    nobody.write("/tmp/x", b"1")
    assert (root.need("/tmp/x").owner, root.need("/tmp/x").group) == ("nobody", "nobody")


def test_the_tree_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_tree, "MOST_FILES", 2)
    monkeypatch.setattr(file_tree, "MOST_BYTES", 10)
    some = tree()
    with pytest.raises(FileProblem, match="No space left"):
        some.write("/var/x", b"x" * 11)
    some.write("/var/x", b"x")
    some.make_directory("/var/d")
    with pytest.raises(FileProblem, match="No space left"):
        some.write("/var/y", b"y")
    with pytest.raises(FileProblem, match="No space left"):
        tree(full=lambda: True).write("/var/y", b"y")


def test_devices_keep_nothing() -> None:
    some = tree()
    some.write("/dev/null", b"x")
    assert some.read("/dev/null") == b""
