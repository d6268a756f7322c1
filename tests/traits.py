# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The traits of a measure that a unit test makes up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.tourniquet.netscaler.plugins.plugin_utils.catalogue.measure_traits import (
    CourseMeaning,
    ProvenBy,
    Proving,
    Saving,
    Traits,
    Writing,
)


def proving(*, by_probes: bool = True, is_read_back: bool = False) -> ProvenBy:
    """Return what proves a measure; reading back comes before probes."""
    if is_read_back:
        return ProvenBy.READ_BACK
    return ProvenBy.PROBES if by_probes else ProvenBy.HITS


def traits(
    *,
    by_probes: bool = True,
    is_read_back: bool = False,
    judges_requests: bool = True,
    record_state: str = "",
    own_objects: bool = True,
    is_rendered: bool = False,
    needed_features: Iterable[str] = (),
    default_partition_last: bool = False,
    is_saved: bool = True,
    depends_on_build: bool = False,
    protects: bool = True,
    stays_on_fixed_builds: bool = False,
    **writing: Any,
) -> Traits:
    """Return traits that differ from those of a measure with policies of ours only in what is given.

    :param writing: what else it writes
    """
    by = proving(by_probes=by_probes, is_read_back=is_read_back)
    return Traits(
        writing=Writing(
            is_rendered=is_rendered,
            own_objects=own_objects,
            needed_features=frozenset(needed_features),
            default_partition_last=default_partition_last,
            **writing,
        ),
        proving=Proving(by=by, judges_requests=judges_requests, record_state=record_state),
        saving=Saving(is_saved=is_saved),
        course=CourseMeaning(
            depends_on_build=depends_on_build, protects=protects, stays_on_fixed_builds=stays_on_fixed_builds
        ),
    )
