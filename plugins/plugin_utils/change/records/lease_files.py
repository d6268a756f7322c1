# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of a lease on one node: they are numbered, and the one with the highest number is the lease.

NITRO cannot overwrite a file, but it refuses to create one that exists. So a lease is renewed, resumed, taken over or broken by the
creation of the next number, and only then the earlier file is deleted: the node is never without a lease in between, and of two runs
that try it at once one is refused. That a creation is atomic is inferred, so our token is read back before anything is written.
Number 0 is ``tourniquet_lock.txt``, the only file of earlier versions.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ...appliance.nitro.file_limits import DIRECTORY
from ...appliance.nitro.node_files import FileExists, create_file, delete_file, file_sizes, list_files, read_file
from ...appliance.nitro.session import Session
from ...foundation.errors import NitroError, NotFound, Refused, TourniquetError
from .lock_content import Lock

LOCK_FILE = "tourniquet_lock.txt"
ATTEMPTS = 3
LARGEST_NUMBER = 999_999_999
MOST_RENEWALS = 10_000
"""A lease is taken only where so many numbers are left: one without a number of its own would not be seen by other runs."""
MOST_FILES = 100
"""A lease has one file, and for a moment two; a renewal each five minutes may leave one. Others are no work of runs, and are not deleted one by one."""
_NAME = re.compile(r"tourniquet_lock(?:_([1-9]\d{0,8}))?\.txt")


class LeaseLost(Refused):
    """Another run has the lease of the appliance, or nobody has: this run writes nothing any more."""

    @property
    def is_refusal(self) -> bool:
        return False  # it had the lease, so it may have begun


def lease_name(number: int) -> str:
    """Return the name of the file with a number."""
    return f"tourniquet_lock_{number}.txt" if number else LOCK_FILE


def is_lease_name(name: str) -> bool:
    """True for the name of a file of a lease."""
    return _NAME.fullmatch(name) is not None


def lease_numbers(session: Session) -> list[int]:
    """Return the numbers of the files on one node, lowest first.

    :raises TourniquetError: where the directory cannot be read
    """
    try:
        return _numbers_in(list_files(session))
    except NotFound:
        return []


def _numbers_in(names: Iterable[str]) -> list[int]:
    return sorted(int(match[1] or 0) for match in map(_NAME.fullmatch, names) if match)


def read_lease_file(session: Session, number: int) -> Lock | None:
    """Return the lease in one file; None where there is no such file.

    :raises TourniquetError: where it cannot be read
    """
    content = read_file(session, lease_name(number))
    return None if content is None else Lock.parse(content)


def newest_lease(session: Session) -> tuple[int, Lock] | None:
    """Return the lease on one node with its number, ours or somebody else's; None where there is none.

    :raises TourniquetError: where it cannot be read
    """
    for _attempt in range(ATTEMPTS):
        numbers = lease_numbers(session)
        if not numbers:
            return None
        lease = read_lease_file(session, numbers[-1])
        if lease is not None:
            return numbers[-1], lease
        # It was renewed or released between the two reads.
    raise NitroError(
        session.where,
        f"GET systemfile in {DIRECTORY}",
        200,
        0,
        "the lock changes too fast to be read: run the playbook again",
    )


