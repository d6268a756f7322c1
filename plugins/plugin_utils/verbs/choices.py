# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The choices of options that name verbs or kinds of measures: ``choices_of`` in an ``options.yml`` names a quality of their declarations."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..measures.registry import kinds_with_rights
from ..policies.rights import Extra
from .common.verb import Sliced, Verb
from .registry import all_verbs

QUALITIES: Mapping[str, Callable[[Verb], bool]] = {
    "verbs with rights": lambda verb: verb.rights is not None,
    "verbs in waves": lambda verb: verb.is_rolled_out,
    "verbs in slices": lambda verb: verb.sliced is not Sliced.NO,
    "verbs that report on a fleet": lambda verb: verb.reports_on_fleet,
}
EXTRAS = "settings with rights"
KINDS = "kinds with rights"


def choices_of(quality: str) -> list[str]:
    """Return the names that an option may have as its value.

    :param quality: of :data:`QUALITIES`, or :data:`EXTRAS`, or :data:`KINDS`
    """
    if quality == EXTRAS:
        return [str(extra) for extra in Extra if extra is not Extra.PARTITIONS]  # known of each appliance
    if quality == KINDS:
        return kinds_with_rights()
    return [verb.name for verb in all_verbs() if QUALITIES[quality](verb)]
