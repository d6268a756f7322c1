# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs a constant script in the shell of a node, and returns what it printed between the marks of this run.

A command of a NetScaler is answered between lines `` Done`` (github.com/fox-it/acquire), and a banner may come before. So a script prints a mark before and
behind its output. The mark is random, and the script reads it from its standard input: the command itself is a constant, and no earlier
output has the mark.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from ...foundation.errors import InvalidInput, OutcomeUnknown
from .account import SshAccount
from .openssh import LARGEST_OUTPUT, Output, run_command

RunCommand = Callable[[SshAccount, str, str, bytes], Output]


def shell_command(script: str) -> str:
    """Return the command of the CLI that carries out a script in the shell, in the vendor's published form: ``shell "..."`` (CTX267679).

    :param script: a constant in one line, without quotes and backslashes, which the CLI would read itself
    :raises InvalidInput: where it has one of them
    """
    if any(character in script for character in "\"'\\`\n"):
        raise InvalidInput("a script for a node has a quote, a backslash or a line end")
    return f'shell "read -r mark; echo $mark begin; {script}; echo; echo $mark end"'


def run_script(
    account: SshAccount,
    host: str,
    script: str,
    words: Sequence[str] = (),
    content: bytes = b"",
    run: RunCommand = run_command,
) -> bytes:
    """Run a script, and return what it printed.

    :param words: the lines of its standard input behind the mark, of letters and digits
    :param content: the rest of its standard input
    :raises CannotConnect: where it did not run
    :raises OutcomeUnknown: where its output has no beginning or no end: it may have run, wholly or in part
    """
    mark = secrets.token_hex(16)
    if not all(word.isascii() and word.isalnum() for word in words):
        raise InvalidInput("a word for a script of a node has other characters than letters and digits")
    given = "".join(f"{line}\n" for line in (mark, *words)).encode() + content
    output = run(account, host, shell_command(script), given)
    if not output.is_whole:
        raise OutcomeUnknown(
            f"the shell of {host} {_limit(output, account)}: look on the console of the node at what keeps it from its end"
        )
    begin, end = f"{mark} begin\n".encode(), f"\n{mark} end\n".encode()
    _before, found, rest = output.data.partition(begin)
    printed, ended, _after = rest.rpartition(end)
    if not found or not ended:
        why = "is cut off" if found else "does not begin with the mark of this run"
        reason = f" ({output.reason})" if output.reason else ""
        raise OutcomeUnknown(
            f"the output of the shell of {host} {why}{reason}: the account may not use the shell (it needs superuser), "
            "or something between changes what it prints"
        )
    return printed


def _limit(output: Output, account: SshAccount) -> str:
    """Return which limit cut an output off, as a clause."""
    if len(output.data) >= LARGEST_OUTPUT:
        return f"prints more than {LARGEST_OUTPUT} bytes, and is read no further"
    return f"did not end within {account.timeout:g} s"