@dataclass
class NodeLease:
    """Our lease on one node.

    :ivar number: of our file, the highest one
    :ivar left: the numbers of earlier files that could not be deleted; they do not count, and go with the release
    :ivar seen: the sizes of the files of the directory as they were listed after our lease was created; None where it took the place of another
        one, whose run may have written after that
    """

    session: Session
    lease: Lock
    number: int = 0
    left: list[int] = field(default_factory=list)
    seen: Mapping[str, int | None] | None = None

    @classmethod
    def take(cls, session: Session, lease: Lock, may_replace: Callable[[Lock], None]) -> NodeLease:
        """Create our lease, after the one that is there, if it may be replaced.

        :param may_replace: raises Refused where the lease of another run stands in the way
        :raises Refused: where it does, or where others take the lease at the same moment; none of ours is left then
        :raises NitroError: where the appliance refuses the file
        """
        found: tuple[int, Lock] | None = None  # most often there is none, which the creation finds out itself
        for _attempt in range(ATTEMPTS):
            number = found[0] + 1 if found else 0
            if number > LARGEST_NUMBER - MOST_RENEWALS:
                raise Refused(
                    f"{session.where}: {DIRECTORY}/{lease_name(number - 1)} was not written by Tourniquet. Find out who has written it, and "
                    "delete it on the appliance. Nothing was changed."
                )
            try:
                create_file(session, lease_name(number), lease.to_bytes())
            except FileExists:
                found = newest_lease(session)
            else:
                ours = cls(session, lease, number)
                if ours._has_replaced(found):
                    return ours
                found = newest_lease(session)
            if found is not None:
                may_replace(found[1])
        raise Refused(
            f"{session.where}: other runs take the lock again and again. Try again later. Nothing was changed."
        )

    def _has_replaced(self, found: tuple[int, Lock] | None) -> bool:
        """Delete the earlier files, or ours, if another run has come between: then the earlier one is not the one that was judged.

        The run that has lost its lease notices it by its file that is gone, so ours is not valid while that is there.

        :returns: True if the lease is ours
        :raises TourniquetError: where the earlier files cannot be deleted, or are too many
        """
        try:
            files = self._listed()
            numbers = _numbers_in(files)
            earlier = [number for number in numbers if number < self.number]
            _require_few(self.session, earlier)
            there = read_lease_file(self.session, found[0]) if found and earlier else None
            same = there is not None and found is not None and there.token == found[1].token
            if max(numbers, default=0) <= self.number and (same or not earlier):
                for number in earlier:
                    delete_file(self.session, lease_name(number))
                # A list without the file that was just created is not one to rely on.
                self.seen = files if numbers == [self.number] and found is None else None
                return True
        except TourniquetError:
            with contextlib.suppress(TourniquetError):
                delete_file(self.session, lease_name(self.number))
            raise
        delete_file(self.session, lease_name(self.number))
        return False

    def _listed(self) -> Mapping[str, int | None]:
        try:
            return file_sizes(self.session)
        except NotFound:
            return {}

    def confirm(self) -> None:
        """Read that the lease is ours.

        :raises LeaseLost: where it is not
        :raises TourniquetError: where it cannot be read
        """
        self._require_ours(self.number)

    def renew(self, lease: Lock) -> None:
        """Create the next file, and delete the one before.

        It is ours only if our earlier file is there after the creation too: otherwise another run has taken the lease over, and perhaps
        released it again.

        :param lease: with our token, and the new end
        :raises LeaseLost: where another run has the lease
        :raises TourniquetError: where the file cannot be created; the lease is as it was
        """
        number = self.number + 1
        self._require_ours(self.number)
        with contextlib.suppress(FileExists):  # of another run, or of our own creation whose answer was lost
            create_file(self.session, lease_name(number), lease.to_bytes())
        self._require_ours(number)
        self._require_ours(self.number)
        earlier, self.number, self.lease = self.number, number, lease
        try:
            delete_file(self.session, lease_name(earlier))
        except TourniquetError:
            self.left.append(earlier)  # the highest number counts

    def release(self) -> None:
        """Delete our files.

        :raises LeaseLost: where the lease is not ours any more; nothing was deleted
        :raises TourniquetError: where they cannot be read or deleted
        """
        self.confirm()
        _delete(self.session, (*self.left, self.number))

    def _require_ours(self, number: int) -> None:
        there = read_lease_file(self.session, number)
        if there is not None and there.token == self.lease.token:
            return
        newest = newest_lease(self.session) if there is None else (number, there)
        holder = f"{newest[1]} has it now" if newest else "it is gone"
        raise LeaseLost(f"{self.session.where}: this run has lost the lock ({holder})")


def _require_few(session: Session, numbers: Collection[int]) -> None:
    """:raises Refused: where so many files are there that no runs of ours have written them"""
    if len(numbers) > MOST_FILES:
        raise Refused(
            f"{session.where}: {DIRECTORY} has {len(numbers)} files of locks (tourniquet_lock*.txt), and runs leave a few. Find out who has written "
            "them, and delete them on the appliance, or go on without a lock: -e lock=false. Nothing was changed."
        )


def delete_leases_of(session: Session, owner: str, holder: str) -> list[Lock]:
    """Delete the lease files that dead runs of a control node left on one node, and return them.

    :param owner: user@control node
    :param holder: the random id of its record directory
    :raises TourniquetError: where they cannot be read or deleted
    """
    deleted: dict[int, Lock] = {}
    numbers = lease_numbers(session)
    _require_few(session, numbers)
    for number in numbers:
        lease = read_lease_file(session, number)
        if lease is not None and (lease.holder, lease.owner) == (holder, owner):
            deleted[number] = lease
    _delete(session, deleted)
    return [*deleted.values()]


def _delete(session: Session, numbers: Collection[int]) -> None:
    """Delete files of ours, and read that they are gone: others would wait for one that is still there.

    :raises TourniquetError: where they cannot be deleted, or are there afterwards
    """
    for number in numbers:
        delete_file(session, lease_name(number))
        # By its name: that a name is missing in a list is also what an empty answer says.
        if read_file(session, lease_name(number)) is not None:
            text = "the appliance reports that it was deleted, and it is still there"
            raise NitroError(session.where, f"DELETE systemfile/{lease_name(number)}", 200, 0, text)
