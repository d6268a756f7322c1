# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The frame around the output of a script, and what a hostile shell does to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.account import SshAccount
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.framed_script import (
    RunCommand,
    run_script,
    shell_command,
)
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.appliance.ssh.openssh import LARGEST_OUTPUT, Output
from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.foundation.errors import InvalidInput, OutcomeUnknown

ACCOUNT = SshAccount("shell", (), "s3cret")
sent: list[tuple[str, bytes]] = []


def node(answer: Callable[[str], str], *, is_whole: bool = True) -> RunCommand:
    """A node that prints a text, made of the mark of the run."""

    def run(_account: SshAccount, _host: str, command: str, given: bytes) -> Output:
        sent.append((command, given))
        return Output(answer(given.decode().split("\n")[0]).encode(), 0, is_whole, "Killed")

    return run


def printed(answer: Callable[[str], str], **options: bool) -> bytes:
    return run_script(ACCOUNT, "10.1.0.11", "echo x", ("0a",), b"rest", node(answer, **options))


def test_what_is_between_the_marks_is_returned() -> None:
    assert printed(lambda mark: f"\x1b[2JWelcome\n Done\n{mark} begin\nx\n\n{mark} end\n Done\n") == b"x\n"


def test_the_command_is_a_constant_and_the_rest_comes_by_standard_input() -> None:
    sent.clear()
    for _ in range(2):
        printed(lambda mark: f"{mark} begin\n\n{mark} end\n")
    (one, first), (other, second) = sent
    assert one == other == shell_command("echo x")
    assert first != second, "another mark each time"
    assert first.split(b"\n")[1:] == [b"0a", b"rest"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _mark: "ERROR: Not authorized to execute this command\n", "does not begin with the mark of this run"),
        (lambda _mark: "begin\nx\n\nend\n", "does not begin with the mark"),
        (lambda mark: f"{mark} begin\nx", "is cut off"),
        (lambda mark: f"{mark} end\n{mark} begin\nx\n", "is cut off"),
        (lambda mark: f"{mark} begin\nx\n{mark}0 end\n", "is cut off"),
    ],
)
def test_output_without_both_marks_is_no_answer(answer: Callable[[str], str], why: str) -> None:
    with pytest.raises(OutcomeUnknown, match=why):
        printed(answer)


def test_output_that_was_cut_at_a_bound_is_no_answer() -> None:
    with pytest.raises(
        OutcomeUnknown, match=r"^the shell of 10\.1\.0\.11 did not end within 60 s: look on the console"
    ):
        printed(lambda mark: f"{mark} begin\nx\n\n{mark} end\n", is_whole=False)


@pytest.mark.parametrize("script", ['echo "x"', "echo 'x'", "echo `x`", "echo \\x", "echo x\nreboot"])
def test_no_script_has_what_the_cli_would_read_itself(script: str) -> None:
    with pytest.raises(InvalidInput):
        shell_command(script)


@pytest.mark.parametrize("word", ["a b", "$(reboot)", "a;b", "", "é"])
def test_no_word_is_more_than_letters_and_digits(word: str) -> None:
    with pytest.raises(InvalidInput):
        run_script(ACCOUNT, "10.1.0.11", "echo x", (word,), b"", node(str))


def test_a_shell_that_prints_without_end_is_not_said_to_lack_rights() -> None:
    """Such as a start-up file of 50 MB: the mark of its end is never read."""
    with pytest.raises(
        OutcomeUnknown, match=f"^the shell of 10.1.0.11 prints more than {LARGEST_OUTPUT} bytes, and is read no further"
    ):
        printed(lambda mark: f"{mark} begin\n" + "A" * LARGEST_OUTPUT, is_whole=False)
