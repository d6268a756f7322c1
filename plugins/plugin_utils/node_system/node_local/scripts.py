# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scripts for the shell of a node, all constants, and the meaning of what they print.

They use nothing but sh, echo, test, cat, cp, mv, rm, ls and sha256 of FreeBSD 8.4 and 11. A file is replaced by renaming a finished copy, which has
its mode, and only while the old one has the hash of the plan.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from ...appliance.nitro.time_budget import TimeBudget
from ...appliance.ssh.account import SshAccount
from ...appliance.ssh.framed_script import RunCommand, run_script
from ...appliance.ssh.openssh import run_command
from ...change.execution.node_step import NothingWritten
from ...foundation.errors import CannotConnect, Refused, TourniquetError
from ...foundation.foreign_text import printable
from .knobs import Knob
from .start_up_file import ABSENT, LARGEST, PATH, StartUpFile


def _state(path: str) -> str:
    return (
        f"if [ -L {path} ]; then have=link; elif [ -f {path} ]; then have=$(sha256 -q {path}); "
        f"elif [ -e {path} ]; then have=other; else have={ABSENT}; fi"
    )


def read_script(path: str) -> str:
    """Return the script that prints the state of a file, then mode and content.

    :param path: a constant
    """
    return f"{_state(path)}; echo state=$have; if [ -f {path} ]; then ls -ln {path}; cat {path}; fi"


def write_script(path: str, *, private: bool = False) -> str:
    """Return the script that replaces a file. Old and new are hashes that come by the standard input.

    A test of an empty text is false, so what cannot be hashed is never replaced.

    :param path: a constant
    :param private: a file that was not there before is for its owner alone
    """
    copy, private_copy = f"{path}.tourniquet", f" if [ x$old = x{ABSENT} ]; then chmod 600 {path}.tourniquet; fi;"
    return (
        f"read -r old; read -r new; {_state(path)}; if [ x$have = x$old ]; then rm -f {copy}; if [ x$old != x{ABSENT} ]; then cp -p {path} {copy}; fi; "
        f"cat > {copy};{private_copy if private else ''} copy=$(sha256 -q {copy}); {_state(path)}; "
        f"if [ x$copy = x$new ] && [ x$have = x$old ]; then mv -f {copy} {path} && echo wrote; else rm -f {copy}; echo incomplete; fi; "
        "else echo differs; fi"
    )


def delete_script(path: str) -> str:
    """Return the script that deletes a file. Its hash comes by the standard input.

    :param path: a constant
    """
    return f"read -r old; {_state(path)}; if [ x$have = x$old ]; then rm -f {path} && echo wrote; else echo differs; fi"


READ, WRITE, DELETE = read_script(PATH), write_script(PATH), delete_script(PATH)
_LISTED = re.compile(rb"-([rwxstST-]{9})[+.@]? +\d+ +(\d+) +(\d+) +(\d+) [^\n]*\n")


class FileDiffers(NothingWritten):
    """A file is not the one of the plan: somebody else has changed it, and nothing was written to it."""


