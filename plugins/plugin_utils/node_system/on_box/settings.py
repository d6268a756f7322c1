# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the script shall be on the nodes, and which builds it must not be on without a word of the operator. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...appliance.nitro.builds import Build
from ...foundation.next_action import Command, advice
from ..node_local.settings import Wanted
from .script import DEFAULT_TAG

MEASURE = "on_box"
"""The measure that the change records of this half name."""
_CHECKED_SINCE = (13, 1)
"""No document says which release brought the integrity checks; a public triage script of 2025 knows them on 13.1 and 14.1."""


@dataclass(frozen=True, kw_only=True)
class OnBoxSettings:
    """The settings of one run.

    :ivar force: the appliances on which the script is put in spite of integrity checks, by name
    :ivar tag: the tag of the messages of the script
    """

    wanted: Wanted = Wanted.STATUS
    force: Sequence[str] = ()
    tag: str = DEFAULT_TAG


def objection(host: str, build: Build, *, has_manifest: bool, force: Sequence[str]) -> str:
    """Return why the script must not be on a node, as a sentence without its end; "" where it may be.

    :param has_manifest: the node has the manifest of signed executables
    """
    if host in force or (build.branch < _CHECKED_SINCE and not has_manifest):
        return ""
    return advice(
        f"{build} checks the integrity of what runs: each start of the script is reported as a file without a fingerprint, and hides the reports that "
        f"count. Watch it from the control node (watch.yml), or name the appliance: -e on_box_force={host}",
        Command("watch"),
    )
