# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""When the firmware of a node was installed, by the files that show it. It lists two directories, and asks when the node was started.

The kernel of a build is ``/flash/ns-<build>.gz``, and the installer leaves ``/var/nsinstall/installns_state``: their modification times are the second
source beside the change records (README of netscaler-ctx697096-checker). Times on a node can be forged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from ...appliance.nitro.builds import Build
from ...appliance.nitro.directory_tree import DirectoryTree

INSTALLER = "/var/nsinstall/installns_state*"
_TOGETHER = timedelta(days=1)
"""The installer writes both in one run, and the clock of a node may be in another zone than its files."""


Started = Callable[[], datetime | None]
"""Returns when a node was started, by its clock; None where it does not say."""


def shown_by(tree: DirectoryTree, build: Build | None, now: datetime, started: Started) -> tuple[datetime | None, str]:
    """Return when a build was installed, by the file of the kernel or else of the installer, and that file; None and "" where neither shows it.

    Whoever touches the file of the kernel makes his own files look older than the firmware: where that of the installer is older, a time is still
    to come, or later than the start of the node with that kernel, it is noted, and neither shows it.

    :param now: by the clock of the node
    """
    if build is None:
        return None, ""
    kernel = f"/flash/ns-{build.branch_text}-{build.number[0]}.{build.number[1]}[!0-9]*"
    by_kernel, by_installer = _newest(tree, kernel), _newest(tree, INSTALLER)
    found, source = (by_installer, INSTALLER) if by_kernel is None else (by_kernel, kernel)
    if found is None:
        return None, ""
    why = ""
    if by_kernel is not None and by_installer is not None and by_kernel - by_installer > _TOGETHER:
        why = f"{kernel} is of {by_kernel}, and {INSTALLER} of {by_installer}: one of them was written later, so neither shows"
    elif found - now > _TOGETHER:
        why = f"{source} is of {found}, which is still to come by the clock of the node: nothing shows"
    elif by_kernel is not None and (start := started()) is not None and found - start > _TOGETHER:
        why = f"{source} is of {found}, and the node has run since {start}: it was written later, so nothing shows"
    if why:
        tree.gap("the age of files", f"{why} when the build was installed")
        return None, ""
    return found, source


def _newest(tree: DirectoryTree, pattern: str) -> datetime | None:
    return max((file.modified for file in tree.files(pattern) if file.modified is not None), default=None)


def installed(tree: DirectoryTree, build: Build | None, now: datetime, started: Started) -> datetime | None:
    """Return when a build was installed, by the clock of the node; None where nothing shows it. Parameters as of :func:`shown_by`."""
    return shown_by(tree, build, now, started)[0]