@dataclass(frozen=True)
class NodeShell:
    """The shell of one node.

    :ivar host: its address
    :ivar run: how a command is sent; tests replace it
    """

    account: SshAccount
    host: str
    where: str
    budget: TimeBudget
    run: RunCommand = run_command

    def read_start_up_file(self) -> StartUpFile:
        """Return the start-up file; raises as :meth:`read_file`."""
        return self.read_file(PATH)

    def replace_start_up_file(self, old: StartUpFile, new: StartUpFile) -> None:
        """Replace the start-up file; raises as :meth:`replace_file`."""
        self._replace(PATH, old, new, WRITE)

    def replace_file(self, path: str, old: StartUpFile, new: StartUpFile) -> None:
        """Replace a file of ours or delete it, if it still is the old one. One that was not there before is for its owner alone.

        :param path: a constant
        :raises FileDiffers: where it is another one now; nothing was written
        :raises OutcomeUnknown: where it is not known whether it was replaced: read it
        :raises TourniquetError: where it could not be written
        """
        self._replace(path, old, new, write_script(path, private=True))

    def run_script(self, script: str) -> str:
        """Return what a constant script prints, as text.

        :raises TourniquetError: where it did not run
        """
        return self._run(script).decode("utf-8", "replace")

    def read_file(self, path: str) -> StartUpFile:
        """Return a file.

        :param path: a constant
        :raises Refused: where it is no regular file, or too large
        :raises TourniquetError: where it cannot be read, or what was printed is not what the file has
        """
        printed = self._run(read_script(path))
        head, _newline, rest = printed.partition(b"\n")
        state = head.decode("ascii", "replace").removeprefix("state=")
        if state == ABSENT and not rest:
            return StartUpFile(None)
        if state in ("link", "other"):
            raise Refused(
                f"{self.where}: {path} of {self.host} is no regular file ({state}). Look at it: nothing of ours made it so."
            )
        listed = _LISTED.match(rest)
        if listed is None:
            raise TourniquetError(f"{self.where}: the shell of {self.host} does not show {path} as a file")
        content = rest[listed.end() :]
        if len(content) > LARGEST:
            raise Refused(f"{self.where}: {path} of {self.host} has more than {LARGEST} bytes. Look at it by hand.")
        mode = " ".join(part.decode("ascii") for part in listed.groups()[:3])
        file = StartUpFile(content, mode)
        if file.sha256 != state:
            raise TourniquetError(
                f"{self.where}: the shell of {self.host} prints another {path} than the one whose hash it gives ({printable(state[:80])})"
            )
        return file

    def _replace(self, path: str, old: StartUpFile, new: StartUpFile, write: str) -> None:
        script, words = (
            (delete_script(path), (old.sha256,)) if new.content is None else (write, (old.sha256, new.sha256))
        )
        printed = self._run(script, words, new.content or b"")
        answer = printed.decode("utf-8", "replace").strip()
        if answer == "differs":
            raise FileDiffers(
                f"{self.where}: {path} of {self.host} was changed by somebody else since it was read. Run the same playbook again. "
                "The file was not written."
            )
        if answer != "wrote":
            raise TourniquetError(
                f"{self.where}: {path} of {self.host} was not written: {printable(answer[:200]) or 'no reason'}"
            )

    def set_knob(self, knob: Knob) -> None:
        """Set the knob in the running packet engine.

        :raises TourniquetError: where the command failed
        """
        self._command(knob.line)

    def unset_knob(self, knob: Knob) -> None:
        """Set the value that the knob has after a boot without the line.

        :raises TourniquetError: where the command failed
        """
        self._command(knob.unset)

    def _command(self, command: str) -> None:
        printed = (
            self._run(f"{command} < /dev/null; status=$?; echo; echo status=$status")
            .decode("utf-8", "replace")
            .split("\n")
        )
        if "status=0" not in printed[-2:]:
            said = printable(" ".join(line.strip() for line in printed if line.strip())[:200])
            raise TourniquetError(f"{self.where}: {self.host}: {command} failed: {said}")

    def _run(self, script: str, words: tuple[str, ...] = (), content: bytes = b"") -> bytes:
        if self.budget.is_used_up:
            raise CannotConnect(
                f"{self.where}: no time is left for the shell of {self.host} (netscaler_task_timeout). Nothing was sent."
            )
        started = time.monotonic()
        try:
            return run_script(self.account, self.host, script, words, content, self.run)
        except CannotConnect as error:
            # A failure, and no unreachable host: NITRO reaches it, and an earlier node may have been changed.
            raise TourniquetError(
                f"{self.where}: {error}. Check node_local_user, its password or key, and node_local_host_keys against the console of the node"
            ) from error
        finally:
            self.budget.spend(time.monotonic() - started)
