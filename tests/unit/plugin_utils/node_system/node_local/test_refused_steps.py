# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A step on a node that is not carried out, or whose outcome is not what was written, says which node and why."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.nitro.appliance import Address
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import (
    CannotConnect,
    OutcomeUnknown,
    Refused,
    TourniquetError,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.file_step import FileStep
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.reboot import (
    FailoverStep,
    RebootStep,
    _started,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.run import NodeLocalRun
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.scripts import NodeShell
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.node_system.node_local.start_up_file import (
    LARGEST,
    StartUpFile,
)

NODE = Address("10.1.0.11", 443)
OLD, NEW, OTHER = (StartUpFile(content, "644 root wheel") for content in (b"a\n", b"b\n", b"c\n"))


def made(kind: type[Any], **values: Any) -> Any:
    """Return an object with these values, of which nothing else is used."""
    one = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(one, name, value)
    return one


def answers(**seen: Any) -> Any:
    connection = SimpleNamespace(appliance=SimpleNamespace(name="gw-a"))
    return SimpleNamespace(connection=connection, see=lambda _node: SimpleNamespace(**seen))


def nitro(**values: Any) -> Any:
    return SimpleNamespace(**values)


def file_step(read: StartUpFile, error: TourniquetError | None = None) -> Any:
    def replace(*_given: Any) -> None:
        if error is not None:
            raise error

    shell = SimpleNamespace(where="gw-a", read_file=lambda _path: read, replace_file=replace)
    return made(FileStep, shell=shell, node=NODE, path="/x", before=OLD, after=NEW, synchronised=(), read=lambda: read)


def shell(printed: str, *, used_up: bool = False) -> Any:
    budget = SimpleNamespace(is_used_up=used_up)
    shown = made(NodeShell, where="gw-a", host="10.1.0.11", budget=budget)
    if not used_up:
        object.__setattr__(shown, "_run", lambda *_given: printed.encode())
    return shown


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (
            made(FailoverStep, node=NODE, answers=answers(), other=None).facts,
            Refused,
            "^gw-a: 10.1.0.11 is primary, and the other node is not there$",
        ),
        (
            made(RebootStep, node=NODE, answers=answers(role="primary"), is_paired=True).facts,
            Refused,
            "^gw-a: 10.1.0.11 is primary and not secondary, so it is not rebooted$",
        ),
        (
            lambda: _started(nitro(where="gw-a", node=NODE, read=lambda *_given, **_more: [{}])),
            TourniquetError,
            "^gw-a: 10.1.0.11 does not say when it was started$",
        ),
        (
            lambda: made(NodeLocalRun, parameters=SimpleNamespace(account=None), where="gw-a").shell(NODE),
            Refused,
            "^gw-a: this run has no SSH account$",
        ),
        (
            lambda: file_step(OTHER).read_back({}),
            TourniquetError,
            "^gw-a: /x of 10.1.0.11 does not read back as written$",
        ),
        (
            lambda: file_step(StartUpFile(b"b\n", "666 root wheel")).read_back({}),
            TourniquetError,
            "^gw-a: the mode of /x of 10.1.0.11 was 644 root wheel and is 666 root wheel$",
        ),
        (
            lambda: file_step(OTHER, OutcomeUnknown("gw-a: the connection was cut")).do(None),
            OutcomeUnknown,
            "^gw-a: the connection was cut$",
        ),
        (
            lambda: shell("read-only file system\x1b[2J")._replace("/x", OLD, NEW, "write"),
            TourniquetError,
            r"^gw-a: /x of 10\.1\.0\.11 was not written: read-only file system\\x1b\[2J$",
        ),
        (
            lambda: shell("no such knob\nstatus=1\n")._command("nsapimgr_wr.sh -ys x=0"),
            TourniquetError,
            r"^gw-a: 10\.1\.0\.11: nsapimgr_wr\.sh -ys x=0 failed: no such knob status=1$",
        ),
        (
            lambda: shell("", used_up=True).run_script("true"),
            CannotConnect,
            r"^gw-a: no time is left for the shell of 10\.1\.0\.11 \(netscaler_task_timeout\)\. Nothing was sent\.$",
        ),
    ],
)
def test_it_is_refused(call: Callable[[], object], error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        call()


def printed(content: bytes, state: str) -> str:
    """Return what the script prints for a regular file of which it gives this state."""
    return f"state={state}\n-rw-r--r--  1 0  0  {len(content)} Dec  3 10:00 /x\n{content.decode()}"


def test_a_file_is_what_was_printed_only_with_the_hash_that_the_node_gives() -> None:
    assert shell(printed(b"a\n", str(OLD.sha256))).read_file("/x").content == b"a\n"
    with pytest.raises(TourniquetError, match=r"^gw-a: the shell of 10\.1\.0\.11 prints another /x than the one whose"):
        shell(printed(b"a\n", str(NEW.sha256))).read_file("/x")


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("state=link\n", Refused, r"^gw-a: /x of 10\.1\.0\.11 is no regular file \(link\)"),
        ("state=other\n", Refused, r"^gw-a: /x of 10\.1\.0\.11 is no regular file \(other\)"),
        ("state=absent\nmore", TourniquetError, "does not show /x as a file$"),
        ("", TourniquetError, "does not show /x as a file$"),
        (printed(b"a" * (LARGEST + 1), "x"), Refused, f"has more than {LARGEST} bytes"),
    ],
    ids=["a link", "a folder", "absent and more", "nothing", "too large"],
)
def test_what_is_no_regular_file_or_too_large_is_refused(text: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        shell(text).read_file("/x")


def test_no_file_and_one_of_the_largest_size_are_read() -> None:
    assert shell("state=absent\n").read_file("/x") == StartUpFile(None)
    largest = StartUpFile(b"a" * LARGEST, "x")
    assert shell(printed(b"a" * LARGEST, str(largest.sha256))).read_file("/x").content == largest.content


def test_a_line_that_another_node_has_copied_meanwhile() -> None:
    """HA file synchronisation copies the file of the primary: the line would be there twice, or not at all."""
    plan: Any = SimpleNamespace(
        nodes=[SimpleNamespace(address=NODE, after=SimpleNamespace(count=lambda _line: 1))],
        knob=SimpleNamespace(line="nsapimgr_wr.sh -ys x=0"),
    )
    members = [SimpleNamespace(session=SimpleNamespace(node=NODE))]
    run = made(NodeLocalRun, connection=SimpleNamespace(members=members), where="gw-a")
    run._read_file = lambda _member: SimpleNamespace(count=lambda _line: 2)
    with pytest.raises(
        TourniquetError, match="has the line 2 times at the end, and not 1: HA file synchronisation may have"
    ):
        run.require_line_everywhere(plan)
